package gitio

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"

	"github.com/refward/refward/internal/gitio/native"
	"github.com/refward/refward/internal/gitio/plumbing"
	"github.com/refward/refward/internal/gitio/source"
)

// A Reader says what a repository is read with.
type Reader string

const (
	ReaderAuto    Reader = ""        // the built-in one for every format that it knows, else git
	ReaderBuiltin Reader = "builtin" // this process alone
	ReaderGit     Reader = "git"     // git's plumbing
)

// check refuses what is no reader.
func (r Reader) check() error {
	switch r {
	case ReaderAuto, ReaderBuiltin, ReaderGit:
		return nil
	}
	return fmt.Errorf("reader %q: want %q, %q or nothing", r, ReaderBuiltin, ReaderGit)
}

// discover finds the git directory around dir, and whether it has no work tree; nil = nobody said: by git, which knows what its configuration says of it,
// or without one by itself.
func discover(ctx context.Context, reader Reader, git plumbing.Options) (string, *bool, error) {
	if reader == ReaderBuiltin {
		dir, err := native.Discover(lookup(git.Environ)("GIT_DIR"), git.Dir)
		return dir, nil, err
	}
	out, err := plumbing.New(git).Output(ctx, nil, "rev-parse", "--is-bare-repository", "--absolute-git-dir")
	if reader == ReaderAuto && (errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist)) {
		found, nativeErr := native.Discover(lookup(git.Environ)("GIT_DIR"), git.Dir)
		if nativeErr != nil {
			return "", nil, errors.Join(nativeErr, err)
		}
		return found, nil, nil
	}
	said, dir, _ := strings.Cut(string(out), "\n")
	bare := said == "true"
	return strings.TrimSuffix(dir, "\n"), &bare, err
}

// choose opens the source to read a repository with, and says why it is not the built-in one. What that doubts, git reads.
func choose(reader Reader, git *plumbing.Git, o native.Options) (src source.Source, why string, err error) {
	switch reader {
	case ReaderGit:
		return git, "as it was told to", nil
	case ReaderAuto:
		o.Other = git
	}
	builtin, err := native.Open(o)
	if err == nil {
		return builtin, "", nil
	}
	if reader == ReaderBuiltin || !errors.Is(err, source.ErrUnsupported) {
		return nil, "", fmt.Errorf("open repository %s: %w", o.GitDir, err)
	}
	if missing := git.Missing(); missing != nil {
		return nil, "", fmt.Errorf("open repository %s: %w, and %w", o.GitDir, err, missing)
	}
	why = err.Error()
	o.Partial, o.Other = true, nil
	if part, err := native.Open(o); err == nil {
		return partial{git, part}, why, nil
	}
	return git, why, nil
}

// A partial source reads a partial clone by git, but for single objects: where one is missing that a remote has promised, git looks through all promises, which takes
// it a minute in a large repository, and ends.
type partial struct {
	*plumbing.Git
	objects *native.Native
}

func (p partial) Info(ctx context.Context, id string) (source.Object, error) {
	return p.objects.Info(ctx, id)
}

func (p partial) Read(ctx context.Context, id string, limit int64) (source.Object, []byte, error) {
	return p.objects.Read(ctx, id, limit)
}

func (p partial) InfoAll(ctx context.Context, ids []string, use func(i int, o source.Object, err error) error) error {
	return p.objects.InfoAll(ctx, ids, use)
}

func (p partial) ReadAll(ctx context.Context, ids []string, limit int64, use func(i int, o source.Object, data []byte, err error) error) error {
	return p.objects.ReadAll(ctx, ids, limit, use)
}

// Order implements [source.Objects].
func (p partial) Order(ids []string) error { return p.objects.Order(ids) }

// Find asks git for what revisions name, and for paths only where it has what they name.
func (p partial) Find(ctx context.Context, rev, path string) (source.Object, error) {
	if path == "" || rev == "" {
		return p.Git.Find(ctx, rev, path)
	}
	o, err := p.Git.Find(ctx, rev, "")
	if err != nil {
		return o, err
	}
	return p.objects.Find(ctx, o.ID, path)
}

// Close implements [source.Source].
func (p partial) Close() error { return errors.Join(p.objects.Close(), p.Git.Close()) }
