package gitio

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// nasty are lines that a careless reader of patches takes for something else.
var nasty = []string{
	"", "a", "a", "b", "}", "\t}", "diff --git a/x b/x", "@@ -1 +1 @@", "@@ -0,0 +1,3 @@", "+++ b/y", "--- a/y", "+", "-", "-- ", "++ b/y", "\\ No newline at end of file",
	"0123456789abcdef0123456789abcdef01234567", "Binary files a/x and b/x differ", "index 0123456..89abcde 160000", "new file mode 160000", "rename to z", "cr\r", "\r", "nul\x00nul",
	"\xff\xfe invalid", "\x1b[31mred", "Subproject commit 0123456789abcdef0123456789abcdef01234567", strings.Repeat("long ", 30_000), ":100644 100644 a b M", "commit x", "caf\u00e9",
}

func nastyText(rnd *rand.Rand) []string {
	lines := make([]string, rnd.IntN(30))
	for i := range lines {
		lines[i] = nasty[rnd.IntN(len(nasty))] + "\n"
	}
	return cutEnd(rnd, lines)
}

// cutEnd takes the last line's end away, sometimes.
func cutEnd(rnd *rand.Rand, lines []string) []string {
	if n := len(lines); n > 0 && rnd.IntN(4) == 0 {
		lines[n-1] = strings.TrimSuffix(lines[n-1], "\n")
	}
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
}

func editText(rnd *rand.Rand, lines []string) []string {
	lines = slices.Clone(lines)
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\n") + "\n"
	}
	for range 1 + rnd.IntN(4) {
		at := rnd.IntN(len(lines) + 1)
		switch rnd.IntN(3) {
		case 0:
			lines = slices.Delete(lines, at, min(len(lines), at+rnd.IntN(4)))
		case 1:
			lines = slices.Insert(lines, at, nasty[rnd.IntN(len(nasty))]+"\n", fmt.Sprintf("new %d\n", rnd.IntN(20)))
		case 2:
			lines = slices.Insert(lines, at, lines[:at]...)
		}
		lines = lines[:min(len(lines), 60)]
	}
	return cutEnd(rnd, lines)
}

// A version is the files of one commit of an edited history, by path, in lines.
type version struct {
	parents []int
	files   map[string][]string
}

// newEdits makes a history of random edits, each fifth commit a merge, and returns what each commit holds, by id.
func newEdits(t *testing.T, rnd *rand.Rand, n int) (f *fixture, ids []string, versions []version) {
	f = newFixture(t, "--bare")
	var in bytes.Buffer
	for i := range n {
		v := version{files: map[string][]string{}}
		if i > 0 {
			v.parents = []int{i - 1}
			if i%5 == 4 {
				v.parents = append(v.parents, i-3)
			}
		}
		fmt.Fprintf(&in, "commit refs/heads/main\nmark :%d\ncommitter C <c@example.com> %d +0000\ndata 1\n%c\n", i+1, 1_700_000_000+i, 'c')
		for k, p := range v.parents {
			fmt.Fprintf(&in, "%s :%d\n", []string{"from", "merge"}[k], p+1)
		}
		in.WriteString("deleteall\n")
		for _, path := range []string{"a.txt", "b c.txt", "d\te"} {
			var lines []string
			switch {
			case i == 0:
				lines = nastyText(rnd)
			case len(v.parents) == 2 && rnd.IntN(2) == 0:
				lines = slices.Concat(versions[v.parents[0]].files[path], versions[v.parents[1]].files[path])
				lines = editText(rnd, lines)
			default:
				lines = editText(rnd, versions[v.parents[len(v.parents)-1]].files[path])
			}
			v.files[path] = lines
			text := strings.Join(lines, "")
			fmt.Fprintf(&in, "M 100644 inline %s\ndata %d\n%s\n", path, len(text), text)
		}
		in.WriteString("\n")
		versions = append(versions, v)
	}
	f.gitIn(in.String(), "fast-import", "--quiet")
	ids = strings.Fields(f.git("rev-list", "--reverse", "--topo-order", "main"))
	return f, ids, versions
}

// checkAdded holds the hunks of a file against its lines and those of its only parent: each hunk has the lines of its number,
// and what is in no hunk stood in the parent, in the same order.
func checkAdded(hunks []analyzers.Hunk, old, new []string) error {
	left := slices.Clone(new)
	for i := len(hunks) - 1; i >= 0; i-- {
		h := hunks[i]
		n := len(slices.Collect(splitLines(h.Text)))
		if h.Start < 1 || h.Start-1+n > len(left) || strings.Join(left[h.Start-1:h.Start-1+n], "") != string(h.Text) {
			return fmt.Errorf("hunk at %d has other text than the file: %.200q", h.Start, h.Text)
		}
		if h.Binary != bytes.Contains(h.Text, []byte{0}) {
			return fmt.Errorf("hunk at %d: binary %t", h.Start, h.Binary)
		}
		left = slices.Delete(left, h.Start-1, h.Start-1+n)
	}
	for _, line := range old {
		if len(left) > 0 && left[0] == line {
			left = left[1:]
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("line %.200q is added and in no hunk", left[0])
	}
	return nil
}

// checkByText holds the hunks of a file against the rule for merges: exactly the lines whose text no parent's version has.
func checkByText(hunks []analyzers.Hunk, new []string, parents ...[]string) error {
	known := map[string]bool{}
	for _, p := range parents {
		for _, line := range p {
			known[strings.TrimSuffix(line, "\n")] = true
		}
	}
	got := map[int]string{}
	for _, h := range hunks {
		n := h.Start
		for line := range splitLines(h.Text) {
			got[n] = string(line)
			n++
		}
	}
	for i, line := range new {
		if want := !known[strings.TrimSuffix(line, "\n")]; want != (got[i+1] != "") || want && got[i+1] != line {
			return fmt.Errorf("line %d is %.200q, in no parent: %t; the hunk says %.200q", i+1, line, want, got[i+1])
		}
		delete(got, i+1)
	}
	if len(got) > 0 {
		return fmt.Errorf("hunks have lines that the file does not: %v", got)
	}
	return nil
}

type place struct{ commit, path string }

func hunksByFile(t *testing.T, c *analyzers.Change) map[place][]analyzers.Hunk {
	t.Helper()
	found := map[place][]analyzers.Hunk{}
	for h, err := range c.Hunks(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		found[place{h.Commit, h.Path}] = append(found[place{h.Commit, h.Path}], h)
	}
	return found
}

// TestLines holds the hunks of random edits against the edits, and their number against git's own count.
func TestLines(t *testing.T) { readers(t, testLines) }

func testLines(t *testing.T) {
	f, ids, versions := newEdits(t, rand.New(rand.NewPCG(3, 4)), 250)
	c, err := f.open().History(t.Context(), "main", Scope{})
	if err != nil {
		t.Fatal(err)
	}
	hunks := hunksByFile(t, c)
	counted := map[place]int{}
	stat := f.gitIn(strings.Join(ids, "\n")+"\n", "diff-tree", "--stdin", "--root", "--numstat", "--text", "-z", "-r")
	commit := ""
	for field := range strings.SplitSeq(stat, "\x00") {
		if n, rest, ok := strings.Cut(field, "\t"); ok {
			added := -1 // "-": binary, --numstat does not heed --text
			_, _ = fmt.Sscanf(n, "%d", &added)
			_, path, _ := strings.Cut(rest, "\t")
			counted[place{commit, path}] = added
		} else {
			commit = field
		}
	}
	total, more := 0, 0 // lines that git counts, and what is counted above that
	for i, v := range versions {
		for path, lines := range v.files {
			at := place{ids[i], path}
			var err error
			if len(v.parents) == 2 {
				err = checkByText(hunks[at], lines, versions[v.parents[0]].files[path], versions[v.parents[1]].files[path])
			} else {
				var old []string
				if i > 0 {
					old = versions[v.parents[0]].files[path]
				}
				err = checkAdded(hunks[at], old, lines)
				n := 0
				for _, h := range hunks[at] {
					n += len(slices.Collect(splitLines(h.Text)))
				}
				if n != counted[at] && counted[at] >= 0 {
					t.Logf("commit %d, %q: %d lines, git counts %d", i, path, n, counted[at])
					more += max(n-counted[at], 0)
				}
				total += max(counted[at], 0)
			}
			if err != nil {
				t.Errorf("commit %d, %q: %v", i, path, err)
			}
		}
	}
	if more*100 > total {
		t.Errorf("%d lines more than the %d that git counts", more, total)
	}
}

// TestLinesTooLarge reads the same history with a limit that some files exceed: those are reported as unread, the others of
// their commit are read by text, and the rest as ever.
func TestLinesTooLarge(t *testing.T) { readers(t, testLinesTooLarge) }

func testLinesTooLarge(t *testing.T) {
	const limit = 150_000
	f, ids, versions := newEdits(t, rand.New(rand.NewPCG(5, 6)), 100)
	c, err := f.open(maxBlob(limit)).History(t.Context(), "main", Scope{})
	if err != nil {
		t.Fatal(err)
	}
	hunks := hunksByFile(t, c)
	size := func(lines []string) int { return len(strings.Join(lines, "")) }
	unread, byText := 0, 0
	for i, v := range versions {
		large := false
		for path, lines := range v.files {
			for _, p := range v.parents {
				old := versions[p].files[path]
				large = large || !slices.Equal(old, lines) && max(size(old), size(lines)) > limit
			}
		}
		for path, lines := range v.files {
			at := place{ids[i], path}
			var parents [][]string
			same := false
			for _, p := range v.parents {
				old := versions[p].files[path]
				same = same || slices.Equal(old, lines)
				if size(old) <= limit { // what can't be read is not known
					parents = append(parents, old)
				}
			}
			var err error
			switch {
			case same:
				if len(hunks[at]) > 0 {
					err = fmt.Errorf("hunks of a file that a parent has: %v", hunks[at])
				}
			case size(lines) > limit:
				unread++
				if len(hunks[at]) != 1 || hunks[at][0].Unread == "" || hunks[at][0].Text != nil || hunks[at][0].Blob == "" {
					err = fmt.Errorf("a file that is too large gives %.200v", hunks[at])
				}
			case large || len(v.parents) == 2:
				byText++
				err = checkByText(hunks[at], lines, parents...)
			default:
				err = checkAdded(hunks[at], slices.Concat(parents...), lines)
			}
			if err != nil {
				t.Errorf("commit %d, %q: %v", i, path, err)
			}
		}
	}
	if unread < 10 || byText < 10 {
		t.Errorf("%d files unread, %d by text: the history shows nothing", unread, byText)
	}
	for b, err := range c.Blobs(t.Context(), nil) {
		if err != nil || (b.Size > limit) != (b.Unread != "") || (b.Data == nil) != (b.Unread != "") && b.Size > 0 {
			t.Errorf("blob %s of %d bytes: %q, %v", b.ID, b.Size, b.Unread, err)
		}
	}
}

// TestLargeButUnchanged renames a file that is too large to read and changes its mode: nothing was added.
func TestLargeButUnchanged(t *testing.T) { readers(t, testLargeButUnchanged) }

func testLargeButUnchanged(t *testing.T) {
	f := newFixture(t)
	f.commit("large", "large", strings.Repeat("0123456789\n", 100))
	f.git("mv", "large", "renamed")
	f.git("update-index", "--chmod=+x", "renamed")
	f.git("commit", "-q", "-m", "rename")
	c, err := f.open(maxBlob(100)).Range(t.Context(), "HEAD~1", "HEAD", Scope{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, show(t, c), `rename R "large"→"renamed" 100755`)
}
