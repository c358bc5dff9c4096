package advice

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/gitio"
)

// A Source is what is known.
type Source struct {
	Repo     *gitio.Repo
	Activity *history.Index
	Lines    *ownership.Index // nil = whose lines are touched is not asked
}

var (
	// ErrMissing says that a repository has no indexes yet.
	ErrMissing = errors.New("there is no index of who knows what")
	// ErrFormat says that an index is damaged, or of another version.
	ErrFormat = errors.New("an index of who knows what is of no use")
	// ErrForeign says that an index is of a commit that the repository does not have, or not any more.
	ErrForeign = errors.New("an index of who knows what is of a commit that is not here")
)

// Open reads the two indexes of a repository as they are stored, for whoever has no time to bring them up to date. The error is [ErrMissing] where
// one of them is not there, [ErrFormat] where it is no index, and [ErrForeign] where its commit is gone.
//
// An index may be older than the branch that it is of: what came since counts for nobody. The repository may be in the middle of a push, its new
// commits in quarantine. Nothing is written to it.
func Open(ctx context.Context, repo *gitio.Repo) (*Source, error) {
	x, err := history.Open(history.Path(repo.CommonDir()))
	if err != nil {
		return nil, kindOf(err)
	}
	lines, err := ownership.Open(ownership.Path(repo.CommonDir()))
	if err != nil {
		return nil, kindOf(err)
	}
	for _, tip := range []string{x.Tip, lines.Tip()} {
		if here, err := repo.Has(ctx, tip); err != nil {
			return nil, err
		} else if !here {
			return nil, fmt.Errorf("%w: %s", ErrForeign, tip)
		}
	}
	return &Source{Repo: repo, Activity: x, Lines: lines}, nil
}

// kindOf names what is wrong with an index.
func kindOf(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", ErrMissing, err)
	case errors.Is(err, history.ErrFormat), errors.Is(err, ownership.ErrFormat):
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return err
}
