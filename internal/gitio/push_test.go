package gitio

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// A scene is a client and a bare server that share a first commit, "base", on main.
type scene struct {
	client, server *fixture
}

func newScene(t testing.TB, initOptions ...string) *scene {
	t.Helper()
	s := &scene{newFixture(t, initOptions...), newFixture(t, append(initOptions, "--bare")...)}
	s.client.commit("base", "a.txt", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n")
	s.client.git("push", "-q", s.server.dir, "main")
	return s
}

// send brings the objects of a push into a quarantine of the server, as receive-pack does before it runs pre-receive
// (builtin/receive-pack.c, unpack): unpacked, or as one pack. It returns the server as the hook sees it. specs are
// "revision:ref" or ":ref".
func (s *scene) send(packed bool, specs ...string) (*fixture, []analyzers.RefUpdate) {
	t := s.server.t
	t.Helper()
	var updates []analyzers.RefUpdate
	var revs strings.Builder
	for _, spec := range specs {
		rev, ref, _ := strings.Cut(spec, ":")
		u := s.server.update(ref, "")
		if u.New = zeros(u.Old); rev != "" {
			u.New = s.client.id(rev)
			revs.WriteString(u.New + "\n")
		}
		if u.Old == "" {
			u.Old = zeros(u.New)
		}
		updates = append(updates, u)
	}
	for ref := range strings.FieldsSeq(s.server.git("for-each-ref", "--format=%(objectname)")) {
		if _, err := s.client.try("", "cat-file", "-e", ref); err == nil {
			revs.WriteString("^" + ref + "\n")
		}
	}
	quarantine := filepath.Join(s.server.dir, "objects", "tmp_objdir-incoming-x")
	if err := os.MkdirAll(quarantine, 0o755); err != nil {
		t.Fatal(err)
	}
	hook := s.server.with("GIT_DIR=.", "GIT_OBJECT_DIRECTORY=objects/tmp_objdir-incoming-x", "GIT_ALTERNATE_OBJECT_DIRECTORIES=objects",
		"GIT_QUARANTINE_PATH="+quarantine)
	pack := s.client.gitIn(revs.String(), "pack-objects", "--revs", "--stdout", "--thin", "-q") + "\n"
	pack = strings.TrimSuffix(pack, "\n")
	if packed {
		hook.gitIn(pack, "index-pack", "--stdin", "--fix-thin")
	} else {
		hook.gitIn(pack, "unpack-objects", "-q")
	}
	return hook, updates
}

// pushes are every kind of ref update. client prepares the client and returns what is pushed.
var pushes = []struct {
	name   string
	client func(*fixture) []string
	want   string
}{
	{"nothing", func(*fixture) []string { return nil }, ""},
	{"new branch", func(f *fixture) []string {
		f.commit("add b", "b.txt", "b\n")
		return []string{"HEAD:refs/heads/topic"}
	}, `heads/topic "commit" ff=true: add b
		add b A "b.txt" 100644
		add b "b.txt":1 "b\n"`},
	{"fast-forward", func(f *fixture) []string {
		f.commit("edit", "a.txt", "one\nTWO\nthree\nfour\nfive\nsix\nseven\neight")
		f.commit("again", "a.txt", "one\nTWO\nthree\nfour\nfive\nsix\nseven\neight\n")
		return []string{"HEAD:refs/heads/main"}
	}, `heads/main "commit" ff=true: edit again
		edit M "a.txt" 100644
		again M "a.txt" 100644
		edit "a.txt":2 "TWO\n"
		edit "a.txt":8 "eight"
		again "a.txt":8 "eight\n"`},
	{"force push", func(f *fixture) []string {
		f.git("commit", "-q", "--amend", "-m", "other base")
		return []string{"HEAD:refs/heads/main"}
	}, `heads/main "commit" ff=false: other base
		other base A "a.txt" 100644
		other base "a.txt":1 "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"`},
	{"deletion", func(*fixture) []string { return []string{":refs/heads/main"} }, `heads/main "" ff=false:`},
	{"several refs", func(f *fixture) []string {
		f.commit("x", "x", "x\n")
		f.git("branch", "one")
		f.commit("y", "y", "y\n")
		return []string{"one:refs/heads/one", ":refs/heads/main", "HEAD:refs/heads/two"}
	}, `heads/one "commit" ff=true: x
		heads/main "" ff=false:
		heads/two "commit" ff=true: x y
		x A "x" 100644
		y A "y" 100644
		x "x":1 "x\n"
		y "y":1 "y\n"`},
	{"lightweight tag", func(f *fixture) []string {
		f.commit("tagged", "t", "t\n")
		return []string{"HEAD:refs/tags/v1"}
	}, `tags/v1 "commit" ff=true: tagged
		tagged A "t" 100644
		tagged "t":1 "t\n"`},
	{"tag of a tag", func(f *fixture) []string {
		f.commit("tagged", "t", "t\n")
		f.git("tag", "-a", "-m", "inner", "inner")
		f.git("tag", "-a", "-m", "outer", "outer", "inner")
		return []string{"outer:refs/tags/outer", "inner:refs/tags/inner"}
	}, `tags/outer "tag" ff=true: tag outer→tag tag inner→commit tagged
		tags/inner "tag" ff=true: tag inner→commit tagged
		tagged A "t" 100644
		tagged "t":1 "t\n"`},
	{"tag of a blob", func(f *fixture) []string {
		f.git("tag", "-a", "-m", "key", "key", f.object("blob", "key\n"))
		return []string{"key:refs/tags/key"}
	}, `tags/key "tag" ff=true: tag key→blob
		refs/tags/key A "" 100644
		refs/tags/key "":1 "key\n"`},
	{"tag of a tree", func(f *fixture) []string {
		f.git("tag", "-a", "-m", "tree", "tree", f.gitIn("100644 blob "+f.object("blob", "leaf\n")+"\tleaf\n", "mktree"))
		return []string{"tree:refs/tags/tree"}
	}, `tags/tree "tag" ff=true: tag tree→tree
		refs/tags/tree A "leaf" 100644
		refs/tags/tree "leaf":1 "leaf\n"`},
	{"ref to a blob and to a tree that the server has", func(f *fixture) []string {
		return []string{f.object("blob", "loose\n") + ":refs/x/blob", "HEAD^{tree}:refs/x/tree"}
	}, `x/blob "blob" ff=true:
		x/tree "tree" ff=true:
		refs/x/blob A "" 100644
		refs/x/tree A "a.txt" 100644
		refs/x/blob "":1 "loose\n"
		refs/x/tree "a.txt":1 "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"`},
	{"notes", func(f *fixture) []string {
		f.git("notes", "add", "-m", "a note")
		return []string{"refs/notes/commits:refs/notes/commits"}
	}, `notes/commits "commit" ff=true: Notes added by 'git notes add'
		Notes added by 'git notes add' A "3a1be6edc4f3dfb5e2b6bc1a0e1a5d6d5a3d4b60" 100644
		Notes added by 'git notes add' "3a1be6edc4f3dfb5e2b6bc1a0e1a5d6d5a3d4b60":1 "a note\n"`},
	{"root commit", func(f *fixture) []string {
		f.git("checkout", "-q", "--orphan", "new")
		f.commit("root", "a.txt", "root\n")
		return []string{"new:refs/heads/new"}
	}, `heads/new "commit" ff=true: root
		root A "a.txt" 100644
		root "a.txt":1 "root\n"`},
	{"octopus", func(f *fixture) []string {
		for _, b := range []string{"x", "y", "z"} {
			f.git("checkout", "-q", "-b", b, "main")
			f.commit(b, b, b+"\n")
		}
		f.git("checkout", "-q", "main")
		f.git("merge", "-q", "--no-ff", "-m", "octopus", "x", "y", "z")
		f.write("x", "x\nevil\n")
		f.git("commit", "-q", "-a", "--amend", "-m", "octopus")
		return []string{"x:refs/heads/x", "y:refs/heads/y", "HEAD:refs/heads/main"}
	}, `heads/x "commit" ff=true: x
		heads/y "commit" ff=true: y
		heads/main "commit" ff=true: x y z octopus
		x A "x" 100644
		y A "y" 100644
		z A "z" 100644
		octopus A "x" 100644
		x "x":1 "x\n"
		y "y":1 "y\n"
		z "z":1 "z\n"
		octopus "x":2 "evil\n"`},
	{"evil merge across a rename", func(f *fixture) []string {
		f.git("checkout", "-q", "-b", "topic")
		f.commit("topic", "a.txt", "one\ntwo\nthree\nfour\nfive\nsix\nSEVEN\n")
		f.git("checkout", "-q", "main")
		f.git("mv", "a.txt", "b.txt")
		f.commit("rename")
		f.git("merge", "-q", "--no-commit", "topic")
		f.commit("evil", "b.txt", "ONE\ntwo\nthree\nfour\nevil\nfive\nsix\nSEVEN\n")
		return []string{"HEAD:refs/heads/main"}
	}, `heads/main "commit" ff=true: rename topic evil
		rename R "a.txt"→"b.txt" 100644
		topic M "a.txt" 100644
		evil M "b.txt" 100644
		topic "a.txt":7 "SEVEN\n"
		evil "b.txt":1 "ONE\n"
		evil "b.txt":5 "evil\n"`},
	{"merge that takes one side whole", func(f *fixture) []string {
		f.git("checkout", "-q", "-b", "topic")
		f.commit("theirs", "a.txt", "theirs\n")
		f.git("checkout", "-q", "main")
		f.commit("ours", "a.txt", "ours\n")
		f.git("merge", "-q", "-s", "ours", "-m", "merge", "topic")
		return []string{"HEAD:refs/heads/main"}
	}, `heads/main "commit" ff=true: ours theirs merge
		ours M "a.txt" 100644
		theirs M "a.txt" 100644
		ours "a.txt":1 "ours\n"
		theirs "a.txt":1 "theirs\n"`},
	{"rename with one changed line", func(f *fixture) []string {
		f.git("mv", "a.txt", "c d.txt")
		f.commit("rename", "c d.txt", "one\ntwo\nthree\nFOUR\nfive\nsix\nseven\n")
		return []string{"HEAD:refs/heads/main"}
	}, `heads/main "commit" ff=true: rename
		rename R "a.txt"→"c d.txt" 100644
		rename "c d.txt":4 "FOUR\n"`},
	{"mode change, symlink, submodule", func(f *fixture) []string {
		f.git("update-index", "--add", "--chmod=+x", "a.txt")
		f.git("update-index", "--add", "--cacheinfo", "120000,"+f.object("blob", "target")+",link")
		f.git("update-index", "--add", "--cacheinfo", "160000,"+f.id("HEAD")+",module")
		f.git("commit", "-q", "-m", "modes")
		f.git("update-index", "--cacheinfo", "160000,"+f.id("HEAD")+",module")
		f.git("commit", "-q", "-m", "module")
		return []string{"HEAD:refs/heads/main"}
	}, `heads/main "commit" ff=true: modes module
		modes M "a.txt" 100755
		modes A "link" 120000
		modes A "module" 160000
		module M "module" 160000
		modes "link":1 "target"`},
	{"LFS pointer", func(f *fixture) []string {
		f.commit("pointer", ".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n",
			"x.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:"+strings.Repeat("0f", 32)+"\nsize 12\n")
		return []string{"HEAD:refs/heads/main"}
	}, `heads/main "commit" ff=true: pointer
		pointer A ".gitattributes" 100644
		pointer A "x.bin" 100644
		pointer ".gitattributes":1 "*.bin filter=lfs diff=lfs merge=lfs -text\n"
		pointer "x.bin":1 "version https://git-lfs.github.com/spec/v1\noid sha256:` + strings.Repeat("0f", 32) + `\nsize 12\n"`},
}

// TestPush reads every kind of push out of a quarantine: unpacked, packed, and in both object formats.
func TestPush(t *testing.T) { readers(t, testPush) }

func testPush(t *testing.T) {
	for _, p := range pushes {
		for _, how := range []struct {
			name   string
			packed bool
			init   []string
		}{{"loose", false, nil}, {"packed", true, nil}, {"sha256", false, []string{"--object-format=sha256"}}} {
			t.Run(p.name+"/"+how.name, func(t *testing.T) {
				s := newScene(t, how.init...)
				base := s.client.id("HEAD")
				hook, updates := s.send(how.packed, p.client(s.client)...)
				c := readPush(t, hook.open(), updates...)
				equal(t, show(t, c), strings.ReplaceAll(p.want, "3a1be6edc4f3dfb5e2b6bc1a0e1a5d6d5a3d4b60", base))
				hook.treesOfPush(t, c)
				for i, k := range c.Commits {
					if len(k.Defects) > 0 {
						t.Errorf("%s: defects %q", k.Subject(), k.Defects)
					}
					for _, parent := range k.Parents {
						if slices.ContainsFunc(c.Commits[i:], func(k *analyzers.Commit) bool { return k.ID == parent }) {
							t.Errorf("%s comes before its parent", k.Subject())
						}
					}
				}
			})
		}
	}
}

// TestPushOfManyObjects reads a pack as git keeps it from 100 objects on (receive.unpackLimit).
func TestPushOfManyObjects(t *testing.T) { readers(t, testPushOfManyObjects) }

func testPushOfManyObjects(t *testing.T) {
	s := newScene(t)
	var files []string
	for i := range 150 {
		files = append(files, fmt.Sprintf("dir%d/f%d", i%7, i), fmt.Sprintf("line %d\n", i))
	}
	s.client.commit("many", files...)
	hook, updates := s.send(true, "HEAD:refs/heads/main")
	c := readPush(t, hook.open(), updates...)
	if got := strings.Count(show(t, c), "line "); got != 150 {
		t.Errorf("%d lines, want 150", got)
	}
	for b, err := range c.Blobs(t.Context(), nil) {
		if err != nil || !strings.HasPrefix(string(b.Data), "line ") || len(b.Files) != 1 {
			t.Errorf("blob %+v, %v", b, err)
		}
	}
}

// TestPushPlaces reads pushes into repositories that keep objects or refs elsewhere.
func TestPushPlaces(t *testing.T) { readers(t, testPushPlaces) }

func testPushPlaces(t *testing.T) {
	add := func(s *scene) {
		s.client.commit("add b", "b.txt", "b\n")
	}
	want := `heads/main "commit" ff=true: add b
		add b A "b.txt" 100644
		add b "b.txt":1 "b\n"`
	t.Run("alternates", func(t *testing.T) {
		s := newScene(t)
		fork := newFixture(t, "--bare")
		fork.write("objects/info/alternates", filepath.Join(s.server.dir, "objects")+"\n")
		fork.git("update-ref", "refs/heads/main", s.client.id("main"))
		add(s)
		s.server = fork
		hook, updates := s.send(false, "HEAD:refs/heads/main")
		equal(t, show(t, readPush(t, hook.open(), updates...)), want)
	})
	t.Run("linked worktree", func(t *testing.T) {
		s := newScene(t)
		add(s)
		tree := filepath.Join(t.TempDir(), "tree")
		s.client.git("worktree", "add", "-q", "-b", "side", tree, "HEAD~1")
		u := analyzers.RefUpdate{Ref: "refs/heads/main", Old: s.client.id("HEAD~1"), New: s.client.id("HEAD")}
		s.client.git("reset", "-q", "--hard", "HEAD~1")
		s.client.dir = tree
		r := s.client.open()
		equal(t, show(t, readPush(t, r, u)), want)
		if common := r.CommonDir(); common == r.Dir() || filepath.Base(common) != ".git" {
			t.Errorf("common directory %s of %s", common, r.Dir())
		}
		if head, err := r.HeadBranch(t.Context()); head != "refs/heads/side" || err != nil {
			t.Errorf("HEAD is %q, %v", head, err)
		}
	})
	t.Run("namespace", func(t *testing.T) {
		s := newScene(t)
		s.server.git("update-ref", "refs/namespaces/a/refs/namespaces/b/refs/heads/main", "main")
		s.server.git("symbolic-ref", "refs/namespaces/a/refs/namespaces/b/HEAD", "refs/namespaces/a/refs/namespaces/b/refs/heads/dev")
		add(s)
		hook, updates := s.send(false, "HEAD:refs/heads/main")
		s.server.git("update-ref", "refs/heads/main", s.server.git("commit-tree", "-m", "elsewhere", "main^{tree}"))
		hook.env = append(hook.env, "GIT_NAMESPACE=a/b")
		r := hook.open()
		equal(t, show(t, readPush(t, r, updates...)), want)
		if head, err := r.HeadBranch(t.Context()); head != "refs/heads/dev" || err != nil {
			t.Errorf("HEAD is %q, %v", head, err)
		}
		hook.env[len(hook.env)-1] = "GIT_NAMESPACE=c"
		if head, err := hook.open().HeadBranch(t.Context()); head != "refs/heads/main" || err != nil {
			t.Errorf("HEAD without one of the namespace is %q, %v", head, err)
		}
	})
	t.Run("git file", func(t *testing.T) {
		f := newFixture(t)
		f.commit("one")
		if err := os.Rename(filepath.Join(f.dir, ".git"), filepath.Join(f.dir, "elsewhere")); err != nil {
			t.Fatal(err)
		}
		f.write(".git", "gitdir: elsewhere\n")
		r := f.with("GIT_DIR=.git").open()
		if head, err := r.HeadBranch(t.Context()); head != "refs/heads/main" || err != nil || !filepath.IsAbs(r.Dir()) {
			t.Errorf("HEAD of %s is %q, %v", r.Dir(), head, err)
		}
	})
}

// TestPushShallow pushes from a shallow clone. GIT_SHALLOW_FILE then names the edge, beyond which there is nothing.
func TestPushShallow(t *testing.T) { readers(t, testPushShallow) }

func testPushShallow(t *testing.T) {
	s := newScene(t)
	s.client.commit("edge", "edge", "edge\n")
	edge := s.client.id("HEAD")
	s.client.commit("Revert \"edge\"\n\nThis reverts commit "+edge+".", "edge", "new\n")
	s.server.git("update-ref", "-d", "refs/heads/main")
	shallow := filepath.Join(s.server.dir, "shallow_x")
	s.server.write("shallow_x", edge+"\n")
	s.client.git("checkout", "-q", "main")
	s.client.write(".git/shallow", edge+"\n") // the client was cloned with --depth=2
	empty := newFixture(t, "--bare")
	s.server = empty
	hook, updates := s.send(false, "main:refs/heads/main")
	hook.env = append(hook.env, "GIT_SHALLOW_FILE="+shallow)
	equal(t, show(t, readPush(t, hook.open(), updates...)), `heads/main "commit" ff=true: edge Revert "edge"
		edge A "a.txt" 100644
		edge A "edge" 100644
		Revert "edge" M "edge" 100644
		edge "a.txt":1 "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"
		edge "edge":1 "edge\n"
		Revert "edge" "edge":1 "new\n"`)
	hook.env = hook.env[:len(hook.env)-1]
	if _, err := hook.open().Push(t.Context(), updates, PushOptions{}); err == nil {
		t.Error("without the edge the history is broken, and nobody said so")
	}
}
