package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/internal/bench/cost"
)

// A reading is one way to find something out about a repository.
type reading struct {
	name string
	args []string
}

// read compares package gitio's built-in reader with git's programs and with go-git, on the newest commits of the repository: the
// content of all new blobs, the added lines, and where a push of one commit begins among 100,000 refs.
func (b *bench) read(runs int) error {
	program := filepath.Join(b.dir, "read")
	if out, err := exec.Command("go", "build", "-o", program, "./internal/bench/read").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w: %s", err, out)
	}
	bare := filepath.Join(b.dir, "bare.git")
	if err := b.git("", "clone", "-q", "--bare", b.source, bare); err != nil {
		return err
	}
	objects, err := b.output(bare, "count-objects", "-v")
	if err != nil {
		return err
	}
	fmt.Printf("objects: %s\n%-38s %-32s %8s %8s %8s %7s   %s\n", strings.Join(strings.Fields(objects), " "),
		"what", "how", "CPU s", "(ratio)", "wall s", "peak MB", "in process: CPU ms, heap MB")
	for _, n := range []int{1, 100, 5000} {
		old, tip, found, err := b.span(bare, n)
		if err != nil {
			return err
		}
		pipeline := fmt.Sprintf("git rev-list %s ^%s | git diff-tree --stdin -r -m --root --raw --no-abbrev --no-renames | "+
			"awk '/^:/ && $4 !~ /^0+$/ {print $4}' | sort -u | git cat-file --batch --buffer >/dev/null", tip, old)
		blobs := []reading{
			{"rev-list | diff-tree | cat-file", []string{"sh", "-c", pipeline}},
			{"gitio, built in", []string{program, bare, old, tip}},
			{"gitio, git", []string{program, "-reader", "git", bare, old, tip}},
		}
		if n <= 100 {
			blobs = append(blobs, reading{"go-git's own storage", []string{program, "-reader", "go-git", bare, old, tip}})
		}
		if err := b.beside(bare, fmt.Sprintf("new blobs of %d commits", found), blobs, runs); err != nil {
			return err
		}
		err = b.beside(bare, fmt.Sprintf("added lines of %d commits", found), []reading{
			{"git log -p -U0, without merges", []string{"sh", "-c", fmt.Sprintf("git log -p -U0 --text %s..%s >/dev/null", old, tip)}},
			{"git log -p -U0 --cc", []string{"sh", "-c", fmt.Sprintf("git log -p -U0 --cc --text %s..%s >/dev/null", old, tip)}},
			{"gitio, built in", []string{program, "-what", "lines", bare, old, tip}},
			{"gitio, git", []string{program, "-reader", "git", "-what", "lines", bare, old, tip}},
		}, runs)
		if err != nil {
			return err
		}
	}
	return b.boundary(bare, program, runs)
}

// span finds the range of the first-parent line that has about n commits.
func (b *bench) span(bare string, n int) (old, tip string, found int, err error) {
	if tip, err = b.output(bare, "rev-parse", "HEAD"); err != nil {
		return "", "", 0, err
	}
	line, err := b.output(bare, "rev-list", "--first-parent", "-n", fmt.Sprint(n+1), tip)
	if err != nil {
		return "", "", 0, err
	}
	ids := strings.Fields(line)
	if len(ids) < 2 {
		return "", "", 0, fmt.Errorf("%s has no history", bare)
	}
	low, high := 1, len(ids)-1
	for {
		middle := (low + high) / 2
		count, err := b.output(bare, "rev-list", "--count", ids[middle]+".."+tip)
		if err != nil {
			return "", "", 0, err
		}
		if _, err := fmt.Sscan(count, &found); err != nil {
			return "", "", 0, err
		}
		if found < n {
			low = min(middle+1, high)
		} else {
			high = middle
		}
		if low >= high {
			old = ids[low]
			count, err = b.output(bare, "rev-list", "--count", old+".."+tip)
			if err == nil {
				_, err = fmt.Sscan(count, &found)
			}
			return old, tip, found, err
		}
	}
}

// boundary measures how long it takes to find that a new ref brings one commit, with 100,000 refs.
func (b *bench) boundary(bare, program string, runs int) error {
	list, err := b.output(bare, "rev-list", "-n", "100001", "HEAD~1")
	if err != nil {
		return err
	}
	ids := strings.Fields(list)
	tip, err := b.output(bare, "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	// The new commit is where a hook finds it (git-receive-pack(1), "Quarantine Environment").
	quarantine := filepath.Join(bare, "objects", "tmp_objdir-incoming-bench")
	if err := os.MkdirAll(quarantine, 0o700); err != nil {
		return err
	}
	plain := b.env
	defer func() { b.env = plain }()
	b.env = append(slices.Clone(plain), "GIT_AUTHOR_NAME=B", "GIT_AUTHOR_EMAIL=b@example.com", "GIT_COMMITTER_NAME=B", "GIT_COMMITTER_EMAIL=b@example.com")
	stored := b.env
	hook := append(slices.Clone(stored), "GIT_OBJECT_DIRECTORY="+quarantine, "GIT_QUARANTINE_PATH="+quarantine,
		"GIT_ALTERNATE_OBJECT_DIRECTORIES="+filepath.Join(bare, "objects"))
	b.env = hook
	child, err := b.output(bare, "commit-tree", "-p", tip, "-m", "new", tip+"^{tree}")
	if err != nil {
		return err
	}
	for _, graph := range []bool{false, true} {
		for _, isTip := range []bool{true, false} {
			var refs strings.Builder
			refs.WriteString("# pack-refs with: peeled fully-peeled sorted \n")
			top := tip // of the line that the new commit continues
			b.env = stored
			if !isTip {
				if top, err = b.output(bare, "commit-tree", "-p", tip, "-m", "other", tip+"^{tree}"); err != nil {
					return err
				}
			}
			for i := range 100_000 {
				fmt.Fprintf(&refs, "%s refs/heads/b%06d\n", ids[i%len(ids)], i)
			}
			fmt.Fprintf(&refs, "%s refs/heads/main\n", top)
			if err := os.WriteFile(filepath.Join(bare, "packed-refs"), []byte(refs.String()), 0o600); err != nil {
				return err
			}
			if graph && isTip {
				if err := b.git(bare, "commit-graph", "write", "--reachable"); err != nil {
					return err
				}
			}
			name := "boundary, 100,000 refs"
			if !isTip {
				name += ", below a tip"
			}
			if graph {
				name += ", graph"
			}
			b.env = hook
			err := b.beside(bare, name, []reading{
				{"git rev-list NEW --not --all", []string{"git", "rev-list", child, "--not", "--all"}},
				{"gitio, built in", []string{program, "-what", "commits", "-push", "refs/heads/zz", bare, "-", child}},
			}, runs)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// beside runs several readings in turn and prints the median of each, and how many times more than the last of the first.
func (b *bench) beside(dir, what string, readings []reading, runs int) error {
	costs := make([][]cost.Cost, len(readings))
	inside := make([][]cost.Cost, len(readings)) // without the start of the process
	for range runs {
		for i, r := range readings {
			cmd := exec.Command(r.args[0], r.args[1:]...)
			cmd.Dir, cmd.Env = dir, b.env
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			c, err := cost.Run(cmd)
			if err != nil {
				return fmt.Errorf("%s: %w: %s", r.name, err, out.Bytes())
			}
			costs[i] = append(costs[i], c)
			var in cost.Cost
			if _, said, ok := strings.Cut(out.String(), "in process: "); ok {
				if _, err := fmt.Sscanf(said, "%f ms of CPU, %f MB", &in.CPU, &in.Peak); err != nil {
					return err
				}
				inside[i] = append(inside[i], in)
			}
		}
	}
	for i, r := range readings {
		of := func(f func(cost.Cost) float64) float64 { return cost.Median(costs[i], f) }
		ratio := of(cpu) / cost.Median(costs[0], cpu)
		fmt.Printf("%-38s %-32s %8.3f (%5.2f×) %8.3f %7.0f", what, r.name, of(cpu), ratio, of(wall), of(peak))
		if len(inside[i]) > 0 {
			fmt.Printf("   %7.1f %6.1f", cost.Median(inside[i], cpu), cost.Median(inside[i], peak))
		}
		fmt.Println()
	}
	return nil
}
