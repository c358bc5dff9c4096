package plumbing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// hardened are the options before every subcommand. Configuration of the repository or the user that could change what
// plumbing prints is overridden here.
var hardened = []string{
	"--no-replace-objects", "--no-pager", "--literal-pathspecs",
	"-c", "core.quotePath=true",
	"-c", "core.fsmonitor=false", // a program that the configuration names
	"-c", "advice.graftFileDeprecated=false",
	"-c", "diff.renameLimit=1000",
	"-c", "attr.tree=", // since git 2.43 a bare repository reads attributes from HEAD's tree
}

// command prepares a run of git in the repository, killed when ctx is done.
func (g *Git) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, g.program, append(hardened[:len(hardened):len(hardened)], args...)...)
	cmd.Env = g.env
	cmd.Dir = g.dir
	cmd.WaitDelay = time.Second       // a grandchild must not hold the pipes for ever
	cmd.Stdin = strings.NewReader("") // a nil Stdin opens /dev/null, which a bare chroot lacks
	return cmd
}

// Output runs git with stdin and returns what it prints.
func (g *Git) Output(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	cmd := g.command(ctx, args...)
	if stdin != nil {
		cmd.Stdin = stdin
	}
	var stdout bytes.Buffer
	var stderr tail
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, gitError(ctx, args[0], err, &stderr)
	}
	return stdout.Bytes(), nil
}

// Show runs git, what it says being for the user's eyes as it comes: says gets both of its outputs.
func (g *Git) Show(ctx context.Context, says io.Writer, args ...string) error {
	cmd := g.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = says, says
	if err := cmd.Run(); err != nil {
		return gitError(ctx, args[0], err, &tail{})
	}
	return nil
}

// A stream is a running git whose output is read as it comes.
type stream struct {
	io.Reader
	cmd    *exec.Cmd
	ctx    context.Context
	stderr tail
	name   string
	cancel context.CancelFunc
	ended  bool
}

// start runs git with stdin and returns its output as a stream, which the caller closes.
func (g *Git) start(ctx context.Context, stdin io.Reader, args ...string) (*stream, error) {
	ctx, cancel := context.WithCancel(ctx)
	s := &stream{cmd: g.command(ctx, args...), ctx: ctx, cancel: cancel, name: args[0]}
	if stdin != nil {
		s.cmd.Stdin = stdin
	}
	s.cmd.Stderr = &s.stderr
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		err = gitError(ctx, s.name, err, &s.stderr)
		cancel()
		return nil, err
	}
	s.Reader = out
	return s, nil
}

// wait ends a stream that was read to its end and reports how git ended.
func (s *stream) wait() error {
	defer s.cancel()
	s.ended = true
	if err := s.cmd.Wait(); err != nil {
		return gitError(s.ctx, s.name, err, &s.stderr)
	}
	return nil
}

// stop ends a stream that is not wanted any more; one that has ended stays as it is.
func (s *stream) stop() {
	s.cancel()
	if s.ended {
		return
	}
	s.ended = true
	_ = s.cmd.Wait() // killed: its status says nothing
}

// fail ends a stream whose output was not understood, and tells why: when the output broke off, how git ended; else what it said.
func (s *stream) fail(err error) error {
	if cause := context.Cause(s.ctx); cause != nil {
		err = cause
	} else if errors.Is(err, io.ErrUnexpectedEOF) {
		if ended := s.wait(); ended != nil {
			return ended
		}
	}
	s.stop()
	if text := s.stderr.reason(); text != "" && !errors.Is(err, context.Cause(s.ctx)) {
		return fmt.Errorf("git %s: %s", s.name, text)
	}
	return fmt.Errorf("git %s: %w", s.name, err)
}

// gitError tells why a git command did not do its work, in git's own words.
func gitError(ctx context.Context, name string, err error, stderr *tail) error {
	if ctx.Err() != nil {
		return fmt.Errorf("git %s: %w", name, context.Cause(ctx))
	}
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("git %s: no git program in PATH: %w", name, err)
	}
	if text := stderr.reason(); text != "" {
		return fmt.Errorf("git %s: %s (%w)", name, text, err)
	}
	return fmt.Errorf("git %s: %w", name, err)
}

// ExitCode returns the exit code of git in an error of [Git.Output], or -1.
func ExitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

// A tail keeps the first 4 KiB of what a child says on stderr: enough for its reason, bounded against a flood.
type tail struct{ buf bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	if room := 4096 - t.buf.Len(); room > 0 {
		t.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// reason returns, on one line and without git's prefixes, why git gave up: what was fatal and the first error before it, else
// whatever it said first.
func (t *tail) reason() string {
	var fatal, failure, first string
	for line := range strings.Lines(t.buf.String()) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "fatal: "); ok && fatal == "" {
			fatal = rest
		} else if rest, ok := strings.CutPrefix(line, "error: "); ok && failure == "" {
			failure = rest
		} else if first == "" {
			first = line
		}
	}
	switch {
	case fatal != "" && failure != "":
		return fatal + ": " + failure
	case fatal+failure != "":
		return fatal + failure
	}
	return first
}
