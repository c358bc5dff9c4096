package gosec

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/refward/refward/analyzers"
)

// misbehaving returns a helper program that does what its name says; see testdata/helper.
func misbehaving(t *testing.T, name string) string {
	t.Helper()
	program, err := builtHelper()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(program, path); err != nil { // a copy that is being written cannot be run while another test starts a process
		noSymlink(t, err)
	}
	return path
}

// noSymlink ends a test that needs a symbolic link, which not everybody may make on Windows.
func noSymlink(t *testing.T, err error) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip(err)
	}
	t.Fatal(err)
}

var builtHelper = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "refward-helper-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "helper")
	out, err := exec.Command("go", "build", "-o", path, "./testdata/helper").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

var threePackages = fstest.MapFS{"a/a.go": {Data: []byte("package a\n")}, "bad/a.go": {Data: []byte("package a\n")}, "c/a.go": {Data: []byte("package a\n")}}

// TestDeath: a helper that dies of one package is started again for the others, and the package is named.
func TestDeath(t *testing.T) {
	for name, why := range map[string]string{"overflow": "stack overflow", "panic": "panic: no", "memory": "more memory was needed"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &checker{opts: Defaults(), host: Host{Helper: misbehaving(t, name)}}
			h := &helper{host: k.host}
			defer h.close()
			found, err := h.do(t.Context(), k.job([]string{"a", "bad", "c"}, analyzers.KindPush), threePackages)
			if err != nil {
				t.Fatal(err)
			}
			if said := strings.Join(found["bad"].unexamined, "\n"); !strings.Contains(said, why) {
				t.Errorf("of the package at which it died it says %q", said)
			}
			if len(found["a"].issues) != 1 {
				t.Errorf("what was found before is lost: %+v", found["a"])
			}
			// More memory will not be there the next time.
			if again := len(found["c"].issues) == 1; again != (name != "memory") {
				t.Errorf("the package behind it: %+v", found["c"])
			}
			if name == "memory" && len(found["c"].unexamined) == 0 {
				t.Error("a package that was not looked at counts as clean")
			}
		})
	}
}

// TestDeathAgain: nobody dies without end.
func TestDeathAgain(t *testing.T) {
	t.Parallel()
	k := &checker{opts: Defaults(), host: Host{Helper: misbehaving(t, "panic")}}
	h := &helper{host: k.host}
	defer h.close()
	dirs := []string{"bad1", "bad2", "bad3", "bad4", "bad5", "bad6", "c"}
	found, err := h.do(t.Context(), k.job(dirs, analyzers.KindPush), fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	if h.restarts != maxRestarts+1 {
		t.Errorf("started %d times again", h.restarts)
	}
	for _, dir := range dirs {
		if len(found[dir].unexamined) == 0 {
			t.Errorf("package %s counts as clean", dir)
		}
	}
}

// TestNoHelper: what cannot be started is an error, and never a clean package.
func TestNoHelper(t *testing.T) {
	for _, name := range []string{"mute", "chatty", "old", "missing"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "missing")
			if name != "missing" {
				path = misbehaving(t, name)
			}
			k := &checker{opts: Defaults(), host: Host{Helper: path}}
			h := &helper{host: k.host}
			defer h.close()
			if _, err := h.do(t.Context(), k.job([]string{"a"}, analyzers.KindPush), threePackages); err == nil {
				t.Error("no error")
			}
		})
	}
}

// TestDeadline: a helper that does not answer is ended with the context.
func TestDeadline(t *testing.T) {
	t.Parallel()
	k := &checker{opts: Defaults(), host: Host{Helper: misbehaving(t, "hang")}}
	h := &helper{host: k.host}
	defer h.close()
	late := errors.New("too late")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, late)
	defer cancel()
	found, err := h.do(ctx, k.job([]string{"a", "bad"}, analyzers.KindPush), threePackages)
	if !errors.Is(err, late) {
		t.Errorf("error %v", err)
	}
	if len(found["a"].issues) != 1 {
		t.Error("what was found before is lost")
	}
}

// TestHelperBeside: the helper is beside the program, or beside what that is a link to, and never found through PATH.
func TestHelperBeside(t *testing.T) {
	dir, bin := t.TempDir(), t.TempDir()
	helper := filepath.Join(bin, HelperName)
	for _, path := range []string{helper, filepath.Join(bin, "refward")} {
		if err := os.WriteFile(path, nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "pre-receive")
	if err := os.Symlink(filepath.Join(bin, "refward"), link); err != nil {
		noSymlink(t, err)
	}
	real, err := filepath.EvalSymlinks(helper)
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{filepath.Join(bin, "refward"), link} {
		path, err := HelperBeside(program)
		if resolved, _ := filepath.EvalSymlinks(path); err != nil || resolved != real {
			t.Errorf("beside %s: %s, %v", program, path, err)
		}
	}
	t.Setenv("PATH", bin)
	if path, err := HelperBeside(filepath.Join(dir, "elsewhere")); err == nil && strings.HasPrefix(path, bin) {
		t.Errorf("found %s through PATH", path)
	}
}
