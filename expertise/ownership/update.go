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
	if old == nil || !old.Options().same(o.clean()) || len(old.Tip()) != len(tip) {
		return Build(ctx, repo, tip, o)
	}
	if _, err := repo.Info(ctx, old.Tip()); errors.Is(err, gitio.ErrNotExist) {
		return Build(ctx, repo, tip, o)
	}
	if ok, err := repo.IsAncestor(ctx, old.Tip(), tip); err != nil {
		return nil, fmt.Errorf("ancestors of %s: %w", tip, err)
	} else if !ok {
		return Build(ctx, repo, tip, o)
	}
	e, err := newEngine(repo, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if !slices.Equal(e.edge, old.f.Head().Edge) { // the lines of a commit at the edge are others' when it is none any more
		return Build(ctx, repo, tip, o)
	}
	if _, err := old.Bytes(); err != nil { // what is kept is copied
		return nil, err
	}
	e.known = &known{Index: old, tip: old.Tip()}
	if tip == old.Tip() {
		return old, nil
	}
	gone, err := e.follow(ctx, tip)
	if err == nil {
		err = e.behind(ctx)
	}
	if e.known.err != nil { // which is why whatever else went wrong
		return nil, e.known.err
	}
	if err != nil {
		return nil, fmt.Errorf("owners of lines at %s: %w", tip, err)
	}
	return e.index(ctx, tip, gone)
}

// follow asks for the files that can have other owners than at the old tip, and follows them to what the old tip reaches. It returns the paths of the
// old tip that are gone.
func (e *engine) follow(ctx context.Context, tip string) (gone []string, err error) {
	ids, parents, err := e.repo.Since(ctx, tip, e.known.tip)
	if err != nil {
		return nil, err
	}
	if len(ids) > chunkCommits {
		return e.followAll(ctx, tip)
	}
	c := &chunk{e: e, ctx: ctx}
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i
		c.commits = append(c.commits, commit{id: id, parents: parents[id]})
	}
	if ok, err := c.list(); err != nil {
		return nil, err
	} else if !ok {
		return e.followAll(ctx, tip)
	}
	// Where the line of first parents leads to the old tip, a file that none of its commits changes goes down it whole, and is what it is there.
	changed := map[string]gitio.Side{}
	id := tip
	for i, ok := at[id]; ok; i, ok = at[id] {
		for _, k := range c.commits[i].changed {
			if _, later := changed[k.Path]; !later {
				changed[k.Path] = k.Result()
			}
		}
		if id = ""; len(c.commits[i].parents) > 0 {
			id = c.commits[i].parents[0]
		}
	}
	if id == e.known.tip {
		gone, err = e.askFor(ctx, changed)
	} else {
		gone, err = e.askAll(ctx, tip)
	}
	if err != nil {
		return nil, err
	}
	e.begin(tip)
	for len(c.commits) > 0 {
		rest, err := e.chunk(ctx, c)
		if err != nil {
			return nil, err
		}
		if e.walked += len(c.commits); e.o.Progress != nil {
			e.o.Progress(e.walked)
		}
		c = &chunk{commits: rest, listed: c.listed}
	}
	return gone, nil
}

// followAll is follow for more than is held at once: it asks for all files and lets the walk cut what it goes through.
func (e *engine) followAll(ctx context.Context, tip string) (gone []string, err error) {
	if gone, err = e.askAll(ctx, tip); err != nil {
		return nil, err
	}
	e.begin(tip)
	return gone, e.walk(ctx, []string{tip}, []string{e.known.tip})
}

// behind finds the owners of what is asked of the old tip, and of commits that it reaches.
func (e *engine) behind(ctx context.Context) error {
	if err := e.answer(); err != nil {
		return err
	}
	if len(e.state) > 0 {
		if err := e.meet(ctx, e.rest()); err != nil {
			return err
		}
	}
	if len(e.state) > 0 {
		return e.walk(ctx, e.rest(), nil)
	}
	return nil
}

// rest returns the commits that are asked for lines.
func (e *engine) rest() []string { return slices.Sorted(maps.Keys(e.state)) }

// askAll lists all files at the tip: those of the index, but for what has changed. What is gone it returns.
func (e *engine) askAll(ctx context.Context, tip string) (gone []string, err error) {
	changed := map[string]gitio.Side{}
	err = e.repo.Versions(ctx, []gitio.CommitPair{{Commit: tip, Parents: []string{e.known.tip}}}, func(_ int, k gitio.Entry) error {
		changed[k.Path] = k.Result()
		return nil
	})
	if err != nil {
		return nil, err
	}
	if gone, err = e.askFor(ctx, changed); err != nil {
		return nil, err
	}
	for i := range e.known.f.Len() {
		path := e.known.f.Path(i)
		if _, ok := changed[path]; ok {
			continue
		}
		n := 0
		for _, r := range e.known.runs(i) {
			n += r.Lines
		}
		e.files = append(e.files, tipFile{path: path, side: gitio.Side{ID: e.known.f.Blob(i)}, lines: int32(n), kept: n == 0}) // #nosec G115 -- at most MaxBlob
	}
	return gone, nil
}

// askFor lists the files at the tip that have changed, and returns the paths that are gone.
func (e *engine) askFor(ctx context.Context, changed map[string]gitio.Side) (gone []string, err error) {
	var at []int
	for path, side := range changed {
		if gitio.HasContent(side.Mode) {
			at = append(at, len(e.files))
			e.files = append(e.files, tipFile{path: path, side: side})
		} else if _, ok := e.known.find(path); ok {
			gone = append(gone, path)
		}
	}
	return gone, e.count(ctx, at)
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
		for _, r := range runs {
			f := &e.files[r.file]
			if r.n == f.lines && r.cur == 0 && f.owner == nil && f.side.ID == e.known.f.Blob(i) {
				f.runs, f.kept = e.known.runs(i), path == f.path
				continue
			}
			e.lend(r, i)
		}
	}
	return nil
}
