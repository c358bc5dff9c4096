package linediff

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// holds reports what is wrong with hunks: all that is in none must be the same in both versions.
func holds(old, new []byte, hunks []Hunk) error {
	a, b := lines(old), lines(new)
	atA, atB := 0, 0
	same := func(toA, toB int) error {
		if toA < atA || toB < atB || toA > len(a) || toB > len(b) || !slices.Equal(a[atA:toA], b[atB:toB]) {
			return fmt.Errorf("old lines %d to %d are not new lines %d to %d", atA, toA, atB, toB)
		}
		return nil
	}
	for i, h := range hunks {
		if err := same(h.Old, h.New); err != nil {
			return err
		}
		if h.OldLines < 0 || h.NewLines < 0 || h.OldLines+h.NewLines == 0 || i > 0 && h.Old == atA && h.New == atB {
			return fmt.Errorf("hunk %+v is empty, or a part of the one before", h)
		}
		atA, atB = h.Old+h.OldLines, h.New+h.NewLines
	}
	return same(len(a), len(b))
}

// hunks returns git's.
func (c *corpus) hunks(t testing.TB) [][]Hunk {
	t.Helper()
	out, err := c.command("-U0", "--text").Output()
	if exit := new(exec.ExitError); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatal(err)
	}
	all := make([][]Hunk, len(c.old))
	at := 0
	for len(out) > 0 {
		line := string(out[:lineEnd(out, 0)])
		out = out[len(line):]
		if name, ok := strings.CutPrefix(line, "diff --git a/old/"); ok {
			if at, err = strconv.Atoi(name[:strings.IndexByte(name, ' ')]); err != nil {
				t.Fatal(err)
			}
		}
		if !strings.HasPrefix(line, "@@ ") {
			continue
		}
		f := strings.Fields(line)
		var h Hunk
		h.Old, h.OldLines = bounds(t, f[1])
		h.New, h.NewLines = bounds(t, f[2])
		if h.OldLines > 0 {
			h.Old--
		}
		if h.NewLines > 0 {
			h.New--
		}
		all[at] = append(all[at], h)
		for n := h.OldLines + h.NewLines; n > 0; n-- {
			out = out[lineEnd(out, 0):]
			if bytes.HasPrefix(out, []byte(`\ `)) {
				out = out[lineEnd(out, 0):]
			}
		}
	}
	return all
}

// Whatever the hunks are, they are a difference; and mostly they are git's.
func TestHunks(t *testing.T) {
	source := &corpus{dir: t.TempDir()}
	sources(11, 1000, func(old, new []byte) { source.add(t, old, new) })
	few := &corpus{dir: t.TempDir()}
	for _, v := range [][2]string{
		{"", "a\n"}, {"a\n", ""}, {"a", "a\n"}, {"a\nb\nc\n", "a\nc\n"}, {"a\nc\n", "a\nb\nc\n"}, {"a\nb\nc\n", "x\nb\ny\n"}, {"a\na\nb\n", "a\nb\n"}, {"a\nb\na\nb\n", "a\nb\n"},
		{"f {\n\tx\n}\n\nh {\n\tx\n}\n\ng {\n\ty\n}\n", "f {\n\tx\n}\n\ng {\n\ty\n}\n"}, {"a\nx\na\n", "a\na\ny\n"}, {"}\n}\n}\n}\n", "}\n}\n"},
	} {
		few.add(t, []byte(v[0]), []byte(v[1]))
	}
	for _, v := range []struct {
		name   string
		corpus *corpus
		least  int // per thousand that must be git's
	}{{"few", few, 1000}, {"random", random(t, 12, 1000, 120), 700}, {"source", source, 970}} {
		var d Differ
		like := 0
		for i, want := range v.corpus.hunks(t) {
			old, new := v.corpus.old[i], v.corpus.new[i]
			got := d.Hunks(old, new)
			if err := holds(old, new, got); err != nil {
				t.Fatalf("%s: %v\nold %q\nnew %q", v.name, err, old, new)
			}
			if slices.Equal(got, want) {
				like++
			} else if v.name == "few" {
				t.Errorf("%q to %q: %v, git says %v", old, new, got, want)
			}
		}
		t.Logf("%s: %d of %d as git has them", v.name, like, len(v.corpus.old))
		if like*1000 < v.least*len(v.corpus.old) {
			t.Errorf("%s: too far from git", v.name)
		}
	}
}

func FuzzHunks(f *testing.F) {
	f.Add([]byte("a\nb\nc\n"), []byte("a\nx\nc"))
	f.Add([]byte("a\na\na\nb\n"), []byte("a\na\nb\nb\n"))
	f.Fuzz(func(t *testing.T, old, new []byte) {
		var d Differ
		for range 2 {
			if err := holds(old, new, d.Hunks(old, new)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
