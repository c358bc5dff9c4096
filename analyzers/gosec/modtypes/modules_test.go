package modtypes

import (
	"errors"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/refward/refward/analyzers/gosec/sourcetypes"
)

func v(mod string) module.Version {
	path, version, _ := strings.Cut(mod, "@")
	return module.Version{Path: path, Version: version}
}

// modCache is a small module cache.
func modCache(t *testing.T) string {
	return write(t, map[string]string{
		"example.com/!a@v1.0.0/go.mod":           "module example.com/A\nrequire example.com/b v1.0.0\n",
		"example.com/!a@v1.0.0/a.go":             "package a\nimport (\n\t\"example.com/A/sub\"\n\t\"example.com/b\"\n\t\"os\"\n)\nfunc F(sub.S, *os.File) b.B\n",
		"example.com/!a@v1.0.0/sub/s.go":         "package sub\ntype S struct{}\n",
		"example.com/!a@v1.0.0/sub/s_windows.go": "package sub\ntype Windows struct{}\n",
		"example.com/!a@v1.0.0/sub/doc.go":       "//go:build ignore\n\npackage main\n",
		"example.com/b@v1.0.0/go.mod":            "module example.com/b\n",
		"example.com/b@v1.0.0/b.go":              "package b\ntype B struct{ Old int }\n",
		"example.com/b@v1.1.0/go.mod":            "module example.com/b\n",
		"example.com/b@v1.1.0/b.go":              "package b\ntype B struct{ New int }\n",
		"example.com/fork@v1.0.0/go.mod":         "module example.com/b\n",
		"example.com/fork@v1.0.0/b.go":           "package b\ntype B struct{ Fork int }\n",
		"example.com/wrong@v1.0.0/w.go":          "package wrong\nimport \"example.com/nowhere\"\nimport \"example.com/b\"\nfunc F(nowhere.X) b.B\nfunc G() int\n",
		"example.com/cgo@v1.0.0/c.go":            "package cgo\n// int x;\nimport \"C\"\nfunc F() int\n",
		"example.com/cycle@v1.0.0/one/o.go":      "package one\nimport _ \"example.com/cycle/two\"\nvar One int\n",
		"example.com/cycle@v1.0.0/two/t.go":      "package two\nimport _ \"example.com/cycle/one\"\nvar Two int\n",
	})
}

func newModules(t *testing.T, o Options) *Modules {
	t.Helper()
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// field returns the name of the field of B as the result of a package's function F has it.
func field(t *testing.T, pkg *types.Package) string {
	t.Helper()
	result := pkg.Scope().Lookup("F").Type().(*types.Signature).Results().At(0).Type()
	s, ok := result.Underlying().(*types.Struct)
	if !ok {
		t.Fatalf("F returns %s", result)
	}
	return s.Field(0).Name()
}

func TestModuleCache(t *testing.T) {
	dir := modCache(t)
	versions := func(list ...string) func(string) (module.Version, bool) {
		return func(path string) (module.Version, bool) {
			for i := 0; i < len(list); i += 2 {
				if list[i] == path {
					return v(list[i+1]), true
				}
			}
			return module.Version{}, false
		}
	}
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"its own go.mod":        {Options{}, "Old"},
		"the program's version": {Options{Versions: versions("example.com/b", "example.com/b@v1.1.0")}, "New"},
		"a replacement":         {Options{Versions: versions("example.com/b", "example.com/fork@v1.0.0")}, "Fork"},
	} {
		c.o.ModuleCache = dir
		m := newModules(t, c.o)
		pkg, err := m.Package(token.NewFileSet(), map[string]*types.Package{}, v("example.com/A@v1.0.0"), "example.com/A")
		if err != nil {
			t.Fatal(err)
		}
		if got := field(t, pkg); got != c.want {
			t.Errorf("%s: b.B has %s, want %s", name, got, c.want)
		}
	}

	m := newModules(t, Options{ModuleCache: dir})
	imports := map[string]*types.Package{}
	get := func(mod, path string) (*types.Package, error) {
		return m.Package(token.NewFileSet(), imports, v(mod), path)
	}
	if sub, err := get("example.com/A@v1.0.0", "example.com/A/sub"); err != nil || sub.Scope().Lookup("S") == nil || sub.Scope().Lookup("Windows") != nil {
		t.Errorf("sub is %v, %v", sub, err)
	}
	if fork, err := get("example.com/fork@v1.0.0", "example.com/b"); err != nil || !strings.Contains(fork.Scope().Lookup("B").String(), "Fork") {
		t.Errorf("a module in another's place is %v, %v", fork, err)
	}
	for _, b := range []struct{ mod, has string }{{"example.com/b@v1.1.0", "New"}, {"example.com/b@v1.0.0", "Old"}} {
		pkg, err := m.Package(token.NewFileSet(), map[string]*types.Package{}, v(b.mod), "example.com/b")
		if err != nil || !strings.Contains(pkg.Scope().Lookup("B").String(), b.has) {
			t.Errorf("%s is %v, %v", b.mod, pkg, err)
		}
	}
	// A stand-in for what is nowhere; the highest version of what no go.mod requires.
	wrong, err := get("example.com/wrong@v1.0.0", "example.com/wrong")
	if err != nil || wrong.Scope().Lookup("G") == nil {
		t.Errorf("beside a missing package: %v, %v", wrong, err)
	}
	if cgo, err := get("example.com/cgo@v1.0.0", "example.com/cgo"); err != nil || cgo.Scope().Lookup("F") == nil {
		t.Errorf("with cgo: %v, %v", cgo, err)
	}
	if one, err := get("example.com/cycle@v1.0.0", "example.com/cycle/one"); err != nil || one.Scope().Lookup("One") == nil {
		t.Errorf("in a cycle: %v, %v", one, err)
	}
	for _, missing := range [][2]string{
		{"example.com/A@v1.0.1", "example.com/A"}, {"example.com/A@v1.0.0", "example.com/A/none"}, {"../A@v1.0.0", "example.com/A"}, {"example.com/A@v1.0.0", "example.com/A/../../../x"},
		{"@", ""}, {"example.com/A@v1.0.0/..", "example.com/A"}, {"example.com/none@v1.0.0", "example.com/none"},
	} {
		if _, err := m.Package(token.NewFileSet(), map[string]*types.Package{}, v(missing[0]), missing[1]); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v: %v", missing, err)
		}
	}
	if none := newModules(t, Options{ModuleCache: filepath.Join(dir, "none")}); none.root != nil {
		t.Error("a module cache that is not there was opened")
	}
}

func TestModulesNeedNothing(t *testing.T) {
	m := newModules(t, Options{})
	if _, err := m.Package(token.NewFileSet(), map[string]*types.Package{}, v("example.com/A@v1.0.0"), "example.com/A"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without any source: %v", err)
	}
}

// A module that a name of a push leads to is one in the module cache.
func TestNoWayOut(t *testing.T) {
	dir := modCache(t)
	outside := write(t, map[string]string{"x.go": "package x\nvar Secret int\n"})
	for _, link := range []string{"example.com/link@v1.0.0", "example.com/b@v1.0.0/link"} {
		if err := os.Symlink(outside, filepath.Join(dir, filepath.FromSlash(link))); err != nil {
			t.Fatal(err)
		}
	}
	m := newModules(t, Options{ModuleCache: dir})
	for mod, path := range map[string]string{"example.com/link@v1.0.0": "example.com/link", "example.com/b@v1.0.0": "example.com/b/link"} {
		if pkg, err := m.Package(token.NewFileSet(), map[string]*types.Package{}, v(mod), path); err == nil {
			t.Errorf("%s is %v", path, pkg.Scope().Names())
		}
	}
}

func TestMaxSource(t *testing.T) {
	o := Options{ModuleCache: modCache(t), MaxSource: 20}
	if _, err := newModules(t, o).Package(token.NewFileSet(), map[string]*types.Package{}, v("example.com/A@v1.0.0"), "example.com/A"); !errors.Is(err, sourcetypes.ErrTooLarge) {
		t.Errorf("with 20 bytes: %v", err)
	}
}

// What was typed from source is in the cache the next time, unless it is not complete for want of something.
func TestSave(t *testing.T) {
	c := openCache(t)
	o := Options{Cache: c, Save: true, ModuleCache: modCache(t)}
	m := newModules(t, o)
	for mod, path := range map[string]string{"example.com/A@v1.0.0": "example.com/A", "example.com/wrong@v1.0.0": "example.com/wrong"} {
		if _, err := m.Package(token.NewFileSet(), map[string]*types.Package{}, v(mod), path); err != nil {
			t.Fatal(err)
		}
	}
	if c.Has(v("example.com/wrong@v1.0.0")) {
		t.Error("saved what lacks something")
	}
	o.ModuleCache = ""
	m = newModules(t, o)
	imports := map[string]*types.Package{}
	pkg, err := m.Package(token.NewFileSet(), imports, v("example.com/A@v1.0.0"), "example.com/A")
	if err != nil || field(t, pkg) != "Old" {
		t.Errorf("the second time: %v, %v", pkg, err)
	}
}

// What the types in a cache bring of other packages gives way to the versions that the program has.
func TestVersionsOfParts(t *testing.T) {
	c := openCache(t)
	dir := modCache(t)
	fill := newModules(t, Options{Cache: c, Save: true, ModuleCache: dir})
	for _, get := range [][2]string{{"example.com/A@v1.0.0", "example.com/A"}, {"example.com/A@v1.0.0", "example.com/A/sub"}} {
		if _, err := fill.Package(token.NewFileSet(), map[string]*types.Package{}, v(get[0]), get[1]); err != nil {
			t.Fatal(err)
		}
	}
	newer := newModules(t, Options{Cache: c, Save: true, ModuleCache: dir})
	if _, err := newer.Package(token.NewFileSet(), map[string]*types.Package{}, v("example.com/b@v1.1.0"), "example.com/b"); err != nil {
		t.Fatal(err)
	}
	o := Options{Cache: c}
	get := func() string {
		pkg, err := newModules(t, o).Package(token.NewFileSet(), map[string]*types.Package{}, v("example.com/A@v1.0.0"), "example.com/A")
		if err != nil {
			t.Fatal(err)
		}
		return field(t, pkg)
	}
	if got := get(); got != "Old" {
		t.Errorf("without the program's versions: %s", got)
	}
	o.Versions = func(path string) (module.Version, bool) { return v("example.com/b@v1.1.0"), path == "example.com/b" }
	if got := get(); got != "New" {
		t.Errorf("with the program's versions: %s", got)
	}
}
