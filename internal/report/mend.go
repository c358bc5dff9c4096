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
	var blocking []*entry
	secret := false
	for _, g := range groups {
		for _, e := range g.entries {
			secret = secret || e.secret()
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
	if secret {
		out = append(out, v.rotate(refused))
	}
	if len(hidden) > 0 {
		out = append(out, plural(len(hidden), "finding")+" more; to see all:")
		out = append(out, v.showAll(hidden)...)
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
		} else if v.failures[hard].TimedOut {
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

// rotate says what a secret's discovery means, which depends on where it has been. A refused push leaves nothing on the
// server (git-receive-pack(1), "Quarantine Environment"), but the server has had it.
func (v *view) rotate(refused bool) string {
	switch {
	case v.Hook == "commit-msg" || v.Change.Kind == analyzers.KindMessage:
		return "the secret is in no commit yet, but in a file of your clone (.git/COMMIT_EDITMSG)"
	case v.Change.Kind == analyzers.KindCommit:
		return "the secret is in no commit yet, but \"git add\" has put it into the objects of your clone"
	case v.Hook == "pre-push" && refused:
		return "this push has not sent the secret, but it lies in the commits of your clone: " +
			"rotate it if anybody else can read them"
	case v.server() && refused:
		return "rotate the secret: the server discards the objects of a refused push, but the secret lay in the clear " +
			"in your clone and has been sent; whoever could read it there or on the way may have it"
	}
	return "rotate the secret: whoever can read these commits may have it; taking it out does not undo that"
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

// mend returns the commands that mend what blocks the change.
func (v *view) mend(blocking []*entry) []string {
	switch v.Change.Kind {
	case analyzers.KindMessage: // the commit does not exist, and the hook itself says how to keep the message
		return nil
	case analyzers.KindCommit:
		return []string{"edit, stage the change, and commit again:", "  " + v.add("git add -p", blocking)}
	case analyzers.KindTree:
		return []string{"edit, and commit the change"}
	case analyzers.KindHistory:
		return []string{"mend the newest commit first; to rewrite older ones breaks every clone: agree on it before"}
	}
	var out []string
	shown := map[string]bool{}
	for _, s := range v.stretches(blocking) {
		lines := s.lines(v)
		commands := strings.Join(lines, "\n")
		if len(lines) == 0 || shown[commands] {
			continue
		}
		if len(shown) == maxNamed {
			out = append(out, "and so on for the other refs")
			break
		}
		shown[commands] = true
		out = append(append(out, s.label), lines...)
	}
	switch {
	case len(out) == 0:
		return nil
	case v.Change.Kind == analyzers.KindRange:
		return append(out, "then push again, with --force-with-lease where the commits have been pushed before")
	}
	return append(out, "then push again")
}

// add returns a command with the paths that have findings, as far as they can be written down safely.
func (v *view) add(command string, entries []*entry) string {
	var words []string
	for _, e := range entries {
		raw := e.raw[0].Path
		if raw == "" {
			continue
		}
		word := shellQuote(v.scrub.String(raw))
		if word == "" || len(words) == maxNamed && !slices.Contains(words, word) {
			if strings.HasSuffix(command, "-p") {
				return command
			}
			return command + " -p"
		}
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return command
	}
	return command + " -- " + strings.Join(words, " ")
}

// A stretch is what one ref gains, with the commits of it that must be mended.
type stretch struct {
	label    string
	tip      string              // id of the newest commit
	commits  []*analyzers.Commit // parents first
	content  []*entry            // findings in files
	edit     map[string]bool     // commits whose files must be mended
	reword   map[string]bool     // commits whose message, or anything but files, must be mended
	tag      string              // the tag's name, when the ref is one; raw
	tagBad   bool                // the tag object itself must be mended
	tagOf    string              // what the tag points to
	annotate bool                // the tag is an object
}

// stretches returns one stretch for each of the first maxRefs refs.
func (v *view) stretches(blocking []*entry) []*stretch {
	var out []*stretch
	for i := range v.Change.Refs[:min(len(v.Change.Refs), maxRefs)] {
		if r := &v.Change.Refs[i]; !r.Deletes() {
			s := &stretch{tip: r.New, tagOf: r.New}
			for _, n := range r.Commits {
				s.commits = append(s.commits, v.Change.Commits[n])
			}
			s.name(v, r)
			out = append(out, s.mark(r.Ref, blocking))
		}
	}
	if v.Change.Kind == analyzers.KindRange && !slices.ContainsFunc(out, func(s *stretch) bool { return s.commits != nil }) {
		s := &stretch{label: "to mend these commits, on the branch that has them:", commits: v.Change.Commits}
		if n := len(s.commits); n > 0 {
			s.tip = s.commits[n-1].ID
		}
		out = append(out, s.mark("", blocking))
	}
	return out
}

// name sets what depends on the ref's name and on the tags that lead from it to a commit.
func (s *stretch) name(v *view, r *analyzers.RefChange) {
	s.label = "to mend it, on your branch for " + v.refName(r.Ref) + ":"
	if tag, ok := strings.CutPrefix(r.Ref, "refs/tags/"); ok {
		s.tag = tag
		s.label = "to mend " + v.refName(r.Ref) + ":"
	}
	for range v.Change.Tags { // a tag of a tag of … is at most as deep as there are tags
		n := slices.IndexFunc(v.Change.Tags, func(t *analyzers.Tag) bool { return t.ID == s.tip })
		if n < 0 {
			break
		}
		s.tip, s.tagOf, s.annotate = v.Change.Tags[n].Target, v.Change.Tags[n].Target, true
	}
}

// mark notes which commits of the stretch must be mended, and how.
func (s *stretch) mark(ref string, blocking []*entry) *stretch {
	s.edit, s.reword = map[string]bool{}, map[string]bool{}
	mine := map[string]bool{}
	for _, c := range s.commits {
		mine[c.ID] = true
	}
	for _, e := range blocking {
		inFile := false
		for _, f := range e.raw {
			switch {
			case f.Level != policy.LevelBlock || ref != "" && !concerns(f, ref):
			case f.Commit == "" && f.Ref == ref && s.tag != "":
				s.tagBad = true
			case !mine[f.Commit]:
			case f.Path != "" || f.Analyzer == "dod": // "done" is about what a commit brings, with a path or without
				s.edit[f.Commit], inFile = true, true
			default:
				s.reword[f.Commit] = true
			}
		}
		if inFile {
			s.content = append(s.content, e)
		}
	}
	return s
}

// lines returns the commands that mend the stretch; none when nothing in it needs mending.
func (s *stretch) lines(v *view) []string {
	var bad []*analyzers.Commit
	first := -1
	for i, c := range s.commits {
		if s.edit[c.ID] || s.reword[c.ID] {
			bad = append(bad, c)
			if first < 0 {
				first = i
			}
		}
	}
	var out []string
	switch {
	case len(bad) == 0:
	case len(bad) == 1 && bad[0].ID == s.tip:
		out = s.atTip(v, bad[0])
	default:
		out = s.rebase(bad, s.commits[first:])
	}
	if s.tag != "" && (s.tagBad || len(bad) > 0) {
		out = append(out, s.retag(v, len(bad) > 0))
	}
	return out
}

// atTip mends the newest commit, which needs no rebase. It names the paths, since other changes may lie around.
func (s *stretch) atTip(v *view, c *analyzers.Commit) []string {
	if !s.edit[c.ID] {
		return []string{"  git commit --amend"}
	}
	return []string{"  edit the file, then", "  " + v.add("git add", s.content) + " && " + amend(s.reword[c.ID])}
}

func amend(message bool) string {
	if message {
		return "git commit --amend"
	}
	return "git commit --amend --no-edit"
}

// rebase mends older commits. rest is what follows the oldest bad commit, with it. The list that git shows has all bad
// commits: none is reachable from a parent of the first, since parents come first. Commits beside the first keep their
// place and their ids (git-rebase(1), "--rebase-merges").
func (s *stretch) rebase(bad, rest []*analyzers.Commit) []string {
	command := "  git rebase -i "
	if slices.ContainsFunc(rest, (*analyzers.Commit).Merge) {
		command += "--rebase-merges "
	}
	if parents := rest[0].Parents; len(parents) > 0 {
		command += long(parents[0])
	} else {
		command += "--root"
	}
	out := []string{command}
	var edit, reword []string
	for _, c := range bad {
		switch id := short(c.ID); {
		case c.Merge() && s.edit[c.ID]:
			out = append(out, "  below the line \"merge -C "+id+" …\" add the line \"break\"")
		case c.Merge():
			out = append(out, "  in the line \"merge -C "+id+" …\" write -c for -C")
		case s.edit[c.ID]:
			edit = append(edit, id)
		default:
			reword = append(reword, id)
		}
	}
	if len(edit) > 0 {
		out = append(out, "  write \"edit\" for \"pick\" before "+strings.Join(edit, " "))
	}
	if len(reword) > 0 {
		out = append(out, "  write \"reword\" for \"pick\" before "+strings.Join(reword, " "))
	}
	if len(s.edit) > 0 {
		both := slices.ContainsFunc(bad, func(c *analyzers.Commit) bool { return s.edit[c.ID] && s.reword[c.ID] })
		// A rebase begins with nothing uncommitted, so that "-u" adds what was mended and nothing else.
		out = append(out, "  and where git stops, edit the file, then", "  git add -u && "+amend(both)+" && git rebase --continue")
	}
	return out
}

// retag makes the tag anew, since a tag does not follow a rewritten commit. With -f, git offers the old message for
// editing, and keeps the old tag when the editor is left without one.
func (s *stretch) retag(v *view, moved bool) string {
	name := shellQuote(v.scrub.String(s.tag))
	if name == "" {
		name = "TAG"
	}
	target := long(s.tagOf)
	if moved {
		target = "HEAD"
	}
	option := ""
	if s.annotate {
		option = "-a "
	}
	return fmt.Sprintf("  git tag -f %s%s %s", option, name, target)
}
