// Command search searches what "OLD..NEW" of a repository brings for secrets, in those lines alone that the gitleaks command would
// see, with its rules alone, and writes where it found what. Command secrets runs it as a process of its own, so that start-up, memory and
// processor time are those of the search.
//
//	search [-report FILE] DIR OLD NEW
//	search -hunks DIR OLD NEW           only say where the lines are
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/pprof"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/secrets"
	"github.com/refward/refward/internal/gitio"
)

func main() {
	report := flag.String("report", "", "write the findings to `FILE`, as JSON")
	reader := flag.String("reader", "", "read the repository with `R`: builtin or git (default: as gitio chooses)")
	hunks := flag.Bool("hunks", false, "write one line for each run of added lines, instead of searching")
	profile := flag.String("cpuprofile", "", "write a profile of the processor time to `FILE`")
	flag.Parse()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // as hooks.SaveMemory does
	}
	if flag.NArg() != 3 {
		fmt.Fprintln(os.Stderr, "usage: search [-reader R] [-report FILE | -hunks] DIR OLD NEW")
		os.Exit(2)
	}
	err := profiled(*profile, func() error {
		return run(context.Background(), *report, *reader, *hunks, flag.Arg(0), flag.Arg(1), flag.Arg(2))
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func profiled(file string, run func() error) error {
	if file == "" {
		return run()
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return errors.Join(err, f.Close())
	}
	err = run()
	pprof.StopCPUProfile()
	return errors.Join(err, f.Close())
}

func run(ctx context.Context, report, reader string, hunks bool, dir, old, new string) error {
	// The command reads lines of any number: so does the repository here.
	repo, err := gitio.Open(ctx, gitio.Options{Environ: append(os.Environ(), "GIT_DIR="+dir), Reader: gitio.Reader(reader), MaxBlob: 1 << 40})
	if err != nil {
		return err
	}
	defer repo.Close()
	change, err := repo.Range(ctx, old, new, gitio.Scope{})
	if err != nil {
		return err
	}
	seen := &visible{Content: change.Content}
	if hunks {
		return list(ctx, os.Stdout, seen)
	}
	a, err := secrets.New(parity())
	if err != nil {
		return err
	}
	// Without its commits, so that no message is searched.
	result, err := a.Run(ctx, &analyzers.Change{Kind: change.Kind, Content: seen})
	if err != nil {
		return err
	}
	fmt.Printf("%d %d %d\n", len(change.Commits), seen.hunks, seen.bytes)
	if report == "" {
		return nil
	}
	return write(report, result.Findings)
}

// parity returns the options with which the analyzer has the rules of the gitleaks command and nothing of its own.
func parity() secrets.Options { return secrets.Options{Mode: secrets.ModeGitleaks} }

// write keeps the findings for the comparison. Nobody else may read them.
func write(path string, findings []analyzers.Finding) error {
	data, err := json.Marshal(findings)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// list writes the commit, the first line and the path of each hunk.
func list(ctx context.Context, to io.Writer, c analyzers.Content) error {
	w := bufio.NewWriter(to)
	for h, err := range c.Hunks(ctx) {
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s %d %q\n", h.Commit, h.Start, h.Path)
	}
	return w.Flush()
}
