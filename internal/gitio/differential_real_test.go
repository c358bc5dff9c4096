//go:build unix

package gitio

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// A gitWitness asks git about a history that nobody made for a test.
type gitWitness struct{ *fixture }

var _ witness = gitWitness{}

func (w gitWitness) content(id string) ([]byte, error) {
	data, err := w.try("", "cat-file", "blob", id)
	return []byte(data), err
}

func (w gitWitness) files(commit string) (map[string]draftFile, error) {
	out, err := w.try("", "ls-tree", "-r", "-z", "--full-tree", "--format=%(objectmode) %(objectname) %(path)", commit)
	files := map[string]draftFile{}
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		if f := strings.SplitN(line, " ", 3); len(f) == 3 {
			mode := uint32(0o100644)
			if f[0] == "160000" {
				mode = 0o160000
			}
			files[f[2]] = draftFile{mode, f[1]}
		}
	}
	return files, err
}

func (w gitWitness) parents(commit string) ([]string, error) {
	out, err := w.try("", "rev-list", "--parents", "-n1", commit)
	return strings.Fields(out)[1:], err
}

// agree reads one thing with both readers and holds one against the other.
func (f *fixture) agree(t *testing.T, read func(*Repo) (*analyzers.Change, error)) {
	t.Helper()
	var changes []*analyzers.Change
	for _, reader := range []Reader{ReaderGit, ReaderBuiltin} {
		c, err := read(f.open(func(o *Options) { o.Reader = reader }))
		if err != nil {
			t.Fatalf("%s: %v", reader, err)
		}
		changes = append(changes, c)
	}
	var n comparison
	n.compare(t, changes[0], changes[1], nil, gitWitness{f})
	n.check(t)
	t.Logf("%+v", n)
}

// TestReadersAgreeOnOwnHistory reads the history of this project.
func TestReadersAgreeOnOwnHistory(t *testing.T) {
	f := &fixture{t: t, dir: filepath.Join("..", "..")}
	head, err := f.try("", "rev-parse", "--verify", "HEAD")
	if err != nil {
		t.Logf("the sources are no checkout that git reads, so there is no history to compare: %v", err)
		return
	}
	head = strings.TrimSpace(head)
	if f.git("rev-parse", "--is-shallow-repository") == "true" {
		t.Log("the checkout is shallow: only its newest tree is compared")
	} else {
		f.agree(t, func(r *Repo) (*analyzers.Change, error) { return r.History(t.Context(), head, Scope{}) })
	}
	f.agree(t, func(r *Repo) (*analyzers.Change, error) { return r.Tree(t.Context(), head, Scope{}) })
}

// TestReadersAgreeOnModules reads a history of real code, and a merge of two of its commits.
func TestReadersAgreeOnModules(t *testing.T) {
	f, commits := newModules(t)
	two := f.git("commit-tree", "-m", "merge", "-p", commits[1], "-p", commits[0], commits[2]+"^{tree}")
	f.agree(t, func(r *Repo) (*analyzers.Change, error) { return r.History(t.Context(), two, Scope{}) })
	f.agree(t, func(r *Repo) (*analyzers.Change, error) {
		return r.Range(t.Context(), commits[0], commits[2], Scope{})
	})
}
