//go:build unix

package indexfile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// On Windows a file is read whole when it is opened.

// TestChangedWhileOpen cuts off and overwrites a file that somebody reads. A program that has mapped it would be killed.
func TestChangedWhileOpen(t *testing.T) {
	whole := data(t, large(t))
	path := filepath.Join(t.TempDir(), "index")
	for what, change := range map[string]func() error{
		"cut off":     func() error { return os.Truncate(path, int64(len(whole)/2)) },
		"empty":       func() error { return os.Truncate(path, 0) },
		"overwritten": func() error { return os.WriteFile(path, make([]byte, len(whole)), 0o600) },
	} {
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		before, err := f.Runs(0)
		if err != nil {
			t.Fatal(err)
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		after, err := f.Runs(0) // is read
		if err != nil || !slices.Equal(before, after) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := text(f); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := f.Bytes(); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Replaced by another, it stays what it was.
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err == nil {
		err = os.WriteFile(path+".new", []byte("another"), 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data(t, f), whole) {
		t.Error("it is another")
	}
}

// TestReadsLittle shows that a question about one file does not read the others.
func TestReadsLittle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index")
	m := model{}
	for i := range 300 {
		for k := range 2000 {
			m[fmt.Sprint(i)] = append(m[fmt.Sprint(i)], 1+(i*31+k*17)%9000)
		}
	}
	if err := os.WriteFile(path, data(t, m.encode(t, testHead(), nil, m.paths(), map[int]int32{})), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	i, _ := f.Find("7")
	runs, err := f.Runs(i)
	if err == nil {
		_, err = f.Commit(runs[0].Commit)
	}
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for i := range f.body.blocks {
		if f.body.blocks[i].Load() != nil {
			read++
		}
	}
	read += len(f.body.first) / blockSize
	if read > 12 || len(f.body.blocks) < 100 {
		t.Errorf("%d blocks of %d were read", read, len(f.body.blocks))
	}
}
