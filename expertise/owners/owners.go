package owners

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hmarr/codeowners"
)

// Places returns where hosts look for the file, in their order; the first that exists counts (GitHub Docs, "About code owners", "CODEOWNERS
// file location").
func Places() []string { return []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"} }

// Bounds. GitHub does not load a file of 3 MB or more either; the others are far above what is in use.
const (
	MaxSize    = 3 << 20
	MaxRules   = 20000
	maxPattern = 512 // bytes
	maxStars   = 16  // wildcards in a pattern: a path as long as maxPath is held against one in less than two milliseconds
	maxPath    = 1024
)

// A Kind is what an owner is.
type Kind string

// The kinds.
const (
	User Kind = "user" // @login
	Team Kind = "team" // @organisation/team: nobody in person
	Mail Kind = "mail"
)

// An Owner is one of a path.
type Owner struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"` // without "@" in front
}

// String returns the owner as CODEOWNERS has it.
func (o Owner) String() string {
	if o.Kind == Mail {
		return o.Name
	}
	return "@" + o.Name
}

// A Problem is a line that counts for nothing.
type Problem struct {
	File string
	Line int // from 1
	Msg  string
}

// Error returns "FILE:LINE: message".
func (p *Problem) Error() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Msg) }

// A File is a CODEOWNERS file. It is immutable; the nil File owns nothing.
type File struct {
	Problems []*Problem
	rules    []rule // last first
}

type rule struct {
	codeowners.Rule
	owners []Owner
}

// section is the first line of a section of GitLab's (GitLab Docs, "Code Owners syntax and error handling", "Sections").
var section = regexp.MustCompile(`^\^?\[[^\]]+\](\[\d+\])?(\s|$)`)

// Parse reads a file; name is for messages. Errors: the file is too large, it has sections ([*Problem]), or ctx ended.
func Parse(ctx context.Context, name string, data []byte) (*File, error) {
	if len(data) >= MaxSize {
		return nil, fmt.Errorf("%s: has %d bytes, at most %d count", name, len(data), MaxSize-1)
	}
	f := &File{}
	at := 0
	for line := range strings.Lines(string(data)) {
		at++
		if at%64 == 0 && ctx.Err() != nil {
			return nil, fmt.Errorf("read %s: %w", name, context.Cause(ctx))
		}
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if section.MatchString(line) {
			return nil, &Problem{name, at, "begins a section, as on GitLab: files with sections are not read"}
		}
		if len(f.rules) == MaxRules {
			return nil, &Problem{name, at, fmt.Sprintf("is one rule more than %d", MaxRules)}
		}
		r, msg := parse(line)
		if msg != "" {
			f.Problems = append(f.Problems, &Problem{name, at, msg})
			continue
		}
		r.LineNumber = at
		f.rules = append(f.rules, r)
	}
	slices.Reverse(f.rules)
	return f, nil
}

// parse reads a line that is neither empty nor a comment, or says what is wrong with it.
func parse(line string) (rule, string) {
	pattern, _, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
	switch {
	case !utf8.ValidString(line):
		return rule{}, "is no UTF-8"
	case len(pattern) > maxPattern || len(line) > 16<<10:
		return rule{}, fmt.Sprintf("is too long: a pattern has at most %d bytes", maxPattern)
	case strings.Count(line, "*")+strings.Count(line, "?") > maxStars:
		return rule{}, fmt.Sprintf("has more than %d wildcards", maxStars)
	case strings.HasPrefix(pattern, "!"):
		return rule{}, `begins with "!", which CODEOWNERS does not have`
	case strings.Trim(pattern, "/") == "":
		return rule{}, "has a pattern that no path matches" // the library panics when asked about one
	}
	rules, err := codeowners.ParseFile(strings.NewReader(line), codeowners.WithOwnerMatchers(matchers))
	if err != nil {
		return rule{}, strings.TrimPrefix(err.Error(), "line 1: ")
	}
	if len(rules) != 1 {
		return rule{}, "is no rule"
	}
	r := rule{Rule: rules[0]}
	for _, o := range r.Rule.Owners {
		own := Owner{Kind(o.Type), o.Value}
		if !slices.Contains(r.owners, own) {
			r.owners = append(r.owners, own)
		}
	}
	return r, ""
}

// matchers read an owner. The library's own know no group below a group, and no top-level domain of seven letters.
var matchers = []codeowners.OwnerMatcher{codeowners.OwnerMatchFunc(func(s string) (codeowners.Owner, error) {
	name, handle := strings.CutPrefix(s, "@")
	local, domain, mail := strings.Cut(s, "@")
	switch {
	case handle && name != "" && !strings.Contains(name, "@") && !strings.HasPrefix(name, "/") && !strings.HasSuffix(name, "/"):
		kind := User
		if strings.Contains(name, "/") {
			kind = Team
		}
		return codeowners.Owner{Type: string(kind), Value: name}, nil
	case !handle && mail && local != "" && domain != "" && !strings.Contains(domain, "@"):
		return codeowners.Owner{Type: string(Mail), Value: s}, nil
	}
	return codeowners.Owner{}, codeowners.ErrNoMatch
})}

// Owners returns the owners of one path, and the line that says so; 0 if none does. A line without owners takes the path from all (GitHub Docs).
// A path of more than 1,024 bytes has none. The error says that ctx ended.
func (f *File) Owners(ctx context.Context, path string) (list []Owner, line int, err error) {
	if f == nil || path == "" || len(path) > maxPath {
		return nil, 0, nil
	}
	for i := range f.rules {
		if i%8 == 0 && ctx.Err() != nil { // rules may be many, and made to be slow
			return nil, 0, fmt.Errorf("look up the owners of %q: %w", path, context.Cause(ctx))
		}
		if ok, err := f.rules[i].Match(path); ok && err == nil {
			return f.rules[i].owners, f.rules[i].LineNumber, nil
		}
	}
	return nil, 0, nil
}
