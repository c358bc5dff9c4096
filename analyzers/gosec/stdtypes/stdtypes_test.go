package stdtypes

import (
	"bytes"
	"errors"
	"go/token"
	"go/types"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

// importAll imports packages one after the other and returns what each of them exports.
func importAll(t *testing.T, paths []string) map[string]string {
	t.Helper()
	fset, imports := token.NewFileSet(), map[string]*types.Package{}
	for _, path := range paths {
		pkg, err := Import(fset, imports, path)
		if err != nil {
			t.Fatal(err)
		}
		if !pkg.Complete() || pkg.Path() != path || imports[path] != pkg {
			t.Errorf("%s: %v", path, pkg)
		}
	}
	all := map[string]string{}
	for _, path := range paths {
		for _, name := range imports[path].Scope().Names() {
			if token.IsExported(name) {
				all[path+"."+name] = describe(imports[path].Scope().Lookup(name))
			}
		}
	}
	return all
}

// describe returns an object with what its type is made of.
func describe(o types.Object) string {
	s := types.ObjectString(o, nil)
	if set := types.NewMethodSet(types.NewPointer(o.Type())); set.Len() > 0 {
		for i := range set.Len() {
			s += "\n" + set.At(i).String()
		}
	}
	return s
}

func TestImportInAnyOrder(t *testing.T) {
	paths := Paths()
	if len(paths) < 150 || !slices.IsSorted(paths) {
		t.Fatalf("%d packages", len(paths))
	}
	want := importAll(t, paths)
	if len(want) < 8000 {
		t.Errorf("only %d names are exported", len(want))
	}
	orders := 3
	if testing.Short() {
		orders = 1
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range orders {
		r.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
		got := importAll(t, paths)
		for name, s := range want {
			if got[name] != s {
				t.Fatalf("%s in another order:\n%s\nwant\n%s", name, got[name], s)
			}
		}
	}
}

func TestTypes(t *testing.T) {
	all := importAll(t, Paths())
	for name, want := range map[string]string{
		"net/http.Get":    "func net/http.Get(url string) (resp *net/http.Response, err error)",
		"os/exec.Command": "func os/exec.Command(name string, arg ...string) *os/exec.Cmd",
		"slices.SortFunc": "func slices.SortFunc[S ~[]E, E any](x S, cmp func(a E, b E) int)",
		"math.MaxInt64":   "const math.MaxInt64 untyped int",
		"os/user.Current": "func os/user.Current() (*os/user.User, error)",
	} {
		if got, _, _ := strings.Cut(all[name], "\n"); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestHas(t *testing.T) {
	for path, want := range map[string]bool{
		"fmt": true, "unsafe": true, "net/http/pprof": true, "runtime/cgo": true, "log/slog": true,
		"C": false, "": false, "builtin": false, "cmd/go": false, "internal/abi": false, "net/http/internal": false,
		"vendor/golang.org/x/net/idna": false, "example.com/fmt": false, "../fmt": false,
	} {
		if Has(path) != want {
			t.Errorf("Has(%q) is %t", path, !want)
		}
		_, err := Import(token.NewFileSet(), map[string]*types.Package{}, path)
		if (err == nil) != want || err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Import(%q): %v", path, err)
		}
	}
	if !strings.HasPrefix(Release(), "go1.") {
		t.Errorf("Release is %q", Release())
	}
}

func TestNothingOfTheMachine(t *testing.T) {
	for _, path := range Paths() {
		fset := token.NewFileSet()
		if _, err := Import(fset, map[string]*types.Package{}, path); err != nil {
			t.Fatal(err)
		}
		fset.Iterate(func(f *token.File) bool { t.Errorf("%s: a position in %s", path, f.Name()); return false })
	}
}

func TestAtOnce(t *testing.T) {
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { importAll(t, []string{"net/http", "go/types", "encoding/json"}) })
	}
	group.Wait()
}

// What is not complete and correct is an error that says so, and never a panic.
func TestCorrupt(t *testing.T) {
	good := append([]byte(nil), embedded...)
	first := bytes.IndexByte(good, '\n') + 1
	second := first + bytes.IndexByte(good[first:], '\n') + 1
	for name, data := range map[string][]byte{
		"empty":           nil,
		"another version": bytes.Replace(good, []byte("stdtypes 1"), []byte("stdtypes 2"), 1),
		"cut index":       good[:second+3],
		"cut data":        good[:len(good)-1],
		"more data":       append(good[:len(good):len(good)], 0),
		"negative size":   slices.Concat(good[:first], []byte("archive/tar -1 1 0\n"), good[second:]),
		"huge size":       slices.Concat(good[:first], []byte("archive/tar 1 99999999999 0\n"), good[second:]),
		"twice":           slices.Concat(good[:first], good[first:second], good[first:second], good[second:]),
	} {
		if _, err := decode(data); !errors.Is(err, errFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := decode(good); err != nil {
		t.Error(err)
	}

	// The data of a package.
	l, err := decode(good)
	if err != nil {
		t.Fatal(err)
	}
	e := l.packages["net/http"]
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		damaged := e
		damaged.deflated = bytes.Clone(e.deflated)
		damaged.deflated[r.IntN(len(damaged.deflated))] ^= 1 << r.IntN(8)
		l.packages["net/http"] = damaged
		if _, err := l.read(token.NewFileSet(), map[string]*types.Package{}, "net/http"); err == nil || !strings.Contains(err.Error(), "net/http") {
			t.Fatalf("damaged data: %v", err)
		}
	}
}

func BenchmarkImportAll(b *testing.B) {
	for b.Loop() {
		fset, imports := token.NewFileSet(), map[string]*types.Package{}
		for _, path := range Paths() {
			if _, err := Import(fset, imports, path); err != nil {
				b.Fatal(err)
			}
		}
	}
}
