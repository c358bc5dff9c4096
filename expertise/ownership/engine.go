package ownership

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/refward/refward/internal/gitio"
)

// A run is lines that follow each other and have no owner yet.
type run struct {
	file  int32 // index into engine.files
	final int32 // the first line in the file at the tip, from 0
	cur   int32 // the first line in the version that is looked at
	n     int32
}

// pending are the lines that a commit is asked for, by path.
type pending map[string][]run

// A tipFile is a file whose owners are looked for.
type tipFile struct {
	path  string
	side  gitio.Side
	lines int32
	owner []int32 // of each line: see engine.ids, or unset or unknown; nil while none is known
	runs  []Run   // instead of owner: taken over whole
	kept  bool    // known has it just so
}

const (
	unset   = -2
	unknown = Unknown
)

// An engine hands lines from commits to their parents.
type engine struct {
	repo    *gitio.Repo
	o       Options
	edge    []string // commits at the edge of a shallow history
	scratch *gitio.Scratch
	files   []tipFile
	state   map[string]pending // by commit
	ids     []string           // commits that the walk found to own lines; an owner is the place here, after those of known
	number  map[string]int32   // owner, by id; known may have it as well
	ignored map[string]bool
	walked  int
	keeper  *keeper
	known   *known // what stands at its tip is known

	ends    map[int][]int32 // by file of known: the ends of its runs, in lines
	meeting bool            // lines of known are followed as well
	open    int             // then: lines without an owner

	most int // commits of a chunk, while more had too many hunks; 0 = chunkCommits
}

// chunkCommits is how many commits are looked at together: enough that versions of a file follow each other and git reads each delta once,
// few enough that hunks take little memory and not many lines are followed that an earlier commit of the chunk owns.
const chunkCommits = 4096

// walk follows what is pending from tips to the end, or to the commits in not.
func (e *engine) walk(ctx context.Context, tips, not []string) error {
	a, err := e.repo.Ancestry(ctx, tips, not)
	if err != nil {
		return err
	}
	defer a.Close()
	var rest []commit // of the last chunk
	for {
		c := chunk{commits: rest}
		// A chunk of the first commits is small: most of what an update asks for is found there.
		size := min(chunkCommits, max(64, 4*e.walked))
		if len(not) == 0 && e.walked == 0 {
			size = chunkCommits
		}
		for len(c.commits) < size {
			ids, err := a.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			c.commits = append(c.commits, commit{id: ids[0], parents: ids[1:]})
		}
		if len(c.commits) == 0 {
			return nil
		}
		if rest, err = e.chunk(ctx, &c); err != nil {
			return err
		}
		e.walked += len(c.commits)
		if e.o.Progress != nil {
			e.o.Progress(e.walked)
		}
		e.keeper.keep(e)
		if len(e.state) == 0 || e.meeting && e.open == 0 {
			return nil
		}
	}
}

// chunk follows what is pending through commits: first by paths, which tells the diffs to make, then by lines. It leaves in c those that it has done, at
// least one, and returns the rest, which would be too much to hold together.
func (e *engine) chunk(ctx context.Context, c *chunk) (rest []commit, err error) {
	c.e, c.ctx = e, ctx
	all := c.commits
	if e.most == 0 {
		e.most = chunkCommits
	}
	if len(all) > e.most {
		c.commits = all[:e.most]
	}
	for {
		n, err := c.trace()
		if err != nil {
			return nil, err
		}
		c.commits = c.commits[:n]
		many, err := c.diff()
		if err != nil {
			return nil, err
		}
		if !many {
			break
		}
		// Which commit has how many hunks only the diffs tell, and those come by path.
		e.most = n / 2
		for i, k := range all {
			all[i] = commit{id: k.id, parents: k.parents}
		}
		*c = chunk{e: e, ctx: ctx, commits: all[:e.most]}
	}
	for i := range c.commits {
		if err := e.settle(c, &c.commits[i]); err != nil {
			return nil, err
		}
	}
	if len(c.hunks) < maxHunks/4 {
		e.most = min(2*e.most, chunkCommits)
	}
	return all[len(c.commits):], nil
}

// settle does for the lines of one commit what its steps say.
func (e *engine) settle(c *chunk, k *commit) error {
	p := e.state[k.id]
	if p == nil {
		return nil
	}
	delete(e.state, k.id)
	if e.meeting {
		e.join(p)
	}
	if len(k.parents) == 0 {
		for _, runs := range p {
			e.own(e.commit(k.id), runs)
		}
		return nil
	}
	for _, s := range k.steps {
		runs := p[s.path]
		if runs == nil {
			continue
		}
		delete(p, s.path)
		if s.whole {
			e.ask(k.parents[s.from[0].parent], s.from[0].path, runs)
			continue
		}
		lost := false
		for _, f := range s.from {
			if f.pair < 0 {
				lost = true
				continue
			}
			var passed []run
			passed, runs = split(runs, c.hunksOf(f.pair))
			e.ask(k.parents[f.parent], f.path, passed)
		}
		if e.ignored[k.id] {
			for _, f := range s.from {
				if f.pair >= 0 {
					var passed []run
					passed, runs = through(runs, c.hunksOf(f.pair))
					e.ask(k.parents[f.parent], f.path, passed)
				}
			}
		}
		if lost {
			e.own(unknown, runs)
		} else if len(runs) > 0 {
			e.own(e.commit(k.id), runs)
		}
	}
	if len(p) > 0 {
		e.move(k.parents[0], p)
	}
	return nil
}

// commit returns the number of an owner.
func (e *engine) commit(id string) int32 {
	n, ok := e.number[id]
	if !ok {
		n = e.base() + int32(len(e.ids)) // #nosec G115 -- fewer than 2³¹ commits
		e.number[id] = n
		e.ids = append(e.ids, id)
	}
	return n
}

// base returns how many owners known has.
func (e *engine) base() int32 {
	if e.known == nil {
		return 0
	}
	return int32(e.known.Commits()) // #nosec G115 -- fewer than 2³¹ commits
}

func (e *engine) own(owner int32, runs []run) {
	for _, r := range runs {
		if r.lent() {
			continue
		}
		e.open -= int(r.n)
		f := &e.files[r.file]
		if f.owner == nil {
			f.owner = make([]int32, f.lines)
			for i := range f.owner {
				f.owner[i] = unset
			}
		}
		for i := r.final; i < r.final+r.n; i++ {
			f.owner[i] = owner
		}
	}
}

// ask adds lines to what a commit is asked for.
func (e *engine) ask(commit, path string, runs []run) {
	if len(runs) == 0 {
		return
	}
	p := e.state[commit]
	if p == nil {
		p = pending{}
		e.state[commit] = p
	}
	p[path] = append(p[path], runs...)
}

// move asks a commit for all that another was asked for.
func (e *engine) move(commit string, p pending) {
	q := e.state[commit]
	if len(q) > len(p) {
		p, q = q, p
	}
	for path, runs := range q {
		p[path] = append(p[path], runs...)
	}
	e.state[commit] = p
}

// split divides lines of the new version into those that the old one has, as lines of that, and the others.
func split(runs []run, hunks []gitio.LineHunk) (passed, left []run) {
	for _, r := range runs {
		i, _ := slices.BinarySearchFunc(hunks, r.cur, func(h gitio.LineHunk, line int32) int {
			if h.New+h.NewLines <= line {
				return -1
			}
			return 1
		})
		for r.n > 0 {
			// Between hunks, lines have the distance that the ends of the hunk before them have.
			var delta int32
			if i > 0 {
				h := &hunks[i-1]
				delta = h.Old + h.OldLines - h.New - h.NewLines
			}
			n := r.n
			if i < len(hunks) {
				n = min(n, hunks[i].New-r.cur)
			}
			if n > 0 {
				passed = append(passed, run{r.file, r.final, r.cur + delta, n})
				r = run{r.file, r.final + n, r.cur + n, r.n - n}
			}
			if r.n > 0 {
				h := &hunks[i]
				if n = min(r.n, h.New+h.NewLines-r.cur); n > 0 {
					left = append(left, run{r.file, r.final, r.cur, n})
					r = run{r.file, r.final + n, r.cur + n, r.n - n}
				}
				i++
			}
		}
	}
	return passed, left
}

// through divides lines that differ into those that have a line of the old version at the same place in their hunk, and the others.
func through(runs []run, hunks []gitio.LineHunk) (passed, left []run) {
	for _, r := range runs {
		i, _ := slices.BinarySearchFunc(hunks, r.cur, func(h gitio.LineHunk, line int32) int {
			if h.New+h.NewLines <= line {
				return -1
			}
			return 1
		})
		for ; r.n > 0; i++ {
			if i == len(hunks) || r.cur < hunks[i].New { // another parent's diff had it as a difference, this one has not
				left = append(left, r)
				break
			}
			h := &hunks[i]
			n := min(r.n, h.New+h.NewLines-r.cur)
			at := r.cur - h.New
			if k := min(n, h.OldLines-at); k > 0 {
				passed = append(passed, run{r.file, r.final, h.Old + at, k})
				r, n = run{r.file, r.final + k, r.cur + k, r.n - k}, n-k
			}
			if n > 0 {
				left = append(left, run{r.file, r.final, r.cur, n})
				r = run{r.file, r.final + n, r.cur + n, r.n - n}
			}
		}
	}
	return passed, left
}

// paths returns what is pending, by commit.
func (e *engine) paths() map[string]map[string]bool {
	all := make(map[string]map[string]bool, len(e.state))
	for id, p := range e.state {
		set := make(map[string]bool, len(p))
		for path := range maps.Keys(p) {
			set[path] = true
		}
		all[id] = set
	}
	return all
}

func (e *engine) close() error {
	if e.scratch == nil {
		return nil
	}
	if err := e.scratch.Close(); err != nil {
		return fmt.Errorf("remove trees: %w", err)
	}
	return nil
}
