package ownership_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

// A fixture is a bare repository that is filled by git fast-import.
type fixture struct {
	gitiotest.Bare
	n  int // commits so far
	in bytes.Buffer
}

func newFixture(t testing.TB, options ...string) *fixture {
	t.Helper()
	return &fixture{Bare: gitiotest.New(t, options...)}
}

// A version is a file of a tree: its mode and text.
type version struct{ mode, text string }

type tree map[string]version

// commit makes a commit of a whole tree and returns its mark.
func (f *fixture) commit(files tree, parents ...int) int {
	f.n++
	fmt.Fprintf(&f.in, "commit refs/heads/c%d\nmark :%d\nauthor A%d <a%d@example.com> %d +0000\ncommitter C <c@example.com> %d +0000\ndata 1\nx\n",
		f.n, f.n, f.n%5, f.n%5, 1_700_000_000+f.n, 1_700_000_000+f.n)
	for i, p := range parents {
		fmt.Fprintf(&f.in, "%s :%d\n", []string{"from", "merge"}[min(i, 1)], p)
	}
	f.in.WriteString("deleteall\n")
	for path, v := range files {
		if v.mode == "160000" {
			fmt.Fprintf(&f.in, "M 160000 %s %s\n", v.text, quote(path))
			continue
		}
		fmt.Fprintf(&f.in, "M %s inline %s\ndata %d\n%s\n", v.mode, quote(path), len(v.text), v.text)
	}
	return f.n
}

func quote(path string) string {
	var b strings.Builder
	for _, c := range []byte(path) {
		fmt.Fprintf(&b, `\%03o`, c)
	}
	return `"` + b.String() + `"`
}

// ids stores what was committed and returns the ids by mark.
func (f *fixture) ids() []string {
	f.T.Helper()
	f.Git(f.in.String(), "fast-import", "--quiet", "--force")
	f.in.Reset()
	ids := make([]string, f.n+1)
	for line := range strings.Lines(f.Git("", "for-each-ref", "--format=%(refname:lstrip=3) %(objectname)", "refs/heads/c*")) {
		name, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.Atoi(name); err == nil {
			ids[n] = id
		}
	}
	for line := range strings.Lines(f.Git("", "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/")) {
		name, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.Atoi(strings.TrimPrefix(name, "refs/heads/c")); err == nil {
			ids[n] = id
		}
	}
	return ids
}

func (f *fixture) build(tip string, o ownership.Options) *ownership.Index {
	f.T.Helper()
	x, err := ownership.Build(f.T.Context(), f.Open(), tip, o)
	if err != nil {
		f.T.Fatal(err)
	}
	return x
}

// owners returns the owner of each line, by path.
func owners(t testing.TB, x *ownership.Index) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, p := range x.Paths() {
		runs, ok, err := x.Lines(p)
		if !ok || err != nil {
			t.Fatalf("%q: %v %v", p, ok, err)
		}
		list := []string{}
		for _, r := range runs {
			id := "unknown"
			if r.Commit != ownership.Unknown {
				c, err := x.Commit(r.Commit)
				if err != nil {
					t.Fatal(err)
				}
				id = c.ID
			}
			for range r.Lines {
				list = append(list, id)
			}
		}
		all[p] = list
	}
	return all
}

// blame is what git says.
func (f *fixture) blame(tip, path string, options ...string) []string {
	f.T.Helper()
	owner := []string{}
	out := f.Git("", slices.Concat([]string{"-c", "core.quotePath=false", "--literal-pathspecs", "blame", "--porcelain", "--no-textconv"}, options, []string{tip, "--", path})...)
	for line := range strings.Lines(out) {
		if w := strings.Fields(line); !strings.HasPrefix(line, "\t") && len(w) >= 3 && len(w[0]) >= 40 && strings.Trim(w[0]+w[1]+w[2], "0123456789abcdef") == "" {
			owner = append(owner, w[0])
		}
	}
	return owner
}

// equal holds an index against git, line by line.
func (f *fixture) equal(x *ownership.Index, options ...string) (lines int) {
	f.T.Helper()
	for path, got := range owners(f.T, x) {
		want := f.blame(x.Tip(), path, options...)
		if !slices.Equal(got, want) {
			f.T.Errorf("%q at %s:\n got %.10v\nwant %.10v", path, x.Tip(), got, want)
		}
		lines += len(want)
	}
	return lines
}

func encoded(t testing.TB, x *ownership.Index) []byte {
	t.Helper()
	data, err := x.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// random makes a history of n commits: edits of files of repeated lines, renames with and without edits, copies, deletions, changes of mode and
// white space, merges with and without changes of their own, and roots.
func (f *fixture) random(seed uint64, n int) {
	r := rand.New(rand.NewPCG(seed, 8))
	line := func() string {
		return strings.Repeat(" ", r.IntN(3)) + []string{"a", "b", "}", "{", "", "x = 1", "return", "y"}[r.IntN(8)] + []string{"", "", strconv.Itoa(r.IntN(200))}[r.IntN(3)]
	}

	edit := func(text string) string {
		lines := strings.SplitAfter(text, "\n")
		for range 1 + r.IntN(4) {
			at := r.IntN(len(lines))
			switch r.IntN(5) {
			case 0:
				lines = slices.Delete(lines, at, min(len(lines), at+r.IntN(3)+1))
				if len(lines) == 0 {
					lines = []string{""}
				}
			case 1:
				lines[at] = "  " + lines[at]
			case 2:
				lines[at] = strings.TrimSuffix(lines[at], "\n") + " \n"
			default:
				for range 1 + r.IntN(4) {
					lines = slices.Insert(lines, at, line()+"\n")
				}
			}
		}
		text = strings.Join(lines, "")
		if r.IntN(9) == 0 {
			text = strings.TrimSuffix(text, "\n")
		}
		return text
	}
	names := []string{"a", "b", "d/a", "d/e/a", "d/c.go", "x/c.go", "z", "caf\xe9", "new\nline", "qu\"ote", "sp ace", "d/\ttab"}
	trees := map[int]tree{}
	var heads []int
	for range n {
		var parents []int
		files := tree{}
		if len(heads) > 0 && r.IntN(30) > 0 {
			p := heads[len(heads)-1-r.IntN(min(len(heads), 4))]
			parents = append(parents, p)
			for k, v := range trees[p] {
				files[k] = v
			}
		}
		if len(parents) > 0 && r.IntN(4) == 0 {
			for range 1 + r.IntN(2) {
				q := heads[len(heads)-1-r.IntN(min(len(heads), 8))]
				if slices.Contains(parents, q) {
					continue
				}
				parents = append(parents, q)
				for k, v := range trees[q] {
					if own, ok := files[k]; !ok && r.IntN(2) == 0 || r.IntN(3) == 0 {
						files[k] = v
					} else if ok && r.IntN(4) == 0 { // half of the one and half of the other
						one, two := strings.SplitAfter(own.text, "\n"), strings.SplitAfter(v.text, "\n")
						files[k] = version{own.mode, strings.Join(append(one[:len(one)/2:len(one)/2], two[len(two)/2:]...), "")}
					}
				}
			}
		}
		for range r.IntN(4) {
			name := names[r.IntN(len(names))]
			paths := make([]string, 0, len(files))
			for k := range files {
				paths = append(paths, k)
			}
			slices.Sort(paths)
			switch v, ok := files[name]; {
			case !ok && len(paths) > 0 && r.IntN(3) > 0: // from another
				from := paths[r.IntN(len(paths))]
				files[name] = files[from]
				if r.IntN(3) > 0 {
					delete(files, from)
				}
				if r.IntN(2) == 0 {
					files[name] = version{files[name].mode, edit(files[name].text)}
				}
			case !ok:
				var b strings.Builder
				for range r.IntN(30) {
					b.WriteString(line() + "\n")
				}
				files[name] = version{"100644", b.String()}
			case r.IntN(12) == 0:
				delete(files, name)
			case r.IntN(12) == 0:
				files[name] = version{[]string{"100644", "100755", "120000"}[r.IntN(3)], v.text}
			default:
				files[name] = version{v.mode, edit(v.text)}
			}
		}
		for k, v := range files { // git has no symbolic link to nothing
			if v.mode == "120000" && v.text == "" {
				delete(files, k)
			}
		}
		id := f.commit(files, parents...)
		trees[id] = files
		heads = append(heads, id)
	}
}
