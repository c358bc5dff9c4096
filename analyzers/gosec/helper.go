package gosec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/analyzers/gosec/wire"
)

// HelperName is the name of the helper program's file.
const HelperName = "refward-gosec"

// ErrNoHelper says that the helper program is not installed.
var ErrNoHelper = errors.New("the helper program is not installed")

// FindHelper returns the absolute path of the helper program of the running program.
func FindHelper() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find %s: %w", HelperName, err)
	}
	return HelperBeside(self)
}

// HelperBeside returns the absolute path of the helper program of a program: the file beside it, beside what it is a link to, or where
// programs are installed, since refward-receive may have been copied into a repository as its hook. It is never looked for in PATH, which a
// pusher's environment may have a say in.
func HelperBeside(program string) (string, error) {
	dirs := []string{filepath.Dir(program)}
	if target, err := filepath.EvalSymlinks(program); err == nil && filepath.Dir(target) != dirs[0] {
		dirs = append(dirs, filepath.Dir(target))
	}
	name := HelperName
	if runtime.GOOS == "windows" {
		name += ".exe"
	} else {
		dirs = append(dirs, "/usr/local/bin", "/usr/bin")
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: there is no %s in %s", ErrNoHelper, name, strings.Join(slices.Compact(dirs), ", "))
}

// margin is how long before the deadline the helper is to come to an end by itself, so that what it has not done can be named.
const margin = 300 * time.Millisecond

// maxRestarts bounds how often a helper that has died is started again, without what it died of.
const maxRestarts = 3

// A helper is the helper program at work, started when there is something to do. It is not for concurrent use.
type helper struct {
	host     Host
	capped   bool          // by left
	left     time.Duration // CPU time that may still be used
	restarts int
	trees    int    // jobs that were begun
	version  string // of Go, that the code is for: gosec knows one in a process

	proc *process
}

// use says which version of Go the code of the next jobs is for.
func (h *helper) use(version string) {
	if version != h.version {
		h.close()
		h.version = version
	}
}

// A process is one run of the helper program.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	wire   *wire.Check
	stderr *tail

	charged time.Duration // CPU time of the jobs that it came to the end of
}

// A pkg is what was found out about one package.
type pkg struct {
	empty      bool // there is no package
	issues     []wire.Issue
	nosecs     []wire.Nosec
	reduced    []string // why that is not all, as far as it is the types of other modules that are missing
	unexamined []string // likewise, for any other reason
	files      []string // paths of the files that it consists of
	api        *wire.API
	died       string // why the helper ended at it; "" = it did not
	due        []wire.Stage
	took       map[wire.Stage]bool
}

// open reports whether there is a stage that it ought to have gone through, and has not.
func (p *pkg) open() bool {
	return !p.empty && (!p.took[wire.Reading] || slices.ContainsFunc(p.due, func(s wire.Stage) bool { return !p.took[s] }))
}

// do looks at the packages of a job in its trees. It returns what was found of each, and as an error only what kept it from looking at
// any, or from reading the tree: a package at which the helper dies is one that was not examined.
func (h *helper) do(ctx context.Context, job *wire.Job, trees ...fs.FS) (map[string]*pkg, error) {
	found := map[string]*pkg{}
	for _, dir := range job.Dirs {
		found[dir] = &pkg{took: map[wire.Stage]bool{}}
	}
	job.Tree, job.Run.GoVersion = h.trees, h.version
	h.trees += len(trees)
	why := ""
	for why == "" {
		if h.capped && h.left <= 0 {
			why = "there was no CPU time left"
			break
		}
		if end, ok := ctx.Deadline(); ok {
			if job.Wall = time.Until(end) - margin; job.Wall <= 0 {
				why = "there was no time left"
				break
			}
		}
		var begun *wire.Step
		err := h.try(ctx, job, trees, found, &begun)
		if err == nil {
			break
		}
		var broken *wire.TreeError
		if ctx.Err() != nil {
			return found, context.Cause(ctx)
		}
		if errors.As(err, &broken) {
			h.close()
			return found, fmt.Errorf("read the tree: %w", broken.Err)
		}
		if h.proc == nil { // it did not even begin
			return found, err
		}
		reason, final := h.died(err)
		switch {
		case begun != nil && found[begun.Dir] != nil:
			p := found[begun.Dir]
			p.unexamined = append(p.unexamined, fmt.Sprintf("%s: %s", begun.Stage, reason))
			p.died = reason
			p.took[begun.Stage] = true
			job.Fatal = append(job.Fatal, *begun)
		case h.restarts == 0 && !final:
			return found, fmt.Errorf("%s: %s", HelperName, reason)
		}
		if h.restarts++; final || h.restarts > maxRestarts {
			why = reason
		}
	}
	if why != "" {
		for _, dir := range job.Dirs {
			if p := found[dir]; p.open() {
				p.unexamined = append(p.unexamined, why)
			}
		}
	}
	return found, nil
}

// try gives the job to a helper once.
func (h *helper) try(ctx context.Context, job *wire.Job, trees []fs.FS, found map[string]*pkg, begun **wire.Step) error {
	if h.proc == nil {
		if err := h.start(ctx); err != nil {
			return err
		}
	}
	if h.capped {
		job.CPU = h.left
	}
	used, err := h.proc.wire.DoTrees(job, trees,
		func(s wire.Step) { *begun = &s },
		func(f wire.Found) {
			*begun = nil
			if p := found[f.Step.Dir]; p != nil {
				p.add(f)
				job.Done = append(job.Done, f.Step)
			}
		})
	h.left -= used
	if h.proc != nil {
		h.proc.charged += used
	}
	return err
}

// add takes what a step has found.
func (p *pkg) add(f wire.Found) {
	p.took[f.Step.Stage] = true
	p.empty = p.empty || f.Empty
	p.issues = append(p.issues, f.Result.Issues...)
	p.nosecs = append(p.nosecs, f.Result.Nosecs...)
	if f.Step.Stage == wire.Reading { // after a death it is read again
		p.files, p.due = f.Files, f.Due
	}
	if f.API != nil {
		p.api = f.API
	}
	p.reduced = appendNew(p.reduced, f.Reduced)
	p.unexamined = appendNew(p.unexamined, f.Unexamined)
}

func appendNew(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// start starts the helper, with an environment that holds nothing of the pusher's, in a directory that holds nothing of the repository's.
func (h *helper) start(ctx context.Context) error {
	path := h.host.Helper
	if path == "" {
		var err error
		if path, err = FindHelper(); err != nil {
			return err
		}
	}
	p := &process{stderr: &tail{}}
	p.cmd = exec.CommandContext(ctx, path, "serve") // #nosec G204 -- an absolute path beside the running program, and no argument of the pusher's
	p.cmd.Dir = filepath.Dir(path)
	// What gosec links makes tables when the program starts; with fewer collections that takes a fifth less.
	p.cmd.Env = []string{"GOTRACEBACK=single", "GOGC=400"}
	if root := os.Getenv("SYSTEMROOT"); root != "" { // without which no program starts on Windows
		p.cmd.Env = append(p.cmd.Env, "SYSTEMROOT="+root)
	}
	p.cmd.Stderr = p.stderr
	p.cmd.WaitDelay = time.Second
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start the helper program: %w", err)
	}
	p.in = in
	if p.wire, err = wire.Dial(out, in); err != nil {
		_ = p.in.Close()
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		return fmt.Errorf("%s: %w%s", path, err, p.stderr.first())
	}
	h.proc = p
	return nil
}

// died says why the helper has ended, and whether it would again.
func (h *helper) died(err error) (reason string, final bool) {
	p := h.proc
	h.proc = nil
	_ = p.in.Close()
	_ = p.cmd.Process.Kill() // whatever it says, it is not understood any more
	_ = p.cmd.Wait()
	state := p.cmd.ProcessState
	h.left -= max(0, state.UserTime()+state.SystemTime()-p.charged)
	switch state.ExitCode() {
	case wire.ExitMemory:
		return "more memory was needed than there is for it", true
	case wire.ExitCPU:
		return "more CPU time was needed than there is for it", true
	}
	if line := p.stderr.first(); line != "" {
		return strings.TrimPrefix(line, ": "), false
	}
	return err.Error(), false
}

// close ends the helper.
func (h *helper) close() {
	if h.proc == nil {
		return
	}
	p := h.proc
	h.proc = nil
	_ = p.in.Close()
	_ = p.cmd.Process.Kill() // it has nothing to put in order
	_ = p.cmd.Wait()
}

// A tail keeps the beginning of what the helper writes to its standard error: why a Go program died is in the first lines.
type tail struct{ buf bytes.Buffer }

const maxStderr = 16 << 10 // bytes

func (t *tail) Write(p []byte) (int, error) {
	t.buf.Write(p[:min(len(p), maxStderr-t.buf.Len())])
	return len(p), nil
}

// first returns the line that says why the program died, such as ": fatal error: stack overflow", or "".
func (t *tail) first() string {
	lines := strings.Split(t.buf.String(), "\n")
	i := slices.IndexFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "fatal error:") || strings.HasPrefix(l, "panic:") || strings.HasPrefix(l, "error:")
	})
	if i < 0 {
		return ""
	}
	return ": " + lines[i]
}
