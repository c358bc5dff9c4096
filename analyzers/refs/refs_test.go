package refs_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/refs"
)

var (
	zero = strings.Repeat("0", 40)
	a    = strings.Repeat("a", 40)
	b    = strings.Repeat("b", 40)
)

func update(ref, old, new string, ff bool) analyzers.RefChange {
	return analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Ref: ref, Old: old, New: new}, FastForward: ff}
}

func TestContract(t *testing.T) {
	t.Parallel()
	a := refs.New()
	if !a.Essential {
		t.Error("the analyzer is not essential")
	}
	analyzerstest.Suite(t, a)
}

func TestRun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		update  analyzers.RefChange
		rule    string // "" = nothing is wrong
		message string
		hint    string // is in the hint
	}{
		{"create branch", update("refs/heads/x", zero, a, true), "", "", ""},
		{"create tag", update("refs/tags/v1", zero, a, true), "", "", ""},
		{"fast-forward", update("refs/heads/x", a, b, true), "", "", ""},
		{"unchanged", update("refs/heads/x", a, a, false), "", "", ""},
		{"unchanged tag", update("refs/tags/v1", a, a, true), "", "", ""},
		{"commit in the making", update("refs/heads/x", "", "", false), "", "", ""},
		{"range without a known old", update("refs/heads/x", "", a, false), "", "", ""},
		{"not replace", update("refs/replacement", zero, a, true), "", "", ""},
		{"delete branch", update("refs/heads/x", a, zero, false), "deletion", "the ref would be deleted; it is at aaaaaaa", "leave x out"},
		{"delete tag", update("refs/tags/v1", a, zero, false), "deletion", "the ref would be deleted; it is at aaaaaaa", "leave v1 out"},
		{"delete note", update("refs/notes/n", a, zero, false), "deletion", "the ref would be deleted; it is at aaaaaaa", "refs/notes/n"},
		{"rewind", update("refs/heads/x", a, b, false), "non-fast-forward", "the ref would be moved from aaaaaaa to bbbbbbb, which does not contain aaaaaaa", "origin x,"},
		{"rewind SHA-256", update("refs/heads/x", strings.Repeat("c", 64), strings.Repeat("d", 64), false), "non-fast-forward", "the ref would be moved from ccccccc to ddddddd, which does not contain ccccccc", ""},
		{"rewind note", update("refs/notes/n", a, b, false), "non-fast-forward", "the ref would be moved from aaaaaaa to bbbbbbb, which does not contain aaaaaaa", ""},
		{"move tag", update("refs/tags/v1", a, b, false), "tag-moved", "the tag would be moved from aaaaaaa to bbbbbbb", "tag v1"},
		{"move tag forward", update("refs/tags/v1", a, b, true), "tag-moved", "the tag would be moved from aaaaaaa to bbbbbbb", ""},
		{"create replace", update("refs/replace/"+a, zero, b, true), "replace-ref", "the replace ref would be created at bbbbbbb", "git push"},
		{"move replace", update("refs/replace/"+a, a, b, true), "replace-ref", "the replace ref would be moved from aaaaaaa to bbbbbbb", ""},
		{"delete replace", update("refs/replace/"+a, b, zero, false), "replace-ref", "the replace ref would be deleted; it is at bbbbbbb", ""},
		{"name for a shell", update("refs/heads/$(reboot)", a, b, false), "non-fast-forward", "the ref would be moved from aaaaaaa to bbbbbbb, which does not contain aaaaaaa", "origin NAME,"},
		{"name like an option", update("refs/heads/-f", a, b, false), "non-fast-forward", "the ref would be moved from aaaaaaa to bbbbbbb, which does not contain aaaaaaa", "origin NAME,"},
		{"name with control characters", update("refs/heads/a\x1b[31m", a, zero, false), "deletion", "the ref would be deleted; it is at aaaaaaa", "leave NAME out"},
	}
	documented := map[string]bool{}
	for _, r := range refs.New().Rules() {
		documented[r.ID] = true
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := refs.New().Run(t.Context(), &analyzers.Change{Kind: analyzers.KindPush, Refs: []analyzers.RefChange{tt.update}})
			if err != nil {
				t.Fatal(err)
			}
			if r.Examined["refs"] != 1 {
				t.Errorf("examined %v, want one ref", r.Examined)
			}
			if tt.rule == "" {
				if len(r.Findings) != 0 {
					t.Errorf("found %+v", r.Findings)
				}
				return
			}
			if len(r.Findings) != 1 {
				t.Fatalf("%d findings, want 1: %+v", len(r.Findings), r.Findings)
			}
			f := r.Findings[0]
			if f.Rule != tt.rule || f.Message != tt.message || !strings.Contains(f.Hint, tt.hint) || f.Hint == "" {
				t.Errorf("found %q %q hint %q, want %q %q hint with %q", f.Rule, f.Message, f.Hint, tt.rule, tt.message, tt.hint)
			}
			if f.Ref != tt.update.Ref || f.Key != tt.update.Ref || f.Commit != "" || f.Path != "" {
				t.Errorf("the finding is not about the ref: %+v", f)
			}
			if !documented[f.Rule] {
				t.Errorf("rule %q is not documented", f.Rule)
			}
			if strings.ContainsRune(f.Message+f.Hint, '\x1b') {
				t.Error("a control character reaches the terminal")
			}
		})
	}
}

func TestEveryRefIsJudged(t *testing.T) {
	t.Parallel()
	r, err := refs.New().Run(t.Context(), &analyzers.Change{Refs: []analyzers.RefChange{
		update("refs/heads/ok", zero, a, true), update("refs/heads/x", a, b, false), update("refs/heads/y", a, zero, false),
	}})
	if err != nil || len(r.Findings) != 2 || r.Findings[0].Ref != "refs/heads/x" || r.Findings[1].Ref != "refs/heads/y" {
		t.Errorf("error %v, findings %+v", err, r.Findings)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := refs.New().Run(ctx, &analyzers.Change{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
