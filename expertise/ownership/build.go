package ownership

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio"
)

// DefaultMaxBlob is the size of the largest version of a file whose lines are followed, in bytes, unless Options say otherwise.
const DefaultMaxBlob = 8 << 20

// Unknown is the Commit of a Run whose owner cannot be told.
const Unknown int32 = -1

// Options say how owners are found. What was found with other options is no base for an update, MaxBlob included.
type Options struct {
	IgnoreSpace bool     // changes of white space alone change no owner, as "git blame -w"
	IgnoreRevs  []string // full ids of commits whose lines pass to their parents, as "git blame --ignore-rev"
	MaxBlob     int64    // bytes; 0 = DefaultMaxBlob

	// Progress is told how many commits were looked at so far. nil = nobody is. It changes nothing in the result.
	Progress func(commits int)
}

func (o Options) clean() Options {
	if o.MaxBlob <= 0 {
		o.MaxBlob = DefaultMaxBlob
	}
	o.IgnoreRevs = slices.Clone(o.IgnoreRevs)
	slices.Sort(o.IgnoreRevs)
	o.IgnoreRevs = slices.Compact(o.IgnoreRevs)
	return o
}

// same reports whether the same owners would be found.
func (o Options) same(p Options) bool {
	return o.IgnoreSpace == p.IgnoreSpace && o.MaxBlob == p.MaxBlob && slices.Equal(o.IgnoreRevs, p.IgnoreRevs)
}

// Build finds the owner of every line at a commit, given by its full id. It ends early, without an index, when ctx is done. What it has found by
// then is not kept: a build of a hundred thousand commits takes a minute, and what is pending half way is as large as an index.
func Build(ctx context.Context, repo *gitio.Repo, tip string, o Options) (index *Index, err error) {
	e, err := newEngine(repo, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	var at []int
	err = repo.TreeFiles(ctx, tip, func(mode uint32, id, path string) error {
		if gitio.HasContent(mode) {
			at = append(at, len(e.files))
			e.files = append(e.files, tipFile{path: path, side: gitio.Side{Mode: mode, ID: id}})
		}
		return nil
	})
	if err == nil {
		err = e.count(ctx, at)
	}
	if err != nil {
		return nil, fmt.Errorf("files of %s: %w", tip, err)
	}
	e.begin(tip)
	if err := e.walk(ctx, []string{tip}, nil); err != nil {
		return nil, fmt.Errorf("owners of lines at %s: %w", tip, err)
	}
	return e.index(ctx, tip)
}

func newEngine(repo *gitio.Repo, o Options) (*engine, error) {
	edge, err := repo.ShallowEdge()
	if err != nil {
		return nil, err
	}
	scratch, err := repo.NewScratch()
	if err != nil {
		return nil, err
	}
	e := &engine{repo: repo, o: o.clean(), edge: edge, scratch: scratch, state: map[string]pending{}, number: map[string]int32{}, ignored: map[string]bool{}}
	for _, id := range e.o.IgnoreRevs {
		e.ignored[id] = true
	}
	return e, nil
}

// count counts the lines of files. One that is too large or not there has none.
func (e *engine) count(ctx context.Context, files []int) error {
	byID := make(map[string][]int, len(files))
	ids := make([]string, 0, len(files))
	for _, i := range files {
		id := e.files[i].side.ID
		if byID[id] == nil {
			ids = append(ids, id)
		}
		byID[id] = append(byID[id], i)
	}
	if err := e.repo.Order(ids); err != nil {
		return err
	}
	return e.repo.ReadAll(ctx, ids, e.o.MaxBlob, func(i int, o gitio.Object, data []byte, err error) error {
		if errors.Is(err, gitio.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		n := bytes.Count(data, []byte("\n"))
		if len(data) > 0 && data[len(data)-1] != '\n' {
			n++
		}
		for _, f := range byID[ids[i]] {
			e.files[f].lines = int32(n) // #nosec G115 -- at most MaxBlob
		}
		return nil
	})
}

// begin asks the tip for all lines.
func (e *engine) begin(tip string) {
	p := make(pending, len(e.files))
	for i, f := range e.files {
		if f.lines > 0 {
			p[f.path] = []run{{file: int32(i), n: f.lines}} // #nosec G115 -- fewer than 2³¹ files
		}
	}
	if len(p) > 0 {
		e.state[tip] = p
	}
}

// index makes an Index of what was found.
func (e *engine) index(ctx context.Context, tip string) (*Index, error) {
	slices.SortFunc(e.files, func(a, b tipFile) int { return strings.Compare(a.path, b.path) })
	x := &Index{tip: tip, o: e.o, edge: e.edge, files: make([]file, 0, len(e.files))}
	x.o.Progress = nil
	const absent = -1
	numbers := make([]int32, int(e.base())+len(e.ids)) // by the engine's
	for i := range numbers {
		numbers[i] = absent
	}
	same := e.twice()
	var order []int32 // the engine's, by ours
	for _, f := range e.files {
		runs := f.runs
		if runs == nil {
			for _, owner := range f.owner {
				if owner == unset {
					return nil, fmt.Errorf("a line of %q has no owner", f.path)
				}
				if n, ok := same[owner]; ok {
					owner = n
				}
				if n := len(runs); n > 0 && runs[n-1].Commit == owner {
					runs[n-1].Lines++
				} else {
					runs = append(runs, Run{owner, 1})
				}
			}
		}
		out := make([]Run, len(runs))
		for i, r := range runs {
			out[i] = r
			if r.Commit == unknown {
				continue
			}
			if numbers[r.Commit] == absent {
				numbers[r.Commit] = int32(len(order)) // #nosec G115 -- fewer than 2³¹ commits
				order = append(order, r.Commit)
			}
			out[i].Commit = numbers[r.Commit]
		}
		x.files = append(x.files, file{f.path, f.side.ID, out})
	}
	if edge, err := e.repo.ShallowEdge(); err != nil || !slices.Equal(edge, e.edge) {
		return nil, errors.Join(errors.New("the edge of the shallow repository moved meanwhile"), err)
	}
	return x, e.describe(ctx, x, order)
}

// twice returns the owners that the walk found and that the index it goes on from has as well, with their numbers there.
func (e *engine) twice() map[int32]int32 {
	same := map[int32]int32{}
	if e.known == nil || len(e.ids) == 0 {
		return same
	}
	found := make(map[string]int32, len(e.ids))
	for i, id := range e.ids {
		raw, _ := hex.DecodeString(id)           // what is no id is nobody's
		found[string(raw)] = e.base() + int32(i) // #nosec G115 -- fewer than 2³¹ commits
	}
	for i := range e.known.owners {
		if n, ok := found[e.known.owners[i].id]; ok {
			same[n] = int32(i) // #nosec G115 -- likewise
		}
	}
	return same
}

// describe fills in the commits of an index.
func (e *engine) describe(ctx context.Context, x *Index, order []int32) error {
	x.owners = make([]owner, len(order))
	var t texts
	if e.known != nil {
		t.all = slices.Clone(e.known.texts)
	}
	var ask []string
	var at []int
	for i, n := range order {
		if n < e.base() {
			x.owners[i] = e.known.owners[n]
			continue
		}
		ask, at = append(ask, e.ids[n-e.base()]), append(at, i)
	}
	err := e.repo.CommitHeads(ctx, ask, func(i int, c *analyzers.Commit) error {
		id, err := hex.DecodeString(ask[i])
		x.owners[at[i]] = owner{string(id), t.sign(signature(c.Author)), t.sign(signature(c.Committer))}
		return err
	})
	x.texts = t.all
	return err
}

func signature(s analyzers.Signature) Signature { return Signature{s.Name, s.Email, s.When.UTC()} }
