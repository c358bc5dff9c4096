package hooks_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/rs/zerolog"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/expertise/upkeep"
	"github.com/refward/refward/hooks"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

// A shop is a server's repository with a history of two people who review each other, and a topic of one of them that is still to be pushed.
type shop struct {
	t     *testing.T
	dir   string
	main  string // tip of the branch that is everybody's
	topic string
}

func openShop(t *testing.T) *shop {
	s := &shop{t: t, dir: t.TempDir()}
	s.git("", "init", "-q", "--bare", "-b", "main")
	for i := range 6 {
		s.main = s.commit(i%2, s.main, fmt.Sprintf("one\ntwo\n%d\n", i), "docs: more\n\nReviewed-by: "+names[1-i%2])
		s.git("", "update-ref", "refs/heads/main", s.main)
	}
	s.topic = s.commit(0, s.main, "one\n2\n5\n", "docs: the topic")
	return s
}

var names = [2]string{"Ada Ash <ada@example.com>", "Ben Bell <ben@example.com>"}

func (s *shop) git(stdin string, args ...string) string {
	cmd := exec.Command("git", append([]string{"-C", s.dir}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("git %q: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// commit makes a commit with one file by one of the two.
func (s *shop) commit(who int, parent, text, message string) string {
	blob := s.git(text, "hash-object", "-w", "--stdin")
	tree := s.git("100644 blob "+blob+"\tdoc.txt\n", "mktree")
	name, mail, _ := strings.Cut(strings.TrimSuffix(names[who], ">"), " <")
	args := []string{"-c", "user.name=" + name, "-c", "user.email=" + mail, "commit-tree", "-F", "-", tree}
	if parent != "" {
		args = append(args, "-p", parent)
	}
	return s.git(message, args...)
}

// gate returns a gate of the shop whose policy has the lines of the section reviewers.
func (s *shop) gate(section, stdin string) (g *hooks.Gate, says, log *bytes.Buffer) {
	path := filepath.Join(s.t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(section), 0o600); err != nil {
		s.t.Fatal(err)
	}
	says, log = &bytes.Buffer{}, &bytes.Buffer{}
	return &hooks.Gate{
		Version: "test", Environ: append(os.Environ(), "GIT_DIR="+s.dir), Dir: s.dir, Stdin: strings.NewReader(stdin), Stdout: &bytes.Buffer{}, Stderr: says,
		Policy: path, Log: zerolog.New(log), List: func(*policy.Policy) ([]*analyzers.Analyzer, error) { return nil, nil },
	}, says, log
}

// push judges a push of a commit to a ref, and returns the exit code with the report and what the pusher reads.
func (s *shop) push(section, ref, id string) (int, *report.Report, string) {
	s.t.Helper()
	g, says, _ := s.gate(section, strings.Repeat("0", 40)+" "+id+" "+ref+"\n")
	g.Report = filepath.Join(s.t.TempDir(), "report.json")
	code := g.PreReceive(s.t.Context())
	data, err := os.ReadFile(g.Report)
	var r report.Report
	if err = errors.Join(err, json.Unmarshal(data, &r)); err != nil {
		s.t.Fatal(err)
	}
	return code, &r, says.String()
}

func (s *shop) index(section string) {
	s.t.Helper()
	if g, says, _ := s.gate(section, ""); g.Index(s.t.Context()) != policy.ExitAccepted {
		s.t.Fatalf("index: %s", says)
	}
}

const (
	patient = "reviewers: {budget: 10s}\n"
	builder = "reviewers: {budget: 10s, index: build}\n"
)

func TestAdvice(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	if _, r, says := s.push(patient, "refs/heads/topic", s.topic); len(r.Reviewers) > 0 || strings.Contains(says, "could review") {
		t.Errorf("there is no index, and yet: %s", says)
	}
	s.index(builder)
	code, r, says := s.push(patient, "refs/heads/topic", s.topic)
	if code != policy.ExitAccepted || len(r.Reviewers) != 1 || r.Reviewers[0].Email != "ben@example.com" || r.Reviewers[0].Ref != "refs/heads/topic" ||
		len(r.Reviewers[0].Reasons) == 0 || !strings.Contains(says, "who could review topic:\n  1. Ben Bell <ben@example.com>: ") {
		t.Fatalf("exit %d, %+v\n%s", code, r.Reviewers, says)
	}
	for name, c := range map[string]struct{ section, ref, id string }{
		"protected":        {patient + "protected: [refs/heads/topic]\n", "refs/heads/topic", s.topic},
		"a tag":            {patient, "refs/tags/v1", s.topic},
		"nothing new":      {patient, "refs/heads/topic", s.main},
		"not wanted":       {"reviewers: {budget: 10s, suggest: never}\n", "refs/heads/topic", s.topic},
		"he is absent":     {"reviewers: {budget: 10s, absent: [BEN@example.com]}\n", "refs/heads/topic", s.topic},
		"no time":          {"reviewers: {budget: 1ns}\n", "refs/heads/topic", s.topic},
		"nothing is asked": {patient + "mode: off\n", "refs/heads/topic", s.topic},
	} {
		if code, r, says := s.push(c.section, c.ref, c.id); code != policy.ExitAccepted || len(r.Reviewers) > 0 || strings.Contains(says, "Ben") {
			t.Errorf("%s: exit %d, %+v\n%s", name, code, r.Reviewers, says)
		}
	}
}

// Whatever is wrong with an index costs the suggestions and nothing else.
func TestAdviceFromADamagedIndex(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.index(builder)
	for _, path := range []string{ownership.Path(s.dir), history.Path(s.dir)} {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range map[string][]byte{"empty": {}, "cut": whole[:len(whole)/2], "longer": append(bytes.Clone(whole), 0), "flipped": flipped(whole)} {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if code, r, says := s.push(patient, "refs/heads/topic", s.topic); code != policy.ExitAccepted || len(r.Reviewers) > 0 || strings.Contains(says, "warning") {
				t.Errorf("%s %s: exit %d, %+v\n%s", filepath.Base(path), name, code, r.Reviewers, says)
			}
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, r, _ := s.push(patient, "refs/heads/topic", s.topic); len(r.Reviewers) != 1 {
		t.Error("with the whole files nobody is suggested either: this test sees nothing")
	}
}

func flipped(data []byte) []byte {
	out := bytes.Clone(data)
	out[len(out)/2] ^= 1
	return out
}

// Post-receive has the indexes brought up to date where the policy says so, and after pushes to HEAD's branch only.
func TestIndexerIsAsked(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	asked := func(section, ref string) (n int) {
		g, says, log := s.gate(section, s.main+" "+s.main+" "+ref+"\n")
		g.Indexer = func() error { n++; return errors.New("no process") }
		if code := g.PostReceive(t.Context()); code != policy.ExitAccepted {
			t.Errorf("exit %d: %s%s", code, says, log)
		}
		if n > 0 != strings.Contains(log.String(), "no process") {
			t.Errorf("what failed is not in the log: %s", log)
		}
		return n
	}
	if n := asked(patient, "refs/heads/main"); n != 0 {
		t.Error("the first index is made, and nobody has said so")
	}
	if n := asked("reviewers: {index: build}\n", "refs/heads/main"); n != 1 {
		t.Errorf("asked %d times to build", n)
	}
	// Nor does the program make the first one for whoever has said otherwise: a timer would undo what was erased.
	for _, section := range []string{patient, "reviewers: {index: never}\n"} {
		if g, says, _ := s.gate(section, ""); g.Index(t.Context()) != policy.ExitAccepted || upkeep.There(s.dir) {
			t.Errorf("%s: an index was made: %s", section, says)
		}
	}
	s.index(builder)
	for _, c := range []struct {
		section, ref string
		want         int
	}{
		{patient, "refs/heads/main", 1}, {patient, "refs/heads/topic", 0}, {"reviewers: {index: never}\n", "refs/heads/main", 0}, {"mode: off\n", "refs/heads/main", 0},
	} {
		if n := asked(c.section, c.ref); n != c.want {
			t.Errorf("%s%s: asked %d times, want %d", c.section, c.ref, n, c.want)
		}
	}
}

// Pushes that come in while the indexes are brought up to date are in them at the end, though only one process at a time does that and nobody waits.
func TestIndexFollows(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	var turn sync.Mutex
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			turn.Lock()
			s.main = s.commit(i%2, s.main, fmt.Sprintf("one\ntwo\n%d\n", 100+i), "docs: again")
			s.git("", "update-ref", "refs/heads/main", s.main)
			turn.Unlock()
			s.index(builder)
		})
	}
	all.Wait()
	x, err := ownership.Open(ownership.Path(s.dir))
	if err != nil || x.Tip() != s.main {
		t.Fatalf("the index of lines is of another commit than the last: %v", err)
	}
	if _, r, _ := s.push(patient, "refs/heads/topic", s.topic); len(r.Reviewers) != 1 {
		t.Error("nobody is suggested")
	}
}

// Who is whom by the policy counts in the index, and one that was made by another policy is made anew.
func TestIndexByPolicy(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	const same = "reviewers: {budget: 10s, index: build, aliases: [{name: Both, mails: [ada@example.com, ben@example.com]}]}\n"
	s.index(same)
	if _, r, _ := s.push(same, "refs/heads/topic", s.topic); len(r.Reviewers) > 0 {
		t.Errorf("the author is suggested: %+v", r.Reviewers)
	}
	s.index(builder)
	if _, r, _ := s.push(patient, "refs/heads/topic", s.topic); len(r.Reviewers) != 1 {
		t.Errorf("%+v", r.Reviewers)
	}
}

// While one process is at it, one waits, and the others leave at once: who waits looks for the tip when its turn has come. So the last push is in, also if
// who was at it is killed. A command waits in any case, and says so.
func TestIndexIsLocked(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	unlock, err := upkeep.Lock(t.Context(), s.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	waits := make(chan struct{})
	go func() {
		defer close(waits)
		for !upkeep.There(s.dir) { // the probe below holds the second lock now and then, and whoever comes at that moment leaves
			s.index(builder)
		}
	}()
	next := flock.New(filepath.Join(s.dir, "refward", "index.next"))
	for begin := time.Now(); ; {
		got, err := next.TryLock()
		if err != nil {
			t.Fatal(err)
		}
		if !got {
			break // it waits
		}
		if err := next.Unlock(); err != nil || time.Since(begin) > time.Minute {
			t.Fatalf("nobody waits: %v", err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := upkeep.Lock(t.Context(), s.dir, nil); !errors.Is(err, upkeep.ErrBusy) {
		t.Errorf("two wait: %v", err)
	}
	s.index(builder) // does not wait, or this test would not end
	if upkeep.There(s.dir) {
		t.Error("two are at it")
	}
	// What is pushed now, whose own process has left, is in as well.
	s.main = s.commit(1, s.main, "one\ntwo\nthree\n", "docs: last")
	s.git("", "update-ref", "refs/heads/main", s.main)
	asked := make(chan struct{})
	got := make(chan error)
	go func() {
		second, err := upkeep.Lock(t.Context(), s.dir, func() { close(asked) })
		if err == nil {
			err = second()
		}
		got <- err
	}()
	<-asked
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	<-waits
	if err := <-got; err != nil {
		t.Error(err)
	}
	if x, err := ownership.Open(ownership.Path(s.dir)); err != nil || x.Tip() != s.main {
		t.Errorf("the last push is not in the index: %v", err)
	}
}
