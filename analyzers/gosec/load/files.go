package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/refward/refward/analyzers"
)

// A selection are the files of a directory that the build takes.
type selection struct {
	dir      string
	name     string            // of the package that builds use
	files    []string          // names in the directory, in the order in which the compiler gets them
	external map[string]bool   // files of external tests
	sources  map[string][]byte // by name
	problems []Problem         // files that are not there although the build would take them
}

// selectFiles does what build.ImportDir does, in the tree, and goes on where that one gives up.
func (l *Loader) selectFiles(ctx context.Context, dir string, tests bool) (*selection, error) {
	s := &selection{dir: dir, external: map[string]bool{}, sources: map[string][]byte{}}
	failed := map[string]error{} // why a file cannot be read, by name
	held := int64(0)
	entries, err := fs.ReadDir(l.cfg.Tree, dir)
	if err != nil {
		return nil, err
	}
	var sources []fs.FileInfo
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".go") || !tests && strings.HasSuffix(name, "_test.go") {
			continue
		}
		if len(sources) == l.cfg.Limits.Files {
			s.problems = append(s.problems, Problem{Kind: Limit, Path: dir, Detail: fmt.Sprintf("more than %d Go files: the rest is not read", len(sources))})
			break
		}
		if !e.Type().IsRegular() {
			failed[name] = errNotRegular
		}
		sources = append(sources, listed{e})
	}
	b := l.build
	b.IsDir = func(name string) bool { return path.Clean(name) == dir }
	b.ReadDir = func(string) ([]fs.FileInfo, error) { return sources, nil }
	b.OpenFile = func(name string) (io.ReadCloser, error) {
		base := path.Base(name)
		if err := failed[base]; err != nil {
			return nil, err
		}
		data, err := l.read(ctx, path.Join(dir, base), l.cfg.Limits.FileBytes)
		if err != nil {
			failed[base] = err
			return nil, err
		}
		if held+int64(len(data)) <= l.cfg.Limits.PackageBytes {
			held += int64(len(data))
			s.sources[base] = data
		}
		return io.NopCloser(bytes.NewReader(data)), nil
	}
	// An error is about one of the files, which are then in InvalidGoFiles, or says that there are none.
	p, _ := b.ImportDir(dir, 0)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.name = p.Name
	s.files = append(append(s.files, p.GoFiles...), p.CgoFiles...)
	if tests {
		s.files = append(append(s.files, p.TestGoFiles...), p.XTestGoFiles...)
		for _, name := range p.XTestGoFiles {
			s.external[name] = true
		}
	}
	taken := map[string]bool{}
	for _, name := range s.files {
		taken[name] = true
	}
	for _, name := range p.InvalidGoFiles {
		if !taken[name] { // else it is parsed, and says itself what is wrong
			s.problems = append(s.problems, l.unselected(b, dir, name, failed[name]))
		}
	}
	if len(s.files) == 0 && len(s.problems) == 0 {
		return nil, ErrNoGo
	}
	return s, s.fill(ctx, l, taken)
}

// unselected says why a file that the build would have taken could not be.
func (l *Loader) unselected(b build.Context, dir, name string, err error) Problem {
	if err == nil {
		if _, err = b.MatchFile(dir, name); err == nil {
			err = errors.New("not a Go file that a build accepts")
		}
		return Problem{Kind: Syntax, Path: path.Join(dir, name), Line: 1, Detail: oneLine(err.Error())}
	}
	return l.unread(path.Join(dir, name), err)
}

// fill reads what is selected and not there yet, and drops the rest.
func (s *selection) fill(ctx context.Context, l *Loader, taken map[string]bool) error {
	for name := range s.sources {
		if !taken[name] {
			delete(s.sources, name)
		}
	}
	total := int64(0)
	for _, name := range s.files {
		data, ok := s.sources[name]
		if !ok && total < l.cfg.Limits.PackageBytes {
			var err error
			if data, err = l.read(ctx, path.Join(s.dir, name), l.cfg.Limits.FileBytes); ctx.Err() != nil {
				return ctx.Err()
			} else if err != nil {
				s.problems = append(s.problems, l.unread(path.Join(s.dir, name), err))
				continue
			}
		}
		if total += int64(len(data)); total > l.cfg.Limits.PackageBytes || !ok && data == nil {
			delete(s.sources, name)
			total = l.cfg.Limits.PackageBytes
			s.problems = append(s.problems, Problem{Kind: Limit, Path: path.Join(s.dir, name),
				Detail: fmt.Sprintf("not read: its package has more than %d bytes", l.cfg.Limits.PackageBytes)})
			continue
		}
		s.sources[name] = data
	}
	return nil
}

var errNotRegular = errors.New("not a regular file")

func (l *Loader) unread(name string, err error) Problem {
	p := Problem{Kind: Unread, Path: name, Detail: oneLine(err.Error())}
	if errors.Is(err, ErrLimit) || errors.Is(err, analyzers.ErrTooLarge) {
		p.Kind, p.Detail = Limit, fmt.Sprintf("not read: more than %d bytes", l.cfg.Limits.FileBytes)
	}
	return p
}

// read returns the content of a file in the tree, or ErrLimit.
func (l *Loader) read(ctx context.Context, name string, limit int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := l.cfg.Tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var buf bytes.Buffer
	if info, err := f.Stat(); err == nil {
		if !info.Mode().IsRegular() {
			return nil, errNotRegular
		}
		if info.Size() > limit {
			return nil, ErrLimit
		}
		buf.Grow(int(info.Size()) + bytes.MinRead)
	}
	if _, err := buf.ReadFrom(io.LimitReader(untilDone{ctx, f}, limit+1)); err != nil {
		return nil, err
	}
	if int64(buf.Len()) > limit {
		return nil, ErrLimit
	}
	return buf.Bytes(), nil
}

// untilDone reads as long as its context lasts.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// listed is a directory entry as go/build wants it, of which the tree is not asked for more than it has told.
type listed struct{ fs.DirEntry }

func (l listed) Mode() fs.FileMode { return l.Type() }
func (l listed) Size() int64       { return 0 }
func (l listed) Sys() any          { return nil }

// ModTime returns no time: a tree has none.
func (l listed) ModTime() time.Time { return time.Time{} }

// hasGoFiles reports whether a directory has Go files that are no tests.
func (l *Loader) hasGoFiles(dir string) bool {
	if !fs.ValidPath(dir) {
		return false
	}
	has, known := l.hasGo[dir]
	if known {
		return has
	}
	entries, _ := fs.ReadDir(l.cfg.Tree, dir) // none, if there is no such directory
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			has = true
			break
		}
	}
	l.hasGo[dir] = has
	return has
}

// oneLine returns the first line of a message, without the prefix of names in it, and not longer than people read.
func oneLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	s = strings.ToValidUTF8(strings.ReplaceAll(s, NamePrefix, ""), "\uFFFD")
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…"
	}
	return strings.TrimSpace(s)
}
