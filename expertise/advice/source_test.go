package advice_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/expertise/advice"
	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

const start = 1700000000

// grown makes a repository whose branch main has n commits by four people, and returns their ids.
func grown(t *testing.T, n int) (gitiotest.Bare, []string) {
	t.Helper()
	b := gitiotest.New(t)
	var in strings.Builder
	for i := range n {
		message := fmt.Sprintf("change %d\n\nReviewed-by: Person Number%d <p%d@example.com>\n", i, (i+1)%4, (i+1)%4)
		content := strings.Repeat("line\n", 5) + fmt.Sprint(i, "\n")
		fmt.Fprintf(&in, "commit refs/heads/main\nmark :%d\nauthor Person Number%d <p%d@example.com> %d +0000\ncommitter Queue Master <queue@example.com> %[4]d +0000\n", i+1, i%4, i%4, start+i*3600)
		fmt.Fprintf(&in, "data %d\n%s\nM 100644 inline d/f%d.go\ndata %d\n%s\n", len(message), message, i%3, len(content), content)
	}
	b.Git(in.String(), "fast-import", "--quiet")
	return b, strings.Fields(b.Git("", "rev-list", "--reverse", "main"))
}

// index makes both indexes of a commit.
func index(t *testing.T, repo *gitio.Repo, tip string) {
	t.Helper()
	x, err := history.Update(t.Context(), repo, nil, tip, history.Options{Now: time.Unix(start+1000*86400, 0)})
	if err == nil {
		err = x.Write(history.Path(repo.CommonDir()))
	}
	if err != nil {
		t.Fatal(err)
	}
	lines, err := ownership.Build(t.Context(), repo, tip, ownership.Options{})
	if err == nil {
		err = lines.Write(ownership.Path(repo.CommonDir()))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func names(s *advice.Source, a *advice.Advice) []string {
	var out []string
	for _, c := range a.Ranking {
		out = append(out, s.Activity.People.Person(people.ID(c.Person)).Name)
	}
	return out
}

// quarantined is a repository in which a push is under way, as "git receive-pack" has it (githooks(5), "pre-receive").
type quarantined struct {
	gitiotest.Bare
	env []string
}

func receiving(t *testing.T, b gitiotest.Bare) quarantined {
	t.Helper()
	dir := filepath.Join(b.Dir, "objects", "tmp_objdir-incoming-x")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return quarantined{b, append(b.Environ(), "GIT_DIR="+b.Dir, "GIT_OBJECT_DIRECTORY="+dir, "GIT_QUARANTINE_PATH="+dir,
		"GIT_ALTERNATE_OBJECT_DIRECTORIES="+filepath.Join(b.Dir, "objects"))}
}

// git writes objects that are pushed.
func (q quarantined) git(stdin string, args ...string) string {
	q.T.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = q.Dir, q.env, strings.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		q.T.Fatalf("git %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

func (q quarantined) repo() *gitio.Repo {
	q.T.Helper()
	r, err := gitio.Open(q.T.Context(), gitio.Options{Dir: q.Dir, Environ: q.env})
	if err != nil {
		q.T.Fatal(err)
	}
	q.T.Cleanup(func() { _ = r.Close() })
	return r
}

// push makes a commit that changes d/f1.go and adds a file.
func (q quarantined) push(parent string) string {
	content := strings.Repeat("line\n", 4) + "pushed\n"
	blob := q.git(content, "hash-object", "-w", "--stdin")
	dir := q.git("100644 blob "+blob+"\tf1.go\n100644 blob "+blob+"\tnew.go\n", "mktree")
	tree := q.git("040000 tree "+dir+"\td\n", "mktree")
	q.env = append(q.env, fmt.Sprintf("GIT_AUTHOR_DATE=%d +0000", start+90000), fmt.Sprintf("GIT_COMMITTER_DATE=%d +0000", start+90000),
		"GIT_AUTHOR_NAME=Newcomer", "GIT_AUTHOR_EMAIL=new@example.com", "GIT_COMMITTER_NAME=Newcomer", "GIT_COMMITTER_EMAIL=new@example.com")
	return q.git("", "commit-tree", "-m", "x", "-p", parent, tree)
}

// A hook asks about commits that are not in the repository yet, by indexes that are behind.
func TestOpenInQuarantine(t *testing.T) {
	b, ids := grown(t, 12)
	index(t, b.Open(), ids[8])
	q := receiving(t, b)
	pushed := q.push(ids[11])
	if _, err := b.Open().Resolve(t.Context(), pushed); err == nil {
		t.Fatal("what is pushed is there already")
	}
	s, err := advice.Open(t.Context(), q.repo())
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Range(t.Context(), ids[11], pushed, advice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := names(s, a)
	if len(got) < 4 || !strings.HasPrefix(got[0], "Person Number") {
		t.Errorf("suggested are %q", got)
	}
	if a.Commits != 1 || a.Fork != ids[11] || len(a.Query.Touched) == 0 || s.Activity.Tip != ids[8] || s.Lines.Tip() != ids[8] {
		t.Errorf("%d commits from %s, touched %v, by indexes of %s and %s", a.Commits, a.Fork, a.Query.Touched, s.Activity.Tip, s.Lines.Tip())
	}
}

// Without an index that is whole, there is no advice and an error that says why.
func TestOpenRefuses(t *testing.T) {
	b, ids := grown(t, 6)
	repo := b.Open()
	open := func(what string, want error) {
		t.Helper()
		if _, err := advice.Open(t.Context(), repo); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	open("nothing there", advice.ErrMissing)
	index(t, repo, ids[5])
	open("all there", nil)
	for _, path := range []string{history.Path(repo.CommonDir()), ownership.Path(repo.CommonDir())} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write := func(data []byte) {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(data[:len(data)-1])
		open("torn: "+filepath.Base(path), advice.ErrFormat)
		write(nil)
		open("empty: "+filepath.Base(path), advice.ErrFormat)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		open("without "+filepath.Base(path), advice.ErrMissing)
		write(data)
	}
	open("whole again", nil)
	foreign, there := grown(t, 7)
	index(t, foreign.Open(), there[6])
	if err := os.Rename(history.Path(foreign.Dir), history.Path(b.Dir)); err != nil {
		t.Fatal(err)
	}
	open("an index of another repository", advice.ErrForeign)
}

// In a partial clone nobody knows whose lines are touched; who knows the files is known, and nothing is fetched.
func TestPartialClone(t *testing.T) {
	b, ids := grown(t, 12)
	b.Git("", "config", "uploadpack.allowFilter", "true")
	dir := filepath.Join(t.TempDir(), "clone.git")
	b.Git("", "clone", "-q", "--bare", "--filter=blob:none", "file://"+b.Dir, dir)
	clone := gitiotest.Bare{T: t, Dir: dir}
	before := clone.Git("", "count-objects", "-v")
	repo := clone.Open()
	index(t, repo, ids[8])
	s, err := advice.Open(t.Context(), repo)
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Range(t.Context(), ids[8], ids[11], advice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Ranking) == 0 || len(a.Query.Touched) != 0 {
		t.Errorf("suggested are %q, touched are lines of %v", names(s, a), a.Query.Touched)
	}
	if after := clone.Git("", "count-objects", "-v"); after != before {
		t.Errorf("it was fetched: before\n%safter\n%s", before, after)
	}
}
