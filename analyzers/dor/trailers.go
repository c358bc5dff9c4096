package dor

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
)

// A Trailer is what policy asks of the trailers of one name.
type Trailer struct {
	// Values are those allowed, in any case. Empty: every text is.
	Values []string `yaml:"values"`

	// Pattern is a regular expression (RE2) that the whole value must match, instead of Values.
	Pattern string `yaml:"pattern"`

	// Required says that one of the new commits of a ref must have it; nil = yes.
	Required *bool `yaml:"required"`
}

// A trailer is a Trailer made ready to use.
type trailer struct {
	name     string
	rule     string
	values   []string
	pattern  *regexp.Regexp
	required bool
}

var trailerRE = regexp.MustCompile(`^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$`)

// newTrailers returns the trailers in the order of their names.
func newTrailers(opts map[string]Trailer, bad func(key, format string, args ...any)) []trailer {
	var list []trailer
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(opts)) {
		key, opt, folded := "trailers."+name, opts[name], strings.ToLower(name)
		if !trailerRE.MatchString(name) {
			bad(key, "%q is not letters, digits and single dashes", name)
			continue
		}
		if other, ok := seen[folded]; ok {
			bad(key, "it is %s written otherwise, and names differ by more than case", other)
		}
		seen[folded] = name
		t := trailer{name: name, rule: trailerPrefix + folded, values: opt.Values, required: opt.Required == nil || *opt.Required}
		for i, v := range opt.Values {
			if v == "" || strings.TrimSpace(v) != v || strings.ContainsAny(v, "\r\n") {
				bad(fmt.Sprintf("%s.values[%d]", key, i), "%q is not a line of text without space around it", v)
			}
		}
		if opt.Pattern != "" {
			re, err := regexp.Compile(`\A(?:` + opt.Pattern + `)\z`)
			switch {
			case err != nil:
				bad(key+".pattern", "%s", err)
			case len(opt.Values) > 0:
				bad(key+".pattern", "values are listed too: only one of both can be")
			}
			t.pattern = re
		}
		list = append(list, t)
	}
	return list
}

// bad says what is wrong with a value, or "".
func (t *trailer) bad(value string) string {
	switch {
	case value == "":
		return "the trailer " + t.name + " has no value"
	case t.pattern != nil && !t.pattern.MatchString(value):
		return fmt.Sprintf("%s %q does not match %s", t.name, analyzers.Shorten(value, 40), analyzers.Shorten(t.pattern.String(), 60))
	case len(t.values) > 0 && !slices.ContainsFunc(t.values, func(v string) bool { return strings.EqualFold(v, value) }):
		return fmt.Sprintf("%s %q is not one of %s", t.name, analyzers.Shorten(value, 40), strings.Join(t.values, ", "))
	}
	return ""
}

// example returns a line that is right, as far as one is known.
func (t *trailer) example() string {
	switch {
	case len(t.values) > 0:
		return "\"" + t.name + ": " + t.values[0] + "\""
	case t.pattern != nil:
		return t.name + ", with a value that matches " + analyzers.Shorten(t.pattern.String(), 60)
	}
	return "\"" + t.name + ": \" and a text"
}

// command returns what adds the trailer to the newest commit, for the end of a hint.
func (t *trailer) command() string {
	value := "…"
	if len(t.values) > 0 {
		value = t.values[0]
	}
	if strings.ContainsAny(value, "\"`$\\!") { // people paste hints into a shell
		return ""
	}
	return fmt.Sprintf("; for the newest: git commit --amend --no-edit --trailer \"%s: %s\"", t.name, value)
}

// line returns an example as it stands in a message.
func (t *trailer) line() string {
	if len(t.values) > 0 {
		return t.name + ": " + t.values[0]
	}
	return t.name + ": what is to be said of it"
}

// trailerFaults returns one fault for each name of which a trailer has a value that is not allowed.
func (k *checker) trailerFaults(t *text) []fault {
	var list []fault
	for i := range k.trailers {
		spec := &k.trailers[i]
		for _, value := range t.message.Values(spec.name) {
			if bad := spec.bad(value); bad != "" {
				list = append(list, fault{rule: spec.rule, severity: analyzers.Medium, line: lineOf(t.commit.Message, spec.name, value), about: spec.name + ": " + value,
					message: bad, step: "write " + spec.example()})
				break
			}
		}
	}
	return list
}

// trailersOf says of each of k.trailers whether the message has it; nil = it has none.
func (k *checker) trailersOf(t *text) []bool {
	if len(t.message.Trailers) == 0 {
		return nil
	}
	there := make([]bool, len(k.trailers))
	for i := range k.trailers {
		there[i] = len(t.message.Values(k.trailers[i].name)) > 0
	}
	return there
}

// lineOf returns the number of the last line that begins with a trailer of that value, or 1.
func lineOf(text, name, value string) int {
	at := 1
	first, _, _ := strings.Cut(value, " ")
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		if len(line) > len(name) && strings.EqualFold(line[:len(name)], name) && strings.Contains(line, first) {
			at = n
		}
	}
	return at
}

// askMerges takes those merges out of the exempted that change files beyond what their parents have: what is asked of a change as a whole is
// asked of code that comes in a merge, too. The files are looked at only where nothing else is asked of a ref.
func (k *checker) askMerges(ctx context.Context, c *analyzers.Change, exempted []bool) error {
	merges := map[string]int{}
	required := slices.ContainsFunc(k.trailers, func(t trailer) bool { return t.required })
	for _, ref := range c.Refs {
		if !required || slices.ContainsFunc(ref.Commits, func(i int) bool { return !exempted[i] }) {
			continue
		}
		for _, i := range ref.Commits {
			if m := c.Commits[i]; m.Joins() && m.Reverts == "" {
				merges[m.ID] = i
			}
		}
	}
	if len(merges) == 0 || c.Content == nil {
		return nil
	}
	for f, err := range c.Files(ctx) {
		if err != nil {
			return fmt.Errorf("look for what merges bring: %w", err)
		}
		if i, is := merges[f.Commit]; is {
			exempted[i] = false
		}
	}
	return nil
}

// missingTrailers finds the required trailers that no new commit of a ref has. there says of each commit of c and each of k.trailers whether
// it is there; exempt of each commit whether nothing is asked of it.
func (k *checker) missingTrailers(c *analyzers.Change, there [][]bool, exempt []bool) []analyzers.Finding {
	var list []analyzers.Finding
	if c.Kind != analyzers.KindPush && c.Kind != analyzers.KindRange {
		return nil
	}
	for _, ref := range c.Refs {
		if !slices.ContainsFunc(ref.Commits, func(i int) bool { return !exempt[i] }) {
			continue // nothing new, or nothing of which anything is asked
		}
		for i := range k.trailers {
			t := &k.trailers[i]
			if !t.required || slices.ContainsFunc(ref.Commits, func(n int) bool { return there[n] != nil && there[n][i] }) {
				continue
			}
			list = append(list, analyzers.Finding{
				Rule: t.rule, Group: groupTrailers, Severity: analyzers.Medium, Ref: ref.Ref,
				Message: "none of the new commits has the trailer " + t.name,
				Hint:    "end the message of one of them with " + t.example() + t.command(),
				Key:     t.rule + " missing " + ref.Ref,
			})
		}
	}
	return list
}
