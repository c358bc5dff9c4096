// Package gitiotest makes repositories for the tests of those who read them through gitio.
package gitiotest

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/refward/refward/internal/gitio"
)

// A Bare is a bare repository in a folder of the test, with nothing of the machine's configuration.
type Bare struct {
	T   testing.TB
	Dir string
}

// New makes an empty one; options are further ones of git init.
func New(t testing.TB, options ...string) Bare {
	t.Helper()
	b := Bare{T: t, Dir: t.TempDir()}
	b.Git("", append([]string{"init", "-q", "--bare", "--template=", "-b", "main"}, options...)...)
	return b
}

// Environ is git's environment.
func (b Bare) Environ() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.Dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"}
}

// Git runs git and returns what it prints.
func (b Bare) Git(stdin string, args ...string) string {
	b.T.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = b.Dir, b.Environ(), strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		b.T.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}

// Open opens the repository until the test ends.
func (b Bare) Open() *gitio.Repo {
	b.T.Helper()
	r, err := gitio.Open(b.T.Context(), gitio.Options{Dir: b.Dir, Environ: append(b.Environ(), "GIT_DIR="+b.Dir)})
	if err != nil {
		b.T.Fatal(err)
	}
	b.T.Cleanup(func() { _ = r.Close() })
	return r
}
