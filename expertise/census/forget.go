package census

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// stored are the files of a repository's refward directory that say something of people.
var stored = []string{"ownership.idx", "ownership.part", "activity.idx", "assignments.json", "pseudonym.key"}

// Forget removes all that is kept of people in the directory that a repository's worktrees share, half-written files too, and returns the paths that
// it removed. What it returns is removed also when there is an error.
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
		if err := os.Remove(path); err != nil {
			wrong = append(wrong, err)
			continue
		}
		removed = append(removed, path)
	}
	return removed, errors.Join(wrong...)
}

func ours(name string) bool {
	for _, s := range stored {
		if half, _ := filepath.Match("."+s+"-*", name); half || name == s { // as package durable names them
			return true
		}
	}
	return false
}
