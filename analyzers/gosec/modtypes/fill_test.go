package modtypes

import (
	"context"
	"errors"
	"go/constant"
	"go/token"
	"go/types"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/tools/go/gcexportdata"

	"github.com/refward/refward/analyzers/gosec/load"
	"github.com/refward/refward/analyzers/gosec/sourcetypes"
	"github.com/refward/refward/analyzers/gosec/stdtypes"
	"github.com/refward/refward/analyzers/gosec/typecache"
)

var _ load.Modules = (*Modules)(nil)

func openCache(t *testing.T) *typecache.Cache {
	t.Helper()
	c, err := typecache.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// offline is an environment in which the go command has what our own module needs, and nothing else.
func offline() []string {
	return append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=")
}

// write writes files, by name, into a new directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// require returns a go.mod file that requires modules in our own versions, and our go.sum.
func require(t *testing.T, modules ...string) (mod, sum string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("module example.com/main\n\ngo 1.26.0\n\n")
	for _, m := range modules {
		b.WriteString("require " + m + " " + version(t, m) + "\n")
	}
	data, err := os.ReadFile("../../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), string(data)
}

func version(t *testing.T, mod string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", mod).Output()
	if err != nil {
		t.Fatalf("go list -m %s: %v", mod, err)
	}
	return strings.TrimSpace(string(out))
}

const (
	xz    = "github.com/ulikunitz/xz"
	tools = "golang.org/x/tools"
	xmod  = "golang.org/x/mod"
)

func TestFill(t *testing.T) {
	mod, sum := require(t, xz, xmod)
	dir := write(t, map[string]string{
		"go.mod": mod, "go.sum": sum,
		"a.go":        "package main\nimport _ \"" + xz + "\"\nimport _ \"example.com/missing\"\nfunc main() {}\n",
		"a_test.go":   "package main\nimport _ \"" + xmod + "/semver\"\n",
		"a_other.go":  "//go:build other\n\npackage main\nimport _ \"" + xmod + "/modfile\"\n",
		"vendor/x.go": "package x\n",
	})
	c := openCache(t)
	o := FillOptions{Dir: dir, Environ: offline()}
	got, err := Fill(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Modules) != 1 || got.Modules[0].Path != xz || got.Typed < 4 || got.Kept != 0 || len(got.Partial) != 0 {
		t.Errorf("filled %+v", got)
	}
	if len(got.Missing) != 1 || !strings.HasPrefix(got.Missing[0], "example.com/missing: ") {
		t.Errorf("missing are %q", got.Missing)
	}
	typed := got.Typed
	if got, err = Fill(t.Context(), c, o); err != nil || got.Typed != 0 || got.Kept != typed {
		t.Errorf("the second time: %+v, %v", got, err)
	}
	o.Tests = true
	if got, err = Fill(t.Context(), c, o); err != nil || len(got.Modules) != 2 || got.Kept != typed || got.Typed == 0 {
		t.Errorf("with tests: %+v, %v", got, err)
	}
	o.Tests, o.Build.Tags = false, []string{"other"}
	if got, err = Fill(t.Context(), c, o); err != nil || len(got.Modules) != 2 || got.Kept != 0 {
		t.Errorf("for another build: %+v, %v", got, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Fill(ctx, c, o); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if _, err := Fill(t.Context(), c, FillOptions{Dir: t.TempDir(), Environ: offline()}); err == nil || !strings.Contains(err.Error(), "go.mod") {
		t.Errorf("without a module: %v", err)
	}
	if _, err := Fill(t.Context(), c, FillOptions{Dir: filepath.Join(t.TempDir(), "none"), Environ: offline()}); err == nil {
		t.Error("filled from a directory that is not there")
	}
}

// A go.mod alone is enough: all that it requires is typed. What it replaces by a directory beside it is typed to type others.
func TestFillFrom(t *testing.T) {
	mod, sum := require(t, xz, xmod)
	dir := write(t, map[string]string{
		"go.mod": mod + "require example.com/near v0.0.0\nreplace example.com/near => ./near\n", "go.sum": sum,
		"near/go.mod": "module example.com/near\n", "near/n.go": "package near\n",
	})
	c := openCache(t)
	got, err := Fill(t.Context(), c, FillOptions{From: filepath.Join(dir, "go.mod"), Environ: offline()})
	if err != nil {
		t.Fatal(err)
	}
	paths, err := c.Packages(module.Version{Path: xmod, Version: version(t, xmod)})
	if _, ok := paths[xmod+"/sumdb/tlog"]; err != nil || !ok || len(got.Missing) > 0 {
		t.Errorf("%+v, %q, %v", got, paths, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "go.mod")); err != nil || !strings.HasPrefix(string(text), mod) {
		t.Errorf("go.mod was changed: %s, %v", text, err)
	}
	for _, bad := range []string{"none/go.mod", "near/n.go", "near/go.mod"} {
		if _, err := Fill(t.Context(), c, FillOptions{From: filepath.Join(dir, bad), Environ: offline()}); err == nil {
			t.Errorf("filled from %s", bad)
		}
	}
}

// Modules of a workspace are typed in it, and each by itself.
func TestFillWorkspace(t *testing.T) {
	mod, sum := require(t, xmod)
	other, _ := require(t, xz)
	dir := write(t, map[string]string{
		"go.work":  "go 1.26.0\nuse ./a\nuse ./b\n",
		"a/go.mod": strings.Replace(mod, "/main", "/a", 1), "a/go.sum": sum, "a/a.go": "package a\nimport _ \"" + xmod + "/semver\"\nimport _ \"example.com/b\"\n",
		"b/go.mod": strings.Replace(other, "/main", "/b", 1), "b/go.sum": sum, "b/b.go": "package b\nimport _ \"" + xz + "\"\n",
	})
	got, err := Fill(t.Context(), openCache(t), FillOptions{Dir: dir, Environ: append(offline(), "GOFLAGS=")})
	if err != nil || len(got.Modules) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// What is in the cache is what the source says, in whichever order packages are asked for.
func TestFilledTypes(t *testing.T) {
	c := openCache(t)
	ours, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, sum := require(t)
	packages := []string{xmod + "/modfile", xz, tools + "/go/packages", tools + "/go/ssa", "github.com/klauspost/compress/zstd", "github.com/spf13/viper"}
	if testing.Short() {
		packages = packages[:2]
	}
	program := "package main\n"
	for _, p := range packages {
		program += "import _ \"" + p + "\"\n"
	}
	dir := write(t, map[string]string{"go.mod": strings.Replace(string(ours), "module github.com/refward/refward\n", "module example.com/main\n", 1), "go.sum": sum, "a.go": program})
	filled, err := Fill(t.Context(), c, FillOptions{Dir: dir, Environ: offline()})
	if err != nil || len(filled.Partial) > 0 || len(filled.Missing) > 0 {
		t.Fatalf("%+v, %v", filled, err)
	}
	type place struct {
		mod  module.Version
		path string
	}
	var places []place
	for _, mod := range filled.Modules {
		paths, err := c.Packages(mod)
		if err != nil {
			t.Fatal(err)
		}
		for path := range paths {
			places = append(places, place{mod, path})
		}
	}
	if len(places) != filled.Typed {
		t.Errorf("%d packages are there, and %d were typed", len(places), filled.Typed)
	}
	slices.SortFunc(places, func(a, b place) int { return strings.Compare(a.path, b.path) })
	of := map[string]module.Version{}
	for _, p := range places {
		of[p.path] = p.mod
	}
	source := openSource(t, Options{Versions: func(path string) (module.Version, bool) { mod, ok := of[path]; return mod, ok }})
	r := rand.New(rand.NewPCG(5, 6))
	for round := range 2 {
		r.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
		fset, imports := token.NewFileSet(), map[string]*types.Package{}
		for _, p := range places {
			if _, err := c.Package(fset, imports, p.mod, p.path); err != nil {
				t.Fatal(err)
			}
		}
		if round > 0 {
			continue
		}
		for _, p := range places {
			own := map[string]*types.Package{}
			pkg, err := source.Package(token.NewFileSet(), own, p.mod, p.path)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range pkg.Scope().Names() {
				want, got := pkg.Scope().Lookup(name).String(), imports[p.path].Scope().Lookup(name)
				if token.IsExported(name) && (got == nil || got.String() != want) {
					t.Errorf("%s is %v, want %s", name, got, want)
				}
			}
		}
	}
}

// openSource opens our own module cache.
func openSource(t *testing.T, o Options) *Modules {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	o.ModuleCache = strings.TrimSpace(string(out))
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// Nothing that names this machine is in what is carried to another.
func TestNothingOfTheMachine(t *testing.T) {
	mod, sum := require(t, xz)
	dir := write(t, map[string]string{"go.mod": mod, "go.sum": sum})
	c := openCache(t)
	if _, err := Fill(t.Context(), c, FillOptions{From: filepath.Join(dir, "go.mod"), Environ: offline()}); err != nil {
		t.Fatal(err)
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	v := module.Version{Path: xz, Version: version(t, xz)}
	fset := token.NewFileSet()
	if _, err := c.Package(fset, map[string]*types.Package{}, v, xz); err != nil {
		t.Fatal(err)
	}
	fset.Iterate(func(f *token.File) bool { t.Errorf("position in %s", f.Name()); return false })
	about, err := c.About(v, xz)
	if err != nil || strings.Contains(about.Partial, strings.TrimSpace(string(cache))) {
		t.Errorf("%+v, %v", about, err)
	}
	if want := (sourcetypes.Build{}).String(); about.Build != want || stdtypes.Release() == "" {
		t.Errorf("typed for %q, want %q", about.Build, want)
	}
}

// TestSameAsCompiler holds types against those that the compiler writes down for what it has compiled, which the gosec program reads.
func TestSameAsCompiler(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles packages")
	}
	mod, sum := require(t, xz, xmod, "github.com/goccy/go-yaml")
	dir := write(t, map[string]string{
		"go.mod": mod, "go.sum": sum,
		"a.go": "package main\nimport _ \"" + xz + "\"\nimport _ \"" + xmod + "/modfile\"\nimport _ \"github.com/goccy/go-yaml\"\nfunc main() {}\n",
	})
	c := openCache(t)
	o := FillOptions{Dir: dir, Environ: offline(), Build: sourcetypes.Build{NoCgo: true}}
	filled, err := Fill(t.Context(), c, o)
	if err != nil || len(filled.Modules) != 3 {
		t.Fatalf("%+v, %v", filled, err)
	}
	cmd := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", ".")
	cmd.Dir, cmd.Env = dir, o.environ("")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	fset, ours, theirs := token.NewFileSet(), map[string]*types.Package{}, map[string]*types.Package{}
	objects := 0
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		var pkg *types.Package
		var err error = fs.ErrNotExist
		if stdtypes.Has(path) && path != "unsafe" {
			pkg, err = stdtypes.Import(fset, ours, path)
		}
		for _, mod := range filled.Modules {
			if within(mod.Path, path) {
				pkg, err = c.Package(fset, ours, mod, path)
			}
		}
		if pkg == nil {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
			continue
		}
		want, err := compiled(fset, theirs, path, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range want.Scope().Names() {
			if o := want.Scope().Lookup(name); token.IsExported(name) {
				objects++
				if got := describe(pkg.Scope().Lookup(name)); got != describe(o) {
					t.Errorf("%s is\n%s\nand for the compiler\n%s", name, got, describe(o))
				}
			}
		}
	}
	if objects < 3000 {
		t.Errorf("only %d objects were compared", objects)
	}
}

func compiled(fset *token.FileSet, imports map[string]*types.Package, path, file string) (*types.Package, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	//lint:ignore SA1019 what the compiler writes is what is compared with
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, err
	}
	return gcexportdata.Read(r, fset, imports, path)
}

// describe returns an object with what its type is made of. Constants with a fraction have some 150 digits in export data, and are left out.
func describe(o types.Object) string {
	if o == nil {
		return "nothing"
	}
	s := types.ObjectString(o, nil) + " = " + types.TypeString(o.Type().Underlying(), nil)
	if c, ok := o.(*types.Const); ok && c.Val().Kind() != constant.Float {
		s += c.Val().ExactString()
	}
	methods := types.NewMethodSet(types.NewPointer(o.Type()))
	for i := range methods.Len() {
		s += "\n" + methods.At(i).Obj().String()
	}
	// The compiler gives names to results where it rewrites a range over a function.
	return strings.NewReplacer("interface{}", "any", "(#rv1 bool)", "bool").Replace(s)
}
