package gitio

import (
	"context"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// lines returns numbered lines, with some replaced.
func lines(n int, replaced map[int]string) string {
	var b strings.Builder
	for i := range n {
		text, ok := replaced[i]
		if !ok {
			text = strings.Repeat("x", i+1)
		}
		b.WriteString(text + "\n")
	}
	return b.String()
}

// TestPicks proves cherry-picks, and does not believe what only says so. The repository has a protected main with the commit "original", and
// release, which lacks it and is different around.
func TestPicks(t *testing.T) { readers(t, testPicks) }

func testPicks(t *testing.T) {
	says := func(f *fixture) string {
		return "fix: original\n\n(cherry picked from commit " + f.id("original") + ")\n"
	}
	for name, c := range map[string]struct {
		make func(f *fixture) string // returns the rev of the original, or ""
	}{
		"a pick": {make: func(f *fixture) string {
			f.git("cherry-pick", "-x", "original")
			return "original"
		}},
		"a pick with a sign-off": {make: func(f *fixture) string {
			f.git("cherry-pick", "-x", "-s", "original")
			return "original"
		}},
		"a pick of a pick": {make: func(f *fixture) string {
			f.git("checkout", "-q", "-b", "release/2")
			f.git("cherry-pick", "-x", "original")
			f.git("checkout", "-q", "release/1")
			f.commit("apart", "other", "other\n")
			f.git("cherry-pick", "-x", "release/2")
			return "release/2"
		}},
		"with a message in paragraphs and trailers": {make: func(f *fixture) string {
			f.git("cherry-pick", "-x", "trailers")
			return "trailers"
		}},
		"a pick of a new file, a mode and a binary file": {make: func(f *fixture) string {
			f.git("cherry-pick", "-x", "files")
			return "files"
		}},
		"without the line": {make: func(f *fixture) string {
			f.git("cherry-pick", "original")
			return ""
		}},
		"only says so": {make: func(f *fixture) string {
			f.commit(says(f), "a", lines(30, map[int]string{2: "other context", 20: "evil"}))
			return ""
		}},
		"says so and changes nothing": {make: func(f *fixture) string {
			f.commit(says(f))
			return ""
		}},
		"picks and adds a file": {make: func(f *fixture) string {
			f.git("cherry-pick", "-n", "original")
			f.commit(says(f), "evil", "evil\n")
			return ""
		}},
		"picks and adds a line": {make: func(f *fixture) string {
			f.git("cherry-pick", "-n", "original")
			f.commit(says(f), "a", lines(30, map[int]string{2: "other context", 20: "new\nmore", 25: "new too"}))
			return ""
		}},
		"picks and removes a line more": {make: func(f *fixture) string {
			f.git("cherry-pick", "-n", "original")
			text := lines(30, map[int]string{2: "other context", 20: "new", 25: "new too"})
			f.commit(says(f), "a", strings.Replace(text, strings.Repeat("x", 10)+"\n", "", 1))
			return ""
		}},
		"picks and makes a file executable": {make: func(f *fixture) string {
			f.git("cherry-pick", "-n", "original")
			f.git("update-index", "--chmod=+x", "a")
			f.tick++
			f.git("commit", "-q", "-m", says(f))
			return ""
		}},
		"adds another binary file": {make: func(f *fixture) string {
			f.git("cherry-pick", "-x", "files")
			f.write("binary", "\x00\x02")
			f.git("add", "binary")
			f.git("commit", "-q", "--amend", "--no-edit")
			return ""
		}},
		"with another message": {make: func(f *fixture) string {
			f.git("cherry-pick", "-x", "original")
			message := f.git("log", "-1", "--format=%B")
			f.git("commit", "-q", "--amend", "-m", "wip: "+message)
			return ""
		}},
		"with more behind the line": {make: func(f *fixture) string {
			f.git("cherry-pick", "-x", "original")
			message := f.git("log", "-1", "--format=%B")
			f.git("commit", "-q", "--amend", "-m", message+"\nReviewed-by: A U Thor <author@example.com>")
			return ""
		}},
		"by another author": {make: func(f *fixture) string {
			f.git("cherry-pick", "-x", "original")
			f.git("commit", "-q", "--amend", "--no-edit", "--author", "A U Thor <other@example.com>")
			return ""
		}},
		"of an unprotected branch": {make: func(f *fixture) string {
			f.git("checkout", "-q", "-b", "topic", "original")
			f.commit("fix: bad", "b", "bad\n")
			f.git("checkout", "-q", "release/1")
			f.git("cherry-pick", "-x", "topic")
			return ""
		}},
		"of a commit on no branch": {make: func(f *fixture) string {
			f.git("checkout", "-q", "--detach", "original")
			id := f.commit("fix: bad", "b", "bad\n")
			f.git("checkout", "-q", "release/1")
			f.git("cherry-pick", "-x", id)
			return ""
		}},
		"of one that comes with it": {make: func(f *fixture) string {
			f.commit("fix: bad", "b", "bad\n")
			f.git("revert", "--no-edit", "HEAD")
			f.git("cherry-pick", "-x", "HEAD~1")
			return ""
		}},
		"of nothing": {make: func(f *fixture) string {
			f.commit("fix: original\n\n(cherry picked from commit "+strings.Repeat("1", 40)+")", "a", "new\n")
			return ""
		}},
		"of a tree": {make: func(f *fixture) string {
			f.commit("fix: original\n\n(cherry picked from commit "+f.id("HEAD^{tree}")+")", "a", "new\n")
			return ""
		}},
		"a merge that says so": {make: func(f *fixture) string {
			f.git("merge", "-q", "-X", "ours", "-m", says(f), "original")
			return ""
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.commit("base", "a", lines(30, nil))
			f.git("branch", "release/1")
			f.commit("fix: original", "a", lines(30, map[int]string{20: "new", 25: "new too"}))
			f.git("tag", "original")
			f.commit("fix: trailers\n\nA paragraph.\n\nAnother.\n\nRefs: #1\nSigned-off-by: A U Thor <author@example.com>", "a", lines(30, map[int]string{10: "t", 20: "new", 25: "new too"}))
			f.git("tag", "trailers")
			f.write("binary", "\x00\x01")
			f.write("text", "without an end")
			f.git("add", "-A")
			f.git("update-index", "--chmod=+x", "a", "text")
			f.tick++
			f.git("commit", "-q", "-m", "fix: files")
			f.git("tag", "files")
			f.git("checkout", "-q", "-f", "release/1")
			old := f.commit("apart", "a", lines(30, map[int]string{2: "other context"}))
			original := c.make(f)
			tip := f.id("HEAD")
			want := ""
			if original != "" {
				want = f.id(original)
			}
			f.git("checkout", "-q", "-f", "--detach", old)
			f.git("branch", "-q", "-f", "release/1", old)

			change := readReleases(t, f.open(), analyzers.RefUpdate{Ref: "refs/heads/release/1", Old: old, New: tip})
			check := func(where string, change *analyzers.Change) {
				t.Helper()
				if k := change.Commits[len(change.Commits)-1]; k.Picks != want {
					t.Errorf("%s: %q picks %q, want %q", where, k.Message, k.Picks, want)
				}
			}
			check("push", change)
			in, err := f.open().Range(t.Context(), old, tip, Scope{Ref: "refs/heads/release/1", Protected: protectReleases})
			if err != nil {
				t.Fatal(err)
			}
			check("range on the server", in)

			// A clone has all that under other names, and its own branches count for nothing.
			for _, b := range strings.Fields(f.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")) {
				f.git("update-ref", "refs/remotes/origin/"+b, "refs/heads/"+b)
			}
			f.git("branch", "-q", "-f", "main", tip)
			in, err = f.open().Range(t.Context(), old, tip, Scope{Ref: "refs/heads/release/1", Protected: protectReleases})
			if err != nil {
				t.Fatal(err)
			}
			check("range in a clone", in)
			change, err = f.open().Push(t.Context(), []analyzers.RefUpdate{{Ref: "refs/heads/release/1", Old: old, New: tip}},
				PushOptions{Protected: protectReleases, Remote: "origin"})
			if err != nil {
				t.Fatal(err)
			}
			check("pre-push", change)
		})
	}
}

func protectReleases(ref, head string) bool {
	return ref == "refs/heads/main" || strings.HasPrefix(ref, "refs/heads/release/")
}

// TestPicksWithoutBranches: where nothing is protected, nothing was judged before.
func TestPicksWithoutBranches(t *testing.T) { readers(t, testPicksWithoutBranches) }

func testPicksWithoutBranches(t *testing.T) {
	f := newFixture(t)
	f.commit("base", "a", "one\n")
	f.git("branch", "release")
	f.commit("fix: it", "b", "b\n")
	f.git("checkout", "-q", "release")
	f.git("cherry-pick", "-x", "main")
	c, err := f.open().Range(t.Context(), "HEAD~1", "HEAD", Scope{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Commits[0].Picks != "" {
		t.Error("picked from a branch that nobody protects")
	}
}

// TestPicksOfItself: in a repository whose protected branch has the range already, the original in the range was not judged before it; and of a
// binary file the same lines are not the same change.
func TestPicksOfItself(t *testing.T) { readers(t, testPicksOfItself) }

func testPicksOfItself(t *testing.T) {
	f := newFixture(t)
	old := f.commit("base", "a", "one\n", "binary", "\x00\none\ntwo\nthree\n")
	f.git("branch", "release/1")
	f.commit("fix: it", "a", "two\n")
	f.git("revert", "--no-edit", "HEAD")
	f.git("cherry-pick", "-x", "HEAD~1")
	c, err := f.open().Range(t.Context(), old, "main", Scope{Protected: protectReleases})
	if err != nil {
		t.Fatal(err)
	}
	if k := c.Commits[2]; k.Picks != "" {
		t.Errorf("%q picks %s, which is in the same range", k.Message, k.Picks)
	}

	original := f.commit("fix: binary", "binary", "\x00\none\nTWO\nthree\n")
	f.git("checkout", "-q", "release/1")
	f.commit("apart", "binary", "\x00\nzero\none\ntwo\nthree\n")
	f.commit("fix: binary\n\n(cherry picked from commit "+original+")", "binary", "\x00\nzero\none\nTWO\nthree\n")
	if c, err = f.open().Range(t.Context(), "HEAD~1", "HEAD", Scope{Protected: protectReleases}); err != nil {
		t.Fatal(err)
	}
	if k := c.Commits[0]; k.Picks != "" {
		t.Errorf("%q picks %s, of which the binary file is another", k.Message, k.Picks)
	}
}

// TestLatest: a date that is forged into the past does not make what stands on younger commits old.
func TestLatest(t *testing.T) { readers(t, testLatest) }

func testLatest(t *testing.T) {
	f := newFixture(t)
	f.tick = 1000
	old := f.commit("stored", "a", "one\n")
	f.tick = 10
	f.commit("forged", "a", "two\n")
	f.tick = 2000
	f.commit("younger", "a", "three\n")
	f.tick = 20
	f.commit("forged too", "a", "four\n")
	f.git("checkout", "-q", "-b", "side", "HEAD~2")
	f.tick = 30
	f.commit("side", "b", "b\n")
	f.tick = 40
	f.git("merge", "-q", "--no-ff", "-m", "merge", "main")
	tip := f.id("HEAD")
	f.git("checkout", "-q", "-f", "--detach", old)
	f.git("branch", "-q", "-f", "main", old)
	f.git("branch", "-q", "-D", "side")
	in, err := f.open().Range(t.Context(), old, tip, Scope{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"forged": 1001, "younger": 2001, "forged too": 2001, "side": 1001, "merge": 2001}
	for where, c := range map[string]*analyzers.Change{
		"push": readPush(t, f.open(), analyzers.RefUpdate{Ref: "refs/heads/topic", Old: zeros(tip), New: tip}), "range": in} {
		if len(c.Commits) != len(want) {
			t.Errorf("%s: %d commits", where, len(c.Commits))
		}
		for _, k := range c.Commits {
			if got := k.Latest.Unix() - 1_700_000_000; got != want[k.Subject()] {
				t.Errorf("%s: %s: latest %d, want %d", where, k.Subject(), got, want[k.Subject()])
			}
		}
	}
	root, err := f.open().History(t.Context(), old, Scope{})
	if err != nil || root.Commits[0].Latest.Unix() != 1_700_001_001 {
		t.Errorf("the first commit: %v, error %v", root.Commits, err)
	}
	tree, err := f.open().Tree(t.Context(), tip, Scope{})
	if err != nil || !tree.Commits[0].Latest.Equal(tree.Commits[0].Committer.When) {
		t.Errorf("a tree: %v, error %v", tree.Commits, err)
	}
}

// TestReachableFrom holds the answers against git merge-base --is-ancestor.
func TestReachableFrom(t *testing.T) { readers(t, testReachableFrom) }

func testReachableFrom(t *testing.T) {
	f := newFixture(t)
	base := f.commit("base", "a", "one\n")
	f.commit("one", "a", "two\n")
	f.git("checkout", "-q", "-b", "imported")
	f.commit("imported", "i", "1\n")
	f.commit("imported too", "i", "2\n")
	f.git("tag", "-a", "-m", "x", "v1")
	f.git("checkout", "-q", "main")
	f.commit("two", "b", "b\n")
	f.git("merge", "-q", "--no-ff", "-m", "merge", "imported")
	f.commit("three", "b", "c\n")
	tip := f.id("HEAD")
	f.git("checkout", "-q", "-b", "elsewhere", "imported")
	f.commit("elsewhere", "e", "e\n") // outside of the change, with commits of it below
	f.git("checkout", "-q", "--detach", base)
	orphan := f.object("commit", "tree "+f.id("HEAD^{tree}")+"\nauthor A <a> 1 +0000\ncommitter A <a> 1800000000 +0000\n\nunrelated\n")
	c, err := f.open().Range(t.Context(), base, tip, Scope{})
	if err != nil {
		t.Fatal(err)
	}
	for _, rev := range []string{base, tip, tip + "~1", "imported", "v1", "elsewhere", "main~1^1", orphan} {
		id := f.id(rev + "^{commit}")
		got, err := f.open().ReachableFrom(t.Context(), rev, c.Commits)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, k := range c.Commits {
			_, no := f.try("", "merge-base", "--is-ancestor", k.ID, id)
			if got[k.ID] != (no == nil) {
				t.Errorf("%s reaches %s: %v, git says %v", rev, k.Subject(), got[k.ID], no == nil)
			}
			if got[k.ID] {
				n++
			}
		}
		if n != len(got) {
			t.Errorf("%s: %d ids that are not of the change", rev, len(got)-n)
		}
	}
	for _, rev := range []string{strings.Repeat("1", 40), "refs/heads/none"} {
		if got, err := f.open().ReachableFrom(t.Context(), rev, c.Commits); err != nil || got == nil || len(got) > 0 {
			t.Errorf("%s: %v, error %v", rev, got, err)
		}
	}
	if got, err := f.open().ReachableFrom(t.Context(), f.id("HEAD^{tree}"), c.Commits); err == nil && len(got) > 0 {
		t.Errorf("a tree reaches %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.open().ReachableFrom(ctx, "elsewhere", c.Commits); err == nil {
		t.Error("interrupted, and nobody said so")
	}
}

func readReleases(t *testing.T, r *Repo, update analyzers.RefUpdate) *analyzers.Change {
	t.Helper()
	c, err := r.Push(t.Context(), []analyzers.RefUpdate{update}, PushOptions{Protected: protectReleases})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
