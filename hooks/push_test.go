package hooks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/hooks"
)

var (
	zero = strings.Repeat("0", 40)
	one  = strings.Repeat("1", 40)
	two  = strings.Repeat("2", 40)
)

func TestParsePush(t *testing.T) {
	in := zero + " " + one + " refs/heads/main\n" + one + " " + zero + " refs/tags/v1\n"
	got, err := hooks.ParsePush(strings.NewReader(in))
	want := []analyzers.RefUpdate{{Old: zero, New: one, Ref: "refs/heads/main"}, {Old: one, New: zero, Ref: "refs/tags/v1"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := hooks.ParsePush(strings.NewReader("")); err != nil || len(got) != 0 {
		t.Errorf("empty input: %v, %v", got, err)
	}
	wide := strings.Repeat("0", 64) + " " + strings.Repeat("a", 64) + " refs/heads/übung\n"
	if got, err := hooks.ParsePush(strings.NewReader(wide)); err != nil || len(got) != 1 {
		t.Errorf("SHA-256: %v, %v", got, err)
	}
}

func TestParsePushRefuses(t *testing.T) {
	good := zero + " " + one + " refs/heads/main\n"
	for name, in := range map[string]string{
		"garbage":            "hello\n",
		"cut off":            good + zero + " " + one + " refs/heads/to",
		"no ref":             zero + " " + one + "\n",
		"empty ref":          zero + " " + one + " \n",
		"short id":           zero[1:] + " " + one + " refs/heads/main\n",
		"upper case id":      zero + " " + strings.Repeat("A", 40) + " refs/heads/main\n",
		"nothing to nothing": zero + " " + zero + " refs/heads/main\n",
		"two formats":        good + strings.Repeat("0", 64) + " " + strings.Repeat("a", 64) + " refs/heads/b\n",
		"mixed formats":      zero + " " + strings.Repeat("a", 64) + " refs/heads/b\n",
		"twice":              good + good,
		"outside refs":       zero + " " + one + " HEAD\n",
		"wildcard":           zero + " " + one + " refs/heads/*\n",
		"space":              zero + " " + one + " refs/heads/a b\n",
		"dots":               zero + " " + one + " refs/heads/a..b\n",
		"lock":               zero + " " + one + " refs/heads/a.lock\n",
		"control":            zero + " " + one + " refs/heads/a\x1b[2J\n",
		"empty line":         good + "\n",
		"endless":            strings.Repeat("x", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := hooks.ParsePush(strings.NewReader(in))
			if err == nil {
				t.Fatalf("accepted as %v", got)
			}
			if !strings.Contains(err.Error(), "stdin line") || strings.ContainsAny(err.Error(), "\x1b\n") || len(err.Error()) > 500 {
				t.Errorf("not one clear line: %q", err)
			}
		})
	}
}

func TestParsePushIsBounded(t *testing.T) {
	var in strings.Builder
	for i := range 200_001 {
		fmt.Fprintf(&in, "%s %s refs/heads/b%d\n", zero, one, i)
	}
	if _, err := hooks.ParsePush(strings.NewReader(in.String())); err == nil || !strings.Contains(err.Error(), "200000") {
		t.Errorf("got %v", err)
	}
}

func TestParsePrePush(t *testing.T) {
	in := "refs/heads/a " + one + " refs/heads/b " + two + "\n" +
		"(delete) " + zero + " refs/heads/gone " + one + "\n" +
		"HEAD@{1 day ago} " + one + " refs/heads/c " + zero + "\n"
	got, err := hooks.ParsePrePush(strings.NewReader(in))
	want := []analyzers.RefUpdate{
		{Old: two, New: one, Ref: "refs/heads/b"}, {Old: one, New: zero, Ref: "refs/heads/gone"}, {Old: zero, New: one, Ref: "refs/heads/c"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"a b c\n", "a b c d\n", "refs/heads/a " + one + " refs/heads/b " + two} {
		if got, err := hooks.ParsePrePush(strings.NewReader(bad)); err == nil {
			t.Errorf("%q: accepted as %v", bad, got)
		}
	}
}

// FuzzParsePush holds that what is accepted means what git wrote: it re-serialises to the same bytes.
func FuzzParsePush(f *testing.F) {
	f.Add(zero + " " + one + " refs/heads/main\n")
	f.Add(one + " " + zero + " refs/tags/v1\n" + zero + " " + one + " refs/heads/\xff\n")
	f.Add(" \n")
	f.Fuzz(func(t *testing.T, in string) {
		updates, err := hooks.ParsePush(strings.NewReader(in))
		if err != nil {
			return
		}
		var out strings.Builder
		for _, u := range updates {
			fmt.Fprintf(&out, "%s %s %s\n", u.Old, u.New, u.Ref)
		}
		if out.String() != in {
			t.Errorf("%q became %q", in, out.String())
		}
	})
}
