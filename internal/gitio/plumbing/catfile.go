package plumbing

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/refward/refward/internal/gitio/source"
)

// A catFile reads objects through one long-lived "git cat-file --batch-command" or, on git before 2.36, through one "--batch"
// and one "--batch-check". It starts on first use and serves one request at a time.
type catFile struct {
	git     *Git
	old     bool // git has no --batch-command
	mu      sync.Mutex
	command *conversation // --batch-command
	batch   *conversation // --batch, on an old git
	check   *conversation // --batch-check, on an old git
}

// A conversation is a running git that answers requests. Its process outlives a request's context, since the requests of
// several analyzers share it; one that ends too early is dropped, and the next request starts another.
type conversation struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr tail
	kill   context.CancelFunc
}

func (c *catFile) start(args ...string) (*conversation, error) {
	ctx, kill := context.WithCancel(context.Background())
	v := &conversation{cmd: c.git.command(ctx, args...), kill: kill}
	v.cmd.Stdin = nil
	v.cmd.Stderr = &v.stderr
	var err error
	if v.in, err = v.cmd.StdinPipe(); err == nil {
		var out io.ReadCloser
		if out, err = v.cmd.StdoutPipe(); err == nil {
			v.out = bufio.NewReaderSize(out, 1<<16)
			err = v.cmd.Start()
		}
	}
	if err != nil {
		err = gitError(ctx, args[0], err, &v.stderr)
		kill()
		return nil, err
	}
	return v, nil
}

// open returns the conversation that answers requests of the given verb, "info" or "contents".
func (c *catFile) open(verb string) (*conversation, error) {
	slot, arg := &c.command, "--batch-command"
	if c.old {
		slot, arg = &c.batch, "--batch"
		if verb == "info" {
			slot, arg = &c.check, "--batch-check"
		}
	}
	if *slot == nil {
		v, err := c.start("cat-file", arg)
		if err != nil {
			return nil, err
		}
		*slot = v
	}
	return *slot, nil
}

// end lets git end by itself, within a second.
func (v *conversation) end() error {
	_ = v.in.Close() // git ends at the end of its input
	timer := time.AfterFunc(time.Second, v.kill)
	defer timer.Stop()
	return v.cmd.Wait()
}

// drop forgets a conversation that ended or is in the middle of an answer.
func (c *catFile) drop(v *conversation) {
	v.kill()
	_ = v.in.Close()
	_ = v.cmd.Wait() // killed: its status says nothing
	for _, slot := range []**conversation{&c.command, &c.batch, &c.check} {
		if *slot == v {
			*slot = nil
		}
	}
}

// info returns what is known of an object by id or revision expression.
func (c *catFile) info(ctx context.Context, name string) (source.Object, error) {
	var o source.Object
	err := c.each(ctx, "info", []string{name}, 0, func(_ int, got source.Object, _ []byte, err error) error { o = got; return err })
	return o, err
}

// read returns an object with its content, or with nil content when it has more than limit bytes.
func (c *catFile) read(ctx context.Context, name string, limit int64) (source.Object, []byte, error) {
	var o source.Object
	var data []byte
	err := c.each(ctx, "contents", []string{name}, limit, func(_ int, got source.Object, d []byte, err error) error {
		o, data = got, d
		return err
	})
	return o, data, err
}

// each asks for several objects without waiting in between, and calls use for each in turn. use gets source.ErrNotExist for an
// object that is not there; the first error that it returns ends the calls.
func (c *catFile) each(ctx context.Context, verb string, names []string, limit int64, use func(i int, o source.Object, data []byte, err error) error) error {
	if len(names) == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for from := 0; from < len(names); {
		n, err := c.part(ctx, verb, names[from:], limit, func(i int, o source.Object, data []byte, err error) error { return use(from+i, o, data, err) })
		if err != nil {
			return err
		}
		from += n
	}
	return nil
}

// part is each as far as one git goes, which is to be asked again if it ended early without an error.
func (c *catFile) part(ctx context.Context, verb string, names []string, limit int64, use func(i int, o source.Object, data []byte, err error) error) (n int, err error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	v, err := c.open(verb)
	if err != nil {
		return 0, err
	}
	stop := context.AfterFunc(ctx, v.kill)
	defer func() {
		if !stop() {
			c.drop(v) // ctx ended: whether git is dead yet or not, nobody may ask it again
		}
	}()
	go v.ask(verb, names, c.old)
	for i, name := range names {
		o, data, err := v.answer(name, verb == "contents", limit)
		if err == nil || errors.Is(err, source.ErrNotExist) {
			if err = use(i, o, data, err); err != nil {
				if i < len(names)-1 {
					c.drop(v) // answers that nobody wants are under way
				}
				return i, err
			}
			continue
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			_ = v.end() // it is ending; killed, it would have no exit code
		}
		c.drop(v)
		if ctx.Err() != nil {
			return i, fmt.Errorf("git cat-file: %w", context.Cause(ctx))
		}
		if v.cmd.ProcessState.ExitCode() == usageError && i == 0 && !c.old {
			c.old = true
			return 0, nil
		}
		if err = v.reason(err); !notFetched(err) {
			return i, fmt.Errorf("read object %s: %w", name, err)
		}
		// In a partial clone git ends where in others it misses an object.
		return i + 1, use(i, source.Object{}, nil, fmt.Errorf("object %s: %w: %w", name, source.ErrNotExist, err))
	}
	return len(names), nil
}

// notFetched reports whether git misses an object that a remote has promised, which it may not fetch.
func notFetched(err error) bool {
	return strings.HasPrefix(err.Error(), "could not fetch ") && strings.HasSuffix(err.Error(), " from promisor remote")
}

// usageError is the exit code of every git command that does not know its options.
const usageError = 129

// ask sends the requests. When git ends before it has read them all, the reader of its answers says why.
func (v *conversation) ask(verb string, names []string, old bool) {
	w := bufio.NewWriterSize(v.in, 1<<16)
	for _, name := range names {
		line := name + "\n"
		if !old {
			line = verb + " " + line
		}
		if _, err := w.WriteString(line); err != nil {
			return
		}
	}
	_ = w.Flush()
}

// answer reads one answer (git-cat-file(1), "BATCH OUTPUT").
func (v *conversation) answer(name string, contents bool, limit int64) (source.Object, []byte, error) {
	head, err := v.out.ReadString('\n')
	if err != nil {
		return source.Object{}, nil, err
	}
	head = strings.TrimSuffix(head, "\n")
	if head == name+" missing" || head == name+" ambiguous" {
		return source.Object{}, nil, fmt.Errorf("object %s: %w", name, source.ErrNotExist)
	}
	f := strings.Fields(head)
	if len(f) != 3 {
		return source.Object{}, nil, fmt.Errorf("git says %.200q", head)
	}
	o := source.Object{ID: f[0], Kind: f[1]}
	if o.Size, err = strconv.ParseInt(f[2], 10, 64); err != nil || o.Size < 0 {
		return source.Object{}, nil, fmt.Errorf("git says %.200q", head)
	}
	if isID(name, len(o.ID)) && o.ID != name {
		return source.Object{}, nil, fmt.Errorf("git answers with object %s", o.ID)
	}
	if !contents {
		return o, nil, nil
	}
	if o.Size > limit {
		_, err = io.CopyN(io.Discard, v.out, o.Size+1)
		return o, nil, err
	}
	data := make([]byte, o.Size+1)
	if _, err = io.ReadFull(v.out, data); err != nil {
		return o, nil, err
	}
	if data[o.Size] != '\n' {
		return o, nil, errors.New("git sends more than it announced")
	}
	return o, data[:o.Size:o.Size], nil
}

// reason tells why an answer broke off, in git's words where it left some.
func (v *conversation) reason(err error) error {
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if text := v.stderr.reason(); text != "" {
		return errors.New(text)
	}
	return fmt.Errorf("git cat-file ended in the middle of an answer (%s)", v.cmd.ProcessState)
}

func (c *catFile) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, v := range []*conversation{c.command, c.batch, c.check} {
		if v == nil {
			continue
		}
		if err := v.end(); err != nil {
			errs = append(errs, fmt.Errorf("git cat-file: %w", err))
		}
		v.kill() // frees the context
	}
	c.command, c.batch, c.check = nil, nil, nil
	return errors.Join(errs...)
}
