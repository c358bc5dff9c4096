package plumbing

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
)

// Options say how to run git.
type Options struct {
	Program string   // "" = "git" in PATH
	Dir     string   // where it runs: relative entries of GIT_ALTERNATE_OBJECT_DIRECTORIES refer to it
	GitDir  string   // absolute path of the repository
	Common  string   // absolute path of the directory that linked worktrees share; without any, GitDir
	Environ []string // the whole environment of the children
}

// A Git is a [source.Source] that asks git.
type Git struct {
	program   string
	dir       string
	gitDir    string
	commonDir string
	env       []string
	objects   *catFile
}

var _ source.Source = (*Git)(nil)

// New returns a Git. It starts nothing yet.
func New(o Options) *Git {
	g := &Git{program: o.Program, dir: o.Dir, gitDir: o.GitDir, commonDir: o.Common, env: o.Environ}
	if g.program == "" {
		g.program = "git"
	}
	g.objects = &catFile{git: g}
	return g
}

// Close ends the processes that are still there.
func (g *Git) Close() error { return g.objects.close() }

// String implements [source.Source].
func (g *Git) String() string { return "git" }

// Info implements [source.Objects].
func (g *Git) Info(ctx context.Context, id string) (source.Object, error) {
	return g.objects.info(ctx, id)
}

// Read implements [source.Objects].
func (g *Git) Read(ctx context.Context, id string, limit int64) (source.Object, []byte, error) {
	return g.objects.read(ctx, id, limit)
}

// InfoAll implements [source.Objects].
func (g *Git) InfoAll(ctx context.Context, ids []string, use func(i int, o source.Object, err error) error) error {
	return g.objects.each(ctx, "info", ids, 0, func(i int, o source.Object, _ []byte, err error) error { return use(i, o, err) })
}

// ReadAll implements [source.Objects].
func (g *Git) ReadAll(ctx context.Context, ids []string, limit int64, use func(i int, o source.Object, data []byte, err error) error) error {
	return g.objects.each(ctx, "contents", ids, limit, use)
}

// Order implements [source.Objects]. git does not tell where objects are.
func (g *Git) Order([]string) error { return nil }

// isID reports whether s is a full lower-case hexadecimal id of n digits.
func isID(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}

// Missing says why git cannot run at all, or nil.
func (g *Git) Missing() error {
	if _, err := exec.LookPath(g.program); err != nil {
		return fmt.Errorf("git: %w", err)
	}
	return nil
}
