package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
)

// Idle says which gates of the policy's own file ask for what is never looked at, since the policy does not say where keys and people are: a line for each key
// that is missing. They are no errors: a repository's own file tightens what a server's looks at.
func (p *Policy) Idle() []string {
	if len(p.written) == 0 {
		return nil
	}
	w := &p.written[len(p.written)-1]
	without := map[string][]string{} // gates, by what they need
	first := map[string]int{}
	look := func(prefix string, gates Gates) {
		for _, key := range slices.Sorted(maps.Keys(gates)) {
			if gates[key].Protected == Skip {
				continue
			}
			name, fine, _ := strings.Cut(key, "/")
			needs := ""
			switch pusher := fine == "pusher" || fine == "merger" || strings.HasSuffix(fine, "-pusher") || strings.HasSuffix(fine, "-merges") || strings.HasPrefix(fine, "pusher-") ||
				strings.HasPrefix(fine, "merger-"); {
			case name != "identity" && name != "review":
				continue
			case pusher && p.Identity.People == "":
				needs = "identity.people"
			case name == "review" && (slices.Contains([]string{"", "approval", "unapproved", "self-approval", "statement"}, fine) || strings.HasPrefix(fine, "statement-")):
				continue // trailers are read without keys, and statements by their form
			case !pusher && !p.Identity.AsksSignatures() && !(fine == "" && p.Identity.People != ""):
				needs = "identity.allowed_signers or identity.keyring"
			}
			path := prefix + key
			if at, ok := w.at[path]; ok && needs != "" {
				if without[needs] == nil {
					first[needs] = at.Line
				}
				without[needs] = append(without[needs], path)
			}
		}
	}
	look("gates.", w.gates)
	for _, class := range analyzers.Classes() {
		look("classes."+string(class)+".", w.classes[class])
	}
	var idle []string
	for _, needs := range slices.Sorted(maps.Keys(without)) {
		gates, more := without[needs], ""
		if n := len(gates) - 1; n > 0 {
			more = fmt.Sprintf(" (and %d more gates)", n)
		}
		idle = append(idle, fmt.Sprintf("%s:%d: %s%s: nothing is found without %s, which only a server's policy can name", w.file, first[needs], gates[0], more, needs))
	}
	return idle
}
