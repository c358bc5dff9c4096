package secrets

import (
	"context"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/secrets/detector"
	"github.com/refward/refward/analyzers/secrets/rulepack"
)

// A piece is a text that is searched on its own.
type piece struct {
	text      string
	raw       []byte // the same, where it is at hand
	path      string // of the file; "" for a message
	commit    string
	ref       string
	line      int                // number of the first line; 0 for a text without lines, such as a name
	allowed   detector.Allowance // for the file or commit
	oneLine   bool               // text comes from the one line, whatever lines it has
	binary    bool               // what is encoded is looked for in its printable parts only
	laterHunk bool               // of a file that has been seen: rules about the path alone have had their say
	where     string             // for a message: how findings say where they are
	names     []string           // paths, of which text has one on each line

	// proven returns text without a signature that is proved to be one; nil = there is none. It is asked when something is found.
	proven func() (text string, ok bool)
}

// A hit is a match with the place of its secret.
type hit struct {
	detector.Match
	rule         *rule
	secret       span
	wholeEncoded bool // secret is all of the match, since the secret itself is not in the text
	validity     string
	invalid      bool
}

// scan returns what the rules find in p, in the order of the text. When ctx ends, it returns early with a part of it.
func (e *engine) scan(ctx context.Context, p piece) ([]analyzers.Finding, error) {
	found, err := e.search(ctx, detector.Text{
		Raw: p.text, Path: p.path, Commit: p.commit, Line: p.line, Allowed: p.allowed, NoDecode: p.binary, NoPathRules: p.laterHunk || p.path == "",
	})
	found = slices.DeleteFunc(found, func(m detector.Match) bool { return !rulepack.Check(m.Rule, m.Secret) })
	if len(found) == 0 {
		return e.deep(p, nil, err)
	}
	hits := make([]hit, len(found))
	for i, m := range found {
		hits[i] = e.locate(p.text, m)
		if h := &hits[i]; h.Start >= 0 {
			h.validity = validity(h.Rule, h.Secret, p.text, h.secret, h.wholeEncoded)
			h.invalid = h.validity == analyzers.ValidityInvalid
		}
	}
	hidden := union(hits)
	if e.thorough {
		hits = foremost(hits)
	}
	lines := newLines(p.text)
	out := make([]analyzers.Finding, len(hits))
	for i, h := range hits {
		out[i] = e.finding(p, lines, h, hidden)
	}
	return e.deep(p, out, err)
}

// foremost returns the hits without those whose secret another rule has said more about: of several that concern the same text, one that
// knows it by its shape stays, or else the first in the order of rules. What a stock rule knows by its shape always stays.
func foremost(hits []hit) []hit {
	ahead := func(o, h hit) bool {
		if o.invalid {
			return false // what can be no secret speaks for no other
		}
		if o.rule.group != h.rule.group {
			return o.rule.group == groupProvider
		}
		return o.rule.order < h.rule.order
	}
	var kept []hit
	for i, h := range hits {
		if h.Start < 0 || h.rule.group == groupProvider && !h.rule.pack || h.rule.group == groupPersonal {
			kept = append(kept, h)
			continue
		}
		behind := false
		for k := i - 1; k >= 0 && !behind && hits[k].Start >= h.Start-maxOverlap; k-- {
			behind = overlaps(hits[k], h) && ahead(hits[k], h)
		}
		for k := i + 1; k < len(hits) && !behind && hits[k].Start <= h.End; k++ {
			behind = overlaps(hits[k], h) && ahead(hits[k], h)
		}
		if !behind {
			kept = append(kept, h)
		}
	}
	return kept
}

// maxOverlap is how far before a match others are looked at that may reach into it, in bytes.
const maxOverlap = 4096

// overlaps tells whether two hits of different rules are about the same secret.
func overlaps(a, b hit) bool {
	if a.Start < 0 || a.Rule == b.Rule || a.secret.start >= b.secret.end || b.secret.start >= a.secret.end {
		return false
	}
	// Where a text is encoded, all that is in it has the same place.
	return !a.wholeEncoded && !b.wholeEncoded || strings.Contains(a.Secret, b.Secret) || strings.Contains(b.Secret, a.Secret)
}

// minHidden is the length, in bytes, of a secret that is taken out of all texts that leave. A shorter one that a generic rule found, such as the
// password "test", is a word that paths and subjects have too; excerpts hide it all the same.
const minHidden = 8

// locate finds the place of the secret of m.
func (e *engine) locate(text string, m detector.Match) hit {
	h := hit{Match: m, rule: e.rule(m.Rule)}
	if m.Start < 0 {
		return h
	}
	if h.rule.whole {
		h.Secret = m.Text
	}
	for h.Start < len(text) && text[h.Start] == '\n' {
		h.Start++ // gitleaks takes newlines off the match, and leaves its start where it was
	}
	if len(m.Encodings) == 0 {
		h.End = h.Start + len(m.Text)
		// The value comes after what announces it, which may be the same word.
		if i := strings.LastIndex(m.Text, h.Secret); i >= 0 && h.Secret != "" {
			h.secret = span{h.Start + i, h.Start + i + len(h.Secret)}
			return h
		}
	}
	h.End = max(h.Start, h.End)
	h.secret, h.wholeEncoded = span{h.Start, h.End}, true
	return h
}

// finding returns h as policy and report see it. What it keeps is copied, so that the text can be freed.
func (e *engine) finding(p piece, lines lines, h hit, hidden []span) analyzers.Finding {
	r := h.rule
	f := analyzers.Finding{
		Rule: h.Rule, Group: r.group, Severity: r.severity,
		Path: p.path, Commit: p.commit, Ref: p.ref,
		Message: r.title, Hint: hintSecret,
	}
	if r.group == groupGeneric {
		f.Hint = hintGeneric
	}
	if h.Start < 0 {
		f.Key = "path"
		return f
	}
	if len(h.Encodings) > 0 {
		f.Message += ", encoded as " + strings.Join(h.Encodings, " and ")
	}
	f.Message += p.where
	if p.names != nil {
		line, _ := lines.place(h.Start)
		f.Path = p.names[line-1]
	}
	switch {
	case p.oneLine:
		f.Line, f.EndLine = p.line, p.line
	case p.line > 0:
		f.Line, f.Column = lines.place(h.Start)
		f.EndLine, _ = lines.place(max(h.Start, h.End-1))
		f.Line, f.EndLine = f.Line+p.line-1, f.EndLine+p.line-1
	}
	f.Key = strings.Clone(h.Secret)
	f.Validity = h.validity
	if r.group == groupProvider || len(h.Secret) >= minHidden {
		f.Secrets = secretTexts(p.text, h)
	}
	f.Excerpt = excerpt(p.text, h, hidden)
	return f
}

// lines are the offsets of the newlines of a text.
type lines struct{ newline []int }

func newLines(text string) lines {
	var l lines
	for i := 0; ; i++ {
		n := strings.IndexByte(text[i:], '\n')
		if n < 0 {
			return l
		}
		i += n
		l.newline = append(l.newline, i)
	}
}

// place returns the line and the column of an offset, from 1.
func (l lines) place(offset int) (line, column int) {
	n, _ := slices.BinarySearch(l.newline, offset)
	if n == 0 {
		return 1, offset + 1
	}
	return n + 1, offset - l.newline[n-1]
}
