package load

import (
	"context"
	"errors"
	"go/ast"
	"go/types"
	"io/fs"
	"path"
	"slices"

	"golang.org/x/mod/module"

	"github.com/refward/refward/analyzers/gosec/load/bounds"
	"github.com/refward/refward/analyzers/gosec/stdtypes"
)

// An importer is what a package imports.
type importer struct {
	ctx      context.Context // of the call that loads the package: types.Importer has no place for it
	scope    *scope
	dir      string
	external bool // tests that import the package of their own directory
	files    []*ast.File
	got      map[string]imported
	names    map[*ast.File]map[string]string // import paths, by local name
	blank    map[string]bool                 // imported for nothing but its effects
	deps     []*entry
	problems []Problem
	missing  []string
}

type imported struct {
	pkg     *types.Package
	entry   *entry
	standIn bool
	err     error
}

func newImporter(ctx context.Context, s *scope, dir string, files []*ast.File) *importer {
	i := &importer{ctx: ctx, scope: s, dir: dir, files: files, got: map[string]imported{}, blank: map[string]bool{}}
	importsOf(files, func(_ *ast.ImportSpec, p, local string) {
		before, known := i.blank[p]
		i.blank[p] = local == "_" && (before || !known)
	})
	return i
}

// Import implements types.Importer. With an error it returns a package all the same if go/types shall take it, and be silent about what
// is not in there.
func (i *importer) Import(importPath string) (*types.Package, error) {
	got := i.get(importPath)
	if got.err != nil {
		return got.pkg, got.err
	}
	if got.standIn {
		return got.pkg, errStandIn
	}
	return got.pkg, nil
}

var errStandIn = errors.New("no types are known")

func (i *importer) get(importPath string) imported {
	if got, ok := i.got[importPath]; ok {
		return got
	}
	if err := i.ctx.Err(); err != nil {
		return imported{err: err}
	}
	got := i.resolve(importPath)
	i.got[importPath] = got
	if got.entry != nil {
		i.deps = append(i.deps, got.entry)
	}
	return got
}

// maxImportPath is the length of the longest import path that is looked for, in bytes. A path of the file system has 4,096 at most.
const maxImportPath = 1024

func isStandard(importPath string) bool { return stdtypes.Has(importPath) }

func (i *importer) resolve(importPath string) imported {
	if i.blank[importPath] {
		pkg := types.NewPackage(importPath, namesFor(importPath)[0])
		pkg.MarkComplete()
		return imported{pkg: pkg}
	}
	if len(importPath) > maxImportPath {
		return i.standIn(importPath[:maxImportPath], nil, errors.New("longer than an import path can be"))
	}
	r := i.scope.r
	pkg, err := r.standard(importPath)
	switch {
	case err != nil:
		return i.standIn(importPath, nil, err)
	case pkg != nil:
		return imported{pkg: pkg}
	case path.Clean(importPath) != importPath && !isRelative(importPath):
		return i.standIn(importPath, nil, errors.New("not an import path"))
	}
	dir, mods, err := r.locate(i.ctx, importPath, i.dir)
	switch {
	case err != nil:
		return imported{err: err}
	case dir == i.dir && !i.external:
		return i.failed(importPath, errCycle)
	case dir != "":
		e, err := i.scope.entry(i.ctx, dir, r.canonical(i.ctx, importPath, dir))
		if err != nil {
			got := i.failed(importPath, err)
			got.entry = e // of a cycle
			return got
		}
		return imported{pkg: e.pkg, entry: e}
	}
	pkg, err = r.known(importPath, mods)
	if pkg == nil {
		return i.standIn(importPath, mods, err)
	}
	return imported{pkg: pkg}
}

// canonical returns the import path that types of a package in the tree have.
func (r *root) canonical(ctx context.Context, importPath, dir string) string {
	if isRelative(importPath) {
		return r.pathOf(ctx, dir)
	}
	return importPath
}

func (i *importer) standIn(importPath string, mods []module.Version, err error) imported {
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	s := i.scope.r.standInFor(importPath, mods, i.files, err)
	i.problems = append(i.problems, s.problem(importPath))
	i.missing = append(i.missing, importPath)
	return imported{pkg: s.pkg, standIn: true}
}

// failed is for packages of the tree that are there but cannot be loaded.
func (i *importer) failed(importPath string, err error) imported {
	kind := Types
	if errors.Is(err, ErrLimit) {
		kind = Limit
	}
	if i.ctx.Err() == nil {
		i.problems = append(i.problems, Problem{Kind: kind, Path: importPath, Detail: oneLine(err.Error())})
	}
	return imported{err: err}
}

// cost returns what a type of an imported package of the tree costs; see bounds.
func (i *importer) cost(f *ast.File, qualifier, name string) (bounds.Cost, bool) {
	if i.names == nil {
		i.names = map[*ast.File]map[string]string{}
		for _, f := range i.files {
			names := map[string]string{}
			importsOf([]*ast.File{f}, func(_ *ast.ImportSpec, p, local string) {
				if isStandard(p) || p == "C" {
					return
				}
				if local == "" {
					if got := i.get(p); got.pkg != nil {
						local = got.pkg.Name()
					}
				}
				names[local] = p
			})
			i.names[f] = names
		}
	}
	p, ok := i.names[f][qualifier]
	if !ok {
		return bounds.Cost{}, false
	}
	got := i.get(p)
	if got.entry == nil {
		return bounds.Cost{}, false
	}
	c, ok := got.entry.costs[name]
	return c, ok
}

// transitive returns the problems of the packages of the tree that are imported, directly or not, in a fixed order.
func (i *importer) transitive() []Problem {
	var problems []Problem
	seen := map[*entry]bool{}
	var visit func(entries []*entry)
	visit = func(entries []*entry) {
		for _, e := range entries {
			if !seen[e] {
				seen[e] = true
				problems = append(problems, e.problems...)
				visit(e.deps)
			}
		}
	}
	visit(i.deps)
	return slices.Clip(problems)
}
