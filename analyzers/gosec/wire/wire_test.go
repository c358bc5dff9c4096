package wire

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/refward/refward/analyzers"
)

var hello = Hello{Protocol: Protocol}

// talk has a helper that does one job with do, and a check that gives it one.
func talk(t *testing.T, tree fs.FS, do func(*Helper, *Job) error) (began []Step, found []Found, used time.Duration, err error) {
	t.Helper()
	toHelper, fromCheck := io.Pipe()
	toCheck, fromHelper := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := Serve(toHelper, fromHelper, hello, func(h *Helper, j *Job) (time.Duration, error) { return time.Second, do(h, j) })
		_ = fromHelper.CloseWithError(err)
		done <- err
	}()
	c, err := Dial(toCheck, fromCheck)
	if err != nil {
		t.Fatal(err)
	}
	used, err = c.Do(&Job{Tree: 7, Dirs: []string{"."}}, tree, func(s Step) { began = append(began, s) }, func(f Found) { found = append(found, f) })
	_ = fromCheck.Close()
	_ = toCheck.Close()
	if served := <-done; err == nil && served != nil {
		t.Errorf("the helper ended with %v", served)
	}
	return began, found, used, err
}

func TestJob(t *testing.T) {
	t.Parallel()
	step := Step{Dir: ".", Stage: SSA}
	began, found, used, err := talk(t, fstest.MapFS{}, func(h *Helper, j *Job) error {
		if err := h.Begin(step); err != nil {
			return err
		}
		return h.Found(Found{Step: step, Result: Result{Issues: []Issue{{Rule: "G401", Line: 3, Severity: High}}}})
	})
	if err != nil || used != time.Second || len(began) != 1 || began[0] != step || len(found) != 1 || found[0].Result.Issues[0].Rule != "G401" {
		t.Errorf("began %v, found %+v, used %v, error %v", began, found, used, err)
	}
	_, _, _, err = talk(t, fstest.MapFS{}, func(*Helper, *Job) error { return errors.New("cannot do that") })
	if err == nil || !strings.Contains(err.Error(), "cannot do that") {
		t.Errorf("error %v", err)
	}
}

// TestTree holds the tree that the helper sees to the rules of file systems.
func TestTree(t *testing.T) {
	t.Parallel()
	_, _, _, err := talk(t, fstest.MapFS{"a.go": {Data: []byte("package a\n")}, "sub/b.go": {Data: []byte("package b\n")}, "sub/c/d.txt": {}},
		func(h *Helper, j *Job) error { return fstest.TestFS(h.Tree(j.Tree), "a.go", "sub/b.go", "sub/c/d.txt") })
	if err != nil {
		t.Error(err)
	}
}

// A brokenFS fails at one path.
type brokenFS struct {
	fs.FS
	path string
	err  error
}

func (b brokenFS) Open(name string) (fs.File, error) {
	if name == b.path {
		return nil, &fs.PathError{Op: "open", Path: name, Err: b.err}
	}
	return b.FS.Open(name)
}

// TestFailures: that a file is not there is an answer; that it cannot be read is an error of the job, whatever the helper makes of it.
func TestFailures(t *testing.T) {
	t.Parallel()
	base := fstest.MapFS{"a.go": {}}
	for _, c := range []struct {
		err   error
		wants error // what the helper sees
		whole bool  // the job fails
	}{
		{fs.ErrNotExist, fs.ErrNotExist, false},
		{fs.ErrInvalid, fs.ErrNotExist, false},
		{analyzers.ErrTooLarge, analyzers.ErrTooLarge, false},
		{errors.New("object is damaged"), nil, true},
	} {
		var got error
		_, _, _, err := talk(t, brokenFS{base, "a.go", c.err}, func(h *Helper, j *Job) error {
			_, got = fs.ReadFile(h.Tree(j.Tree), "a.go")
			return nil
		})
		if got == nil || c.wants != nil && !errors.Is(got, c.wants) {
			t.Errorf("%v: the helper sees %v", c.err, got)
		}
		var broken *TreeError
		if errors.As(err, &broken) != c.whole {
			t.Errorf("%v: the job ends with %v", c.err, err)
		}
	}
}

// TestOtherTree: a helper gets nothing but what the job is about.
func TestOtherTree(t *testing.T) {
	t.Parallel()
	_, _, _, err := talk(t, fstest.MapFS{"a.go": {}}, func(h *Helper, j *Job) error {
		_, err := fs.ReadFile(h.Tree(j.Tree+1), "a.go")
		return err
	})
	if err == nil {
		t.Error("the helper may ask for other trees")
	}
	asked := ""
	_, _, _, err = talk(t, spyFS{&asked}, func(h *Helper, j *Job) error {
		_, err := h.ask(Ask{Tree: j.Tree, Op: ReadFile, Path: "../etc/passwd"})
		return err
	})
	if err != nil || asked != "" {
		t.Errorf("the tree was asked for %q, error %v", asked, err)
	}
}

type spyFS struct{ asked *string }

func (s spyFS) Open(name string) (fs.File, error) { *s.asked = name; return nil, fs.ErrNotExist }

// TestDeath: a helper that ends in the middle of a step leaves what it has found, and where it was.
func TestDeath(t *testing.T) {
	t.Parallel()
	toHelper, fromCheck := io.Pipe()
	fromPipe, fromHelper := io.Pipe()
	go func() {
		out := gob.NewEncoder(fromHelper)
		_ = out.Encode(struct{ Hello *Hello }{&hello})
		var j struct{ Job *Job }
		_ = gob.NewDecoder(toHelper).Decode(&j)
		for _, m := range []toCheck{{Begin: &Step{"a", Rules}}, {Found: &Found{Step: Step{"a", Rules}}}, {Begin: &Step{"b", Rules}}} {
			_ = out.Encode(m)
		}
		_ = fromHelper.Close()
	}()
	c, err := Dial(fromPipe, fromCheck)
	if err != nil {
		t.Fatal(err)
	}
	var last string
	_, err = c.Do(&Job{}, fstest.MapFS{}, func(s Step) { last = s.String() }, func(f Found) { last = "found " + f.Step.String() })
	if err == nil || last != "b (rules)" {
		t.Errorf("error %v, last heard of %s", err, last)
	}
}

func TestDial(t *testing.T) {
	t.Parallel()
	encode := func(v any) io.Reader {
		r, w := io.Pipe()
		go func() { _ = w.CloseWithError(gob.NewEncoder(w).Encode(v)) }()
		return r
	}
	for name, in := range map[string]io.Reader{
		"nothing":        strings.NewReader(""),
		"something else": strings.NewReader("usage: refward-gosec serve\n"),
		"no greeting":    encode(toCheck{End: &End{}}),
		"other protocol": encode(toCheck{Hello: &Hello{Protocol: Protocol + 1}}),
	} {
		if _, err := Dial(in, io.Discard); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := Dial(encode(toCheck{Hello: &hello}), io.Discard); err != nil {
		t.Error(err)
	}
}

// FuzzDo: whatever a helper says, the check neither panics nor goes on without end.
func FuzzDo(f *testing.F) {
	for _, m := range []any{toCheck{End: &End{}}, toCheck{Ask: &Ask{Op: ReadDir, Path: "."}}, toCheck{Found: &Found{}}} {
		var b strings.Builder
		if err := gob.NewEncoder(&b).Encode(m); err != nil {
			f.Fatal(err)
		}
		f.Add(b.String())
	}
	f.Fuzz(func(t *testing.T, said string) {
		c := &Check{in: gob.NewDecoder(strings.NewReader(said)), out: gob.NewEncoder(io.Discard)}
		n := 0
		_, err := c.Do(&Job{}, fstest.MapFS{"a.go": {}}, func(Step) { n++ }, func(Found) { n++ })
		if n > len(said) {
			t.Error(fmt.Errorf("%d steps in %d bytes: %v", n, len(said), err))
		}
	})
}

// TestTrees: a job with two trees is answered from the right one, and from no third.
func TestTrees(t *testing.T) {
	t.Parallel()
	trees := []fs.FS{fstest.MapFS{"a": {Data: []byte("after")}}, fstest.MapFS{"a": {Data: []byte("before")}}}
	for n, want := range map[int]string{0: "after", 1: "before", 2: "", -1: ""} {
		toHelper, fromCheck := io.Pipe()
		toCheck, fromHelper := io.Pipe()
		got := make(chan string, 1)
		go func() {
			_ = fromHelper.CloseWithError(Serve(toHelper, fromHelper, hello, func(h *Helper, j *Job) (time.Duration, error) {
				data, _ := fs.ReadFile(h.Tree(j.Tree+n), "a")
				got <- string(data)
				return 0, nil
			}))
		}()
		c, err := Dial(toCheck, fromCheck)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.DoTrees(&Job{Tree: 3}, trees, func(Step) {}, func(Found) {})
		_ = fromCheck.Close()
		_ = toCheck.Close()
		if said := <-got; said != want || (err != nil) != (want == "") {
			t.Errorf("tree %d has %q, %v", n, said, err)
		}
	}
}
