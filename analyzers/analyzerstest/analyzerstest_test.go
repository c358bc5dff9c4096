package analyzerstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/refward/refward/analyzers"
)

// todo is a well-behaved analyzer: it finds each "TODO:".
func todo() *analyzers.Analyzer {
	return &analyzers.Analyzer{
		Name: "todo", Doc: "finds added TODO marks\n\nWhat nobody owns stays.", Groups: []string{"marks"},
		Rules: func() []analyzers.Rule {
			return []analyzers.Rule{{ID: "anonymous", Group: "marks", Summary: "a TODO without a name", Fix: "name it", Example: "TODO: mend\nTODO(ada): mend"}}
		},
		Run: findTodos,
	}
}

func findTodos(ctx context.Context, c *analyzers.Change) (r analyzers.Result, err error) {
	find := func(f analyzers.Finding, text []byte, start int) {
		for n, line := range bytes.Split(text, []byte("\n")) {
			if col := bytes.Index(line, []byte("TODO:")); col >= 0 {
				f.Rule, f.Group, f.Message, f.Line, f.EndLine, f.Column = "anonymous", "marks", "no name", start+n, start+n, col+1
				r.Findings = append(r.Findings, f)
			}
		}
	}
	for _, ref := range c.Refs {
		for _, i := range ref.Tags {
			find(analyzers.Finding{Ref: ref.Ref}, []byte(c.Tags[i].Message), 1)
		}
	}
	for h, err := range c.Hunks(ctx) {
		if err != nil {
			return r, fmt.Errorf("read lines: %w", err)
		}
		if h.Unread != "" {
			r.Skipped = append(r.Skipped, analyzers.Skip{What: h.Path, Why: h.Unread})
		}
		find(analyzers.Finding{Path: h.Path, Commit: h.Commit}, h.Text, h.Start)
	}
	return r, nil
}

func marked() *analyzers.Change {
	return Change(
		Commit("one\n", Added("a.go", "// TODO: a\n"), Added("b.go", "// TODO: b\n")),
		Commit("two\n", AddedAt("a.go", 7, "// TODO: c\n")),
		Tag("v1", "TODO: tag\n"))
}

func TestSuitePasses(t *testing.T) { Suite(t, todo(), marked()) }

func TestRun(t *testing.T) { Run(t, todo(), "testdata/*.txtar") }

// Each check refuses an analyzer that breaks it.
func TestSuiteRefuses(t *testing.T) {
	wrap := func(change func(r *analyzers.Result, err *error)) *analyzers.Analyzer {
		a := todo()
		a.Run = func(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
			r, err := findTodos(ctx, c)
			change(&r, &err)
			return r, err
		}
		return a
	}
	first := func(change func(f *analyzers.Finding)) *analyzers.Analyzer {
		return wrap(func(r *analyzers.Result, _ *error) { change(&r.Findings[0]) })
	}
	var calls atomic.Int64
	for _, test := range []struct {
		name  string
		check func(a *analyzers.Analyzer) error
		a     *analyzers.Analyzer
	}{
		{"no reason in the documentation", documentation, &analyzers.Analyzer{Name: "x", Doc: "title", Run: findTodos, Rules: todo().Rules}},
		{"no rules", documentation, &analyzers.Analyzer{Name: "x", Doc: "t\n\nw", Run: findTodos, Rules: func() []analyzers.Rule { return nil }}},
		{"no run", documentation, &analyzers.Analyzer{Name: "x", Doc: "t\n\nw", Rules: todo().Rules}},
		{"no example", documentation, &analyzers.Analyzer{Name: "x", Doc: "t\n\nw", Run: findTodos, Rules: func() []analyzers.Rule {
			return []analyzers.Rule{{ID: "anonymous", Summary: "s", Fix: "f"}}
		}}},
		{"rules that differ", documentation, &analyzers.Analyzer{Name: "x", Doc: "t\n\nw", Run: findTodos, Rules: func() []analyzers.Rule {
			return []analyzers.Rule{{ID: fmt.Sprintf("r%d", calls.Add(1)), Summary: "s", Fix: "f", Example: "e"}}
		}}},
		{"a finding in nothing", emptyOf, wrap(func(r *analyzers.Result, _ *error) { r.Findings = append(r.Findings, analyzers.Finding{}) })},
		{"a rule that is not declared", completeOf, first(func(f *analyzers.Finding) { f.Rule = "other" })},
		{"another group", completeOf, first(func(f *analyzers.Finding) { f.Group = "" })},
		{"no message", completeOf, first(func(f *analyzers.Finding) { f.Message = "" })},
		{"a hint of two lines", completeOf, first(func(f *analyzers.Finding) { f.Hint = "a\nb" })},
		{"an end before the start", completeOf, first(func(f *analyzers.Finding) { f.EndLine = 0 })},
		{"a column without a line", completeOf, first(func(f *analyzers.Finding) { f.Line, f.EndLine = 0, 0 })},
		{"an unknown severity", completeOf, first(func(f *analyzers.Finding) { f.Severity = 9 })},
		{"an unknown commit", completeOf, first(func(f *analyzers.Finding) { f.Commit = "c1" })},
		{"a secret in the excerpt", completeOf, first(func(f *analyzers.Finding) { f.Excerpt, f.Secrets = "x = hidden", []string{"hidden"} })},
		{"another result each time", steadyOf, wrap(func(r *analyzers.Result, _ *error) {
			r.Examined = map[string]int64{"calls": calls.Add(1)}
		})},
		{"a swallowed interruption", interruptedOf, wrap(func(_ *analyzers.Result, err *error) { *err = nil })},
		{"a swallowed error", failingOf, wrap(func(_ *analyzers.Result, err *error) { *err = nil })},
		{"another error in its place", failingOf, wrap(func(_ *analyzers.Result, err *error) {
			if *err != nil {
				*err = errors.New("something else")
			}
		})},
		{"an error that loses what was found", failingOf, wrap(func(r *analyzers.Result, err *error) {
			if *err != nil {
				*r = analyzers.Result{}
			}
		})},
		{"an unread file passed over", unreadOf, wrap(func(r *analyzers.Result, _ *error) { r.Skipped = nil })},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.check(test.a); err == nil {
				t.Error("the check passes")
			}
			if err := test.check(todo()); err != nil {
				t.Errorf("the check refuses a good analyzer: %v", err)
			}
		})
	}
}

func emptyOf(a *analyzers.Analyzer) error  { return empty(context.Background(), a) }
func unreadOf(a *analyzers.Analyzer) error { return unread(context.Background(), a) }

func completeOf(a *analyzers.Analyzer) error {
	r, _ := a.Run(context.Background(), marked())
	return complete(a, marked(), r)
}

func steadyOf(a *analyzers.Analyzer) error {
	r, _ := findTodos(context.Background(), marked())
	return steady(context.Background(), a, marked(), r)
}

func interruptedOf(a *analyzers.Analyzer) error {
	r, _ := findTodos(context.Background(), marked())
	return interrupted(context.Background(), a, marked(), r)
}

func failingOf(a *analyzers.Analyzer) error {
	r, _ := findTodos(context.Background(), marked())
	return failing(context.Background(), a, marked(), r)
}

func TestSteadySeesAnAlteredChange(t *testing.T) {
	c := marked()
	whole, _ := findTodos(t.Context(), c)
	a := todo()
	var once sync.Once // several writers at once would be a fault of this test
	a.Run = func(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
		once.Do(func() {
			for h := range c.Hunks(ctx) {
				h.Text[0] = '#'
				break
			}
		})
		return whole, nil
	}
	if err := steady(t.Context(), a, c, whole); err == nil {
		t.Error("a run that writes to a hunk passes")
	}
}

// A case that is not met says what is missing and what is too much.
func TestCompareRefuses(t *testing.T) {
	data, err := os.ReadFile("testdata/todo.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ from, to, want string }{
		{"main.go:3:4 first", "main.go:4 first", "missed anonymous cmd/main.go:4 first"},
		{"main.go:3:4 first", "main.go:3:5 first", "not wanted: anonymous cmd/main.go:3:4 first (no name)"},
		{"main.go:3:4 first", "main.go:3 second", "missed anonymous cmd/main.go:3 second"},
		{"anonymous pic.png:1 second\n", "", "not wanted: anonymous pic.png:1:1 second"},
		{"anonymous pic.png:1", "other pic.png", "missed other pic.png second"},
		{"skip: large.bin", "skip: other.bin", `"other.bin" is not among the skipped`},
		{"skip: large.bin", "error: broken", `no error, want one with "broken"`},
	} {
		c, err := parseCase(bytes.Replace(data, []byte(test.from), []byte(test.to), 1))
		if err != nil {
			t.Fatal(err)
		}
		r, err := findTodos(t.Context(), c.change)
		if got := strings.Join(c.compare(r, err), "\n"); !strings.Contains(got, test.want) {
			t.Errorf("%q for %q: got %q, want %q", test.to, test.from, got, test.want)
		}
	}
}

func TestParse(t *testing.T) {
	data, err := os.ReadFile("testdata/todo.txtar")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parseCase(data)
	if err != nil {
		t.Fatal(err)
	}
	c := parsed.change
	second := c.Commits[1]
	if !second.Merge() || second.Parents[0] != ID("first") || second.Author.Name != "C O Mitter" || second.Reverts != ID("first") ||
		!reflect.DeepEqual(second.Defects, []string{"no committer"}) || second.Message != "Merge\n" {
		t.Errorf("second commit: %+v", second)
	}
	if c.Pusher.Name != "author" || c.Pusher.Source != "gitea" || len(c.Options) != 1 || c.Kind != analyzers.KindPush {
		t.Errorf("change: %+v", c)
	}
	if r := c.Refs[0]; !r.Protected || r.FastForward || r.New != second.ID || len(r.Commits) != 2 || r.Old != ID("before") {
		t.Errorf("first ref: %+v", r)
	}
	if r := c.Refs[1]; r.Target != "tag" || r.New != c.Tags[0].ID || len(r.Tags) != 1 {
		t.Errorf("second ref: %+v", r)
	}
	var paths []string
	for f := range c.Files(t.Context()) {
		paths = append(paths, string(f.Status)+" "+f.Path)
	}
	if want := []string{"A cmd/main.go", "M cmd/flags.go", "A with space.txt", "M pic.png", "A large.bin", "D gone.go", "R b.go"}; !reflect.DeepEqual(paths, want) {
		t.Errorf("files %q, want %q", paths, want)
	}
	heads, ids := map[string][]byte{}, map[string]string{}
	for h := range c.Hunks(t.Context()) {
		heads[h.Path], ids[h.Path] = h.Head, h.Blob
	}
	some := 0
	for b := range c.Blobs(t.Context(), func(f analyzers.File) bool { return f.Path == "cmd/flags.go" }) {
		if some++; b.Files[0].Path != "cmd/flags.go" {
			t.Errorf("blob of %v, which nobody wants", b.Files)
		}
	}
	if some != 1 {
		t.Errorf("%d blobs of one path", some)
	}
	var flags string
	for b := range c.Blobs(t.Context(), nil) {
		if head := heads[b.Files[0].Path]; string(head) != string(analyzers.HeadOf(b.Data)) || (head == nil) != (b.Unread != "") {
			t.Errorf("%s begins with %q, a hunk has %q", b.Files[0].Path, b.Data, head)
		}
		if id := ids[b.Files[0].Path]; id != b.ID {
			t.Errorf("%s is blob %s, a hunk says %q", b.Files[0].Path, b.ID, id)
		}
		if b.Files[0].Path == "cmd/flags.go" {
			flags = string(b.Data)
		}
	}
	if want := strings.Repeat("\n", 39) + "// one\n\t// TODO: two\n" + strings.Repeat("\n", 48) + "// TODO: three\n"; flags != want {
		t.Errorf("blob of two hunks: %q", flags)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"-- want --\n",
		"no want\n",
		"unknown section\n-- touched a --\n-- want --\n",
		"unknown header\n-- commit --\nmood: good\n\nx\n-- want --\n",
		"no empty line\n-- commit --\nfeat\n-- want --\n",
		"no arrow\n-- renamed a --\n-- want --\n",
		"no place\n-- want --\nrule\n",
		"unknown commit\n-- ref refs/heads/main --\ncommits: c9\n-- want --\n",
		"bad placeholder\n-- added a --\n${fake x}\n-- want --\n",
		"bad length\n-- added a --\n${fake x hex many}\n-- want --\n",
	} {
		if _, err := parseCase([]byte(text)); err == nil {
			t.Errorf("accepted: %q", text)
		}
	}
}

func TestExpand(t *testing.T) {
	got, err := expand(`a ${fake ghp_ alnum 36} ${fake ghp_ alnum 36} ${fake ghp_ alnum 36 other} ${HOME} ${"\r\x00}"}`)
	if err != nil {
		t.Fatal(err)
	}
	one, other := Fake("ghp_", "alnum", 36), Fake("ghp_", "alnum", 36, "other")
	if want := "a " + one + " " + one + " " + other + " ${HOME} \r\x00}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if one == other || len(one) != 40 {
		t.Errorf("fakes %q and %q", one, other)
	}
}

func TestKinds(t *testing.T) {
	if c := Message("text"); Change(c).Kind != analyzers.KindMessage || Change(c).Commits[0].ID != "" {
		t.Error("Message does not make a change of a message")
	}
	c := Change(Index(Added("a", "b\n")))
	if c.Kind != analyzers.KindCommit || len(c.Commits) != 0 {
		t.Error("Index does not make a change of the index")
	}
	for f := range c.Files(t.Context()) {
		// "echo b | git hash-object --stdin" says so.
		if want := "61780798228d17af2d34fce4cfbdf35556832472"; f.Blob != want {
			t.Errorf("blob %s, want %s", f.Blob, want)
		}
	}
}

// A made-up token passes its own checksum.
func TestFakeChecksum(t *testing.T) {
	if got := Fake("npm_", "alnum", 36); got[len(got)-6] > '4' {
		t.Errorf("%s: six digits of base 62 hold more than 32 bits", got)
	}
	body := []byte("qkJaB6MffYVzZXWqmcoF49yrUxP3wf" + "......") // the dummy of secretlint/secretlint#200
	if addChecksum(body); string(body[30:]) != "0LsakP" {
		t.Errorf("got %s", body[30:])
	}
}
