package secrets

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/report"
	"github.com/zricethezav/gitleaks/v8/sources"

	"github.com/refward/refward/analyzers"
)

// An engine finds secrets in pieces of text. It keeps nothing between calls and is safe for concurrent use.
type engine struct {
	detector *detect.Detector
	rules    map[string]rule // by id
	limit    int             // findings that one run keeps
}

// A piece is a text that is searched on its own.
type piece struct {
	text      string
	path      string // of the file; "" for a message
	commit    string
	ref       string
	line      int      // number of the first line; 0 for a text without lines, such as a name
	laterHunk bool     // of a file that has been seen: rules about the path alone have had their say
	where     string   // for a message: how findings say where they are
	names     []string // paths, of which text has one on each line
}

// A hit is what the library found, with its place in the text.
type hit struct {
	report.Finding
	start, end   int // the match, as offsets in the text
	secret       span
	encodedIn    string // how the secret was encoded; "" = not
	wholeEncoded bool   // secret is all of the match, since the secret itself is not in the text
}

// scan returns what the rules find in p, in the order of the text. When ctx ends, it returns early with a part of it.
func (e *engine) scan(ctx context.Context, p piece) []analyzers.Finding {
	//lint:ignore SA1019 DetectContext still takes the deprecated type
	found := e.detector.DetectContext(ctx, detect.Fragment{
		Raw: p.text, FilePath: p.path, CommitSHA: p.commit, StartLine: p.line,
		CommitInfo: &sources.CommitInfo{SHA: p.commit, Remote: &sources.RemoteInfo{}}, // without a Remote the library panics
	})
	if len(found) == 0 {
		return nil
	}
	lines := newLines(p.text)
	hits := make([]hit, 0, len(found))
	for _, f := range found {
		if e.rules[f.RuleID].pathOnly {
			if !p.laterHunk {
				hits = append(hits, hit{Finding: f, start: -1})
			}
			continue
		}
		if e.rules[f.RuleID].whole {
			f.Secret = f.Match
		}
		hits = append(hits, locate(p.text, lines, p.line, f))
	}
	// The library goes through its rules in the random order of a map.
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end),
			strings.Compare(a.RuleID, b.RuleID), strings.Compare(a.Secret, b.Secret))
	})
	hidden := union(hits)
	out := make([]analyzers.Finding, len(hits))
	for i, h := range hits {
		out[i] = e.finding(p, lines, h, hidden)
	}
	return out
}

// finding returns h as policy and report see it. What it keeps is copied, so that the text can be freed.
func (e *engine) finding(p piece, lines lines, h hit, hidden []span) analyzers.Finding {
	r := e.rules[h.RuleID]
	f := analyzers.Finding{
		Rule: h.RuleID, Group: r.group, Severity: r.severity,
		Path: p.path, Commit: p.commit, Ref: p.ref,
		Message: r.title, Hint: hintSecret,
	}
	if r.group == groupGeneric {
		f.Hint = hintGeneric
	}
	if h.start < 0 {
		f.Key = "path"
		return f
	}
	if h.encodedIn != "" {
		f.Message += ", encoded as " + h.encodedIn
	}
	f.Message += p.where
	if p.names != nil {
		line, _ := lines.place(h.start)
		f.Path = p.names[line-1]
	}
	if p.line > 0 {
		f.Line, f.Column = lines.place(h.start)
		f.EndLine, _ = lines.place(max(h.start, h.end-1))
		f.Line, f.EndLine = f.Line+p.line-1, f.EndLine+p.line-1
	}
	f.Key = strings.Clone(h.Secret)
	f.Secrets = secretTexts(p.text, h)
	f.Excerpt = excerpt(p.text, h, hidden)
	return f
}

// locate finds the place of f in the text. The library tells it as lines and columns from which the offset follows: its
// columns count from the newline before the line, except on the first line, which has none before it.
func locate(text string, lines lines, first int, f report.Finding) hit {
	h := hit{Finding: f}
	h.start = min(lines.before(f.StartLine-first)+f.StartColumn-1, len(text))
	for h.start < len(text) && text[h.start] == '\n' {
		h.start++ // the library takes newlines off the match, and leaves its start where it was
	}
	if strings.HasPrefix(text[h.start:], f.Match) && f.Match != "" {
		h.end = h.start + len(f.Match)
		// The value comes after what announces it, which may be the same word.
		if i := strings.LastIndex(f.Match, f.Secret); i >= 0 && f.Secret != "" {
			h.secret = span{h.start + i, h.start + i + len(f.Secret)}
			return h
		}
	} else {
		// The match is in a decoded text. Its place is that of the encoded one, whose end may be missing when it is on the
		// last line.
		h.end = lines.before(f.EndLine-first) + f.EndColumn
		if h.end <= h.start || h.end > len(text) {
			h.end = lines.end(h.start)
		}
		h.encodedIn = encodingOf(f.Tags)
	}
	h.secret, h.wholeEncoded = span{h.start, h.end}, true
	return h
}

// encodingOf returns the names in tags such as "decoded:base64". The rules' own tags were taken away.
func encodingOf(tags []string) string {
	var names []string
	for _, t := range tags {
		if name, ok := strings.CutPrefix(t, "decoded:"); ok {
			names = append(names, name)
		}
	}
	return strings.Join(names, " and ")
}

// lines are the offsets of the newlines of a text.
type lines struct {
	newline []int
	size    int
}

func newLines(text string) lines {
	l := lines{size: len(text)}
	for i := 0; ; i++ {
		n := strings.IndexByte(text[i:], '\n')
		if n < 0 {
			return l
		}
		i += n
		l.newline = append(l.newline, i)
	}
}

// before returns the offset of the newline that comes before a line, which is counted from 0; for the first, 0.
func (l lines) before(line int) int {
	if line <= 0 || len(l.newline) == 0 {
		return 0
	}
	return l.newline[min(line, len(l.newline))-1]
}

// place returns the line and the column of an offset, from 1.
func (l lines) place(offset int) (line, column int) {
	n, _ := slices.BinarySearch(l.newline, offset)
	if n == 0 {
		return 1, offset + 1
	}
	return n + 1, offset - l.newline[n-1]
}

// end returns the offset of the end of the line that holds an offset.
func (l lines) end(offset int) int {
	n, _ := slices.BinarySearch(l.newline, offset)
	if n < len(l.newline) {
		return l.newline[n]
	}
	return l.size
}
