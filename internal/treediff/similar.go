package treediff

import (
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/refward/refward/internal/odb"
)

const (
	renameLimit = 1000    // as -l1000: beyond 1000 × 1000 pairs only files of the same base name are compared
	maxWork     = 1 << 30 // bytes read and chunks compared in one call of Similar, one to two seconds
	readCost    = 4 << 10 // bytes that could be compared in the time of finding a blob
	maxChunks   = 2 << 20 // of all deleted files, 24 bytes each
)

// Similar turns deletions and additions of similar regular files into renames, as "git diff-tree -M -l1000" does, and returns
// the changes with the renames in the places of the additions. It comes after [Exact]; content returns a blob, and an error of it
// ends the search and is returned.
//
// Two files are similar when half the bytes of the larger one are in chunks that both have, where a chunk is a line, however it ends, or 64 bytes of one
// that is longer. As in git (gitdiffcore(7), "diffcore-rename") files that alone have their base name are compared first, and taken when three quarters are the same;
// then all with all, the most similar first. Git's own measure is like this one but not the same. Close to one half, or with
// several candidates alike, the two may decide differently: a rename then is an addition and a deletion, or the other way round.
//
// What would take too long is not compared: it stays as it is. That depends on sizes and numbers only, never on the time it took.
func Similar(ctx context.Context, changes []Change, content func(odb.ID) ([]byte, error)) ([]Change, error) {
	added, deleted := moved(changes)
	added = slices.DeleteFunc(added, func(i int) bool { return !isFile(changes[i].Mode) })
	deleted = slices.DeleteFunc(deleted, func(i int) bool { return !isFile(changes[i].OldMode) })
	if len(added) == 0 || len(deleted) == 0 {
		return changes, nil
	}
	s := search{ctx: ctx, content: content, pairs: newPairs(changes), seed: maphash.MakeSeed()}
	if err := s.sameNames(added, deleted); err != nil {
		return nil, err
	}
	added = slices.DeleteFunc(added, func(i int) bool { _, ok := s.from[i]; return ok })
	deleted = slices.DeleteFunc(deleted, func(i int) bool { return s.used[i] })
	if int64(len(added))*int64(len(deleted)) <= renameLimit*renameLimit {
		if err := s.allWithAll(added, deleted); err != nil {
			return nil, err
		}
	}
	return s.apply(), nil
}

// A search for similar files.
type search struct {
	*pairs
	ctx     context.Context
	content func(odb.ID) ([]byte, error)
	seed    maphash.Seed
	work    int64
}

func (s *search) tooMuch() bool { return s.work > maxWork }

func (s *search) read(id odb.ID) (sketch, error) {
	if err := s.ctx.Err(); err != nil {
		return sketch{}, fmt.Errorf("find renames: %w", err)
	}
	data, err := s.content(id)
	if err != nil {
		return sketch{}, fmt.Errorf("find renames: read blob %s: %w", id, err)
	}
	s.work += int64(len(data)) + readCost
	return newSketch(s.seed, data), nil
}

// sameNames pairs files whose base name one deleted and one added file has.
func (s *search) sameNames(added, deleted []int) error {
	byName := make(map[string]int, len(deleted)) // -1 = several
	for _, i := range deleted {
		name := baseName(s.changes[i].Path)
		if _, ok := byName[name]; ok {
			byName[name] = -1
		} else {
			byName[name] = i
		}
	}
	times := map[string]int{}
	for _, i := range added {
		times[baseName(s.changes[i].Path)]++
	}
	for _, i := range added {
		name := baseName(s.changes[i].Path)
		from, ok := byName[name]
		if !ok || from < 0 || times[name] > 1 || s.tooMuch() {
			continue
		}
		old, err := s.read(s.changes[from].OldID)
		if err != nil {
			return err
		}
		is, err := s.read(s.changes[i].ID)
		if err != nil {
			return err
		}
		if larger := max(old.size, is.size); larger > 0 && old.common(is)*4 >= larger*3 {
			s.pair(from, i)
		}
	}
	return nil
}

// A candidate is two files that are similar enough.
type candidate struct {
	from, to int
	score    int64
	sameName bool
}

// scoreUnit is the score of two files of the same chunks.
const scoreUnit = 1 << 20

// allWithAll pairs the best candidates. Each added file is read once and held against an index of the deleted ones' chunks, so that files with
// nothing in common cost nothing.
func (s *search) allWithAll(added, deleted []int) error {
	x, err := s.index(deleted)
	if err != nil || x == nil {
		return err
	}
	var found []candidate
	for _, i := range added {
		if s.tooMuch() {
			return nil
		}
		is, err := s.read(s.changes[i].ID)
		if err != nil {
			return err
		}
		work := x.compare(is, func(n int, common int64) {
			larger := max(is.size, x.sizes[n])
			if common*2 < larger {
				return
			}
			from := deleted[n]
			same := baseName(s.changes[from].Path) == baseName(s.changes[i].Path)
			found = append(found, candidate{from, i, common * scoreUnit / larger, same})
		})
		s.work += work
	}
	slices.SortFunc(found, func(a, b candidate) int {
		if c := cmp.Compare(b.score, a.score); c != 0 {
			return c
		}
		if a.sameName != b.sameName {
			if a.sameName {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.to, b.to), cmp.Compare(a.from, b.from))
	})
	for _, c := range found {
		if _, ok := s.from[c.to]; !ok && !s.used[c.from] {
			s.pair(c.from, c.to)
		}
	}
	return nil
}

// index reads the deleted files. It returns nil when they are too large.
func (s *search) index(deleted []int) (*index, error) {
	x := &index{}
	for _, i := range deleted {
		sk, err := s.read(s.changes[i].OldID)
		if err != nil {
			return nil, err
		}
		x.add(sk)
		if len(x.postings) > maxChunks || s.tooMuch() {
			return nil, nil
		}
	}
	x.sort()
	return x, nil
}
