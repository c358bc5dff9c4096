package goapi

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// parsed returns what go/parser takes a file to declare, in the words of names; false if it does not parse.
func parsed(src []byte) (pkg string, names []string, ok bool) {
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	if err != nil {
		return "", nil, false
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil && len(d.Recv.List) > 0 {
				t := d.Recv.List[0].Type
				for {
					switch x := t.(type) {
					case *ast.ParenExpr:
						t = x.X
						continue
					case *ast.StarExpr:
						t = x.X
						continue
					case *ast.IndexExpr:
						t = x.X
						continue
					case *ast.IndexListExpr:
						t = x.X
						continue
					case *ast.Ident:
						name = x.Name + "." + name
					default:
						return "", nil, false // no type that has methods
					}
					break
				}
			}
			names = append(names, name)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					names = append(names, spec.Name.Name)
				case *ast.ValueSpec:
					for _, n := range spec.Names {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	slices.Sort(names)
	return f.Name.Name, names, true
}

// names returns what tokens take a file to declare.
func names(s *source) (names []string) {
	for _, d := range s.decls {
		for _, n := range d.names {
			if d.method != "" {
				n += "." + d.method
			}
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// agree holds the tokens of a file against its syntax.
func agree(t *testing.T, name string, src []byte) bool {
	t.Helper()
	s := newSource(name, src, nil)
	pkg, want, ok := parsed(src)
	if !ok {
		return false
	}
	if got := names(s); !slices.Equal(got, want) || s.pkg != pkg {
		t.Errorf("%s: package %s, %q, want %s, %q", name, s.pkg, got, pkg, want)
	}
	return true
}

// TestStandardLibrary: tokens tell of files of Go what its syntax does, those that try its parser and type checker among them.
func TestStandardLibrary(t *testing.T) {
	n := 0
	err := filepath.WalkDir(filepath.Join(build.Default.GOROOT, "src"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || !strings.Contains(name, "/go/types/") && !strings.Contains(name, "/net/http/") && !strings.Contains(name, "/internal/types/") {
			return nil
		}
		data, err := os.ReadFile(name)
		if err == nil && agree(t, name, data) {
			n++
		}
		return nil
	})
	if err != nil || n < 50 {
		t.Errorf("only %d files of Go agree: %v", n, err)
	}
}

// FuzzSource: a file that parses declares by its tokens what it declares by its syntax, whatever it is.
func FuzzSource(f *testing.F) {
	for _, s := range []string{
		"package a\n\nfunc F() struct{ X int } { return struct{ X int }{} }\n", "package a\nfunc (t *T[K, V]) M() interface{ N() } { {} }\nfunc F()\n",
		"package a\ntype (\n\tA int\n\tB[T any] struct{ A }\n)\n", "package a\nvar (\n\tX, Y = 1, func() { type Z int }\n)\nconst C, D = iota, \"x\"\n",
		"//go:build ignore\n\npackage a; import . \"x\"; var X = 1; func F(f func() struct{}) func(interface{ M() }) struct{} { if x {} else {} }; type T = int",
		"package a\nvar()\ntype()\nfunc((T))M(){}\nfunc F[T interface{ ~int }](){}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) { agree(t, "a.go", src) })
}

// TestBuildable: which files a build can take at all.
func TestBuildable(t *testing.T) {
	for constraint, never := range map[string]bool{
		"ignore": true, "!ignore": false, "linux": false, "!linux": false, "linux && ignore": true, "linux || ignore": false, "go1.21": false,
		"custom": false, "cgo && !custom": true, "!(linux || ignore)": false, "never && !never": true, "unix": false, "amd64.v3": false,
	} {
		if s := newSource("a.go", []byte("// A comment.\n\n//go:build "+constraint+"\n\npackage a\n"), []string{"custom"}); s.never != never {
			t.Errorf("%s: never %v", constraint, s.never)
		}
	}
	if s := newSource("a.go", []byte("// +build ignore\n\npackage a\n"), nil); !s.never {
		t.Error("an old constraint does not count")
	}
	if s := newSource("a.go", []byte("package a\n\n//go:build ignore\n"), nil); s.never {
		t.Error("a constraint counts that comes too late")
	}
}

// BenchmarkSource is what a changed package costs where nothing is asked.
func BenchmarkSource(b *testing.B) {
	files, _ := filepath.Glob(filepath.Join(build.Default.GOROOT, "src", "net", "http", "*.go"))
	var all [][]byte
	size := int64(0)
	for _, name := range files {
		if data, err := os.ReadFile(name); err == nil && !strings.HasSuffix(name, "_test.go") {
			all = append(all, data)
			size += int64(len(data))
		}
	}
	if size == 0 {
		b.Skip("Go's sources are not here")
	}
	b.SetBytes(size)
	for b.Loop() {
		before, after := &version{}, &version{}
		for _, data := range all {
			before.add(newSource("a.go", data, nil))
			after.add(newSource("a.go", data, nil))
		}
		if compare(before, after).ask {
			b.Fatal("asks")
		}
	}
}
