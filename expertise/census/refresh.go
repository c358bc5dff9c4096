package census

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/smallfile"
)

// IgnoreRevsFile is where hosts and people expect the commits whose lines are to pass to their parents (git-blame(1), "--ignore-revs-file").
const IgnoreRevsFile = ".git-blame-ignore-revs"

// maxSmallFile is the size in bytes of the largest file of names and ids that is read.
const maxSmallFile = 4 << 20

// RefreshOptions say how an index is brought up to date.
type RefreshOptions struct {
	Rebuild     bool // what is there counts for nothing
	IgnoreSpace bool // as "git blame -w"; what the index was made with stays unless it is rebuilt
	Verify      bool // what is up to date is read as a whole, and replaced if it is damaged; else damage is found by whoever reads there

	PartEvery time.Duration // how often a build keeps what it has found, as of ownership.Options

	Progress func(commits int) // likewise
}

// A Refreshed says what became of an index.
type Refreshed struct {
	Index   *ownership.Index
	Old     string   // the tip that the index had before; "" = there was none to go on from
	Damaged error    // why what was there was of no use; nil = it was, or nothing was there
	Kept    bool     // the index was up to date already
	Skipped []string // lines of IgnoreRevsFile that name no commit
	Unread  error    // why IgnoreRevsFile counts for nothing although it is there, as of package smallfile; nil = it counts, or is not there
}

// Refresh builds the index of owners, or brings it up to date. A file that is no index, or a damaged one, is replaced. A build that was ended goes on where
// it was.
func Refresh(ctx context.Context, repo *gitio.Repo, tip Tip, o RefreshOptions) (r Refreshed, err error) {
	path := ownership.Path(repo.CommonDir())
	opts := ownership.Options{IgnoreSpace: o.IgnoreSpace, Progress: o.Progress, Part: ownership.PartPath(repo.CommonDir()), PartEvery: o.PartEvery}
	data, unread, err := smallfile.Read(ctx, repo, tip.Commit, IgnoreRevsFile, maxSmallFile)
	if err != nil {
		return r, err
	}
	r.Unread = unread
	opts.IgnoreRevs, r.Skipped = ParseIgnoreRevs(data, len(tip.Commit))
	var old *ownership.Index
	if o.Rebuild {
		if err := ownership.RemovePart(opts.Part); err != nil {
			return r, err
		}
	} else {
		old, err = ownership.Open(path)
		switch {
		case err == nil:
			r.Old, opts.IgnoreSpace = old.Tip(), opts.IgnoreSpace || old.Options().IgnoreSpace
		case errors.Is(err, ownership.ErrFormat):
			r.Damaged = err
		case !errors.Is(err, fs.ErrNotExist):
			return r, err
		}
	}
	if old != nil && !o.Verify {
		current, err := old.Current(repo, tip.Commit, opts)
		if err != nil {
			return r, err
		}
		if current {
			r.Index, r.Kept = old, true
			return r, nil
		}
	}
	if old == nil || old.Tip() != tip.Commit {
		if err := writable(path); err != nil {
			return r, err
		}
	}
	r.Index, err = ownership.Update(ctx, repo, old, tip.Commit, opts)
	if errors.Is(err, ownership.ErrFormat) { // Update looks closer than Open
		r.Old, r.Damaged = "", err
		r.Index, err = ownership.Build(ctx, repo, tip.Commit, opts)
	}
	if err != nil {
		return r, err
	}
	if r.Old == tip.Commit {
		was, err := old.Bytes()
		if err != nil {
			return r, err
		}
		is, err := r.Index.Bytes()
		if err != nil {
			return r, err
		}
		r.Kept = bytes.Equal(was, is)
	}
	if !r.Kept {
		if err := r.Index.Write(path); err != nil {
			return r, err
		}
	}
	return r, ownership.RemovePart(opts.Part)
}

// writable finds out what would keep an index from being written, before it is made, which can take minutes.
func writable(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("directory of the index: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("write %s: it is a directory", path)
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // as package durable will
	if err != nil {
		return fmt.Errorf("directory of the index: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// ParseIgnoreRevs reads a list of commits as git-blame(1), "--ignore-revs-file", and git-config(1), "blame.ignoreRevsFile", describe it: one full
// id of n digits on each line, "#" begins a comment, empty lines count for nothing. Lines that are none are skipped, where git would not run: a
// typing error in a file of the repository is not to leave everybody without an index.
func ParseIgnoreRevs(data []byte, n int) (ids, skipped []string) {
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case len(line) == n && strings.Trim(line, "0123456789abcdefABCDEF") == "":
			ids = append(ids, strings.ToLower(line))
		default:
			skipped = append(skipped, line)
		}
	}
	return ids, skipped
}
