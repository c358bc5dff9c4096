package evaluate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/refward/refward/expertise/activity"
)

// commit checks one commit and adds it to the set.
func (p *parser) commit(c *commitLine) error {
	if c.I == nil || c.Ct == nil || c.A == nil {
		return errors.New(`want a commit with at least "i", "ct" and "a"`)
	}
	if *c.I <= p.index {
		return fmt.Errorf("i is %d after %d: commits stand in order, oldest first", *c.I, p.index)
	}
	p.index = *c.I
	at := *c.Ct
	if c.At != nil {
		at = *c.At
	}
	for _, t := range []int64{*c.Ct, at} {
		if t < 0 || t > maxTime {
			return fmt.Errorf("time %d, want 0 to %d", t, maxTime)
		}
	}
	// Commit times of a first-parent line do go backwards, by clocks that were wrong; what matters is the order in which commits arrived.
	p.last = max(p.last, *c.Ct)
	r := &record{time: p.last, event: activity.Event{ID: strings.Clone(c.H), Authored: at, Committed: *c.Ct, Merge: c.M != 0}}
	r.cut = min(r.time-1, max(at, r.time-30*86400))
	var err error
	if r.event.Author, err = p.person("a", *c.A); err != nil {
		return err
	}
	if r.event.CoAuthors, err = p.persons("co", c.Co, maxPeople); err != nil {
		return err
	}
	reviewers, err := p.persons("r", c.R, maxPeople)
	if err != nil {
		return err
	}
	if r.event.Merge {
		reviewers = nil // by the format a merge says nothing of who reviewed
	}
	for _, id := range reviewers {
		r.event.Reviews = append(r.event.Reviews, activity.Review{Person: id, Kind: activity.ReviewedBy})
	}
	if r.touched, err = p.owners("bl", c.Bl); err != nil {
		return err
	}
	if r.whole, err = p.owners("fb", c.Fb); err != nil {
		return err
	}
	if err := p.files(c, &r.event); err != nil {
		return err
	}
	p.set.records = append(p.set.records, r)
	return nil
}

func (p *parser) files(c *commitLine, e *activity.Event) error {
	if len(c.F) > maxFiles {
		return fmt.Errorf("f: %d files, at most %d", len(c.F), maxFiles)
	}
	var err error
	if e.FileCount, err = count("nf", c.Nf); err != nil {
		return err
	}
	e.Files = make([]activity.File, 0, len(c.F))
	for _, f := range c.F {
		if f.path == "" || strings.ContainsRune(f.path, 0) || len(f.status) != 1 || !strings.Contains("AMDRTC", f.status) || (f.status == "R") != (f.old != "") {
			return fmt.Errorf("f: file %.60q with status %.10q and old path %.60q, want a path, one of A, M, D, R, T, C, and an old path for R alone", f.path, f.status, f.old)
		}
		added, err := count("added lines", f.added)
		if err != nil {
			return err
		}
		deleted, err := count("deleted lines", f.deleted)
		if err != nil {
			return err
		}
		file := activity.File{Path: p.intern(f.path), Added: added, Deleted: deleted, Status: f.status[0]}
		if f.old != "" {
			file.Old = p.intern(f.old)
		}
		e.Files = append(e.Files, file)
	}
	return nil
}

// eligible reports whether a commit is a query.
func (d *dataSet) eligible(r *record) bool {
	e := &r.event
	return len(e.Reviews) > 0 && !e.Merge && !d.bots[e.Author] && len(e.Files) > 0 && len(e.Files) <= 100
}

func (d *dataSet) eligibles() []*record {
	var all []*record
	for _, r := range d.records {
		if d.eligible(r) {
			all = append(all, r)
		}
	}
	return all
}

// queries returns the queries that are asked: the newest third, at most 2,000, in the order of the data set.
func (d *dataSet) queries() []*record {
	all := d.eligibles()
	return all[len(all)-min(2000, len(all)/3):]
}
