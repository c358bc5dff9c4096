package linediff

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"
)

// rows returns n lines.
func rows(n int, line func(i int) string) []byte {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(line(i))
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func letters(seed uint64, n, of int) []byte {
	r := rand.New(rand.NewPCG(seed, 3))
	return rows(n, func(int) string { return string(rune('a' + r.IntN(of))) })
}

func permutation(seed uint64, n int) []byte {
	p := rand.New(rand.NewPCG(seed, 3)).Perm(n)
	return rows(n, func(i int) string { return strconv.Itoa(p[i]) })
}

// checkLarge checks that the lines in no run are a subsequence of the old version's, which implies that they are no new ones. Other than
// check it needs one pass and no memory.
func checkLarge(old, new []byte, runs []Run) string {
	number, at, from := 1, 0, 0
	keep := func() string {
		end := lineEnd(new, at)
		for from < len(old) {
			start := from
			if from = lineEnd(old, from); bytes.Equal(old[start:from], new[at:end]) {
				at = end
				number++
				return ""
			}
		}
		return fmt.Sprintf("line %d %.40q is in no run and not in the old version's order", number, new[at:end])
	}
	for _, r := range runs {
		for number < r.Start && at < len(new) {
			if s := keep(); s != "" {
				return s
			}
		}
		if number != r.Start || !bytes.HasPrefix(new[at:], r.Text) {
			return fmt.Sprintf("the run at line %d is not what the new version has there", r.Start)
		}
		at += len(r.Text)
		number += bytes.Count(r.Text, eol)
	}
	for at < len(new) {
		if s := keep(); s != "" {
			return s
		}
	}
	return ""
}

func TestCheckLargeRefuses(t *testing.T) {
	old, new := []byte("a\nb\nc\n"), []byte("b\na\nx\nc\n")
	for _, runs := range [][]Run{nil, {{Start: 1, Text: new[:2]}}, {{Start: 1, Text: new[4:6]}}, {{Start: 9, Text: new[:2]}}} {
		if checkLarge(old, new, runs) == "" {
			t.Errorf("%s passes", show(runs))
		}
	}
}

// Inputs that make a diff without bounds quadratic. The bounds on lines are what a like search reaches, with room; those on memory are on all that
// is allocated, of which the library's part is short-lived.
func TestWorstCases(t *testing.T) {
	const most = maxLines/2 - 10 // lines on each side
	same := func(n int) []byte { return bytes.Repeat([]byte("e\n"), n) }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	base := letters(1, most-most/20, 20)
	edited := func() []byte {
		var b []byte
		n := 0
		for at := 0; at < len(base); n++ {
			end := lineEnd(base, at)
			if n%33 == 3 {
				b = append(b, "z\n"...)
			}
			if n%50 != 7 {
				b = append(b, base[at:end]...)
			}
			at = end
		}
		return b
	}()
	for _, c := range []struct {
		name      string
		old, new  []byte
		atMost    int // lines added
		megabytes uint64
	}{
		{"one-byte lines, beyond the bound", bytes.Repeat([]byte("a\nb\n"), 1<<23), bytes.Repeat([]byte("b\na\n"), 1<<23), 1 << 24, 8},
		{"one-byte lines, unrelated", letters(2, most, 20), letters(3, most, 20), most * 95 / 100, 600},
		{"two texts, unrelated", letters(2, most, 2), letters(3, most, 2), most / 3, 600},
		{"one-byte lines, edited", base, edited, bytes.Count(edited, []byte("z\n")), 120},
		{"all equal", join([]byte("x\n"), same(most-9)), join(same(most-1000), []byte("y\n")), 1, 120},
		{"all equal with others between", join([]byte("x\n"), same(most/2)), join(same(most/2), bytes.Repeat([]byte("y\ne\n"), most/8), []byte("y\n")), most/4 + 1, 120},
		{"permutations", permutation(1, 1_000_000), permutation(2, 1_000_000), 999_000, 120},
		{"nothing in common", permutation(1, most), rows(most, func(i int) string { return "n" + strconv.Itoa(i) }), most, 120},
		{"reversed", rows(most, strconv.Itoa), rows(most, func(i int) string { return strconv.Itoa(most - i) }), most, 160},
		{"twice each", rows(most, func(i int) string { return strconv.Itoa(i / 2) }), rows(most, func(i int) string { return strconv.Itoa(i * 7919 % most / 2) }), most, 200},
		{"blocks swapped", rows(most, func(i int) string { return strconv.Itoa(i ^ 64) }), rows(most, strconv.Itoa), most/2 + 64, 200},
		{"periods", rows(most, func(i int) string { return strconv.Itoa(i % 101) }), rows(most, func(i int) string { return strconv.Itoa(i % 103) }), most / 20, 300},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		runs := Added(c.old, c.new)
		runtime.ReadMemStats(&after)
		if s := checkLarge(c.old, c.new, runs); s != "" {
			t.Errorf("%s: %s", c.name, s)
		}
		n := 0
		for _, r := range runs {
			n += bytes.Count(r.Text, eol)
		}
		got := (after.TotalAlloc - before.TotalAlloc) >> 20
		t.Logf("%s: %d lines of %d in %d runs, %d MB", c.name, n, bytes.Count(c.new, eol), len(runs), got)
		if n > c.atMost {
			t.Errorf("%s: %d lines added, more than %d", c.name, n, c.atMost)
		}
		if got > c.megabytes {
			t.Errorf("%s: %d MB allocated, more than %d", c.name, got, c.megabytes)
		}
	}
}

// Up to the bound on lines the answer is exact, beyond it what differs is added as a whole.
func TestMaxLines(t *testing.T) {
	middle := bytes.Repeat([]byte("e\n"), maxLines/2-3)
	version := func(first, last string, more ...string) []byte {
		b := append([]byte("head\n"+first), middle...)
		for _, m := range more {
			b = append(b, m...)
		}
		return append(b, last+"tail\n"...)
	}
	old := version("a\n", "b\n")
	if runs := Added(old, version("c\n", "d\n")); len(runs) != 2 || count(runs) != 2 || runs[0].Start != 2 {
		t.Errorf("within the bound: %d lines in %d runs", count(runs), len(runs))
	}
	new := version("c\n", "d\n", "e\n", "e\n", "e\n")
	runs := Added(old, new)
	if len(runs) != 1 || runs[0].Start != 2 || len(runs[0].Text) != len(new)-len("head\ntail\n") {
		t.Errorf("beyond the bound: %d lines in %d runs", count(runs), len(runs))
	}
}

// Without work left nothing more is matched.
func TestMaxWork(t *testing.T) {
	a, b := []int32{0, 1, 2, 0, 1}, []int32{1, 0, 2, 1, 0}
	for _, left := range []int{9, 10} {
		m := matcher{a: a, b: b, match: []int32{-1, -1, -1, -1, -1}, texts: make([]record, 3), left: left}
		m.block(0, len(a), 0, len(b), 0)
		n := 0
		for _, x := range m.match {
			if x != unmatched {
				n++
			}
		}
		if left == 9 && n != 0 || left == 10 && n != 3 {
			t.Errorf("with work for %d lines %d are matched", left, n)
		}
	}
}

// A Differ does not keep the memory of its largest comparison.
func TestKeepsLittle(t *testing.T) {
	var d Differ
	d.Added(permutation(1, maxKept), permutation(2, maxKept))
	if n := cap(d.old) + cap(d.new) + cap(d.m.ka) + cap(d.table.slots) + cap(d.m.texts) + cap(d.spans); n != 0 {
		t.Errorf("memory for %d lines is kept", n)
	}
	old, new := []byte("a\nb\nc\n"), []byte("a\nc\nd\nb\n")
	d.Added(old, new)
	if d.table.text != nil {
		t.Error("the old version is kept")
	}
	if n := testing.AllocsPerRun(10, func() { d.Added(append(old, "x\n"...), append(old, "y\n"...)) }); n > 4 {
		t.Errorf("%v allocations for one changed line", n)
	}
}
