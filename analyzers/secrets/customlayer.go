package secrets

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/refward/refward/analyzers/secrets/ruleset"
)

// over puts the policy's own rules and allowances on top of others, or reports what is wrong with them.
func (o *Options) over(base *ruleset.Config) (*ruleset.Config, error) {
	var ids []string
	for _, r := range base.Rules {
		ids = append(ids, r.ID)
	}
	if err := o.checkCustom(ids); err != nil {
		return nil, err
	}
	return o.layer().Over(base)
}

// layer returns the policy's own rules and allowances as a configuration, to be laid over another.
func (o *Options) layer() *ruleset.Config {
	c := &ruleset.Config{}
	for i := range o.Rules {
		r := &o.Rules[i]
		pattern, keywords := r.Regex, slices.Clone(r.Keywords)
		if len(r.Words) > 0 {
			pattern = wordsPattern(r.Words)
			if len(keywords) == 0 {
				keywords = wordsKeywords(r.Words)
			}
		}
		c.Rules = append(c.Rules, ruleset.Rule{
			ID: r.ID, Description: cmp.Or(r.Description, strings.ReplaceAll(r.ID, "-", " ")), Regex: pattern, Path: r.Path,
			Keywords: keywords, Entropy: r.Entropy, SecretGroup: r.SecretGroup, Tags: []string{r.group()},
		})
	}
	for _, a := range o.Allow {
		words := make([]string, len(a.Words))
		for i, w := range a.Words {
			words[i] = unbroken(w)
		}
		c.Allowlists = append(c.Allowlists, &ruleset.Allowlist{
			Description: a.Reason, Condition: "AND", TargetRules: a.Rules, StopWords: words, Regexes: a.Regexes, Paths: a.Paths, Commits: a.Commits,
		})
	}
	return c
}

// wordsPattern returns a pattern for words and phrases. A phrase may go on in the next line.
func wordsPattern(words []string) string {
	var parts []string
	for _, w := range words {
		fields := strings.Fields(unbroken(w))
		for i, f := range fields {
			fields[i] = regexp.QuoteMeta(f)
		}
		first, _ := utf8.DecodeRuneInString(strings.TrimSpace(unbroken(w)))
		last, _ := utf8.DecodeLastRuneInString(strings.TrimSpace(unbroken(w)))
		parts = append(parts, edge(first, "^")+strings.Join(fields, `\s+`)+edge(last, "$"))
	}
	return "(?i)(?:" + strings.Join(parts, "|") + ")"
}

// edge returns what stands beside the first or last character of a word. \b knows the letters of ASCII only (RE2 syntax), so
// that at others the neighbour is a part of the match.
func edge(r rune, anchor string) string {
	switch {
	case r < utf8.RuneSelf && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)):
		return `\b`
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return `(?:` + anchor + `|[^\pL\pN_])`
	}
	return ""
}

// wordsKeywords returns the texts of which one is wherever one of the words is: of a phrase its longest word, since white space
// varies.
func wordsKeywords(words []string) []string {
	var keywords []string
	for _, w := range words {
		longest := slices.MaxFunc(strings.Fields(unbroken(w)), func(a, b string) int { return cmp.Compare(len(a), len(b)) })
		keywords = append(keywords, strings.ToLower(longest))
	}
	return keywords
}
