package dod_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/dod"
)

func analyzer(t testing.TB, edit func(*dod.Options)) *analyzers.Analyzer {
	t.Helper()
	o := dod.Defaults()
	if edit != nil {
		edit(&o)
	}
	a, err := dod.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// only returns the analyzer with nothing but the rules given.
func only(t testing.TB, rules ...string) *analyzers.Analyzer {
	a := *analyzer(t, func(o *dod.Options) { o.Size.Lines, o.Size.Files = 20, 3 })
	all := a.Run
	a.Run = filtered(all, rules)
	return &a
}

func TestContract(t *testing.T) {
	t.Parallel()
	marks := analyzerstest.Change(
		analyzerstest.Before(".gitattributes", "*.psd filter=lfs\n"),
		analyzerstest.Commit("WIP", analyzerstest.Added("a.go", "package a\n<<<<<<< HEAD\n=======\n>>>>>>> x\n"), analyzerstest.Added("art/a.psd", "8BPS"),
			analyzerstest.Added("db/migrations/1_x.up.sql", "create table x;\n"), analyzerstest.Binary("big.bin", "\x00"+strings.Repeat("x", 2000))),
		analyzerstest.Commit("feat: b", analyzerstest.Added("x/core.12", "x"), analyzerstest.Deleted("a_test.go"), analyzerstest.AddedAt("a.go", 9, ">>>>>>> y\n")),
	)
	index := analyzerstest.Change(analyzerstest.Before(".gitattributes", "*.psd filter=lfs\n"),
		analyzerstest.Index(analyzerstest.Added("a.psd", "x"), analyzerstest.Added("b.js", "<<<<<<< HEAD\n>>>>>>> x\n"), analyzerstest.Added("m/.DS_Store", "x")))
	analyzerstest.Suite(t, analyzer(t, func(o *dod.Options) { o.Binary.Max = 1000 }), marks, index)
	for _, r := range analyzer(t, nil).Rules() {
		if r.Example == "" || r.Why == "" {
			t.Errorf("rule %s has no example or says not why", r.ID)
		}
	}
}

// TestRules runs the cases of each rule with the other rules off, and those of "all" with all of them.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, r := range analyzer(t, nil).Rules() {
		t.Run(r.ID, func(t *testing.T) {
			a := only(t, r.ID)
			analyzerstest.Run(t, a, "testdata/"+r.ID+"/*.txtar")
			t.Run("trailers", func(t *testing.T) {
				switch r.ID {
				case "sign-off", "rollback", "perf-evidence":
				default:
					return
				}
				analyzerstest.Run(t, a, "testdata/"+r.ID+"/trailers/*.txtar")
			})
		})
	}
}

func run(t testing.TB, a *analyzers.Analyzer, c *analyzers.Change) analyzers.Result {
	t.Helper()
	r, err := a.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rulesOf(r analyzers.Result) string {
	var list []string
	for _, f := range r.Findings {
		list = append(list, f.Rule)
	}
	return strings.Join(list, " ")
}

// TestKinds: what a whole change does is asked of pushes and ranges only.
func TestKinds(t *testing.T) {
	t.Parallel()
	a := only(t, "tests-touched", "size")
	for kind, want := range map[analyzers.Kind]string{
		analyzers.KindPush: "tests-touched size", analyzers.KindRange: "tests-touched size", analyzers.KindTree: "", analyzers.KindHistory: "", analyzers.KindCommit: "",
	} {
		c := analyzerstest.Change(analyzerstest.Commit("feat: x", analyzerstest.Added("a.go", strings.Repeat("x\n", 50))))
		c.Kind = kind
		if got := rulesOf(run(t, a, c)); got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
	if got := rulesOf(run(t, analyzer(t, nil), analyzerstest.Change(analyzerstest.Message("WIP\n")))); got != "wip sign-off" {
		t.Errorf("a message: %q", got)
	}
}

// TestRefs: each ref is judged by its own commits.
func TestRefs(t *testing.T) {
	t.Parallel()
	c := analyzerstest.Change(
		analyzerstest.Commit("feat: x", analyzerstest.Added("a.go", "x\n")),
		analyzerstest.Commit("test: x", analyzerstest.Added("a_test.go", "x\n")),
	)
	half := c.Refs[0]
	half.Ref, half.Commits = "refs/heads/half", []int{0}
	c.Refs = append(c.Refs, half)
	r := run(t, only(t, "tests-touched"), c)
	if len(r.Findings) != 1 || r.Findings[0].Ref != "refs/heads/half" || r.Findings[0].Message != "code changes in 1 file (a.go, Go), and no test does" {
		t.Errorf("%+v", r.Findings)
	}
}

// TestRenamedSince: code has a name in the message, whatever became of its own.
func TestRenamedSince(t *testing.T) {
	t.Parallel()
	moved := analyzerstest.Renamed("b.go", "a.go")
	r := run(t, only(t, "tests-touched"), analyzerstest.Change(
		analyzerstest.Commit("feat: x", analyzerstest.Added("b.go", "x\n")), analyzerstest.Commit("chore: move x", moved)))
	if len(r.Findings) != 1 || r.Findings[0].Message != "code changes in 1 file (b.go, Go), and no test does" {
		t.Errorf("%+v", r.Findings)
	}
}

// TestKeys: after a rebase, which gives commits new ids, the same is found by the same keys.
func TestKeys(t *testing.T) {
	t.Parallel()
	keys := func(first string) (list []string) {
		parts := []analyzerstest.Part{analyzerstest.Before(".gitattributes", "*.psd filter=lfs\n")}
		if first != "" {
			parts = append(parts, analyzerstest.Commit(first))
		}
		parts = append(parts, analyzerstest.Commit("WIP x", analyzerstest.Added("a.go", "<<<<<<< a\n>>>>>>> b\n"), analyzerstest.Added("a.o", "x"), analyzerstest.Added("a.psd", "x")))
		for _, f := range run(t, analyzer(t, nil), analyzerstest.Change(parts...)).Findings {
			if f.Path == "README.md" || strings.HasPrefix(f.Key, "sign-off") {
				continue
			}
			list = append(list, f.Key)
		}
		return list
	}
	if a, b := keys(""), keys("docs: other"); len(a) < 6 || !reflect.DeepEqual(a, b) {
		t.Errorf("%q\n%q", a, b)
	}
}

func TestBots(t *testing.T) {
	t.Parallel()
	a := analyzer(t, func(o *dod.Options) { o.Bots = []string{"renovate"} })
	for source, want := range map[string]string{"gitea": "perf-evidence", "": "sign-off tests-touched docs-touched changelog-touched perf-evidence"} {
		c := analyzerstest.Change(analyzerstest.Commit("fix: x", analyzerstest.Added("a.go", "x\n")))
		c.Pusher = analyzers.Identity{Name: "renovate", Source: source}
		if got := rulesOf(run(t, a, c)); got != want {
			t.Errorf("source %q: %q, want %q", source, got, want)
		}
	}
}

// TestHostileNames: what is in a path does not reach a terminal, and hides nothing.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a\n.go", "\x1b[31m.go", "\xff\xfe.go", strings.Repeat("x/", 2000) + "a.go", "a\u202e.go", " .go", "-rf.go"} {
		c := analyzerstest.Change(
			analyzerstest.Commit("WIP \x1b[2J\r\xff", analyzerstest.Added(name, "x\n<<<<<<< \x1b[0m\xff\n>>>>>>> \x07\n"), analyzerstest.Added(name+"/.DS_Store", "x"),
				analyzerstest.Added(name+"/migrations/1.up.sql", "x")))
		r := run(t, analyzer(t, nil), c)
		for _, rule := range []string{"wip", "tests-touched", "conflict-marker", "forbidden-file"} {
			if !strings.Contains(rulesOf(r), rule) {
				t.Errorf("%q: no %s", name, rule)
			}
		}
		if name[0] == 0xff {
			if rules := rulesOf(r); strings.Contains(rules, "rollback") {
				t.Errorf("%q: %s", name, rules)
			}
			if !slices.ContainsFunc(r.Skipped, func(s analyzers.Skip) bool { return s.What == name+"/migrations/1.up.sql" }) {
				t.Errorf("%q: io/fs cannot name the migration, which is not told: %q", name, r.Skipped)
			}
		} else if !strings.Contains(rulesOf(r), "rollback") {
			t.Errorf("%q: no rollback", name)
		}
		for _, f := range r.Findings {
			if text := f.Message + f.Hint + f.Excerpt; strings.ContainsAny(text, "\x1b\x07\r\n\u202e") || !utf8.ValidString(text) || len(f.Message) > 600 {
				t.Errorf("%.60q: %q", name, text)
			}
		}
	}
}

// TestBinary: a file whose added lines are text is large and binary all the same.
func TestBinary(t *testing.T) {
	t.Parallel()
	a := only(t, "large-binary")
	big := "\x00\n" + strings.Repeat("text ", 1<<18) + "\n"
	c := analyzerstest.Change(analyzerstest.Before("a.dat", "\x00\n"), analyzerstest.Commit("x", analyzerstest.Changed("a.dat", big)))
	if got := rulesOf(run(t, a, c)); got != "large-binary" {
		t.Errorf("text added to a binary file: %q", got)
	}
	c = analyzerstest.Change(analyzerstest.Commit("x", analyzerstest.Added("a.txt", strings.Repeat("text ", 1<<18)+"\n\x00"), analyzerstest.Binary("small", "\x00")))
	if got := rulesOf(run(t, a, c)); got != "" { // git shows such a file as text
		t.Errorf("a NUL at the end, and a small file: %q", got)
	}
	c = analyzerstest.Change(analyzerstest.Commit("x", analyzerstest.Added("a.dat", big)), analyzerstest.Commit("y", analyzerstest.Renamed("a.dat", "b.dat")))
	r := run(t, a, c)
	if got := rulesOf(r); got != "large-binary" || r.Findings[0].Path != "a.dat" || r.Findings[0].Message != "a binary file of 1.3 MiB, 1.0 MiB allowed" {
		t.Errorf("%+v", r.Findings)
	}
	r = run(t, analyzer(t, func(o *dod.Options) { o.Binary.Max, o.LFS = 0, false }), c)
	if strings.Contains(rulesOf(r), "large-binary") || r.Examined["blobs"] != 0 {
		t.Errorf("the rule is off: %+v", r)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for key, edit := range map[string]func(*dod.Options){
		"tests.exempt[0]":                  func(o *dod.Options) { o.Tests.Exempt = []string{""} },
		"docs.paths[1]":                    func(o *dod.Options) { o.Docs.Paths = []string{"x", "docs/"} },
		"changelog.paths[0]":               func(o *dod.Options) { o.Changelog.Paths = []string{"[a"} },
		"migrations.paths[0]":              func(o *dod.Options) { o.Migrations.Paths = []string{"{"} },
		"evidence.paths[0]":                func(o *dod.Options) { o.Evidence.Paths = []string{"/"} },
		"evidence.trailers[0]":             func(o *dod.Options) { o.Evidence.Trailers = []string{"Perf Evidence"} },
		"size.lines":                       func(o *dod.Options) { o.Size.Lines = -1 },
		"size.files":                       func(o *dod.Options) { o.Size.Files = -1 },
		"binary.max":                       func(o *dod.Options) { o.Binary.Max = -1 },
		"binary.exempt[0]":                 func(o *dod.Options) { o.Binary.Exempt = []string{"x/"} },
		"wip[0]":                           func(o *dod.Options) { o.WIP = []string{" "} },
		"forbidden[0].path":                func(o *dod.Options) { o.Forbidden = []dod.Forbidden{{Path: "a/"}} },
		"forbidden[0].except[1]":           func(o *dod.Options) { o.Forbidden = []dod.Forbidden{{Path: "a", Except: []string{"b", "[", "c/"}}} },
		"forbidden[0].reason":              func(o *dod.Options) { o.Forbidden = []dod.Forbidden{{Path: "a", Reason: "x\ny"}} },
		"conflict.exempt[0]":               func(o *dod.Options) { o.Conflict.Exempt = []string{"[]"} },
		"generated[0]":                     func(o *dod.Options) { o.Generated = []string{""} },
		"bots[0]":                          func(o *dod.Options) { o.Bots = []string{""} },
		"tests.languages.Go.tests[0]":      func(o *dod.Options) { o.Tests.Languages = langs("Go", nil, "x/", "") },
		"tests.languages.My.extensions[0]": func(o *dod.Options) { o.Tests.Languages = langs("My", []string{"go"}, "x", "") },
		"tests.languages.My":               func(o *dod.Options) { o.Tests.Languages = langs("My", nil, "x", "") },
		"tests.languages.Go.inside":        func(o *dod.Options) { o.Tests.Languages = langs("Go", nil, "x", "(") },
	} {
		o := dod.Defaults()
		edit(&o)
		_, err := dod.New(o)
		if e := (*analyzers.OptionError)(nil); !errors.As(err, &e) || e.Key != key {
			t.Errorf("%s: error %v", key, err)
		}
	}
	a := analyzer(t, func(o *dod.Options) {
		o.Tests.Languages = langs("Cobol", []string{".cbl"}, "T*.cbl", "")
		o.Forbidden = []dod.Forbidden{{Path: "*.key", Reason: "keys are kept elsewhere"}, {Path: "x.key"}}
		o.Generated = []string{"gen/**"}
		o.Tests.Exempt = []string{"tools/**"}
	})
	r := run(t, a, analyzerstest.Change(analyzerstest.Commit("x", analyzerstest.Added("PAY.cbl", "x\n"), analyzerstest.Added("x.key", "x"), analyzerstest.Added("gen/a.go", "x\n"), analyzerstest.Added("tools/a.go", "x"))))
	if !strings.Contains(rulesOf(r), "tests-touched") || !strings.Contains(messages(r), "1 file (PAY.cbl, Cobol)") || !strings.Contains(messages(r), ": keys are kept elsewhere") {
		t.Error(messages(r))
	}
	r = run(t, a, analyzerstest.Change(analyzerstest.Commit("x", analyzerstest.Added("PAY.cbl", "x\n"), analyzerstest.Added("TPAY.cbl", "x\n"))))
	if strings.Contains(rulesOf(r), "tests-touched") {
		t.Error(messages(r))
	}
}

// An exception is one of its own entry: what another entry forbids stays forbidden.
func TestForbiddenExcept(t *testing.T) {
	t.Parallel()
	a := analyzer(t, func(o *dod.Options) {
		o.Forbidden = []dod.Forbidden{{Path: "*.key", Except: []string{"sample/**"}, Reason: "keys"}, {Path: "root.*", Reason: "of root"}}
	})
	for path, want := range map[string]string{"a.key": ": keys", "sample/a.key": "", "sample/root.key": ": of root", "root.key": ": keys"} {
		r := run(t, a, analyzerstest.Change(analyzerstest.Commit("x", analyzerstest.Added(path, "x"))))
		if got := strings.Contains(rulesOf(r), "forbidden-file"); got != (want != "") || !strings.Contains(messages(r), want) {
			t.Errorf("%s: %q, want %q", path, messages(r), want)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	var s dod.Size
	if err := s.UnmarshalText([]byte("2MiB")); err != nil || s != 2<<20 || s.String() != "2.0 MiB" {
		t.Errorf("%v, error %v", s, err)
	}
	for _, text := range []string{"", "x", "-1", "9999TiB"} {
		if s.UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q is a size", text)
		}
	}
}

func messages(r analyzers.Result) string {
	var list []string
	for _, f := range r.Findings {
		list = append(list, f.Message)
	}
	return strings.Join(list, "\n")
}
