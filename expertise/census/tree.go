package census

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/refward/refward/expertise/ownership"
)

// A Dir is a directory with those below it.
type Dir struct {
	Area
	Own  Area   // the files that are in it and in none of Dirs
	Dirs []*Dir // by name
}

// branch is a directory while it is counted.
type branch struct {
	tally
	own  tally
	path string
	sub  map[string]*branch
}

// Tree counts the directories at and below a path; "" is the whole tree. A file is counted as a directory of its own.
func (c *Census) Tree(at string, f Filter) (*Dir, error) {
	at = strings.Trim(at, "/")
	paths, isDir := under(c.index.Paths(), at)
	if len(paths) == 0 && at != "" {
		return nil, fmt.Errorf("%s: %w", at, ErrNoPath)
	}
	f.Generated = f.Generated || !isDir
	root := &branch{path: at}
	for _, file := range paths {
		if !f.counts(file) {
			continue
		}
		to, b := []*tally{&root.tally}, root
		rest := strings.TrimPrefix(strings.TrimPrefix(file, at), "/")
		for name, below, ok := strings.Cut(rest, "/"); ok; name, below, ok = strings.Cut(below, "/") {
			next := b.sub[name]
			if next == nil {
				if b.sub == nil {
					b.sub = map[string]*branch{}
				}
				next = &branch{path: path.Join(b.path, name)}
				b.sub[name] = next
			}
			b, to = next, append(to, &next.tally)
		}
		to = append(to, &b.own)
		if err := c.count(file, to...); err != nil {
			return nil, err
		}
	}
	return c.figures(root, isDir)
}

func (c *Census) figures(b *branch, isDir bool) (d *Dir, err error) {
	d = &Dir{}
	if d.Area, err = c.area(b.path, isDir, &b.tally); err != nil {
		return nil, err
	}
	if d.Own, err = c.area(b.path, isDir, &b.own); err != nil {
		return nil, err
	}
	for _, sub := range b.sub {
		below, err := c.figures(sub, true)
		if err != nil {
			return nil, err
		}
		d.Dirs = append(d.Dirs, below)
	}
	slices.SortFunc(d.Dirs, func(x, y *Dir) int { return strings.Compare(x.Path, y.Path) })
	return d, nil
}

// Size returns how many files and lines an index has.
func Size(x *ownership.Index) (files int, lines int64, err error) { return x.Size() }
