package report

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

var index = &analyzers.Change{Kind: analyzers.KindCommit, Commits: []*analyzers.Commit{{}}}

// What the report of pre-commit tells to type makes a commit without what it found, in real git.
func TestMendIndexWithGit(t *testing.T) {
	for name, found := range map[string][]policy.Finding{
		"text":           {leak("x.env", 1, "")},
		"binary":         {leak("binary.env", 1, "")},
		"too large":      {unreadable("big.bin", "")},
		"a magic path":   {leak(":x.env", 1, "")},
		"all":            {leak("x.env", 1, ""), leak("binary.env", 1, ""), unreadable("big.bin", "")},
		"more than fits": {leak("x.env", 1, ""), leak("binary.env", 1, ""), leak("1.env", 1, ""), leak("2.env", 1, "")},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepo(t)
			r.commit("a", "a", "begin")
			r.write("fine", "fine")
			r.git("add", "fine")
			for _, f := range found {
				r.write(f.Path, map[bool]string{true: "\x00"}[f.Path == "binary.env"]+"token="+token+"\n")
				r.git("add", "./"+f.Path)
			}
			r.write("other", "not to be staged")
			text := render(t, "text", input("pre-commit", index, verdict(policy.Refused, on(index, found...)...)))
			if strings.Contains(text, "add -p") {
				t.Errorf("\"git add -p\" passes over binary files:\n%s", text)
			}
			r.mendFiles(editing)
			r.obey(strings.Replace(text, " FILES", " *.env", 1), editing) // as it was meant
			r.git("commit", "-q", "-m", "go on")
			for _, file := range strings.Split(r.git("ls-tree", "--name-only", "HEAD"), "\n") {
				if strings.Contains(r.git("show", "HEAD:"+file), token) || strings.HasSuffix(file, ".bin") || file == "other" {
					t.Errorf("after\n%s\n%s is in the commit", text, file)
				}
			}
			for _, f := range found {
				if !r.exists(f.Path) {
					t.Errorf("after\n%s\n%s is lost", text, f.Path)
				}
			}
		})
	}
}

// A secret in the name of a ref leaves with the name.
func TestMendNameWithGit(t *testing.T) {
	for _, tt := range []struct{ ref, make, want string }{
		{"refs/heads/topic-" + token, "git checkout -q -b topic-" + token, "hint:   git branch -m NEW-NAME\n"},
		{"refs/tags/v" + token, "git tag v" + token, "hint:   git tag NEW-NAME "},
		{"refs/tags/v" + token, "git tag -a -m release v" + token, "hint:   git tag -a NEW-NAME "},
	} {
		r := newRepo(t)
		r.env = append(r.env, editorVariable+"=# Write a message\x1freleased")
		r.commit("a", "a", "begin")
		r.sh(tt.make)
		c := r.change(tt.ref, zero)
		f := leak("", 0, "")
		f.Ref = tt.ref
		text := render(t, "text", input("pre-receive", c, verdict(policy.Refused, on(c, f)...)))
		for _, want := range []string{tt.want, "hint: then push again, by the new name\n", "mend: revoke it, and use a name without it\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in:\n%s", tt.make, want, text)
			}
		}
		r.obey(text, editing)
		if names := r.git("for-each-ref", "--format=%(refname)"); strings.Contains(names, token) || !strings.Contains(names, "NEW-NAME") {
			t.Errorf("after\n%s\nthe refs are\n%s", text, names)
		}
	}
	c := push("refs/for/"+token, zero, commits(id("f"), "1 one"))
	f := leak("", 0, "")
	f.Ref = c.Refs[0].Ref
	if text := render(t, "text", input("pre-receive", c, verdict(policy.Refused, on(c, f)...))); strings.Contains(text, "git branch") {
		t.Errorf("what is no branch is renamed like one:\n%s", text)
	}
}

// The advice fits the place: a secret that is in no commit is not to be taken out of commits.
func TestAdvice(t *testing.T) {
	push := push("refs/tags/v1", zero, commits(id("f"), "1 one"))
	at := func(f policy.Finding, ref, group string) policy.Finding {
		f.Ref, f.Group, f.Hint = ref, group, "take it out of every commit that has it"
		return f
	}
	keyFile := at(leak("a.p12", 0, ""), "", "provider")
	keyFile.Secrets, keyFile.Rule = nil, "pkcs12-file"
	moved := wip("", policy.LevelBlock)
	moved.Analyzer, moved.Ref, moved.Hint = "refs", "refs/tags/v1", "make one with a new name"
	for _, tt := range []struct {
		name string
		c    *analyzers.Change
		f    policy.Finding
		want string
	}{
		{"a commit", push, at(leak("a", 1, id("1")), "", "provider"), "take it out of every commit that has it"},
		{"a tag", push, at(leak("", 1, ""), "refs/tags/v1", "provider"), "revoke it, and make the tag anew without it"},
		{"a perhaps", push, at(leak("", 1, ""), "refs/tags/v1", "generic"), "if it is a secret, revoke it, and make the tag anew"},
		{"staged", index, at(leak("a", 1, ""), "", "provider"), "take it out of the file, and read it from"},
		{"staged, perhaps", index, at(leak("a", 1, ""), "", "generic"), "if it is a secret, take it out of the file"},
		{"a staged file", index, keyFile, "take the file out of the commit"},
		{"too large", index, unreadable("a", ""), "keep the file out of the repository, or make it readable"},
		{"a message", &analyzers.Change{Kind: analyzers.KindMessage}, at(leak("", 1, ""), "", "provider"), "take it out of the message"},
		{"no secret", push, moved, "make one with a new name"},
	} {
		text := render(t, "text", input("", tt.c, verdict(policy.Refused, on(tt.c, tt.f)...)))
		if !strings.Contains(text, "mend: "+tt.want) {
			t.Errorf("%s: no %q in:\n%s", tt.name, tt.want, text)
		}
		if tt.name == "no secret" && strings.Contains(text, "git tag -f") {
			t.Errorf("a tag that must stay where it is is made anew:\n%s", text)
		}
		if got := New(input("", tt.c, verdict(policy.Refused, tt.f))).Findings[0].Hint; got != tt.f.Hint {
			t.Errorf("%s: JSON has the hint %q", tt.name, got)
		}
	}
}

// Nobody is told of a push where there is none.
func TestHeadOfWhatWasNotRead(t *testing.T) {
	for hook, want := range map[string]string{
		"pre-receive": "error: push refused: it could not be checked (policy starter)\n",
		"pre-push":    "error: push not checked, and so refused (policy starter)\n",
		"pre-commit":  "error: commit not checked, and so refused (policy starter)\n",
		"commit-msg":  "error: commit not checked, and so refused (policy starter)\n",
		"check":       "error: could not check (policy starter)\n",
	} {
		in := input(hook, nil, verdict(policy.Unchecked))
		in.Verdict.Failures = []policy.Failure{{Analyzer: "refward", Reason: "one:\n\ttwo\n\n::error::three\r\nfour"}}
		got := render(t, "text", in)
		want += "error: could not check: refward: one:\n  two\n  \\x3a:error::three\n  four\n"
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: got\n%swant\n%s", hook, got, want)
		}
		if got := render(t, "github", in); !strings.Contains(got, "one:%0A\ttwo%0A::error::three%0Afour") {
			t.Errorf("%s: not on lines of its own:\n%s", hook, got)
		}
	}
	ranged := &analyzers.Change{Kind: analyzers.KindRange}
	in := input("check", ranged, verdict(policy.Unchecked))
	in.Verdict.Failures = []policy.Failure{{Analyzer: "secrets", Reason: "r"}}
	want := "error: could not check the range: 1 check could not be completed (policy starter)\n"
	if got := render(t, "text", in); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// That nothing was judged is no success.
func TestOff(t *testing.T) {
	in := input("pre-receive", nil, policy.Verdict{Result: policy.Accepted, Mode: policy.Off})
	for hook, want := range map[string]string{
		"pre-receive": "warning: not judged: the policy's mode is off\n", "check": "warning: not judged: the policy's mode is off\n", "pre-commit": "",
	} {
		if in.Hook = hook; render(t, "text", in) != want {
			t.Errorf("%s: got\n%swant\n%s", hook, render(t, "text", in), want)
		}
	}
	if v := New(in).Verdict; v != (Verdict{Result: "accepted", Mode: "off"}) {
		t.Errorf("the verdict is %+v", v)
	}
}

// Blocking secrets come first, then what else blocks, then the rest; commits in the order of history.
func TestOrder(t *testing.T) {
	c := push("refs/heads/main", id("f"), commits(id("f"), "3 three", "2 two", "1 one"))
	mild := leak("a.env", 1, id("3"))
	mild.Level = policy.LevelWarn
	text := render(t, "text", input("pre-receive", c, verdict(policy.Refused, on(c,
		wip(id("1"), policy.LevelBlock), wip(id("2"), policy.LevelWarn), wip(id("3"), policy.LevelBlock), mild, leak("z.env", 1, id("2")))...)))
	var got []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); slices.Contains([]string{"commits", "file a.env", "file z.env"}, line) || strings.HasPrefix(line, "in ") {
			got = append(got, line)
		}
	}
	want := []string{"file z.env", `in 2222222 "two"`, "commits", `in 3333333 "three"`, `in 1111111 "one"`, `in 2222222 "two"`, "file a.env", `in 3333333 "three"`}
	if !slices.Equal(got, want) {
		t.Errorf("the order is\n%q, not\n%q", got, want)
	}
}

// JSON says why a check was not completed, and a failure without an analyzer is there too.
func TestFailuresInOutcomes(t *testing.T) {
	skip := analyzers.Skip{What: "a", Why: "b"}
	in := Input{
		Outcomes: []analyzers.Outcome{
			{Analyzer: "secrets", Err: errors.New("x"), Result: analyzers.Result{Examined: map[string]int64{"lines": 1}, Skipped: []analyzers.Skip{skip}}},
			{Analyzer: "gosec", Err: errors.New("x"), TimedOut: true},
			{Analyzer: "dor", Err: errors.New("not in the verdict " + token)},
			{Analyzer: "dod", TimedOut: true},
			{Analyzer: "refs"},
		},
		Verdict: policy.Verdict{Failures: []policy.Failure{
			{Analyzer: "secrets", Reason: "one\ntwo " + token}, {Analyzer: "secrets", Reason: "one\ntwo " + token},
			{Analyzer: "gosec", Reason: "slow", TimedOut: true, Softened: true},
			{Analyzer: "refward", Reason: "no input"}, {Analyzer: "policy", Reason: "no policy"},
		}, Findings: []policy.Finding{leak("a", 1, "")}},
	}
	want := []Outcome{
		{Analyzer: "secrets", Status: "error", Skipped: []analyzers.Skip{{What: "the rest of the check", Why: "one; two [redacted]"}, skip}},
		{Analyzer: "gosec", Status: "timeout", Skipped: []analyzers.Skip{{What: "the whole check", Why: "slow"}}},
		{Analyzer: "dor", Status: "error", Skipped: []analyzers.Skip{{What: "the whole check", Why: "not in the verdict [redacted]"}}},
		{Analyzer: "dod", Status: "timeout", Skipped: []analyzers.Skip{{What: "the whole check", Why: "ran out of time"}}},
		{Analyzer: "refs", Status: "ok", Skipped: []analyzers.Skip{}},
		{Analyzer: "refward", Status: "error", Skipped: []analyzers.Skip{{What: "the whole check", Why: "policy: no policy"}, {What: "the whole check", Why: "no input"}}},
	}
	got := New(in).Outcomes
	if len(got) != len(want) {
		t.Fatalf("%d outcomes: %+v", len(got), got)
	}
	for i, o := range got {
		if o.Analyzer != want[i].Analyzer || o.Status != want[i].Status || !slices.Equal(o.Skipped, want[i].Skipped) || o.Examined == nil {
			t.Errorf("got %+v\nwant %+v", o, want[i])
		}
	}
	for _, format := range []string{"text", "sarif", "junit", "github"} {
		out := render(t, format, in)
		if strings.Contains(out, "of the check") || strings.Contains(out, "whole check") || strings.Count(out, "no input") != 1 {
			t.Errorf("%s has a failure among what was skipped:\n%s", format, out)
		}
	}
}

// The hint about a commit's secret is true of it alone.
func TestRotateNamesThePlace(t *testing.T) {
	c := push("refs/heads/main", id("f"), commits(id("f"), "1 one"))
	text := render(t, "text", input("check", c, verdict(policy.Refused, on(c, leak("a", 1, id("1")))...)))
	if !strings.Contains(text, "whoever can read these commits") {
		t.Errorf("nothing about the commits in:\n%s", text)
	}
}
