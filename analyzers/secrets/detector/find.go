package detector

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/zricethezav/gitleaks/v8/detect/codec"

	"github.com/refward/refward/analyzers/secrets/ruleset"
)

// maxDecodeDepth is how often an encoded text is decoded again. The library's default is not to decode at all; this is
// the command's.
const maxDecodeDepth = 5

// Find returns the matches in a text, in its order. When ctx ends, it returns early with a part of them: the caller asks ctx. An error says
// that a rule's pattern cannot be compiled, or is ErrTooDeep, with what was found.
func (d *Detector) Find(ctx context.Context, t Text) ([]Match, error) {
	s := search{Detector: d, ctx: ctx, text: &t, now: t.Raw, said: map[*allowlist]lineAnswer{}}
	if t.Allowed == AllowAll {
		return nil, nil
	}
	if len(t.Raw) > maxText {
		return nil, fmt.Errorf("a text of %d bytes: at most %d can be searched", len(t.Raw), maxText)
	}
	decoder := codec.NewDecoder()
	for depth := 0; ; depth++ {
		if err := s.pass(); err != nil {
			return nil, err
		}
		if ctx.Err() != nil || t.NoDecode || !mayDecode(s.now) {
			return s.result(), nil
		}
		if s.now, s.decoded = decoder.Decode(s.now, s.decoded); len(s.decoded) == 0 {
			return s.result(), nil
		}
		if depth == maxDecodeDepth {
			return s.result(), ErrTooDeep
		}
	}
}

// maxText is the size of the largest text, in bytes, since offsets are kept in 32 bits.
const maxText = math.MaxInt32

// ErrTooDeep says that a text is encoded more often than it is decoded, so that what it comes to was not looked at.
var ErrTooDeep = fmt.Errorf("encoded more than %d times", maxDecodeDepth)

// A search looks through one text.
type search struct {
	*Detector
	ctx     context.Context
	text    *Text
	now     string                  // the text as this pass has it, decoded
	decoded []*codec.EncodedSegment // what was decoded in it; none in the first pass
	lines   *lines
	said    map[*allowlist]lineAnswer
	found   []Match
}

// A scratch is what a pass needs and the next can use again.
type scratch struct {
	hits   [][]int32 // offsets of the ends, by number of a keyword
	words  []int     // keywords with hits
	picked []bool    // rules to look at
	rules  []int     // the same, in the order in which they were met
	folded []int32   // offsets of the ends of characters that fold to ASCII, in order
	spans  []span
}

func (s *scratch) clear() {
	for _, w := range s.words {
		s.hits[w] = s.hits[w][:0]
	}
	for _, r := range s.rules {
		s.picked[r] = false
	}
	s.words, s.rules = s.words[:0], s.rules[:0]
}

func (s *scratch) pick(rules ...int) {
	for _, r := range rules {
		if !s.picked[r] {
			s.picked[r] = true
			s.rules = append(s.rules, r)
		}
	}
}

type span struct{ start, end int }

// pass looks for every rule in the text as it is now.
func (s *search) pass() error {
	scratch := s.scratches.Get().(*scratch)
	defer s.scratches.Put(scratch)
	scratch.clear()
	s.words.find(s.now, func(word, end int) {
		if len(scratch.hits[word]) == 0 {
			scratch.words = append(scratch.words, word)
			if word < s.folds {
				scratch.pick(s.byWord[word]...)
			}
		}
		scratch.hits[word] = append(scratch.hits[word], int32(end)) // #nosec G115 -- below maxText
	})
	scratch.pick(s.always...)
	folded := slices.ContainsFunc(scratch.words, func(w int) bool { return w >= s.folds })
	scratch.folded = scratch.folded[:0]
	for _, w := range scratch.words {
		if w > s.folds { // the first of them, in no expression the same as an ASCII letter, only makes keywords
			scratch.folded = append(scratch.folded, scratch.hits[w]...)
		}
	}
	slices.Sort(scratch.folded)
	if folded || len(s.awkward) > 0 {
		lower := strings.ToLower(s.now)
		s.pickByText(scratch, lower, folded)
	}
	slices.Sort(scratch.rules)
	may := s.paths.may(s.text.Path)
	for _, i := range scratch.rules {
		if !may(i) {
			continue
		}
		if s.ctx.Err() != nil {
			return nil
		}
		some, err := s.matches(s.rules[i], scratch, false)
		if err != nil {
			return err
		}
		s.found = append(s.found, some...)
	}
	return nil
}

// pickByText picks the rules with a keyword that the automaton cannot find in the text as it is: one that is not ASCII, and in a text with
// characters that fold to ASCII, any, in lower case as Unicode has it.
func (s *search) pickByText(scratch *scratch, lower string, folded bool) {
	if folded {
		s.words.find(lower, func(word, _ int) {
			if word < s.folds {
				scratch.pick(s.byWord[word]...)
			}
		})
	}
	for _, i := range s.awkward {
		if slices.ContainsFunc(s.rules[i].awkward, func(w string) bool { return strings.Contains(lower, w) }) {
			scratch.pick(i)
		}
	}
}

// matches returns what a rule finds in the text as it is now. A rule that another one requires is looked
// at though it only serves others, and what it requires itself is not asked for.
func (s *search) matches(r *rule, scratch *scratch, required bool) ([]Match, error) {
	if r.SkipReport && !required || s.text.Allowed == AllowGeneric && r.group() == ruleset.Generic {
		return nil, nil
	}
	if r.Regex == "" && s.text.NoPathRules {
		return nil, nil
	}
	if looks, err := r.looksAt(s.text.Path); !looks || err != nil {
		return nil, err
	}
	m, err := r.compiled()
	if err != nil {
		return nil, err
	}
	for _, a := range m.allowed {
		if s.opts.Thorough && a.stock && r.group() == ruleset.Provider {
			continue // as for the paths of all rules
		}
		if a.allowsAll(s.text.Path, s.text.Commit) {
			return nil, nil
		}
	}
	if m.regex == nil {
		if len(s.decoded) > 0 {
			return nil, nil
		}
		path := "file detected: " + s.text.Path
		return []Match{{Rule: r.ID, Text: path, Start: -1, End: -1}}, nil
	}
	var found []Match
	for _, w := range m.windows(s.now, scratch) {
		for _, at := range m.regex.FindAllStringIndex(s.now[w.start:w.end], -1) {
			match, ok, err := s.match(r, m, span{w.start + at[0], w.start + at[1]})
			if err != nil {
				return nil, err
			}
			if ok {
				found = append(found, match)
			}
		}
	}
	if required || len(r.Required) == 0 || len(found) == 0 {
		return found, nil
	}
	return s.withRequired(r, found, scratch)
}

// match makes a Match of what a rule's expression matched, unless it is allowed or is none of this pass.
func (s *search) match(r *rule, m *matcher, at span) (Match, bool, error) {
	text := strings.Trim(s.now[at.start:at.end], "\n")
	match := Match{Rule: r.ID, Text: text, Secret: text}
	line := ""
	if len(s.decoded) > 0 {
		segments := codec.SegmentsWithDecodedOverlap(s.decoded, at.start, at.end)
		if len(segments) == 0 {
			return match, false, nil // it was found before it was decoded
		}
		original := codec.AdjustMatchIndex(segments, []int{at.start, at.end})
		at = span{original[0], min(original[1], len(s.text.Raw))}
		match.Encodings = encodings(codec.Tags(segments))
		line = codec.CurrentLine(segments, s.now)
	} else {
		at.end = at.start + len(text) // where gitleaks takes newlines off the match, it leaves the start where it was
	}
	if s.lines == nil {
		s.lines = newLines(s.text.Raw)
	}
	match.Start, match.End = at.start, at.end
	n, column, whole := s.lines.place(at.start, at.end)
	match.line, match.column = s.text.Line+n, column
	if line == "" {
		line = whole
	}
	if groups := m.regex.FindStringSubmatch(text); r.SecretGroup > 0 && len(groups) > r.SecretGroup {
		match.Secret = groups[r.SecretGroup]
	} else if len(groups) > 1 {
		if i := slices.IndexFunc(groups[1:], func(g string) bool { return g != "" }); i >= 0 {
			match.Secret = groups[1+i]
		}
	}
	if r.Entropy != 0 && entropy(match.Secret) <= r.Entropy {
		return match, false, nil
	}
	global, err := s.allowed()
	if err != nil {
		return match, false, err
	}
	for _, a := range global {
		if s.opts.Thorough && a.stock && r.group() == ruleset.Provider && !a.isAll(match.Secret) {
			continue
		}
		if a.allows(&match, s.text.Path, s.text.Commit, line, s.said) {
			return match, false, nil
		}
	}
	for _, a := range m.allowed {
		if a.allows(&match, s.text.Path, s.text.Commit, line, s.said) {
			return match, false, nil
		}
	}
	return match, true, nil
}

// encodings returns the names in tags such as "decoded:base64".
func encodings(tags []string) []string {
	var names []string
	for _, t := range tags {
		if name, ok := strings.CutPrefix(t, "decoded:"); ok {
			names = append(names, name)
		}
	}
	return names
}

// withRequired keeps the matches that have one of each required rule nearby.
func (s *search) withRequired(r *rule, found []Match, scratch *scratch) ([]Match, error) {
	for _, other := range r.Required {
		near, err := s.matches(s.byID[other.ID], scratch, true)
		if err != nil {
			return nil, err
		}
		found = slices.DeleteFunc(found, func(m Match) bool {
			return !slices.ContainsFunc(near, func(n Match) bool {
				return within(other.WithinLines, m.line, n.line) && within(other.WithinColumns, m.column, n.column)
			})
		})
	}
	return found, nil
}

func within(limit *int, a, b int) bool { return limit == nil || max(a-b, b-a) <= *limit }

// result returns the matches less those of generic rules whose secret another stock rule, or one of the user's, has found in the same line,
// sorted.
func (s *search) result() []Match {
	others := map[int][]*Match{} // of rules that are not generic, by line
	for i, m := range s.found {
		if !isGeneric(m.Rule) && !s.byID[m.Rule].Pack {
			others[m.line] = append(others[m.line], &s.found[i])
		}
	}
	var kept []Match
	for _, m := range s.found {
		if isGeneric(m.Rule) && slices.ContainsFunc(others[m.line], func(o *Match) bool { return strings.Contains(o.Secret, m.Secret) }) {
			continue
		}
		kept = append(kept, m)
	}
	slices.SortStableFunc(kept, func(a, b Match) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End),
			strings.Compare(a.Rule, b.Rule), strings.Compare(a.Secret, b.Secret))
	})
	return kept
}

// isGeneric tells whether gitleaks lets other rules take precedence over a rule.
func isGeneric(id string) bool { return strings.Contains(strings.ToLower(id), "generic") }
