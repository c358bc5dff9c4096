// Command read reads what "OLD..NEW" of a repository brings, in one of several ways, and prints how much that was. The bench runs it as a
// process of its own, so that start-up, memory and all children count.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/pprof"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio"
)

func main() {
	reader := flag.String("reader", "builtin", "builtin, git, or go-git with its own storage")
	push := flag.String("push", "", "read a push that creates `REF` at NEW, whose boundary OLD is found, instead of a range")
	what := flag.String("what", "blobs", "commits, paths, blobs or lines: how far to read")
	profile := flag.String("cpuprofile", "", "write a profile of the processor time to `FILE`")
	flag.Parse()
	if flag.NArg() != 3 {
		fmt.Fprintln(os.Stderr, "usage: read [-reader R] [-push REF] [-what W] DIR OLD NEW")
		os.Exit(2)
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
	}
	err := run(context.Background(), *reader, *push, *what, flag.Arg(0), flag.Arg(1), flag.Arg(2))
	pprof.StopCPUProfile()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, reader, push, what, dir, old, new string) error {
	if reader == "go-git" {
		return goGit(dir, old, new)
	}
	before := used()
	defer func() {
		after := used()
		fmt.Printf("in process: %.1f ms of CPU, %.1f MB of heap\n", 1000*(after.cpu-before.cpu), after.heap)
	}()
	repo, err := gitio.Open(ctx, gitio.Options{Environ: append(os.Environ(), "GIT_DIR="+dir), Reader: gitio.Reader(reader)})
	if err != nil {
		return err
	}
	defer repo.Close()
	var change *analyzers.Change
	if push == "" {
		change, err = repo.Range(ctx, old, new, gitio.Scope{})
	} else {
		u := analyzers.RefUpdate{Ref: push, Old: "0000000000000000000000000000000000000000", New: new}
		change, err = repo.Push(ctx, []analyzers.RefUpdate{u}, gitio.PushOptions{})
	}
	if err != nil {
		return err
	}
	var paths, parts, size int
	defer func() {
		fmt.Println(len(change.Commits), "commits", paths, "paths", parts, "blobs or runs of lines", size, "bytes")
	}()
	if what == "commits" {
		return nil
	}
	for _, err := range change.Files(ctx) {
		if err != nil {
			return err
		}
		paths++
	}
	if what == "lines" {
		for h, err := range change.Hunks(ctx) {
			if err != nil {
				return err
			}
			parts++
			size += len(h.Text)
		}
	}
	if what == "blobs" {
		for b, err := range change.Blobs(ctx, nil) {
			if err != nil {
				return err
			}
			parts++
			size += len(b.Data)
		}
	}
	return nil
}

// goGit reads the range with go-git's own storage, as one would without package gitio.
func goGit(dir, old, new string) error {
	repo, err := git.PlainOpen(dir)
	if err != nil {
		return err
	}
	seen := map[plumbing.Hash]bool{}
	known := map[plumbing.Hash]bool{}
	from, err := repo.CommitObject(plumbing.NewHash(old))
	if err != nil {
		return err
	}
	err = object.NewCommitPreorderIter(from, nil, nil).ForEach(func(c *object.Commit) error {
		known[c.Hash] = true
		return nil
	})
	if err != nil {
		return err
	}
	tip, err := repo.CommitObject(plumbing.NewHash(new))
	if err != nil {
		return err
	}
	var commits, paths, blobs, size int
	err = object.NewCommitPreorderIter(tip, known, nil).ForEach(func(c *object.Commit) error {
		commits++
		tree, err := c.Tree()
		if err != nil {
			return err
		}
		var before *object.Tree
		if parent, err := c.Parent(0); err == nil {
			if before, err = parent.Tree(); err != nil {
				return err
			}
		} else if !errors.Is(err, object.ErrParentNotFound) {
			return err
		}
		changes, err := object.DiffTree(before, tree)
		if err != nil {
			return err
		}
		for _, change := range changes {
			paths++
			id := change.To.TreeEntry.Hash
			if change.To.Name == "" || seen[id] || !change.To.TreeEntry.Mode.IsFile() {
				continue
			}
			seen[id] = true
			blob, err := repo.BlobObject(id)
			if err != nil {
				return err
			}
			r, err := blob.Reader()
			if err != nil {
				return err
			}
			n, err := io.Copy(io.Discard, r)
			if err := errors.Join(err, r.Close()); err != nil {
				return err
			}
			blobs++
			size += int(n)
		}
		return nil
	})
	fmt.Println(commits, "commits", paths, "paths", blobs, "blobs", size, "bytes")
	return err
}
