package hooks

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

// origin is the remote that a clone comes from (git-clone(1), "--origin"), whose HEAD tells what a server will call HEAD.
const origin = "origin"

// PreCommit judges what is staged, for pre-commit and pre-merge-commit (githooks(5)).
func (g *Gate) PreCommit(ctx context.Context, hook string) int {
	return g.client(ctx, hook, origin, func(ctx context.Context, r *run) (*analyzers.Change, error) {
		return r.repo.Staged(ctx, r.Environ, gitio.Scope{Protected: r.protected, Floor: r.floor})
	})
}

// CommitMsg judges the message in file, which git gives to commit-msg (githooks(5)).
func (g *Gate) CommitMsg(ctx context.Context, file string) int {
	code := g.client(ctx, "commit-msg", origin, func(ctx context.Context, r *run) (*analyzers.Change, error) {
		path := file
		if !filepath.IsAbs(path) {
			path = filepath.Join(r.Dir, path)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read the commit message: %w", err)
		}
		message, err := r.repo.CleanMessage(ctx, string(text))
		if err != nil {
			return nil, err
		}
		if message == "" { // git will not commit it
			return nil, nil
		}
		staged, err := r.repo.Staged(ctx, r.Environ, gitio.Scope{})
		if err != nil {
			return nil, err
		}
		r.staged = staged.Content
		return r.repo.Message(ctx, r.Environ, message, gitio.Scope{Protected: r.protected, Floor: r.floor})
	})
	if code == policy.ExitRefused {
		// git commit leaves the message in that file until the next one.
		if abs, err := filepath.Abs(filepath.Join(g.Dir, file)); err == nil && !filepath.IsAbs(file) {
			file = abs // git runs the hook at the top of the work tree; the developer may be below it
		}
		_, _ = fmt.Fprintf(g.Stderr, "hint: your message is kept; mend it with: git commit -e -F %s (and -a or the paths, if you gave them)\n", shellQuote(file))
	}
	return code
}

// PrePush judges what a push would bring to the remote, before it is sent (githooks(5), "pre-push").
func (g *Gate) PrePush(ctx context.Context, remote string) int {
	return g.client(ctx, "pre-push", remote, func(ctx context.Context, r *run) (*analyzers.Change, error) {
		updates, err := ParsePrePush(r.Stdin)
		if err != nil {
			return nil, &hardError{err}
		}
		if len(updates) == 0 {
			return nil, nil
		}
		return r.repo.Push(ctx, updates, gitio.PushOptions{Protected: r.protected, Floor: r.floor, Remote: remote})
	})
}

// client judges in a developer's hook. Nobody relies on it, since --no-verify exists; it is there to say early what the
// server will say.
func (g *Gate) client(ctx context.Context, hook, remote string, read func(context.Context, *run) (*analyzers.Change, error)) int {
	r := g.begin(hook)
	defer r.close()
	r.pushID, r.client = "", true
	budget := budgetCommit
	if hook == "pre-push" {
		budget = budgetServer
	}
	err := r.guard(func() error {
		if err := r.openInTime(ctx, budget); err != nil {
			return err
		}
		ctx, cancel := r.budget(ctx, budget)
		defer cancel()
		defer r.progress()()
		if err := r.atClone(ctx, remote); err != nil {
			return err
		}
		if err := r.layer(ctx, []string{staged}); err != nil {
			return err
		}
		if r.stack.Mode() == policy.Off {
			return r.judge(ctx, true)
		}
		var err error
		if r.change, err = read(ctx, r); err != nil {
			return err
		}
		if r.change == nil { // nothing to judge
			r.verdict = policy.Verdict{Result: policy.Accepted, Mode: r.stack.Mode()}
			return nil
		}
		return r.judge(ctx, true)
	})
	if err != nil {
		r.fail(err)
	}
	return r.finish()
}

// shellQuote returns s as one word of a POSIX shell.
func shellQuote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(report.Visible(s), "'", `'\''`) + "'"
}
