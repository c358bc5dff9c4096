package owners_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/owners"
	"github.com/refward/refward/expertise/people"
)

const file = `# comment
*            @everyone
*.go         @gopher gopher@example.museum @gopher
/docs/       @org/docs @writer
/docs/api/*  @org/api/v2
apps/        @octocat
/apps/free
**/logs      @ops
/build/logs/ @builder # with a comment
a\ b.txt     @space
`

func parse(t *testing.T, text string) *owners.File {
	f, err := owners.Parse(t.Context(), "CODEOWNERS", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestOwners holds the rules of GitHub's page "About code owners".
func TestOwners(t *testing.T) {
	t.Parallel()
	f := parse(t, file)
	if len(f.Problems) > 0 {
		t.Fatal(f.Problems)
	}
	for path, want := range map[string]string{
		"README": "[@everyone] 2", "x/main.go": "[@gopher gopher@example.museum] 3", "docs/x.md": "[@org/docs @writer] 4", "x/docs/y.md": "[@everyone] 2",
		"docs/api/a": "[@org/api/v2] 5", "docs/api/a/b": "[@org/docs @writer] 4", "x/apps/y.go": "[@octocat] 6", "apps/free": "[] 7", "apps/free/x": "[] 7",
		"a/logs/b": "[@ops] 8", "build/logs/x": "[@builder] 9", "a b.txt": "[@space] 10", "": "[] 0", strings.Repeat("a", 5000): "[] 0",
	} {
		list, line, err := f.Owners(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(list, line); got != want {
			t.Errorf("%.30s: %s, want %s", path, got, want)
		}
	}
	if list, line, _ := (*owners.File)(nil).Owners(t.Context(), "x"); list != nil || line != 0 {
		t.Error("no file owns something")
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	r, err := parse(t, "*.go @gopher ada@example.com @ghost\n/docs/ @org/docs @gopher\n").Of(t.Context(), []string{"a.go", "b.go", "docs/x", "README", "a.go"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(r.All, r.Gaps, r.Owners["docs/x"]), "[@gopher @ghost ada@example.com @org/docs] [README] [@org/docs @gopher]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	dir, err := people.Join([]people.Ident{{Name: "g", Mail: "1+Gopher@users.noreply.github.com"}, {Name: "Ada", Mail: "Ada@example.com"}}, people.Options{})
	if err != nil {
		t.Fatal(err)
	}
	known, teams, unknown := owners.Split(r.All, dir)
	if got, want := fmt.Sprint(known, teams, unknown), "[0 1] [@org/docs] [@ghost]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := parse(t, file).Of(ended, []string{"a"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestMalformed: a wrong line takes no other with it, and is named.
func TestMalformed(t *testing.T) {
	t.Parallel()
	f := parse(t, strings.Join([]string{
		"*.go @a", "*.c nobody", "[a-z].c @a", "!x @a", "/ @a", "// @a", "***x @a", "x @", "y\xff @a", strings.Repeat("a", 600) + " @a", strings.Repeat("*a", 40) + " @a",
		strings.Repeat("x", 100000) + " @a", "z @a@b", `\`, "*.h @b",
	}, "\n"))
	var lines []int
	for _, p := range f.Problems {
		lines = append(lines, p.Line)
		if !strings.HasPrefix(p.Error(), fmt.Sprintf("CODEOWNERS:%d: ", p.Line)) || len(p.Msg) > 200 {
			t.Error(p)
		}
	}
	if got, want := fmt.Sprint(lines), "[2 3 4 5 6 7 8 9 10 11 12 13]"; got != want {
		t.Errorf("problems in lines %s, want %s: %v", got, want, f.Problems)
	}
	for path, want := range map[string]int{"a.go": 1, "a.h": 15, "a": 0} {
		if _, line, err := f.Owners(t.Context(), path); err != nil || line != want {
			t.Errorf("%s: line %d, want %d", path, line, want)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx       context.Context
		text, msg string
	}{
		"section":  {t.Context(), "* @a\n\n[Docs][2] @b\nx\n", "CODEOWNERS:3: begins a section"},
		"optional": {t.Context(), "^[Docs]\n", "CODEOWNERS:1: begins a section"},
		"large":    {t.Context(), strings.Repeat("# x\n", 1<<20), "has 4194304 bytes"},
		"many":     {t.Context(), strings.Repeat("a @b\n", owners.MaxRules+1), "CODEOWNERS:20001: "},
		"late":     {ended, strings.Repeat("a @b\n", 100), "context canceled"},
	} {
		if _, err := owners.Parse(tt.ctx, "CODEOWNERS", []byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.msg) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzOwners: no file and path panics, and what a rule owns it owns by a line of the file.
func FuzzOwners(f *testing.F) {
	f.Add([]byte(file), "docs/api/x")
	f.Add([]byte("/ @a\n// @a\n\\ @a\n/** @a\n"), "a")
	f.Add([]byte("*/**/* @a\n(a) @b"), "a/b\xff")
	f.Fuzz(func(t *testing.T, data []byte, path string) {
		o, err := owners.Parse(t.Context(), "C", data)
		if err != nil {
			return
		}
		list, line, err := o.Owners(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Split(string(data), "\n"); line > len(lines) || line == 0 && list != nil {
			t.Errorf("line %d of %d", line, len(lines))
		} else if line > 0 {
			for _, own := range list {
				if !strings.Contains(lines[line-1], own.String()) {
					t.Errorf("%s is not in %q", own, lines[line-1])
				}
			}
		}
	})
}

// BenchmarkHostile is how much longer than its context a look-up may take: eight patterns that nearly match the longest path.
func BenchmarkHostile(b *testing.B) {
	f, err := owners.Parse(b.Context(), "C", []byte(strings.Repeat(strings.Repeat("*a", 15)+"b @x\n", 8)))
	if err != nil {
		b.Fatal(err)
	}
	path := strings.Repeat("a", 1024)
	for b.Loop() {
		if _, _, err := f.Owners(b.Context(), path); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "/src/module%d/**/*.go @team%d\n", i, i)
	}
	for b.Loop() {
		if _, err := owners.Parse(b.Context(), "C", []byte(text.String())); err != nil {
			b.Fatal(err)
		}
	}
}
