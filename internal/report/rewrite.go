package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// A stretch is what one ref gains, with the commits of it that must be mended.
type stretch struct {
	label    string
	tip      string              // id of the newest commit
	commits  []*analyzers.Commit // parents first
	content  []*entry            // findings in files
	edit     map[string]bool     // commits whose files must be mended
	reword   map[string]bool     // commits whose message, or anything but files, must be mended
	sign     map[string]bool     // commits that their author must sign off
	seal     map[string]bool     // commits that must be signed, or signed anew
	squash   map[string]bool     // commits that are notes to git rebase --autosquash
	tag      string              // the tag's name, when the ref is one; raw
	tagBad   bool                // the tag object itself must be mended
	branch   bool                // the ref is a branch
	named    bool                // a secret is in the ref's name
	tagOf    string              // what the tag points to
	annotate bool                // the tag is an object
	sealTag  bool                // the tag must be signed
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
	s.branch = strings.HasPrefix(r.Ref, "refs/heads/")
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
	s.edit, s.reword, s.sign, s.seal, s.squash = map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	mine := map[string]*analyzers.Commit{}
	for _, c := range s.commits {
		mine[c.ID] = c
	}
	for _, e := range blocking {
		inFile := false
		for _, f := range e.raw {
			switch {
			case f.Level != policy.LevelBlock || ref != "" && !concerns(f, ref):
			case f.Commit == "" && f.Ref == ref && named(f):
				s.named = true
			case f.Commit == "" && f.Ref == ref && s.tag != "" && f.Path == "" && f.Analyzer != "refs":
				s.tagBad, s.sealTag = true, s.sealTag || sealed(f)
			case mine[f.Commit] == nil:
			case f.Analyzer == "dod" && f.Rule == "sign-off":
				s.sign[f.Commit] = true
			case sealed(f):
				s.seal[f.Commit] = true
			case f.Analyzer == "dod" && f.Rule == "wip" && s.noted(mine[f.Commit]):
				s.squash[f.Commit] = true
			case f.Analyzer == "dod" && f.Rule == "wip":
				s.reword[f.Commit] = true
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

// sealed reports whether a finding is mended by signing, without another word of what is signed.
func sealed(f *policy.Finding) bool {
	return f.Analyzer == "identity" && (f.Rule == "unsigned" || strings.HasPrefix(f.Rule, "signature-"))
}

// noted reports whether a commit is a note to git rebase about another one of the stretch (git-rebase(1), "--autosquash"). A note about a
// commit that is in already has nothing to be folded into.
func (s *stretch) noted(c *analyzers.Commit) bool {
	about, is := c.Subject(), false
	for again := true; again; is = is || again {
		again = false
		for _, mark := range []string{"fixup! ", "squash! ", "amend! "} {
			rest, ok := strings.CutPrefix(about, mark)
			about, again = rest, again || ok
		}
	}
	return is && about != "" && slices.ContainsFunc(s.commits, func(o *analyzers.Commit) bool {
		return o != c && (o.Subject() == about || strings.HasPrefix(o.ID, about))
	})
}

// lines returns the commands that mend the stretch; none when nothing in it needs mending.
func (s *stretch) lines(v *view) []string {
	var bad []*analyzers.Commit
	first := -1
	for i, c := range s.commits {
		if s.edit[c.ID] || s.reword[c.ID] || s.sign[c.ID] || s.seal[c.ID] || s.squash[c.ID] {
			bad = append(bad, c)
			if first < 0 {
				first = i
			}
		}
	}
	if len(s.squash) > 0 {
		first = 0 // the commit that a note belongs to comes before it
	}
	var out []string
	switch {
	case len(bad) == 0:
	case len(bad) == 1 && bad[0].ID == s.tip && len(s.squash) == 0:
		out = s.atTip(v, bad[0])
	default:
		out = s.rebase(bad, s.commits[first:])
	}
	switch moved := len(bad) > 0; {
	case s.tag != "" && (s.tagBad || s.named || moved):
		out = append(out, s.retag(v, moved)...)
	case s.named && s.branch:
		out = append(out, "  git branch -m NEW-NAME")
	case s.named:
		out = append(out, "  choose another name for the ref")
	}
	return out
}

// atTip mends the newest commit, which needs no rebase. It names the paths, since other changes may lie around.
func (s *stretch) atTip(v *view, c *analyzers.Commit) []string {
	sign := ""
	if s.sign[c.ID] {
		sign = " --signoff"
	}
	if s.seal[c.ID] {
		sign += " -S"
	}
	if !s.edit[c.ID] {
		return []string{"  " + amend(s.reword[c.ID] || sign == "", false) + sign}
	}
	var out, steps []string
	edit, away := divide(s.content)
	if len(edit) > 0 {
		out = append(out, "  edit the file, then")
		steps = append(steps, v.paths("git add", edit))
	}
	if len(away) > 0 {
		steps = append(steps, v.paths("git rm --cached", away))
	}
	steps = append(steps, amend(s.reword[c.ID], len(away) > 0)+sign)
	return append(out, "  "+strings.Join(steps, " && "))
}

// amend returns the command that amends. Without the bad file nothing may be left of a commit, which git would not take.
func amend(message, empty bool) string {
	command := "git commit --amend"
	if !message {
		command += " --no-edit"
	}
	if empty {
		command += " --allow-empty"
	}
	return command
}

// rebase mends older commits. rest is what follows the oldest bad commit, with it. The list that git shows has all bad
// commits: none is reachable from a parent of the first, since parents come first. Commits beside the first keep their
// place and their ids (git-rebase(1), "--rebase-merges"). A later commit that only takes out the bad file is dropped
// (git-rebase(1), "--empty"), and one that changes it stops with a conflict, where "--amend" would be refused.
func (s *stretch) rebase(bad, rest []*analyzers.Commit) []string {
	command := "  git rebase "
	if len(s.edit)+len(s.reword)+len(s.squash) > 0 {
		command += "-i "
	}
	if len(s.squash) > 0 {
		command += "--autosquash "
	}
	if len(s.sign) > 0 {
		command += "--signoff "
	}
	if len(s.seal) > 0 {
		command += "--force-rebase -S " // what need not be made anew is not signed, else (git-rebase(1))
	}
	if len(s.edit) > 0 {
		command += "--empty=drop "
	}
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
		case c.Merge() && s.reword[c.ID]:
			out = append(out, "  in the line \"merge -C "+id+" …\" write -c for -C")
		case s.edit[c.ID]:
			edit = append(edit, id)
		case s.reword[c.ID]:
			reword = append(reword, id)
		}
	}
	if len(edit) > 0 {
		out = append(out, "  write \"edit\" for \"pick\" before "+strings.Join(edit, " ")+", or \"drop\" to lose the whole commit")
	}
	if len(reword) > 0 {
		out = append(out, "  write \"reword\" for \"pick\" before "+strings.Join(reword, " "))
	}
	if len(s.edit) > 0 {
		both := slices.ContainsFunc(bad, func(c *analyzers.Commit) bool { return s.edit[c.ID] && s.reword[c.ID] })
		// A rebase begins with nothing uncommitted, so that "-u" adds what was mended and nothing else.
		out = append(out,
			"  where git stops at such a commit, "+s.remedy()+", then",
			"  git add -u && "+amend(both, true)+" && git rebase --continue",
			"  at a CONFLICT, delete the file if git says \"deleted\", else edit it, then",
			"  git add -u && git rebase --continue")
	}
	return out
}

// remedy says what to do with the files of a commit.
func (s *stretch) remedy() string {
	switch edit, away := divide(s.content); {
	case len(away) == 0:
		return "edit or delete the file"
	case len(edit) == 0:
		return "move the file out of the repository"
	}
	return "edit, delete or move away the files"
}

// retag makes the tag anew, since a tag does not follow a rewritten commit. With -f, git offers the old message for
// editing, and keeps the old tag when the editor is left without one.
func (s *stretch) retag(v *view, moved bool) []string {
	target := long(s.tagOf)
	if moved {
		target = "HEAD"
	}
	option := ""
	switch {
	case s.sealTag:
		option = "-s "
	case s.annotate:
		option = "-a "
	}
	if s.named {
		return []string{"  git tag " + option + "NEW-NAME " + target, "  delete the old tag (git tag -d), so that nothing pushes it again"}
	}
	name := shellQuote(v.scrub.String(s.tag))
	if name == "" {
		name = "TAG"
	}
	return []string{fmt.Sprintf("  git tag -f %s%s %s", option, name, target)}
}
