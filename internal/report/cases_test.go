package report

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// A fake token, put together here so that no file holds one.
var token = "gh" + "p_" + strings.Repeat("aB3x", 9)

// id returns a full object id made of one hexadecimal digit.
func id(digit string) string { return strings.Repeat(digit, 40) }

var zero = id("0")

// commits makes a line of commits, parents first: each argument is a digit and a subject.
func commits(parent string, list ...string) []*analyzers.Commit {
	var out []*analyzers.Commit
	for _, s := range list {
		digit, subject, _ := strings.Cut(s, " ")
		c := &analyzers.Commit{ID: id(digit), Message: subject + "\n"}
		if parent != "" {
			c.Parents = []string{parent}
		}
		out, parent = append(out, c), c.ID
	}
	return out
}

// push makes a change in which one ref gains all commits.
func push(ref, old string, list []*analyzers.Commit) *analyzers.Change {
	r := analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Old: old, New: list[len(list)-1].ID, Ref: ref},
		Protected: ref == "refs/heads/main", FastForward: true, Target: "commit",
		Classes: []analyzers.Classification{{Class: analyzers.Feature, Reason: "nothing says otherwise"}}}
	for i := range list {
		r.Commits = append(r.Commits, i)
	}
	return &analyzers.Change{Kind: analyzers.KindPush, Refs: []analyzers.RefChange{r}, Commits: list}
}

// on completes a change's findings as policy.Decide would.
func on(c *analyzers.Change, list ...policy.Finding) []policy.Finding {
	for i := range list {
		f := &list[i]
		f.Allowable = f.Analyzer == "secrets" || f.Analyzer == "dor"
		if f.Fingerprint == "" {
			f.Fingerprint = fmt.Sprintf("%x", sha256.Sum256([]byte(f.ID()+f.Path+f.Key)))[:32]
		}
		if f.Line > 0 && f.EndLine == 0 {
			f.EndLine = f.Line
		}
		for _, r := range c.Refs {
			if f.Ref == "" || f.Ref == r.Ref {
				f.Refs = append(f.Refs, r.Ref)
			}
		}
	}
	return list
}

// leak is a provider's secret on a line of a file.
func leak(path string, line int, commit string) policy.Finding {
	return policy.Finding{Analyzer: "secrets", Level: policy.LevelBlock, Finding: analyzers.Finding{
		Rule: "github-pat", Group: "provider", Severity: analyzers.Critical,
		Path: path, Line: line, Column: 7, Commit: commit,
		Message: "a GitHub personal access token", Hint: "take it out, and read it from the environment",
		Excerpt: "token=" + token, Key: token, Secrets: []string{token}, Validity: "valid",
	}}
}

// stays are findings that may stay, for a reason each.
func stays() []policy.Finding {
	var list []policy.Finding
	for i, why := range []string{"baseline", "baseline", "allow file until 2027-01-31, by ada: a token of the sandbox", ".gitleaksignore",
		"inline: revoked\n::error::x \u202e" + token} {
		f := leak(fmt.Sprintf("old/%d.env", i), 1, id("1"))
		f.Level, f.Allowed = policy.LevelInfo, why
		list = append(list, f)
	}
	twice := list[0]
	twice.Line = 9
	return append(list, twice)
}

// unreadable is a file that is too large to be looked at.
func unreadable(path, commit string) policy.Finding {
	why := "41943040 bytes, at most 33554432 are read"
	return policy.Finding{Analyzer: "secrets", Level: policy.LevelBlock, Finding: analyzers.Finding{
		Rule: "unread", Group: "unexamined", Severity: analyzers.High, Path: path, Commit: commit, Key: why,
		Message: "content that could not be examined: " + why, Hint: "keep the file out of the repository, or make it readable",
	}}
}

// wip is a subject that is not ready.
func wip(commit string, level policy.Level) policy.Finding {
	return policy.Finding{Analyzer: "dor", Level: level, Finding: analyzers.Finding{
		Rule: "wip", Severity: analyzers.Low, Commit: commit, Key: commit,
		Message: "the subject says that the work goes on", Hint: "say what the commit does",
	}}
}

func verdict(result policy.Result, findings ...policy.Finding) policy.Verdict {
	exit := map[policy.Result]int{policy.Refused: policy.ExitRefused, policy.Unchecked: policy.ExitUnchecked}[result]
	return policy.Verdict{Result: result, Mode: policy.Enforce, Exit: exit, Findings: findings}
}

// outcomes makes the outcomes that the findings come from.
func outcomes(findings ...policy.Finding) []analyzers.Outcome {
	names := []string{"secrets", "dor"}
	out := make([]analyzers.Outcome, len(names))
	for i, name := range names {
		out[i] = analyzers.Outcome{Analyzer: name, Took: 12 * time.Millisecond}
		out[i].Result.Examined = map[string]int64{"commits": 2, "lines": 40}
		for _, f := range findings {
			if f.Analyzer == name {
				out[i].Result.Findings = append(out[i].Result.Findings, f.Finding)
			}
		}
	}
	return out
}

// input completes a case.
func input(hook string, c *analyzers.Change, v policy.Verdict) Input {
	in := Input{ToolVersion: "1.2.3", Policy: "starter", PolicyDigest: "sha256:" + strings.Repeat("5", 8),
		Change: c, Outcomes: outcomes(v.Findings...), Verdict: v, Hook: hook}
	if hook == "pre-receive" {
		in.PushID, in.Contact = "20250102-030405-ab12", "security@example.com"
	}
	return in
}

// cases are the inputs of the golden files, by file name.
func cases() map[string]Input {
	main := func(list ...string) *analyzers.Change {
		return push("refs/heads/main", id("f"), commits(id("f"), list...))
	}
	out := map[string]Input{}
	refuse := func(name, hook string, c *analyzers.Change, list ...policy.Finding) {
		out[name] = input(hook, c, verdict(policy.Refused, on(c, list...)...))
	}

	c := main("1 add a table", "2 fill the table", "3 show the table")
	out["accepted"] = input("pre-receive", c, verdict(policy.Accepted))
	out["accepted-client"] = input("pre-commit", &analyzers.Change{Kind: analyzers.KindCommit}, verdict(policy.Accepted))
	out["warnings"] = input("pre-receive", c, verdict(policy.Accepted, on(c, wip(id("2"), policy.LevelWarn))...))

	topic := push("refs/heads/topic", id("f"), commits(id("f"), "1 add a table"))
	asked := input("pre-receive", topic, verdict(policy.Accepted))
	asked.Reviewers = []Reviewer{
		{Ref: "refs/heads/topic", Name: "Ada", Email: "ada@example.com", Score: 3.25, Reasons: []string{
			"wrote 41 % of the lines you touch, last in May", "reviewed 12 of your last 30 changes", "knows 4 of 5 files"}},
		{Ref: "refs/heads/topic", Name: "::error ::" + token + "\x1b[2J\nhint: git push --force", Score: 1, Reasons: []string{"was last active in June"}},
		{Ref: "refs/heads/topic", Name: "Old " + strings.Repeat("x9Zq", 10) + " Token", Email: strings.Repeat("y7", 20) + "@example.com", Score: 1, Reasons: []string{"knows 1 of 2 files"}},
		{Ref: "refs/heads/other/" + token, Name: "Grace", Email: "grace@example.com", Score: 0.5, Reasons: []string{"knows the directories of 2 files"}},
	}
	// What is to be hidden is known from a finding of lower rank.
	warned := leak("docs/token.md", 3, id("1"))
	warned.Level = policy.LevelWarn
	asked.Verdict = verdict(policy.Accepted, on(topic, warned)...)
	out["reviewers"] = asked

	kinds := main("1 add a table")
	kinds.Refs[0].Classes = []analyzers.Classification{
		{Class: analyzers.Security, Reason: "auth/" + token + " matches auth/**"}, {Class: analyzers.Emergency, Reason: "hotfix/\x1b[2J matches hotfix/**"},
	}
	refuse("classes", "pre-receive", kinds, leak("auth/"+token, 3, id("1")))

	broken := leak("docs/token.md", 3, id("2"))
	broken.Level, broken.Validity = policy.LevelWarn, analyzers.ValidityInvalid
	out["invalid"] = input("pre-receive", c, verdict(policy.Accepted, on(c, broken)...))
	sent := leak("docs/token.md", 9, id("2"))
	sent.Key = "another"
	refuse("invalid-beside-valid", "pre-receive", c, broken, sent)

	skipped := input("pre-receive", c, verdict(policy.Accepted))
	for i := range 7 {
		skipped.Outcomes[0].Result.Skipped = append(skipped.Outcomes[0].Result.Skipped,
			analyzers.Skip{What: fmt.Sprintf("video/%d.mp4", i), Why: "larger than 32 MiB"})
	}
	out["skipped"] = skipped // a hook that accepts says nothing of it
	skipped.Hook = "check"
	out["skipped-check"] = skipped

	c = main("1 add the deployment", "2 move the deployment", "3 document it")
	refuse("two-commits", "pre-receive", c, leak("deploy/prod.env", 3, id("1")), leak("deploy/prod.env", 9, id("2")))
	refuse("tip", "pre-push", c, leak("docs/it's here.md", 3, id("3")))
	out["observe"] = input("pre-receive", c, verdict(policy.Refused, on(c, leak("deploy/prod.env", 3, id("1")))...))
	observe := out["observe"]
	observe.Verdict.Mode, observe.Verdict.Exit = policy.Observe, policy.ExitAccepted
	out["observe"] = observe

	out["allowed"] = input("pre-receive", c, verdict(policy.Accepted, on(c, stays()...)...))
	denied := leak("deploy/prod.env", 3, id("1"))
	denied.Denied = "the allowance by ada expired on 2024-12-31"
	refuse("denied", "pre-receive", c, append(stays(), denied)...)
	inline := leak("deploy/prod.env", 3, id("1"))
	inline.Denied = "the comment on the line gives no reason: refward:allow secrets REASON"
	refuse("denied-client", "pre-commit", c, append(stays(), inline)...)
	note := out["denied-client"]
	note.Inline, note.Notes = true, []string{".refward-baseline.json does not count: not a baseline: unexpected EOF"}
	out["denied-client"] = note

	var many []policy.Finding
	for i := range 7 {
		f := leak(fmt.Sprintf("config/%d.env", i), 1, id("1"))
		f.Level = []policy.Level{policy.LevelWarn, policy.LevelInfo, policy.LevelBlock, policy.LevelLate}[i%4]
		many = append(many, f)
	}
	for i := range 7 {
		f := leak("z.env", i+1, id("2"))
		f.Key = fmt.Sprint(i)
		many = append(many, f)
	}
	refuse("many-groups", "pre-receive", c, many...)

	failed := input("pre-receive", c, verdict(policy.Unchecked))
	failed.Outcomes[0].Err = errors.New("read blob " + id("9") + ": object not found")
	failed.Outcomes[1].TimedOut, failed.Outcomes[1].Err = true, errors.New("ran out of time")
	failed.Verdict.Failures = []policy.Failure{
		{Analyzer: "secrets", Reason: "read blob " + id("9") + ": object not found"},
		{Analyzer: "dor", Reason: "ran out of time", TimedOut: true, Softened: true},
	}
	out["failure"] = failed

	hostile := push("refs/heads/\u202egnp", id("f"), commits(id("f"),
		"1 \x1b[2Jerror: clear "+token, "2 ::set-output name=x::y ##[add-mask]z"))
	evil := leak("a \"b\"\t\xff\u202e/"+token+"/\x1b[31m$(reboot).env", 3, id("1"))
	evil.Message = "in \x1b]0;title\a a line\n::error::that\u2028goes on with " + token
	evil.Excerpt = "\x1b[2K\ttoken=" + token + "\r\n\u202e ::stop-commands::x ##[set-output name=x]y"
	evil.Hint = "see \x9b31m " + token
	colon := leak("error: c:1,2%.env", 1, id("2"))
	refuse("hostile", "pre-receive", hostile, evil, colon, wip(id("2"), policy.LevelBlock))

	merge := push("refs/heads/main", id("f"), commits(id("f"), "1 add a table", "2 add a file", "3 merge both", "4 show it"))
	merge.Commits[1].Parents = []string{id("f")}
	merge.Commits[2].Parents = []string{id("1"), id("2")}
	refuse("merge", "pre-receive", merge, leak("a.env", 1, id("1")), leak("b.env", 2, id("3")), wip(id("2"), policy.LevelBlock))

	branch := push("refs/heads/topic", zero, commits("", "1 begin", "2 WIP go on", "3 end"))
	refuse("root", "pre-receive", branch, leak("a.env", 1, id("1")), wip(id("2"), policy.LevelBlock))
	refuse("message-older", "pre-receive", c, wip(id("1"), policy.LevelBlock))
	refuse("message-tip", "pre-receive", c, wip(id("3"), policy.LevelBlock))

	tag := push("refs/tags/v1", zero, commits(id("f"), "1 release"))
	tag.Refs[0].New = id("a")
	tag.Tags = []*analyzers.Tag{{ID: id("a"), Name: "v1", Target: id("1"), Type: "commit"}}
	tag.Refs[0].Tags = []int{0}
	inTag := leak("", 0, "")
	inTag.Ref, inTag.Column = "refs/tags/v1", 0
	refuse("tag", "pre-receive", tag, inTag)

	index := &analyzers.Change{Kind: analyzers.KindCommit, Commits: []*analyzers.Commit{{}}}
	refuse("pre-commit", "pre-commit", index, leak("a b.env", 3, ""))
	message := &analyzers.Change{Kind: analyzers.KindMessage, Commits: []*analyzers.Commit{{Message: "WIP\n"}}}
	refuse("message", "commit-msg", message, wip("", policy.LevelBlock))

	unread := input("pre-receive", nil, verdict(policy.Unchecked))
	unread.Outcomes = nil
	unread.Verdict.Failures = []policy.Failure{{Analyzer: "refward", Reason: "line 1 of standard input: no object id"}}
	out["unread"] = unread
	return out
}
