package census

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/expertise/language"
	"github.com/refward/refward/expertise/ownership"
)

// Recent is how long before the tip a line was changed that counts as recent.
const Recent = 365 * 24 * time.Hour

// ErrNoPath says that a path is not at the tip.
var ErrNoPath = errors.New("no such file or directory")

// A Filter says which files count.
type Filter struct {
	Language  string // as package language names it; "" = all
	Generated bool   // what language.Generated says nobody wrote for this project counts, too
}

func (f Filter) counts(path string) bool {
	return (f.Generated || !language.Generated(path)) && (f.Language == "" || language.Of(path) == f.Language)
}

// An Area is the lines of a file or directory, with all below it.
type Area struct {
	Path      string // "" = the whole tree
	Directory bool
	Files     int64
	Lines     int64
	Unknown   int64     // lines whose commit is not known
	Last      time.Time // change; zero = there is no line
	BusFactor int       // smallest number of people who together wrote more than half of the lines that people wrote; 0 = nobody wrote any
	Top       float64   // share of the lines that the person with most has, programs left out
	Departed  float64   // share of the lines that people wrote which those wrote who have left; below 0 = not known
	Owners    []Owner   // who has most first
}

// An Owner has lines of an area. All who are not named are one.
type Owner struct {
	Label   string
	Mail    string // "" = is not shown
	Shared  bool   // other people have the same label
	Program bool
	Gone    bool // has left; of those who are not named: all have
	Lines   int64
	Recent  int64     // of them, changed within Recent of the tip
	Share   float64   // of the lines of the area, 0 to 1
	Last    time.Time // change
}

// Area counts a file or directory; "" is the whole tree. What is asked for by its own name counts, whatever the filter says of generated files.
func (c *Census) Area(path string, f Filter) (Area, error) {
	path = strings.Trim(path, "/")
	paths, dir := under(c.index.Paths(), path)
	if len(paths) == 0 && path != "" {
		return Area{}, fmt.Errorf("%s: %w", path, ErrNoPath)
	}
	f.Generated = f.Generated || !dir
	t := tally{}
	for _, p := range paths {
		if f.counts(p) {
			if err := c.count(p, &t); err != nil {
				return Area{}, err
			}
		}
	}
	return c.area(path, dir, &t)
}

// under returns the files at or below a path, of a sorted list, and whether it is a directory.
func under(paths []string, path string) (below []string, dir bool) {
	if path == "" {
		return paths, true
	}
	if i, ok := slices.BinarySearch(paths, path); ok {
		return paths[i : i+1], false
	}
	from, _ := slices.BinarySearch(paths, path+"/")
	to, _ := slices.BinarySearch(paths, path+"0") // the byte behind "/"
	return paths[from:to], true
}

// A tally is who has how many lines.
type tally struct {
	files, lines, unknown int64
	last                  time.Time
	by                    map[int32]*held // by author, the first who is known to be the same person
}

type held struct {
	lines, recent int64
	last          time.Time
}

// count adds a file to tallies.
func (c *Census) count(path string, to ...*tally) error {
	runs, _, err := c.index.Lines(path)
	if err != nil {
		return err
	}
	for _, t := range to {
		t.files++
		if t.by == nil {
			t.by = map[int32]*held{}
		}
		for _, r := range runs {
			n := int64(r.Lines)
			t.lines += n
			if r.Commit == ownership.Unknown {
				t.unknown += n
				continue
			}
			when, who := time.Unix(c.when[r.Commit], 0).UTC(), c.names.first[c.names.of[r.Commit]]
			h := t.by[who]
			if h == nil {
				h = &held{}
				t.by[who] = h
			}
			h.lines += n
			if c.Date.Sub(when) <= Recent {
				h.recent += n
			}
			h.last, t.last = later(h.last, when), later(t.last, when)
		}
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// area makes figures of a tally.
func (c *Census) area(path string, dir bool, t *tally) (Area, error) {
	a := Area{Path: path, Directory: dir, Files: t.files, Lines: t.lines, Unknown: t.unknown, Last: t.last, Departed: -1}
	if err := c.names.some(slices.Collect(maps.Keys(t.by))); err != nil {
		return a, err
	}
	by := make(map[*person]*held, len(t.by)) // several authors may have turned out to be one
	for author, h := range t.by {
		p := c.names.known[author]
		if was := by[p]; was != nil {
			h = &held{was.lines + h.lines, was.recent + h.recent, later(was.last, h.last)}
		}
		by[p] = h
	}
	var own []int64 // of people
	var all, gone int64
	var hidden *Owner
	for p, h := range by {
		if !p.program {
			own, all = append(own, h.lines), all+h.lines
			if p.gone {
				gone += h.lines
			}
		}
		if !p.hidden {
			a.Owners = append(a.Owners, Owner{p.label, p.mail, p.shared, p.program, p.gone, h.lines, h.recent, 0, h.last})
			continue
		}
		if hidden == nil {
			hidden = &Owner{Label: Somebody, Gone: c.departed}
		}
		hidden.Gone = hidden.Gone && p.gone
		hidden.Lines, hidden.Recent, hidden.Last = hidden.Lines+h.lines, hidden.Recent+h.recent, later(hidden.Last, h.last)
	}
	if hidden != nil {
		a.Owners = append(a.Owners, *hidden)
	}
	slices.SortFunc(a.Owners, func(x, y Owner) int {
		return cmp.Or(cmp.Compare(y.Lines, x.Lines), y.Last.Compare(x.Last), cmp.Compare(x.Label, y.Label), cmp.Compare(x.Mail, y.Mail))
	})
	for i := range a.Owners {
		a.Owners[i].Share = share(a.Owners[i].Lines, t.lines)
	}
	slices.Sort(own)
	sum := int64(0)
	for _, n := range slices.Backward(own) {
		if 2*sum > all {
			break
		}
		sum += n
		a.BusFactor++
	}
	if len(own) > 0 {
		a.Top = share(own[len(own)-1], t.lines)
	}
	if c.departed && all > 0 {
		a.Departed = share(gone, all)
	}
	return a, nil
}

func share(part, all int64) float64 {
	if all == 0 {
		return 0
	}
	return float64(part) / float64(all)
}
