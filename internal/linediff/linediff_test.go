package linediff

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// lines returns the lines of b with their ends.
func lines(b []byte) []string { return slices.Collect(strings.Lines(string(b))) }

// check says what of the package's promises the runs break, or "".
func check(old, new []byte, runs []Run) string {
	known := map[string]bool{}
	had := lines(old)
	for _, l := range had {
		known[l] = true
	}
	all := lines(new)
	next := 0 // line that has not been looked at
	kept := func(l string) string {
		if !known[l] {
			return fmt.Sprintf("line %d %q is new and in no run", next+1, l)
		}
		i := slices.Index(had, l)
		if i < 0 {
			return fmt.Sprintf("line %d %q is not in the old version's order", next+1, l)
		}
		had = had[i+1:]
		next++
		return ""
	}
	for i, r := range runs {
		if r.Start-1 < next || i > 0 && r.Start-1 == next || len(r.Text) == 0 {
			return fmt.Sprintf("run %d begins at line %d with %d bytes, after line %d", i, r.Start, len(r.Text), next)
		}
		for next < min(r.Start-1, len(all)) {
			if s := kept(all[next]); s != "" {
				return s
			}
		}
		for _, l := range lines(r.Text) {
			if next >= len(all) || all[next] != l {
				return fmt.Sprintf("run %d: line %d is not %q", i, next+1, l)
			}
			next++
		}
	}
	for next < len(all) {
		if s := kept(all[next]); s != "" {
			return s
		}
	}
	return ""
}

func show(runs []Run) string {
	var s []string
	for _, r := range runs {
		s = append(s, fmt.Sprintf("%d:%q", r.Start, r.Text))
	}
	return strings.Join(s, " ")
}

func count(runs []Run) int {
	n := 0
	for _, r := range runs {
		n += len(lines(r.Text))
	}
	return n
}

// alphabet is what random versions are made of: few texts repeat much, many hardly do.
func alphabet(r *rand.Rand) []string {
	odd := []string{"\n", "\r\n", "\x00\n", "}\n", "\t}\r\n", "\xff\xfe\n", " \n", "a\x00b\n", "a\n", "a\r\n", "aa\n", "\r\r\n", "\u2028\n"}
	words := odd[:1+r.IntN(len(odd))]
	for n := r.IntN(60); n > 0; n-- {
		words = append(words, fmt.Sprintf("%*sline %d\n", 2*r.IntN(4), "", r.IntN(200)))
	}
	return words
}

// version returns up to n random lines.
func version(r *rand.Rand, words []string, n int) []string {
	v := make([]string, r.IntN(n+1))
	for i := range v {
		v[i] = words[r.IntN(len(words))]
		if r.IntN(3) == 0 {
			v[i] = fmt.Sprintf("unique %d\n", r.Uint32())
		}
	}
	return v
}

// edit changes some lines: it inserts, deletes, replaces, moves, duplicates, swaps and permutes them.
func edit(r *rand.Rand, words, v []string) []string {
	v = slices.Clone(v)
	for n := r.IntN(8); n > 0; n-- {
		i := r.IntN(len(v) + 1)
		j := min(len(v), i+r.IntN(6))
		part := slices.Clone(v[i:j])
		switch r.IntN(7) {
		case 0:
			v = slices.Insert(v, i, version(r, words, 5)...)
		case 1:
			v = slices.Delete(v, i, j)
		case 2:
			v = slices.Replace(v, i, j, version(r, words, 5)...)
		case 3:
			v = slices.Delete(v, i, j)
			v = slices.Insert(v, r.IntN(len(v)+1), part...)
		case 4:
			v = slices.Insert(v, r.IntN(len(v)+1), part...)
		case 5:
			r.Shuffle(j-i, func(a, b int) { v[i+a], v[i+b] = v[i+b], v[i+a] })
		case 6:
			if r.IntN(10) == 0 {
				r.Shuffle(len(v), func(a, b int) { v[a], v[b] = v[b], v[a] })
			}
		}
	}
	return v
}

// join joins lines; some versions lack the last line feed.
func join(r *rand.Rand, v []string) []byte {
	b := []byte(strings.Join(v, ""))
	if r.IntN(6) == 0 {
		b = bytes.TrimSuffix(b, eol)
	}
	return b
}

// pairs calls use with so many seeded random pairs of versions.
func pairs(seed uint64, n, size int, use func(i int, old, new []byte)) {
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range n {
		words := alphabet(r)
		old := version(r, words, r.IntN(size+1))
		new := edit(r, words, old)
		if r.IntN(20) == 0 {
			new = version(r, words, size)
		}
		use(i, join(r, old), join(r, new))
	}
}

func TestPromises(t *testing.T) {
	var d Differ
	pairs(1, 20_000, 120, func(i int, old, new []byte) {
		runs := d.Added(old, new)
		if s := check(old, new, runs); s != "" {
			t.Fatalf("pair %d: %s\nold %q\nnew %q\nruns %s", i, s, old, new, show(runs))
		}
		if again := Added(old, new); show(again) != show(runs) {
			t.Fatalf("pair %d: %s, and with nothing compared before %s", i, show(runs), show(again))
		}
	})
}

// What the check must refuse.
func TestCheckRefuses(t *testing.T) {
	old, new := []byte("a\nb\nc\n"), []byte("b\na\nx\nc\n")
	for _, runs := range [][]Run{
		nil,
		{{Start: 1, Text: new[:2]}},
		{{Start: 3, Text: new[4:6]}},
		{{Start: 1, Text: new[2:4]}, {Start: 3, Text: new[4:6]}},
		{{Start: 1, Text: new[:2]}, {Start: 2, Text: new[2:4]}, {Start: 3, Text: new[4:6]}},
		{{Start: 1, Text: new[:2]}, {Start: 3, Text: new[4:6]}, {Start: 5, Text: []byte("d\n")}},
	} {
		if check(old, new, runs) == "" {
			t.Errorf("%s passes", show(runs))
		}
	}
	if s := check(old, new, Added(old, new)); s != "" {
		t.Error(s)
	}
}

// common returns the length of the longest common subsequence, by the textbook's table.
func common(a, b []string) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		corner := 0
		for j, y := range b {
			up := row[j+1]
			if x == y {
				row[j+1] = corner + 1
			} else {
				row[j+1] = max(up, row[j])
			}
			corner = up
		}
	}
	return row[len(b)]
}

// No answer has fewer added lines while the library looks at every difference.
func TestFewest(t *testing.T) {
	var d Differ
	pairs(2, 4000, 45, func(i int, old, new []byte) {
		got, want := count(d.Added(old, new)), len(lines(new))-common(lines(old), lines(new))
		if got != want {
			t.Fatalf("pair %d: %d lines added, the fewest are %d\nold %q\nnew %q", i, got, want, old, new)
		}
	})
}

func TestRunsAreParts(t *testing.T) {
	new := []byte("a\nb\nc\n")
	runs := Added([]byte("a\nc\n"), new)
	if len(runs) != 1 || &runs[0].Text[0] != &new[2] || cap(runs[0].Text) != 2 {
		t.Fatalf("%s: not the part of the new version, or more than it", show(runs))
	}
}

// Only equal bytes are the same line, whatever the hashes are.
func TestTableComparesBytes(t *testing.T) {
	tab := table{text: []byte("ab\nabc\nab")}
	for _, c := range []struct {
		start int
		line  string
		want  bool
	}{{0, "ab\n", true}, {0, "ab", false}, {0, "a", false}, {0, "abc\n", false}, {3, "abc\n", true}, {3, "ab\n", false}, {3, "ab", false}, {7, "ab", true}, {7, "a", false}, {7, "ab\n", false}} {
		if got := tab.is(c.start, []byte(c.line)); got != c.want {
			t.Errorf("the line at %d is %q: %v", c.start, c.line, got)
		}
	}
}

// What is kept of a block is what it has on both sides, whatever other blocks have.
func TestKeep(t *testing.T) {
	m := matcher{a: []int32{0, 1, 2, 3, 0}, b: []int32{2, unknown, 0, 0, 3, 1}, texts: make([]record, 4)}
	for _, c := range []struct {
		a0, a1, b0, b1 int
		ka, pa, kb, pb []int32
	}{
		{0, 5, 0, 6, []int32{0, 1, 2, 3, 0}, []int32{0, 1, 2, 3, 4}, []int32{2, 0, 0, 3, 1}, []int32{0, 2, 3, 4, 5}},
		{0, 2, 0, 3, []int32{0}, []int32{0}, []int32{0}, []int32{2}},
		{2, 5, 3, 6, []int32{3, 0}, []int32{3, 4}, []int32{0, 3}, []int32{3, 4}},
		{1, 2, 0, 5, nil, nil, nil, nil},
	} {
		m.keep(c.a0, c.a1, c.b0, c.b1)
		if !slices.Equal(m.ka, c.ka) || !slices.Equal(m.pa, c.pa) || !slices.Equal(m.kb, c.kb) || !slices.Equal(m.pb, c.pb) {
			t.Errorf("a[%d:%d] and b[%d:%d]: %d at %d, %d at %d", c.a0, c.a1, c.b0, c.b1, m.ka, m.pa, m.kb, m.pb)
		}
	}
}

// A wrong answer of the library adds lines and hides none.
func TestTakeCompares(t *testing.T) {
	m := matcher{match: []int32{unmatched, unmatched, unmatched}}
	m.ka, m.kb = []int32{5, 6, 7}, []int32{5, 8, 7}
	m.pa, m.pb = []int32{0, 1, 2}, []int32{0, 1, 2}
	if m.take(nil, 0, 0, 3, 3); !slices.Equal(m.match, []int32{0, unmatched, unmatched}) {
		t.Errorf("matched %d", m.match)
	}
}

func FuzzAdded(f *testing.F) {
	f.Add([]byte("a\nb\n"), []byte("b\na\n"))
	f.Add([]byte("x"), []byte("x\n"))
	f.Add([]byte(""), []byte("\n\n"))
	f.Add([]byte("a\x00\r\n}\n}\n"), []byte("}\n}\n}\n"))
	pairs(3, 20, 40, func(_ int, old, new []byte) { f.Add(old, new) })
	f.Fuzz(func(t *testing.T, old, new []byte) {
		runs := Added(old, new)
		if s := check(old, new, runs); s != "" {
			t.Fatalf("%s\nold %q\nnew %q\nruns %s", s, old, new, show(runs))
		}
		// The fuzzer's texts have few lines: take the bytes for lines, too.
		spread := func(b []byte) []byte {
			var s []byte
			for _, c := range b {
				s = append(s, c&7+'a', '\n')
			}
			return s
		}
		old, new = spread(old), spread(new)
		if s := check(old, new, Added(old, new)); s != "" {
			t.Fatalf("%s\nold %q\nnew %q", s, old, new)
		}
	})
}
