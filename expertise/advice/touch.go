package advice

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/language"
	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/expertise/suggest"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/linediff"
)

const (
	// mostFiles is how many files of a change are looked at for whose their lines are.
	mostFiles = 100
	// mostPaths is how many files of a directory stand for it.
	mostPaths = 50
	// mostOwners is how many owners count: the model was fitted so. What a reason says of a share is of all lines.
	mostOwners = 15
	// maxVersion is the size of the largest version of a file whose lines are looked at, in bytes.
	maxVersion = ownership.DefaultMaxBlob
)

// A touch is the files of a question, and the points that owners of their lines have, by number of the owning commit.
type touch struct {
	source         *Source
	files          []activity.File
	touched, whole map[int32]int

	allTouched, allWhole int // with those of unknown owners

	meant   int      // files that paths stand for
	missing []string // of these paths, what is not there
}

// read finds what differs between two commits.
func (t *touch) read(ctx context.Context, fork, tip, lang string) error {
	var entries []gitio.Entry
	err := t.source.Repo.Changes(ctx, gitio.CommitPair{Commit: tip, Parents: []string{fork}}, func(e gitio.Entry) error {
		if e.Path != "" && (lang == "" || language.Of(e.Path) == lang) {
			t.files = append(t.files, activity.File{Path: e.Path, Old: e.Old, Status: e.Status})
			entries = append(entries, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(t.files) == 0 {
		return noFile("is changed", lang)
	}
	if t.source.Lines == nil {
		return nil
	}
	return t.lines(ctx, entries[:min(len(entries), mostFiles)])
}

// lines finds whose the lines of the files before the change are, and which of them it touches. A version that is not here, or too large to be compared, counts
// for nothing.
func (t *touch) lines(ctx context.Context, entries []gitio.Entry) error {
	x := t.source.Lines
	t.touched, t.whole = map[int32]int{}, map[int32]int{}
	var differ linediff.Differ
	for _, e := range entries {
		path := cmp.Or(e.Old, e.Path)
		old, new, indexed := e.Sides[0], e.Result(), x.Blob(path)
		if !gitio.HasContent(old.Mode) || indexed == "" {
			continue
		}
		text, err := t.text(ctx, old.ID)
		if err != nil {
			return err
		}
		var moved []linediff.Hunk // from the version before the change to that of the index, which may have gone on
		if old.ID != indexed {
			last, err := t.text(ctx, indexed)
			if err != nil {
				return err
			}
			if text == nil || last == nil {
				continue
			}
			moved = differ.Hunks(text, last)
		}
		runs, _, err := x.Lines(path)
		if err != nil {
			return err
		}
		v := &version{status: e.Status, owners: before(runs, moved)}
		if gitio.HasContent(new.Mode) && new.ID != old.ID && text != nil {
			after, err := t.text(ctx, new.ID)
			if err != nil {
				return err
			}
			if after != nil {
				v.hunks = differ.Hunks(text, after)
			}
		}
		t.count(v)
	}
	return nil
}

// A version is a file before the change.
type version struct {
	status byte
	owners []int32         // of its lines
	hunks  []linediff.Hunk // to the file after it
}

// text returns a blob, or nil where it is not here or too large.
func (t *touch) text(ctx context.Context, id string) ([]byte, error) {
	o, data, err := t.source.Repo.Read(ctx, id, maxVersion)
	if errors.Is(err, gitio.ErrNotExist) || err == nil && o.Kind != "blob" {
		return nil, nil
	}
	return data, err
}

// before returns the owners of the lines of an older version, given those of the index's and what lies between the two. Lines that the index does
// not have any more have no known owner.
func before(runs []ownership.Run, hunks []linediff.Hunk) []int32 {
	var known []int32
	for _, r := range runs {
		for range r.Lines {
			known = append(known, r.Commit)
		}
	}
	if len(hunks) == 0 {
		return known
	}
	var out []int32
	from := 0
	for _, h := range hunks {
		out = append(out, known[min(from, len(known)):min(h.New, len(known))]...)
		for range h.OldLines {
			out = append(out, ownership.Unknown)
		}
		from = h.New + h.NewLines
	}
	return append(out, known[min(from, len(known)):]...)
}

// count gives points to the owners of a version's lines: two for a line that is replaced or deleted, one for each neighbour of an insertion.
func (t *touch) count(v *version) {
	point := func(line, points int) {
		if line < 0 || line >= len(v.owners) {
			return
		}
		t.allTouched += points
		if v.owners[line] != ownership.Unknown {
			t.touched[v.owners[line]] += points
		}
	}
	t.allWhole += len(v.owners)
	for line, c := range v.owners {
		if c != ownership.Unknown {
			t.whole[c]++
		}
		if v.status == 'D' {
			point(line, 2)
		}
	}
	for _, h := range v.hunks {
		if h.OldLines == 0 {
			point(h.Old-1, 1)
			point(h.Old, 1)
		}
		for line := range h.OldLines {
			point(h.Old+line, 2)
		}
	}
}

// owners returns the people behind the points.
func (t *touch) owners(q *suggest.Query) (touched, whole []suggest.Lines) {
	return t.people(t.touched, func(p activity.PersonID) bool { return p != q.Author }), t.people(t.whole, func(activity.PersonID) bool { return true })
}

func (t *touch) people(points map[int32]int, counts func(activity.PersonID) bool) []suggest.Lines {
	sum := map[activity.PersonID]int{}
	known := map[people.Ident]people.ID{} // few people own the lines of very many commits
	for n, c := range points {
		k, err := t.source.Lines.Commit(n)
		if err != nil {
			continue // the index was checked; and advice is no reason to fail
		}
		id := people.Ident{Name: k.Author.Name, Mail: k.Author.Email}
		who, seen := known[id]
		if !seen {
			who = t.source.Activity.People.Of(id)
			known[id] = who
		}
		if who == people.None {
			continue
		}
		if p := activity.PersonID(who); counts(p) { // #nosec G115 -- not negative
			sum[p] += c
		}
	}
	out := make([]suggest.Lines, 0, len(sum))
	for p, c := range sum {
		out = append(out, suggest.Lines{Person: p, Count: c})
	}
	slices.SortFunc(out, func(a, b suggest.Lines) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Person, b.Person))
	})
	return out[:min(len(out), mostOwners)]
}

// list finds files by paths of a commit's tree. A directory stands for what is below it, "." for everything.
func (t *touch) list(ctx context.Context, tip string, paths []string, lang string) error {
	var exact, below []string
	dirs := make([]string, len(paths))
	asked := map[string]bool{}
	for i, p := range paths {
		dirs[i] = strings.TrimSuffix(p, "/") + "/"
		asked[strings.TrimSuffix(p, "/")] = true
	}
	found := map[string]bool{}
	err := t.source.Repo.TreeFiles(ctx, tip, func(_ uint32, _, path string) error {
		switch {
		case lang != "" && language.Of(path) != lang:
		case asked[path]:
			exact, found[path] = append(exact, path), true
		case slices.ContainsFunc(dirs, func(d string) bool { return d == "./" || d == "/" || strings.HasPrefix(path, d) }):
			below = append(below, path)
		}
		return nil
	})
	if err != nil {
		return err
	}
	// A path that is not there yet is one that the change would add: its directory may be known.
	for _, p := range paths {
		p = strings.TrimSuffix(p, "/")
		if !found[p] && p != "." && p != "" && (lang == "" || language.Of(p) == lang) && !slices.ContainsFunc(below, func(b string) bool { return strings.HasPrefix(b, p+"/") }) {
			exact, t.missing = append(exact, p), append(t.missing, p)
		}
	}
	if byHand := slices.DeleteFunc(slices.Clone(below), activity.Generated); len(byHand) > 0 {
		below = byHand
	}
	t.meant = len(exact) + len(below)
	for _, p := range append(exact, spread(below, max(mostPaths-len(exact), 0))...) {
		t.files = append(t.files, activity.File{Path: p, Status: 'M'})
	}
	if len(t.files) == 0 {
		return noFile("is there", lang)
	}
	if t.source.Lines == nil {
		return nil
	}
	t.whole = map[int32]int{}
	for _, f := range t.files {
		runs, _, err := t.source.Lines.Lines(f.Path)
		if err != nil {
			return err
		}
		for _, r := range runs {
			t.allWhole += r.Lines
			if r.Commit != ownership.Unknown {
				t.whole[r.Commit] += r.Lines
			}
		}
	}
	return nil
}

// spread returns at most n of a list, evenly.
func spread(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	out := make([]string, n)
	for i := range out {
		out[i] = list[i*len(list)/n]
	}
	return out
}

// Changed returns the paths that a range changes, all of it together; lang is as in [Options].
func Changed(ctx context.Context, repo *gitio.Repo, old, new, lang string) ([]string, error) {
	span, err := repo.Span(ctx, old, new)
	if err != nil {
		return nil, err
	}
	if span.Fork == "" {
		return nil, ErrUnrelated
	}
	t := &touch{source: &Source{Repo: repo}}
	if err := t.read(ctx, span.Fork, new, lang); err != nil {
		return nil, err
	}
	paths := make([]string, len(t.files))
	for i, f := range t.files {
		paths[i] = f.Path
	}
	return paths, nil
}
