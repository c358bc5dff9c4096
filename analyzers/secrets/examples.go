package secrets

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// tryExamples tries the policy's own rules with their examples and reports each that comes out otherwise, without a word of
// its text. find returns the ids of the rules that find something in a text at a path.
func (o *Options) tryExamples(find func(path, text string) ([]string, error)) error {
	var c optionChecker
	for i := range o.Rules {
		r := &o.Rules[i]
		found := func(example string) bool {
			path, text := r.Examples.Path, unbroken(example)+"\n"
			if r.Regex == "" && len(r.Words) == 0 {
				path, text = unbroken(example), "\n"
			}
			ids, err := find(path, text)
			if err != nil {
				c.errs = append(c.errs, err)
			}
			return slices.Contains(ids, r.ID)
		}
		for k, example := range r.Examples.Match {
			if !found(example) {
				c.bad(fmt.Sprintf("rules[%d].examples.match[%d]", i, k), r.whyNot(unbroken(example)), "%s does not find it", r.ID)
			}
		}
		for k, example := range r.Examples.Pass {
			if found(example) {
				c.bad(fmt.Sprintf("rules[%d].examples.pass[%d]", i, k), "", "%s finds it", r.ID)
			}
		}
	}
	return errors.Join(c.errs...)
}

// whyNot guesses why a rule does not find a text.
func (r *CustomRule) whyNot(text string) string {
	has := func(keyword string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(keyword)) }
	pattern := r.Regex
	switch {
	case pattern == "" && len(r.Words) == 0:
		pattern = r.Path
	case pattern == "":
		pattern = wordsPattern(r.Words)
	}
	re, err := regexp.Compile(pattern)
	switch {
	case err != nil:
		return ""
	case !re.MatchString(text):
		return "the pattern does not match"
	case len(r.Keywords) > 0 && !slices.ContainsFunc(r.Keywords, has):
		return "none of the keywords is in it"
	case r.Entropy > 0:
		return "its entropy is too low, or something allows it"
	}
	return "another path is meant, or something allows it"
}
