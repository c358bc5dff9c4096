package linediff

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A corpus is pairs of versions in two directories, for git to compare in one go.
type corpus struct {
	dir      string
	old, new [][]byte
}

func (c *corpus) add(t testing.TB, old, new []byte) {
	t.Helper()
	for side, data := range map[string][]byte{"old": old, "new": new} {
		if err := os.MkdirAll(filepath.Join(c.dir, side), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(c.dir, side, strconv.Itoa(len(c.old))), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c.old, c.new = append(c.old, old), append(c.new, new)
}

// command returns a "git diff" over the corpus, in the way that gitio asks for lines.
func (c *corpus) command(args ...string) *exec.Cmd {
	args = slices.Concat([]string{"diff", "--no-index", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--diff-algorithm=myers", "--indent-heuristic"}, args, []string{"old", "new"})
	cmd := exec.Command("git", args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_CEILING_DIRECTORIES=" + filepath.Dir(c.dir)}
	return cmd
}

// git returns git's runs of each pair.
func (c *corpus) git(t testing.TB, args ...string) [][]Run {
	t.Helper()
	cmd := c.command(append([]string{"-U0", "--text"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if exit := new(exec.ExitError); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) { // 1: there are differences
		t.Fatalf("git diff: %v: %s", err, &stderr)
	}
	all := make([][]Run, len(c.old))
	var runs *[]Run
	next := func() (line []byte) {
		line, out = out[:lineEnd(out, 0)], out[lineEnd(out, 0):]
		return line
	}
	for len(out) > 0 {
		line := string(next())
		if name, ok := strings.CutPrefix(line, "diff --git a/old/"); ok {
			n, err := strconv.Atoi(name[:strings.IndexByte(name, ' ')])
			if err != nil {
				t.Fatalf("git diff: %q", line)
			}
			runs = &all[n]
		}
		if !strings.HasPrefix(line, "@@ ") {
			continue
		}
		f := strings.Fields(line)
		_, removed := bounds(t, f[1])
		start, added := bounds(t, f[2])
		for ; removed > 0; removed-- {
			next()
			if bytes.HasPrefix(out, []byte(`\ `)) {
				next()
			}
		}
		r := Run{Start: start}
		for ; added > 0; added-- {
			r.Text = append(r.Text, next()[1:]...)
		}
		if len(r.Text) == 0 {
			continue
		}
		if bytes.HasPrefix(out, []byte(`\ `)) {
			next()
			r.Text = r.Text[:len(r.Text)-1]
		}
		*runs = append(*runs, r)
	}
	return all
}

// bounds reads "-start,count" or "+start,count", where a count of 1 is left out.
func bounds(t testing.TB, s string) (start, n int) {
	t.Helper()
	a, b, found := strings.Cut(s[1:], ",")
	start, err := strconv.Atoi(a)
	if n = 1; found && err == nil {
		n, err = strconv.Atoi(b)
	}
	if err != nil {
		t.Fatalf("git diff: range %q: %v", s, err)
	}
	return start, n
}

// Small versions of which git's answer is known to be the only one, or what it does among several.
func TestLikeGit(t *testing.T) {
	c := corpus{dir: t.TempDir()}
	for _, v := range [][2]string{
		{"", "a\n"}, {"", "a"}, {"", "\n"}, {"", "a\nb\nc\n"}, {"a\n", ""}, {"a", "a\n"}, {"a\n", "a"}, {"a\n", "b"}, {"a", "ab"}, {"ab", "a"},
		{"a\nb", "a\nb\n"}, {"a\nb\n", "a\nb"}, {"a\nb\n", "a\nb\nc"}, {"a\nb", "a\nb\nc"}, {"b", "a\nb"}, {"x\nb", "y\nb"}, {"b\n", "b"}, {"\n", "\n\n"},
		{"a\nb\nc\n", "a\nx\nc\n"}, {"a\nb\nc\n", "x\nb\nc\n"}, {"a\nb\nc\n", "a\nb\nx\n"}, {"a\nb\nc\n", "b\n"}, {"a\nb\nc\n", "x\na\ny\nb\nz\nc\nw\n"},
		{"a\nb\nc\nd\n", "b\nc\nd\na\n"}, {"a\nb\nc\nd\n", "d\na\nb\nc\n"}, {"a\n", "a\r\n"}, {"a\r\nb\r\n", "a\r\nb\n"}, {"a\rb\n", "a\rc\n"}, {"a\rb", "a\rb\rc"},
		{"a\x00b\n", "a\x00c\n"}, {"\x00", "\x00\n\x00"}, {"\xff\n", "\xfe\n"}, {"a\fb\n", "a\fb\u2028c\n"}, {"a\nc\n", "a\n\\ No newline at end of file\nc\n"},
		{"a\nc\n", "a\n@@ -1 +1 @@\nc\n"}, {"a\nc\n", "a\n+b\n-b\nc\n"},
		// The same lines several times: the last place, what touches a removal, what is least indented, and runs that meet.
		{"a\na\n", "a\na\na\n"}, {"a\na\nb\nb\n", "a\na\na\nb\nb\nb\n"}, {"a\nb\na\n", "a\nb\na\nb\na\n"}, {"x\na\n", "a\na\n"}, {"a\nx\n", "a\na\n"},
		{"f {\n\tx\n}\n\ng {\n\ty\n}\n", "f {\n\tx\n}\n\nh {\n\tx\n}\n\ng {\n\ty\n}\n"}, {"a:\n  b\nc:\n  b\n", "a:\n  b\nd:\n  b\nc:\n  b\n"},
		{"if a {\n\tif b {\n\t}\n}\n", "if a {\n\tif b {\n\t}\n\tif c {\n\t}\n}\n"}, {"a\n\nb\n", "a\n\nc\n\nb\n"}, {"}\n}\n}\n", "}\n}\n}\n}\n}\n"},
		{"/*\n * a\n */\nfa\n\n/*\n * b\n */\nfb\n", "/*\n * a\n */\nfa\n\n/*\n * n\n */\nfn\n\n/*\n * b\n */\nfb\n"}, {"a:\n  - n: 1\n    v: 1\n  - n: 2\n", "a:\n  - n: 1\n    v: 1\n  - n: 3\n    v: 1\n  - n: 2\n"},
		{"f() {\n\ta\n\tend\n}\n\ng() {\n\tb\n}\n", "f() {\n\ta\n\tend\n}\n\ng() {\n\tc\n}\n\ng() {\n\tb\n}\n"}, {"x\n  a\n  b\ny\n", "x\n  a\n  b\nx\n  a\n  c\ny\n"},
		{"a\nx\na\nk\nz\n", "a\na\na\nk\ny\n"}, {"a\nx\na\na\na\nk\nz\n", "a\na\na\na\na\nk\ny\n"},
		{"a\nx\nb\nx\nc\n", "a\nx\nn\nx\nb\nx\nn\nx\nc\n"},
	} {
		c.add(t, []byte(v[0]), []byte(v[1]))
	}
	for i, want := range c.git(t) {
		if got := show(Added(c.old[i], c.new[i])); got != show(want) {
			t.Errorf("%q to %q: %s, git says %s", c.old[i], c.new[i], got, show(want))
		}
	}
}

// random returns a corpus of random versions with many lines that repeat.
func random(t *testing.T, seed uint64, n, size int) *corpus {
	t.Helper()
	c := &corpus{dir: t.TempDir()}
	pairs(seed, n, size, func(_ int, old, new []byte) { c.add(t, old, new) })
	return c
}

// While the library looks at every difference, the lines are as few as "git diff --minimal" can make them.
func TestAsFewAsGit(t *testing.T) {
	c := random(t, 5, 1000, 45)
	var d Differ
	for i, want := range c.git(t, "--minimal") {
		if got := d.Added(c.old[i], c.new[i]); count(got) != count(want) {
			t.Errorf("pair %d: %s, git says %s\nold %q\nnew %q", i, show(got), show(want), c.old[i], c.new[i])
		}
	}
}

// Among random lines that repeat there are many right answers, in what looks like source code few.
func TestMostlyLikeGit(t *testing.T) {
	source := &corpus{dir: t.TempDir()}
	sources(7, 1000, func(old, new []byte) { source.add(t, old, new) })
	for _, v := range []struct {
		name        string
		corpus      *corpus
		runs, texts int // per thousand that must be git's
	}{
		{"random", random(t, 6, 1000, 120), 780, 800},
		{"source", source, 975, 980},
	} {
		var d Differ
		runs, texts, ours, gits := 0, 0, 0, 0
		for i, want := range v.corpus.git(t) {
			got := d.Added(v.corpus.old[i], v.corpus.new[i])
			if show(got) == show(want) {
				runs++
			}
			if slices.Equal(sorted(got), sorted(want)) {
				texts++
			}
			ours, gits = ours+count(got), gits+count(want)
		}
		t.Logf("%s: %d with git's runs, %d with git's texts of %d; %d lines added, git has %d", v.name, runs, texts, len(v.corpus.old), ours, gits)
		if runs < v.runs || texts < v.texts || ours*100 > gits*101 || ours*100 < gits*99 {
			t.Errorf("%s: too far from git", v.name)
		}
	}
}

// sorted returns the added lines in the order of their texts.
func sorted(runs []Run) []string {
	var s []string
	for _, r := range runs {
		s = append(s, lines(r.Text)...)
	}
	slices.Sort(s)
	return s
}
