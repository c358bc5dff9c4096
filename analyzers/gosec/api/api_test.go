package api

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

// without imports everything but packages called missing, of which nothing is known, as package load does it.
type without struct{ types.Importer }

func (w without) Import(path string) (*types.Package, error) {
	if strings.HasPrefix(path, "missing") {
		return types.NewPackage(path, path), errors.New("no types are known")
	}
	return w.Importer.Import(path)
}

func check(t *testing.T, src string) *types.Package {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", "package p\n"+src, 0)
	if err != nil {
		t.Fatal(err)
	}
	conf := types.Config{Importer: without{importer.Default()}, Error: func(error) {}, IgnoreFuncBodies: true}
	pkg, _ := conf.Check("example.com/p", fset, []*ast.File{f}, nil)
	return pkg
}

// TestCompare: what is claimed, and of what it is said that it is not known.
func TestCompare(t *testing.T) {
	const imp = `import "missing"` + "\n"
	for _, c := range []struct{ name, before, after, want string }{
		{"same", "func F()", "func F()", ""},
		{"removed", "func F()", "", "F: removed"},
		{"method", "type T int; func (*T) M() {}", "type T int", "(*T).M: removed"},
		{"renamed parameter", "func F(a int)", "func F(b int)", ""},
		{"interface", "type I interface{ M() }", "type I interface{ M(); N() }", "I.N: added"},
		{"implements", "type I interface{ M() }; type J interface{ M() }; type T struct{}; func (T) M() {}", "type I interface{ M(int) }; type J interface{ M(int) }; type T struct{}; func (T) M() {}",
			"I.M: changed from func() to func(int)|J.M: changed from func() to func(int)|T: no longer implements I, J"},
		{"comparable", "type T struct{ a int }", "type T struct{ a []int }", "T: old is comparable, new is not"},

		{"gone with a hole", imp + "func F(missing.T)", imp, "F: removed|F?"},
		{"hole before", imp + "func F(missing.T)", "func F(int)", "F?"},
		{"hole after", "func F(int)", imp + "func F(missing.T)", "F?"},
		{"other hole", imp + "func F(missing.T); func G(int)", imp + "func F(missing.T); func G(string)", "G: changed from func(int) to func(string)|F?"},
		{"hole in a type behind a name", imp + "type T struct{ A missing.T }; func F(T)", imp + "type T struct{ A missing.T }; func F(T, T)",
			"F: changed from func(T) to func(T, T)|T?"},
		{"hole in a type that is not exported", imp + "type t struct{ A missing.T }; func F() t", imp + "type u struct{ A int }; func F() u", "F?|t?"},
		{"method from an embedded hole", imp + "type T struct{}; func (T) M() {}", imp + "type T struct{ missing.T }", "T?"},
		{"method from what embeds a hole", imp + "type B struct{}; type T struct{ B }; func (T) M() {}", imp + "type B struct{ missing.T }; type T struct{ B }", "B?|T?"},
		{"interface with a hole", imp + "type I interface{ missing.I }; type T struct{}", imp + "type I interface{ M(); missing.I }; type T struct{}", "I?"},
		{"implements a hole", imp + "type I interface{ M(missing.T) }; type J interface{ N() }; type T struct{}; func (T) N() {}",
			imp + "type I interface{ M(missing.T) }; type J interface{ N(int) }; type T struct{}; func (T) N() {}", "J.N: changed from func() to func(int)|I?"},
		{"constant with a hole", imp + "const C = 1", imp + "const C = missing.C", "C?"},
		{"alias of a hole", imp + "type A = int", imp + "type A = missing.A", "A?"},
		{"embedded twice, first without", imp + "type a struct{ *b }; type b struct{ *a; missing.T }; type X struct{ a }; type Y struct{ b }; func (Y) M() {}",
			imp + "type a struct{ *b }; type b struct{ *a; missing.T }; type X struct{ a }; type Y struct{ b }", "X?|Y?|a?|b?"},

		{"constraint", "func F[T any]()", "func F[T comparable]()", "F: type parameter 1 accepts only types that can be compared"},
		{"looser", "func F[T comparable](); func G[T int]()", "func F[T any](); func G[T int|string]()", ""},
		{"tilde", "func F[T ~int]()", "func F[T int]()", "F: type parameter 1 does not accept ~int"},
		{"named", "type N interface{ int|string }; func F[T N]()", "type N interface{ int }; func F[T N]()", "N: does not accept string"},
		{"named otherwise", "type n interface{ int|string }; func F[T n]()", "type m interface{ int|string }; func F[T m]()", ""},
		{"more", "func F[T any](T)", "func F[T, U any](T)", "F: changed from 1 to 2 type parameters"},
		{"depends", "func F[S []T, T any](S)", "func F[S []E, E any](S)", ""},
		{"bound by a method", "func F[T interface{ M() }](T)", "func F[T interface{ M(); N() }](T)", ""}, // not looked at
	} {
		t.Run(c.name, func(t *testing.T) {
			changes, unknown, err := Compare(check(t, c.before), check(t, c.after))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range changes {
				got = append(got, c.Text)
				if c.Object == nil {
					t.Errorf("of %q it is not known what it is about", c.Text)
				}
			}
			for _, u := range unknown {
				got = append(got, u+"?")
			}
			if strings.Join(got, "|") != c.want {
				t.Errorf("says\n%q, want\n%q", strings.Join(got, "|"), c.want)
			}
		})
	}
}

// TestSteady: interfaces that are not implemented any more are told in one order, which apidiff does not do.
func TestSteady(t *testing.T) {
	var before, after strings.Builder
	for i := range 20 {
		fmt.Fprintf(&before, "type I%d interface{ M() }\n", i)
		fmt.Fprintf(&after, "type I%d interface{ M(int) }\n", i)
	}
	before.WriteString("type T struct{}\nfunc (T) M() {}\n")
	after.WriteString("type T struct{}\nfunc (T) M() {}\n")
	var first []string
	for i := range 20 {
		changes, _, err := Compare(check(t, before.String()), check(t, after.String()))
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, c := range changes {
			texts = append(texts, c.Text)
		}
		if i == 0 {
			first = texts
		} else if !slices.Equal(texts, first) {
			t.Fatalf("says %q, and then %q", first, texts)
		}
	}
	if len(first) != 21 {
		t.Errorf("says %q", first)
	}
}

// TestPanic: apidiff's panic is an error.
func TestPanic(t *testing.T) {
	before := "type X = interface{ M() }; type T struct{ X }"
	if _, _, err := Compare(check(t, before), check(t, "type X = interface{}; type T struct{ X }")); err == nil {
		t.Error("apidiff does not panic any more: find another input, or take the guard away")
	} else if strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "apidiff stops") {
		t.Errorf("error %q", err)
	}
}

// TestSubject: whom a message of apidiff is about.
func TestSubject(t *testing.T) {
	for message, want := range map[string]string{
		"F: removed":                  "F ",
		"T.M: removed":                "T M",
		"(*T).M: removed":             "T M",
		"(*T[K]).M: removed":          "T M",
		"T[K, V].M: changed":          "T M",
		"T.F.G: removed":              "T F",
		"T, element type: changed":    "T ",
		"b.M, method set of T: gone":  "T ",
		"b.M, method set of *T: gone": "T ",
		"example.com/q.T.M: removed":  " ",
		"./q.T: removed":              " ",
		"Ä: value changed from 1: 2":  "Ä ",
	} {
		if name, member := subject(message); name+" "+member != want {
			t.Errorf("%s: %q %q", message, name, member)
		}
	}
}
