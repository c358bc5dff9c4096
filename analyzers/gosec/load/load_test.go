package load

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/module"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite what the archives in testdata want")

func treeOf(files map[string]string) fstest.MapFS {
	tree := fstest.MapFS{}
	for name, data := range files {
		tree[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return tree
}

func newLoader(t testing.TB, cfg Config) *Loader {
	t.Helper()
	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func one(t testing.TB, l *Loader, dir string) *Package {
	t.Helper()
	p, err := l.Package(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sourceModules knows the types of the modules that an archive has below modules/PATH@VERSION, and notes what it is asked.
type sourceModules struct {
	tree  fstest.MapFS
	asked map[string]bool
}

func (s *sourceModules) Package(fset *token.FileSet, imports map[string]*types.Package, mod module.Version, path string) (*types.Package, error) {
	s.asked[mod.String()+" "+path] = true
	dir := "modules/" + mod.String() + strings.TrimPrefix(path, mod.Path)
	names, _ := fs.Glob(s.tree, dir+"/*.go")
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	if pkg := imports[path]; pkg != nil && pkg.Complete() {
		return pkg, nil
	}
	f, err := parser.ParseFile(fset, names[0], s.tree[names[0]].Data, 0)
	if err != nil {
		return nil, err
	}
	conf := types.Config{}
	imports[path], err = conf.Check(path, fset, []*ast.File{f}, nil)
	return imports[path], err
}

// describe says what a Loader makes of all directories of a tree.
func describe(t *testing.T, l *Loader, b *strings.Builder) {
	t.Helper()
	ctx := context.Background()
	dirs, err := l.Dirs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		packages, err := l.Packages(ctx, dir)
		if err != nil {
			fmt.Fprintf(b, "%s: %v\n", dir, err)
		}
		for _, p := range packages {
			checkPackage(t, p)
			fmt.Fprintf(b, "%s: package %s // import %q", dir, p.Name, p.PkgPath)
			if p.IllTyped {
				b.WriteString(" incomplete")
			}
			fmt.Fprintln(b)
			for _, name := range p.GoFiles {
				fmt.Fprintln(b, "  file", path.Base(strings.TrimPrefix(name, NamePrefix)))
			}
			scope := p.Types.Scope()
			for _, name := range scope.Names() {
				if ast.IsExported(name) {
					fmt.Fprintln(b, "  has ", types.ObjectString(scope.Lookup(name), types.RelativeTo(p.Types)))
				}
			}
			for _, q := range p.Problems {
				fmt.Fprintf(b, "  %s %s", q.Kind, q.Path)
				if q.Line > 0 {
					fmt.Fprintf(b, ":%d", q.Line)
				}
				if q.Module.Path != "" {
					fmt.Fprintf(b, " [%s]", q.Module)
				}
				fmt.Fprintf(b, " (%s)\n", q.Detail)
			}
		}
	}
}

// checkPackage holds what is true of every package.
func checkPackage(t *testing.T, p *Package) {
	t.Helper()
	if p.Types == nil || p.TypesInfo == nil || p.TypesSizes == nil || p.Fset == nil || p.Check == nil {
		t.Fatalf("%s: something is nil", p.Dir)
	}
	if (len(p.Errors) > 0 || len(p.TypeErrors) > 0) && !p.IllTyped {
		t.Errorf("%s: errors, and not ill-typed: %v", p.Dir, p.Errors)
	}
	if len(p.Syntax) != len(p.Sources) || len(p.Syntax) != len(p.GoFiles) {
		t.Errorf("%s: %d files, %d sources, %d names", p.Dir, len(p.Syntax), len(p.Sources), len(p.GoFiles))
	}
	for _, f := range p.Syntax {
		tf := p.Fset.File(f.FileStart)
		if tf == nil || !strings.HasPrefix(tf.Name(), NamePrefix) || tf.Size() != len(p.Sources[tf.Name()]) {
			t.Errorf("%s: file %v", p.Dir, tf)
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if n != nil && n.Pos().IsValid() {
				if at, raw := p.Fset.Position(n.Pos()), p.Fset.PositionFor(n.Pos(), false); at != raw {
					t.Errorf("%s is moved to %s", raw, at)
					return false
				}
			}
			return true
		})
	}
	for _, q := range p.Problems {
		if strings.ContainsAny(q.Path+q.Detail, "\x00\n") {
			t.Errorf("%s: problem %+v is not for people", p.Dir, q)
		}
	}
	if _, err := os.Open(NamePrefix + "/etc/passwd"); err == nil {
		t.Fatal("a name with the prefix can be opened")
	}
}

// TestArchives goes through the archives in testdata: each is a tree, with a comment that says how it is loaded, and what is made of it.
func TestArchives(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d archives: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			tree, modules, want := fstest.MapFS{}, fstest.MapFS{}, ""
			for _, f := range archive.Files {
				switch {
				case f.Name == "want":
					want = string(f.Data)
				case strings.HasPrefix(f.Name, "modules/"):
					modules[f.Name] = &fstest.MapFile{Data: f.Data}
				default:
					tree[f.Name] = &fstest.MapFile{Data: f.Data}
				}
			}
			known := &sourceModules{modules, map[string]bool{}}
			var wanted []string
			cfg := Config{Tree: tree, Modules: []Modules{known}, Wanted: func(m module.Version) { wanted = append(wanted, m.String()) }}
			for line := range strings.Lines(string(archive.Comment)) {
				switch option := strings.Fields(line); {
				case len(option) == 0 || option[0] == "#":
				case option[0] == "tests":
					cfg.Tests = true
				case option[0] == "cgo":
					cfg.Cgo = true
				case option[0] == "tags":
					cfg.Tags = option[1:]
				case option[0] == "for":
					cfg.GOOS, cfg.GOARCH = option[1], option[2]
				default:
					t.Fatalf("option %q", option[0])
				}
			}
			var b strings.Builder
			describe(t, newLoader(t, cfg), &b)
			for _, asked := range slices.Sorted(maps.Keys(known.asked)) {
				fmt.Fprintln(&b, "asked", asked)
			}
			for _, m := range wanted {
				fmt.Fprintln(&b, "wanted", m)
			}
			if got := b.String(); got != want {
				if !*update {
					t.Fatalf("got\n%s\nwant\n%s", got, want)
				}
				archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
				archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for _, cfg := range []Config{{}, {Tree: fstest.MapFS{}, GOARCH: "pdp11"}} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
	l := newLoader(t, Config{Tree: fstest.MapFS{}})
	for _, dir := range []string{"", "/", "../x", "a/../b", "./a", "a/"} {
		if _, err := l.Package(context.Background(), dir); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("directory %q: %v", dir, err)
		}
	}
	if _, err := l.Package(context.Background(), "a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	l = newLoader(t, Config{Tree: treeOf(map[string]string{"a/a_test.go": "package a\n", "b/b_plan9.go": "package b\n", "c/readme": ""})})
	for _, dir := range []string{"a", "b", "c"} {
		if _, err := l.Package(context.Background(), dir); !errors.Is(err, ErrNoGo) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// TestLineDirectives shows that nothing in a source moves a position, and that it stays as it is.
func TestLineDirectives(t *testing.T) {
	src := "package p\n//line other.go:9000\nfunc f() {}\n/*line x.go:7:7*/ func g() {}\n" +
		"var s = `\n//line raw.go:1\n/*line raw.go:2*/`\n//line :5\r\nvar t = \"//line in.go:1\"\n" +
		"/*\n*/ /*line y.go:1:1*/ var u = undeclared\nfunc { // syntax\n"
	if file, _ := parser.ParseFile(token.NewFileSet(), "p.go", src, 0); file == nil {
		t.Fatal("no file")
	}
	fset := token.NewFileSet()
	naive, _ := parser.ParseFile(fset, "p.go", src, 0)
	if at := fset.Position(naive.Decls[0].Pos()); at.Line != 9000 || at.Filename != "other.go" {
		t.Fatalf("the directive does nothing without us: %s", at)
	}
	l := newLoader(t, Config{Tree: treeOf(map[string]string{"d/p.go": src, "d/q.go": "//line z.go:1\npackage p\n\nvar v = s\n"})})
	p := one(t, l, "d")
	checkPackage(t, p)
	name := NamePrefix + "d/p.go"
	if string(p.Sources[name]) != src {
		t.Error("the source is not what it was")
	}
	for i := range p.Fset.File(p.Syntax[0].Pos()).LineCount() {
		if at := p.Fset.Position(p.Fset.File(p.Syntax[0].Pos()).LineStart(i + 1)); at.Line != i+1 || at.Filename != name {
			t.Errorf("line %d is at %s", i+1, at)
		}
	}
	found := false
	ast.Inspect(p.Syntax[0], func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && strings.Contains(lit.Value, "raw.go") {
			found = lit.Value == "`\n//line raw.go:1\n/*line raw.go:2*/`"
		}
		return true
	})
	if !found {
		t.Error("a literal is not what it was")
	}
	var lines []string
	for _, q := range p.Problems {
		lines = append(lines, fmt.Sprint(q.Kind, " ", q.Path, ":", q.Line))
	}
	if got := strings.Join(lines, " "); got != "syntax d/p.go:12 types d/p.go:11" {
		t.Errorf("problems: %s", got)
	}
	for _, e := range p.Errors {
		if !strings.HasPrefix(e.Pos, "d/p.go:1") {
			t.Errorf("error at %s", e.Pos)
		}
	}
}

// TestObjects: gosec's rules need the parser's objects and comments, and all that go/types writes down.
func TestObjects(t *testing.T) {
	l := newLoader(t, Config{Tree: treeOf(map[string]string{"p.go": "//go:build go1.21\n\n// Package p.\npackage p\n\nimport \"fmt\"\n\n" +
		"type G[T any] struct{ x T }\n\nfunc f() { x := 1; fmt.Println(x, G[int]{}.x) }\n"})})
	p := one(t, l, ".")
	info := p.TypesInfo
	for name, n := range map[string]int{"Types": len(info.Types), "Defs": len(info.Defs), "Uses": len(info.Uses), "Implicits": len(info.Implicits),
		"Selections": len(info.Selections), "Scopes": len(info.Scopes), "Instances": len(info.Instances), "FileVersions": len(info.FileVersions)} {
		if n == 0 {
			t.Errorf("Info.%s is empty", name)
		}
	}
	resolved := 0
	ast.Inspect(p.Syntax[0], func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == "x" && id.Obj != nil {
			resolved++
		}
		return true
	})
	if resolved < 2 || len(p.Syntax[0].Comments) != 2 || p.TypesSizes.Sizeof(types.Typ[types.Uintptr]) != 8 {
		t.Errorf("%d resolved, %d comments", resolved, len(p.Syntax[0].Comments))
	}
	arm := newLoader(t, Config{Tree: treeOf(map[string]string{"p.go": "package p\n"}), GOARCH: "arm"})
	if one(t, arm, ".").TypesSizes.Sizeof(types.Typ[types.Uintptr]) != 4 {
		t.Error("the sizes are not those of the architecture")
	}
}

func TestCheckAgain(t *testing.T) {
	l := newLoader(t, Config{Tree: treeOf(map[string]string{
		"go.mod":   "module example.com/m\nrequire example.com/gone v1.0.0\n",
		"a/a.go":   "package a\n\nimport (\n\t\"example.com/gone\"\n\t\"example.com/m/b\"\n)\n\nvar X = b.Y\nvar Z = gone.F()\nvar W = undeclared\n",
		"b/b.go":   "package b\n\nvar Y int\n",
		"c/c_x.go": "package c\n",
	})})
	p := one(t, l, "a")
	if len(p.TypeErrors) != 1 {
		t.Fatalf("errors: %v", p.TypeErrors)
	}
	pkg, info, errs := p.Check(p.Syntax)
	if len(errs) != 1 || pkg == p.Types || len(info.Defs) != len(p.TypesInfo.Defs) {
		t.Errorf("again: %v", errs)
	}
	if pkg.Scope().Lookup("X").Type() != types.Typ[types.Int] {
		t.Errorf("X is %v", pkg.Scope().Lookup("X"))
	}
	mended := *p.Syntax[0]
	mended.Decls = slices.Clone(mended.Decls)
	mended.Decls = mended.Decls[:len(mended.Decls)-1]
	if pkg, _, errs = p.Check([]*ast.File{&mended}); len(errs) > 0 || pkg.Scope().Lookup("W") != nil {
		t.Errorf("mended: %v", errs)
	}
	if _, _, errs = p.Check([]*ast.File{{}}); len(errs) == 0 {
		t.Error("a file without a name is no error")
	}
}
