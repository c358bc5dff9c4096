package refstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/refward/refward/internal/odb"
)

// A Ref is a stored ref.
type Ref struct {
	Name   string
	ID     odb.ID // of a symbolic ref, that of its target
	Peeled odb.ID // what the tag ID stands for in the end, where packed-refs says it; zero = not known
	Target string // of a symbolic ref: the name it leads to in the end, whether that exists or not; else ""
}

// A Store reads the refs of a repository, seen from one of its worktrees. It holds nothing open and is safe for concurrent use.
type Store struct {
	gitDir    string // HEAD and the refs of the worktree
	commonDir string // all other refs
}

// reftablePlaceholder is what HEAD has in a repository with reftable, so that readers of files stay away (git's
// Documentation/technical/reftable.txt, "Backward compatibility").
const reftablePlaceholder = "refs/heads/.invalid"

// Open returns the store of a repository. The directories are one and the same but in a linked worktree (GIT_DIR and GIT_COMMON_DIR).
func Open(gitDir, commonDir string) (*Store, error) {
	s := &Store{gitDir: gitDir, commonDir: commonDir}
	head, err := readSmall(filepath.Join(gitDir, "HEAD"), maxLoose)
	if err == nil && strings.TrimSpace(strings.TrimPrefix(string(head), "ref:")) == reftablePlaceholder {
		return nil, fmt.Errorf("refs of %s: reftable: %w", gitDir, odb.ErrUnsupported)
	}
	if _, err := os.Lstat(filepath.Join(commonDir, "reftable")); err == nil {
		return nil, fmt.Errorf("refs of %s: reftable: %w", commonDir, odb.ErrUnsupported)
	} else if !isAbsent(err) {
		return nil, fmt.Errorf("refs: %w", err)
	}
	if info, err := os.Stat(filepath.Join(commonDir, "refs")); err != nil {
		return nil, fmt.Errorf("refs: not a repository: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("refs: not a repository: %s is not a directory", filepath.Join(commonDir, "refs"))
	}
	if _, ok, err := s.loose("HEAD"); err != nil {
		return nil, err
	} else if !ok {
		return nil, fmt.Errorf("refs: not a repository: %s has no HEAD", gitDir)
	}
	return s, nil
}

// path returns where a loose ref is (git-worktree(1), "REFS").
func (s *Store) path(name string) string {
	dir := s.commonDir
	if ofWorktree(name) {
		dir = s.gitDir
	}
	return filepath.Join(dir, filepath.FromSlash(name))
}

// Lookup finds a ref by its full name, "HEAD" included. ok is false where there is none, and for a symbolic ref whose target does not exist: HEAD
// of an empty repository has a Target then, and no ID.
func (s *Store) Lookup(name string) (ref Ref, ok bool, err error) {
	if !ValidName(name) {
		return Ref{}, false, fmt.Errorf("%q is not the name of a ref", name)
	}
	v, ok, err := s.loose(name)
	if err != nil {
		return Ref{}, false, err
	}
	if !ok {
		return s.lookupPacked(name, Ref{Name: name})
	}
	return s.resolve(name, v)
}

// maxSymbolic bounds the files that are read to resolve a name, as git does.
const maxSymbolic = 5

// errSymbolic says that a symbolic ref leads nowhere.
var errSymbolic = errors.New("symbolic refs lead in a circle, or too far")

// resolve makes a ref of what its loose file says.
func (s *Store) resolve(name string, v value) (ref Ref, ok bool, err error) {
	ref.Name = name
	for n := 1; v.target != ""; n++ {
		if n == maxSymbolic {
			return Ref{}, false, fmt.Errorf("ref %s: %w", name, errSymbolic)
		}
		ref.Target = v.target
		if v, ok, err = s.loose(ref.Target); err != nil {
			return Ref{}, false, fmt.Errorf("ref %s: %w", name, err)
		}
		if !ok {
			return s.lookupPacked(ref.Target, ref)
		}
	}
	ref.ID = v.id
	return ref, true, nil
}

// lookupPacked completes a ref from the line that packed-refs has for a name.
func (s *Store) lookupPacked(name string, ref Ref) (Ref, bool, error) {
	p, err := s.openPacked()
	if p == nil || err != nil {
		return ref, false, err
	}
	defer p.close()
	e, ok, err := p.find(name)
	if err != nil {
		return Ref{}, false, err
	}
	ref.ID, ref.Peeled = e.ID, e.Peeled
	return ref, ok, nil
}
