package gitio

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// state makes a statement about a revision, unsigned, and the ref that holds it. It returns the ref's name.
func (f *fixture) state(kind, rev, signer string) string {
	f.t.Helper()
	commit := f.id(rev)
	tag := f.gitIn(fmt.Sprintf("object %s\ntype commit\ntag refward/%s/%s\ntagger Bob <bob@example.com> 1700000000 +0000\n\nI have read it.\n", commit, kind, commit), "mktag")
	ref := analyzers.ReviewPrefix + commit + "/" + kind + "-" + signer
	f.git("update-ref", ref, strings.TrimSpace(tag))
	return ref
}

// showReviews writes reviews as "kind@subject lines", with "new" and "tip".
func showReviews(f *fixture, list []analyzers.Review) string {
	var out []string
	for _, v := range list {
		kind, _, _ := strings.Cut(strings.TrimPrefix(v.Tag.Name, "refward/"), "/")
		s := fmt.Sprintf("%s@%s %d", kind, f.git("log", "-1", "--format=%s", v.Tag.Target), v.Lines)
		if v.New {
			s += " new"
		}
		if v.Tip {
			s += " tip"
		}
		if tree := f.git("rev-parse", v.Tag.Target+"^{tree}"); tree != v.Tree {
			s += " with the tree " + v.Tree
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func TestReviews(t *testing.T) { readers(t, testReviews) }

func testReviews(t *testing.T) {
	for name, c := range map[string]struct {
		server func(s *scene)            // what was pushed before
		client func(f *fixture) []string // what is pushed
		ref    string
		want   string
	}{
		"nothing is stated": {nil, func(f *fixture) []string {
			f.commit("one", "b", "1\n")
			return []string{"HEAD:refs/heads/main"}
		}, "refs/heads/main", ""},
		"with the push": {nil, func(f *fixture) []string {
			f.commit("one", "b", "1\n")
			older := f.state("progress-50", "HEAD", "11111111")
			f.commit("two", "b", "2\n3\n", "c", "4\n")
			ref := f.state("approval", "HEAD", "22222222")
			return []string{"HEAD:refs/heads/main", ref + ":" + ref, older + ":" + older}
		}, "refs/heads/main", "progress-50@one 4 new; approval@two 0 new tip"},
		"before the push": {func(s *scene) {
			s.client.commit("one", "b", "1\n")
			ref := s.client.state("approval", "HEAD", "11111111")
			s.client.git("push", "-q", s.server.dir, "HEAD:refs/heads/topic", ref)
		}, func(*fixture) []string { return []string{"HEAD:refs/heads/main"} }, "refs/heads/main", "approval@one 0 tip"},
		"taken back by the push": {func(s *scene) {
			s.client.commit("one", "b", "1\n")
			ref := s.client.state("approval", "HEAD", "11111111")
			s.client.git("push", "-q", s.server.dir, "HEAD:refs/heads/topic", ref)
		}, func(f *fixture) []string {
			return []string{"HEAD:refs/heads/main", ":" + analyzers.ReviewPrefix + f.id("HEAD") + "/approval-11111111"}
		}, "refs/heads/main", ""},
		"moved by the push": {func(s *scene) {
			s.client.commit("one", "b", "1\n")
			ref := s.client.state("approval", "HEAD", "11111111")
			s.client.git("push", "-q", s.server.dir, "HEAD:refs/heads/topic", ref)
		}, func(f *fixture) []string { // to a lightweight one
			return []string{"HEAD:refs/heads/main", "HEAD:" + analyzers.ReviewPrefix + f.id("HEAD") + "/approval-11111111"}
		}, "refs/heads/main", ""},
		"of what the topic had": {func(s *scene) {
			s.client.commit("one", "b", "1\n")
			ref := s.client.state("progress-25", "HEAD", "11111111")
			s.client.git("push", "-q", s.server.dir, "HEAD:refs/heads/topic", ref)
			base := s.client.state("progress-75", "HEAD~1", "11111111") // which main has
			s.client.git("push", "-q", s.server.dir, base)
			s.client.commit("two", "b", "2\n")
		}, func(*fixture) []string { return []string{"HEAD:refs/heads/topic"} }, "refs/heads/topic", "progress-25@one 2"},
		"of another commit than its ref says": {nil, func(f *fixture) []string {
			f.commit("one", "b", "1\n")
			tag := f.git("rev-parse", f.state("approval", "HEAD~1", "11111111"))
			ref := analyzers.ReviewPrefix + f.id("HEAD") + "/approval-11111111"
			f.git("update-ref", ref, tag)
			return []string{"HEAD:refs/heads/main", ref + ":" + ref}
		}, "refs/heads/main", ""},
		"of the topic that was squashed": {func(s *scene) {
			f := s.client
			f.git("checkout", "-q", "-b", "topic")
			f.commit("one", "b", "1\n")
			f.commit("two", "b", "2\n")
			ref := f.state("approval", "HEAD", "11111111")
			f.git("push", "-q", s.server.dir, "HEAD:refs/heads/topic", ref)
			f.git("checkout", "-q", "main")
		}, func(f *fixture) []string {
			f.commit("squashed", "b", "2\n")
			return []string{"HEAD:refs/heads/main"}
		}, "refs/heads/main", "approval@two 0"},
		// The tree is the same, and would undo what came in meanwhile: nobody has approved of that.
		"of a tree that undoes": {func(s *scene) {
			f := s.client
			f.git("checkout", "-q", "-b", "topic")
			f.commit("one", "b", "1\n")
			ref := f.state("approval", "HEAD", "11111111")
			f.git("push", "-q", s.server.dir, "HEAD:refs/heads/topic", ref)
			f.git("checkout", "-q", "main")
			f.commit("mend", "a.txt", "mended\n")
			f.git("push", "-q", s.server.dir, "main")
		}, func(f *fixture) []string {
			f.git("reset", "-q", "--hard", f.commitTree("undo", f.id("topic^{tree}"), f.id("HEAD")))
			return []string{"HEAD:refs/heads/main"}
		}, "refs/heads/main", ""},
		"binary files have no lines": {nil, func(f *fixture) []string {
			f.commit("one", "b", "1\n")
			ref := f.state("progress-25", "HEAD", "11111111")
			f.commit("two", "b", "1\x00\n")
			return []string{"HEAD:refs/heads/main", ref + ":" + ref}
		}, "refs/heads/main", "progress-25@one -1 new"},
		"nothing is gained": {nil, func(f *fixture) []string {
			ref := f.state("approval", "HEAD", "11111111")
			return []string{"HEAD:refs/heads/other", ref + ":" + ref}
		}, "refs/heads/other", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			if c.server != nil {
				c.server(s)
			}
			hook, updates := s.send(true, c.client(s.client)...)
			change, err := hook.open().Push(t.Context(), updates, PushOptions{Protected: protect})
			if err != nil {
				t.Fatal(err)
			}
			for _, ref := range change.Refs {
				if ref.Ref == c.ref {
					equal(t, showReviews(s.client, reviewsOf(t, ref)), c.want)
				} else if list := reviewsOf(t, ref); len(list) > 0 {
					t.Errorf("%s has %s", ref.Ref, showReviews(s.client, list))
				}
			}
		})
	}
}

// reviewsOf reads the statements about what a ref gains.
func reviewsOf(t *testing.T, ref analyzers.RefChange) []analyzers.Review {
	t.Helper()
	if ref.Reviews == nil {
		return nil
	}
	reviews, err := ref.Reviews(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return reviews.List
}

// A range and a client see what is stored where they are.
func TestReviewsOfARange(t *testing.T) { readers(t, testReviewsOfARange) }

func testReviewsOfARange(t *testing.T) {
	f := newFixture(t)
	f.commit("base", "a", "1\n")
	f.commit("one", "a", "2\n")
	f.state("progress-25", "HEAD", "11111111")
	f.state("progress-25", "HEAD~1", "11111111")
	f.commit("two", "a", "3\n")
	f.state("approval", "HEAD", "11111111")
	change, err := f.open().Range(t.Context(), "HEAD~2", "HEAD", Scope{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, showReviews(f, reviewsOf(t, change.Refs[0])), "progress-25@one 2; approval@two 0 tip")

	u := analyzers.RefUpdate{Old: f.id("HEAD~2"), New: f.id("HEAD"), Ref: "refs/heads/main"}
	if change, err = f.open().Push(t.Context(), []analyzers.RefUpdate{u}, PushOptions{Protected: protect, Remote: "origin"}); err != nil {
		t.Fatal(err)
	}
	equal(t, showReviews(f, reviewsOf(t, change.Refs[0])), "progress-25@one 2; approval@two 0 tip")

	if change, err = f.open().History(t.Context(), "HEAD", Scope{}); err != nil || change.Refs[0].Reviews != nil {
		t.Errorf("a history has reviews, or %v", err)
	}
}

// A statement whose object is gone is no statement that nobody made.
func TestReviewThatCannotBeRead(t *testing.T) { readers(t, testReviewThatCannotBeRead) }

func testReviewThatCannotBeRead(t *testing.T) {
	f := newFixture(t)
	f.commit("base", "a", "1\n")
	f.commit("one", "a", "2\n")
	tag := f.git("rev-parse", f.state("approval", "HEAD", "11111111"))
	if err := os.Remove(filepath.Join(f.dir, ".git", "objects", tag[:2], tag[2:])); err != nil {
		t.Fatal(err)
	}
	change, err := f.open().Range(t.Context(), "HEAD~1", "HEAD", Scope{}) // who asks for no statements is not kept waiting by them
	if err != nil {
		t.Fatal(err)
	}
	if _, err := change.Refs[0].Reviews(t.Context()); !errors.Is(err, ErrNotExist) || !strings.Contains(err.Error(), "approval-11111111") {
		t.Error(err)
	}
	// One about something else is not looked at.
	f.commit("two", "a", "3\n")
	if _, err := f.open().Range(t.Context(), "HEAD~1", "HEAD", Scope{}); err != nil {
		t.Error(err)
	}
}

// Statements about other commits are not read, however many there are, nor one tag twice.
func TestManyReviews(t *testing.T) { readers(t, testManyReviews) }

func testManyReviews(t *testing.T) {
	f := newFixture(t)
	f.commit("base", "a", "1\n")
	f.commit("one", "a", "2\n")
	base, head, tag := f.id("HEAD~1"), f.id("HEAD"), f.git("rev-parse", f.state("approval", "HEAD", "11111111"))
	var packed strings.Builder // as "git pack-refs" writes them, which is much faster than as many files
	packed.WriteString("# pack-refs with: peeled fully-peeled sorted \n")
	for i := range maxReviews + 1 {
		fmt.Fprintf(&packed, "%s %s%s/approval-%08x\n^%s\n", tag, analyzers.ReviewPrefix, base, i, head)
	}
	f.write(".git/packed-refs", packed.String())
	change, err := f.open().Range(t.Context(), "HEAD~1", "HEAD", Scope{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, showReviews(f, reviewsOf(t, change.Refs[0])), "approval@one 0 tip")
	// Many refs that hold one tag state one thing; it is of another commit than their names say.
	root := f.commitTree("root", f.id("HEAD~1^{tree}"))
	if change, err = f.open().Range(t.Context(), root, "HEAD", Scope{}); err != nil {
		t.Fatal(err)
	}
	equal(t, showReviews(f, reviewsOf(t, change.Refs[0])), "approval@one 0 tip")
}
