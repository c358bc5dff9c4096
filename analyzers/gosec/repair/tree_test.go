package repair_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strings"

	"github.com/refward/refward/analyzers/gosec/load"
	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/packages"
)

// A library has the types of the standard library, and of the modules of deps, from source.
type library struct {
	fset *token.FileSet
	std  map[string]*types.Package
	ctx  build.Context
}

func newLibrary() *library {
	l := &library{fset: token.NewFileSet(), std: map[string]*types.Package{"unsafe": types.Unsafe}, ctx: build.Default}
	l.ctx.CgoEnabled = false
	return l
}

// A tree is a module on disk whose packages are loaded.
type tree struct {
	*library
	root, path string
	deps       map[string]string // directories of modules; nil: types of other modules are not known
	loaded     map[string]*load.Package
	other      map[string]*types.Package
	busy       map[string]bool
}

func (l *library) tree(root string, deps map[string]string) (*tree, error) {
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, err
	}
	return &tree{library: l, root: root, path: modfile.ModulePath(data), deps: deps, loaded: map[string]*load.Package{},
		other: map[string]*types.Package{}, busy: map[string]bool{}}, nil
}

// modules lists the directories of the modules that the module in dir is built with.
func modules(dir string) (map[string]string, error) {
	cmd := exec.Command("go", "list", "-m", "-e", "-f", "{{.Path}} {{.Dir}}", "all")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly", "GOPROXY=off", "GOTOOLCHAIN=local")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list modules of %s: %w", dir, err)
	}
	m := map[string]string{}
	for l := range strings.Lines(string(out)) {
		if p, d, _ := strings.Cut(strings.TrimSpace(l), " "); d != "" {
			m[p] = d
		}
	}
	return m, nil
}

// dirs lists the directories of the tree's packages.
func (t *tree) dirs() ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(t.root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if n := d.Name(); name != t.root && (n == "vendor" || n == "testdata" || n[0] == '.' || n[0] == '_') {
			return filepath.SkipDir
		}
		if name != t.root {
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
				return filepath.SkipDir
			}
		}
		rel, _ := filepath.Rel(t.root, name)
		dirs = append(dirs, filepath.ToSlash(rel))
		return nil
	})
	sort.Strings(dirs)
	return dirs, err
}

type importerFunc func(string) (*types.Package, error)

func (f importerFunc) Import(p string) (*types.Package, error) { return f(p) }

func (l *library) importStd(p string) *types.Package {
	if pk := l.std[p]; pk != nil {
		return pk
	}
	for _, d := range []string{p, "vendor/" + p} {
		//lint:ignore SA1019 a test runs where it is built
		dir := filepath.Join(runtime.GOROOT(), "src", d)
		if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") && d == p {
			continue
		}
		if b, err := l.ctx.ImportDir(dir, 0); err == nil {
			l.std[p] = l.checkDir(p, dir, b.GoFiles, func(p string) (*types.Package, error) {
				if pk := l.importStd(p); pk != nil {
					return pk, nil
				}
				return nil, errNoGo
			})
			return l.std[p]
		}
	}
	return nil
}

func (l *library) checkDir(p, dir string, names []string, imp importerFunc) *types.Package {
	var files []*ast.File
	for _, n := range names {
		if f, _ := parser.ParseFile(l.fset, filepath.Join(dir, n), nil, parser.SkipObjectResolution); f != nil {
			files = append(files, f)
		}
	}
	conf := types.Config{Importer: imp, IgnoreFuncBodies: true, FakeImportC: true, Sizes: types.SizesFor("gc", "amd64"), Error: func(error) {}}
	pk, _ := conf.Check(p, l.fset, files, nil)
	return pk
}

func (t *tree) imp(p string) (*types.Package, error) {
	if first, _, _ := strings.Cut(p, "/"); p == "unsafe" || !strings.Contains(first, ".") {
		if pk := t.importStd(p); pk != nil {
			return pk, nil
		}
	}
	if p == t.path || strings.HasPrefix(p, t.path+"/") {
		if l, err := t.load(strings.TrimPrefix(strings.TrimPrefix(p, t.path), "/")); err == nil {
			return l.Types, nil
		}
	}
	if pk := t.other[p]; pk != nil {
		return pk, nil
	}
	for m := p; m != "."; m = path.Dir(m) {
		d := t.deps[m]
		if d == "" || t.busy[p] {
			continue
		}
		dir := filepath.Join(d, strings.TrimPrefix(p, m))
		if b, err := t.ctx.ImportDir(dir, 0); err == nil {
			t.busy[p] = true
			t.other[p] = t.checkDir(p, dir, b.GoFiles, t.imp)
			return t.other[p], nil
		}
	}
	pk := types.NewPackage(p, guessName(p))
	pk.MarkComplete()
	t.other[p] = pk
	return pk, nil
}

var version = regexp.MustCompile(`^v[0-9]+$`)

func guessName(p string) string {
	n := path.Base(p)
	if version.MatchString(n) {
		n = path.Base(path.Dir(p))
	}
	n, _, _ = strings.Cut(n, ".")
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(n, "go-"), "-go"), "-", "_")
}

var errNoGo = errors.New("no Go files")

func (t *tree) load(dir string) (*load.Package, error) {
	if dir == "" {
		dir = "."
	}
	if l := t.loaded[dir]; l != nil {
		return l, nil
	}
	if t.busy[dir] {
		return nil, fmt.Errorf("import cycle through %s", dir)
	}
	t.busy[dir] = true
	defer delete(t.busy, dir)
	full := filepath.Join(t.root, dir)
	b, err := t.ctx.ImportDir(full, 0)
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	sources := map[string][]byte{}
	for _, n := range append(b.GoFiles, b.CgoFiles...) {
		name := filepath.Join(full, n)
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		f, _ := parser.ParseFile(t.fset, name, data, parser.ParseComments|parser.AllErrors)
		if f != nil {
			files, sources[name] = append(files, f), data
		}
	}
	if len(files) == 0 {
		return nil, errNoGo
	}
	l := loadFiles(t.fset, path.Join(t.path, dir), files, importerFunc(t.imp))
	l.Dir, l.Sources = dir, sources
	t.loaded[dir] = l
	return l, nil
}

// loadFiles makes a package of parsed files.
func loadFiles(fset *token.FileSet, pkgPath string, files []*ast.File, imp types.Importer) *load.Package {
	sizes := types.SizesFor("gc", "amd64")
	check := func(files []*ast.File) (*types.Package, *types.Info, []types.Error) {
		var errs []types.Error
		conf := types.Config{Importer: imp, FakeImportC: true, Sizes: sizes, Error: func(err error) {
			if e, ok := err.(types.Error); ok {
				errs = append(errs, e)
			}
		}}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
			Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{},
			Instances: map[*ast.Ident]types.Instance{}, FileVersions: map[*ast.File]string{}}
		pk, _ := conf.Check(pkgPath, fset, files, info)
		return pk, info, errs
	}
	pk, info, errs := check(files)
	l := &load.Package{Package: &packages.Package{Name: files[0].Name.Name, PkgPath: pkgPath, Fset: fset, Syntax: files, Types: pk, TypesInfo: info,
		TypesSizes: sizes, TypeErrors: errs, IllTyped: len(errs) > 0}, Check: check}
	return l
}
