//go:build unix

package gitio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// TestReadersAgree reads 1,000 random repositories with each reader and holds one against the other, and both against what is
// known of the history that was made.
func TestReadersAgree(t *testing.T) {
	worlds, each := 8, 125
	if testing.Short() { // as under the race detector
		each = 12
	}
	var mu sync.Mutex
	var total comparison
	has := map[string]int{}
	t.Run("repositories", func(t *testing.T) {
		for w := range worlds {
			t.Run(fmt.Sprint(w), func(t *testing.T) {
				t.Parallel()
				base := t.TempDir()
				for n := range each {
					seed := uint64(w*each + n)
					dir := filepath.Join(base, fmt.Sprint(n))
					l := newLayout(t, seed, dir)
					var one comparison
					readBoth(t, l, &one)
					if t.Failed() {
						t.Fatalf("this was repository %d: %v", seed, l.has)
					}
					mu.Lock()
					total.add(&one)
					for what, yes := range l.has {
						if yes {
							has[what]++
						}
					}
					mu.Unlock()
					if err := os.RemoveAll(dir); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	})
	t.Logf("%+v of %v", total, has)
	if testing.Short() {
		return // too few to count
	}
	total.check(t)
	for _, what := range []string{"quarantine", "skewed dates", "merge", "shallow", "cut off", "tag", "detached HEAD", "worktree", "stale packed ref", "alternate", "chained alternates",
		"alternate in the environment", "quoted path", "pack", "loose object", "commit-graph", "chain of commit-graphs", "too many commits by dates"} {
		if has[what] < 5 {
			t.Errorf("%d repositories with %s", has[what], what)
		}
	}
}

// readBoth reads the push that waits, and sometimes a range, a tree or a history, with each reader.
func readBoth(t *testing.T, l *layout, total *comparison) {
	open := func(reader Reader) *Repo {
		return l.open(func(o *Options) {
			o.Reader = reader
			if l.commits[0].id[0] == '0' { // of 16 repositories one has files that are too large
				o.MaxBlob = 150
			}
		})
	}
	git, builtin := open(ReaderGit), open(ReaderBuiltin)
	defer func() {
		if err := errors.Join(git.Close(), builtin.Close()); err != nil {
			t.Error(err)
		}
	}()
	var a, b string
	for _, id := range []*string{&a, &b} {
		*id = l.commits[l.IntN(len(l.commits))].id
	}
	if l.arrived[a] { // to the built-in reader what only the quarantine has is new, so that it bounds nothing but itself: this root has no ancestors
		a = l.commits[0].id
	}
	how := l.IntN(6)
	kinds := []func(*Repo) (*analyzers.Change, error){
		func(r *Repo) (*analyzers.Change, error) {
			return r.Push(t.Context(), l.updates, PushOptions{Protected: protectSome})
		},
		func(r *Repo) (*analyzers.Change, error) {
			switch how {
			case 0:
				return r.Range(t.Context(), a, b, Scope{Protected: protectSome})
			case 1:
				return r.Tree(t.Context(), b, Scope{})
			case 2:
				return r.History(t.Context(), b, Scope{})
			}
			return nil, nil
		},
	}
	for _, read := range kinds {
		theirs, theirErr := read(git)
		ours, ourErr := read(builtin)
		if theirs == nil && ours == nil && theirErr == nil && ourErr == nil {
			continue
		}
		if (theirErr == nil) != (ourErr == nil) || !sameKind(theirErr, ourErr) {
			t.Errorf("git's error is %v, ours %v", theirErr, ourErr)
			continue
		}
		if theirErr != nil {
			total.Errors++
			continue
		}
		truth := l.truth(ours)
		total.compare(t, theirs, ours, truth, l)
		if id := l.commits[0].id; id[0] != '0' && id[1] < '4' {
			total.trees(t, theirs, ours, l)
		}
		for i := range ours.Refs {
			if len(theirs.Refs[i].Commits) > len(ours.Refs[i].Commits) {
				l.has["too many commits by dates"] = true
			}
		}
	}
}

// sameKind reports whether two errors say the same to who asks with errors.Is.
func sameKind(a, b error) bool {
	for _, kind := range []error{source.ErrNotExist, source.ErrUnsupported, source.ErrTooMuch, ErrStale, ErrSymbolic, ErrShallow, ErrNotFile} {
		if errors.Is(a, kind) != errors.Is(b, kind) {
			return false
		}
	}
	return true
}

var _ witness = (*layout)(nil)

func (l *layout) content(id string) ([]byte, error) { return l.objects[id].data, nil }

func (l *layout) files(commit string) (map[string]draftFile, error) {
	return l.commits[l.number(commit)].files, nil
}

func (l *layout) parents(commit string) (ids []string, err error) {
	for _, p := range l.commits[l.number(commit)].parents {
		ids = append(ids, l.commits[p].id)
	}
	return ids, nil
}

// A comparison counts what was compared.
type comparison struct {
	Changes, Errors, Commits, Files, Renames, OtherRenames, Hunked, OtherHunks, Merged, OtherMerged, Blobs, Trees, Before int
	OurLines, TheirLines                                                                                                  int // of files that came from the same
}

// add adds what another comparison counted.
func (n *comparison) add(m *comparison) {
	n.Changes, n.Errors, n.Commits, n.Files, n.Blobs = n.Changes+m.Changes, n.Errors+m.Errors, n.Commits+m.Commits, n.Files+m.Files, n.Blobs+m.Blobs
	n.Renames, n.OtherRenames, n.Hunked, n.OtherHunks = n.Renames+m.Renames, n.OtherRenames+m.OtherRenames, n.Hunked+m.Hunked, n.OtherHunks+m.OtherHunks
	n.Merged, n.OtherMerged, n.Trees, n.Before = n.Merged+m.Merged, n.OtherMerged+m.OtherMerged, n.Trees+m.Trees, n.Before+m.Before
	n.OurLines, n.TheirLines = n.OurLines+m.OurLines, n.TheirLines+m.TheirLines
}

// compare holds what the built-in reader says against what git says.
func (n *comparison) compare(t *testing.T, theirs, ours *analyzers.Change, known *truth, w witness) {
	t.Helper()
	n.Changes++
	common := n.commits(t, theirs, ours, known)
	if !reflect.DeepEqual(theirs.Tags, ours.Tags) {
		t.Errorf("git reads the tags %+v, we %+v", theirs.Tags, ours.Tags)
	}
	a, err := readSide(theirs, common)
	if err != nil {
		t.Fatalf("git's side: %v", err)
	}
	b, err := readSide(ours, common)
	if err != nil {
		t.Fatalf("our side: %v", err)
	}
	n.files(t, a, b, w)
	n.hunks(t, a, b, w)
	n.blobs(t, a, b)
}

// trees holds the trees of each ref against what was made, and those before it, if both readers find the same commits, against each other.
func (n *comparison) trees(t *testing.T, theirs, ours *analyzers.Change, l *layout) {
	for i := range ours.Refs {
		a, errA := theirs.Trees(t.Context(), i)
		b, errB := ours.Trees(t.Context(), i)
		if errA != nil || errB != nil || a.Commit != b.Commit || (a.After == nil) != (b.After == nil) || (b.After == nil) != (b.Commit == "") {
			t.Errorf("ref %d: git %+v, %v, we %+v, %v", i, a, errA, b, errB)
			continue
		}
		if b.After == nil {
			continue
		}
		n.Trees++
		files, _ := l.files(b.Commit)
		want := map[string]string{}
		for path, f := range files {
			for i, c := range path {
				if c == '/' && fs.ValidPath(path[:i]) {
					want[path[:i]] = "040000"
				}
			}
			if !fs.ValidPath(path) {
				continue
			}
			want[path] = fmt.Sprintf("%06o", f.mode)
			if f.mode>>12 == 0o10 { // which git reads as one of two modes
				want[path] = map[bool]string{false: "100644 ", true: "100755 "}[f.mode&0o100 != 0] + f.id
			}
		}
		sameTree(t, "git after", a.After, want, b.Commit)
		sameTree(t, "ours after", b.After, want, b.Commit)
		if len(theirs.Refs[i].Commits) != len(ours.Refs[i].Commits) {
			continue
		}
		if len(a.Before) != len(b.Before) {
			t.Errorf("ref %d: git's reader has %d trees before, ours %d", i, len(a.Before), len(b.Before))
			continue
		}
		for k, tree := range b.Before {
			n.Before++
			before, err := listTree(tree, b.Commit)
			if err != nil {
				t.Error(err)
			}
			sameTree(t, fmt.Sprintf("tree %d before", k), a.Before[k], before, b.Commit)
		}
	}
}

// A side is the content of a Change as one reader gives it.
type side struct {
	order []string // commits and refs, as files come
	files map[string][]analyzers.File
	hunks map[fileKey][]analyzers.Hunk
	blobs map[string]analyzers.Blob
	merge map[string]bool // commits
}

// A fileKey is one file of a commit, or of what a ref reaches without one.
type fileKey struct{ commit, ref, path string }

func keyOf(f analyzers.File) fileKey {
	if f.Mode == source.ModeDir { // a directory without files may have taken the place of a file, which is listed as gone
		f.Path += "/"
	}
	return fileKey{f.Commit, f.Ref, f.Path}
}

// readSide reads the content of some commits, and holds hunks and blobs against the files.
func readSide(c *analyzers.Change, commits map[string]bool) (*side, error) {
	s := &side{files: map[string][]analyzers.File{}, hunks: map[fileKey][]analyzers.Hunk{}, blobs: map[string]analyzers.Blob{}, merge: map[string]bool{}}
	ctx := context.Background()
	place := map[fileKey]int{}
	blobs := map[fileKey]string{}
	contents := map[string][]fileKey{}
	heads := map[string][]byte{} // by blob
	n := 0
	for f, err := range c.Files(ctx) {
		if err != nil {
			return nil, fmt.Errorf("files: %w", err)
		}
		if _, twice := place[keyOf(f)]; twice {
			return nil, fmt.Errorf("file %+v comes twice", f)
		}
		n++
		place[keyOf(f)] = n
		if source.HasContent(f.Mode) {
			blobs[keyOf(f)] = f.Blob
			contents[f.Blob] = append(contents[f.Blob], keyOf(f))
		}
		if f.Commit != "" && !commits[f.Commit] {
			continue
		}
		of := f.Commit + f.Ref
		if len(s.files[of]) == 0 {
			s.order = append(s.order, of)
		}
		s.files[of] = append(s.files[of], f)
	}
	for _, k := range c.Commits {
		s.merge[k.ID] = k.Merge()
	}
	last := 0
	for h, err := range c.Hunks(ctx) {
		if err != nil {
			return nil, fmt.Errorf("hunks: %w", err)
		}
		key := fileKey{h.Commit, h.Ref, h.Path}
		if place[key] == 0 || place[key] < last {
			return nil, fmt.Errorf("the hunks of %+v are not in the order of the files", key)
		}
		last = place[key]
		if h.Blob != blobs[key] {
			return nil, fmt.Errorf("a hunk of %+v is said to be of blob %q, the file is %q", key, h.Blob, blobs[key])
		}
		if h.Head != nil {
			heads[blobs[key]] = h.Head
			h.Head = nil // not every reader knows it
		}
		if h.Commit == "" || commits[h.Commit] {
			s.hunks[key] = append(s.hunks[key], h)
		}
	}
	for b, err := range c.Blobs(ctx, nil) {
		if err != nil {
			return nil, fmt.Errorf("blobs: %w", err)
		}
		var keys []fileKey
		for _, f := range b.Files {
			keys = append(keys, keyOf(f))
		}
		if !slices.Equal(keys, contents[b.ID]) {
			return nil, fmt.Errorf("blob %s is said to be at %v, but is at %v", b.ID, keys, contents[b.ID])
		}
		if head, known := heads[b.ID]; known && !bytes.Equal(head, analyzers.HeadOf(b.Data)) {
			return nil, fmt.Errorf("a hunk of blob %s says that it begins with %q, it has %q", b.ID, head, b.Data)
		}
		delete(contents, b.ID)
		b.Files = slices.DeleteFunc(b.Files, func(f analyzers.File) bool { return f.Commit != "" && !commits[f.Commit] })
		if len(b.Files) > 0 {
			s.blobs[b.ID] = b
		}
	}
	if len(contents) > 0 {
		return nil, fmt.Errorf("these blobs do not come: %v", contents)
	}
	return s, nil
}

// check holds the sums against bounds.
func (n *comparison) check(t *testing.T) {
	t.Helper()
	if d := n.OurLines - n.TheirLines; d*100 > n.TheirLines || -d*100 > n.TheirLines {
		t.Errorf("we give %d added lines, git %d", n.OurLines, n.TheirLines)
	}
}

func describeFiles(files []analyzers.File) string {
	var b strings.Builder
	for _, f := range files {
		fmt.Fprintf(&b, "\t%c %q→%q %o→%o %.8s→%.8s\n", f.Status, f.OldPath, f.Path, f.OldMode, f.Mode, f.OldBlob, f.Blob)
	}
	return b.String()
}
