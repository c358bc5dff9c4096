package policy

import (
	"fmt"

	"github.com/refward/refward/analyzers"
)

// A Candidate is a key that could have decided about a rule.
type Candidate struct {
	Layer  int
	Class  analyzers.Class
	Key    string
	By     Origin
	Action Action // on the ref
	Fate   Fate
}

// A Fate is what became of a key that could have decided.
type Fate string

// What can become of a key.
const (
	Decides  Fate = "decides"             // for its layer and class
	Finer    Fate = "a finer key decides" // the key is in force, and another one is more specific
	Replaced Fate = "a later key stands in its place"
)

// Chain returns every key that could decide about findings of a rule, for each layer that weighs them and each class of the change: those
// of the preset first, then as they are put over each other. Of the classes and layers the strictest counts.
func (s Stack) Chain(q Question, analyzer, rule, group string) []Candidate {
	e := s.explainer(q)
	var chain []Candidate
	for _, i := range e.weighing(analyzer) {
		p, sections := s[i], e.sections(i)
		for _, class := range e.at.classes {
			merged := p.originsIn(class, sections)
			winner, _ := mostSpecific(merged, analyzer, rule, group)
			add := func(gates Gates, from origins) {
				for _, key := range keysOf(analyzer, rule, group) {
					by, ok := from[key]
					if !ok {
						continue
					}
					c := Candidate{Layer: i, Class: class, Key: key, By: by, Action: gates[key].On(e.at.protected), Fate: Replaced}
					if merged[key] == by {
						c.Fate = Finer
						if key == winner {
							c.Fate = Decides
						}
					}
					chain = append(chain, c)
				}
			}
			for k := range p.written {
				w := &p.written[k]
				add(w.gates, w.of("gates", w.gates))
				add(w.classes[class], w.ofClasses("", w.classes)[class])
			}
			for _, k := range sections {
				from := p.sectionOrigins(k, class)
				add(p.Sections[k].Gates, from[0])
				add(p.Sections[k].Classes[class], from[1])
			}
		}
	}
	return chain
}

func item(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }
