package repair_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/module"

	"github.com/refward/refward/analyzers/gosec/engine"
	"github.com/refward/refward/analyzers/gosec/load"
	"github.com/refward/refward/analyzers/gosec/modtypes"
	"github.com/refward/refward/analyzers/gosec/repair"
	"github.com/refward/refward/analyzers/gosec/wire"
)

// loaded loads the package of one file.
func loaded(t testing.TB, source string) *load.Package {
	t.Helper()
	l, err := load.New(load.Config{Tree: fstest.MapFS{"go.mod": {Data: []byte("module example.com/shop\n")}, "a.go": {Data: []byte(source)}}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Package(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sound says what is wrong with a repaired package: it must type-check, but for what is not used, and the original must be as it was.
func sound(p *load.Package) error {
	for _, e := range p.TypeErrors {
		if !strings.Contains(e.Msg, "declared and not used") && !strings.Contains(e.Msg, "imported and not used") {
			return e
		}
	}
	return nil
}

// gosecEngine has all of gosec's rules.
var gosecEngine = sync.OnceValue(func() *engine.Engine {
	e, err := engine.New(engine.Options{Generated: true})
	if err != nil {
		panic(err)
	}
	return e
})

// issues returns what gosec's analyzers find in a package that was repaired, as "RULE:line".
func issues(t testing.TB, p *load.Package) []string {
	t.Helper()
	whole, _, err := repair.Package(t.Context(), p, repair.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := sound(whole); err != nil {
		t.Errorf("it does not type-check: %v", err)
	}
	r := gosecEngine().Begin(p).SSAOf(t.Context(), whole)
	if r.Reduced != nil {
		t.Errorf("not all was looked at: %q", r.Reduced)
	}
	var all []string
	for _, i := range r.Issues {
		all = append(all, fmt.Sprintf("%s:%d", i.Rule, i.Line))
	}
	slices.Sort(all)
	return all
}

// TestKept: what is found in code whose types are known is found beside code whose types are not, in one function with it.
func TestKept(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		want   []string
	}{
		"a conversion beside a call that nobody knows": {`package shop

import "example.com/far/thing"

func F(n int) (int8, error) {
	x, err := thing.Open(n)
	if err != nil {
		return 0, err
	}
	defer x.Close()
	for _, item := range x.Items() {
		item.Count++
	}
	return int8(n), nil
}
`, []string{"G115:14"}},
		"a value of an unknown type is no integer": {`package shop

import "example.com/far/thing"

func F() int8 { return int8(thing.Number()) }
`, nil},
		"a taint through a function that nobody knows": {`package shop

import (
	"net/http"
	"os/exec"

	"example.com/far/router"
)

func F(w http.ResponseWriter, r *http.Request) {
	router.Log(r)
	name := r.URL.Query().Get("name")
	_ = exec.Command("sh", "-c", name).Run()
}
`, []string{"G702:13"}},
		"an embedded type, a method and a literal that nobody knows": {`package shop

import "example.com/far/base"

type Shop struct {
	base.Model
	Name string
}

func (s *Shop) Save(n int) uint8 {
	s.Model.Touch()
	_ = base.Options{Limit: n, Names: []string{s.Name}}
	return uint8(n)
}
`, []string{"G115:13"}},
		"code that does not compile": {`package shop

func F(n int) int8 {
	var s string = n
	undefined.Call(s)
	return int8(n)
}

func G() int { return F }
`, []string{"G115:6"}},
		"a generic function and a closure": {`package shop

import "example.com/far/list"

func F[T any](all []T, n int) int16 {
	list.Each(all, func(t T) { list.Show(t) })
	return int16(n)
}

var _ = F[string]
`, []string{"G115:7"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := loaded(t, c.source)
			if !p.IllTyped {
				t.Fatal("the types are complete: there is nothing to repair")
			}
			before := fmt.Sprintf("%p %d", p.Syntax[0], len(p.Syntax[0].Decls))
			if got := issues(t, p); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
			if after := fmt.Sprintf("%p %d", p.Syntax[0], len(p.Syntax[0].Decls)); before != after {
				t.Error("the package itself was altered")
			}
			if r := gosecEngine().Begin(p).SSA(t.Context()); len(r.Issues) > 0 || r.Reduced == nil {
				t.Errorf("without repair it finds %+v", r)
			}
		})
	}
}

// dependencies are modules that are looked at with all types and with none of other modules. They are among our dependencies, so that theirs are in the module cache.
var dependencies = []string{"github.com/go-git/go-git/v5", "github.com/zricethezav/gitleaks/v8", "github.com/spf13/viper", "github.com/mholt/archives",
	"github.com/owenrumney/go-sarif/v3", "github.com/ProtonMail/go-crypto"}

// TestShareKept holds what is found without the types of other modules against what is found with them, over real modules.
func TestShareKept(t *testing.T) {
	some := dependencies
	if testing.Short() {
		some = dependencies[:1]
	}
	all, kept, more := 0, 0, 0
	for _, mod := range some {
		dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", mod).Output()
		if err != nil || strings.TrimSpace(string(dir)) == "" {
			t.Logf("%s is not there: %v", mod, err)
			continue
		}
		cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
		if err != nil {
			t.Fatal(err)
		}
		with := found(t, strings.TrimSpace(string(dir)), strings.TrimSpace(string(cache)))
		without := found(t, strings.TrimSpace(string(dir)), "")
		a, k, m := 0, 0, 0
		for f, n := range with {
			a += n
			k += min(n, without[f])
		}
		for f, n := range without {
			m += max(0, n-with[f])
		}
		t.Logf("%s: %d of %d kept, %d more", mod, k, a, m)
		all, kept, more = all+a, kept+k, more+m
	}
	if all < 10 || kept*100 < all*80 || more*100 > all*10 {
		t.Errorf("%d of %d findings are kept, %d are more", kept, all, more)
	}
}

// found returns what gosec's analyzers find in the packages of a directory.
func found(t *testing.T, dir, cache string) map[string]int {
	t.Helper()
	c := load.Config{Tree: os.DirFS(dir)}
	var l *load.Loader
	if cache != "" {
		known, err := modtypes.New(modtypes.Options{ModuleCache: cache, Versions: func(path string) (module.Version, bool) { return l.Version(path) }})
		if err != nil {
			t.Fatal(err)
		}
		defer known.Close()
		c.Modules = []load.Modules{known}
	}
	var err error
	if l, err = load.New(c); err != nil {
		t.Fatal(err)
	}
	dirs, err := l.Dirs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int{}
	for _, d := range dirs {
		if strings.Contains(d, "testdata") || strings.HasPrefix(d, "_") {
			continue
		}
		p, err := l.Package(t.Context(), d)
		if err != nil {
			continue
		}
		var r wire.Result
		if a := gosecEngine().Begin(p); !p.IllTyped {
			r = a.SSA(t.Context())
		} else if whole, _, err := repair.Package(t.Context(), p, repair.Limits{}); err != nil {
			t.Errorf("%s: %v", d, err)
		} else if err := sound(whole); err != nil {
			t.Errorf("%s does not type-check: %v", d, err)
		} else {
			r = a.SSAOf(t.Context(), whole)
		}
		for _, i := range r.Issues {
			all[fmt.Sprintf("%s %s:%d:%d %s", i.Rule, i.Path, i.Line, i.Column, i.What)]++
		}
	}
	return all
}

// TestEnds: a context that is done ends it, and limits are kept.
func TestEnds(t *testing.T) {
	p := loaded(t, "package shop\n\nimport \"example.com/far/thing\"\n\nfunc F() { thing.Do(undefined) }\n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := repair.Package(ctx, p, repair.Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is done: %v", err)
	}
	if _, _, err := repair.Package(t.Context(), p, repair.Limits{Bytes: 1}); !errors.Is(err, repair.ErrBeyondRepair) {
		t.Errorf("more source than is read: %v", err)
	}
}
