package refstore

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// errStopped says that the receiver of a sequence wants no more.
var errStopped = errors.New("stopped")

// All returns every ref whose name begins with a prefix, "refs/" or longer, in the order of their names, as git-for-each-ref(1) lists them: without
// HEAD, and without symbolic refs whose target does not exist. An error ends it.
func (s *Store) All(prefix string) iter.Seq2[Ref, error] {
	return func(yield func(Ref, error) bool) {
		err := s.all(prefix, func(r Ref) error {
			if !yield(r, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && err != errStopped {
			yield(Ref{}, err)
		}
	}
}

func (s *Store) all(prefix string, visit func(Ref) error) error {
	if dir := prefix[:strings.LastIndexByte(prefix, '/')+1]; !strings.HasPrefix(dir, "refs/") || !ValidName(strings.TrimSuffix(dir, "/")) {
		return fmt.Errorf("%q does not begin the name of a ref", prefix)
	}
	type named struct {
		name string
		value
	}
	var loose []named
	err := s.walk(prefix, func(name string, v value) error {
		loose = append(loose, named{name, v})
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(loose, func(a, b named) int { return strings.Compare(a.name, b.name) })
	// until visits the loose refs before a name.
	until := func(name string) error {
		for len(loose) > 0 && (name == "" || loose[0].name < name) {
			ref, ok, err := s.resolve(loose[0].name, loose[0].value)
			loose = loose[1:]
			if ok {
				err = visit(ref)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	p, err := s.openPacked() // only now: what was loose may just have been packed
	if err != nil {
		return err
	}
	if p != nil {
		defer p.close()
		err = p.all(prefix, func(r Ref) (bool, error) {
			if !strings.HasPrefix(r.Name, prefix) {
				return false, nil
			}
			if err := until(r.Name); err != nil {
				return false, err
			}
			if len(loose) > 0 && loose[0].name == r.Name {
				return true, nil
			}
			return true, visit(r)
		})
		if err != nil {
			return err
		}
	}
	return until("")
}

// Tips returns what "git rev-list --all" starts from: every ref, HEAD, and HEAD of every other worktree, whose refs/bisect/ and the
// like git does not take either. A HEAD whose branch does not exist yet is left out. An error ends it.
func (s *Store) Tips() iter.Seq2[Ref, error] {
	return func(yield func(Ref, error) bool) {
		for ref, err := range s.All("refs/") {
			if !yield(ref, err) || err != nil {
				return
			}
		}
		heads, err := s.heads()
		for _, ref := range heads {
			if !yield(ref, nil) {
				return
			}
		}
		if err != nil {
			yield(Ref{}, err)
		}
	}
}

// heads returns HEAD and, as "main-worktree/HEAD" and "worktrees/NAME/HEAD", those of the other worktrees.
func (s *Store) heads() (heads []Ref, err error) {
	add := func(dir, prefix string) error {
		tree := &Store{gitDir: dir, commonDir: s.commonDir}
		ref, ok, err := tree.Lookup("HEAD")
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		if ok {
			ref.Name = prefix + ref.Name
			heads = append(heads, ref)
		}
		return nil
	}
	if err := add(s.gitDir, ""); err != nil {
		return nil, err
	}
	self, err := os.Stat(s.gitDir)
	if err != nil {
		return nil, fmt.Errorf("refs: %w", err)
	}
	if info, err := os.Stat(s.commonDir); err != nil {
		return nil, fmt.Errorf("refs: %w", err)
	} else if !os.SameFile(self, info) {
		if err := add(s.commonDir, "main-worktree/"); err != nil {
			return nil, err
		}
	}
	trees := filepath.Join(s.commonDir, "worktrees")
	entries, err := os.ReadDir(trees)
	if err != nil && !isAbsent(err) {
		return nil, fmt.Errorf("worktrees: %w", err)
	}
	for _, e := range entries {
		dir := filepath.Join(trees, e.Name())
		info, err := os.Stat(dir)
		if isAbsent(err) || err == nil && (!info.IsDir() || os.SameFile(self, info)) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("worktrees: %w", err)
		}
		// git takes a folder for a worktree when its gitdir names one (gitrepository-layout(5), "worktrees/<id>/gitdir").
		where, err := readSmall(filepath.Join(dir, "gitdir"), maxLoose)
		if isAbsent(err) || err == nil && len(where) == 0 {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("worktrees: %w", err)
		}
		if err := add(dir, "worktrees/"+e.Name()+"/"); err != nil {
			return nil, err
		}
	}
	return heads, nil
}
