//go:build unix

package gitio

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// TestOctopusIsBounded reads a commit of 19 KB that names one parent 400 times, over 10,000 paths: 4 million versions to keep.
func TestOctopusIsBounded(t *testing.T) { readers(t, testOctopusIsBounded) }

func testOctopusIsBounded(t *testing.T) {
	f := newFixture(t, "--bare")
	hundred := func(mode, id string) string {
		var entries string
		for i := range 100 {
			entries += entry(mode, fmt.Sprintf("%02d", i), id)
		}
		return f.object("tree", entries)
	}
	square := func(text string) string { return hundred("40000", hundred("100644", f.object("blob", text))) }
	parent := f.commitTree("parent", square("x\n"))
	octopus := f.commitTree("octopus", square("y\n"), slices.Repeat([]string{parent}, 400)...)
	c, err := f.open().Range(t.Context(), parent, octopus, Scope{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err = range c.Files(t.Context()) {
		break
	}
	if !errors.Is(err, source.ErrTooMuch) {
		t.Errorf("%v, want %v", err, source.ErrTooMuch)
	}
}

// TestDanglingSymbolicRef pushes to a symbolic ref whose target does not exist yet: git makes the target, so that it must not be judged
// by the rules of another name.
func TestDanglingSymbolicRef(t *testing.T) { readers(t, testDanglingSymbolicRef) }

func testDanglingSymbolicRef(t *testing.T) {
	f := newFixture(t, "--bare")
	tip := f.commitTree("tip", f.object("tree", ""))
	f.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
	for ref, symbolic := range map[string]bool{"refs/heads/alias": true, "refs/heads/main": false} {
		u := analyzers.RefUpdate{Ref: ref, Old: zeros(tip), New: tip}
		if _, err := f.open().Push(t.Context(), []analyzers.RefUpdate{u}, PushOptions{Protected: protect}); errors.Is(err, ErrSymbolic) != symbolic {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

// TestHeadIsFollowed finds HEAD's branch behind another symbolic ref.
func TestHeadIsFollowed(t *testing.T) { readers(t, testHeadIsFollowed) }

func testHeadIsFollowed(t *testing.T) {
	f := newFixture(t, "--bare")
	f.git("symbolic-ref", "refs/heads/current", "refs/heads/main")
	f.git("symbolic-ref", "HEAD", "refs/heads/current")
	if head, err := f.open().HeadBranch(t.Context()); head != "refs/heads/main" || err != nil {
		t.Errorf("%q, %v", head, err)
	}
	f.git("symbolic-ref", "refs/heads/main", "refs/heads/current")
	r, err := Open(t.Context(), Options{Dir: f.dir, Environ: f.environ(), Reader: readerOf(t)})
	if err == nil {
		defer r.Close()
		_, err = r.HeadBranch(t.Context())
	}
	if err == nil {
		t.Error("a circle has an end")
	}
}

// TestZeroTree: the id of no object is no tree without entries.
func TestZeroTree(t *testing.T) { readers(t, testZeroTree) }

func testZeroTree(t *testing.T) {
	f := newFixture(t, "--bare")
	if out, err := readAll(t.Context(), f.open(), f.commitTree("tip", strings.Repeat("0", 40))); err == nil {
		t.Errorf("no error, but %s", out)
	}
}

// TestRevisions names commits in the ways that are understood without git, and one that is not.
func TestRevisions(t *testing.T) { readers(t, testRevisions) }

func testRevisions(t *testing.T) {
	f := newFixture(t)
	one := f.commit("one", "a.txt", "a\n")
	f.git("branch", "-m", "größe")
	f.git("branch", "a@b")
	f.git("tag", "-a", "-m", "t", "v1")
	f.git("update-ref", "refs/remotes/origin/x", one)
	two := f.commit("two", "a.txt", "b\n")
	f.git("update-ref", "ORIG_HEAD", one)
	f.git("branch", "ORIG_HEAD", two)
	r := f.open()
	for rev, want := range map[string]string{
		"HEAD": two, "refs/heads/größe": two, "größe": two, "a@b": one, "refs/heads/a@b": one, "v1": one, "refs/tags/v1": one,
		"origin/x": one, one: one, "HEAD~1": one, "HEAD^": one, one[:8]: one, "@": two, "ORIG_HEAD": one, "heads/ORIG_HEAD": two,
	} {
		if id, err := r.Resolve(t.Context(), rev); id != want || err != nil {
			t.Errorf("%q is %s, %v, want %s", rev, id, err, want)
		}
	}
	if data, err := r.ReadFile(t.Context(), "refs/heads/größe", "a.txt", 100); string(data) != "b\n" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
}

// TestGraphSwitchedOff has a commit-graph that says of the tip of main that a commit is its parent which is not. git believes it, and so
// do we, but not when the configuration says not to.
func TestGraphSwitchedOff(t *testing.T) {
	f := newFixture(t)
	base := f.commit("base", "a.txt", "a\n")
	left := f.commitTree("left over", f.id("HEAD^{tree}"))
	tip := f.commit("tip", "a.txt", "b\n")
	f.gitIn(base+"\n"+left+"\n"+tip+"\n", "commit-graph", "write", "--stdin-commits")
	path := filepath.Join(f.dir, ".git", "objects", "info", "commit-graph")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	chunks := map[string]int{} // gitformat-commit-graph(5): a table of 12 bytes for each chunk after a head of 8
	for i := range int(data[6]) {
		e := data[8+12*i:]
		chunks[string(e[:4])] = int(binary.BigEndian.Uint64(e[4:]))
	}
	position := func(id string) int {
		for i := range 3 {
			if hex.EncodeToString(data[chunks["OIDL"]+20*i:][:20]) == id {
				return i
			}
		}
		t.Fatalf("%s is not in the graph", id)
		return 0
	}
	binary.BigEndian.PutUint32(data[chunks["CDAT"]+36*position(tip)+20:], uint32(position(left)))
	if err := errors.Join(os.Remove(path), os.WriteFile(path, data, 0o644)); err != nil {
		t.Fatal(err)
	}
	u := analyzers.RefUpdate{Ref: "refs/heads/topic", Old: zeros(left), New: left}
	believed := readPush(t, f.open(), u)
	if len(believed.Commits) != 0 {
		t.Fatalf("%d commits: the graph is not used", len(believed.Commits))
	}
	for _, env := range [][]string{
		{"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=Core.CommitGraph", "GIT_CONFIG_VALUE_0=false"},
		{"GIT_CONFIG_PARAMETERS='core.commitgraph'='false'"},
		nil, // and by the repository's own configuration
	} {
		if env == nil {
			f.git("config", "core.commitGraph", "false")
		}
		if c := readPush(t, f.with(env...).open(), u); len(c.Commits) != 1 {
			t.Errorf("%q: %d new commits, want 1", env, len(c.Commits))
		}
	}
}

// TestRepackedMeanwhile packs the repository between opening it and reading the push: what was there before is not new.
func TestRepackedMeanwhile(t *testing.T) {
	s := newScene(t)
	for i := range 20 {
		s.client.commit(fmt.Sprint("c", i), "a.txt", fmt.Sprint(i, "\n"))
	}
	s.client.git("push", "-q", s.server.dir, "main")
	s.client.git("checkout", "-q", "main~5")
	s.client.commit("topic", "t.txt", "t\n")
	hook, updates := s.send(true, "HEAD:refs/heads/topic")
	r := hook.open()
	s.server.git("repack", "-q", "-a", "-d")
	s.server.git("prune-packed")
	if c := readPush(t, r, updates...); len(c.Commits) != 1 {
		t.Errorf("%d new commits, want 1", len(c.Commits))
	}
}

// TestBuiltinRunsNothing reads pushes, ranges and files, and finds the repository, without starting a process.
func TestBuiltinRunsNothing(t *testing.T) {
	f := newFixture(t)
	one := f.commit("one", "a.txt", "a\n", "dir/b.txt", "b\n")
	two := f.commit("two", "a.txt", "c\n")
	program, runs := counting(t)
	for _, env := range [][]string{nil, {"GIT_DIR=.git"}} {
		r := f.with(env...).open(func(o *Options) { o.Git, o.Reader = program, ReaderBuiltin })
		if r.Reader() != "built-in reader" {
			t.Error(r.Reader())
		}
		c := readPush(t, r, analyzers.RefUpdate{Ref: "refs/heads/topic", Old: zeros(two), New: two}, analyzers.RefUpdate{Ref: "refs/heads/main", Old: two, New: zeros(two)})
		_ = show(t, c)
		if c, err := r.Range(t.Context(), one, "main", Scope{}); err != nil || !strings.Contains(show(t, c), "a.txt") {
			t.Error(err)
		}
		if _, err := r.ReadFile(t.Context(), "HEAD", "dir/b.txt", 10); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(program + ".log"); err == nil {
		t.Errorf("git was run:\n%s", strings.Join(runs(), "\n"))
	}
}

// TestEmptyDirectoryIsAPath: a directory without files brings nothing but its name, which is judged.
func TestEmptyDirectoryIsAPath(t *testing.T) { readers(t, testEmptyDirectoryIsAPath) }

func testEmptyDirectoryIsAPath(t *testing.T) {
	f := newFixture(t, "--bare")
	none, text := f.object("tree", ""), f.object("blob", "text\n")
	below := f.object("tree", entry("40000", "name", none))
	base := f.commitTree("base", f.object("tree", entry("100644", "a", text)))
	tree := f.object("tree", entry("100644", "a", text)+entry("40000", "dir", below))
	tip := f.commitTree("tip", tree, base)
	f.git("update-ref", "refs/heads/main", base)
	c := readPush(t, f.open(), analyzers.RefUpdate{Ref: "refs/heads/x", Old: zeros(tip), New: tip},
		analyzers.RefUpdate{Ref: "refs/tags/t", Old: zeros(tree), New: tree})
	equal(t, show(t, c), `
		heads/x "commit" ff=true: tip
		tags/t "tree" ff=true:
		tip A "dir/name" 40000
		refs/tags/t A "a" 100644
		refs/tags/t A "dir/name" 40000
		refs/tags/t "a":1 "text\n"`)
}

// TestSubmoduleOfABlob: what a submodule's id names can be read under its name, but no diff shows it.
func TestSubmoduleOfABlob(t *testing.T) { readers(t, testSubmoduleOfABlob) }

func testSubmoduleOfABlob(t *testing.T) {
	f := newFixture(t, "--bare")
	commit := f.commitTree("own", f.object("tree", ""))
	for id, refused := range map[string]bool{
		f.object("blob", "text\n"): true, f.object("tree", entry("100644", "a", f.object("blob", "x"))): true,
		commit: false, strings.Repeat("1", 40): false,
	} {
		for _, mode := range []string{"160000", "644", "0"} {
			out, err := readAll(t.Context(), f.open(), f.commitTree("tip", f.object("tree", entry(mode, "sub", id))))
			if refused != (err != nil && strings.Contains(err.Error(), `"sub" is a submodule`)) {
				t.Errorf("%s %s: %v, %s", mode, id, err, out)
			}
		}
	}
}

// TestPushedEdge: who pushes says where his history ends, but not of what is there all the same.
func TestPushedEdge(t *testing.T) { readers(t, testPushedEdge) }

func testPushedEdge(t *testing.T) {
	f := newFixture(t, "--bare")
	hidden := f.commitTree("hidden", f.object("tree", ""))
	absent := strings.Repeat("1", 40)
	for parent, refused := range map[string]bool{hidden: true, absent: false} {
		tip := f.commitTree("tip", f.object("tree", ""), parent)
		edge := filepath.Join(t.TempDir(), "shallow")
		if err := os.WriteFile(edge, []byte(tip+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := readAll(t.Context(), f.with("GIT_SHALLOW_FILE="+edge).open(), tip)
		if refused != (err != nil && strings.Contains(err.Error(), "cut off from its parent "+hidden)) {
			t.Errorf("parent %s: %v, %s", parent, err, out)
		}
	}
}
