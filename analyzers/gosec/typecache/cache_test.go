package typecache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/module"

	"github.com/refward/refward/analyzers/gosec/load"
	"github.com/refward/refward/analyzers/gosec/sourcetypes"
	"github.com/refward/refward/analyzers/gosec/stdtypes"
)

var _ load.Modules = (*Cache)(nil)

// typed types one file, which can import the standard library and what is in imports.
func typed(t *testing.T, imports map[string]*types.Package, path, source string) *types.Package {
	t.Helper()
	fset, fsys, left := token.NewFileSet(), fstest.MapFS{"x.go": {Data: []byte(source)}}, int64(1<<20)
	files, err := sourcetypes.Parse(fset, fsys, []string{"x.go"}, &left)
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := sourcetypes.Build{}.Check(fset, path, files, func(path string) (*types.Package, error) {
		if pkg := imports[path]; pkg != nil && pkg.Complete() {
			return pkg, nil
		}
		return stdtypes.Import(fset, imports, path)
	})
	if err != nil {
		t.Fatal(err)
	}
	imports[path] = pkg
	return pkg
}

func encoded(t *testing.T, pkg *types.Package, mod module.Version, of map[string]module.Version) Package {
	t.Helper()
	p, err := Encode(pkg, mod, func(path string) module.Version { return of[path] })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t *testing.T, dir string) *Cache {
	t.Helper()
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func put(t *testing.T, c *Cache, mod module.Version, packages map[string]Package) {
	t.Helper()
	if err := c.Put(t.Context(), mod, "linux/amd64", packages); err != nil {
		t.Fatal(err)
	}
}

var (
	modA = module.Version{Path: "example.com/A", Version: "v1.2.3"}
	modB = module.Version{Path: "example.com/b/v2", Version: "v2.0.0-20240101000000-abcdefabcdef"}
)

// sample puts a module with two packages into a cache.
func sample(t *testing.T, c *Cache) map[string]Package {
	imports := map[string]*types.Package{}
	packages := map[string]Package{
		"example.com/A":     encoded(t, typed(t, imports, "example.com/A", "package a\nimport \"net/http\"\ntype T struct{ C *http.Client }\nfunc (T) M() {}\n"), modA, nil),
		"example.com/A/sub": encoded(t, typed(t, imports, "example.com/A/sub", "package sub\nimport a \"example.com/A\"\nfunc F() a.T\n"), modA, nil),
	}
	put(t, c, modA, packages)
	return packages
}

func TestPackage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there")
	c := open(t, dir)
	if c.Has(modA) {
		t.Error("an empty cache has a module")
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening made the directory: %v", err)
	}
	sample(t, c)
	for _, c := range []*Cache{c, open(t, dir)} {
		fset, imports := token.NewFileSet(), map[string]*types.Package{}
		pkg, err := c.Package(fset, imports, modA, "example.com/A/sub")
		if err != nil {
			t.Fatal(err)
		}
		if s := pkg.Scope().Lookup("F").String(); s != "func example.com/A/sub.F() example.com/A.T" || imports["example.com/A/sub"] != pkg {
			t.Errorf("F is %s", s)
		}
		a, err := c.Package(fset, imports, modA, "example.com/A")
		if err != nil {
			t.Fatal(err)
		}
		if a != imports["example.com/A"] || !types.Identical(a.Scope().Lookup("T").Type(), pkg.Scope().Lookup("F").Type().(*types.Signature).Results().At(0).Type()) {
			t.Error("one type has become two")
		}
		if again, err := c.Package(fset, imports, modA, "example.com/A"); err != nil || again != a {
			t.Errorf("the second time: %v, %v", again, err)
		}
		fset.Iterate(func(f *token.File) bool { t.Errorf("a position in %s", f.Name()); return false })
		for _, missing := range []struct {
			mod  module.Version
			path string
		}{{modA, "example.com/A/other"}, {modB, "example.com/b/v2"}, {module.Version{Path: modA.Path, Version: "v1.2.4"}, modA.Path}} {
			if _, err := c.Package(fset, map[string]*types.Package{}, missing.mod, missing.path); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrDamaged) {
				t.Errorf("%v: %v", missing, err)
			}
		}
	}
}

// A name that a push has chosen leads nowhere else.
func TestNames(t *testing.T) {
	dir := t.TempDir()
	c := open(t, filepath.Join(dir, "cache"))
	sample(t, c)
	outside := filepath.Join(dir, "x@v1.0.0.types")
	data, err := os.ReadFile(filepath.Join(dir, "cache", "example.com", "!a@v1.2.3.types"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(outside, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "cache", "example.com", "link@v1.0.0.types")); err != nil {
		t.Fatal(err)
	}
	for _, mod := range []module.Version{
		{}, {Path: "example.com/A"}, {Path: "../x", Version: "v1.0.0"}, {Path: "example.com/../../x", Version: "v1.0.0"}, {Path: "/etc/passwd", Version: "v1.0.0"},
		{Path: "example.com/A", Version: "v1.2.3/../../x"}, {Path: "example.com/A", Version: "../x"}, {Path: "example.com/A", Version: "latest"},
		{Path: "example.com/a\x00", Version: "v1.0.0"}, {Path: `example.com\a`, Version: "v1.0.0"}, {Path: "example.com/é", Version: "v1.0.0"},
	} {
		if _, err := fileName(mod); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q has a file: %v", mod, err)
		}
		if _, err := c.Package(token.NewFileSet(), map[string]*types.Package{}, mod, mod.Path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", mod, err)
		}
		if err := c.Put(t.Context(), mod, "", nil); err == nil {
			t.Errorf("%q was put", mod)
		}
		if err := c.Remove(t.Context(), mod); err == nil {
			t.Errorf("%q was removed", mod)
		}
	}
	// It is a module's name, and the file is a link out of the directory.
	link := module.Version{Path: "example.com/link", Version: "v1.0.0"}
	if _, err := c.Package(token.NewFileSet(), map[string]*types.Package{}, link, "example.com/A"); err == nil || !strings.Contains(err.Error(), "escapes") {
		t.Errorf("link: %v", err)
	}
}

func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	sample(t, c)
	name := filepath.Join(dir, "example.com", "!a@v1.2.3.types")
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	flip := func(at int) []byte { d := bytes.Clone(good); d[at] ^= 1; return d }
	for what, data := range map[string][]byte{
		"empty": {}, "torn header": good[:20], "torn index": good[:headerSize+9], "torn": good[:len(good)-1], "longer": append(bytes.Clone(good), 0),
		"another format": []byte(strings.Replace(string(good), "types 1", "types 2", 1)), "length": flip(len(magic) + 1), "sum": flip(len(magic) + 5),
		"index": flip(headerSize + 5), "data": flip(len(good) - 3), "text": []byte("hello\n" + strings.Repeat("x", 100)),
	} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*Cache{c, open(t, dir)} {
			var err error
			for _, path := range []string{"example.com/A", "example.com/A/sub"} { // the damage may be in one only
				if _, e := c.Package(token.NewFileSet(), map[string]*types.Package{}, modA, path); e != nil {
					err = e
				}
			}
			if !errors.Is(err, ErrDamaged) || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "example.com/A@v1.2.3") || strings.Contains(err.Error(), "not exist") {
				t.Errorf("%s: %v", what, err)
			}
			if err := c.Export(&bytes.Buffer{}); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s was exported: %v", what, err)
			}
		}
	}
	sample(t, c) // which replaces it
	if !c.Has(modA) {
		t.Error("a damaged file was not replaced")
	}

	// The file of another module.
	other := filepath.Join(dir, "example.com", "b@v1.0.0.types")
	if err := os.WriteFile(other, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Package(token.NewFileSet(), map[string]*types.Package{}, module.Version{Path: "example.com/b", Version: "v1.0.0"}, "example.com/A"); !errors.Is(err, ErrDamaged) {
		t.Errorf("a file of another module: %v", err)
	}
}

// Export data that is whole and makes no sense is an error, not a panic.
func TestSenseless(t *testing.T) {
	c := open(t, t.TempDir())
	good := sample(t, c)["example.com/A"].Data
	senseless := map[string]Package{"example.com/A/empty": {}}
	for i := range 60 {
		senseless[fmt.Sprintf("example.com/A/cut%d", i)] = Package{Data: good[:len(good)*i/64]}
		senseless[fmt.Sprintf("example.com/A/junk%d", i)] = Package{Data: []byte("i" + strings.Repeat(string(rune(i)), 50))}
	}
	put(t, c, modB, senseless)
	for path := range senseless {
		if _, err := c.Package(token.NewFileSet(), map[string]*types.Package{}, modB, path); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", path, err)
		}
	}
	put(t, c, modB, map[string]Package{"example.com/A": {Data: good}})
	imports := map[string]*types.Package{"net/http": types.NewPackage("net/http", "other")} // not the name that the data has
	if _, err := c.Package(token.NewFileSet(), imports, modB, "example.com/A"); !errors.Is(err, ErrDamaged) {
		t.Errorf("another name: %v", err)
	}
}

func TestPutAdds(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	all := sample(t, c)
	name := filepath.Join(dir, "example.com", "!a@v1.2.3.types")
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Remove(t.Context(), modA); err != nil || c.Has(modA) {
		t.Fatal(err)
	}
	partial := Package{Data: all["example.com/A"].Data[:0], Partial: "no reason"}
	put(t, c, modA, map[string]Package{"example.com/A": partial})
	for path, p := range all { // complete ones replace it
		put(t, c, modA, map[string]Package{path: p})
	}
	put(t, c, modA, map[string]Package{"example.com/A": partial}) // and are not replaced by it
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file depends on the order of what is put: %v", err)
	}
	if err := c.Put(t.Context(), modA, "windows/amd64", map[string]Package{"example.com/A": partial}); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Packages(modA); err != nil || !maps.Equal(got, map[string]string{"example.com/A": "no reason"}) {
		t.Errorf("another build has %v, %v", got, err)
	}
	if list, err := c.List(); err != nil || !slices.Equal(list, []module.Version{modA}) {
		t.Errorf("list is %v, %v", list, err)
	}
}

// Fillers at once lose nothing of each other, and readers see whole files.
func TestPutAtOnce(t *testing.T) {
	dir := t.TempDir()
	all := sample(t, open(t, t.TempDir()))
	data := all["example.com/A"].Data
	const fillers, each = 4, 4
	var group sync.WaitGroup
	for i := range fillers {
		c := open(t, dir)
		group.Go(func() {
			for j := range each {
				if err := c.Put(t.Context(), modA, "", map[string]Package{fmt.Sprintf("example.com/A/p%d-%d", i, j): {Data: data}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	reader := open(t, dir)
	for range 50 {
		if _, err := reader.Packages(modA); err != nil && (errors.Is(err, ErrDamaged) || !errors.Is(err, fs.ErrNotExist)) {
			t.Error(err)
		}
	}
	group.Wait()
	if got, err := open(t, dir).Packages(modA); err != nil || len(got) != fillers*each {
		t.Errorf("%d packages are left of %d: %v", len(got), fillers*each, err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "example.com"))
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestPutStops(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	_, unlock, err := c.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := open(t, dir).Put(ctx, modA, "", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("put beside another writer: %v", err)
	}
}

// The parts of other packages that types bring are of the versions that they were made with, and About says of which: who has another
// version imports it first.
func TestRefs(t *testing.T) {
	c := open(t, t.TempDir())
	b1, b2 := module.Version{Path: "example.com/b", Version: "v1.0.0"}, module.Version{Path: "example.com/b", Version: "v1.1.0"}
	imports := map[string]*types.Package{}
	put(t, c, b1, map[string]Package{"example.com/b": encoded(t, typed(t, imports, "example.com/b", "package b\ntype B struct{}\n"), b1, nil)})
	a := typed(t, imports, "example.com/A", "package a\nimport \"example.com/b\"\nimport \"os\"\nfunc F() (b.B, *os.File)\n")
	put(t, c, modA, map[string]Package{"example.com/A": encoded(t, a, modA, map[string]module.Version{"example.com/b": b1})})
	newer := encoded(t, typed(t, map[string]*types.Package{}, "example.com/b", "package b\ntype B struct{}\nfunc (B) New() {}\n"), b2, nil)
	put(t, c, b2, map[string]Package{"example.com/b": newer})

	about, err := c.About(modA, "example.com/A")
	if err != nil || !slices.Equal(about.Refs, []Ref{{"example.com/b", b1}}) {
		t.Fatalf("%v, %v", about, err)
	}
	methods := func(first ...module.Version) int {
		fset, imports := token.NewFileSet(), map[string]*types.Package{}
		for _, mod := range append(first, modA, b2) {
			if _, err := c.Package(fset, imports, mod, strings.TrimSuffix(mod.Path, "/v2")); err != nil {
				t.Fatal(err)
			}
		}
		result := imports["example.com/A"].Scope().Lookup("F").Type().(*types.Signature).Results().At(0).Type()
		return result.(*types.Named).NumMethods()
	}
	if n := methods(); n != 0 {
		t.Errorf("%d methods without regard to that: is there still a reason for it?", n)
	}
	if n := methods(b2); n != 1 {
		t.Errorf("%d methods", n)
	}
}

// The standard library is the embedded one, also for types that were made with another.
func TestOtherStd(t *testing.T) {
	c := open(t, t.TempDir())
	old := typed(t, map[string]*types.Package{}, "os", "package os\ntype File struct{}\n")
	p := encoded(t, typed(t, map[string]*types.Package{"os": old}, "example.com/A", "package a\nimport \"os\"\nfunc F() *os.File\n"), modA, nil)
	read := func() int {
		put(t, c, modA, map[string]Package{"example.com/A": p})
		imports := map[string]*types.Package{}
		pkg, err := c.Package(token.NewFileSet(), imports, modA, "example.com/A")
		if err != nil {
			t.Fatal(err)
		}
		return types.NewMethodSet(pkg.Scope().Lookup("F").Type().(*types.Signature).Results().At(0).Type()).Len()
	}
	if n := read(); n != 0 {
		t.Errorf("%d methods", n)
	}
	p.Refs[0].Module.Version = "go1.1"
	if n := read(); n < 20 {
		t.Errorf("*os.File has %d methods", n)
	}
}

// TestLockWaits: a context bounds the waiting for another program, and nothing else.
func TestLockWaits(t *testing.T) {
	c, err := Open(filepath.Join(t.TempDir(), "types"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, unlock, err := c.lock(over)
	if err != nil {
		t.Fatalf("a lock that nobody holds: %v", err)
	}
	if _, again, err := c.lock(over); err == nil {
		again()
		t.Error("two programs have the lock")
	}
	unlock()
}
