package engine

import (
	"fmt"
	"go/ast"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/securego/gosec/v2"
	"github.com/securego/gosec/v2/rules"
)

// repeat returns what f makes of 0, 1, … in a row.
func repeat(n int, f func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(f(i))
	}
	return b.String()
}

// TestHostile has code that costs gosec more than there is, or more than can be survived. What matters is that it ends.
func TestHostile(t *testing.T) {
	line := func(s string) func(int) string { return func(int) string { return s } }
	numbered := func(s string) func(int) string {
		return func(i int) string { return strings.ReplaceAll(s, "#", fmt.Sprint(i)) }
	}
	lines := 100_000
	if testing.Short() {
		lines = 10_000
	}
	for _, c := range []struct{ name, src, reduced string }{
		{"doubled", "package a\nimport `os/exec`\nfunc f() {\na0 := `a`\n" +
			repeat(64, func(i int) string { return fmt.Sprintf("a%d := a%d + a%d\n", i+1, i, i) }) + "exec.Command(a64)\n}\n", `^G107 did not run.*whether a\d+ is constant`},
		{"many of many", "package a\nimport `os/exec`\nfunc f() {\nx := `a`" + repeat(9_000, line(" + `a`")) + "\n" + repeat(9_000, line("exec.Command(x)\n")) + "}\n",
			`G204 did not run.*which variables are constant`},
		{"its own value", "package a\nimport `os/exec`\nvar a, b = b, a\nfunc f() { exec.Command(`x`, a) }\n", `G204 did not run`},
		{"its own text", "package a\nimport (`os/exec`; `strings`)\nfunc f() {\nvar b strings.Builder\nb.WriteString(b.String())\nexec.Command(b.String())\n}\n",
			`G204 did not run`},
		{"its own element", "package a\nimport `encoding/json`\ntype T []*T\nfunc f() { json.Marshal(struct{ Password T }{}) }\n", `^G117 did not look at a value`},
		{"its own pointer", "package a\nimport `encoding/json`\ntype T *T\nfunc f() { json.Marshal([]map[int]*struct{ Password T }{}) }\n", `^G117 did not look`},
		{"nested calls", "package a\nfunc f(x int) int { return " + strings.Repeat("f(", 11_000) + "1" + strings.Repeat(")", 11_000) + " }\n", `nested more than`},
		{"a long sum", "package a\nfunc f(x int) int { return x" + repeat(20_000, line("+x")) + " }\n", `nested more than`},
		{"nested blocks", "package a\nfunc f(x int) {\n" + strings.Repeat("if x > 1 {\n", 400) + strings.Repeat("}\n", 400) + "}\n", `^$`},
		{"conversions", "package a\nfunc f(x int) (t int8) {\n" + repeat(1_000, numbered("if x > # { t += int8(x) }\n")) + "return }\nfunc g(x int) int8 { return int8(x) }\n",
			`^G115 did not look at \[f\]`},
		{"cases", "package a\nfunc f(x int) (t int8) {\nswitch {\n" + repeat(1_000, numbered("case x > #: t += int8(x)\n")) + "}\nreturn }\nfunc g(x int) int8 { return int8(x) }\n",
			`^G115 did not look at \[f\]`},
		{"lengths", "package a\nfunc f(x, y int) (t byte) {\nb := make([]byte, 10)\n" +
			repeat(400, numbered("if len(b) > # { if x > 1 { t++ } else if y > 1 { t-- } } else if x > # || y > # { if y > 2 { t++ } }\n")) + "return }\n",
			`^G602 did not run`},
		{"nonces", "package a\nimport (`crypto/cipher`)\nfunc f(a cipher.AEAD, k []byte) {\nnonce := make([]byte, 12)\n" +
			repeat(500, line("copy(nonce[3:], k); a.Seal(nil, nonce, k, nil)\n")) + "}\n", `^G407 did not run: 500 possible nonces`},
		{"a nonce of itself", "package a\nimport (`crypto/cipher`)\nfunc f(a cipher.AEAD) {\nvar n []byte\nn = n[1:]\nfunc() { _ = n }()\na.Seal(nil, n, nil, nil)\n}\n",
			`^G407 did not run: a variable is set from itself`},
		{"large tables", "package a\nvar t = []struct{ a string; b []int }{\n" + repeat(10_000, numbered("{`#`, []int{#, 1}},\n")) + "}\n", `^$`},
		{"many lines", "package a\n" + repeat(lines/4, numbered("func f#(x int) int8 {\n\tif x < # { return int8(x) }\n\treturn 1\n}\n")), `^(more than 10000 findings.*)?$`},
		{"generics", "package a\ntype T[A any] struct{ n *T[A]; f func(T[A]) }\nfunc (t *T[A]) M(x int) int8 { return int8(x) }\n" +
			repeat(50, numbered("func f#[A, B any](a A, x int) (int8, T[T[A]]) { var t T[T[A]]; return int8(x), t }\n")), `^$`},
		{"callers", "package a\nimport (`net/http`; `database/sql`)\n" +
			repeat(200, func(i int) string {
				return fmt.Sprintf("func f%d(r *http.Request, d *sql.DB, s string) { d.Query(s + r.Host); f%d(r, d, s); f%d(r, d, s + s) }\n", i, (i+1)%200, (i+7)%200)
			}), `^$`},
		{"no syntax", "package a\nfunc f( {{{ ) }}\nimport `x`\nvar x = [}\ntype T struct { T }\nvar _ = 1 +\n", `does not type-check`},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := c.src
			p := inMemory(t, map[string]string{"a.go": src})
			r := all(t, newEngine(t, Options{}), p)
			if !regexp.MustCompile(c.reduced).MatchString(strings.Join(r.Reduced, "\n")) {
				t.Errorf("reduced: %.500q, %v", r.Reduced, p.Errors)
			}
			if strings.HasPrefix(c.reduced, `^G115`) && !slices.ContainsFunc(p.Syntax[0].Decls, func(d ast.Decl) bool { f, ok := d.(*ast.FuncDecl); return ok && f.Name.Name == "g" }) {
				t.Error("there is no other function")
			}
			if strings.HasPrefix(c.reduced, `^G115`) && (len(r.Issues) != 1 || r.Issues[0].Decl != "func g") {
				t.Errorf("the other function was not looked at: %+v", r.Issues)
			}
		})
	}
}

// TestStackOverflow shows in processes of their own that gosec does not survive what is looked for before it is asked.
func TestStackOverflow(t *testing.T) {
	sources := map[string]string{
		"its own text":    "package a\nimport (\"os/exec\"; \"strings\")\nfunc f() {\nvar b strings.Builder\nb.WriteString(b.String())\nexec.Command(b.String())\n}\n",
		"its own element": "package a\nimport \"encoding/json\"\ntype T []*T\nfunc f() { json.Marshal(struct{ Password T }{}) }\n",
		"its own value":   "package a\nimport \"os/exec\"\nvar a, b = b, a\nfunc f() { exec.Command(`x`, a) }\n",
	}
	if name := os.Getenv("ENGINE_TEST_SOURCE"); name != "" {
		debug.SetMaxStack(16 << 20) // sooner than otherwise
		theirs(inMemory(t, map[string]string{"a.go": sources[name]}).Package)
		return
	}
	if testing.Short() {
		sources = map[string]string{"its own text": sources["its own text"]}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name := range sources {
		cmd := exec.Command(self, "-test.run=^TestStackOverflow$")
		cmd.Env = []string{"ENGINE_TEST_SOURCE=" + name, gosecVersion()}
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "stack overflow") {
			t.Errorf("%s: gosec survives it: %v", name, err)
		}
	}
}

func gosecVersion() string { return GoVersionVariable + "=1.26" }

// TestForget shows that gosec does not keep strings of all packages that there ever were.
func TestForget(t *testing.T) {
	e := newEngine(t, Options{Include: []string{"G101"}})
	secret := "thisIsNotASecret" + strings.Repeat("x", 20)
	p := inMemory(t, map[string]string{"a.go": "package a\n\nvar password = \"" + secret + "\"\n"})
	e.Begin(p).Rules(t.Context())
	pattern := regexp.MustCompile("otter")
	gosec.RegexMatchWithCache(pattern, secret)
	known := func() bool {
		_, ok := gosec.GlobalCache.Get(forgotten(cacheSize - 1))
		return !ok
	}
	if !known() {
		t.Fatal("forgotten too soon")
	}
	p.Sources["other"] = make([]byte, cachedBytes)
	e.Begin(p).Rules(t.Context())
	if known() {
		t.Error("not forgotten")
	}
	if e.seen.Load() != 0 {
		t.Error("not begun anew")
	}
}

// FuzzSource holds that no source does harm, and that what is found is where it says.
func FuzzSource(f *testing.F) {
	for _, list := range samples() {
		for _, s := range list[:1] {
			f.Add([]byte(s.Code[0]))
		}
	}
	f.Add([]byte("package a; func (x) f() { x.y = func() { <-z } }; type T[P T[P]] []P"))
	e := newEngine(f, Options{Generated: true})
	f.Fuzz(func(t *testing.T, src []byte) {
		p := typed(map[string]string{"a.go": string(src)}, nil)
		if p == nil {
			return
		}
		r := all(t, e, p)
		lines := strings.Count(string(src), "\n") + 1
		for _, i := range r.Issues {
			if i.Path != "a.go" || i.Line < 1 || i.EndLine < i.Line || i.Line > lines && !strings.Contains(string(src), "line ") || i.Column < 1 {
				t.Errorf("%+v", i)
			}
		}
	})
}

// TestRulesKnown holds what is known of rules by id against gosec.
func TestRulesKnown(t *testing.T) {
	all := rules.Generate(false).Rules
	for _, id := range append(slices.Clone(resolvers), trojanID, serializationID) {
		if _, ok := all[id]; !ok {
			t.Errorf("there is no %s", id)
		}
	}
	trojan, nodes := all[trojanID].Create(trojanID, gosec.NewConfig())
	if len(nodes) != 1 || trojan.ID() != trojanID {
		t.Errorf("%s looks at %v", trojanID, nodes)
	}
	e := newEngine(t, Options{})
	if ids := e.order(); len(ids) != len(e.analyzers) || !slices.Equal(ids[len(ids)-3:], []string{conversionID, nonceID, boundsID}) {
		t.Errorf("order %v", ids)
	}
	for id, config := range sinks() {
		if _, ok := e.analyzers[id]; !ok || len(config.Sinks) == 0 {
			t.Errorf("%s is no taint analyzer", id)
		}
	}
}
