package gosec

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestIntersect(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	ranges := func() (list []lineRange, in map[int]bool) {
		in = map[int]bool{}
		for at := 1; at < 40; {
			first := at + r.IntN(4)
			last := first + r.IntN(4)
			list = append(list, lineRange{first, last})
			for n := first; n <= last; n++ {
				in[n] = true
			}
			at = last + 2
		}
		return list, in
	}
	for range 500 {
		a, inA := ranges()
		b, inB := ranges()
		var got, want []int
		for _, both := range intersect(a, b) {
			for n := both.first; n <= both.last; n++ {
				got = append(got, n)
			}
		}
		for n := range 60 {
			if inA[n] && inB[n] {
				want = append(want, n)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v and %v have %v in common, not %v", a, b, want, got)
		}
	}
}

func TestLinesOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text        string
		first, last int
		want        string
	}{
		{"a\nb\nc\n", 1, 1, "a\n"}, {"a\nb\nc\n", 2, 3, "b\nc\n"}, {"a\nb", 2, 2, "b"}, {"a\nb", 2, 9, "b"}, {"a", 3, 3, ""},
	} {
		if got := newText(c.text).lines(c.first, c.last); got != c.want {
			t.Errorf("lines %d to %d of %q are %q, not %q", c.first, c.last, c.text, got, c.want)
		}
	}
}

// TestLiterals: what a line says in quotes does not leave the process when it is the finding itself.
func TestLiterals(t *testing.T) {
	t.Parallel()
	word := "hunter" + "2-hunter2"
	got := literals("\tpassword := \"" + word + "\" + `raw\\`, 'x', \"\" // \"comment\"\n")
	if !slices.Equal(got, []string{word, `raw\`}) {
		t.Errorf("literals %q", got)
	}
}
