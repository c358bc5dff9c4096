package people

import "strings"

// Reach returns the mail by which somebody is reached: no address that a host made up, where there is another; "" = there is none.
func (p Person) Reach() string {
	for _, m := range p.Mails {
		if !strings.Contains(m, "noreply") {
			return m
		}
	}
	if len(p.Mails) > 0 {
		return p.Mails[0]
	}
	return ""
}
