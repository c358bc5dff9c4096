package ownership

import (
	"cmp"
	"context"
	"slices"
)

// Bounds of the search: of how many commits a base is looked for, which costs git a walk, and how often.
const (
	maxMeeting  = 50
	maxMeetings = 30
)

// meet answers what is asked of commits behind the old tip, as by a branch that began there, without a walk to their roots. The owner of a line
// of a version is the same whoever asks for it, so the lines of the old tip, whose owners are known, are followed down to the base of all these
// commits as well: where they meet a line without an owner, it has theirs. Those that have left the way between, as into a branch that is older, are
// followed to the base of where all have come to, and so on. What meets nothing, such as a line that the old tip has lost, stays.
func (e *engine) meet(ctx context.Context, rest []string) error {
	if len(rest) > maxMeeting {
		return nil
	}
	known := pending{}
	e.open = 0
	for _, p := range e.state {
		for path, runs := range p {
			for _, r := range runs {
				e.open += int(r.n)
			}
			i, ok := e.known.find(path)
			if !ok || known[path] != nil {
				continue
			}
			n := 0
			for _, r := range e.known.runs(i) {
				n += r.Lines
			}
			if n > 0 {
				known[path] = []run{{file: ^int32(i), n: int32(n)}} // #nosec G115 -- fewer than 2³¹ files and lines
			}
		}
	}
	if len(known) == 0 {
		return nil
	}
	e.meeting = true
	defer func() { e.meeting = false }()
	e.state[e.known.tip] = known
	base := ""
	if len(rest) == 1 {
		base = rest[0] // which the old tip reaches
	}
	for range maxMeetings {
		at := e.rest()
		if len(at) < 2 || len(at) > maxMeeting+1 {
			break
		}
		if base == "" {
			var err error
			if base, err = e.repo.MergeBase(ctx, at); err != nil {
				return err
			}
			if base == "" {
				break
			}
		}
		if err := e.walk(ctx, at, []string{base}); err != nil {
			return err
		}
		for id, p := range e.state {
			if e.join(p); len(p) == 0 {
				delete(e.state, id)
			}
		}
		if base = ""; e.open == 0 || !e.lends() {
			break
		}
	}
	for id, p := range e.state {
		for path, runs := range p {
			if runs = slices.DeleteFunc(runs, run.lent); len(runs) == 0 {
				delete(p, path)
			} else {
				p[path] = runs
			}
		}
		if len(p) == 0 {
			delete(e.state, id)
		}
	}
	return nil
}

// lends reports whether lines of the old tip are still followed that a line without an owner can meet.
func (e *engine) lends() bool {
	for _, p := range e.state {
		for _, runs := range p {
			if slices.ContainsFunc(runs, run.lent) {
				return true
			}
		}
	}
	return false
}

// lent reports whether the owners of a run are those of lines of the old tip. Its file then is the complement of one of the index, its final line
// one there.
func (r run) lent() bool { return r.file < 0 }

// skip returns what follows the first n lines.
func (r run) skip(n int32) run { return run{r.file, r.final + n, r.cur + n, r.n - n} }

// join gives lines that are asked for the owners of those of the old tip that are the same line of the same version.
func (e *engine) join(p pending) {
	byLine := func(a, b run) int { return cmp.Compare(a.cur, b.cur) }
	for path, runs := range p {
		var known, open, left []run
		for _, r := range runs {
			if r.lent() {
				known = append(known, r)
			} else {
				open = append(open, r)
			}
		}
		if len(known) == 0 || len(open) == 0 {
			continue
		}
		slices.SortFunc(known, byLine)
		slices.SortFunc(open, byLine)
		end := int32(0)
		apart := known[:0]
		for _, r := range known { // what is there twice has the same owner
			if r.cur < end {
				r = r.skip(min(r.n, end-r.cur))
			}
			if r.n > 0 {
				apart, end = append(apart, r), r.cur+r.n
			}
		}
		at := 0
		for _, r := range open {
			for at < len(apart) && apart[at].cur+apart[at].n <= r.cur {
				at++
			}
			for _, k := range apart[at:] {
				if r.n == 0 || k.cur >= r.cur+r.n {
					break
				}
				if n := k.cur - r.cur; n > 0 {
					left = append(left, run{r.file, r.final, r.cur, n})
					r = r.skip(n)
				}
				n := min(r.n, k.cur+k.n-r.cur)
				e.lend(run{r.file, r.final, k.final + r.cur - k.cur, n}, int(^k.file))
				r = r.skip(n)
			}
			if r.n > 0 {
				left = append(left, r)
			}
		}
		p[path] = append(apart, left...)
	}
}

// lend gives lines the owners of lines of a file of the index.
func (e *engine) lend(r run, file int) {
	stored := e.known.runs(file)
	ends := e.ends[file]
	if ends == nil {
		ends = make([]int32, len(stored))
		line := 0
		for i, s := range stored {
			line += s.Lines
			ends[i] = int32(line) // #nosec G115 -- at most MaxBlob
		}
		if e.ends == nil {
			e.ends = map[int][]int32{}
		}
		e.ends[file] = ends
	}
	i, _ := slices.BinarySearch(ends, r.cur+1)
	for ; r.n > 0 && i < len(ends); i++ {
		n := min(r.n, ends[i]-r.cur)
		e.own(stored[i].Commit, []run{{r.file, r.final, r.cur, n}})
		r = r.skip(n)
	}
}
