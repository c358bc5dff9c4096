package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/metrics"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/gitio"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A meter takes the processor time of this process and of its children.
type meter struct {
	start time.Time
	cpu   time.Duration
}

func begin() meter { return meter{time.Now(), used()} }

func (m meter) String() string {
	return fmt.Sprintf("%.2f s of processor, %.2f s of wall clock", (used() - m.cpu).Seconds(), time.Since(m.start).Seconds())
}

// heap watches the memory of the Go runtime, which has no part of packs that are mapped, until the function that it returns is called: that tells
// the peak, in MB.
func heap() func() uint64 {
	stop, done := make(chan bool), make(chan uint64)
	go func() {
		s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for most := uint64(0); ; {
			metrics.Read(s)
			most = max(most, s[0].Value.Uint64()-s[1].Value.Uint64())
			select {
			case <-tick.C:
			case <-stop:
				done <- most >> 20
				return
			}
		}
	}()
	return func() uint64 { close(stop); return <-done }
}

func run() error {
	dir := flag.String("repo", "", "the repository")
	rev := flag.String("rev", "HEAD", "the revision")
	every := flag.Int("every", 1, "blame one file of so many; 0 = none")
	show := flag.Int("show", 0, "print so many differences")
	updates := flag.String("updates", "", "first-parent distances to update over, with commas between")
	space := flag.Bool("w", false, "ignore white space")
	profile := flag.String("cpuprofile", "", "write a profile of this process")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	ctx := context.Background()
	repo, err := gitio.Open(ctx, gitio.Options{Dir: *dir, Environ: os.Environ()})
	if err != nil {
		return err
	}
	defer repo.Close()
	tip, err := repo.Resolve(ctx, *rev)
	if err != nil {
		return err
	}
	o := ownership.Options{IgnoreSpace: *space}
	most := heap()
	m := begin()
	index, err := ownership.Build(ctx, repo, tip, o)
	if err != nil {
		return err
	}
	fmt.Printf("build: %v, peak %d MB with mapped packs, of the runtime %d MB\n", m, peak(), most())
	lines, unknown := 0, 0
	for _, p := range index.Paths() {
		runs, _, err := index.Lines(p)
		if err != nil {
			return err
		}
		for _, r := range runs {
			lines += r.Lines
			if r.Commit == ownership.Unknown {
				unknown += r.Lines
			}
		}
	}
	file := filepath.Join(os.TempDir(), fmt.Sprintf("ownership-%d.idx", os.Getpid()))
	defer os.Remove(file)
	if err := index.Write(file); err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	fmt.Printf("%d files, %d lines (%d unknown), %d owners, index %d kB\n", len(index.Paths()), lines, unknown, index.Commits(), info.Size()/1000)
	start := time.Now()
	again, err := ownership.Open(file)
	if err != nil {
		return err
	}
	paths := again.Paths()
	if len(paths) > 0 {
		_, _, err = again.Lines(paths[len(paths)/2])
	}
	fmt.Printf("open and one query: %v %v\n", time.Since(start), err)
	for d := range strings.SplitSeq(*updates, ",") {
		if n, err := strconv.Atoi(d); err == nil {
			if err := update(ctx, repo, index, tip, n, o); err != nil {
				return err
			}
		}
	}
	if *every == 0 {
		return nil
	}
	return blame(*dir, index, *every, *show, *space)
}

func update(ctx context.Context, repo *gitio.Repo, want *ownership.Index, tip string, n int, o ownership.Options) error {
	base, err := repo.Resolve(ctx, fmt.Sprintf("%s~%d", tip, n))
	if err != nil {
		fmt.Printf("update over %d: %v\n", n, err)
		return nil
	}
	old, err := ownership.Build(ctx, repo, base, o)
	if err != nil {
		return err
	}
	m := begin()
	got, err := ownership.Update(ctx, repo, old, tip, o)
	if err != nil {
		return err
	}
	spent := m.String()
	a, err := got.Bytes()
	if err != nil {
		return err
	}
	b, err := want.Bytes()
	fmt.Printf("update over %d: %s, equal to a rebuild: %v\n", n, spent, bytes.Equal(a, b))
	return err
}

// blame compares an index with what git blame says, file by file.
func blame(dir string, index *ownership.Index, every, show int, space bool) error {
	var paths []string
	for i, p := range index.Paths() {
		if i%every == 0 {
			paths = append(paths, p)
		}
	}
	var mu sync.Mutex
	total, same, shown := 0, 0, 0
	work := make(chan string)
	var all sync.WaitGroup
	m := begin()
	for range 2 {
		all.Go(func() {
			for path := range work {
				got, n := ask(dir, index.Tip(), path, space)
				runs, _, err := index.Lines(path)
				if err != nil {
					continue
				}
				mu.Lock()
				total += n
				at := 1
				for _, r := range runs {
					id := "unknown"
					if r.Commit >= 0 {
						if c, err := index.Commit(r.Commit); err == nil {
							id = c.ID
						}
					}
					for range r.Lines {
						if got[at] == id {
							same++
						} else if shown < show {
							shown++
							fmt.Printf("%s:%d: %.10s, git says %.10s\n", path, at, id, got[at])
						}
						at++
					}
				}
				mu.Unlock()
			}
		})
	}
	for _, p := range paths {
		work <- p
	}
	close(work)
	all.Wait()
	fmt.Printf("blame of %d files: %v\n", len(paths), m)
	fmt.Printf("%d of %d lines have the same owner: %.4f %%\n", same, total, 100*float64(same)/float64(max(total, 1)))
	return nil
}

func ask(dir, rev, path string, space bool) (map[int]string, int) {
	args := []string{"-C", dir, "--no-replace-objects", "blame", "--incremental", "--no-textconv"}
	if space {
		args = append(args, "-w")
	}
	out, err := exec.Command("git", append(args, rev, "--", path)...).Output() // #nosec G204 -- a program to measure with
	if err != nil {
		return nil, 0
	}
	owner := map[int]string{}
	s := bufio.NewScanner(bytes.NewReader(out))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		f := strings.Fields(s.Text())
		if len(f) != 4 || len(f[0]) < 40 || slices.ContainsFunc(f[1:], func(w string) bool { return strings.Trim(w, "0123456789") != "" }) {
			continue
		}
		first, _ := strconv.Atoi(f[2])
		n, _ := strconv.Atoi(f[3])
		for i := range n {
			owner[first+i] = f[0]
		}
	}
	return owner, len(owner)
}
