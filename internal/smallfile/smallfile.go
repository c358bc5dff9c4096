// Package smallfile reads the files of a commit that say how to take the rest: who is whom, whose lines count, who is not named.
//
// One rule holds for all of them, so that no caller forgets a case: what is not there is empty; what is there and cannot be had is said, and
// the caller decides whether that is a warning or an error.
package smallfile

import (
	"context"
	"errors"
	"fmt"

	"github.com/refward/refward/internal/gitio"
)

// errFound ends a walk through a tree.
var errFound = errors.New("found")

// Read returns a file of a commit. One that is missing is nil. One that is there without its content, as in a partial clone, or that is no file of at
// most limit bytes (a directory, a submodule, a symbolic link), is nil, too, and unread says so: it is [gitio.ErrNotHere] or [gitio.ErrNotFile].
// Links are not followed: git follows none for a .mailmap or .gitattributes either (gitmailmap(5), "NOTES").
func Read(ctx context.Context, repo *gitio.Repo, commit, path string, limit int64) (data []byte, unread, err error) {
	data, err = repo.ReadFile(ctx, commit, path, limit)
	switch {
	case errors.Is(err, gitio.ErrNotExist):
		return nil, nil, nil
	case errors.Is(err, gitio.ErrNotFile), errors.Is(err, gitio.ErrNotHere):
		return nil, err, nil
	case err != nil:
		return nil, nil, fmt.Errorf("read %s at %s: %w", path, commit, err)
	}
	link, err := isLink(ctx, repo, commit, path)
	if err != nil {
		return nil, nil, fmt.Errorf("read %s at %s: %w", path, commit, err)
	}
	if link {
		return nil, fmt.Errorf("%s in %s is a symbolic link: %w", path, commit, gitio.ErrNotFile), nil
	}
	return data, nil, nil
}

// isLink reports whether a path is a symbolic link, whose content is a path and no list of anything. The files meant here begin with a dot, and so
// stand at the beginning of a tree: the walk is short.
func isLink(ctx context.Context, repo *gitio.Repo, commit, path string) (link bool, err error) {
	const kind, symbolic = 0o170000, 0o120000 // gitformat-index(5), as in trees
	err = repo.TreeFiles(ctx, commit, func(mode uint32, _, name string) error {
		if name != path {
			return nil
		}
		link = mode&kind == symbolic
		return errFound
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return link, err
}
