package analyzers

import "testing"

// Git takes a commit that names one parent twice for a merge, and it joins nothing.
func TestJoins(t *testing.T) {
	for _, tt := range []struct {
		parents       []string
		merge, joined bool
	}{
		{nil, false, false}, {[]string{"a"}, false, false}, {[]string{"a", "a"}, true, false}, {[]string{"a", "b"}, true, true}, {[]string{"a", "a", "b"}, true, true},
	} {
		c := Commit{Parents: tt.parents}
		if c.Merge() != tt.merge || c.Joins() != tt.joined {
			t.Errorf("%q: Merge %v, Joins %v", tt.parents, c.Merge(), c.Joins())
		}
	}
}
