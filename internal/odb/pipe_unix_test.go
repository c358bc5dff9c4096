//go:build unix

package odb

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestPipes: what would wait for ever is an error where a file should be.
func TestPipes(t *testing.T) {
	id := idOf(Blob, []byte("hello"))
	pipe := func(t *testing.T, parts ...string) {
		t.Helper()
		path := filepath.Join(parts...)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), syscall.Mkfifo(path, 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	objects := t.TempDir()
	pipe(t, objects, id.String()[:2], id.String()[2:])
	refuses(t, objects, id, "not a regular file")

	w := newPackWriter()
	w.blob("hello")
	for _, ext := range []string{"pack", "idx"} {
		objects := t.TempDir()
		path := strings.TrimSuffix(w.write(t, objects), "pack") + ext
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		pipe(t, path)
		if _, err := Open([]string{objects}, Options{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%s: %v", ext, err)
		}
	}

	objects = t.TempDir()
	pipe(t, objects, "info", "alternates")
	if _, err := Open([]string{objects}, Options{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("alternates: %v", err)
	}
}
