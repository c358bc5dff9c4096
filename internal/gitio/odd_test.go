package gitio

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb/odbtest"
)

// TestOddModes reads entries of modes that no git writes. git takes from a mode what kind of thing it is and, of a file, whether it is
// executable; what is neither file, link nor directory it takes for a submodule (cache.h, canon_mode), whose id must not be that of a blob.
func TestOddModes(t *testing.T) { readers(t, testOddModes) }

func testOddModes(t *testing.T) {
	for mode, want := range map[string]int{ // lines; -1 = an error
		"0": -1, "1": -1, "000": -1, "755": -1, "20000": -1, "160000": -1, "170000": -1, "40000100644": 1, "7777777777777777": -1,
		"100644": 1, "100000": 1, "100777": 1, "107777": 1, "120000": 1, "120777": 1,
		"040000": -1, "47777": -1, "": -1, "-1": -1, "100648": -1, "0x81a4": -1, "+100644": -1, "100644\t": -1,
	} {
		for name, build := range map[string]func(p *odbtest.Pack, tree string) string{
			"root": func(p *odbtest.Pack, tree string) string { return p.AddCommit("tip", tree) },
			"commit": func(p *odbtest.Pack, tree string) string {
				return p.AddCommit("tip", tree, p.AddCommit("base", p.Add("tree", "")))
			},
			"merge": func(p *odbtest.Pack, tree string) string {
				base := p.AddCommit("base", p.Add("tree", ""))
				return p.AddCommit("tip", tree, base, p.AddCommit("side", p.Add("tree", odbtest.Entry("100644", "s", p.Add("blob", "s\n"))), base))
			},
			"change of the mode": func(p *odbtest.Pack, tree string) string {
				old := p.AddCommit("base", p.Add("tree", odbtest.Entry("160000", "x", odbtest.ID("commit", "elsewhere"))))
				return p.AddCommit("tip", tree, old)
			},
		} {
			p := odbtest.NewPack()
			tip := build(p, p.Add("tree", odbtest.Entry(mode, "x", p.Add("blob", "evil\n"))))
			lines, _, err := deliver(t, p).evil(tip)
			if (err != nil) != (want < 0) || err == nil && lines != want || errors.Is(err, ErrNotExist) {
				t.Errorf("mode %q, %s: %d lines, want %d; %v", mode, name, lines, want, err)
			}
		}
	}
}

// TestLies puts content under names that are not its own into the quarantine. index-pack, which wrote the names, would not: what does not hash
// to its name was changed since, and may be changed again. git itself compares only when it parses a commit.
func TestLies(t *testing.T) { readers(t, testLies) }

func testLies(t *testing.T) {
	id := odbtest.ID("blob", "good\n")
	for name, build := range map[string]func(p *odbtest.Pack) (tip, lie string){
		"blob": func(p *odbtest.Pack) (string, string) {
			p.Lie(id, "blob", "evil\n")
			return p.AddCommit("tip", p.Add("tree", odbtest.Entry("100644", "x", id))), id
		},
		"blob of another size": func(p *odbtest.Pack) (string, string) {
			p.Lie(id, "blob", "evil and more\n")
			return p.AddCommit("tip", p.Add("tree", odbtest.Entry("100644", "x", id))), id
		},
		"blob as a delta": func(p *odbtest.Pack) (string, string) {
			p.Append(id, p.Add("blob", "ev"), 2, "il\n")
			return p.AddCommit("tip", p.Add("tree", odbtest.Entry("100644", "x", id))), id
		},
		"base of a delta": func(p *odbtest.Pack) (string, string) {
			p.Lie(id, "blob", "evil\n")
			more := odbtest.ID("blob", "good\nmore\n")
			p.Append(more, id, 5, "more\n")
			return p.AddCommit("tip", p.Add("tree", odbtest.Entry("100644", "x", more))), more
		},
		"tree": func(p *odbtest.Pack) (string, string) {
			p.Lie(id, "tree", odbtest.Entry("100644", "x", p.Add("blob", "evil\n")))
			return p.AddCommit("tip", id), id
		},
		"inner tree": func(p *odbtest.Pack) (string, string) {
			p.Lie(id, "tree", odbtest.Entry("100644", "x", p.Add("blob", "evil\n")))
			return p.AddCommit("tip", p.Add("tree", odbtest.Entry("40000", "d", id))), id
		},
		"commit": func(p *odbtest.Pack) (string, string) {
			p.Lie(id, "commit", odbtest.CommitText("tip", p.Add("tree", odbtest.Entry("100644", "x", p.Add("blob", "evil\n")))))
			return id, id
		},
		"parent": func(p *odbtest.Pack) (string, string) {
			tree := p.Add("tree", odbtest.Entry("100644", "x", p.Add("blob", "evil\n")))
			p.Lie(id, "commit", odbtest.CommitText("base", tree))
			return p.AddCommit("tip", tree, id), id
		},
	} {
		p := odbtest.NewPack()
		tip, lie := build(p)
		lines, _, err := deliver(t, p).evil(tip)
		switch {
		case err != nil && (!strings.Contains(err.Error(), lie) || errors.Is(err, ErrNotExist)):
			t.Errorf("%s: %v", name, err)
		case err == nil && readerOf(t) != ReaderGit:
			t.Errorf("%s: %d lines and no error", name, lines)
		case err == nil && lines == 0: // git reads what is there, which is what enters
			t.Errorf("%s: nothing was found", name)
		}
	}
}

// TestLiesAreFoundAnywhere: what the quarantine has is compared though its own name leads nowhere, as in a chroot that is bound to other
// places.
func TestLiesAreFoundAnywhere(t *testing.T) {
	p := odbtest.NewPack()
	id := odbtest.ID("blob", "good\n")
	p.Lie(id, "blob", "evil\n")
	tip := p.AddCommit("tip", p.Add("tree", odbtest.Entry("100644", "x", id)))
	d := deliver(t, p)
	d.fixture = d.with("GIT_QUARANTINE_PATH=/data/repositories/elsewhere")
	if lines, _, err := d.evil(tip); err == nil || !strings.Contains(err.Error(), id) {
		t.Errorf("%d lines, %v", lines, err)
	}
}

// TestTruncatedPush cuts pack and index of the quarantine off, at many places.
func TestTruncatedPush(t *testing.T) { readers(t, testTruncatedPush) }

func testTruncatedPush(t *testing.T) {
	p := odbtest.NewPack()
	tip := p.AddCommit("base", p.Add("tree", odbtest.Entry("100644", "x", p.Add("blob", "good\n"))))
	tip = p.AddCommit("tip", p.Add("tree", odbtest.Entry("100644", "x", p.Add("blob", "evil\n"))), tip)
	d := deliver(t, p)
	if lines, _, err := d.evil(tip); lines != 1 || err != nil {
		t.Fatalf("before: %d lines, %v", lines, err)
	}
	files, err := filepath.Glob(filepath.Join(d.quarantine, "pack", "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 1, 11, 12, 40, len(whole) / 2, len(whole) - 21, len(whole) - 20, len(whole) - 1} {
			if err := errors.Join(os.Remove(file), os.WriteFile(file, whole[:n], 0o644)); err != nil {
				t.Fatal(err)
			}
			lines, _, err := d.evil(tip)
			if err == nil {
				t.Errorf("%s of %d bytes cut off at %d: %d lines and no error", filepath.Ext(file), len(whole), n, lines)
			}
			if readerOf(t) != ReaderGit && err != nil && !strings.Contains(err.Error(), filepath.Base(strings.TrimSuffix(file, filepath.Ext(file)))) {
				t.Errorf("%s cut off at %d: %v does not name the file", filepath.Ext(file), n, err)
			}
		}
		if err := errors.Join(os.Remove(file), os.WriteFile(file, whole, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if lines, _, err := d.evil(tip); lines != 1 || err != nil {
		t.Errorf("after: %d lines, %v", lines, err)
	}
}

// TestAlternatesInACircle has object directories that are each other's alternates, and their own: the push is judged, with what old objects
// each of them has. More of them in a row than git follows is not more to be found, and not nothing.
func TestAlternatesInACircle(t *testing.T) { readers(t, testAlternatesInACircle) }

func testAlternatesInACircle(t *testing.T) {
	p := odbtest.NewPack()
	oldBlob := p.Add("blob", "good\n")
	oldTree := p.Add("tree", odbtest.Entry("100644", "x", oldBlob))
	base := p.AddCommit("base", oldTree)
	far := t.TempDir()
	if _, err := p.Write(far); err != nil {
		t.Fatal(err)
	}
	p = odbtest.NewPack()
	tip := p.AddCommit("tip", p.Add("tree", odbtest.Entry("100644", "x", p.Add("blob", "good\nevil\n"))), base)
	for _, test := range []struct {
		name string
		hops int
		ok   bool
	}{{"circle of one", 1, true}, {"circle of three", 3, true}, {"too far", 20, false}} {
		t.Run(test.name, func(t *testing.T) {
			d := deliver(t, p)
			objects := filepath.Join(d.dir, "objects")
			d.write("refs/heads/main", base+"\n")
			at := objects
			for i := range test.hops {
				next := far
				if i < test.hops-1 {
					next = t.TempDir()
				}
				link(t, at, next, at, objects, d.quarantine, ".")
				at = next
			}
			link(t, far, objects, d.quarantine, far)
			lines, _, err := d.evil(tip)
			switch {
			case test.ok && (lines != 1 || err != nil):
				t.Errorf("%d lines, %v", lines, err)
			case !test.ok && (err == nil || !strings.Contains(err.Error(), base) && !strings.Contains(err.Error(), "refs/heads/main")):
				t.Errorf("%d lines, %v", lines, err)
			}
		})
	}
}

// link names the alternates of an object directory.
func link(t *testing.T, objects string, alternates ...string) {
	t.Helper()
	path := filepath.Join(objects, "info", "alternates")
	text := fmt.Sprintf("# made for a test\n%s\n", strings.Join(alternates, "\n"))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}
