package plumbing

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
)

// moveOptions show what differs between commits and one other, a commit without parents as a whole.
var moveOptions = []string{"diff-tree", "-r", "--stdin", "--root", "--always", "--raw", "-z", "--no-abbrev", "-l1000", "--no-relative", "--ignore-submodules=none"}

const (
	similar = "-M50%"  // as "git log -M" finds renames (gitdiffcore(7), "diffcore-rename")
	same    = "-M100%" // by the ids alone: no content is read (git-diff-tree(1), "-M")
)

// maxHeld is of how many paths Moves holds what differs, and the commit that goes beyond it. It is many times what the commits that are asked for together
// usually change; without it a small history, whose commits share their trees, could take all memory.
const maxHeld = 100_000

// Moves calls use for each path that differs between a commit and one other, or nothing where none is given, in the order of the requests. A
// deleted file that an added one resembles is one entry with both paths.
//
// Git cannot compare blobs that are not here, as in a partial clone or a mirror without large files, and would end. Where one of those that were added or deleted is
// missing, which objects tell, a commit is compared by the ids of its files alone. Which commits these are does not depend on the other requests.
func (g *Git) Moves(ctx context.Context, list []CommitPair, objects source.Objects, use func(i int, e source.Entry) error) error {
	for _, p := range list {
		if len(p.Parents) > 1 {
			return fmt.Errorf("commit %s: renames from %d parents", p.Commit, len(p.Parents))
		}
	}
	h := held{g: g, list: list, objects: objects, use: use}
	var own error // which a stream that is ended because of it would hide behind what git said
	err := g.moves(ctx, list, same, func(_ int, all []source.Entry) error {
		h.found = append(h.found, all)
		if h.entries += len(all); h.entries >= maxHeld {
			own = h.flush(ctx)
		}
		return own
	})
	if own != nil {
		return own
	}
	if err != nil {
		return err
	}
	return h.flush(ctx)
}

// held are commits that were compared by the ids of their files.
type held struct {
	g       *Git
	list    []CommitPair
	objects source.Objects
	use     func(i int, e source.Entry) error

	first   int // of list
	found   [][]source.Entry
	entries int
}

// flush looks for files that have moved in what is held, calls use with all of it, and holds nothing any more.
func (h *held) flush(ctx context.Context) error {
	missing, err := absent(ctx, h.objects, h.found)
	if err != nil {
		return err
	}
	var open []CommitPair
	var at []int
	for i, all := range h.found {
		if source.MayMove(all) && !slices.ContainsFunc(moving(all), func(id string) bool { return missing[id] }) {
			open, at = append(open, h.list[h.first+i]), append(at, i)
		}
	}
	done := 0
	tell := func(past int) error {
		for ; done < past; done++ {
			for _, e := range h.found[done] {
				if err := h.use(h.first+done, e); err != nil {
					return err
				}
			}
			h.found[done] = nil
		}
		return nil
	}
	var own error
	err = h.g.moves(ctx, open, similar, func(i int, all []source.Entry) error {
		h.found[at[i]] = all
		own = tell(at[i] + 1)
		return own
	})
	if own != nil {
		return own
	}
	if err != nil {
		return err
	}
	if err := tell(len(h.found)); err != nil {
		return err
	}
	h.first, h.found, h.entries = h.first+len(h.found), h.found[:0], 0
	return nil
}

// moving returns the blobs that were added or deleted.
func moving(all []source.Entry) (ids []string) {
	for _, e := range all {
		switch side := e.Result(); {
		case e.Status == 'A' && source.HasContent(side.Mode):
			ids = append(ids, side.ID)
		case e.Status == 'D' && source.HasContent(e.Sides[0].Mode):
			ids = append(ids, e.Sides[0].ID)
		}
	}
	return ids
}

// absent returns which of the blobs are not here that git would look into to find what has moved.
func absent(ctx context.Context, objects source.Objects, found [][]source.Entry) (map[string]bool, error) {
	var ids []string
	for _, all := range found {
		if source.MayMove(all) {
			ids = append(ids, moving(all)...)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	out := map[string]bool{}
	err := objects.InfoAll(ctx, ids, func(i int, _ source.Object, err error) error {
		if errors.Is(err, source.ErrNotExist) {
			out[ids[i]] = true
			return nil
		}
		return err
	})
	return out, err
}

// moves compares commits and calls use with all that differs in each, in order.
func (g *Git) moves(ctx context.Context, list []CommitPair, renames string, use func(i int, all []source.Entry) error) error {
	if len(list) == 0 {
		return nil
	}
	asked := make([]string, len(list))
	var in strings.Builder
	for i, p := range list {
		asked[i] = p.Commit
		in.WriteString(strings.Join(append([]string{p.Commit}, p.Parents...), " ") + "\n")
	}
	s, err := g.start(ctx, strings.NewReader(in.String()), append(moveOptions[:len(moveOptions):len(moveOptions)], renames)...)
	if err != nil {
		return err
	}
	at, all := 0, []source.Entry(nil)
	err = readRawCommits(bufio.NewReaderSize(s, 1<<18), asked, func(i int, e source.Entry) error {
		for ; at < i; at++ {
			if err := use(at, all); err != nil {
				return err
			}
			all = nil
		}
		all = append(all, e)
		return nil
	})
	if err != nil {
		return s.fail(err)
	}
	if err := s.wait(); err != nil {
		return err
	}
	for ; at < len(list); at++ {
		if err := use(at, all); err != nil {
			return err
		}
		all = nil
	}
	return nil
}
