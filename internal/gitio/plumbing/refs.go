package plumbing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
)

// Find implements [source.Source] for every revision that git understands, and "" for the index.
func (g *Git) Find(ctx context.Context, rev, path string) (source.Object, error) {
	if strings.ContainsAny(rev+path, "\n\x00") || strings.HasPrefix(rev, "-") || rev == "" && path == "" {
		return source.Object{}, fmt.Errorf("revision %q: %w", rev, source.ErrNotExist)
	}
	name := rev
	if path != "" {
		name += ":" + path
	}
	o, err := g.objects.info(ctx, name)
	switch {
	case noUpstream(err):
		return o, fmt.Errorf("revision %q: %w", rev, source.ErrNotExist)
	case err == nil || !errors.Is(err, source.ErrNotExist):
		return o, err
	case path == "":
		return o, fmt.Errorf("revision %q: %w", rev, source.ErrNotExist)
	}
	return o, g.missing(ctx, rev, path)
}

// missing tells a path that a revision does not have, which is ErrNotExist, from one that cannot be read: cat-file calls an object
// that is corrupt "missing" too.
func (g *Git) missing(ctx context.Context, rev, path string) error {
	absent := fmt.Errorf("%s in %s: %w", path, rev, source.ErrNotExist)
	if rev == "" {
		out, err := g.Output(ctx, nil, "ls-files", "-z", "--stage", "--full-name", "--", path)
		switch {
		case err != nil:
			return err
		case len(out) == 0 || !strings.Contains(string(out), " 0\t"): // absent, or unmerged
			return absent
		}
		return fmt.Errorf("%s in the index cannot be read", path)
	}
	if _, err := g.Output(ctx, nil, "rev-parse", "--verify", "--quiet", rev); ExitCode(err) == 1 {
		return absent
	} else if err != nil {
		return err
	}
	out, err := g.Output(ctx, nil, "ls-tree", "-z", "--full-tree", rev, "--", path)
	if err != nil {
		return err
	}
	if len(out) == 0 {
		return absent
	}
	return fmt.Errorf("%s in %s cannot be read: %w", path, rev, source.ErrNotHere)
}

// noUpstream reports whether @{upstream} names nothing (gitrevisions(7)), which git says in words and not by its exit code.
func noUpstream(err error) bool {
	return err != nil && slices.ContainsFunc(
		[]string{"no upstream configured for branch", "HEAD does not point to a branch", "not stored as a remote-tracking branch"},
		func(words string) bool { return strings.Contains(err.Error(), words) })
}

// SymbolicRef implements [source.Source].
func (g *Git) SymbolicRef(ctx context.Context, name string) (string, error) {
	last := ""
	for range maxSymbolic {
		target, err := g.symbolicRef(ctx, name)
		if target == "" || err != nil {
			return last, err
		}
		last, name = target, target
	}
	return "", fmt.Errorf("ref %s: symbolic refs lead in a circle, or too far", name)
}

// maxSymbolic is how many symbolic refs git follows (refs.c).
const maxSymbolic = 5

// symbolicRef follows one symbolic ref. Where refs are files, one of them tells without a process.
func (g *Git) symbolicRef(ctx context.Context, name string) (string, error) {
	dir := g.gitDir
	if name != "HEAD" {
		dir = g.commonDir
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if ref, err := os.Readlink(path); err == nil && strings.HasPrefix(ref, "refs/") { // core.preferSymlinkRefs
		return filepath.ToSlash(ref), nil
	}
	if !g.reftable() {
		data, err := os.ReadFile(path)
		if err != nil && name == "HEAD" {
			return "", fmt.Errorf("read HEAD: %w", err)
		}
		ref, _ := strings.CutPrefix(strings.TrimSpace(string(data)), "ref:")
		if err != nil || !bytes.HasPrefix(data, []byte("ref:")) {
			return "", nil // packed, or a directory, or not there: not symbolic. One that cannot be read git will complain of
		}
		return strings.TrimSpace(ref), nil
	}
	out, err := g.Output(ctx, nil, "symbolic-ref", "-q", name)
	if ExitCode(err) == 1 {
		return "", nil
	}
	return strings.TrimSpace(string(out)), err
}

// reftable reports whether HEAD holds the placeholder of a repository whose refs are no files.
func (g *Git) reftable() bool {
	data, err := os.ReadFile(filepath.Join(g.gitDir, "HEAD"))
	return err == nil && strings.TrimSpace(strings.TrimPrefix(string(data), "ref:")) == reftableHead
}

// reftableHead is the placeholder that HEAD holds in a repository whose refs are a reftable (gitformat-reftable).
const reftableHead = "refs/heads/.invalid"

// maxPatterns bounds the arguments of one for-each-ref, which has an end and compares every ref with every pattern.
const maxPatterns = 100

// Refs implements [source.Source].
func (g *Git) Refs(ctx context.Context, patterns []string) (map[string]source.Ref, error) {
	refs := make(map[string]source.Ref, len(patterns))
	if len(patterns) == 0 {
		return refs, nil
	}
	wanted := make(map[string]bool, len(patterns))
	for _, p := range patterns {
		wanted[p] = true
	}
	args := []string{"for-each-ref", "--format=%(objectname) %(refname) %(symref)", "--"}
	if len(patterns) <= maxPatterns {
		for p := range wanted {
			args = append(args, strings.TrimSuffix(p, "/"))
		}
	}
	out, err := g.Output(ctx, nil, args...)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		if len(f) != 3 {
			return nil, fmt.Errorf("git for-each-ref: line %q", line)
		}
		if matches(wanted, f[1]) {
			refs[f[1]] = source.Ref{ID: f[0], Target: f[2]}
		}
	}
	for _, p := range patterns { // for-each-ref passes over a symbolic ref that leads nowhere, which a push would follow
		if _, listed := refs[p]; listed || strings.HasSuffix(p, "/") {
			continue
		}
		if target, err := g.SymbolicRef(ctx, p); err != nil {
			return nil, err
		} else if target != "" {
			refs[p] = source.Ref{Target: target}
		}
	}
	return refs, nil
}

// matches reports whether a name or one of the folders that it is in is wanted.
func matches(wanted map[string]bool, name string) bool {
	if wanted[name] {
		return true
	}
	for i, c := range []byte(name) {
		if c == '/' && wanted[name[:i+1]] {
			return true
		}
	}
	return false
}
