package census_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/gitio"
)

// many makes an index of more than one block.
func many(t *testing.T) (*fixture, *gitio.Repo, census.Tip, []byte) {
	t.Helper()
	f := newFixture(t)
	files := map[string]string{}
	for i := range 700 {
		files[fmt.Sprintf("directory/with/files/%d", i)] = lines(fmt.Sprint(i), 5)
	}
	f.commit(ada, 0, files)
	f.commit(ben, 1, map[string]string{"directory/with/files/7": lines("7", 9)})
	repo, tip := f.index()
	whole, err := os.ReadFile(ownership.Path(f.Dir))
	if err != nil || len(whole) < 1<<15 {
		t.Fatalf("%d bytes: %v", len(whole), err)
	}
	return f, repo, tip, whole
}

// left fails where more than the index is left in its directory.
func left(t *testing.T, f *fixture) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(f.Dir, "refward", "*"))
	hidden, hiddenErr := filepath.Glob(filepath.Join(f.Dir, "refward", ".*"))
	if err != nil || hiddenErr != nil || len(names) != 1 || len(hidden) > 0 {
		t.Errorf("in the directory of the index: %q %q", names, hidden)
	}
}

// TestRefreshReplaces puts what is no good index in its place, of all kinds: it is said, and what comes of it is the index as it was.
func TestRefreshReplaces(t *testing.T) {
	f, repo, tip, whole := many(t)
	path := ownership.Path(f.Dir)
	other := newFixture(t)
	other.commit(cyd, 3, map[string]string{"directory/with/files/7": lines("7", 9)})
	other.index()
	foreign, err := os.ReadFile(ownership.Path(other.Dir))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string][]byte{"empty": {}, "text": []byte("an index\n"), "zeros": make([]byte, len(whole)), "longer": append(bytes.Clone(whole), whole...), "foreign": foreign}
	for n := 1; n < len(whole); n += 1 + len(whole)/23 {
		kinds[fmt.Sprint("torn at ", n)] = whole[:n]
		flipped := bytes.Clone(whole)
		flipped[n] ^= 0x10
		kinds[fmt.Sprint("flipped at ", n)] = flipped
	}
	for _, version := range []byte{0, 1, 2, 4, 255} {
		data := bytes.Clone(whole)
		data[8] = version
		kinds[fmt.Sprint("version ", version)] = data
	}
	for what, data := range kinds {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := census.Refresh(t.Context(), repo, tip, census.RefreshOptions{Verify: true})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if r.Kept || what != "foreign" && (!errors.Is(r.Damaged, ownership.ErrFormat) || r.Old != "") {
			t.Errorf("%s: kept %v, old %q, damaged: %v", what, r.Kept, r.Old, r.Damaged)
		}
		if is, err := os.ReadFile(path); err != nil || !bytes.Equal(is, whole) {
			t.Errorf("%s: another index is there: %v", what, err)
		}
	}
	left(t, f)
	// Who only asks is told as well, and never gets other figures.
	want := ""
	for what, data := range kinds {
		if want == "" {
			want = rows(area(t, repo, tip))
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := census.Take(t.Context(), repo, tip, census.Options{})
		if err == nil {
			var a census.Area
			if a, err = c.Area("", census.Filter{}); err == nil && rows(a) != want {
				t.Errorf("%s: %s", what, rows(a))
			}
		}
		if err != nil && !errors.Is(err, ownership.ErrFormat) && !errors.Is(err, census.ErrForeign) {
			t.Errorf("%s: %v", what, err)
		}
		if err == nil && !strings.HasPrefix(what, "flipped") { // what was not asked for was not read
			t.Errorf("%s: it is taken for an index", what)
		}
	}
}

func area(t *testing.T, repo *gitio.Repo, tip census.Tip) census.Area {
	t.Helper()
	c, err := census.Take(t.Context(), repo, tip, census.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Area("", census.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestRefreshThatCannotWrite ends before it looks at any commit.
func TestRefreshThatCannotWrite(t *testing.T) {
	f := newFixture(t)
	f.commit(ada, 0, map[string]string{"a": lines("a", 3)})
	repo, tip := f.index()
	path := ownership.Path(f.Dir)
	fails := func(what string) {
		t.Helper()
		looked := false
		_, err := census.Refresh(t.Context(), repo, tip, census.RefreshOptions{Progress: func(int) { looked = true }})
		if err == nil || looked {
			t.Errorf("%s: %v; looked at commits: %v", what, err, looked)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	fails("a directory in its place")
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Dir(path), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fails("a file in place of its directory")
	if err := os.Remove(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Dir(path), 0o500); err != nil {
		t.Fatal(err)
	}
	if probe, err := os.Create(filepath.Join(filepath.Dir(path), "probe")); err == nil { // an administrator may write there, and so may everybody on Windows
		_ = probe.Close()
		return
	}
	fails("no permission")
}

// TestWritersAndReaders has two who bring the index to different tips, again and again, and others who ask meanwhile.
func TestWritersAndReaders(t *testing.T) {
	f, repo, old, first := many(t)
	f.commit(cyd, 2, map[string]string{"directory/with/files/7": lines("other", 4), "new": lines("new", 2)})
	repo, tip := f.index()
	second, err := os.ReadFile(ownership.Path(f.Dir))
	if err != nil || bytes.Equal(first, second) {
		t.Fatal(err)
	}
	var writers, readers sync.WaitGroup
	for _, to := range []census.Tip{old, tip} {
		writers.Go(func() {
			for i := range 12 {
				if _, err := census.Refresh(t.Context(), repo, to, census.RefreshOptions{Rebuild: i%4 == 3}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan bool)
	for range 2 {
		readers.Go(func() {
			for {
				x, err := ownership.Open(ownership.Path(f.Dir))
				if err != nil {
					t.Error(err)
					return
				}
				data, err := x.Bytes()
				if err != nil || !bytes.Equal(data, first) && !bytes.Equal(data, second) {
					t.Errorf("neither the one nor the other: %v", err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	left(t, f)
}

// TestRefreshGoesOn ends the first build, and another goes on where it was.
func TestRefreshGoesOn(t *testing.T) {
	f := newFixture(t)
	const n = 4200 // more than one step of the walk
	for i := range n {
		when := day0 + i
		fmt.Fprintf(&f.in, "commit refs/heads/main\nauthor %s %d +0000\ncommitter %s %d +0000\ndata 1\nx\n", ada, when, ada, when)
		for name, text := range map[string]string{"first": "x\n", fmt.Sprint("f", i%5): lines(fmt.Sprint(i), 2)} {
			fmt.Fprintf(&f.in, "M 100644 inline %s\ndata %d\n%s\n", name, len(text), text)
		}
	}
	f.Git(f.in.String(), "fast-import", "--quiet")
	repo := f.Open()
	tip, err := census.Trusted(t.Context(), repo)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	_, err = census.Refresh(ctx, repo, tip, census.RefreshOptions{PartEvery: time.Nanosecond, Progress: func(int) { end() }})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("it was not ended: %v", err)
	}
	if _, err := os.Stat(ownership.PartPath(f.Dir)); err != nil {
		t.Fatal(err)
	}
	seen := 0
	r, err := census.Refresh(t.Context(), repo, tip, census.RefreshOptions{Progress: func(n int) {
		if seen == 0 {
			seen = n
		}
	}})
	if err != nil || seen != n {
		t.Errorf("%d commits looked at in the first step: %v", seen, err)
	}
	left(t, f)
	went, err := r.Index.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	// What is erased is gone, and what is begun anew does not go on.
	part := ownership.PartPath(f.Dir)
	if err := os.WriteFile(part, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := census.Forget(f.Dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(part); err == nil {
		t.Error("a part is not forgotten")
	}
	if err := os.WriteFile(part, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err = census.Refresh(t.Context(), repo, tip, census.RefreshOptions{Rebuild: true})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.Index.Bytes(); err != nil || !bytes.Equal(went, again) {
		t.Errorf("it went on to another index: %v", err)
	}
	left(t, f)
}
