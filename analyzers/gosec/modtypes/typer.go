// Package modtypes types packages of other modules: from a cache of types, from their source in the go command's module cache, and, to
// fill a cache, as the go command lists them.
package modtypes

import (
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io/fs"
	"strings"

	"golang.org/x/mod/module"

	"github.com/refward/refward/analyzers/gosec/sourcetypes"
	"github.com/refward/refward/analyzers/gosec/stdtypes"
	"github.com/refward/refward/analyzers/gosec/typecache"
)

// A unit is the source of one package.
type unit struct {
	mod   module.Version // zero: of no version of a module, such as a module that is replaced by a directory
	fsys  fs.FS
	names []string // of files in fsys
}

// A typer types packages with all that they import, in a world of its own: each import path stands for one package.
type typer struct {
	build sourcetypes.Build
	find  func(path string, from module.Version) (unit, error)
	cache *typecache.Cache // what is there already; nil = nothing
	left  int64            // bytes of source that may still be read

	fset    *token.FileSet
	imports map[string]*types.Package
	done    map[string]*result
}

// A result is what came of a package.
type result struct {
	pkg     *types.Package // nil: nothing
	unit    unit
	partial string // why the types are not complete; "" = they are
	missing bool   // because something that it imports was not found
	cached  bool   // they are in the cache as they are
	err     error  // why there is no pkg
}

func newTyper(b sourcetypes.Build, cache *typecache.Cache, left int64) *typer {
	return &typer{
		build: b, cache: cache, left: left, fset: token.NewFileSet(),
		imports: map[string]*types.Package{"unsafe": types.Unsafe}, done: map[string]*result{},
	}
}

var errCycle = errors.New("imports itself")

// typed types a package that a module imports.
func (t *typer) typed(path string, from module.Version) *result {
	if r := t.done[path]; r != nil {
		return r
	}
	if stdtypes.Has(path) {
		pkg, err := stdtypes.Import(t.fset, t.imports, path)
		t.done[path] = &result{pkg: pkg, err: err}
		return t.done[path]
	}
	u, err := t.find(path, from)
	if err != nil {
		t.done[path] = &result{err: err}
		return t.done[path]
	}
	return t.unit(path, u)
}

// unit types a package whose source has been found.
func (t *typer) unit(path string, u unit) *result {
	r := &result{unit: u, err: fmt.Errorf("%s: %w", path, errCycle)} // until it is done
	t.done[path] = r
	if pkg := t.fromCache(path, u.mod); pkg != nil {
		r.pkg, r.cached, r.err = pkg, true, nil
		return r
	}
	files, parseErr := sourcetypes.Parse(t.fset, u.fsys, u.names, &t.left)
	if len(files) == 0 {
		if r.err = parseErr; r.err == nil {
			r.err = fmt.Errorf("%s has no source: %w", path, fs.ErrNotExist)
		}
		return r
	}
	pkg, err := t.build.Check(t.fset, path, files, func(p string) (*types.Package, error) {
		dep := t.typed(p, u.mod)
		r.missing = r.missing || dep.pkg == nil
		return dep.pkg, dep.err
	})
	if err = errors.Join(parseErr, err); err != nil {
		r.partial, _, _ = strings.Cut(err.Error(), "\n")
	}
	if pkg == nil {
		r.err = fmt.Errorf("%s: %w", path, err)
		return r
	}
	r.pkg, r.err, t.imports[path] = pkg, nil, pkg
	return r
}

// fromCache returns complete types that are in the cache, after those that they bring parts of.
func (t *typer) fromCache(path string, mod module.Version) *types.Package {
	if t.cache == nil || mod == (module.Version{}) {
		return nil
	}
	about, err := t.cache.About(mod, path)
	if err != nil || about.Partial != "" || about.Build != t.build.String() {
		return nil
	}
	for _, ref := range about.Refs {
		if t.typed(ref.Path, mod).pkg == nil {
			return nil
		}
	}
	pkg, err := t.cache.Package(t.fset, t.imports, mod, path)
	if err != nil {
		return nil
	}
	return pkg
}

// encode encodes what came of a package.
func (t *typer) encode(path string) (typecache.Package, error) {
	r := t.done[path]
	p, err := typecache.Encode(r.pkg, r.unit.mod, func(path string) module.Version {
		if dep := t.done[path]; dep != nil {
			return dep.unit.mod
		}
		return module.Version{}
	})
	p.Partial = r.partial
	return p, err
}
