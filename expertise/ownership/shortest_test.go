package ownership

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

// TestShortest holds what is said of two versions without a diff against git's diff, to the line.
func TestShortest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	var pairs [][2]string
	for range 3000 {
		kinds := []int{3, 20, 400}[r.IntN(3)]
		line := func() string {
			if r.IntN(3) == 0 {
				return []string{"\n", "}\n", "\t}\n", "\treturn nil\n"}[r.IntN(4)]
			}
			return strings.Repeat("\t", r.IntN(3)) + fmt.Sprintf("x%d\n", r.IntN(kinds))
		}
		old := make([]string, r.IntN([]int{8, 60, 500}[r.IntN(3)]))
		for i := range old {
			old[i] = line()
		}
		new := slices.Clone(old)
		for range 1 + r.IntN(6) {
			at := r.IntN(len(new) + 1)
			past := min(len(new), at+r.IntN(1+r.IntN(12)))
			var more []string
			if r.IntN(4) == 0 { // many new lines, and among them a few that are everywhere
				past = min(len(new), at+r.IntN(60))
				for n := range r.IntN(60) {
					if more = append(more, fmt.Sprintf("%d new\n", n)); r.IntN(8) == 0 {
						more = append(more, line())
					}
				}
			}
			for range r.IntN(1 + r.IntN(12)) {
				if r.IntN(4) == 0 && len(old) > 0 {
					more = append(more, old[r.IntN(len(old))])
				} else {
					more = append(more, line())
				}
			}
			new = slices.Replace(new, at, past, more...)
		}
		p := [2]string{strings.Join(old, ""), strings.Join(new, "")}
		if r.IntN(10) == 0 {
			p[r.IntN(2)] += "the end"
		}
		if p[0] != p[1] {
			pairs = append(pairs, p)
		}
	}
	sure, told, lines := 0, 0, 0
	var d differ
	for i, hunks := range diffs(t, pairs) {
		old, new := pairs[i][0], pairs[i][1]
		m := d.between(&blob{data: []byte(old)}, &blob{data: []byte(new)})
		want := origins(hunks, countLines([]byte(new)))
		got := origins([]gitio.LineHunk{m.hunk}, int32(len(want)))
		left := []span{{m.hunk.New, m.hunk.New + m.hunk.NewLines}}
		if m.exact {
			got, left = origins(m.hunks, int32(len(want))), m.unsure
			sure++
		}
		for n := range want {
			lines++
			if meet(left, []span{{int32(n), int32(n) + 1}}) {
				continue
			}
			if told++; got[n] != want[n] {
				t.Fatalf("line %d of the new version is line %d of the old one, git says %d, exact %v, middle %v\nold:\n%s\nnew:\n%s", n, got[n], want[n], m.exact, m.hunk, old, new)
			}
		}
	}
	t.Logf("of %d pairs %d told; of %d lines %d", len(pairs), sure, lines, told)
	if sure < len(pairs)/3 || told < lines/3 {
		t.Errorf("little is told without git: of %d pairs %d, of %d lines %d", len(pairs), sure, lines, told)
	}
}

// origins returns the old line, or -1, of each of some new ones.
func origins(hunks []gitio.LineHunk, n int32) []int32 {
	at := make([]int32, n)
	delta := int32(0)
	for i := range at {
		for len(hunks) > 0 && int32(i) >= hunks[0].New+hunks[0].NewLines {
			delta = hunks[0].Old + hunks[0].OldLines - hunks[0].New - hunks[0].NewLines
			hunks = hunks[1:]
		}
		at[i] = int32(i) + delta
		if len(hunks) > 0 && int32(i) >= hunks[0].New {
			at[i] = -1
		}
	}
	return at
}

// diffs returns git's.
func diffs(t *testing.T, pairs [][2]string) [][]gitio.LineHunk {
	b := gitiotest.New(t)
	var in strings.Builder
	in.WriteString("commit refs/heads/x\ncommitter C <c@example.com> 1700000000 +0000\ndata 1\nx\n")
	for i, p := range pairs {
		for side, text := range p {
			fmt.Fprintf(&in, "M 100644 inline %d/%06d\ndata %d\n%s\n", side, i, len(text), text)
		}
	}
	b.Git(in.String(), "fast-import", "--quiet")
	list := make([]gitio.BlobPair, len(pairs))
	for line := range strings.Lines(b.Git("", "ls-tree", "-r", "refs/heads/x")) {
		var side, i int
		f := strings.Fields(line)
		if _, err := fmt.Sscanf(f[3], "%d/%d", &side, &i); err != nil {
			t.Fatal(err)
		}
		if side == 0 {
			list[i].Old = f[2]
		} else {
			list[i].New = f[2]
		}
	}
	s, err := b.Open().NewScratch()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := make([][]gitio.LineHunk, len(pairs))
	err = s.Hunks(t.Context(), list, false, func(i int, h gitio.LineHunk) error {
		all[i] = append(all[i], h)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
