package glob_test

import (
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/refward/refward/analyzers/dod/glob"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		glob, path string
		want       bool
	}{
		{"*.pyc", "a.pyc", true},
		{"*.pyc", "x/a.pyc", true},
		{"*.pyc", "a.pyc/b", false},
		{"*.pyc", "a.pycx", false},
		{"*~", "x/a~", true},
		{".DS_Store", "x/.DS_Store", true},
		{".DS_Store", "x.DS_Store", false},
		{"node_modules/**", "node_modules/x", true},
		{"node_modules/**", "web/node_modules/x", false}, // a slash anchors
		{"**/node_modules/**", "web/node_modules/x", true},
		{"**/node_modules/**", "node_modules/x", true},
		{"**/node_modules/**", "node_modules", false}, // a file of that name
		{"/a.go", "a.go", true},
		{"/a.go", "b/a.go", false},
		{"docs/*.md", "docs/a.md", true},
		{"docs/*.md", "docs/x/a.md", false},
		{"docs/**/*.md", "docs/a.md", true},
		{"test_*.py", "x/test_a.py", true},
		{"*.{js,ts}", "x/a.ts", true},
		{"CHANGELOG*", "CHANGELOG\n\xff", true}, // bytes that are no text
		{"*.d.ts", "a.d.ts", true},
		{"*.d.ts", "ad.ts", false},
	} {
		set, err := glob.Compile([]string{tt.glob})
		if err != nil {
			t.Fatal(err)
		}
		if got := set.Has(tt.path); got != tt.want {
			t.Errorf("%q matches %q: %v", tt.glob, tt.path, got)
		}
	}
}

// TestFirst: whichever way a glob is looked up, the first of the list is named.
func TestFirst(t *testing.T) {
	t.Parallel()
	all := []string{"a/**", "**/b/**", "c.go", "*.go", "*.pb.go", "x?.go", "a/b/c.go"}
	for i := range all {
		list := append([]string{all[i]}, all...)
		set, err := glob.Compile(list)
		if err != nil {
			t.Fatal(err)
		}
		if at := set.Match("a/b/c.go"); all[i] != "*.pb.go" && all[i] != "x?.go" && at != 0 {
			t.Errorf("%q comes first, and match %d is told", all[i], at)
		}
	}
	var none *glob.Set
	if none.Has("a") || new(glob.Set).Has("a") {
		t.Error("no glob matches something")
	}
}

func TestInvalid(t *testing.T) {
	t.Parallel()
	for _, g := range []string{"", "/", "a/", "[a", "{a", strings.Repeat("{a,b}", 9)} {
		if _, err := glob.Compile([]string{"ok", g}); err == nil || !strings.HasPrefix(err.Error(), "[1]: ") {
			t.Errorf("%q: error %v", g, err)
		}
	}
}

// FuzzMatch: the quick ways match what doublestar does.
func FuzzMatch(f *testing.F) {
	for _, g := range []string{"*.go", "**/a/**", "a/**", "a", "/a/b", "*~", "*.d.ts", "?", "[a-z]*/b", `\*`} {
		f.Add(g, "a/b.go")
		f.Add(g, "a/\xff~")
	}
	f.Fuzz(func(t *testing.T, g, path string) {
		set, err := glob.Compile([]string{g})
		if err != nil || path == "" || strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") || strings.Contains(path, "//") {
			return
		}
		want := strings.TrimPrefix(g, "/")
		if !strings.Contains(g, "/") {
			want = "**/" + g
		}
		got := set.Has(path)
		slow := doublestar.MatchUnvalidated(want, path)
		if got != slow && !strings.HasSuffix(g, "/**") && !strings.Contains(g, "//") { // where a directory's own name is no match here
			t.Errorf("%q matches %q: %v, doublestar says %v", g, path, got, slow)
		}
		if got && !slow {
			t.Errorf("%q matches %q, which doublestar denies", g, path)
		}
	})
}
