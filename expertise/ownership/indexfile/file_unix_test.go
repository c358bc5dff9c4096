//go:build unix

package indexfile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestNotRegular opens what is no file: nobody waits for a writer, and nothing is read without an end.
func TestNotRegular(t *testing.T) {
	dir := t.TempDir()
	pipe, link, loop := filepath.Join(dir, "pipe"), filepath.Join(dir, "link"), filepath.Join(dir, "loop")
	for _, err := range []error{syscall.Mkfifo(pipe, 0o600), os.Symlink("pipe", link), os.Symlink("loop", loop)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{pipe, link, os.DevNull} {
		if _, err := Open(path); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Open(loop); err == nil {
		t.Error("a loop is opened")
	}
	// A link to a file is one.
	whole := data(t, large(t))
	if err := os.WriteFile(filepath.Join(dir, "index"), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "to")
	if err := os.Symlink("index", to); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(to); err != nil {
		t.Error(err)
	}
}
