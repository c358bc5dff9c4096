package gitio

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// A history is many random commits in one object store.
type history struct {
	*fixture
	groups [][]string // ids; those of one group know each other
}

// newHistory makes groups of 4 to 15 commits with merges, several roots and dates in no order.
func newHistory(t *testing.T, rnd *rand.Rand, groups int) *history {
	h := &history{fixture: newFixture(t, "--bare")}
	var in strings.Builder
	mark := 0
	var sizes []int
	for range groups {
		first, size := mark+1, 4+rnd.IntN(12)
		sizes = append(sizes, size)
		for range size {
			mark++
			var parents []int
			for range rnd.IntN(4) {
				if p := mark - 1 - rnd.IntN(4); p >= first && !slices.Contains(parents, p) {
					parents = append(parents, p)
				}
			}
			// "reset" makes the commit a root, or lets it follow its first parent.
			fmt.Fprintf(&in, "reset refs/x/%d\n\ncommit refs/x/%d\nmark :%d\ncommitter C <c@example.com> %d +0000\ndata <<.\nc%d\n.\n",
				mark, mark, mark, 1_700_000_000+rnd.IntN(1000), mark)
			for i, p := range parents {
				fmt.Fprintf(&in, "%s :%d\n", []string{"from", "merge"}[min(i, 1)], p)
			}
			in.WriteString("\n")
		}
	}
	h.gitIn(in.String(), "fast-import", "--quiet", "--export-marks=marks")
	ids := make([]string, mark+1)
	marks, err := os.ReadFile(h.dir + "/marks")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(marks)) {
		var n int
		var id string
		if _, err := fmt.Sscanf(line, ":%d %s", &n, &id); err != nil {
			t.Fatal(err)
		}
		ids[n] = id
	}
	ids = ids[1:]
	for _, n := range sizes {
		h.groups, ids = append(h.groups, ids[:n]), ids[n:]
	}
	return h
}

// refsTo returns a repository without objects of its own that has the given refs in the history's store.
func (h *history) refsTo(refs map[string]string) *fixture {
	f := &fixture{t: h.t, dir: h.t.TempDir(), env: []string{"GIT_OBJECT_DIRECTORY=" + h.dir + "/objects", "GIT_DIR=."}}
	packed := "# pack-refs with: peeled fully-peeled sorted \n"
	for _, name := range sorted(refs) {
		packed += refs[name] + " " + name + "\n"
	}
	for name, text := range map[string]string{
		"HEAD": "ref: refs/heads/main\n", "config": "[core]\n\trepositoryformatversion = 0\n\tbare = true\n", "packed-refs": packed, "refs/.keep": "",
	} {
		f.write(name, text)
	}
	return f
}

func sorted(m map[string]string) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// beyond returns what the tip reaches and the boundary does not, from two complete lists: where clocks are wrong, "rev-list --not" can
// say too much.
func (f *fixture) beyond(tip string, boundary ...string) []string {
	f.t.Helper()
	known := map[string]bool{}
	if len(boundary) > 0 {
		for _, id := range f.revList(boundary...) {
			known[id] = true
		}
	}
	return slices.DeleteFunc(f.revList(tip), func(id string) bool { return known[id] })
}

// revList asks git itself, as the rule of the new commits is written.
func (f *fixture) revList(args ...string) []string {
	f.t.Helper()
	ids := strings.Fields(f.git(append([]string{"rev-list"}, args...)...))
	slices.Sort(ids)
	return ids
}

// TestNewCommits holds the new commits of random pushes into random repositories against git rev-list.
func TestNewCommits(t *testing.T) { readers(t, testNewCommits) }

func testNewCommits(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	h := newHistory(t, rnd, 200)
	protected := func(ref, _ string) bool { return strings.HasPrefix(ref, "refs/heads/p") }
	for n, ids := range h.groups {
		stored := map[string]string{}
		pick := func() string { return ids[rnd.IntN(len(ids))] }
		for i := range rnd.IntN(5) {
			stored[fmt.Sprintf("refs/heads/%c%d", "pt"[rnd.IntN(2)], i)] = pick()
		}
		f := h.refsTo(stored)
		var updates []analyzers.RefUpdate
		for i := range 1 + rnd.IntN(4) { // the same name moves a ref, another creates one
			ref := fmt.Sprintf("refs/heads/%c%d", "pt"[rnd.IntN(2)], i)
			u := analyzers.RefUpdate{Ref: ref, New: pick(), Old: stored[ref]}
			if u.Old == "" {
				u.Old = zeros(u.New)
			}
			updates = append(updates, u)
		}
		r := f.open()
		c, err := r.Push(t.Context(), updates, PushOptions{Protected: protected})
		if err != nil {
			t.Fatal(err)
		}
		var tips []string
		for name, id := range stored {
			if protected(name, "") {
				tips = append(tips, id)
			}
		}
		var all []string
		for _, ref := range c.Refs {
			known := []string{"--all"}
			if ref.Protected {
				known = tips
			}
			want := f.beyond(ref.New, known...)
			if readerOf(t) == ReaderGit {
				said := f.revList(append([]string{ref.New, "--not"}, known...)...)
				if slices.ContainsFunc(want, func(id string) bool { return !slices.Contains(said, id) }) {
					t.Fatalf("git itself says %q, but new are %q", said, want)
				}
				want = said
			}
			var got []string
			for _, i := range ref.Commits {
				got = append(got, c.Commits[i].ID)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("repository %d, %s: new are\n%q, want\n%q", n, ref.Ref, got, want)
			}
			all = append(all, want...)
			_, err := f.try("", "merge-base", "--is-ancestor", ref.Old, ref.New)
			if !ref.Creates() && ref.FastForward != (err == nil) {
				t.Errorf("repository %d, %s: fast-forward %t, git says %v", n, ref.Ref, ref.FastForward, err)
			}
		}
		var got []string
		for i, k := range c.Commits {
			for _, later := range c.Commits[i:] {
				if slices.Contains(k.Parents, later.ID) {
					t.Errorf("repository %d: %s comes before its parent %s", n, k.Subject(), later.Subject())
				}
			}
			got = append(got, k.ID)
		}
		slices.Sort(all)
		slices.Sort(got)
		if all = slices.Compact(all); !slices.Equal(got, all) {
			t.Errorf("repository %d: commits of the push\n%q, want\n%q", n, got, all)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestForgedBoundary is an attack on tools that take the client's word: a second command claims that a ref "ghost" has the
// evil commit, so that it looks old.
func TestForgedBoundary(t *testing.T) { readers(t, testForgedBoundary) }

func testForgedBoundary(t *testing.T) {
	s := newScene(t)
	evil := s.client.commit("evil", "evil", "evil\n")
	hook, updates := s.send(false, "HEAD:refs/heads/topic")
	ghost := analyzers.RefUpdate{Ref: "refs/heads/ghost", Old: evil, New: zeros(evil)}
	if believed := hook.revList(evil, "--not", evil); len(believed) != 0 {
		t.Fatalf("the olds do not hide the commit: %q", believed)
	}
	r := hook.open()
	_, err := r.Push(t.Context(), append(updates, ghost), PushOptions{})
	if !errors.Is(err, ErrStale) || !strings.Contains(err.Error(), "refs/heads/ghost") {
		t.Errorf("the forged old id is answered with %v", err)
	}
	if c := readPush(t, r, updates...); len(c.Commits) != 1 {
		t.Errorf("%d new commits without the ghost, want 1", len(c.Commits))
	}
	for name, u := range map[string]analyzers.RefUpdate{
		"moved":     {Ref: "refs/heads/main", Old: evil, New: evil},
		"exists":    {Ref: "refs/heads/main", Old: zeros(evil), New: evil},
		"is away":   {Ref: "refs/heads/gone", Old: s.client.id("HEAD~1"), New: evil},
		"protected": {Ref: "refs/heads/main", Old: zeros(evil), New: zeros(evil)},
	} {
		if _, err := r.Push(t.Context(), []analyzers.RefUpdate{u}, PushOptions{Protected: protect}); !errors.Is(err, ErrStale) {
			t.Errorf("a ref that %s is answered with %v", name, err)
		}
	}
}

// TestUnreachableIsNew pushes a commit that the server's object store has, in a pack and without any ref: what was refused or
// deleted once is judged when it comes again.
func TestUnreachableIsNew(t *testing.T) { readers(t, testUnreachableIsNew) }

func testUnreachableIsNew(t *testing.T) {
	s := newScene(t)
	s.client.commit("left over", "x", "x\n")
	_, updates := s.send(true, "HEAD:refs/heads/topic")
	pack := s.client.gitIn(s.client.id("HEAD")+"\n", "pack-objects", "--revs", "--stdout", "-q")
	s.server.gitIn(pack, "index-pack", "--stdin")
	if c := readPush(t, s.server.open(), updates...); len(c.Commits) != 1 || c.Commits[0].Subject() != "left over" {
		t.Errorf("new commits: %+v", c.Commits)
	}
}

// TestProtectedIsJudgedAgain moves what a topic branch has to a protected one.
func TestProtectedIsJudgedAgain(t *testing.T) { readers(t, testProtectedIsJudgedAgain) }

func testProtectedIsJudgedAgain(t *testing.T) {
	s := newScene(t)
	s.client.commit("topic", "x", "x\n")
	s.client.git("push", "-q", s.server.dir, "HEAD:refs/heads/topic")
	c := readPush(t, s.server.open(), s.server.update("refs/heads/main", "topic"), s.server.update("refs/heads/other", "topic"))
	equal(t, show(t, c), `heads/main "commit" ff=true: topic
		heads/other "commit" ff=true:
		topic A "x" 100644
		topic "x":1 "x\n"`)
}

// TestPrePush reads a push as the client sees it: the remote-tracking refs and the old ids are the boundary.
func TestPrePush(t *testing.T) { readers(t, testPrePush) }

func testPrePush(t *testing.T) {
	s := newScene(t)
	f := s.client
	f.git("update-ref", "refs/remotes/origin/main", "main")
	f.commit("new", "x", "x\n")
	gone := analyzers.RefUpdate{Ref: "refs/heads/gone", Old: strings.Repeat("1", 40), New: f.id("HEAD")}
	for remote, want := range map[string]string{
		"origin":              `heads/topic "commit" ff=true: new heads/gone "commit" ff=false: new`,
		"https://example.com": `heads/topic "commit" ff=true: base new heads/gone "commit" ff=false: base new`,
	} {
		c, err := f.open().Push(t.Context(), []analyzers.RefUpdate{
			{Ref: "refs/heads/topic", Old: zeros(gone.New), New: gone.New}, gone,
		}, PushOptions{Remote: remote, Protected: protect})
		if err != nil {
			t.Fatal(err)
		}
		refs, _, _ := strings.Cut(show(t, c), "base A")
		refs, _, _ = strings.Cut(refs, "new A")
		equal(t, strings.Join(strings.Fields(refs), " "), want)
	}
}

// TestPushRefuses gives Push what no git would send: it must not reach an argument list.
func TestPushRefuses(t *testing.T) { readers(t, testPushRefuses) }

func testPushRefuses(t *testing.T) {
	f := newFixture(t)
	id := f.commit("one")
	for _, u := range []analyzers.RefUpdate{
		{Ref: "--format=%(objectname) refs/heads/x", Old: zeros(id), New: id},
		{Ref: "HEAD", Old: zeros(id), New: id},
		{Ref: "refs/heads/a\nb", Old: zeros(id), New: id},
		{Ref: "refs/heads/x", Old: "--all", New: id},
		{Ref: "refs/heads/x", Old: zeros(id), New: "HEAD"},
		{Ref: "refs/heads/x", Old: zeros(id), New: ""},
	} {
		if c, err := f.open().Push(t.Context(), []analyzers.RefUpdate{u}, PushOptions{}); err == nil {
			t.Errorf("%+v gives %+v", u, c)
		}
	}
}
