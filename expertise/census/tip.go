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

	// Doubt is the remote of a clone of which it is not known what its main branch is, so that what is checked out counts; "" otherwise.
	Doubt string
}

// ErrEmpty says that there is no commit yet.
var ErrEmpty = errors.New("there is no commit yet")

// BaseSetting is the key of git's configuration that says which branch is everybody's.
const BaseSetting = "refward.expertise.base"

// ErrBase says that there is no branch as the one that is meant to be everybody's.
var ErrBase = errors.New("there is no branch of that name")

// Trusted returns the tip of the branch that is everybody's: the one that BaseSetting names; else on a server HEAD's, in a clone the one that the
// remote's HEAD names, as far as it was fetched. In a clone without a remote it is what is checked out. The error is ErrEmpty where that has
// no commit, and ErrBase where the configuration names no branch.
func Trusted(ctx context.Context, repo *gitio.Repo) (Tip, error) {
	name, err := repo.Setting(ctx, BaseSetting, false)
	if err != nil {
		return Tip{}, err
	}
	if name != "" {
		tip, err := Branch(ctx, repo, name)
		if err != nil {
			err = fmt.Errorf("git config %s: %w", BaseSetting, err)
		}
		return tip, err
	}
	return usual(ctx, repo)
}

// Branch returns the tip of a branch that somebody named: by its full name; by that of a branch here, or of one that was fetched, as "main" and
// "origin/main"; or as a branch of the remote that is pushed to. "HEAD" is what is checked out. The error is ErrBase where there is none.
func Branch(ctx context.Context, repo *gitio.Repo, name string) (Tip, error) {
	if name == "HEAD" {
		return head(ctx, repo)
	}
	candidates := []string{"refs/heads/" + name, "refs/remotes/" + name}
	if strings.HasPrefix(name, "refs/") {
		candidates = []string{name}
	} else if remote, err := repo.Remote(ctx); err != nil {
		return Tip{}, err
	} else if remote != "" {
		candidates = append(candidates, "refs/remotes/"+remote+"/"+name)
	}
	// What makes a revision of a name, as in "main~3", no name of a ref has (git-check-ref-format(1)).
	if strings.ContainsAny(name, "~^:?*[\\ ") || strings.Contains(name, "..") || strings.Contains(name, "@{") || name == "" {
		candidates = nil
	}
	for _, ref := range candidates {
		id, err := repo.Resolve(ctx, ref)
		if errors.Is(err, gitio.ErrNotExist) {
			continue
		}
		return Tip{Ref: ref, Commit: id}, err
	}
	return Tip{}, fmt.Errorf("%w: %s", ErrBase, name)
}

// usual is what is trusted where nobody says otherwise.
func usual(ctx context.Context, repo *gitio.Repo) (Tip, error) {
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
					return Tip{Ref: tracked, Commit: id}, nil
				}
				if !errors.Is(err, gitio.ErrNotExist) { // a branch that is gone at the remote leaves its HEAD behind
					return Tip{}, err
				}
			}
			return likely(ctx, repo, remote)
		}
	}
	return head(ctx, repo)
}

// likely is what is trusted in a clone that does not know its remote's HEAD, as one that CI makes: the branch of the remote that is called main, or
// master. What is checked out would be the very change that is asked about; it counts only where there is neither, or both.
func likely(ctx context.Context, repo *gitio.Repo, remote string) (Tip, error) {
	var found []Tip
	for _, name := range []string{"main", "master"} {
		ref := "refs/remotes/" + remote + "/" + name
		id, err := repo.Resolve(ctx, ref)
		if err == nil {
			found = append(found, Tip{Ref: ref, Commit: id})
		} else if !errors.Is(err, gitio.ErrNotExist) {
			return Tip{}, err
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	tip, err := head(ctx, repo)
	tip.Doubt = remote
	return tip, err
}

// head is what is checked out, on a server the main branch.
func head(ctx context.Context, repo *gitio.Repo) (Tip, error) {
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
	return Tip{Ref: ref, Commit: id}, err
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
