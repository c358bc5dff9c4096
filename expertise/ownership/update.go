package ownership

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/refward/refward/internal/gitio"
)

// Update finds the owners at a new tip, given by its full id, with the help of an index of an ancestor of it. The result is the same as that of
// Build, which it falls back to where the old tip is no ancestor, or not there any more, or the edge of a shallow clone has moved, or the options or the format of ids are others.
//
// The walk goes on from the new tip over what the old one does not reach. What arrives at the old tip is answered by the index. What arrives at
// another commit that the old tip reaches, as from a branch that began earlier, is followed further down until lines of the old tip
// meet it (see meet), or however far: to cut it there would be another answer than git's.
func Update(ctx context.Context, repo *gitio.Repo, old *Index, tip string, o Options) (index *Index, err error) {
	if old == nil || !old.o.same(o.clean()) || len(old.tip) != len(tip) {
		return Build(ctx, repo, tip, o)
	}
	if _, err := repo.Info(ctx, old.tip); errors.Is(err, gitio.ErrNotExist) {
		return Build(ctx, repo, tip, o)
	}
	if ok, err := repo.IsAncestor(ctx, old.tip, tip); err != nil {
		return nil, fmt.Errorf("ancestors of %s: %w", tip, err)
	} else if !ok {
		return Build(ctx, repo, tip, o)
	}
	e, err := newEngine(repo, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if !slices.Equal(e.edge, old.edge) { // the lines of a commit at the edge are others' when it is none any more
		return Build(ctx, repo, tip, o)
	}
	if err := e.resume(ctx, old, tip); err != nil {
		return nil, fmt.Errorf("files of %s: %w", tip, err)
	}
	e.begin(tip)
	if tip != old.tip {
		if err := e.walk(ctx, []string{tip}, []string{old.tip}); err != nil {
			return nil, fmt.Errorf("owners of lines at %s: %w", tip, err)
		}
	}
	if err := e.answer(); err != nil {
		return nil, err
	}
	if len(e.state) > 0 {
		if err := e.meet(ctx, e.rest()); err != nil {
			return nil, fmt.Errorf("owners of lines at %s: %w", tip, err)
		}
	}
	if len(e.state) > 0 {
		if err := e.walk(ctx, e.rest(), nil); err != nil {
			return nil, fmt.Errorf("owners of lines at %s: %w", tip, err)
		}
	}
	return e.index(ctx, tip)
}

// rest returns the commits that are asked for lines.
func (e *engine) rest() []string { return slices.Sorted(maps.Keys(e.state)) }

// resume lists the files at the tip: those of the index, but for what has changed.
func (e *engine) resume(ctx context.Context, old *Index, tip string) error {
	old, err := old.whole()
	if err != nil {
		return err
	}
	e.known = old
	changed := map[string]gitio.Side{}
	if tip != old.tip {
		err := e.repo.Versions(ctx, []gitio.CommitPair{{Commit: tip, Parents: []string{old.tip}}}, func(_ int, k gitio.Entry) error {
			changed[k.Path] = k.Result()
			return nil
		})
		if err != nil {
			return err
		}
	}
	e.files = make([]tipFile, 0, len(old.files)+len(changed))
	var at []int
	for _, f := range old.files {
		if _, ok := changed[f.path]; ok {
			continue
		}
		n := 0
		for _, r := range f.runs {
			n += r.Lines
		}
		e.files = append(e.files, tipFile{path: f.path, side: gitio.Side{ID: f.blob}, lines: int32(n)}) // #nosec G115 -- at most MaxBlob
	}
	for path, side := range changed {
		if gitio.HasContent(side.Mode) {
			at = append(at, len(e.files))
			e.files = append(e.files, tipFile{path: path, side: side})
		}
	}
	return e.count(ctx, at)
}

// answer gives the owners of what is asked of the old tip.
func (e *engine) answer() error {
	p := e.state[e.known.tip]
	delete(e.state, e.known.tip)
	for path, runs := range p {
		i, ok := e.known.find(path)
		if !ok {
			return fmt.Errorf("the index has no %q", path)
		}
		stored := e.known.files[i].runs
		for _, r := range runs {
			f := &e.files[r.file]
			if r.n == f.lines && r.cur == 0 && f.owner == nil && f.side.ID == e.known.files[i].blob {
				f.runs = stored
				continue
			}
			e.lend(r, i)
		}
	}
	return nil
}
