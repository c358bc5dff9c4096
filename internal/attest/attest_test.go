package attest_test

import (
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/attest"
)

var (
	sha1   = strings.Repeat("0a", 20)
	sha256 = strings.Repeat("b1", 32)
)

func TestNamesComeBack(t *testing.T) {
	for _, kind := range attest.Kinds() {
		for _, commit := range []string{sha1, sha256} {
			name := attest.Name(kind, commit)
			if want := "refward/" + kind + "/" + commit; name != want {
				t.Errorf("Name(%s, %s) = %q, want %q", kind, commit, name, want)
			}
			if k, c, ok := attest.Parse(name); !ok || k != kind || c != commit {
				t.Errorf("Parse(%q) = %q, %q, %v", name, k, c, ok)
			}
			ref := attest.Ref(kind, commit, "SHA256:somebody")
			if !strings.HasPrefix(ref, analyzers.ReviewPrefix+commit+"/"+kind+"-") {
				t.Errorf("Ref(%s, %s) = %q", kind, commit, ref)
			}
			if k, c, s, ok := attest.ParseRef(ref); !ok || k != kind || c != commit || len(s) != 16 {
				t.Errorf("ParseRef(%q) = %q, %q, %q, %v", ref, k, c, s, ok)
			}
		}
	}
	if a, b := attest.Ref(attest.Approval, sha1, "one"), attest.Ref(attest.Approval, sha1, "two"); a == b {
		t.Errorf("two signers share %s", a)
	}
}

func TestWhatNamesNoStatement(t *testing.T) {
	for _, name := range []string{
		"", "v1.0", "approval/" + sha1, "refward/approval", "refward/approval/", "refward/approve/" + sha1, "refward//" + sha1,
		"refward/progress-30/" + sha1, "refward/approval/" + sha1[:39], "refward/approval/" + strings.ToUpper(sha1),
		"refward/approval/" + sha1 + "/x", "refward/approval/" + sha1 + "\n", "Refward/approval/" + sha1, "refward/approval/" + strings.Repeat("0", 40),
	} {
		if kind, commit, ok := attest.Parse(name); ok {
			t.Errorf("Parse(%q) = %q, %q", name, kind, commit)
		}
	}
	for _, ref := range []string{
		"refs/tags/v1.0", analyzers.ReviewPrefix, analyzers.ReviewPrefix + sha1, analyzers.ReviewPrefix + sha1 + "/approval",
		analyzers.ReviewPrefix + sha1 + "/approval-1234567", analyzers.ReviewPrefix + sha1 + "/approval-1234567G",
		analyzers.ReviewPrefix + sha1 + "/progress-12345678", analyzers.ReviewPrefix + sha1[1:] + "/approval-12345678",
		analyzers.ReviewPrefix + sha1 + "/approval-12345678/9", "refs/refward/review" + sha1 + "/approval-12345678",
		analyzers.ReviewPrefix + sha1 + "/approval-" + strings.Repeat("1", 65),
	} {
		if kind, commit, signer, ok := attest.ParseRef(ref); ok {
			t.Errorf("ParseRef(%q) = %q, %q, %q", ref, kind, commit, signer)
		}
	}
	if n, r := attest.Name("release", sha1), attest.Ref("approval", "HEAD", "x"); n != "" || r != "" {
		t.Errorf("no kind has the name %q, and no commit the ref %q", n, r)
	}
}

func TestOfWantsAllToAgree(t *testing.T) {
	other := strings.Repeat("0b", 20)
	for name, c := range map[string]struct {
		change func(ref *string, t *analyzers.Tag)
		why    string
	}{
		"sound":           {func(*string, *analyzers.Tag) {}, ""},
		"another ref":     {func(ref *string, _ *analyzers.Tag) { *ref = "refs/tags/v1.0" }, "the name of the ref"},
		"another commit":  {func(ref *string, _ *analyzers.Tag) { *ref = attest.Ref(attest.Approval, other, "x") }, "the ref names 0b0b0b0b0b0b"},
		"another kind":    {func(ref *string, _ *analyzers.Tag) { *ref = attest.Ref(attest.Progress25, sha1, "x") }, "the tag has the name"},
		"another target":  {func(_ *string, t *analyzers.Tag) { t.Target = other }, "the tag is of 0b0b0b0b0b0b"},
		"a tree":          {func(_ *string, t *analyzers.Tag) { t.Type = "tree" }, "it is about a tree"},
		"a release":       {func(_ *string, t *analyzers.Tag) { t.Name = "v1.0" }, "the tag has the name \"v1.0\""},
		"two tag headers": {func(_ *string, t *analyzers.Tag) { t.Defects = []string{"two headers tag"} }, "two headers tag"},
	} {
		ref := attest.Ref(attest.Approval, sha1, "x")
		tag := &analyzers.Tag{Name: attest.Name(attest.Approval, sha1), Type: "commit", Target: sha1}
		c.change(&ref, tag)
		kind, why := attest.Of(ref, tag)
		if (c.why == "") != (why == "" && kind == attest.Approval) || (why == "") != (kind != "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: Of(%s) = %q, %q, want %q", name, ref, kind, why, c.why)
		}
	}
}

func TestProgress(t *testing.T) {
	for kind, want := range map[string]int{"approval": 0, "progress-25": 25, "progress-50": 50, "progress-75": 75, "progress-100": 0, "": 0} {
		if got := attest.Progress(kind); got != want {
			t.Errorf("Progress(%q) = %d, want %d", kind, got, want)
		}
	}
	for _, mark := range attest.Marks() {
		if kind := attest.At(mark); attest.Progress(kind) != mark {
			t.Errorf("At(%d) = %q", mark, kind)
		}
	}
	if len(attest.Marks()) != 3 || attest.At(0) != "" || attest.At(60) != "" {
		t.Errorf("marks %v, %q, %q", attest.Marks(), attest.At(0), attest.At(60))
	}
	if s := attest.Subject(attest.Progress50, "feat: one"); s != "Progress 50 %: feat: one" {
		t.Error(s)
	}
	if s := attest.Subject(attest.Approval, "feat: one"); s != "Approved: feat: one" {
		t.Error(s)
	}
}

// What is read as a name is what would be written for it.
func FuzzParse(f *testing.F) {
	f.Add("refward/approval/" + sha1)
	f.Add("refward/progress-75/" + sha256)
	f.Add(analyzers.ReviewPrefix + sha1 + "/progress-25-0123456789abcdef")
	f.Fuzz(func(t *testing.T, s string) {
		if kind, commit, ok := attest.Parse(s); ok && attest.Name(kind, commit) != s {
			t.Errorf("Parse(%q) = %q, %q, which is named %q", s, kind, commit, attest.Name(kind, commit))
		}
		kind, commit, signer, ok := attest.ParseRef(s)
		if !ok {
			return
		}
		if whole := analyzers.ReviewPrefix + commit + "/" + kind + "-" + signer; whole != s || attest.Name(kind, commit) == "" {
			t.Errorf("ParseRef(%q) = %q, %q, %q", s, kind, commit, signer)
		}
	})
}
