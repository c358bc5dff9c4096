package repair_test

import (
	"bytes"
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
	"sort"
	"strings"
	"sync"

	"github.com/refward/refward/analyzers/gosec/load"
	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"
)

type object = types.Object

func noFact(object, analysis.Fact) bool { return false }

// stdExports names the files with the types of the standard library.
var stdExports = sync.OnceValues(func() (map[string]string, error) {
	cmd := exec.Command("go", "list", "-export", "-f", "{{.ImportPath}} {{.Export}}", "std")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	m := map[string]string{}
	for l := range strings.Lines(string(out)) {
		if p, f, ok := strings.Cut(strings.TrimSpace(l), " "); ok {
			m[p] = f
		}
	}
	return m, nil
})

// A tree is a module whose packages are loaded as on a machine that has the types of the standard library only.
type tree struct {
	root, path string
	fset       *token.FileSet
	std        map[string]*types.Package
	loaded     map[string]*load.Package
	busy       map[string]bool
	ctx        build.Context
	hide       func(path string) bool // nil: all that is not of the module
}

func newTree(root string) (*tree, error) {
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, err
	}
	t := &tree{root: root, path: modfile.ModulePath(data), fset: token.NewFileSet(), std: map[string]*types.Package{"unsafe": types.Unsafe},
		loaded: map[string]*load.Package{}, busy: map[string]bool{}, ctx: build.Default}
	t.ctx.CgoEnabled = false
	return t, nil
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

func (t *tree) imp(p string) (*types.Package, error) {
	exports, err := stdExports()
	if err != nil {
		return nil, err
	}
	if pk := t.std[p]; pk != nil && (pk.Complete() || exports[p] == "") {
		return pk, nil
	}
	if f := exports[p]; f != "" {
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		r, err := gcexportdata.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		return gcexportdata.Read(r, t.fset, t.std, p)
	}
	if p == t.path || strings.HasPrefix(p, t.path+"/") {
		if l, err := t.load(strings.TrimPrefix(strings.TrimPrefix(p, t.path), "/")); err == nil {
			return l.Types, nil
		}
	}
	pk := types.NewPackage(p, guessName(p))
	pk.MarkComplete()
	t.std[p] = pk
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
		info := newInfo()
		pk, _ := conf.Check(pkgPath, fset, files, info)
		return pk, info, errs
	}
	pk, info, errs := check(files)
	l := &load.Package{Package: &packages.Package{Name: files[0].Name.Name, PkgPath: pkgPath, Fset: fset, Syntax: files, Types: pk, TypesInfo: info,
		TypesSizes: sizes, TypeErrors: errs, IllTyped: len(errs) > 0}, Check: check}
	return l
}

func newInfo() *types.Info {
	return &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{},
		Instances: map[*ast.Ident]types.Instance{}, FileVersions: map[*ast.File]string{}}
}
