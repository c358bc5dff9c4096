package report

import (
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// mend returns the commands that mend what blocks the change.
func (v *view) mend(blocking []*entry) []string {
	switch v.Change.Kind {
	case analyzers.KindMessage: // the commit does not exist, and the hook itself says how to keep the message
		return nil
	case analyzers.KindCommit:
		return mendIndex(v, blocking)
	case analyzers.KindTree:
		return []string{"edit, and commit the change"}
	case analyzers.KindHistory:
		return []string{"mend the newest commit first; to rewrite older ones breaks every clone: agree on it before"}
	}
	if !slices.ContainsFunc(blocking, func(e *entry) bool { return e.raw[0].Analyzer != "gosec" }) {
		return []string{"mend the code in a further commit: it is looked at as it is at the tip, so that no commit has to be rewritten"}
	}
	var out []string
	shown := map[string]bool{}
	again := "then push again"
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
		if s.named {
			again = "then push again, by the new name"
		}
		out = append(append(out, s.label), lines...)
	}
	switch {
	case len(out) == 0:
		return nil
	case v.Change.Kind == analyzers.KindRange:
		return append(out, again+", with --force-with-lease where the commits have been pushed before")
	}
	return append(out, again)
}

// mendIndex returns the commands that mend what is staged. They name the paths, since other changes may lie around;
// "git add -p" would pass over binary files.
func mendIndex(v *view, blocking []*entry) []string {
	edit, away := divide(blocking)
	var out []string
	if len(edit) > 0 {
		out = append(out, "edit the file, and stage it:", "  "+v.paths("git add", edit))
	}
	if len(away) > 0 {
		out = append(out, "take the file out of the commit (it stays in your work tree):", "  "+v.paths("git rm --cached", away))
	}
	return append(out, "then commit again")
}

// The names of the analyzer and of the rule whose findings have hints of their own.
const (
	secrets = "secrets"
	unread  = "unread"
)

// divide returns the findings in files that can be mended by editing, and those in files that must go as a whole.
func divide(entries []*entry) (edit, away []*entry) {
	for _, e := range entries {
		switch f := e.raw[0]; {
		case !inFiles(f):
		case gone(f):
			away = append(away, e)
		default:
			edit = append(edit, e)
		}
	}
	return edit, away
}

// inFiles reports whether a finding is about what a commit brings. What dod says of a line of no file is about the message, such as a missing
// sign-off: whoever amended only the files would be refused again.
func inFiles(f *policy.Finding) bool { return f.Path != "" || f.Analyzer == "dod" && f.Line == 0 }

// gone reports whether a file must go as a whole: it cannot be read, its very name says that it is a secret, or its path is
// unsafe. A file with a conflict cannot be read either, until it is resolved.
func gone(f *policy.Finding) bool {
	switch f.Analyzer {
	case secrets:
		return f.Path != "" && f.Line == 0 && !strings.HasPrefix(f.Key, "unmerged")
	case "objects":
		return f.Path != ""
	}
	return false
}

// paths returns a command with the paths of the findings or, when they cannot all be written down safely or are too many,
// with a word that stands for them and names no file.
func (v *view) paths(command string, entries []*entry) string {
	var words []string
	for _, e := range entries {
		raw := e.raw[0].Path
		if strings.HasPrefix(raw, ":") || strings.ContainsAny(raw, `*?[\`) {
			raw = ":(literal)" + raw // gitglossary(7), "pathspec"
		}
		word := shellQuote(v.scrub.String(raw))
		if e.raw[0].Path == "" || word == "" || len(words) == maxNamed && !slices.Contains(words, word) {
			return command + " -- FILES"
		}
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return command + " -- " + strings.Join(words, " ")
}
