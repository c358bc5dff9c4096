package load

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/module"
)

// kinds returns the kinds of a package's problems.
func kinds(p *Package) string {
	var found []string
	for _, q := range p.Problems {
		if s := string(q.Kind); !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	return strings.Join(found, " ")
}

// TestHostileSources: whatever a source is, it is loaded or named, by the same problem each time, as a package and as what one imports.
func TestHostileSources(t *testing.T) {
	rep := strings.Repeat
	n := 120_000
	if testing.Short() {
		n = 20_000
	}
	series := func(n int, format string) string {
		var b strings.Builder
		fmt.Fprintf(&b, "type T%d int\n", n)
		for i := range n {
			b.WriteString(strings.ReplaceAll(strings.ReplaceAll(format, "$1", fmt.Sprint("T", i)), "$2", fmt.Sprint("T", i+1)) + "\n")
		}
		return b.String()
	}
	for name, c := range map[string]struct{ src, want string }{
		"parentheses":      {"var x = " + rep("(", n) + "1" + rep(")", n), "limit"},
		"few":              {"var x = " + rep("(", 4000) + "1" + rep(")", 4000), ""},
		"unary":            {"var x = " + rep("- ", n) + "1", "limit"},
		"binary":           {"var y int\nvar x = y" + rep("+y", n), "limit"},
		"pointers":         {"type x " + rep("*", n) + "int", "limit"},
		"structs":          {"type x " + rep("struct{a ", n) + "int" + rep("}", n), "limit"},
		"functions":        {"type x " + rep("func(", n) + "int" + rep(")", n), "limit"},
		"calls":            {"type T int\nfunc (T) f() T {return 0}\nvar t T\nvar x = t" + rep(".f()", n), "limit"},
		"literals":         {"type T []T\nvar x = T" + rep("{", n) + rep("}", n), "limit"},
		"instances":        {"type T[P any] struct{}\nvar x " + rep("T[", 3000) + "int" + rep("]", 3000), "limit"},
		"else if":          {"var a bool\nfunc f() { if a {}" + rep(" else if a {}", n) + "}", "limit"},
		"else if with ;":   {"var a bool\nfunc f() { if a {}" + rep(" else if b := 1; a && b > 0 {}", 12_000) + "}", "syntax"},
		"blocks":           {"func f() {" + rep("{", n) + rep("}", n) + "}", "limit"},
		"open brackets":    {"var x = " + rep("(", n), "limit"},
		"closures":         {"func f() {" + rep("func() {", n) + rep("}()\n", n) + "}", "limit"},
		"chain of types":   {series(1500, "type $1 $2"), "limit"},
		"chain of structs": {series(1500, "type $1 struct{ a $2 }"), "limit"},
		"doubling":         {series(40, "type $1 struct{ a, b $2 }"), "limit"},
		"doubled aliases":  {series(40, "type $1 = func($2, $2)"), "limit"},
		"of itself":        {"type T[P any] T[P]\nvar x = T[int]{}", "limit"},
		"ever new":         {"type T[P any] struct{ *T[*P] }\nvar x T[int]\nvar y = x.z", "limit"},
		"declarations":     {series(120_000, "type $1 []*$2"), "limit"},
		"values": {"var T50000 = 1\n" + rep(" ", 250_000) +
			strings.TrimPrefix(series(50_000, "var $1 = ((((((((($2)))))))))"), "type T50000 int\n"), "limit"},
		"recursive": {"type T struct{ T }\ntype A = B\ntype B = A\n" +
			"type I interface{ I }\nvar x = y\nvar y = x\ntype G[P any] struct{ g *G[G[P]] }", "types"},
		"many lines":       {rep("// line\nfunc _() {}\n\n\n\n", 20_000), ""},
		"not UTF-8":        {"var x = \"\xff\xfe\"\n// \xff\n", "syntax"},
		"NUL":              {"var x = 1\x00\n", "syntax"},
		"CR LF":            {"\r\nfunc f() {\r\n\treturn\r\n}\r\n", ""},
		"many errors":      {rep("var _ int = \"x\"\n", 5_000), "types"},
		"errors of length": {"var s struct{" + rep("_ int;", 15_000) + "}\n" + rep("var _ int = s\n", 200), "types"},
		"many syntaxes":    {rep("$\n", 100_000), "syntax"},
		"nothing":          {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tree := treeOf(map[string]string{
				"go.mod": "module example.com/m\n", "d/d.go": "package d\n\n" + c.src, "e/e.go": "package e\n\nimport \"example.com/m/d\"\n\nvar X d.Y\n",
			})
			p := one(t, newLoader(t, Config{Tree: tree}), "d")
			if got := kinds(p); got != c.want {
				t.Errorf("problems %q, want %q: %+v", got, c.want, p.Problems[:min(3, len(p.Problems))])
			}
			if p.Types == nil || len(p.Errors) > maxErrors || len(p.TypeErrors) > maxErrors+1 || len(p.Problems) > 2*maxProblems {
				t.Errorf("%d errors, %d of types, %d problems", len(p.Errors), len(p.TypeErrors), len(p.Problems))
			}
			if testing.Short() || len(c.src) < 1<<20 {
				again := one(t, newLoader(t, Config{Tree: tree}), "d")
				if fmt.Sprint(again.Problems) != fmt.Sprint(p.Problems) {
					t.Error("other problems the second time")
				}
			}
			if _, _, errs := p.Check(p.Syntax); strings.Contains(c.want, "limit") && len(p.Syntax) > 0 && len(errs) == 0 {
				t.Error("it can be checked again")
			}
			one(t, newLoader(t, Config{Tree: tree}), "e")
		})
	}
	withBOM := one(t, newLoader(t, Config{Tree: treeOf(map[string]string{"p.go": "\ufeffpackage p\n\nvar X = 1\n"})}), ".")
	if len(withBOM.Problems) > 0 || withBOM.Types.Scope().Lookup("X") == nil {
		t.Errorf("with a byte order mark: %v", withBOM.Problems)
	}
}

// TestLimits: each limit is hit, and one more would have been enough.
func TestLimits(t *testing.T) {
	files := map[string]string{"go.mod": "module example.com/m\n"}
	for i := range 10 {
		next := ""
		if i < 9 {
			next = fmt.Sprintf("import \"example.com/m/p%d\"\n\nvar X = p%d.X\n", i+1, i+1)
		} else {
			next = "var X int\n"
		}
		files[fmt.Sprintf("p%d/p.go", i)] = fmt.Sprintf("package p%d\n\n%s", i, next)
		files[fmt.Sprintf("many/f%d.go", i)] = fmt.Sprintf("package many\n\nvar V%d = %q\n", i, strings.Repeat("x", 1000))
	}
	for name, c := range map[string]struct {
		dir         string
		limit, next Limits
	}{
		"file":    {"many", Limits{FileBytes: 1025}, Limits{FileBytes: 1026}},
		"package": {"many", Limits{PackageBytes: 10_259}, Limits{PackageBytes: 10_260}},
		"files":   {"many", Limits{Files: 9}, Limits{Files: 10}},
		"imports": {"p0", Limits{Imports: 8}, Limits{Imports: 9}},
		"loaded":  {"p0", Limits{Packages: 9}, Limits{Packages: 10}},
		"depth":   {"many", Limits{Depth: 3}, Limits{Depth: 4}},
	} {
		p := one(t, newLoader(t, Config{Tree: treeOf(files), Limits: c.limit}), c.dir)
		if !strings.Contains(kinds(p), "limit") || !p.IllTyped {
			t.Errorf("%s: not hit: %v", name, p.Problems)
		}
		if p := one(t, newLoader(t, Config{Tree: treeOf(files), Limits: c.next}), c.dir); len(p.Problems) > 0 {
			t.Errorf("%s: one more is not enough: %v", name, p.Problems)
		}
	}
	ctx := context.Background()
	l := newLoader(t, Config{Tree: treeOf(files), Limits: Limits{Packages: 2}})
	for i, dir := range []string{"many", "p9", "p8"} {
		if _, err := l.Package(ctx, dir); errors.Is(err, ErrLimit) != (i == 2) {
			t.Errorf("package %d: %v", i, err)
		}
	}
	if _, err := newLoader(t, Config{Tree: treeOf(files), Limits: Limits{Dirs: 11}}).Dirs(ctx); !errors.Is(err, ErrLimit) {
		t.Errorf("directories: %v", err)
	}
	if dirs, err := newLoader(t, Config{Tree: treeOf(files), Limits: Limits{Dirs: 12}}).Dirs(ctx); len(dirs) != 11 || err != nil {
		t.Errorf("directories: %q, %v", dirs, err)
	}
}

// TestUnreadable: what is there and cannot be read is named, if the build would have taken it.
func TestUnreadable(t *testing.T) {
	tree := treeOf(map[string]string{"d/d.go": "package d\n\nvar X int\n"})
	tree["d/link.go"] = &fstest.MapFile{Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink | 0o777}
	tree["d/link_windows.go"] = &fstest.MapFile{Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink | 0o777}
	tree["d/dir.go/x.txt"] = &fstest.MapFile{}
	tree["e/pipe.go"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	p := one(t, newLoader(t, Config{Tree: tree}), "d")
	if len(p.Problems) != 1 || p.Problems[0].Kind != Unread || p.Problems[0].Path != "d/link.go" || !p.IllTyped || len(p.GoFiles) != 1 {
		t.Errorf("problems %+v", p.Problems)
	}
	p = one(t, newLoader(t, Config{Tree: tree}), "e")
	if kinds(p) != "unread" || len(p.Syntax) != 0 || p.Types == nil {
		t.Errorf("problems %+v", p.Problems)
	}
	tree["go.mod"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	if p = one(t, newLoader(t, Config{Tree: tree}), "d"); kinds(p) != "unread" || len(p.Problems) != 2 {
		t.Errorf("a go.mod that is no file: %+v", p.Problems)
	}
	delete(tree, "go.mod")
	tree["go.mod/x"] = &fstest.MapFile{}
	if p = one(t, newLoader(t, Config{Tree: tree}), "d"); len(p.Problems) != 1 {
		t.Errorf("a go.mod that is a directory: %+v", p.Problems)
	}
}

// opened notes what is opened of a tree.
type opened struct {
	fs.FS
	names  map[string]int
	during func(name string)
}

func (o opened) Open(name string) (fs.File, error) {
	o.names[name]++
	if o.during != nil {
		o.during(name)
	}
	return o.FS.Open(name)
}

// TestImportPaths: an import path leads nowhere out of the tree, and not past the module that it names.
func TestImportPaths(t *testing.T) {
	for _, p := range []string{"../../../etc", "/etc/passwd", "example.com/m/../../etc", "./../..", "example.com/m//a", "example.com/m/./a", "..", ".",
		"example.com/m/a/", "example.com/m/../m/a", "a\\b", "C:/x", "example.com/m/a\u0301", "unsafe/../a", "net/http/../../a"} {
		tree := opened{treeOf(map[string]string{"go.mod": "module example.com/m\n", "a/a.go": "package a\n\nvar A int\n",
			"b/b.go": "package b\n\nimport x " + fmt.Sprintf("%q", p) + "\n\nvar X = x.A\n"}), map[string]int{}, nil}
		pkg := one(t, newLoader(t, Config{Tree: tree}), "b")
		if obj := pkg.Types.Scope().Lookup("X"); obj == nil || obj.Type().String() == "int" {
			t.Errorf("%q leads to a package: %v", p, obj)
		}
		if len(pkg.Problems) == 0 || !pkg.IllTyped {
			t.Errorf("%q: nothing is wrong", p)
		}
		for name := range tree.names {
			if !fs.ValidPath(name) {
				t.Errorf("%q: %q is opened", p, name)
			}
		}
	}
}

// TestCancel: a Loader whose call was cut off works in the next, with the same result.
func TestCancel(t *testing.T) {
	files := map[string]string{"go.mod": "module example.com/m\n", "a/a.go": "package a\n\nimport \"example.com/m/b\"\n\nvar X = b.X\n",
		"b/b.go": "package b\n\nimport \"example.com/m/c\"\n\nvar X = c.X\n", "c/c.go": "package c\n\nvar X int\n"}
	for _, at := range []string{"a", "a/a.go", "go.mod", "b/b.go", "c", "c/c.go"} {
		ctx, cancel := context.WithCancel(context.Background())
		tree := opened{treeOf(files), map[string]int{}, func(name string) {
			if name == at {
				cancel()
			}
		}}
		l := newLoader(t, Config{Tree: tree})
		if _, err := l.Packages(ctx, "a"); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at %s: %v", at, err)
		}
		if p := one(t, l, "a"); len(p.Problems) > 0 || p.Types.Scope().Lookup("X").Type().String() != "int" {
			t.Errorf("after it was cancelled at %s: %v", at, p.Problems)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), -time.Second)
	defer cancel()
	if _, err := newLoader(t, Config{Tree: treeOf(files)}).Dirs(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Dirs: %v", err)
	}
}

// TestEachOnce: what several packages import is read once, and what only bodies of functions need is not read at all.
func TestEachOnce(t *testing.T) {
	tree := opened{treeOf(map[string]string{
		"go.mod":   "module example.com/m\n",
		"a/a.go":   "package a\n\nimport (\n\t\"example.com/m/c\"\n\t_ \"example.com/m/effects\"\n)\n\nvar X = c.X\n",
		"b/b.go":   "package b\n\nimport \"example.com/m/c\"\n\nvar X = c.X\n",
		"c/c.go":   "package c\n\nimport (\n\t\"example.com/m/d\"\n\t\"example.com/m/e\"\n\t\"fmt\"\n)\n\nvar X e.T\n\nfunc f() { fmt.Println(d.X) }\n",
		"d/d.go":   "package d\n\nvar X int\n",
		"e/e.go":   "package e\n\ntype T int\n",
		"effects/": "",
	}), map[string]int{}, nil}
	delete(tree.FS.(fstest.MapFS), "effects/")
	l := newLoader(t, Config{Tree: tree})
	one(t, l, "a")
	one(t, l, "b")
	for name, want := range map[string]int{"c/c.go": 1, "e/e.go": 1, "d/d.go": 0, "a/a.go": 1, "go.mod": 1} {
		if got := tree.names[name]; got != want {
			t.Errorf("%s is opened %d times, want %d", name, got, want)
		}
	}
}

// TestManyModules: types are kept of the modules used last.
func TestManyModules(t *testing.T) {
	files := map[string]string{}
	for i := range 3 * maxRoots {
		files[fmt.Sprintf("m%d/go.mod", i)] = fmt.Sprintf("module example.com/m%d\nrequire example.com/gone v1.0.%d\n", i, i)
		files[fmt.Sprintf("m%d/m.go", i)] = "package m\n\nimport \"example.com/gone\"\n\nvar X = gone.X\n"
	}
	var wanted []module.Version
	l := newLoader(t, Config{Tree: treeOf(files), Wanted: func(m module.Version) { wanted = append(wanted, m) }})
	for range 2 {
		for i := range 3 * maxRoots {
			p := one(t, l, fmt.Sprintf("m%d", i))
			if want := fmt.Sprintf("v1.0.%d", i); p.Problems[0].Module.Version != want {
				t.Errorf("module %d: %v", i, p.Problems)
			}
		}
	}
	if len(l.roots) != maxRoots || len(wanted) != 3*maxRoots {
		t.Errorf("%d roots, %d wanted", len(l.roots), len(wanted))
	}
}

// panicking modules are other people's code, fed with other people's data.
type panicking struct{ Modules }

func TestPanickingModules(t *testing.T) {
	l := newLoader(t, Config{Tree: treeOf(map[string]string{"go.mod": "module m\nrequire example.com/x v1.0.0\n",
		"m.go": "package m\n\nimport \"example.com/x\"\n\nvar X = x.X\n"}), Modules: []Modules{panicking{}}})
	p := one(t, l, ".")
	if len(p.Problems) != 1 || p.Problems[0].Kind != Missing || !strings.Contains(p.Problems[0].Detail, "nil pointer") {
		t.Errorf("problems %+v", p.Problems)
	}
}
