package wire

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// A Check is the check's end. It is not for concurrent use.
type Check struct {
	in    *gob.Decoder
	out   *gob.Encoder
	Hello Hello
}

// Dial reads the helper's greeting.
func Dial(in io.Reader, out io.Writer) (*Check, error) {
	c := &Check{in: gob.NewDecoder(in), out: gob.NewEncoder(out)}
	var m toCheck
	if err := c.in.Decode(&m); err != nil {
		return nil, fmt.Errorf("read the helper's greeting: %w", err)
	}
	if m.Hello == nil {
		return nil, errors.New("the helper does not greet")
	}
	c.Hello = *m.Hello
	if c.Hello.Protocol != Protocol {
		return c, fmt.Errorf("the helper speaks protocol %d, not %d: install both programs anew", c.Hello.Protocol, Protocol)
	}
	return c, nil
}

// Do sends a job and answers from the tree until it is over, and returns the CPU time that it took. begin and found hear of each step. An error
// says that the helper did not come to the end, or that the tree could not be read, which is a *TreeError.
func (c *Check) Do(j *Job, tree fs.FS, begin func(Step), found func(Found)) (time.Duration, error) {
	return c.DoTrees(j, []fs.FS{tree}, begin, found)
}

// DoTrees is Do for a job with several trees, of which the first has the number Job.Tree and the others those that follow.
func (c *Check) DoTrees(j *Job, trees []fs.FS, begin func(Step), found func(Found)) (time.Duration, error) {
	if err := c.out.Encode(toHelper{Job: j}); err != nil {
		return 0, fmt.Errorf("send a job: %w", err)
	}
	var broken error
	for {
		var m toCheck
		if err := c.in.Decode(&m); err != nil {
			return 0, errors.Join(broken, fmt.Errorf("read from the helper: %w", err))
		}
		switch {
		case m.Begin != nil:
			begin(*m.Begin)
		case m.Found != nil:
			found(*m.Found)
		case m.Ask != nil:
			n := m.Ask.Tree - j.Tree
			if n < 0 || n >= len(trees) {
				return 0, errors.New("the helper asks for another tree")
			}
			a, err := answer(trees[n], *m.Ask)
			if err != nil && broken == nil {
				broken = &TreeError{err} // the helper takes it for a problem of one package, and goes on
			}
			if err := c.out.Encode(toHelper{Answer: a}); err != nil {
				return 0, errors.Join(broken, fmt.Errorf("answer the helper: %w", err))
			}
		case m.End != nil:
			if m.End.Err != "" {
				return m.End.CPU, errors.Join(broken, errors.New(m.End.Err))
			}
			return m.End.CPU, broken
		default:
			return 0, errors.New("the helper says what is not known")
		}
	}
}

// A TreeError says that a tree could not be read, so that what was found in it is not all.
type TreeError struct{ Err error }

func (e *TreeError) Error() string { return e.Err.Error() }
func (e *TreeError) Unwrap() error { return e.Err }

// answer reads what is asked for. The error is one that says nothing about the tree, such as an object that cannot be read.
func answer(tree fs.FS, q Ask) (*Answer, error) {
	a := &Answer{}
	var err error
	switch {
	case !fs.ValidPath(q.Path):
		err = fs.ErrNotExist
	case q.Op == ReadDir:
		var list []fs.DirEntry
		list, err = fs.ReadDir(tree, q.Path)
		for _, e := range list {
			a.Entries = append(a.Entries, Entry{Name: e.Name(), Mode: e.Type()})
		}
	case q.Op == ReadFile:
		a.Data, err = fs.ReadFile(tree, q.Path)
	default:
		err = fmt.Errorf("the helper asks for %q", q.Op)
	}
	if a.Failure, a.Detail = failureOf(err); a.Failure == Other {
		return a, err
	}
	return a, nil
}
