package catalog

import (
	"go/format"
	"testing"
)

// Each rule has an example, and each is Go as gofmt writes it.
func TestExamples(t *testing.T) {
	for _, r := range Rules() {
		e, ok := examples[r.ID]
		if !ok {
			t.Errorf("%s has no example", r.ID)
			continue
		}
		for _, part := range e {
			if out, err := format.Source([]byte(part)); err != nil {
				t.Errorf("%s: %v\n%s", r.ID, err, part)
			} else if string(out) != part {
				t.Errorf("%s: gofmt makes\n%s\nof\n%s", r.ID, out, part)
			}
		}
		if e[0] == e[1] {
			t.Errorf("%s: what is right is what is found", r.ID)
		}
	}
	for id := range examples {
		if _, ok := Lookup(id); !ok {
			t.Errorf("an example of %s, which is no rule", id)
		}
	}
}
