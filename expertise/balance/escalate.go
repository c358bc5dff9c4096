package balance

import "github.com/refward/refward/expertise/activity"

// A Step is what to do when a review does not come.
type Step string

// The steps, in their order. Each follows when nothing at all has happened on the change for the policy's time; any activity starts it anew.
const (
	Remind Step = "remind" // the named person once more
	Next   Step = "next"   // the next of the ranking instead
	Owner  Step = "owner"  // who owns the code by the code owners' file
)

// An Escalation is one step with whom to ask.
type Escalation struct {
	Step   Step
	Person activity.PersonID
}

// Escalate returns the order in which to ask: remind who was named, then the next of the ranking who is free, then the first owner who is
// neither. Owners are not asked earlier: they own more than they know.
func Escalate(c Choice, ranking, owners []activity.PersonID, l Load, o Options) []Escalation {
	out := []Escalation{{Remind, c.Person}}
	next := func(step Step, people []activity.PersonID, free bool) {
		for _, p := range people {
			if used(out, p) || free && o.MaxOpen > 0 && l.Open[p] >= o.MaxOpen {
				continue
			}
			out = append(out, Escalation{step, p})
			return
		}
	}
	next(Next, ranking, true)
	next(Owner, owners, false)
	return out
}

func used(steps []Escalation, p activity.PersonID) bool {
	for _, s := range steps {
		if s.Person == p {
			return true
		}
	}
	return false
}
