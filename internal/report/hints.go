package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// hints returns what to type, for the text format: how to mend this change, how to see the rest, whom to ask.
func (v *view) hints(groups []*group, hidden []*entry) []string {
	var out, rules []string
	var blocking, secret []*entry
	for _, g := range groups {
		for _, e := range g.entries {
			if e.real() {
				secret = append(secret, e)
			}
			if e.level == policy.LevelBlock {
				blocking = append(blocking, e)
			}
			if !slices.Contains(rules, e.Rule) {
				rules = append(rules, e.Rule)
			}
		}
	}
	refused := v.Verdict.Exit != policy.ExitAccepted
	if refused && len(blocking) > 0 {
		out = append(out, v.mend(blocking)...)
	}
	if len(secret) > 0 {
		out = append(out, v.rotate(secret, refused))
	}
	if len(hidden) > 0 {
		out = append(out, plural(len(hidden), "finding")+" more; to see all:")
		out = append(out, v.showAll(hidden)...)
	}
	if refused {
		out = append(out, v.falseAlarm(blocking)...)
	}
	for _, r := range rules[:min(len(rules), maxNamed)] {
		out = append(out, "refward explain "+r)
	}
	return append(out, v.ask(refused)...)
}

// ask says what to do when a check broke, and whom to ask.
func (v *view) ask(refused bool) []string {
	var out []string
	hard := slices.IndexFunc(v.failures, func(f policy.Failure) bool { return !f.Softened })
	if refused && hard >= 0 {
		if v.Verdict.Exit == policy.ExitUsage {
			out = append(out, "nothing can be judged until that is mended: tell whoever looks after the policy")
		} else if v.failures[hard].TimedOut && v.noun() == "push" {
			out = append(out, "the check ran out of time: try again, and if that does not help, push fewer commits at once")
		} else {
			out = append(out, "this says nothing about your change: try again, and if that does not help, ask")
		}
	}
	var parts []string
	if v.Contact != "" {
		parts = append(parts, "ask "+v.Contact)
	}
	if v.report.PushID != "" {
		parts = append(parts, "name push "+v.report.PushID)
	}
	if refused && len(parts) > 0 {
		out = append(out, "questions? "+strings.Join(parts, "; "))
	}
	return out
}

// rotate says what the discovery of secrets means, which depends on where they have been. A refused push leaves nothing on
// the server (git-receive-pack(1), "Quarantine Environment"), but the server has had it.
func (v *view) rotate(secret []*entry, refused bool) string {
	place, these := "it lies in your clone", "what has it"
	if slices.ContainsFunc(secret, func(e *entry) bool { return len(e.commits) > 0 }) {
		place, these = "it lies in the commits of your clone", "these commits"
	}
	switch {
	case v.Hook == "commit-msg" || v.Change.Kind == analyzers.KindMessage:
		return "the secret is in no commit yet, but in a file of your clone (.git/COMMIT_EDITMSG)"
	case v.Change.Kind == analyzers.KindCommit:
		return "the secret is in no commit yet, but \"git add\" has put it into the objects of your clone"
	case v.Hook == "pre-push" && refused:
		return "this push has not sent the secret, but " + place + ": rotate it if anybody else can read that"
	case v.server() && refused:
		return "rotate the secret: the server discards the objects of a refused push, but the secret lay in the clear " +
			"in your clone and has been sent; whoever could read it there or on the way may have it"
	}
	return "rotate the secret: whoever can read " + these + " may have it; taking it out does not undo that"
}

// advice returns a finding's own hint or, for a secret that is in no commit, what fits the place where it is: analyzers
// speak of commits.
func (v *view) advice(e *entry) string {
	f := e.raw[0]
	if len(e.commits) > 0 || f.Rule == unread || !e.secret() && f.Analyzer != secrets {
		return e.Hint
	}
	advice := ""
	switch {
	case e.named():
		advice = "revoke it, and use a name without it"
	case f.Ref != "" && f.Path == "":
		advice = "revoke it, and make the tag anew without it"
	case v.Change.Kind == analyzers.KindMessage:
		advice = "take it out of the message"
	case v.Change.Kind == analyzers.KindCommit && gone(f):
		advice = "take the file out of the commit, and keep it out of the repository"
	case v.Change.Kind == analyzers.KindCommit:
		advice = "take it out of the file, and read it from the environment or a secret store"
	default:
		return e.Hint
	}
	if f.Group == "generic" {
		advice = "if it is a secret, " + advice
	}
	return advice
}

// showAll returns the commands that show on the pusher's side what this report leaves out.
func (v *view) showAll(hidden []*entry) []string {
	switch v.Change.Kind {
	case analyzers.KindCommit:
		return []string{"  refward check staged --all"}
	case "", analyzers.KindPush:
	default:
		return []string{"  the same command with --all"}
	}
	var out []string
	for i := range v.Change.Refs[:min(len(v.Change.Refs), maxRefs)] {
		r := &v.Change.Refs[i]
		concerned := slices.ContainsFunc(hidden, func(e *entry) bool { return e.concerns(r.Ref) })
		if name := shellQuote(v.scrub.String(r.Ref)); concerned && name != "" && !r.Deletes() && len(out) < maxNamed {
			out = append(out, fmt.Sprintf("  refward check %s", v.checkArgs(r, name)))
		}
	}
	return out
}

// checkArgs returns the arguments that make "refward check" judge what a ref gains. A new ref has no old value: its
// first commit's parent stands for it.
func (v *view) checkArgs(r *analyzers.RefChange, name string) string {
	base := r.Old
	if r.Creates() {
		base = ""
		if len(r.Commits) > 0 {
			if first := v.Change.Commits[r.Commits[0]]; len(first.Parents) > 0 {
				base = first.Parents[0]
			}
		}
	}
	if base == "" {
		return fmt.Sprintf("history --all --ref %s %s", name, long(r.New))
	}
	return fmt.Sprintf("range --all --ref %s %s..%s", name, long(base), long(r.New))
}

// concerns reports whether any occurrence of the entry is on the ref.
func (e *entry) concerns(ref string) bool {
	return slices.ContainsFunc(e.raw, func(f *policy.Finding) bool { return concerns(f, ref) })
}

// concerns is for the first maxRefs refs of a push: in a finding's list, which has their order, they come as early.
func concerns(f *policy.Finding, ref string) bool {
	return len(f.Refs) == 0 || slices.Contains(f.Refs[:min(len(f.Refs), maxRefs)], ref)
}
