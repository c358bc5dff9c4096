package repair_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers/gosec/repair"
)

// TestLimits has each limit where it refuses, and the same package without it.
func TestLimits(t *testing.T) {
	lib := newLibrary()
	p := source(t, lib, []byte(unknownImport))
	if _, r, err := repair.Package(context.Background(), p, repair.Limits{}); err != nil || r.StandIns == 0 || r.Rounds == 0 {
		t.Fatalf("%+v: %v", r, err)
	}
	for _, lim := range []repair.Limits{{Bytes: 10}, {Rounds: 1}} {
		src := unknownImport + "\nvar y string = undefined + 1\n"
		if _, r, err := repair.Package(context.Background(), source(t, lib, []byte(src)), lim); !errors.Is(err, repair.ErrBeyondRepair) || r.Rounds > 1 {
			t.Errorf("%+v: %+v: got %v, want %v", lim, r, err, repair.ErrBeyondRepair)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := repair.Package(ctx, p, repair.Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that of the context", err)
	}
	// Without steps nothing is guessed, and everything is replaced instead.
	if q, r, err := repair.Package(context.Background(), p, repair.Limits{Steps: 1}); err != nil {
		t.Error(err)
	} else if got := ssaFindings(t, q); got != "5 G115" {
		t.Errorf("%+v: got %q", r, got)
	}
}

// TestHostile has sources that make the work grow; each must end with a package or an error, after a bounded number of checks.
func TestHostile(t *testing.T) {
	lib := newLibrary()
	n := 400
	if testing.Short() {
		n = 50
	}
	for name, body := range map[string]string{
		"chain":     "func f() { x.F()" + strings.Repeat(".A(1)", n) + " }",
		"deep":      "func f() { x.F(" + strings.Repeat("x.G(", n) + strings.Repeat(")", n) + ") }",
		"closures":  "func f() { " + strings.Repeat("x.F(func() { ", n/4) + strings.Repeat("})", n/4) + " }",
		"infinite":  "func f() { a := x.F(); a = &a; b := x.G(); b = append(b, b); c := x.H(); for _, c = range c { c = c[c] } }",
		"itself":    "func f(t x.T) { t.A = t; t.B = &t; t.C = x.T{A: t, D: []x.T{t}}; var u x.U = t; t = u.T; u.T = t }",
		"functions": "func f() { f := x.F; f = f(f); g := x.G(f); f = g(f, g); g(f)(g)(f) }",
		"many":      strings.Repeat("func _() { x.F() + 1; y.z }\n", n),
		"undefined": strings.Repeat("var _ = undefined.a.b.c[d](e)\n", n),
		"statement": "func f() { break; continue; goto l; fallthrough; case 1: }; func (x) g() {}; func (T) h(); type T struct { T; *T; x.T; T }",
		"types":     "type T[P x.C] struct { p P; q T[T[P]] }; func f[A, B any](T[A], T[x.T]) x.T[A, B] { return f[x.T](nil) }",
		"constants": "const ( a = x.A << iota; b; c ); const d = len(x.D) + e; const e = d; var f [x.N][a]int; func g() int { return f[c][d] }",
		"switches":  "func f(v x.V) { switch v := v.(type) { case x.A, *x.B, int, nil: v.F(); default: switch v { case x.C: case 1: case nil: } } }",
		"selects":   "func f() { select { case x.C <- 1: case v, ok := <-x.D: _, _ = v, ok; case x.E: default: } }",
		"dots":      "func f(a []int) { x.F(a...); x.G(1, a...).H(a...); append(x.A, a...); print(a...) }",
		"shadow":    "type any int; type error string; type string []bool; func len() {}; func f(e error) any { return len(x.F(e), e.Error()) }",
	} {
		t.Run(name, func(t *testing.T) {
			p := source(t, lib, []byte("package in\n\nimport \"example.com/unknown/x\"\n\n"+body+"\n\nfunc last(n int) uint8 { return uint8(n) }\n"))
			q, r, err := repair.Package(context.Background(), p, repair.Limits{})
			if r.Rounds > 14 {
				t.Errorf("%d checks", r.Rounds)
			}
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := buildSSA(q.Package); err != nil {
				t.Error(err)
			}
			if got := ssaFindings(t, q); !strings.Contains(got, "G115") {
				t.Errorf("the finding in the function that is well-typed is lost: %+v: %q", r, got)
			}
		})
	}
}

// FuzzPackage has any source: what comes out must have an SSA form.
func FuzzPackage(f *testing.F) {
	f.Add([]byte(unknownImport))
	for _, s := range []string{"x.F().A[1](2).B", "*x.F + <-x.C", "x.T{1, a: 2}", "func(a x.T) x.U { return a.b.(x.V) }", "[]x.T{{1}, {a: 2}}", "&x.T[x.U]{}"} {
		f.Add([]byte("package in\n\nimport \"example.com/unknown/x\"\n\nvar v = " + s + "\n\nfunc f() { w := " + s + "; w.y++; w.z = v }\n"))
	}
	lib := newLibrary()
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 4096 {
			t.Skip("large")
		}
		p := source(t, lib, src)
		q, r, err := repair.Package(context.Background(), p, repair.Limits{})
		if err != nil {
			if !errors.Is(err, repair.ErrBeyondRepair) {
				t.Fatal(err)
			}
			return
		}
		if !repair.Sound(q) {
			t.Error("not sound")
		}
		if _, err := buildSSA(q.Package); err != nil {
			t.Errorf("%+v: %v\n%s", r, err, fmt.Sprintf("%.400s", src))
		}
	})
}
