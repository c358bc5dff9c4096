package report

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// hostilePaths has every byte that git allows in a path, alone and beside others.
func hostilePaths() []string {
	paths := []string{"plain", "a b", "ça va/été", "-x", "$(x)", "~", `C:\x`, "\u202ecod.exe", "a/\"b\"/c", "tab\tand\nline", "'"}
	for c := 1; c < 256; c++ {
		if c != '/' {
			paths = append(paths, fmt.Sprintf("byte%03d/x", c)+string([]byte{byte(c)})+"y")
		}
	}
	return paths
}

// QuotePath writes what git writes.
func TestQuotePathIsGits(t *testing.T) {
	r := newRepo(t)
	empty, err := r.run("x\n", "git", "hash-object", "-w", "--stdin")
	if err != nil {
		t.Fatal(err)
	}
	var index strings.Builder
	want := map[string]bool{}
	for _, p := range hostilePaths() {
		fmt.Fprintf(&index, "100644 %s\t%s\x00", strings.TrimSpace(empty), p)
		want[QuotePath(p)] = true
	}
	if _, err := r.run(index.String(), "git", "update-index", "-z", "--index-info"); err != nil {
		t.Fatal(err)
	}
	tree := r.git("write-tree")
	for _, args := range [][]string{
		{"-c", "core.quotePath=true", "ls-files"},
		{"-c", "core.quotePath=true", "diff", "--name-only", "4b825dc642cb6eb9a060e54bf8d69288fbee4904", tree},
	} {
		got := strings.Split(r.git(args...), "\n")
		if len(got) != len(want) {
			t.Errorf("git %q lists %d paths, not %d", args, len(got), len(want))
		}
		for _, g := range got {
			if !want[g] {
				t.Errorf("git %q writes %s, and QuotePath does not", args, g)
			}
		}
	}
}

func TestUnquotePath(t *testing.T) {
	for _, p := range append(hostilePaths(), "", "\x00", `"`, `\`) {
		got, err := UnquotePath(QuotePath(p))
		if err != nil || got != p {
			t.Errorf("UnquotePath(QuotePath(%q)) = %q, %v", p, got, err)
		}
	}
	for _, s := range []string{`"`, `"a`, `"a\"`, `"a"b"`, `"\q"`, `"\40"`, `"\400"`, `"\08x"`, `"\+12"`} {
		if got, err := UnquotePath(s); err == nil {
			t.Errorf("UnquotePath(%s) = %q, and no error", s, got)
		}
	}
}

func TestVisible(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain ça 漢字 🙂", "plain ça 漢字 🙂"},
		{"a\nb\r\tc", `a\nb\r\tc`},
		{"\x1b[31mred\x00\x7f", `\x1b[31mred\x00\x7f`},
		{"\u009b31m", `\u009b31m`},
		{"\x9b\xff\xc3", `\x9b\xff\xc3`},
		{"a\u202eb\u2066c\u200bd\u2028e\ufeff", `a\u202eb\u2066c\u200bd\u2028e\ufeff`},
		{"\U000e0041", `\U000e0041`},
		{`C:\new`, `C:\new`},
		{"\ufffd", "\ufffd"},
		{"a ##[set-output name=x]y ##vso[task.x] # ## x", `a #\x23[set-output name=x]y #\x23vso[task.x] # ## x`},
		{"###[group]", `##\x23[group]`},
	}
	for _, tt := range tests {
		if got := Visible(tt.in); got != tt.want {
			t.Errorf("Visible(%q) = %q, want %q", tt.in, got, tt.want)
		}
		if got := Visible(tt.want); got != tt.want {
			t.Errorf("Visible(%q) = %q: made visible twice", tt.want, got)
		}
	}
	if got, want := visibleBlock("a\r\n\tb\x1b\n\n"), "a\n\tb\\x1b"; got != want {
		t.Errorf("visibleBlock = %q, want %q", got, want)
	}
}

// A shell reads back what shellQuote wrote, as one word.
func TestShellQuote(t *testing.T) {
	r := newRepo(t)
	for _, p := range []string{"a", "a b", "it's", "$(touch x)", "`id`", "-rf", "a;b|c&d>e", `"q"`, `C:\x`, "~", "*", "#x", "a=b", "=b", "ça", "!!"} {
		q := shellQuote(p)
		if q == "" {
			t.Errorf("shellQuote(%q) gives up", p)
			continue
		}
		if got, err := r.run("", "sh", "-c", "printf '%s|' "+q); err != nil || got != p+"|" {
			t.Errorf("the shell reads %s as %q, not %q (%v)", q, got, p, err)
		}
	}
	for _, p := range []string{"", "a\nb", "\x1b[2K", "\u202ex", "\xff", "x" + Redacted} {
		if q := shellQuote(p); q != "" {
			t.Errorf("shellQuote(%q) = %s, which nobody should copy", p, q)
		}
	}
}

// A path stays a path below %SRCROOT%, whatever it is called.
func TestPercentEncode(t *testing.T) {
	base, err := url.Parse("file:///src/")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(hostilePaths(), "http://x/y", "//host/x", "/etc/passwd", "a?b#c", "a%41", "a//b", "c:1") {
		e := percentEncode(p)
		ref, err := url.Parse(e)
		if err != nil || ref.Scheme != "" || ref.Host != "" || ref.RawQuery != "" || ref.Fragment != "" {
			t.Errorf("%q as URI is %s: %+v, %v", p, e, ref, err)
			continue
		}
		if got := base.ResolveReference(ref).Path; got != "/src/"+p && !strings.Contains(p, "//") && p[0] != '/' {
			t.Errorf("%q as URI is %s, which leads to %q", p, e, got)
		}
		if got, err := url.PathUnescape(e); err != nil || got != p {
			t.Errorf("%q as URI is %s, which reads as %q, %v", p, e, got, err)
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, p := range hostilePaths() {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := UnquotePath(QuotePath(s)); err != nil || got != s {
			t.Errorf("UnquotePath(QuotePath(%q)) = %q, %v", s, got, err)
		}
		v := Visible(s)
		if !utf8.ValidString(v) || Visible(v) != v || strings.ContainsAny(v, "\n\r\t\x1b\x7f\x00") {
			t.Errorf("Visible(%q) = %q", s, v)
		}
	})
}
