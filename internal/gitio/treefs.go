package gitio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// A tree is an [analyzers.Tree], and an [fs.StatFS] too, which tells of a file without reading it.
type tree struct {
	ctx     context.Context // of who asked for the tree: it ends all that is read of it
	src     source.Objects
	maxBlob int64 // bytes
	dirs    directories
}

var (
	_ analyzers.Tree = (*tree)(nil)
	_ fs.StatFS      = (*tree)(nil)
)

// directories are those of one tree, by path; "" is its root.
type directories interface {
	at(ctx context.Context, path string) (directory, error) // fs.ErrNotExist: there is none
}

// Why a path cannot be opened although it is there.
var (
	errDir       = fmt.Errorf("is a directory: %w", fs.ErrInvalid)
	errLink      = fmt.Errorf("is a symbolic link, which is not followed: %w", fs.ErrInvalid)
	errSubmodule = fmt.Errorf("is a submodule, whose files are elsewhere: %w", fs.ErrInvalid)
)

// find returns what is at a path.
func (t *tree) find(name string) (treeEntry, error) {
	if !fs.ValidPath(name) {
		return treeEntry{}, fs.ErrInvalid
	}
	if name == "." {
		return treeEntry{name: name, mode: source.ModeDir}, context.Cause(t.ctx)
	}
	dir, base := path.Split(name)
	d, err := t.dir(strings.TrimSuffix(dir, "/"))
	if err != nil {
		return treeEntry{}, err
	}
	e, ok := d.find(base)
	if !ok {
		return treeEntry{}, fs.ErrNotExist
	}
	return e, nil
}

// dir returns a directory by its path, "" or "." for the root.
func (t *tree) dir(name string) (directory, error) {
	if t.ctx.Err() != nil { // what is cached would be there all the same
		return nil, context.Cause(t.ctx)
	}
	if name == "." {
		name = ""
	}
	if len(name) > source.MaxPath { // someone walks, and where objects have names that are not theirs a tree can be in itself
		return nil, fmt.Errorf("a path of more than %d bytes", source.MaxPath)
	}
	return t.dirs.at(t.ctx, name)
}

// Open implements [fs.FS]. Of a file the content is read at once.
func (t *tree) Open(name string) (fs.File, error) {
	e, err := t.find(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	if e.isDir() {
		list, err := t.ReadDir(name)
		if err != nil {
			return nil, err
		}
		return &openDir{name: name, info: fileInfo{path.Base(name), fs.ModeDir | 0o555, 0}, rest: list}, nil
	}
	data, err := t.content(e)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{*bytes.NewReader(data), fileInfo{e.name, modeOf(e.mode), int64(len(data))}}, nil
}

// ReadFile implements [fs.ReadFileFS].
func (t *tree) ReadFile(name string) ([]byte, error) {
	e, err := t.find(name)
	var data []byte
	if err == nil {
		data, err = t.content(e)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return bytes.Clone(data), nil // the source's is shared
}

// ReadDir implements [fs.ReadDirFS].
func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	err := fs.ErrInvalid
	var d directory
	if fs.ValidPath(name) {
		d, err = t.dir(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		if _, other := t.find(name); other == nil {
			err = errors.New("is no directory")
		}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	list := make([]fs.DirEntry, len(d))
	for i := range d {
		list[i] = &dirEntry{t, name, d[i]}
	}
	return list, nil
}

// Stat implements [fs.StatFS]. It tells of symbolic links and submodules what ReadDir does.
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	e, err := t.find(name)
	var info fs.FileInfo
	if err == nil {
		info, err = t.info(e)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return info, nil
}

// info tells of an entry. Its size is that of the blob, if it has one.
func (t *tree) info(e treeEntry) (fs.FileInfo, error) {
	info := fileInfo{e.name, modeOf(e.mode), 0}
	if source.HasContent(e.mode) {
		o, err := t.blob(e)
		if err != nil {
			return nil, err
		}
		info.size = o.Size
	}
	return info, nil
}

func (t *tree) blob(e treeEntry) (source.Object, error) {
	o, err := t.src.Info(t.ctx, e.hexID())
	if err == nil && o.Kind != "blob" {
		err = fmt.Errorf("object %s is a %s, but a tree has it for a file", o.ID, o.Kind)
	}
	if err != nil {
		return o, unreadable{err}
	}
	return o, nil
}

// content returns the content of a file. Nobody may write to it.
func (t *tree) content(e treeEntry) ([]byte, error) {
	switch e.mode {
	case source.ModeDir:
		return nil, errDir
	case modeLink:
		return nil, errLink
	case source.ModeSubmodule:
		return nil, errSubmodule
	}
	o, err := t.blob(e) // git would send what is too large, for nothing
	if err != nil {
		return nil, err
	}
	var data []byte
	if o.Size <= t.maxBlob {
		if _, data, err = t.src.Read(t.ctx, o.ID, t.maxBlob); err != nil {
			return nil, unreadable{err}
		}
	}
	if data == nil {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are", analyzers.ErrTooLarge, o.Size, t.maxBlob)
	}
	return data, nil
}

// modeOf returns a mode of git as one of package fs. Everything is to be read only.
func modeOf(mode uint32) fs.FileMode {
	switch mode {
	case modeFile:
		return 0o444
	case modeExec:
		return 0o555
	case modeLink:
		return fs.ModeSymlink | 0o777
	case source.ModeDir:
		return fs.ModeDir | 0o555
	}
	return fs.ModeIrregular
}

// fileInfo is what is known of a file without its content. Git keeps no times.
type fileInfo struct {
	name string
	mode fs.FileMode
	size int64
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i fileInfo) Sys() any           { return nil }

type dirEntry struct {
	tree *tree
	dir  string // path of what it is in
	e    treeEntry
}

func (d *dirEntry) Name() string      { return d.e.name }
func (d *dirEntry) IsDir() bool       { return d.e.isDir() }
func (d *dirEntry) Type() fs.FileMode { return modeOf(d.e.mode).Type() }
func (d *dirEntry) String() string    { return fs.FormatDirEntry(d) }

func (d *dirEntry) Info() (fs.FileInfo, error) {
	info, err := d.tree.info(d.e)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: path.Join(d.dir, d.e.name), Err: err}
	}
	return info, nil
}

type openFile struct {
	bytes.Reader
	info fileInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openDir struct {
	name string
	info fileInfo
	rest []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errDir}
}

func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(d.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.rest) {
		n = len(d.rest)
	}
	list := slices.Clone(d.rest[:n])
	d.rest = d.rest[n:]
	return list, nil
}

// objectDirs are the directories of a tree object.
type objectDirs struct {
	trees *treeReader

	mu   sync.Mutex
	path string // of the directory that was found last
	last *step  // leads to it
}

// A step is a directory on the way from the root. Who walks through a tree goes on where he was, however deep that is.
type step struct {
	up  *step
	id  string // bytes
	end int    // of its path, in that of the directory to which the steps lead
}

func newObjectDirs(trees *treeReader, id string) *objectDirs {
	return &objectDirs{trees: trees, last: &step{id: id}}
}

func (o *objectDirs) at(ctx context.Context, name string) (directory, error) {
	s := o.nearest(name)
	d, err := o.trees.read(ctx, s.id)
	for err == nil && s.end < len(name) {
		from := s.end
		if from > 0 {
			from++ // the slash
		}
		element, _, _ := strings.Cut(name[from:], "/")
		e, ok := d.find(element)
		if !ok || !e.isDir() {
			err = fs.ErrNotExist
			break
		}
		s = &step{s, e.id, from + len(element)}
		d, err = o.trees.read(ctx, s.id)
	}
	o.mu.Lock()
	o.path, o.last = name[:s.end], s
	o.mu.Unlock()
	return d, err
}

// nearest returns the deepest directory on the way to a path that is known.
func (o *objectDirs) nearest(name string) *step {
	o.mu.Lock()
	known, s := o.path, o.last
	o.mu.Unlock()
	same := 0
	for same < len(known) && same < len(name) && known[same] == name[same] {
		same++
	}
	for s.end > same || s.end > 0 && s.end < len(name) && name[s.end] != '/' {
		s = s.up
	}
	return s
}
