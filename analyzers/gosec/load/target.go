package load

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/refward/refward/analyzers/gosec/load/bounds"
)

// maxErrors is how many errors of one kind are kept of a package; maxErrorBytes how long all that go/types says may be together, in bytes,
// before it is stopped: a message can have a type of any size in it.
const (
	maxErrors     = 1000
	maxErrorBytes = 8 << 20
	maxMessage    = 1000 // bytes that are kept of one
)

// check type-checks files. It never returns nil for a package. Without info, bodies of functions are left out.
func (l *Loader) check(i *importer, importPath, name string, files []*ast.File, info *types.Info) (*types.Package, []types.Error) {
	pkg := types.NewPackage(importPath, name)
	var errs []types.Error
	size := 0
	conf := types.Config{Importer: i, FakeImportC: true, IgnoreFuncBodies: info == nil, Sizes: l.sizes}
	conf.Error = func(err error) {
		var e types.Error
		if !errors.As(err, &e) {
			return
		}
		if size += len(e.Msg); size > maxErrorBytes {
			errs = append(errs, types.Error{Fset: l.fset, Msg: "too many errors"})
			runtime.Goexit() // a panic would be told on stderr by go/types
		}
		if len(errs) < maxErrors && !i.explains(e) {
			e.Msg = strings.Clone(e.Msg[:min(len(e.Msg), maxMessage)])
			errs = append(errs, e)
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if r := recover(); r != nil {
				errs = append(errs, types.Error{Fset: l.fset, Msg: oneLine(fmt.Sprint("go/types stops: ", r))})
			}
		}()
		_ = types.NewChecker(&conf, l.fset, pkg, info).Files(files) // its error is the first of those above
	}()
	<-done
	return pkg, errs
}

// explains reports whether an error of go/types only says that a package is missing, or that its name was not guessed.
func (i *importer) explains(e types.Error) bool {
	for _, p := range i.missing {
		if rest, ok := strings.CutPrefix(e.Msg, "could not import "+p+" ("); ok && rest != "" {
			return true
		}
		if strings.HasPrefix(e.Msg, fmt.Sprintf("%q imported", p)) && strings.HasSuffix(e.Msg, "and not used") {
			return true
		}
	}
	return false
}

// newInfo returns room for what is known of some bytes of source: maps that grow take their time.
func newInfo(bytes int) *types.Info {
	bytes = min(bytes, 2<<20) // or memory, when there is nothing in them
	return &types.Info{
		Types:        make(map[ast.Expr]types.TypeAndValue, bytes/14),
		Defs:         make(map[*ast.Ident]types.Object, bytes/90),
		Uses:         make(map[*ast.Ident]types.Object, bytes/18),
		Implicits:    map[ast.Node]types.Object{},
		Selections:   make(map[*ast.SelectorExpr]*types.Selection, bytes/100),
		Scopes:       make(map[ast.Node]*types.Scope, bytes/90),
		Instances:    map[*ast.Ident]types.Instance{},
		FileVersions: map[*ast.File]string{},
	}
}

// target type-checks a package with all that is in it. before are those of the same directory that come before it.
func (r *root) target(ctx context.Context, s *selection, g *group, before []*Package) (*Package, error) {
	l := r.l
	importPath := r.pathOf(ctx, s.dir)
	sc := &scope{r: r}
	if g.external {
		if len(before) > 0 && before[0].Name == s.name && hasTests(before[0]) {
			own := &entry{dir: s.dir, path: importPath, pkg: before[0].Types}
			sc.of, sc.over = s.dir, map[string]*entry{entryKey(s.dir, importPath): own}
		}
		importPath += "_test"
	}
	p := &Package{Dir: s.dir, Sources: map[string][]byte{}}
	p.Package = &packages.Package{ID: importPath, Name: g.name, PkgPath: importPath, Fset: l.fset, Syntax: g.files, TypesSizes: l.sizes}
	bytes := 0
	for _, f := range g.files {
		name := l.fset.File(f.FileStart).Name()
		src := s.sources[path.Base(strings.TrimPrefix(name, NamePrefix))]
		bytes += len(src)
		p.GoFiles = append(p.GoFiles, name)
		p.Sources[name] = src
	}
	p.CompiledGoFiles = p.GoFiles
	imp := newImporter(ctx, sc, s.dir, g.files)
	imp.external = g.external
	importsOf(g.files, func(spec *ast.ImportSpec, importPath, _ string) {
		if importPath == "C" {
			if name := l.fset.File(spec.Pos()).Name(); len(p.Cgo) == 0 || p.Cgo[len(p.Cgo)-1] != name {
				p.Cgo = append(p.Cgo, name)
			}
			return
		}
		imp.get(importPath)
	})
	problems := slices.Clone(g.problems)
	files := g.files
	if wrong, _ := bounds.Measure(files, bytes, imp.cost); wrong != "" {
		problems = append(problems, Problem{Kind: Limit, Path: s.dir, Detail: wrong})
		files = nil
	}
	p.TypesInfo = newInfo(bytes)
	p.Types, p.TypeErrors = l.check(imp, importPath, g.name, files, p.TypesInfo)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.Check = func(files []*ast.File) (*types.Package, *types.Info, []types.Error) {
		info := newInfo(bytes)
		if wrong, _ := bounds.Measure(files, bytes, imp.cost); wrong != "" {
			return types.NewPackage(importPath, g.name), info, []types.Error{{Fset: l.fset, Msg: wrong}}
		}
		pkg, errs := l.check(imp, importPath, g.name, files, info)
		return pkg, info, errs
	}
	p.judge(imp, g, problems)
	return p, nil
}

func hasTests(p *Package) bool {
	for _, name := range p.GoFiles {
		if strings.HasSuffix(name, "_test.go") {
			return true
		}
	}
	return false
}
