package secrets

import (
	"fmt"
	"slices"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
)

// deletion returns a change that does nothing but delete refs.
func deletion(kind analyzers.Kind, names ...string) *analyzers.Change {
	c := analyzerstest.Change()
	c.Kind, c.Refs = kind, nil
	for _, name := range names {
		id := analyzerstest.ID("deleted")
		zeros := fmt.Sprintf("%0*d", len(id), 0)
		c.Refs = append(c.Refs, analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Old: id, New: zeros, Ref: name}})
	}
	return c
}

func TestDeletedNames(t *testing.T) {
	a := analyzer(t, Options{})
	one, other := token("one"), token("other")
	many := []string{"refs/heads/" + other}
	for i := range maxNames {
		many = append(many, fmt.Sprintf("refs/heads/topic/%d", i))
	}
	many = append(many, "refs/tags/"+one)
	sorted := []string{one, other}
	slices.Sort(sorted)
	tests := map[string]struct {
		change *analyzers.Change
		want   []string
	}{
		"a secret":          {deletion(analyzers.KindPush, "refs/heads/main", "refs/heads/"+one, "refs/heads/topic"), []string{one}},
		"twice":             {deletion(analyzers.KindPush, "refs/heads/"+one, "refs/tags/"+one), []string{one}},
		"more than at once": {deletion(analyzers.KindPush, many...), sorted},
		"none":              {deletion(analyzers.KindPush, "refs/heads/main", "refs/heads/topic"), nil},
		"no push":           {deletion(analyzers.KindRange, "refs/heads/"+one), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := a.Run(t.Context(), tt.change)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Findings) > 0 {
				t.Errorf("to delete is refused: %+v", r.Findings)
			}
			if !slices.Equal(r.Hidden, tt.want) {
				t.Errorf("hidden are %q, want %q", r.Hidden, tt.want)
			}
		})
	}
}

// A ref that is made with such a name is a finding, and nothing else has to be hidden.
func TestMadeNames(t *testing.T) {
	c := deletion(analyzers.KindPush, "refs/heads/"+token())
	c.Refs[0].New, c.Refs[0].Old = c.Refs[0].Old, c.Refs[0].New
	r, err := analyzer(t, Options{}).Run(t.Context(), c)
	if err != nil || len(r.Findings) != 1 || r.Hidden != nil {
		t.Errorf("%+v, %v", r, err)
	}
}
