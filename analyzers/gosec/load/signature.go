package load

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/refward/refward/analyzers/gosec/load/bounds"
)

// An entry is a package of the tree of which only what it declares is known.
type entry struct {
	dir, path string
	pkg       *types.Package
	busy      bool
	deps      []*entry
	problems  []Problem // what a package that imports it may lack because of it
	costs     map[string]bounds.Cost
}

// A scope is where import paths mean the same: a root, or in external tests a root in which one package is the one with its tests.
type scope struct {
	r    *root
	of   string            // directory of the package with tests
	over map[string]*entry // instead of the root's; nil = no difference
}

var errCycle = errors.New("import cycle")

func entryKey(dir, importPath string) string { return importPath + "\x00" + dir }

// entry returns the package in a directory of the tree.
func (s *scope) entry(ctx context.Context, dir, importPath string) (*entry, error) {
	if e, ok := s.over[entryKey(dir, importPath)]; ok {
		return e, e.state()
	}
	e, err := s.r.signature(ctx, &scope{r: s.r}, s.r.entries, dir, importPath)
	if err != nil || s.over == nil || !e.reaches(s.of, map[*entry]bool{}) {
		return e, err
	}
	return s.r.signature(ctx, s, s.over, dir, importPath)
}

func (e *entry) state() error {
	if e.busy {
		return errCycle
	}
	return nil
}

// reaches reports whether a package imports that of a directory, or is it.
func (e *entry) reaches(dir string, seen map[*entry]bool) bool {
	if e.dir == dir {
		return true
	}
	seen[e] = true
	return slices.ContainsFunc(e.deps, func(d *entry) bool { return !seen[d] && d.reaches(dir, seen) })
}

// signature loads a package without what is in its functions, and without the imports that only these need.
func (r *root) signature(ctx context.Context, s *scope, entries map[string]*entry, dir, importPath string) (*entry, error) {
	key := entryKey(dir, importPath)
	if e, ok := entries[key]; ok {
		return e, e.state()
	}
	switch {
	case r.chain >= r.l.cfg.Limits.Imports:
		return nil, fmt.Errorf("more than %d packages import each other: %w", r.chain, ErrLimit)
	case r.l.parsed >= r.l.cfg.Limits.Packages:
		return nil, fmt.Errorf("%d packages are loaded: %w", r.l.parsed, ErrLimit)
	}
	r.l.parsed++
	e := &entry{dir: dir, path: importPath, busy: true}
	entries[key] = e
	r.chain++
	defer func() { r.chain--; e.busy = false }()
	err := r.fillSignature(ctx, s, e)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		delete(entries, key)
		return nil, err
	}
	return e, nil
}

func (r *root) fillSignature(ctx context.Context, s *scope, e *entry) error {
	selected, err := r.l.selectFiles(ctx, e.dir, false)
	if err != nil {
		return err
	}
	e.problems = slices.Clone(selected.problems)
	var files []*ast.File
	bytes := 0
	for _, name := range selected.files {
		src, ok := selected.sources[name]
		if !ok {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		file, _, problem := r.l.parse(path.Join(e.dir, name), src, signatureMode)
		if problem != nil {
			e.problems = append(e.problems, *problem)
		}
		if file != nil && file.Name.Name == selected.name {
			files = append(files, file)
			bytes += len(src)
		}
	}
	if len(files) == 0 {
		return ErrNoGo
	}
	imp := newImporter(ctx, s, e.dir, files)
	imp.prune()
	var wrong string
	if wrong, e.costs = bounds.Measure(files, bytes, imp.cost); wrong != "" {
		e.problems = append(e.problems, Problem{Kind: Limit, Path: e.dir, Detail: wrong})
		files = nil
	}
	e.pkg, _ = r.l.check(imp, e.path, selected.name, files, nil)
	e.pkg.MarkComplete()
	e.deps = imp.deps
	e.problems = append(e.problems, imp.problems...)
	importsOf(files, func(_ *ast.ImportSpec, p, _ string) {
		if p == "C" {
			e.problems = append(e.problems, missingC())
		}
	})
	return nil
}

// prune takes those imports out of files without bodies that nothing there can need, so that they are not loaded.
func (i *importer) prune() {
	own := declared(i.files)
	for _, f := range i.files {
		left := qualifiers(f, false) // what an import must stand for
		for name := range left {
			if own[name] {
				delete(left, name)
			}
		}
		keep := map[*ast.ImportSpec]bool{}
		type unsure struct {
			spec *ast.ImportSpec
			path string
		}
		var rest []unsure
		importsOf([]*ast.File{f}, func(spec *ast.ImportSpec, p, local string) {
			switch {
			case local == ".":
				keep[spec] = true
			case local != "":
				keep[spec] = left[local]
				delete(left, local)
			case p == "C" || isStandard(p):
				name := namesFor(p)[0]
				keep[spec] = left[name]
				delete(left, name)
			default:
				rest = append(rest, unsure{spec, p})
			}
		})
		slices.SortStableFunc(rest, func(a, b unsure) int { // what is probably needed first
			return boolOrder(left[namesFor(a.path)[0]], left[namesFor(b.path)[0]])
		})
		for _, u := range rest {
			if len(left) == 0 {
				break
			}
			got := i.get(u.path)
			keep[u.spec] = got.pkg == nil || left[got.pkg.Name()]
			if got.pkg != nil {
				delete(left, got.pkg.Name())
			}
		}
		f.Imports = slices.DeleteFunc(f.Imports, func(spec *ast.ImportSpec) bool { return !keep[spec] })
		for _, d := range f.Decls {
			if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.IMPORT {
				d.Specs = slices.DeleteFunc(d.Specs, func(spec ast.Spec) bool {
					s, ok := spec.(*ast.ImportSpec)
					return ok && !keep[s]
				})
			}
		}
	}
}

// boolOrder sorts what is true first.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// missingC returns the problem that a file with import "C" has.
func missingC() Problem { return Problem{Kind: Missing, Path: "C", Detail: errStandIn.Error()} }

// problem returns the problem that a stand-in is.
func (s *standIn) problem(importPath string) Problem {
	detail := errStandIn.Error()
	if s.err != nil {
		detail = oneLine(s.err.Error())
	}
	return Problem{Kind: Missing, Path: importPath, Module: s.mod, Detail: detail}
}

// standInFor returns the stand-in for a package, the same for all that import it.
func (r *root) standInFor(importPath string, mods []module.Version, files []*ast.File, err error) *standIn {
	if s, ok := r.missing[importPath]; ok {
		return s
	}
	s := &standIn{err: err}
	if len(mods) > 0 {
		s.mod = mods[0]
	}
	if s.pkg = r.imports[importPath]; s.pkg == nil || s.pkg.Name() == "" { // else what others said of it
		s.pkg = types.NewPackage(importPath, guessName(importPath, files))
	}
	r.missing[importPath] = s
	if s.mod.Version != "" && !r.l.wanted[s.mod] {
		r.l.wanted[s.mod] = true
		if r.l.cfg.Wanted != nil {
			r.l.cfg.Wanted(s.mod)
		}
	}
	return s
}

// isRelative reports whether an import path names a directory.
func isRelative(importPath string) bool {
	return strings.HasPrefix(importPath, "./") || strings.HasPrefix(importPath, "../")
}
