package census

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/refward/refward/internal/gitio"
)

// A Tip is the commit whose lines are counted.
type Tip struct {
	Ref    string // full name of the ref that says so; "HEAD" when it is detached
	Commit string // full id
}

// ErrEmpty says that there is no commit yet.
var ErrEmpty = errors.New("there is no commit yet")

// Trusted returns the tip of the branch that is everybody's: on a server HEAD's, in a clone the one that the remote's HEAD names, as far as
// it was fetched. In a clone without a remote it is what is checked out. The error is ErrEmpty where that has no commit.
func Trusted(ctx context.Context, repo *gitio.Repo) (Tip, error) {
	bare, err := repo.IsBare(ctx)
	if err != nil {
		return Tip{}, err
	}
	if !bare {
		remote, err := repo.Remote(ctx)
		if err != nil {
			return Tip{}, err
		}
		if remote != "" {
			_, tracked, err := repo.RemoteHead(ctx, remote)
			if err != nil {
				return Tip{}, err
			}
			if tracked != "" {
				id, err := repo.Resolve(ctx, tracked)
				if err == nil {
					return Tip{tracked, id}, nil
				}
				if !errors.Is(err, gitio.ErrNotExist) { // a branch that is gone at the remote leaves its HEAD behind
					return Tip{}, err
				}
			}
		}
	}
	ref, err := repo.HeadBranch(ctx)
	if err != nil {
		return Tip{}, err
	}
	if ref == "" {
		ref = "HEAD"
	}
	id, err := repo.Resolve(ctx, "HEAD")
	if errors.Is(err, gitio.ErrNotExist) {
		return Tip{}, fmt.Errorf("%s: %w", ref, ErrEmpty)
	}
	return Tip{ref, id}, err
}

// Name returns how people call the ref.
func (t Tip) Name() string {
	for _, prefix := range []string{"refs/heads/", "refs/remotes/"} {
		if name, ok := strings.CutPrefix(t.Ref, prefix); ok {
			return name
		}
	}
	return t.Ref
}
