package plumbing

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// ScratchPrefix begins the names of the directories of Scratches in a repository's refward directory.
const ScratchPrefix = ".trees-"

// scratchAge is how old a directory is at least that is removed: one that is being made has no lock yet.
const scratchAge = time.Minute

// scratchDir makes a directory and locks it. Below parent, a directory that need not be there, the next caller finds what a killed one has left. Who may
// not write there, or has no locks there, as on some networks, gets one elsewhere.
func scratchDir(parent string) (dir string, lock *flock.Flock, err error) {
	sweepScratch(parent)
	if dir, err = os.MkdirTemp(parent, ScratchPrefix); err == nil {
		lock = scratchLock(dir)
		if got, err := lock.TryLock(); err == nil && got {
			return dir, lock, nil
		}
		_ = errors.Join(lock.Close(), os.RemoveAll(dir)) // what is left the next caller removes
	}
	if dir, err = os.MkdirTemp("", "refward-trees-"); err != nil {
		return "", nil, err
	}
	return dir, scratchLock(dir), nil // nobody sweeps there
}

func scratchLock(dir string) *flock.Flock {
	return flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
}

// sweepScratch removes the directories whose owners are dead: their locks ended with them (flock(2)). What cannot be removed stays, which is nobody's error.
func sweepScratch(parent string) {
	found, _ := filepath.Glob(filepath.Join(parent, ScratchPrefix+"*")) // of a strange path: none
	for _, dir := range found {
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() || time.Since(info.ModTime()) < scratchAge {
			continue
		}
		lock := scratchLock(dir)
		if got, err := lock.TryLock(); err != nil || !got {
			continue
		}
		_ = lock.Close() // first, as in Close; nobody else wants it
		_ = os.RemoveAll(dir)
	}
}
