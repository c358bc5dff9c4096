package people

import "strings"

// reach returns the mail of most votes: one that a host made up only where there is no other. Of two with as many it is the first in the alphabet.
func reach(mails []string, votes map[string]int) string {
	best, made := "", true
	for _, m := range mails {
		if up := strings.Contains(m, "noreply"); best == "" || made && !up || made == up && votes[m] > votes[best] {
			best, made = m, up
		}
	}
	return best
}

// Reach returns the mail by which somebody is reached; "" = there is none.
func (p Person) Reach() string { return p.Mail }
