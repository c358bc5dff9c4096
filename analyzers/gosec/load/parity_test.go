package load

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"
)

// compiled knows the types of other modules from what the compiler exports.
type compiled map[string]string

func (c compiled) Package(fset *token.FileSet, imports map[string]*types.Package, _ module.Version, path string) (*types.Package, error) {
	if pkg := imports[path]; pkg != nil && pkg.Complete() {
		return pkg, nil
	}
	name, ok := c[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gcexportdata.NewReader(f) //lint:ignore SA1019 the files are the compiler's archives, of the Go that runs the test
	if err != nil {
		return nil, err
	}
	return gcexportdata.Read(r, fset, imports, path)
}

// The compiler's export data has names for results that have none.
var (
	oneResult = regexp.MustCompile(`\(#rv1 ([^(),]*)\)`)
	results   = regexp.MustCompile(`#rv[0-9]+ `)
)

func unnamed(text string) string {
	return results.ReplaceAllString(oneResult.ReplaceAllString(text, "$1"), "")
}

// TestParityWithTheGoCommand loads packages of this repository as the go command and x/tools do, and holds ours against them: the same
// files, and every expression of the same type.
func TestParityWithTheGoCommand(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	patterns := []string{"./analyzers/secrets/...", "./internal/policy/...", "./internal/gitio/...", "./hooks", "./cmd/..."}
	if testing.Short() {
		patterns = []string{"./internal/policy"}
	}
	cfg := &packages.Config{Dir: root, Env: append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64"),
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedTypes |
			packages.NeedTypesInfo | packages.NeedSyntax | packages.NeedExportFile | packages.NeedModule}
	theirs, err := packages.Load(cfg, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	known := compiled{}
	packages.Visit(theirs, nil, func(p *packages.Package) {
		if p.ExportFile != "" && p.Module != nil && !p.Module.Main {
			known[p.PkgPath] = p.ExportFile
		}
	})
	l := newLoader(t, Config{Tree: os.DirFS(root), Modules: []Modules{known}})
	seen := 0
	for _, want := range theirs {
		dir := path.Join(".", strings.TrimPrefix(want.PkgPath, want.Module.Path+"/"))
		got := one(t, l, dir)
		if got.IllTyped || len(got.Problems) > 0 || len(want.Errors) > 0 {
			t.Errorf("%s: %v %v; the go command: %v", dir, got.Problems, got.Errors, want.Errors)
			continue
		}
		if got.PkgPath != want.PkgPath || got.Name != want.Name {
			t.Errorf("%s is %s %s, want %s %s", dir, got.Name, got.PkgPath, want.Name, want.PkgPath)
		}
		var files []string
		for _, name := range got.CompiledGoFiles {
			files = append(files, filepath.Join(root, strings.TrimPrefix(name, NamePrefix)))
		}
		if !slices.Equal(files, want.CompiledGoFiles) {
			t.Errorf("%s has files %q, want %q", dir, files, want.CompiledGoFiles)
			continue
		}
		ours, other := typesOf(got.Package), typesOf(want)
		if len(ours) != len(other) || len(ours) < 10 { // the smallest package has 17
			t.Errorf("%s: %d expressions and objects, want %d", dir, len(ours), len(other))
		}
		wrong := 0
		for where, typ := range other {
			if seen++; ours[where] != typ {
				if wrong++; wrong < 5 {
					t.Errorf("%s %s: %s, want %s", dir, where, ours[where], typ)
				}
			}
		}
	}
	if seen < 20_000 && !testing.Short() {
		t.Errorf("only %d expressions seen", seen)
	}
}

// typesOf returns the types of all expressions and objects of a package, by place.
func typesOf(p *packages.Package) map[string]string {
	found := map[string]string{}
	where := func(n ast.Node) string {
		at, end := p.Fset.PositionFor(n.Pos(), false), p.Fset.PositionFor(n.End(), false)
		return fmt.Sprintf("%s:%d:%d-%d:%d", filepath.Base(strings.TrimPrefix(at.Filename, NamePrefix)), at.Line, at.Column, end.Line, end.Column)
	}
	for x, tv := range p.TypesInfo.Types {
		value := ""
		if tv.Value != nil {
			value = " = " + tv.Value.ExactString()
		}
		found[fmt.Sprintf("%s %T", where(x), x)] = unnamed(types.TypeString(tv.Type, nil)) + value
	}
	for _, objects := range []map[*ast.Ident]types.Object{p.TypesInfo.Defs, p.TypesInfo.Uses} {
		for id, obj := range objects {
			if obj != nil {
				found[where(id)+" object"] = unnamed(types.ObjectString(obj, nil))
			}
		}
	}
	return found
}

// TestParityWithGoBuild selects files of modules in the module cache and of Go's own source, for several systems, as go/build does on disk.
func TestParityWithGoBuild(t *testing.T) {
	roots := []string{filepath.Join(build.Default.GOROOT, "src", "os"), filepath.Join(build.Default.GOROOT, "src", "net"),
		filepath.Join(build.Default.GOROOT, "src", "runtime"), filepath.Join(build.Default.GOROOT, "src", "crypto")}
	for _, m := range []string{"golang.org/x/sys", "github.com/klauspost/compress", "github.com/go-git/go-git/v5", "github.com/gofrs/flock"} {
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", m).Output()
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, strings.TrimSpace(string(out)))
	}
	ctx := context.Background()
	seen := 0
	for _, target := range []struct {
		os, arch string
		cgo      bool
		tags     []string
	}{
		{"linux", "amd64", false, nil}, {"linux", "amd64", true, []string{"netgo", "noasm"}}, {"windows", "arm64", false, nil},
		{"darwin", "arm64", true, nil}, {"js", "wasm", false, nil},
	} {
		for _, root := range roots {
			l := newLoader(t, Config{Tree: os.DirFS(root), GOOS: target.os, GOARCH: target.arch, Cgo: target.cgo, Tags: target.tags, Tests: true})
			dirs, err := l.Dirs(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, dir := range dirs {
				b := build.Default
				b.GOOS, b.GOARCH, b.CgoEnabled, b.BuildTags = target.os, target.arch, target.cgo, target.tags
				b.ToolTags = l.build.ToolTags
				want, err := b.ImportDir(filepath.Join(root, dir), 0)
				got, gotErr := l.selectFiles(ctx, dir, true)
				if gotErr != nil {
					if len(want.GoFiles)+len(want.CgoFiles)+len(want.TestGoFiles)+len(want.XTestGoFiles) > 0 {
						t.Errorf("%s: %v", dir, gotErr)
					}
					continue
				}
				files := slices.Concat(want.GoFiles, want.CgoFiles, want.TestGoFiles, want.XTestGoFiles)
				if !slices.Equal(got.files, files) || got.name != want.Name {
					t.Errorf("%s for %v: %s %q, want %s %q (%v)", dir, target, got.name, got.files, want.Name, files, err)
				}
				seen += len(files)
			}
		}
	}
	if seen < 3000 {
		t.Errorf("only %d files seen", seen)
	}
}

// BenchmarkRepository loads all packages of this repository, of which no other module is known.
func BenchmarkRepository(b *testing.B) {
	for b.Loop() {
		l := newLoader(b, Config{Tree: os.DirFS("../../..")})
		dirs, err := l.Dirs(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		for _, dir := range dirs {
			if _, err := l.Packages(context.Background(), dir); err != nil && !errors.Is(err, ErrNoGo) {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkPackage loads one package of it, with those that it imports.
func BenchmarkPackage(b *testing.B) {
	for b.Loop() {
		one(b, newLoader(b, Config{Tree: os.DirFS("../../..")}), "hooks")
	}
}
