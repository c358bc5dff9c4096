package glob

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
)

// A Set is a list of globs made ready to use. The zero Set matches nothing. It is immutable.
type Set struct {
	names    map[string]int // whole name of a file, anywhere
	suffixes map[string]int // from the last dot of a name on
	dirs     map[string]int // name of a directory, anywhere above the file
	exact    map[string]int
	tops     []top
	longs    []top // suffixes with more than one dot
	slow     []slow
	n        int
}

// A top is a text or glob, and its place in the list.
type top struct {
	text string
	at   int
}

// A slow is a glob that has to be tried; each path that it matches has the part.
type slow struct {
	glob, part string
	at         int
}

// Compile returns the set of the globs. An error names each that is malformed, by its place in the list, as "[2]: …".
func Compile(globs []string) (*Set, error) {
	s := &Set{names: map[string]int{}, suffixes: map[string]int{}, dirs: map[string]int{}, exact: map[string]int{}, n: len(globs)}
	var errs []error
	for i, g := range globs {
		if err := Valid(g); err != nil {
			errs = append(errs, &Error{i, err.Error()})
			continue
		}
		s.add(g, i)
	}
	return s, errors.Join(errs...)
}

// An Error says which glob of a list is malformed.
type Error struct {
	At  int // index into the list
	Msg string
}

// Error returns "[INDEX]: message".
func (e *Error) Error() string { return fmt.Sprintf("[%d]: %s", e.At, e.Msg) }

// Valid says what is wrong with a glob, or nil.
func Valid(g string) error {
	switch {
	case strings.TrimLeft(g, "/") == "":
		return errors.New("the glob is empty")
	case strings.HasSuffix(g, "/"):
		return fmt.Errorf("%q names no file; for all that is in a directory write %q", g, g+"**")
	case !doublestar.ValidatePattern(g) || !utf8.ValidString(g):
		return fmt.Errorf("%q is not a glob", g)
	case choices(g) > maxChoices:
		return errors.New("the glob has more than 256 choices in its braces together: write several globs")
	}
	return nil
}

// maxChoices bounds the ways in which one glob is tried: each pair of braces multiplies them, and none of them looks at the clock.
const maxChoices = 256

// choices returns how many globs without braces say the same, or more, up to a bound.
func choices(g string) int {
	all, open := 1, []int(nil) // choices of the braces that are not closed
	for i := 0; i < len(g) && all <= maxChoices; i++ {
		switch c := g[i]; {
		case c == '\\':
			i++
		case c == '{':
			open = append(open, 1)
		case c == ',' && len(open) > 0:
			open[len(open)-1]++
		case c == '}' && len(open) > 0:
			all *= open[len(open)-1]
			open = open[:len(open)-1]
		}
	}
	return all
}

const meta = `*?[]{}\`

func plain(s string) bool { return !strings.ContainsAny(s, meta) }

func (s *Set) add(g string, at int) {
	put := func(m map[string]int, key string) {
		if _, ok := m[key]; !ok {
			m[key] = at
		}
	}
	rest, anywhere := strings.CutPrefix(g, "**/")
	if !strings.Contains(g, "/") {
		rest, anywhere = g, true
	}
	if !anywhere {
		rest = strings.TrimPrefix(g, "/")
	}
	dir, below := strings.CutSuffix(rest, "/**")
	oneLevel := !strings.Contains(rest, "/")
	ext, star := strings.CutPrefix(rest, "*.")
	switch {
	case anywhere && oneLevel && plain(rest):
		put(s.names, rest)
	case anywhere && oneLevel && star && plain(ext) && !strings.Contains(ext, "."):
		put(s.suffixes, "."+ext)
	case anywhere && oneLevel && strings.HasPrefix(rest, "*") && plain(rest[1:]):
		s.longs = append(s.longs, top{rest[1:], at})
	case anywhere && below && plain(dir) && !strings.Contains(dir, "/"):
		put(s.dirs, dir)
	case !anywhere && below && plain(dir):
		s.tops = append(s.tops, top{dir + "/", at})
	case !anywhere && plain(rest):
		put(s.exact, rest)
	case anywhere:
		s.slow = append(s.slow, slow{"**/" + rest, literal(rest), at})
	default:
		s.slow = append(s.slow, slow{rest, literal(rest), at})
	}
}

// literal returns the longest text that a glob asks for between its slashes and signs.
func literal(g string) string {
	best, from := "", 0
	end := func(i int) {
		if i-from > len(best) {
			best = g[from:i]
		}
	}
	for i := 0; i < len(g); i++ {
		switch c := g[i]; {
		case c == '\\' || c == '[' || c == '{':
			end(i)
			return best // what follows is not worth the trouble
		case c == '/' || c == '*' || c == '?':
			end(i)
			from = i + 1
		}
	}
	end(len(g))
	return best
}

// Match returns the index of the first glob that matches the path, or -1.
func (s *Set) Match(path string) int {
	if s == nil || s.n == 0 || path == "" {
		return -1
	}
	best := s.n
	look := func(m map[string]int, key string) {
		if at, ok := m[key]; ok && at < best {
			best = at
		}
	}
	slash := strings.LastIndexByte(path, '/')
	name := path[slash+1:]
	look(s.names, name)
	look(s.exact, path)
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		look(s.suffixes, name[dot:])
	}
	if len(s.dirs) > 0 {
		for rest := path[:slash+1]; rest != ""; {
			var dir string
			dir, rest, _ = strings.Cut(rest, "/")
			look(s.dirs, dir)
		}
	}
	for _, t := range s.tops {
		if t.at < best && len(path) > len(t.text) && strings.HasPrefix(path, t.text) {
			best = t.at
		}
	}
	for _, t := range s.longs {
		if t.at < best && strings.HasSuffix(name, t.text) {
			best = t.at
		}
	}
	for _, t := range s.slow {
		if t.at < best && strings.Contains(path, t.part) && doublestar.MatchUnvalidated(t.glob, path) {
			best = t.at
		}
	}
	if best == s.n {
		return -1
	}
	return best
}

// Has reports whether a glob matches the path.
func (s *Set) Has(path string) bool { return s.Match(path) >= 0 }
