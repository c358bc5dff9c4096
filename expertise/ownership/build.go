package ownership

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

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

	// Part is a file in which a build keeps from time to time what it has found, so that another goes on there after it was ended. It stays there
	// until RemovePart; "" = none.
	Part      string
	PartEvery time.Duration // 0 = 10 s

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

// Build finds the owner of every line at a commit, given by its full id. It ends early, without an index, when ctx is done. Options.Part says where what it
// has found by then is kept: the next Build goes on there, of a later tip too.
func Build(ctx context.Context, repo *gitio.Repo, tip string, o Options) (index *Index, err error) {
	if index, ok, err := fromPart(ctx, repo, tip, o); ok {
		return index, err
	}
	return build(ctx, repo, tip, o, nil)
}

// build is Build, from what another one has left, if anything.
func build(ctx context.Context, repo *gitio.Repo, tip string, o Options, from *part) (index *Index, err error) {
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
	if from == nil {
		e.begin(tip)
	} else if !from.of(e) {
		return nil, errPart
	} else if err := e.resume(from); err != nil {
		return nil, err
	}
	e.keeper = &keeper{path: e.o.Part, every: cmp.Or(e.o.PartEvery, defaultPartEvery), tip: tip, last: time.Now()}
	if len(e.state) > 0 {
		if err := e.walk(ctx, e.rest(), nil); err != nil {
			return nil, fmt.Errorf("owners of lines at %s: %w", tip, err)
		}
	}
	return e.index(ctx, tip, nil)
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
