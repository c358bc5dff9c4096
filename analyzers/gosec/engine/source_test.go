package engine

import (
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/securego/gosec/v2/issue"
)

func sourceOf(t *testing.T, src string) *source {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "a.go", "package a\n", 0)
	if err != nil {
		t.Fatal(err)
	}
	return newSource("a.go", []byte(src), fset.File(f.Package), f)
}

// holdCode holds a snippet against what gosec's program quotes.
func holdCode(t *testing.T, src []byte, first, last int) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "a.go")
	if err := os.WriteFile(name, src, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name) // #nosec G304 -- ours
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	start := int64(first)
	if start-issue.SnippetOffset > 0 {
		start -= issue.SnippetOffset
	}
	want, err := issue.CodeSnippet(f, start, int64(last+issue.SnippetOffset))
	if err != nil {
		t.Fatal(err)
	}
	if have := sourceOf(t, string(src)).code(first, last); have != want[:min(len(want), maxCode)] {
		t.Errorf("lines %d-%d of %d bytes: %.300q, not %.300q", first, last, len(src), have, want)
	}
}

func TestCode(t *testing.T) {
	long := strings.Repeat("x", 64<<10)
	for _, src := range []string{
		"", "\n", "a", "a\n", "a\nb", "a\r\nb\r\n", "\r", "a\r", "\r\n\r\n", "a\n\nb\n\n", "\ufeffpackage a\n", "a\x00b\n\xff\n",
		long, long[1:], long[1:] + "\n", long + "\n", long[1:] + "\r\n", "a\n" + long + "\nb\n", "a\n" + long[1:] + "\nb\n", "a\n" + long[1:],
		"a\n" + long, "a\n" + long[1:] + "\n" + long[2:], long[:40000] + "\n" + long[:40000] + "\nb\n", strings.Repeat("a\n", 40000) + long + "\nb",
	} {
		n := strings.Count(src, "\n") + 2
		for _, first := range []int{1, 2, 3, n - 2, n - 1, n} {
			for _, last := range []int{first, first + 1, n} {
				if first >= 1 && last >= first {
					holdCode(t, []byte(src), first, last)
				}
			}
		}
	}
}

func FuzzCode(f *testing.F) {
	f.Add([]byte("a\nb\r\nc"), 2, 3, 0)
	f.Add([]byte("a\n\nc\n"), 1, 1, 65534)
	f.Fuzz(func(t *testing.T, src []byte, first, last, more int) {
		if first < 1 || last < first || last > 1000 || more < 0 || more > 70_000 {
			return
		}
		holdCode(t, append(bytes.Repeat([]byte{'x'}, more), src...), first, last)
	})
}

func TestText(t *testing.T) {
	src := "package a // of\n\nimport \"x\"\n\nfunc f() {\n\tg(1,\n\t\t/* two */ 2) // three\n\tvar s = `a\n b`; _ = s\n}\n"
	s := sourceOf(t, src)
	for _, c := range []struct {
		first, last int
		decl, want  string
	}{
		{1, 8, "", "package a"}, {3, 3, "import", `import "x"`}, {6, 7, "func f", "g ( 1 , 2 )"}, {8, 8, "func f", "var s = `a  b`"},
		{8, 9, "func f", "var s = `a  b` ; _ = s"}, {4, 4, "func f", ""}, {40, 50, "func f", ""},
	} {
		if have := s.text(c.first, c.last, c.decl); have != c.want {
			t.Errorf("lines %d-%d: %q, not %q", c.first, c.last, have, c.want)
		}
	}
	// What gofmt and a comment change does not count, and anything else does.
	other := sourceOf(t, "package a\nfunc f() {\ng( 1,2 ) // #nosec\n}\n")
	if one, two := s.text(6, 7, "func f"), other.text(3, 3, "func f"); one != two {
		t.Errorf("%q is not %q", one, two)
	}
	a, b := sourceOf(t, strings.Repeat("a ", 2000)+"b"), sourceOf(t, strings.Repeat("a ", 2000)+"c")
	if one, two := a.text(1, 1, "x"), b.text(1, 1, "x"); one == two || len(one) > maxText+100 {
		t.Errorf("%q is %q", one, two)
	}
}

func TestDecl(t *testing.T) {
	src := "package a\n\nimport \"fmt\"\n\nimport (\n\t\"io\"\n)\n\n// Doc\nfunc f() {\n}\n\nfunc (t T) g() { } // after\n\nfunc (*(T)) h() {}\n\nfunc (x *U[A, B]) i() {}\n\n" +
		"var a, b = 1, 2\n\nconst (\n\t// c\n\tc = iota\n\td\n\n)\n\ntype T int; type U[A, B any] struct {\n\tx int\n}\n"
	p := inMemory(t, map[string]string{"a.go": src})
	f := p.Syntax[0]
	s := newSource("a.go", []byte(src), p.Fset.File(f.Package), f)
	for line, want := range map[string]string{
		"package a": "", "import \"fmt\"": "import", "\t\"io\"": "import", "// Doc": "func f", "func f() {": "func f", "// after": "func (T).g",
		"func (*(T)) h": "func (*T).h", "func (x *U": "func (*U).i", "var a, b": "var a", "b = 1": "var a", "// c": "const c", "c = iota": "const c", "\td\n": "const d",
		"\n)\n\ntype": "const", "type T": "type T", "type U": "type U", "x int": "type U", "\n\nimport \"": "",
	} {
		at := strings.Index(src, line)
		n := strings.Count(src[:at], "\n") + 1
		column := at - strings.LastIndex(src[:at], "\n")
		if have := s.declAt(n, column); have != want {
			t.Errorf("%d:%d (%q): %q, not %q", n, column, line, have, want)
		}
	}
	for _, line := range []int{-1, 0, 100} {
		if have := s.declAt(line, 1); have != "" {
			t.Errorf("line %d: %q", line, have)
		}
	}
}
