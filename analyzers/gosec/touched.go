package gosec

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
)

// A touch is what a change does to Go files, by commit.
type touch struct {
	files   map[string][]analyzers.File // of each commit, in order; "" = the index
	without []analyzers.File            // Go files that no commit leads to
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
			t.without = append(t.without, f)
		default:
			t.files[f.Commit] = append(t.files[f.Commit], f)
		}
	}
	return t, nil
}

// wanted reports whether a file can matter to a package that is looked at.
func (k *checker) wanted(name string) bool {
	return strings.HasSuffix(name, ".go") && (k.opts.Tests || !strings.HasSuffix(name, "_test.go"))
}

// vendored is the name of the directory in which the go command keeps what a module imports.
const vendored = "vendor"

// excluded reports whether a directory is not looked at. One called vendor is that only beside a go.mod or go.work file: elsewhere its
// packages are like any other.
func (k *checker) excluded(tree analyzers.Tree, dir string) (bool, error) {
	parts := strings.Split(dir, "/")
	for i, part := range parts {
		if !slices.Contains(k.opts.ExcludeDirs, part) {
			continue
		}
		if part != vendored {
			return true, nil
		}
		for _, name := range []string{"go.mod", "go.work"} {
			if there, err := exists(tree, path.Join(path.Join(parts[:i]...), name)); there || err != nil {
				return there, err
			}
		}
	}
	return false, nil
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
func (k *checker) scopeOf(ctx context.Context, c *analyzers.Change, ref int, t *touch) (*scope, error) {
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
			s.add(f, k.wanted)
		}
	}
	if len(s.first) == 0 {
		return s, nil
	}
	var err error
	if s.trees, err = c.Trees(ctx, ref); err != nil || s.trees.After == nil {
		return s, err
	}
	for _, dir := range slices.Sorted(maps.Keys(s.first)) {
		out, err := k.excluded(s.trees.After, dir)
		if err != nil {
			return s, err
		}
		if !out {
			s.dirs = append(s.dirs, dir)
		}
	}
	return s, k.keepMoves(s)
}

// keepMoves forgets each move after which the file is still where it was, or is in two places: what is there twice now was there once. Nor
// was what was not looked at where it was.
func (k *checker) keepMoves(s *scope) error {
	taken := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(s.origin)) {
		was := s.origin[name]
		there, err := exists(s.trees.After, was)
		if err != nil {
			return err
		}
		out, err := k.excluded(s.trees.After, path.Dir(was))
		if err != nil {
			return err
		}
		if there || out || taken[was] || !k.wanted(was) {
			delete(s.origin, name)
		}
		taken[was] = true
	}
	return nil
}

// exists reports whether a tree has something at a path.
func exists(tree analyzers.Tree, name string) (bool, error) {
	_, err := fs.Stat(tree, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return false, nil
	}
	return err == nil, err
}

// add takes a changed file, of which one name at least is wanted.
func (s *scope) add(f analyzers.File, wanted func(name string) bool) {
	if f.OldPath != "" {
		if wanted(f.OldPath) {
			s.touch(f.OldPath, false)
		}
		was := f.OldPath
		if older, moved := s.origin[f.OldPath]; moved {
			was = older
		}
		if f.Status == 'R' {
			delete(s.origin, f.OldPath)
		}
		s.origin[f.Path] = was
	}
	if wanted(f.Path) {
		s.touch(f.Path, f.Status != 'D')
	}
	s.newest[f.Path] = f.Commit
}

// touch takes note of the directory of a changed file, and of one that is there and has a name that cannot be looked at.
func (s *scope) touch(name string, there bool) {
	dir := path.Dir(name)
	if !fs.ValidPath(dir) {
		dir = "." // where it is reported
	}
	if !fs.ValidPath(name) && there {
		s.odd[dir] = append(s.odd[dir], name)
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
