package plumbing

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
)

// An Ancestry is a walk over commits, each after all its children ("git rev-list --topo-order").
type Ancestry struct {
	s *stream
	r *bufio.Reader
}

// Ancestry walks from tips to all that they reach and the commits in not do not. Commits at the edge of a shallow repository have no
// parents here; grafts and replacements count for nothing.
func (g *Git) Ancestry(ctx context.Context, tips, not []string) (*Ancestry, error) {
	var in strings.Builder
	for _, id := range tips {
		in.WriteString(id + "\n")
	}
	for _, id := range not {
		in.WriteString("^" + id + "\n")
	}
	s, err := g.start(ctx, strings.NewReader(in.String()), "rev-list", "--topo-order", "--parents", "--stdin")
	if err != nil {
		return nil, err
	}
	return &Ancestry{s, bufio.NewReaderSize(s, 1<<16)}, nil
}

// Next returns the next commit and its parents, or io.EOF.
func (a *Ancestry) Next() (ids []string, err error) {
	if a.s.ended {
		return nil, io.EOF
	}
	line, err := a.r.ReadString('\n')
	if err == io.EOF && line == "" {
		if err := a.s.wait(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, a.s.fail(err)
	}
	ids = strings.Split(strings.TrimSuffix(line, "\n"), " ")
	for _, id := range ids {
		if !isID(id, len(ids[0])) || id == "" {
			return nil, a.s.fail(fmt.Errorf("%.200q is no line of ids", line))
		}
	}
	return ids, nil
}

// Close ends the walk, wherever it is.
func (a *Ancestry) Close() { a.s.stop() }

// MergeBase returns the best commit that all of the commits reach ("git merge-base --octopus"), or "" where there is none.
func (g *Git) MergeBase(ctx context.Context, ids []string) (string, error) {
	out, err := g.Output(ctx, nil, append([]string{"merge-base", "--octopus"}, ids...)...)
	if ExitCode(err) == 1 && ctx.Err() == nil {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	id := strings.TrimSpace(string(out))
	if !isID(id, len(ids[0])) {
		return "", fmt.Errorf("git merge-base: %.200q is no id", out)
	}
	return id, nil
}

// versionOptions compare versions of paths as they are, without a look at what they contain.
var versionOptions = []string{"diff-tree", "-r", "--stdin", "--always", "--raw", "-z", "--no-abbrev", "--no-renames", "--ignore-submodules=none"}

// A CommitPair asks how a commit differs from one parent or, of a merge, from all that are listed at once.
type CommitPair struct {
	Commit  string
	Parents []string // 1 to MaxPairParents; several: only paths that none of them has like that
}

// MaxPairParents is the number of parents that one request may have: diff-tree reads lines of up to 1,000 bytes.
const MaxPairParents = 10

// Versions calls use for each path that differs, in the order of the requests. All of them have one parent, or all have several.
func (g *Git) Versions(ctx context.Context, list []CommitPair, use func(i int, e source.Entry) error) error {
	if len(list) == 0 {
		return nil
	}
	asked := make([]string, len(list))
	var in strings.Builder
	for i, p := range list {
		if len(p.Parents) == 0 || len(p.Parents) > MaxPairParents {
			return fmt.Errorf("commit %s: comparison with %d parents", p.Commit, len(p.Parents))
		}
		asked[i] = p.Commit
		in.WriteString(p.Commit + " " + strings.Join(p.Parents, " ") + "\n")
	}
	args := versionOptions
	combined := len(list[0].Parents) > 1
	if combined {
		args = append(args[:len(args):len(args)], "-c")
	}
	s, err := g.start(ctx, strings.NewReader(in.String()), args...)
	if err != nil {
		return err
	}
	r := bufio.NewReaderSize(s, 1<<18)
	if !combined {
		err = readRawCommits(r, asked, use)
	} else {
		err = readCombined(r, list, use)
	}
	if err != nil {
		return s.fail(err)
	}
	return s.wait()
}

// readCombined reads what "-c --raw -z" says of merges (git-diff-tree(1), "DIFF FORMAT FOR MERGES").
func readCombined(r *bufio.Reader, list []CommitPair, use func(i int, e source.Entry) error) error {
	for at := -1; ; {
		field, err := readField(r)
		if err == io.EOF {
			if at+1 < len(list) {
				return fmt.Errorf("nothing said of commit %s: %w", list[at+1].Commit, io.ErrUnexpectedEOF)
			}
			return nil
		}
		if err != nil {
			return err
		}
		if !strings.HasPrefix(field, ":") {
			if at++; at >= len(list) || field != list[at].Commit {
				return fmt.Errorf("combined diff: %.80q is not the commit that was asked for", field)
			}
			continue
		}
		if at < 0 {
			return errors.New("combined diff: an entry of no commit")
		}
		n := len(list[at].Parents)
		f := strings.Split(strings.TrimLeft(field, ":"), " ")
		if len(f) != 2*n+3 || strings.Count(field, ":") != n {
			return fmt.Errorf("combined diff: entry %.200q", field)
		}
		e := source.Entry{Status: 'M', Sides: make([]source.Side, n+1)}
		for k := range e.Sides {
			mode, err := strconv.ParseUint(f[k], 8, 32)
			if err != nil || !isID(f[n+1+k], len(list[at].Commit)) {
				return fmt.Errorf("combined diff: entry %.200q", field)
			}
			e.Sides[k] = source.Side{Mode: uint32(mode), ID: f[n+1+k]}
		}
		if e.Path, err = readField(r); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		if err := use(at, e); err != nil {
			return err
		}
	}
}
