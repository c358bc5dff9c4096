package wire

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sync"
	"time"
)

// A Helper is the helper's end. It is not for concurrent use, except for the trees.
type Helper struct {
	mu  sync.Mutex // of a question and its answer
	in  *gob.Decoder
	out *gob.Encoder
}

// Serve greets and does jobs until the input ends. do returns the CPU time that it used, and what kept it from doing anything of the job.
func Serve(in io.Reader, out io.Writer, hello Hello, do func(*Helper, *Job) (time.Duration, error)) error {
	h := &Helper{in: gob.NewDecoder(in), out: gob.NewEncoder(out)}
	if err := h.out.Encode(toCheck{Hello: &hello}); err != nil {
		return fmt.Errorf("greet: %w", err)
	}
	for {
		var m toHelper
		if err := h.in.Decode(&m); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read a job: %w", err)
		}
		if m.Job == nil {
			return errors.New("read a job: got something else")
		}
		var end End
		var err error
		if end.CPU, err = do(h, m.Job); err != nil {
			end.Err = err.Error()
		}
		if err := h.send(toCheck{End: &end}); err != nil {
			return err
		}
	}
}

func (h *Helper) send(m toCheck) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.out.Encode(m)
}

// Begin says which step comes next.
func (h *Helper) Begin(s Step) error { return h.send(toCheck{Begin: &s}) }

// Found says what a step came to.
func (h *Helper) Found(f Found) error { return h.send(toCheck{Found: &f}) }

// Tree returns a tree of the job.
func (h *Helper) Tree(n int) fs.FS { return &tree{h: h, n: n, dirs: map[string][]fs.DirEntry{}} }

func (h *Helper) ask(q Ask) (*Answer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.out.Encode(toCheck{Ask: &q}); err != nil {
		return nil, err
	}
	var m toHelper
	if err := h.in.Decode(&m); err != nil {
		return nil, err
	}
	if m.Answer == nil {
		return nil, errors.New("asked for a file and got something else")
	}
	return m.Answer, nil
}

// A tree asks for what it is asked. It remembers directories, since packages look into the same ones.
type tree struct {
	h    *Helper
	n    int
	mu   sync.Mutex
	dirs map[string][]fs.DirEntry
}

func (t *tree) ReadFile(name string) ([]byte, error) {
	a, err := t.query(ReadFile, name)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return a.Data, nil
}

func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "." && fs.ValidPath(name) {
		if i, err := t.Stat(name); err != nil {
			return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.Unwrap(err)}
		} else if !i.IsDir() {
			return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist} // there is no such directory
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if list, ok := t.dirs[name]; ok {
		return list, nil
	}
	a, err := t.query(ReadDir, name)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	list := make([]fs.DirEntry, len(a.Entries))
	for i := range a.Entries {
		list[i] = info{a.Entries[i]}
	}
	t.dirs[name] = list
	return list, nil
}

func (t *tree) query(op Op, name string) (*Answer, error) {
	if !fs.ValidPath(name) {
		return nil, fs.ErrInvalid
	}
	a, err := t.h.ask(Ask{Tree: t.n, Op: op, Path: name})
	if err == nil {
		err = a.err()
	}
	return a, err
}

// Stat implements fs.StatFS.
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	if name == "." {
		return info{Entry{Name: ".", Mode: fs.ModeDir}}, nil
	}
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	list, err := t.ReadDir(path.Dir(name))
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: errors.Unwrap(err)}
	}
	for _, e := range list {
		if e.Name() == path.Base(name) {
			return e.(info), nil
		}
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

// Open implements fs.FS.
func (t *tree) Open(name string) (fs.File, error) {
	i, err := t.Stat(name)
	if err != nil {
		return nil, err
	}
	if i.IsDir() {
		list, err := t.ReadDir(name)
		if err != nil {
			return nil, err
		}
		return &dir{info: i, list: list}, nil
	}
	data, err := t.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &file{info: i, Reader: *bytes.NewReader(data)}, nil
}

// info is an entry of a directory, as both of what fs has for it.
type info struct{ Entry }

func (i info) Name() string               { return i.Entry.Name }
func (i info) Size() int64                { return 0 } // to know it, the object would have to be opened
func (i info) Mode() fs.FileMode          { return i.Entry.Mode }
func (i info) Type() fs.FileMode          { return i.Entry.Mode.Type() }
func (i info) ModTime() time.Time         { return time.Time{} }
func (i info) IsDir() bool                { return i.Entry.Mode.IsDir() }
func (i info) Sys() any                   { return nil }
func (i info) Info() (fs.FileInfo, error) { return i, nil }

type file struct {
	info fs.FileInfo
	bytes.Reader
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }

type dir struct {
	info fs.FileInfo
	list []fs.DirEntry
}

func (d *dir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *dir) Close() error               { return nil }
func (d *dir) Read([]byte) (int, error)   { return 0, fs.ErrInvalid }

// ReadDir implements fs.ReadDirFile.
func (d *dir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.list
	if n > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(n, len(rest))]
	}
	d.list = d.list[len(rest):]
	return rest, nil
}
