package gosec

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
)

// A touch is what a change does to Go files, by commit.
type touch struct {
	files   map[string][]analyzers.File // of each commit, in order; "" = the index
	without []string                    // paths of Go files that no commit leads to
}

// listGo reads the changed Go files of a change.
func (k *checker) listGo(ctx context.Context, c *analyzers.Change) (*touch, error) {
	t := &touch{files: map[string][]analyzers.File{}}
	for f, err := range c.Files(ctx) {
		switch {
		case err != nil:
			return nil, err
		case !k.wanted(f.Path) && !(f.OldPath != "" && k.wanted(f.OldPath)):
		case f.Commit == "" && f.Ref != "":
			t.without = append(t.without, f.Path)
		default:
			t.files[f.Commit] = append(t.files[f.Commit], f)
		}
	}
	return t, nil
}

// wanted reports whether a file can matter to a package that is looked at.
func (k *checker) wanted(name string) bool {
	if !strings.HasSuffix(name, ".go") || !k.opts.Tests && strings.HasSuffix(name, "_test.go") {
		return false
	}
	for part := range strings.SplitSeq(path.Dir(name), "/") {
		if slices.Contains(k.opts.ExcludeDirs, part) {
			return false
		}
	}
	return true
}

// A scope is what one ref of a change touches.
type scope struct {
	trees  analyzers.Trees
	dirs   []string            // of packages, sorted
	newest map[string]string   // by path: the last commit that changed it
	first  map[string]string   // by directory: one of the changed files in it
	origin map[string]string   // by path: where the file was before, if it was moved
	odd    map[string][]string // by directory: changed files whose names cannot be looked at
}

// scopeOf gathers what the commits of a ref touch.
func (t *touch) scopeOf(ctx context.Context, c *analyzers.Change, ref int) (*scope, error) {
	s := &scope{newest: map[string]string{}, first: map[string]string{}, origin: map[string]string{}, odd: map[string][]string{}}
	commits := []string{""}
	if c.Kind != analyzers.KindCommit {
		commits = commits[:0]
		for _, i := range c.Refs[ref].Commits {
			commits = append(commits, c.Commits[i].ID)
		}
	}
	for _, id := range commits {
		for _, f := range t.files[id] {
			s.add(f)
		}
	}
	for dir := range s.first {
		s.dirs = append(s.dirs, dir)
	}
	if slices.Sort(s.dirs); len(s.dirs) == 0 {
		return s, nil
	}
	var err error
	s.trees, err = c.Trees(ctx, ref)
	return s, err
}

func (s *scope) add(f analyzers.File) {
	if f.OldPath != "" {
		s.touch(f.OldPath)
		was := f.OldPath
		if older, moved := s.origin[f.OldPath]; moved {
			was = older
		}
		if f.Status == 'R' {
			delete(s.origin, f.OldPath)
		}
		s.origin[f.Path] = was
	}
	s.touch(f.Path)
	s.newest[f.Path] = f.Commit
}

func (s *scope) touch(name string) {
	dir := path.Dir(name)
	if !fs.ValidPath(name) {
		s.odd[dir] = append(s.odd[dir], name)
		if !fs.ValidPath(dir) {
			dir = "." // where it is reported
		}
	}
	if old, seen := s.first[dir]; !seen || name < old {
		s.first[dir] = name
	}
}

// before returns where a file of the tree was before the change.
func (s *scope) before(name string) string {
	if was, moved := s.origin[name]; moved {
		return was
	}
	return name
}
