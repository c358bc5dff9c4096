package goapi_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/goapi"
	"github.com/refward/refward/analyzers/gosec"
)

// realHelper builds the helper program, once.
var realHelper = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "refward-goapi-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, gosec.HelperName)
	out, err := exec.Command("go", "build", "-o", path, "../../cmd/refward-gosec").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := realHelper(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// counted compares with the helper program, and counts how often it is asked.
type counted struct {
	*gosec.APIs
	asked func(dirs []string)
}

func (c counted) Compare(ctx context.Context, dirs []string, before, after fs.FS) (map[string]goapi.Answer, error) {
	if c.asked != nil {
		c.asked(dirs)
	}
	found, err := c.APIs.Compare(ctx, dirs, before, after)
	answers := map[string]goapi.Answer{}
	for dir, f := range found {
		answer := goapi.Answer{Unknown: f.Unknown, Files: f.Files, Before: f.Before, Unexamined: f.Unexamined}
		for _, c := range f.Changes {
			answer.Changes = append(answer.Changes, goapi.Change(c))
		}
		answers[dir] = answer
	}
	return answers, err
}

// analyzer returns the analyzer with a helper program, which knows no types but those of the standard library. asked may be nil.
func analyzer(t *testing.T, helper string, asked func([]string)) *analyzers.Analyzer {
	t.Helper()
	if helper == "" {
		var err error
		if helper, err = realHelper(); err != nil {
			t.Fatal(err)
		}
	}
	opts := goapi.Defaults()
	opts.Exclude = []string{"lab", "x/*/draft"}
	a, err := goapi.New(opts, func(o goapi.Options) goapi.Comparer {
		return counted{gosec.NewAPIs(gosec.Host{Helper: helper}, gosec.APIOptions{GOOS: o.GOOS, GOARCH: o.GOARCH, Cgo: o.Cgo, CPU: o.CPU, Memory: int64(o.Memory) << 20}), asked}
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCases(t *testing.T) { analyzerstest.Run(t, analyzer(t, "", nil), "testdata/*.txtar") }

// TestContract holds the analyzer to what all of them promise.
func TestContract(t *testing.T) {
	if testing.Short() {
		t.Skip("each of its many runs starts a process")
	}
	breaks := analyzerstest.Change(analyzerstest.Before("sum/sum.go", "package sum\n\nfunc Sum() int { return 1 }\n"),
		analyzerstest.Commit("feat: sums (#1)\n", analyzerstest.Changed("sum/sum.go", "package sum\n\nfunc Sum() int64 { return 1 }\n")))
	analyzerstest.Suite(t, analyzer(t, "", nil), breaks)
}

// TestAsked: the helper is asked only where tokens do not tell that nothing changed.
func TestAsked(t *testing.T) {
	const before = "package a\n\nimport (\n\t\"fmt\"\n\t\"io\"\n)\n\ntype T struct{ n int }\n\nfunc (t T) Get(w io.Writer) { fmt.Fprint(w, help(1)) }\n\nfunc help(n int) int { return n }\n\nvar size = 1\n"
	const method = "func (t T) Get(w io.Writer) { fmt.Fprint(w, help(1)) }"
	for name, c := range map[string]struct {
		old, new string // replaced in the file
		asked    bool
	}{
		"body":            {"help(1)", "help(2)", false},
		"comment":         {"type T", "// A T is a T.\ntype T", false},
		"added":           {"type T", "type U int\n\ntype T", false},
		"added method":    {"func help", "func (t T) Set() {}\n\nfunc help", false},
		"order":           {method + "\n\nfunc help(n int) int { return n }", "func help(n int) int { return n }\n\n" + method, false},
		"unexported":      {"func help(n int) int", "func help(n int64) int", false},
		"unexported var":  {"var size = 1", "var size = \"\"", false},
		"layout":          {"struct{ n int }", "struct {  n   int }", false},
		"other import":    {"\"io\"", "\"io\"\n\t\"os\"", false},
		"system":          {"package a", "//go:build linux\n\npackage a", true},
		"signature":       {"w io.Writer", "w io.Reader", true},
		"receiver":        {"(t T) Get", "(t *T) Get", true},
		"import":          {"\"io\"", "io \"example.com/io\"", true},
		"field":           {"n int }", "n []int }", true},
		"shadow":          {"var size = 1", "type int string", true},
		"removed":         {method, "", true},
		"package":         {"package a", "package b", true},
		"not exported":    {"type T", "type t", true},
		"exported behind": {"func help(n int) int { return n }", "func Help(n int) int { return n }", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := strings.Replace(before, c.old, c.new, 1)
			if after == before {
				t.Fatal("nothing is replaced")
			}
			asked := false
			a := analyzer(t, "", func([]string) { asked = true })
			change := analyzerstest.Change(analyzerstest.Before("a/a.go", before), analyzerstest.Commit("feat: x (#1)\n", analyzerstest.Changed("a/a.go", after)))
			r, err := a.Run(t.Context(), change)
			if err != nil {
				t.Fatal(err)
			}
			if asked != c.asked {
				t.Errorf("asked %v, want %v: %+v", asked, c.asked, r.Findings)
			}
			if !asked && len(r.Findings) > 0 {
				t.Errorf("finds %+v", r.Findings)
			}
		})
	}
}

// TestTold: what a finding says, and what it does not.
func TestTold(t *testing.T) {
	secret := analyzerstest.Fake("ghp_", "alnum", 36)
	before := "package a\n\nconst Token = \"\"\n\nfunc A() {}\n\nfunc B() {}\n\nfunc C() {}\n\nfunc D() {}\n\nfunc E(int) {}\n\nfunc F() {}\n"
	after := "package a\n\nconst Token = \"" + secret + "\"\n\nfunc E(string) {}\n"
	run := func(after string) analyzers.Finding {
		c := analyzerstest.Change(analyzerstest.Before("a/a.go", before), analyzerstest.Commit("feat: x (#1)\n", analyzerstest.Changed("a/a.go", after)))
		r, err := analyzer(t, "", nil).Run(t.Context(), c)
		if err != nil || len(r.Findings) != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		return r.Findings[0]
	}
	f := run(after)
	const want = `the change breaks who uses package a, and no commit says so: A: removed; B: removed; C: removed; D: removed; and 3 more`
	if f.Message != want {
		t.Errorf("says %q", f.Message)
	}
	if !strings.Contains(f.Excerpt, "E: changed from func(int) to func(string)\nF: removed\nToken: value changed from \"…\" to \"…\"") || strings.Contains(f.Excerpt, secret) {
		t.Errorf("shows %q", f.Excerpt)
	}
	if f.Commit != "" || f.Ref != "refs/heads/main" || f.Path != "a/a.go" {
		t.Errorf("%+v", f)
	}
	if g := run(strings.Replace(after, "string", "bool", 1)); g.Key == f.Key {
		t.Error("another change has the same key")
	}
}

// TestDeath: where the helper ends, that is the check's error, and what it found before is there.
func TestDeath(t *testing.T) {
	for name, limit := range map[string]func(*goapi.Options){
		"no helper": func(*goapi.Options) {},
		"memory":    func(o *goapi.Options) { o.Memory = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			helper, err := realHelper()
			if err != nil {
				t.Fatal(err)
			}
			if name == "no helper" {
				helper = filepath.Join(t.TempDir(), "none")
			}
			a, err := goapi.New(goapi.Defaults(), func(o goapi.Options) goapi.Comparer {
				limit(&o)
				return counted{gosec.NewAPIs(gosec.Host{Helper: helper}, gosec.APIOptions{GOOS: o.GOOS, GOARCH: o.GOARCH, CPU: o.CPU, Memory: int64(o.Memory) << 20}), nil}
			})
			if err != nil {
				t.Fatal(err)
			}
			// Enough of it that the limit is looked at before the end.
			var before, after strings.Builder
			before.WriteString("package a\n\nimport _ \"net/http\"\n")
			after.WriteString("package a\n\nimport _ \"net/http\"\n")
			for i := range 20_000 {
				fmt.Fprintf(&before, "type T%d struct{ F int }\n", i)
				fmt.Fprintf(&after, "type T%d struct{ F string }\n", i)
			}
			c := analyzerstest.Change(analyzerstest.Before("a/a.go", before.String()), analyzerstest.Before("b/b.go", "package b\n\nfunc F() {}\n"),
				analyzerstest.Commit("feat: x (#1)\n", analyzerstest.Changed("b/b.go", ""), analyzerstest.Deleted("b/b.go"), analyzerstest.Added("a/a.go", after.String())))
			r, err := a.Run(t.Context(), c)
			if err == nil {
				t.Fatal("no error")
			}
			if len(r.Findings) != 1 || r.Findings[0].Path != "b/b.go" {
				t.Errorf("finds %+v", r.Findings)
			}
		})
	}
}

// TestDeep: brackets in brackets overflow nothing here, and are named.
func TestDeep(t *testing.T) {
	deep := "package a\n\nfunc F() {}\n\nvar X = " + strings.Repeat("(", 200_000) + "1" + strings.Repeat(")", 200_000) + "\n"
	c := analyzerstest.Change(analyzerstest.Before("a/a.go", "package a\n\nfunc F() {}\n"), analyzerstest.Commit("feat: x (#1)\n", analyzerstest.Added("a/a.go", deep)))
	r, err := analyzer(t, "", nil).Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) != 1 || r.Findings[0].Rule != "incomplete" || !strings.Contains(r.Findings[0].Message, "500 deep") {
		t.Errorf("finds %+v", r.Findings)
	}
}

// TestCheckOptions refuses each option that means nothing.
func TestCheckOptions(t *testing.T) {
	for key, change := range map[string]func(*goapi.Options){
		"goos":       func(o *goapi.Options) { o.GOOS = "windos" },
		"goarch":     func(o *goapi.Options) { o.GOARCH = "" },
		"exclude[0]": func(o *goapi.Options) { o.Exclude = []string{"a/"} },
		"exclude[1]": func(o *goapi.Options) { o.Exclude = []string{"a", "[a"} },
		"cpu":        func(o *goapi.Options) { o.CPU = 0 },
		"memory":     func(o *goapi.Options) { o.Memory = 1 },
	} {
		opts := goapi.Defaults()
		change(&opts)
		_, err := goapi.New(opts, nil)
		var wrong *analyzers.OptionError
		if !errors.As(err, &wrong) || wrong.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}
