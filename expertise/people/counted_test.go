package people

import "testing"

// TestJoinCounted: what is counted is as if it stood there so often.
func TestJoinCounted(t *testing.T) {
	idents := []Ident{{"Ada Byron", "ada@one.example"}, {"Ada Lovelace", "ada@one.example"}, {"ada", "ada@one.example"}}
	for _, counts := range [][]int{{1, 1, 1}, {1, 2, 5}, {3, 2, 3000}, {2, 2, 1}} {
		var all []Ident
		for i, n := range counts {
			for range n {
				all = append(all, idents[i])
			}
		}
		want, err := Join(all, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := JoinCounted(idents, counts, Options{})
		if err != nil || got.Len() != 1 || got.Person(0).Name != want.Person(0).Name {
			t.Errorf("%v: %+v, want %+v (%v)", counts, got.Person(0), want.Person(0), err)
		}
	}
}
