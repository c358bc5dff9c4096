package secrets

import (
	"context"
	"errors"
	"iter"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/secrets/detector"
	"github.com/refward/refward/analyzers/secrets/unpack"
)

// findAll returns what the rules find in p, and in the texts that are hidden in it: each secret of a rule once from these, and not at all if
// the text itself shows it.
func (e *engine) findAll(ctx context.Context, p piece) ([]analyzers.Finding, error) {
	p.binary = e.thorough && unpack.Binary([]byte(p.text[:min(len(p.text), analyzers.HeadSize)])) && len(p.text) > minBinary
	all, err := e.scan(ctx, p)
	if err != nil || !e.thorough {
		return all, err
	}
	type secret struct{ rule, key, name string }
	of := func(f analyzers.Finding) secret {
		if p.names != nil {
			return secret{f.Rule, f.Key, f.Path} // each name is a text of its own
		}
		return secret{f.Rule, f.Key, ""}
	}
	seen := map[secret]bool{}
	for _, f := range all {
		seen[of(f)] = true
	}
	text := p.raw
	if text == nil {
		text = []byte(p.text)
	}
	found := forms(text)
	if p.binary {
		found = printable(text, found)
	}
	for form := range found {
		if ctx.Err() != nil {
			break // the caller asks ctx
		}
		inside := p
		inside.path, inside.where = p.path+form.inner, p.where+", in another form"
		inside.laterHunk, inside.binary = true, false
		if p.names != nil { // whose lines are not those of the form
			inside.path, inside.names = p.names[min(form.line, len(p.names)-1)]+form.inner, nil
		}
		if p.line > 0 {
			inside.line, inside.oneLine = p.line+form.line, !form.same
		}
		if form.unread != "" {
			if f := unread(inside, form.unread, ""); !seen[of(f)] {
				seen[of(f)] = true
				all = append(all, f)
			}
			continue
		}
		inside.text = string(form.text)
		found, err := e.scan(ctx, inside)
		if err != nil {
			return all, err
		}
		for _, f := range found {
			if s := of(f); !seen[s] {
				seen[s] = true
				all = append(all, f)
			}
		}
	}
	return all, nil
}

// minBinary is how large a binary text is, in bytes, of which only the printable parts are decoded: to look for what is encoded takes ten times
// as long as all else.
const minBinary = 1 << 16

// printable yields the printable parts of a text before its forms.
func printable(text []byte, forms iter.Seq[form]) iter.Seq[form] {
	return func(yield func(form) bool) {
		if yield(form{text: unpack.Printable(text), same: true}) {
			forms(yield)
		}
	}
}

// unread returns the finding that something was not examined. What it is is identified by its place, the reason and its id, if that is
// known.
func unread(p piece, why, id string) analyzers.Finding {
	f := analyzers.Finding{
		Rule: ruleUnread, Group: groupUnexamined, Severity: analyzers.High, Path: p.path, Commit: p.commit, Ref: p.ref,
		Message: "content that could not be examined: " + oneLine(why), Hint: hintUnread, Key: strings.TrimSpace(why + " " + id),
	}
	if p.line > 0 && p.oneLine {
		f.Line, f.EndLine = p.line, p.line
	}
	return f
}

// deep adds to what was found that there is more, which is too deep to be looked at.
func (e *engine) deep(p piece, found []analyzers.Finding, err error) ([]analyzers.Finding, error) {
	if !errors.Is(err, detector.ErrTooDeep) {
		return found, err
	}
	if !e.thorough {
		return found, nil // gitleaks says nothing of it
	}
	return append(found, unread(p, err.Error(), "")), nil
}
