//go:build unix

package odb

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	lru "github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"golang.org/x/sys/unix"
)

// benchRepository returns the git directory of the repository to measure: that of REFWARD_ODB_BENCH, or one made of the
// sources of the modules that this one depends on, a commit for each module, repacked as "git gc" does.
func benchRepository(b *testing.B) string {
	b.Helper()
	if dir := os.Getenv("REFWARD_ODB_BENCH"); dir != "" {
		return dir
	}
	f := newFixture(b)
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/go-git/go-git/v5", "github.com/zricethezav/gitleaks/v8",
		"github.com/klauspost/compress", "golang.org/x/tools", "golang.org/x/sys").Output()
	if err != nil {
		b.Fatal(err)
	}
	f.env = []string{"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_AUTHOR_DATE=1700000000 +0000",
		"GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com", "GIT_COMMITTER_DATE=1700000000 +0000"}
	for dir := range strings.Lines(string(out)) {
		dir = strings.TrimSpace(dir)
		f.git("", "--work-tree="+dir, "-c", "core.bare=false", "add", "-A", "-f")
		f.git("", "--work-tree="+dir, "-c", "core.bare=false", "commit", "-q", "--no-verify", "-m", filepath.Base(dir))
	}
	f.git("", "repack", "-qadf")
	return f.dir
}

// A bench is what the benchmarks of one repository share.
type bench struct {
	dir   string
	all   []ID
	blobs []ID // in pack order
	bytes int64
	mixed []ID // the blobs in random order
}

func newBench(b *testing.B) *bench {
	b.Helper()
	w := &bench{dir: benchRepository(b)}
	s := open(b, Options{}, w.objects())
	for id, err := range s.Objects(w.objects()) {
		if err != nil {
			b.Fatal(err)
		}
		w.all = append(w.all, id)
		kind, size, err := s.Info(id)
		if err != nil {
			b.Fatal(err)
		}
		if kind == Blob {
			w.blobs = append(w.blobs, id)
			w.bytes += size
		}
	}
	w.mixed = append(w.mixed, w.blobs...)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(w.mixed), func(i, j int) { w.mixed[i], w.mixed[j] = w.mixed[j], w.mixed[i] })
	return w
}

func (w *bench) objects() string { return filepath.Join(w.dir, "objects") }

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

// measure runs what is measured and reports the processor time, which other load on the machine changes least.
func measure(b *testing.B, run func() error) {
	b.Helper()
	start := cpu()
	for b.Loop() {
		if err := run(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu()-start)*1000/float64(b.N), "cpu-ms/op")
}

// catFile runs git over the ids.
func (w *bench) catFile(b *testing.B, ids []ID, mode string) {
	var in strings.Builder
	for _, id := range ids {
		fmt.Fprintln(&in, id)
	}
	measure(b, func() error {
		cmd := exec.Command("git", "--no-replace-objects", "cat-file", "--buffer", mode)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_DIR=" + w.dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_NO_LAZY_FETCH=1"}
		cmd.Stdin = strings.NewReader(in.String())
		out, err := cmd.StdoutPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		buf := make([]byte, 1<<16) // whoever asks reads it at least
		for err == nil {
			_, err = out.Read(buf)
		}
		return cmd.Wait()
	})
}

// own opens a store, with nothing in its cache, and runs use on each id.
func (w *bench) own(b *testing.B, ids []ID, o Options, use func(*Store, ID) error) {
	measure(b, func() error {
		s, err := Open([]string{w.objects()}, o)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := use(s, id); err != nil {
				return err
			}
		}
		return s.Close()
	})
}

// goGit reads the ids through go-git's storage.
func (w *bench) goGit(b *testing.B, ids []ID) {
	measure(b, func() error {
		storage := filesystem.NewStorage(osfs.New(w.dir), lru.NewObjectLRUDefault())
		for _, id := range ids {
			o, err := storage.EncodedObject(plumbing.AnyObject, plumbing.Hash(id))
			if err != nil {
				return err
			}
			r, err := o.Reader()
			if err != nil {
				return err
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				return err
			}
			if err := r.Close(); err != nil {
				return err
			}
		}
		return storage.Close()
	})
}

func BenchmarkStore(b *testing.B) {
	w := newBench(b)
	b.Logf("%d objects, %d blobs of %d bytes", len(w.all), len(w.blobs), w.bytes)
	info := func(s *Store, id ID) error { _, _, err := s.Info(id); return err }
	read := func(s *Store, id ID) error { _, _, err := s.Read(id, -1); return err }
	b.Run("info/git", func(b *testing.B) { w.catFile(b, w.all, "--batch-check") })
	b.Run("info/odb", func(b *testing.B) { w.own(b, w.all, Options{}, info) })
	for _, order := range []struct {
		name string
		ids  []ID
	}{{"pack-order", w.blobs}, {"random", w.mixed}} {
		b.Run(order.name+"/git", func(b *testing.B) { w.catFile(b, order.ids, "--batch") })
		b.Run(order.name+"/odb", func(b *testing.B) { w.own(b, order.ids, Options{}, read) })
		b.Run(order.name+"/odb-unverified", func(b *testing.B) { w.own(b, order.ids, Options{Verify: VerifyNone}, read) })
		b.Run(order.name+"/go-git", func(b *testing.B) { w.goGit(b, order.ids) })
	}
}
