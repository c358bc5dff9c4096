//go:build unix

package native

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestConfigIsAPipe: a configuration that never ends does not hold up the hook.
func TestConfigIsAPipe(t *testing.T) {
	r := newRepo(t)
	path := filepath.Join(r.dir, "config")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: r.dir, GitDir: r.dir}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
}
