//go:build unix

package census_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/gitio"
)

// TestRefreshOfAPipe puts pipes and links in the place of the index: nobody waits for who would write into them.
func TestRefreshOfAPipe(t *testing.T) {
	f, repo, tip, whole := many(t)
	path := ownership.Path(f.Dir)
	torn := filepath.Join(t.TempDir(), "torn")
	for what, put := range map[string]func() error{
		"a pipe":        func() error { return syscall.Mkfifo(path, 0o600) },
		"a link":        func() error { return os.Symlink(filepath.Join(t.TempDir(), "index"), path) },
		"a broken link": func() error { return os.Symlink(filepath.Join(f.Dir, "nowhere"), path) },
		"a link to less": func() error {
			return errors.Join(os.WriteFile(torn, whole[:9], 0o600), os.Symlink(torn, path))
		},
	} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := put(); err != nil {
			t.Fatal(err)
		}
		if _, err := census.Take(t.Context(), repo, tip, census.Options{}); !errors.Is(err, census.ErrMissing) && !errors.Is(err, ownership.ErrFormat) {
			t.Errorf("%s: who asks is told: %v", what, err)
		}
		if _, err := census.Refresh(t.Context(), repo, tip, census.RefreshOptions{}); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if is, err := os.ReadFile(path); err != nil || !bytes.Equal(is, whole) {
			t.Errorf("%s: another index is there: %v", what, err)
		}
	}
}

// TestRefreshOnAFullDisk lets a process write files of a few kilobytes only, so that it fails in the middle of the index: the old one stays, and
// nothing is left of the new one.
func TestRefreshOnAFullDisk(t *testing.T) {
	if dir := os.Getenv("REFWARD_TEST_FULL"); dir != "" { // that process
		signal.Ignore(syscall.SIGXFSZ) // setrlimit(2), RLIMIT_FSIZE: then write(2) fails
		limit := syscall.Rlimit{Cur: 8192, Max: 8192}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		repo, err := gitio.Open(t.Context(), gitio.Options{Dir: dir, Environ: append(os.Environ(), "GIT_DIR="+dir)})
		if err != nil {
			t.Fatal(err)
		}
		tip, err := census.Trusted(t.Context(), repo)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = census.Refresh(t.Context(), repo, tip, census.RefreshOptions{}); !errors.Is(err, syscall.EFBIG) {
			t.Errorf("it was written: %v", err)
		}
		return
	}
	f, _, old, whole := many(t)
	f.commit(cyd, 2, map[string]string{"directory/with/files/7": lines("other", 4)})
	f.Git(f.in.String()[:bytes.Index(f.in.Bytes(), []byte("M "))]+"from refs/heads/main^0\n"+f.in.String()[bytes.Index(f.in.Bytes(), []byte("M ")):], "fast-import", "--quiet")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestRefreshOnAFullDisk$")
	cmd.Env = append(os.Environ(), "REFWARD_TEST_FULL="+f.Dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if is, err := os.ReadFile(ownership.Path(f.Dir)); err != nil || !bytes.Equal(is, whole) {
		t.Errorf("the old index has changed: %v", err)
	}
	left(t, f)
	repo := f.Open()
	tip, err := census.Trusted(t.Context(), repo)
	if err != nil || tip == old {
		t.Fatal(tip, err)
	}
	if r, err := census.Refresh(t.Context(), repo, tip, census.RefreshOptions{}); err != nil || r.Old != old.Commit {
		t.Errorf("with room again: %+v %v", r, err)
	}
}
