package census

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/expertise/balance"
	"github.com/refward/refward/internal/gitio"
)

// The files of a repository's refward directory that say something of people.
var (
	indexes = []string{"ownership.idx", "ownership.part", "activity.idx"}
	ledger  = "assignments.json"
	stored  = append(slices.Clone(indexes), ledger, "pseudonym.key")
)

// Forget removes all that is kept of people in the directory that a repository's worktrees share, half-written files too, and returns the paths that
// it removed. What it returns is removed also when there is an error. Whoever brings an index up to date meanwhile writes it back: the caller keeps
// those out (upkeep.Lock).
func Forget(common string) (removed []string, err error) {
	dir := filepath.Join(common, "refward")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list what is kept of people: %w", err)
	}
	var wrong []error
	for _, e := range entries {
		if !ours(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		switch err := erase(path); {
		case err == nil:
			removed = append(removed, path)
		case !errors.Is(err, fs.ErrNotExist): // somebody else was as tidy
			wrong = append(wrong, err)
		}
	}
	return removed, errors.Join(wrong...)
}

// An Expired says what was removed because of its age.
type Expired struct {
	Removed     []string // paths
	Assignments int      // out of a file that has younger ones still
	Ledger      string   // the path of that file
}

// Expire removes what nobody uses any more in the directory that a repository's worktrees share: indexes that were not brought up to date since a
// time, as their files' times say, assignments from before it, what was left half-written, and the key of pseudonyms where it is older, too, and there is
// no index that it could be used for. What it returns is removed also when there is an error. The caller keeps others out, as for Forget.
func Expire(ctx context.Context, common string, since time.Time) (x Expired, err error) {
	dir := filepath.Join(common, "refward")
	x.Ledger = filepath.Join(dir, ledger)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return x, nil
	}
	if err != nil {
		return x, fmt.Errorf("list what is kept of people: %w", err)
	}
	var wrong []error
	remove := func(path string) {
		switch err := erase(path); {
		case err == nil:
			x.Removed = append(x.Removed, path)
		case !errors.Is(err, fs.ErrNotExist): // another one is as tidy
			wrong = append(wrong, err)
		}
	}
	key, left := "", false
	for _, e := range entries {
		info, err := e.Info()
		if !ours(e.Name()) || err != nil { // it is gone already
			continue
		}
		path, old := filepath.Join(dir, e.Name()), info.ModTime().Before(since)
		switch {
		case e.Name() == filepath.Base(KeyPath(common)):
			if old {
				key = path
			}
		case old:
			remove(path)
		case e.Name() == ledger:
			n, gone, err := balance.Expire(ctx, path, since.Unix())
			if err != nil {
				wrong = append(wrong, err)
			} else if gone {
				x.Removed = append(x.Removed, path)
			} else {
				x.Assignments = n
			}
		}
		left = left || !old && slices.Contains(indexes, e.Name())
	}
	if key != "" && !left {
		remove(key)
	}
	return x, errors.Join(wrong...)
}

// Used makes the time of an index now, which [Expire] goes by: it was looked at and is up to date. That cannot be done to another user's file, and
// is not worth an error.
func Used(path string) { _ = os.Chtimes(path, time.Time{}, time.Now()) }

// erase removes a file, or the directory of trees that a killed process has left.
func erase(path string) error {
	if strings.HasPrefix(filepath.Base(path), gitio.ScratchPrefix) {
		return os.RemoveAll(path)
	}
	return os.Remove(path)
}

func ours(name string) bool {
	if strings.HasPrefix(name, gitio.ScratchPrefix) {
		return true
	}
	for _, s := range stored {
		if half, _ := filepath.Match("."+s+"-*", name); half || name == s { // as package durable names them
			return true
		}
	}
	return false
}
