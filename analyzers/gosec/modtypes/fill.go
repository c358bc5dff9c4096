package modtypes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/refward/refward/analyzers/gosec/sourcetypes"
	"github.com/refward/refward/analyzers/gosec/typecache"
)

// FillOptions say what Fill types.
type FillOptions struct {
	Dir   string // all modules in and below it; "" = the working directory
	From  string // a go.mod file, instead of Dir
	Tests bool   // also what only tests import
	Build sourcetypes.Build

	Environ  []string          // of the go command; nil = the process's own
	Progress func(line string) // told what is going on; nil = nobody is
}

func (o FillOptions) say(line string) {
	if o.Progress != nil {
		o.Progress(line)
	}
}

// Filled is what Fill has done.
type Filled struct {
	Modules []module.Version // that the programs import packages of, in order
	Typed   int              // packages whose types are new
	Kept    int              // packages whose types were there
	Partial []string         // packages whose types are not complete, one line each with the reason
	Missing []string         // packages that could not be typed at all, likewise
}

// Fill puts the types of all packages of other modules that the programs of a module import into a cache, with the go command, which
// may download modules. What is there already is not typed anew, and what has been done when ctx ends stays.
func Fill(ctx context.Context, cache *typecache.Cache, o FillOptions) (Filled, error) {
	f := filler{o: o, cache: cache, partial: map[string]bool{}, missing: map[string]bool{}, modules: map[module.Version]bool{}}
	listings, cleanUp, err := o.all(ctx)
	if err != nil {
		return Filled{}, err
	}
	defer cleanUp()
	var failed []error
	for _, l := range listings {
		o.say("listing the packages of " + l.dir)
		packages, err := o.list(ctx, l)
		if err == nil {
			err = f.fill(ctx, packages)
		}
		if ctx.Err() != nil {
			return f.result(), fmt.Errorf("fill types: %w", ctx.Err())
		}
		if err != nil {
			failed = append(failed, err)
			o.say(err.Error())
		}
	}
	if len(failed) == len(listings) {
		return f.result(), errors.Join(failed...)
	}
	for _, err := range failed { // a module of a workspace may not be one that builds without it
		f.missing[err.Error()] = true
	}
	return f.result(), nil
}

func (o FillOptions) all(ctx context.Context) ([]listing, func(), error) {
	nothing := func() {}
	if o.From == "" {
		dir := o.Dir
		if dir == "" {
			dir = "."
		}
		all, err := o.listings(ctx, dir)
		return all, nothing, err
	}
	temp, err := os.MkdirTemp("", "refward-types-")
	if err != nil {
		return nil, nothing, fmt.Errorf("make a module of %s: %w", o.From, err)
	}
	cleanUp := func() { _ = os.RemoveAll(temp) }
	l, err := ofModFile(o.From, temp)
	if err != nil {
		cleanUp()
		return nil, nothing, err
	}
	return []listing{l}, cleanUp, nil
}

type filler struct {
	o       FillOptions
	cache   *typecache.Cache
	modules map[module.Version]bool
	typed   int
	kept    int
	partial map[string]bool
	missing map[string]bool
}

func (f *filler) result() Filled {
	modules := slices.Collect(maps.Keys(f.modules))
	module.Sort(modules)
	return Filled{
		Modules: modules, Typed: f.typed, Kept: f.kept,
		Partial: slices.Sorted(maps.Keys(f.partial)), Missing: slices.Sorted(maps.Keys(f.missing)),
	}
}

// maxSource bounds what is read of one program, in bytes.
const maxSource = 16 << 30

// fill types what a program is made of, and puts each module as soon as the last of its packages is typed.
func (f *filler) fill(ctx context.Context, packages []*listed) error {
	t := newTyper(f.o.Build, f.cache, maxSource)
	byPath := map[string]*listed{}
	waiting := map[module.Version]int{}
	for _, p := range packages {
		byPath[p.ImportPath] = p
		if p.version() != (module.Version{}) {
			waiting[p.version()]++
		}
	}
	t.find = func(path string, _ module.Version) (unit, error) {
		p := byPath[path]
		if p == nil || len(p.GoFiles)+len(p.CgoFiles) == 0 {
			why := "is not in the program"
			if p != nil && p.Error != nil {
				why, _, _ = strings.Cut(p.Error.Err, "\n")
			}
			return unit{}, fmt.Errorf("%s: %s: %w", path, why, fs.ErrNotExist)
		}
		return unit{mod: p.version(), fsys: os.DirFS(p.Dir), names: append(slices.Clone(p.GoFiles), p.CgoFiles...)}, nil
	}
	ready := map[module.Version]map[string]typecache.Package{}
	total, count := len(waiting), 0
	for _, p := range packages {
		mod := p.version()
		if mod == (module.Version{}) {
			if p.Module == nil && !p.Standard && p.Error != nil { // imported, and nowhere
				f.miss(p.ImportPath, p.Error.Err)
			}
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		f.one(t, p.ImportPath, mod, ready)
		if waiting[mod]--; waiting[mod] > 0 {
			continue
		}
		count++
		f.o.say(fmt.Sprintf("typed %d of %d modules: %s", count, total, mod))
		if len(ready[mod]) > 0 {
			if err := f.cache.Put(ctx, mod, f.o.Build.String(), ready[mod]); err != nil {
				return err
			}
		}
		delete(ready, mod)
	}
	return nil
}

// one types one package, unless it is there.
func (f *filler) one(t *typer, path string, mod module.Version, ready map[module.Version]map[string]typecache.Package) {
	f.modules[mod] = true
	r := t.typed(path, mod)
	if r.cached {
		f.kept++
		return
	}
	err := r.err
	var p typecache.Package
	if err == nil {
		p, err = t.encode(path)
	}
	if err != nil {
		f.miss(path, err.Error())
		return
	}
	if r.partial != "" {
		f.partial[path+" of "+mod.String()+": "+r.partial] = true
	}
	f.typed++
	if ready[mod] == nil {
		ready[mod] = map[string]typecache.Package{}
	}
	ready[mod][path] = p
}

func (f *filler) miss(path, why string) {
	why, _, _ = strings.Cut(strings.TrimSpace(why), "\n")
	f.missing[path+": "+strings.TrimPrefix(why, path+": ")] = true
}
