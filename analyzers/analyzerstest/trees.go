package analyzerstest

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/refward/refward/analyzers"
)

// Before gives the change a file that was there before: in the trees before it, and in those after it as the commits leave it.
func Before(path, text string) Part {
	return func(b *builder) {
		if b.memory.before == nil {
			b.memory.before = map[string]version{}
		}
		b.memory.before[path] = version{data: []byte(text)}
	}
}

// Changed returns a file by its new text. The lines that the version before does not have are the added ones, as a diff finds them.
func Changed(path, text string) File {
	return File{file: analyzers.File{Path: path, Status: 'M', Mode: 0o100644, OldMode: 0o100644}, whole: &text}
}

// A version is what a file is after a commit.
type version struct {
	commit string // "" = the index
	data   []byte
	unread string // why data is not known, or ""
	gone   bool
}

// blob returns the id of the content (gitformat-loose(5)).
func (v *version) blob() string {
	return ID(fmt.Sprintf("blob %d\x00%s%s", len(v.data), v.data, v.unread))
}

// reach returns the commits that a commit of the change reaches, itself included; "" is the index, which follows all.
func (m *memory) reach(commit string) map[string]bool {
	in := map[string]bool{commit: true}
	for i := len(m.change.Commits) - 1; i >= 0; i-- { // children first
		if c := m.change.Commits[i]; commit == "" || in[c.ID] {
			in[c.ID] = true
			for _, p := range c.Parents {
				in[p] = true
			}
		}
	}
	return in
}

// at returns a file as the commits that are reached leave it. Of several that change it the last in the order of the change counts.
func (m *memory) at(path string, reached map[string]bool) (version, bool) {
	for _, v := range slices.Backward(m.versions[path]) {
		if reached[v.commit] {
			return v, !v.gone
		}
	}
	v, ok := m.before[path]
	return v, ok
}

// last returns the version of a file that was made last.
func (m *memory) last(path string) *version { return &m.versions[path][len(m.versions[path])-1] }

// apply makes the new versions of what a file of the change touches, given those before, and completes what the file says of them.
func (m *memory) apply(f *File, reached map[string]bool) {
	set := func(path string, v version) {
		if m.versions == nil {
			m.versions = map[string][]version{}
		}
		v.commit = f.file.Commit
		m.versions[path] = append(m.versions[path], v)
	}
	old, had := m.at(f.file.Path, reached)
	if had {
		f.file.OldBlob, f.file.OldMode = old.blob(), 0o100644
	}
	switch f.file.Status {
	case 'D':
		set(f.file.Path, version{gone: true})
		return
	case 'R':
		if old, had = m.at(f.file.OldPath, reached); had {
			f.file.Blob, f.file.OldBlob = old.blob(), old.blob()
		}
		set(f.file.OldPath, version{gone: true})
		set(f.file.Path, version{data: old.data, unread: old.unread})
		return
	}
	var v version
	switch {
	case f.whole != nil:
		v.data = []byte(*f.whole)
		f.hunks = addedLines(f.file, string(old.data), *f.whole)
		if !had {
			f.file.Status = 'A'
		}
	case f.file.Status == 'A':
		if v.data, v.unread = content(f.hunks, nil); had {
			f.file.Status = 'M'
		}
	default:
		v.data, v.unread = content(f.hunks, old.data)
	}
	f.file.Blob = v.blob()
	switch {
	case f.file.Status == 'A':
		f.file.OldBlob, f.file.OldMode = zeroID, 0
	case !had:
		f.file.OldBlob = ID("old " + f.file.Path)
	}
	set(f.file.Path, v)
}

// content returns a file with the hunks, each in its place, and between them the lines that it had before, or empty ones.
func content(hunks []analyzers.Hunk, before []byte) (data []byte, unread string) {
	data = []byte{}
	line := 1
	for _, h := range hunks {
		if h.Unread != "" {
			return nil, h.Unread
		}
		for ; line < h.Start; line++ {
			old, rest, _ := bytes.Cut(before, []byte("\n"))
			data, before = append(append(data, old...), '\n'), rest
		}
		data = append(data, h.Text...)
		line += strings.Count(string(h.Text), "\n")
	}
	return append(data, before...), ""
}

// addedLines returns the runs of lines of a text that are in no longest common subsequence with the old one.
func addedLines(f analyzers.File, old, text string) []analyzers.Hunk {
	a, b := slices.Collect(strings.Lines(old)), slices.Collect(strings.Lines(text))
	common := make([][]int, len(a)+1) // length of that of what is left of both
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for k := len(b) - 1; k >= 0; k-- {
			common[i][k] = max(common[i+1][k], common[i][k+1])
			if a[i] == b[k] {
				common[i][k] = common[i+1][k+1] + 1
			}
		}
	}
	var hunks []analyzers.Hunk
	for i, k := 0, 0; k < len(b); {
		switch {
		case i < len(a) && a[i] == b[k]:
			i, k = i+1, k+1
		case i < len(a) && common[i+1][k] >= common[i][k+1]:
			i++
		default:
			n := len(hunks)
			if n == 0 || hunks[n-1].Start+strings.Count(string(hunks[n-1].Text), "\n") != k+1 {
				hunks = append(hunks, analyzers.Hunk{Commit: f.Commit, Path: f.Path, Start: k + 1, Binary: strings.Contains(text, "\x00")})
				n++
			}
			hunks[n-1].Text = append(hunks[n-1].Text, b[k]...)
			k++
		}
	}
	return hunks
}

// Trees implements [analyzers.Content]. What [Before] gives is the tree of each commit that the change does not have.
func (m *memory) Trees(ctx context.Context, ref int) (trees analyzers.Trees, err error) {
	if err := ctx.Err(); err != nil {
		return trees, err
	}
	if m.change == nil || ref < 0 || ref >= len(m.change.Refs) {
		return trees, fmt.Errorf("the change has no ref %d", ref)
	}
	r := m.change.Refs[ref]
	switch m.change.Kind {
	case analyzers.KindMessage:
		return trees, nil
	case analyzers.KindCommit:
	default:
		if trees.Commit = m.peel(r); trees.Commit == "" {
			return trees, nil
		}
	}
	trees.After = m.tree(ctx, m.reach(trees.Commit))
	old := r.Old != "" && !r.Creates() || len(m.before) > 0
	if old && m.change.Kind != analyzers.KindTree && m.change.Kind != analyzers.KindHistory {
		trees.Before = []analyzers.Tree{m.tree(ctx, nil)}
	}
	return trees, nil
}

// peel returns the commit that a ref is to name, or "".
func (m *memory) peel(r analyzers.RefChange) string {
	id, kind := r.New, r.Target
	for range len(m.change.Tags) + 1 {
		i := slices.IndexFunc(m.change.Tags, func(t *analyzers.Tag) bool { return t.ID == id })
		if i < 0 {
			break
		}
		id, kind = m.change.Tags[i].Target, m.change.Tags[i].Type
	}
	if kind != "commit" || analyzers.IsZero(id) {
		return ""
	}
	return id
}

// tree returns all files as the commits that are reached leave them.
func (m *memory) tree(ctx context.Context, reached map[string]bool) *memoryTree {
	t := &memoryTree{ctx, fstest.MapFS{}, map[string]string{}}
	add := func(path string) {
		v, ok := m.at(path, reached)
		if !ok || !fs.ValidPath(path) || path == "." {
			return
		}
		t.files[path] = &fstest.MapFile{Data: v.data, Mode: 0o444}
		if v.unread != "" {
			t.unread[path] = v.unread
		}
	}
	for path := range m.before {
		add(path)
	}
	for path := range m.versions {
		add(path)
	}
	return t
}

// memoryTree is an [analyzers.Tree] that is all there.
type memoryTree struct {
	ctx    context.Context
	files  fstest.MapFS
	unread map[string]string // why, by path
}

func (t *memoryTree) check(op, name string) error {
	if err := t.ctx.Err(); err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	if why := t.unread[name]; why != "" {
		return &fs.PathError{Op: op, Path: name, Err: fmt.Errorf("%w: %s", analyzers.ErrTooLarge, why)}
	}
	return nil
}

// Open implements [fs.FS].
func (t *memoryTree) Open(name string) (fs.File, error) {
	if err := t.check("open", name); err != nil {
		return nil, err
	}
	return t.files.Open(name)
}

// ReadFile implements [fs.ReadFileFS].
func (t *memoryTree) ReadFile(name string) ([]byte, error) {
	if err := t.check("read", name); err != nil {
		return nil, err
	}
	return t.files.ReadFile(name)
}

// ReadDir implements [fs.ReadDirFS].
func (t *memoryTree) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := t.check("readdir", name); err != nil {
		return nil, err
	}
	return t.files.ReadDir(name)
}
