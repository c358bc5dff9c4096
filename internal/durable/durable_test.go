package durable_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/refward/refward/internal/durable"
)

func TestReplace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.Symlink("file", link); err != nil {
		if runtime.GOOS == "windows" { // not everybody may make one there
			t.Skip(err)
		}
		t.Fatal(err)
	}
	for _, c := range []struct{ path, text string }{{path, "one"}, {path, "two, longer"}, {link, "3"}} {
		if err := durable.Replace(c.path, []byte(c.text), 0o640); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != c.text {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	// What cannot be replaced stays, and nothing is left beside it.
	full := filepath.Join(dir, "dir")
	if err := os.MkdirAll(filepath.Join(full, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := durable.Replace(full, []byte("x"), 0o644); err == nil {
		t.Error("a directory was replaced")
	}
	if err := durable.Replace(filepath.Join(dir, "none", "file"), []byte("x"), 0o644); err == nil {
		t.Error("no directory, no error")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("%v, %v", entries, err)
	}
}
