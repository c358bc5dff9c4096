package lfs

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dod/glob"
)

// Bounds of what is read: whoever pushes writes the attributes.
const (
	maxRules = 1000    // that mention a filter, in the files of one directory and those above it
	maxFile  = 1 << 20 // bytes of one .gitattributes
	maxLine  = 2048    // bytes; git ignores longer lines (gitattributes(5) does not say so, its message does)
	maxSkips = 20
)

// Attributes are the .gitattributes files of a tree, as far as they set filter. They are read when a path is asked about, each once. Not safe for
// concurrent use.
type Attributes struct {
	tree    analyzers.Tree
	dirs    map[string]*level
	macros  map[string]effect
	skipped []analyzers.Skip
}

// level are the lines of one directory and, above it, those of the others.
type level struct {
	up    *level
	dir   string // with a slash at the end; "" = the root
	rules []rule // in the order of the file
	n     int    // rules of this level and above
}

type rule struct {
	match *glob.Set
	sets  effect
}

// An effect is what a line does to the attribute filter.
type effect int

const (
	nothing effect = iota
	track          // filter=lfs
	untrack        // -filter, !filter, filter, or another filter
)

// New returns the attributes of a tree.
func New(tree analyzers.Tree) *Attributes {
	return &Attributes{tree: tree, dirs: map[string]*level{}, macros: map[string]effect{}}
}

// Skipped returns what of the attributes could not be read.
func (a *Attributes) Skipped() []analyzers.Skip { return a.skipped }

// Tracked reports whether the tree's attributes give the path filter=lfs. The last line that says something about the filter decides, and
// those of a directory come after those of the directories above it (gitattributes(5)).
func (a *Attributes) Tracked(file string) (bool, error) {
	dir, _ := path.Split(file)
	l, err := a.level(dir)
	if err != nil {
		return false, err
	}
	for ; l != nil && l.n > 0; l = l.up {
		below := file[len(l.dir):]
		for i := len(l.rules) - 1; i >= 0; i-- {
			if l.rules[i].match.Has(below) {
				return l.rules[i].sets == track, nil
			}
		}
	}
	return false, nil
}

// level returns the lines that count in a directory, given with a slash at its end.
func (a *Attributes) level(dir string) (*level, error) {
	if l, ok := a.dirs[dir]; ok {
		return l, nil
	}
	l := &level{dir: dir}
	if dir != "" {
		up, _ := path.Split(strings.TrimSuffix(dir, "/"))
		var err error
		if l.up, err = a.level(up); err != nil {
			return nil, err
		}
		l.n = l.up.n
	}
	if err := a.read(l); err != nil {
		return nil, err
	}
	a.dirs[dir] = l
	return l, nil
}

func (a *Attributes) read(l *level) error {
	name := l.dir + ".gitattributes"
	if !fs.ValidPath(name) {
		a.skip(name, "its directory has a name that is not read")
		return nil
	}
	data, err := a.tree.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid): // a symbolic link counts for nothing (gitattributes(5), "NOTES")
		return nil
	case errors.Is(err, analyzers.ErrTooLarge), err == nil && len(data) > maxFile:
		a.skip(name, fmt.Sprintf("larger than %d bytes", maxFile))
		return nil
	case err != nil:
		return fmt.Errorf("read attributes: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimRight(line, "\r\n"); len(line) >= maxLine {
			continue
		}
		pattern, rest := cutPattern(strings.TrimLeft(line, " \t"))
		if macro, ok := strings.CutPrefix(pattern, "[attr]"); ok {
			// Only the files at the top may define macros (gitattributes(5), "DEFINING MACRO ATTRIBUTES").
			if sets := a.effect(rest); sets != nothing && l.dir == "" && len(a.macros) < maxRules {
				a.macros[macro] = sets
			}
			continue
		}
		if pattern == "" || pattern[0] == '#' || pattern[0] == '!' { // negative patterns are forbidden
			continue
		}
		sets := a.effect(rest)
		if sets == nothing {
			continue
		}
		if l.n >= maxRules {
			a.skip(name, fmt.Sprintf("more than %d lines about filters", maxRules))
			return nil
		}
		set, ok := compile(pattern)
		if !ok {
			a.skip(name, "a pattern is not understood: "+strconv.QuoteToASCII(pattern[:min(len(pattern), 60)]))
			continue
		}
		if set != nil {
			l.rules = append(l.rules, rule{set, sets})
			l.n++
		}
	}
	return nil
}

func (a *Attributes) skip(what, why string) {
	if len(a.skipped) < maxSkips {
		a.skipped = append(a.skipped, analyzers.Skip{What: what, Why: why})
	}
}

// cutPattern splits a line; a pattern that begins with a double quote is quoted in C style (gitattributes(5)).
func cutPattern(line string) (pattern, rest string) {
	if strings.HasPrefix(line, `"`) {
		if quoted, err := strconv.QuotedPrefix(line); err == nil {
			if text, err := strconv.Unquote(quoted); err == nil {
				return text, line[len(quoted):]
			}
		}
	}
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		return line[:i], line[i:]
	}
	return line, ""
}

// effect returns what the attributes of a line do to filter; the last of them counts.
func (a *Attributes) effect(attributes string) effect {
	sets := nothing
	for _, word := range strings.FieldsFunc(attributes, func(r rune) bool { return r == ' ' || r == '\t' }) {
		name, value, has := strings.Cut(word, "=")
		switch {
		case name == "filter" && has && value == "lfs":
			sets = track
		case strings.TrimLeft(name, "-!") == "filter":
			sets = untrack
		case !has && a.macros[name] != nothing:
			sets = a.macros[name]
		}
	}
	return sets
}

// compile returns a matcher for a pattern, relative to its directory; nil for one that matches no file, false for one that is not understood.
// The patterns are those of gitignore(5) but for two things: a directory's does not match what is in it, and none is negative.
func compile(pattern string) (*glob.Set, bool) {
	if strings.HasSuffix(pattern, "/") || pattern == "" {
		return nil, true // a directory, which has no attributes
	}
	if strings.Contains(pattern, "[:") {
		return nil, false
	}
	// Braces are no choice for git, and ** is two stars unless it stands alone between slashes.
	parts := strings.Split(strings.NewReplacer("{", `\{`, "}", `\}`).Replace(pattern), "/")
	for i, part := range parts {
		if part != "**" {
			for strings.Contains(part, "**") {
				part = strings.ReplaceAll(part, "**", "*")
			}
			parts[i] = part
		}
	}
	g := strings.Join(parts, "/")
	if strings.HasSuffix(g, "/**") {
		g += "/*" // what is in the directory, not a file of its name
	}
	if !doublestar.ValidatePattern(g) {
		return nil, true // git matches nothing by it either
	}
	set, err := glob.Compile([]string{g})
	if err != nil {
		return nil, false
	}
	return set, true
}
