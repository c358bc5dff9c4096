//go:build unix

package treediff

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/refward/refward/internal/odb"
)

// A history is commits to compare with their parents, each "commit parent" on a line.
type history struct {
	*repository
	pairs [][2]odb.ID
	stdin string
}

// benchHistory reads the history to measure: of the git directory that REFWARD_TREEDIFF_BENCH names, or one made here. REFWARD_TREEDIFF_REVS says
// which commits, as arguments of rev-list.
func benchHistory(b *testing.B) *history {
	b.Helper()
	h := &history{repository: &repository{b, os.Getenv("REFWARD_TREEDIFF_BENCH")}}
	if h.dir == "" {
		h.dir = b.TempDir()
		h.git("", "init", "-q", "--bare", "-b", "main", "--template=")
		h.git(madeHistory(3000), "fast-import", "--quiet")
		h.git("", "symbolic-ref", "HEAD", "refs/heads/main")
		h.git("", "repack", "-qadf")
	}
	revs := strings.Fields(os.Getenv("REFWARD_TREEDIFF_REVS"))
	if len(revs) == 0 {
		revs = []string{"-n5000", "HEAD"}
	}
	out := h.git("", append([]string{"rev-list", "--parents"}, revs...)...)
	var stdin strings.Builder
	for line := range strings.Lines(out) {
		ids := strings.Fields(line)
		for _, parent := range ids[1:] {
			fmt.Fprintf(&stdin, "%s %s\n", ids[0], parent)
			h.pairs = append(h.pairs, [2]odb.ID{parseID(b, ids[0]), parseID(b, parent)})
		}
	}
	h.stdin = stdin.String()
	return h
}

func parseID(t testing.TB, s string) odb.ID {
	id, err := odb.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// madeHistory returns commits that change three of 4,000 files in 40 directories each.
func madeHistory(commits int) string {
	r := rand.New(rand.NewPCG(7, 8))
	var b strings.Builder
	for n := range commits {
		fmt.Fprintf(&b, "commit refs/heads/main\ncommitter A U Thor <a@example.com> %d +0000\ndata 1\n.\n", 1_700_000_000+n)
		files := 3
		if n == 0 {
			files = 8000
		}
		for range files {
			i := r.IntN(4000)
			fmt.Fprintf(&b, "M 100644 inline d%d/e%d/some-name-%d.go\ndata 9\n%09d\n", i%10, i%40/10, i, r.IntN(1e9))
		}
	}
	return b.String()
}

// cpu returns the processor time in seconds that this process and its children have used.
func cpu() float64 {
	total := 0.0
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if unix.Getrusage(who, &u) == nil {
			total += float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
		}
	}
	return total
}

// measure reports the processor time of run, and how many changes it found.
func (h *history) measure(b *testing.B, run func() (int, error)) {
	b.Helper()
	start, n := cpu(), 0
	for b.Loop() {
		var err error
		if n, err = run(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu()-start)*1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(n), "changes")
}

// diffTree runs git over all pairs and counts what it lists.
func (h *history) diffTree() (int, error) {
	cmd := exec.Command("git", "--no-replace-objects", "diff-tree", "--stdin", "-r", "--raw", "-z", "--no-renames", "--ignore-submodules=none")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_DIR=" + h.dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"}
	cmd.Stdin = strings.NewReader(h.stdin)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	n, last, buf := 0, byte('\n'), make([]byte, 1<<16) // whoever asks reads it at least
	for err == nil {
		var k int
		k, err = out.Read(buf)
		for at := 0; at < k; {
			i := bytes.IndexByte(buf[at:k], ':')
			if i < 0 {
				break
			}
			if at += i; at > 0 {
				last = buf[at-1]
			}
			if last == 0 || last == '\n' {
				n++
			}
			at++
		}
		if k > 0 {
			last = buf[k-1]
		}
	}
	return n, cmd.Wait()
}

// treeOf reads which tree a commit has.
func treeOf(s *odb.Store, commit odb.ID) (odb.ID, error) {
	_, data, err := s.Read(commit, 1<<20)
	if err != nil || len(data) < 46 {
		return odb.ID{}, fmt.Errorf("commit %s: %w", commit, err)
	}
	return odb.ParseID(string(data[5:45]))
}

// own compares all pairs with a fresh store and a cache of so many bytes.
func (h *history) own(o odb.Options, cache int) (n int, err error) {
	s, err := odb.Open([]string{filepath.Join(h.dir, "objects")}, o)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	var src Source = s
	if cache > 0 {
		src = NewCache(s, odb.Tree, cache)
	}
	for _, p := range h.pairs {
		is, err := treeOf(s, p[0])
		if err != nil {
			return n, err
		}
		was, err := treeOf(s, p[1])
		if err != nil {
			return n, err
		}
		if err := Diff(context.Background(), src, was, is, func(Change) error { n++; return nil }); err != nil {
			return n, err
		}
	}
	return n, nil
}

func BenchmarkDiff(b *testing.B) {
	h := benchHistory(b)
	b.Logf("%d comparisons", len(h.pairs))
	b.Run("git", func(b *testing.B) { h.measure(b, h.diffTree) })
	for _, mib := range []int{0, 4, 16, 32, 64} {
		b.Run("own/cache="+strconv.Itoa(mib), func(b *testing.B) {
			h.measure(b, func() (int, error) { return h.own(odb.Options{}, mib<<20) })
		})
	}
	b.Run("own/cache=32,unverified", func(b *testing.B) {
		h.measure(b, func() (int, error) { return h.own(odb.Options{Verify: odb.VerifyNone}, 32<<20) })
	})
}
