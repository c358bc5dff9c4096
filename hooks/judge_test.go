package hooks

import (
	"slices"
	"testing"

	"github.com/refward/refward/analyzers"
)

// What the options of any layer hide stays hidden in the outcome of all.
func TestJoinedHides(t *testing.T) {
	list := []*analyzers.Analyzer{{Name: "secrets"}, {Name: "refs"}}
	outcomes := []analyzers.Outcome{
		{Analyzer: "secrets", Result: analyzers.Result{Hidden: []string{"a"}}},
		{Analyzer: "refs"},
		{Analyzer: "secrets", Result: analyzers.Result{Hidden: []string{"b"}}},
	}
	all := joined(list, outcomes)
	if len(all) != 2 || !slices.Equal(all[0].Result.Hidden, []string{"a", "b"}) || all[1].Result.Hidden != nil {
		t.Errorf("joined: %+v", all)
	}
	if len(outcomes[0].Result.Hidden) != 1 {
		t.Errorf("the first outcome is now %+v", outcomes[0])
	}
}
