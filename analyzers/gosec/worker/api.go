package worker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/refward/refward/analyzers/gosec/api"
	"github.com/refward/refward/analyzers/gosec/load"
	"github.com/refward/refward/analyzers/gosec/wire"
)

// A pair is what a package declares before and after a change.
type pair struct {
	dir           string
	before, after *load.Declared
	loader        *load.Loader
}

// compareAll compares what packages export with what they did in the tree before.
func (j *job) compareAll(ctx context.Context, shared *load.Shared) error {
	for dirs := range slices.Chunk(j.Dirs, maxBatch) {
		if len(j.Dirs) > maxBatch || shared == nil {
			shared = load.NewShared() // what all packages of a whole tree import would not fit into the memory
		}
		if err := j.compareBatch(ctx, shared, dirs); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) compareBatch(ctx context.Context, shared *load.Shared, dirs []string) error {
	var loaders []*load.Loader // of the tree after and of that before
	for n := range 2 {
		of := *j // the types of modules are those of the loader's tree
		config, done, err := of.config(j.h.Tree(j.Tree + n))
		if err != nil {
			return err
		}
		defer done()
		config.Shared, config.Tests = shared, false
		if of.loader, err = load.New(config); err != nil {
			return err
		}
		loaders = append(loaders, of.loader)
	}
	for _, dir := range dirs {
		read, compared := wire.Step{Dir: dir, Stage: wire.Reading}, wire.Step{Dir: dir, Stage: wire.Compared}
		if j.fatal[read] || j.done[compared] || j.fatal[compared] {
			continue
		}
		delete(j.done, read) // the process that has read it is gone
		var p *pair
		err := j.step(ctx, read, func() (f wire.Found) {
			p, f = declared(ctx, loaders, dir)
			return f
		})
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		if err := j.step(ctx, compared, p.compare); err != nil {
			return err
		}
	}
	return nil
}

// declared reads both versions of a package; nil where one cannot be read.
func declared(ctx context.Context, loaders []*load.Loader, dir string) (*pair, wire.Found) {
	var f wire.Found
	p := &pair{dir: dir, loader: loaders[0]}
	for n, l := range loaders {
		d, err := l.Declared(ctx, dir)
		switch {
		case errors.Is(err, load.ErrNoGo), errors.Is(err, fs.ErrNotExist):
			d = nil // there is no such package
		case err != nil && ctx.Err() != nil:
			f.Unexamined = []string{context.Cause(ctx).Error()}
			return nil, f
		case err != nil:
			f.Unexamined = append(f.Unexamined, version(n)+err.Error())
			return nil, f
		}
		if n == 0 {
			p.after = d
		} else {
			p.before = d
		}
	}
	f.Due = []wire.Stage{wire.Compared}
	if p.after != nil {
		f.Files = p.after.Files
	}
	return p, f
}

// version says which version a problem is in.
func version(n int) string {
	if n == 0 {
		return ""
	}
	return "before the change: "
}

// compare compares the two versions.
func (p *pair) compare() wire.Found {
	f := wire.Found{API: &wire.API{}}
	sound := true
	for n, d := range []*load.Declared{p.after, p.before} {
		if d == nil {
			continue
		}
		for _, q := range d.Problems {
			if q.Kind == load.Missing {
				continue // of which only the names that need it are not known
			}
			sound = false
			place := short(q.Path)
			if q.Line > 0 {
				place += fmt.Sprintf(":%d", q.Line)
			}
			f.Unexamined = append(f.Unexamined, version(n)+place+": "+q.Detail)
		}
	}
	if p.after != nil {
		f.API.Files = p.after.Files
	}
	if p.before == nil {
		return f // nothing of the build was there, so that nothing of it can break
	}
	f.API.Before = p.before.Files
	if !sound {
		return f
	}
	if p.after == nil {
		f.API.Changes = []wire.APIChange{{Text: "package: no file of it is part of a build any more", Path: p.before.Files[0]}}
		return f
	}
	changes, unknown, err := api.Compare(p.before.Types, p.after.Types)
	if err != nil {
		f.Unexamined = append(f.Unexamined, err.Error())
		return f
	}
	f.API.Unknown = unknown
	for _, c := range changes {
		change := wire.APIChange{Text: c.Text}
		change.Path, change.Line = p.loader.Place(c.Object)
		if c.Gone {
			change.Line = 0
		}
		f.API.Changes = append(f.API.Changes, change)
	}
	return f
}
