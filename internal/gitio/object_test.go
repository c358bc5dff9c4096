package gitio

import (
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

const (
	who    = " A U Thor <a@example.com> 1700000000 +0100"
	author = "author" + who + "\n"
	commit = "committer" + who + "\n"
)

// TestMalformedCommits pushes commits that git would not write. The defect is named, and what they bring is judged all the same.
func TestMalformedCommits(t *testing.T) { readers(t, testMalformedCommits) }

func testMalformedCommits(t *testing.T) {
	f := newFixture(t, "--bare")
	tree := f.object("tree", entry("100644", "a", f.object("blob", "evil\n")))
	other := f.object("tree", "")
	base := f.commitTree("base", other)
	parent := "parent " + base + "\n"
	head := "tree " + tree + "\n" + parent
	const order = "headers are not tree, parents, author, committer"
	signature := func(name string) string { return `header "` + name + `" is not a name, a mail address and a time` }
	for _, test := range []struct {
		name, raw, message string
		defects            []string
	}{
		{"sound", head + author + commit + "\nhello\n", "hello\n", nil},
		{"no message", head + author + commit + "\n", "", nil},
		{"no blank line", head + author + commit, "", nil},
		{"no name", head + "author <a@example.com> 1700000000 +0100\n" + commit + "\nx", "x", nil},
		{"signed", head + author + commit + "gpgsig -----BEGIN\n \n abc\n -----END\n\nhello\n", "hello\n", nil},
		{"signed tag merged", head + author + commit + "mergetag object " + base + "\n type commit\n tag v1\n tagger" + who + "\n \n text\n\nhello\n", "hello\n", nil},
		{"other encoding", head + author + commit + "encoding ISO-8859-1\n\ncaf\xe9\n", "caf\xe9\n", nil},
		{"blank lines first", head + author + commit + "\n\n\nhello\n", "\n\nhello\n", nil},
		{"no line end", head + author + strings.TrimSuffix(commit, "\n"), "", []string{"headers do not end"}},
		{"no author", head + commit + "\nhello\n", "hello\n", []string{order}},
		{"no committer", head + author + "\nhello\n", "hello\n", []string{order}},
		{"two authors", head + author + "author B <b@example.com> 1 +0000\n" + commit + "\nhello\n", "hello\n", []string{order}},
		{"two trees", head + "tree " + other + "\n" + author + commit + "\nhello\n", "hello\n", []string{order}},
		{"late tree", head + author + commit + "tree " + other + "\n\nhello\n", "hello\n", []string{order}},
		{"late parent", head + author + commit + parent + "\nhello\n", "hello\n", []string{order}},
		{"parent that is an option", head + author + commit + "parent --output=x\n\nhello\n", "hello\n", []string{`header "parent" is not an object id`, order}},
		{"NUL in a header", head + author + commit + "x a\x00b\n\nhello\n", "hello\n", []string{"a NUL byte"}},
		{"NUL in the message", head + author + commit + "\nhello\x00hidden\n", "hello\x00hidden\n", []string{"a NUL byte"}},
		{"header without a value", head + author + commit + "x\n\nhello\n", "hello\n", []string{"a header without a value"}},
		{"no time", head + "author A <a@example.com>\n" + commit + "\nhello\n", "hello\n", []string{signature("author")}},
		{"time in words", head + "author A <a@example.com> last year\n" + commit + "\nhello\n", "hello\n", []string{signature("author")}},
		{"mail in mail", head + author + "committer A <a@x> <b@x> 1 +0000\n\nhello\n", "hello\n", []string{signature("committer")}},
		{"no zone", head + author + "committer A <a@x> 1\n\nhello\n", "hello\n", []string{signature("committer")}},
		{"long zone", head + author + "committer A <a@x> 1 +051800\n\nhello\n", "hello\n", []string{signature("committer")}},
		{"empty author", head + "author \n" + commit + "\nhello\n", "hello\n", []string{signature("author")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			id := f.object("commit", test.raw)
			c := readPush(t, f.open(), analyzers.RefUpdate{Ref: "refs/heads/x", Old: zeros(id), New: id})
			if len(c.Commits) != 2 {
				t.Fatalf("%d commits, want 2", len(c.Commits))
			}
			k := c.Commits[1]
			if !slices.Equal(k.Defects, test.defects) {
				t.Errorf("defects %q, want %q", k.Defects, test.defects)
			}
			if k.Message != test.message || k.Tree != tree || !slices.Equal(k.Parents, []string{base}) || string(k.Raw) != test.raw {
				t.Errorf("read as %+v", k)
			}
			if strings.Contains(test.raw, author) && (k.Author.Email != "a@example.com" || k.Author.When.Unix() != 1_700_000_000) {
				t.Errorf("author %+v", k.Author)
			}
			if n, err := evilLines(f.open(), id); n != 1 || err != nil {
				t.Errorf("%d evil lines, %v", n, err)
			}
		})
	}
}

// TestMalformedTags does the same for tags. The target is the one that git follows.
func TestMalformedTags(t *testing.T) { readers(t, testMalformedTags) }

func testMalformedTags(t *testing.T) {
	f := newFixture(t, "--bare")
	evil, good := f.object("blob", "evil\n"), f.object("blob", "good\n")
	head := "object " + evil + "\ntype blob\ntag v1\n"
	const order = "headers are not object, type, tag, tagger"
	for _, test := range []struct {
		name, raw, message string
		defects            []string
	}{
		{"sound", head + "tagger" + who + "\n\nhello\n", "hello\n", nil},
		{"of 2005", head + "\nhello\n", "hello\n", nil},
		{"signed", head + "tagger" + who + "\ngpgsig-sha256 -----BEGIN\n  \n -----END\n\nhello\n", "hello\n", nil},
		{"two objects", head + "tagger" + who + "\nobject " + good + "\n\nhello\n", "hello\n", []string{order}},
		{"two names", head + "tag v2\ntagger" + who + "\n\nhello\n", "hello\n", []string{order}},
		{"two types", head + "type commit\ntagger" + who + "\n\nhello\n", "hello\n", []string{order}},
		{"wrong type", strings.Replace(head, "blob", "commit", 1) + "tagger" + who + "\n\nhello\n", "hello\n", nil},
		{"tagger without a time", head + "tagger A <a@x>\n\nhello\n", "hello\n", []string{`header "tagger" is not a name, a mail address and a time`}},
		{"NUL", head + "tagger" + who + "\n\nhello\x00hidden\n", "hello\x00hidden\n", []string{"a NUL byte"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			id := f.object("tag", test.raw)
			r := f.open()
			c := readPush(t, r, analyzers.RefUpdate{Ref: "refs/tags/v1", Old: zeros(id), New: id})
			if len(c.Tags) != 1 {
				t.Fatalf("%d tags", len(c.Tags))
			}
			tag := c.Tags[0]
			if !slices.Equal(tag.Defects, test.defects) {
				t.Errorf("defects %q, want %q", tag.Defects, test.defects)
			}
			if tag.Target != evil || tag.Name != "v1" || tag.Message != test.message || string(tag.Raw) != test.raw {
				t.Errorf("read as %+v", tag)
			}
			if n, err := evilLines(r, id); n != 1 || err != nil {
				t.Errorf("%d evil lines, %v", n, err)
			}
		})
	}
	for name, raw := range map[string]string{
		"no object":         "type blob\ntag v1\n\nhello\n",
		"expression":        "object HEAD\ntype commit\ntag v1\n\nhello\n",
		"missing object":    "object " + strings.Repeat("1", 40) + "\ntype blob\ntag v1\n\nhello\n",
		"an empty one":      "",
		"name of an object": "object " + evil[:20] + "\ntype blob\ntag v1\n\nhello\n",
	} {
		if n, err := evilLines(f.open(), f.object("tag", raw)); err == nil {
			t.Errorf("%s: %d evil lines and no error", name, n)
		}
	}
	id := evil
	for range source.MaxTagChain + 1 {
		id = f.object("tag", "object "+id+"\ntype tag\ntag v1\n\nhello\n")
	}
	if _, err := evilLines(f.open(), id); err == nil || !strings.Contains(err.Error(), "point to each other") {
		t.Errorf("a chain of tags: %v", err)
	}
}

// TestLongHeaders reads commits and tags that are larger than what is read.
func TestLongHeaders(t *testing.T) { readers(t, testLongHeaders) }

func testLongHeaders(t *testing.T) {
	f := newFixture(t, "--bare")
	tree := f.object("tree", entry("100644", "a", f.object("blob", "evil\n")))
	id := f.object("commit", "tree "+tree+"\n"+author+commit+"\n"+strings.Repeat("long\n", 300))
	next := f.commitTree("next", f.object("tree", ""), id)
	r := f.open()
	r.maxHeader = 1000
	c := readPush(t, r, analyzers.RefUpdate{Ref: "refs/heads/x", Old: zeros(next), New: next})
	if d := c.Commits[0].Defects; len(d) != 1 || !strings.Contains(d[0], "at most 1000") || c.Commits[0].Raw != nil || len(c.Commits[1].Defects) != 0 {
		t.Errorf("commits %+v", c.Commits)
	}
	if h := hunksByFile(t, c)[place{id, "a"}]; len(h) != 1 {
		t.Errorf("hunks %+v", h)
	}
	tag := f.object("tag", "object "+id+"\ntype commit\ntag v1\n\n"+strings.Repeat("long\n", 300))
	if _, err := r.Push(t.Context(), []analyzers.RefUpdate{{Ref: "refs/tags/v1", Old: zeros(tag), New: tag}}, PushOptions{}); err == nil {
		t.Error("a tag that is not read has no target, and nobody said so")
	}
}

// TestReverts proves reverts, and does not believe what only says so.
func TestReverts(t *testing.T) { readers(t, testReverts) }

func testReverts(t *testing.T) {
	says := func(id string) string { return "Revert\n\nThis reverts commit " + id + ".\n" }
	for name, make := range map[string]func(f *fixture) (reverted string){
		"revert of the last": func(f *fixture) string {
			f.commit("x", "a", "new\n")
			f.git("revert", "--no-edit", "HEAD")
			return f.id("HEAD~1")
		},
		"revert of an older one": func(f *fixture) string {
			f.commit("x", "a", "new\n")
			f.commit("y", "b", "b\n")
			f.git("revert", "--no-edit", "HEAD~1")
			return f.id("HEAD~2")
		},
		"revert of one that the server has": func(f *fixture) string {
			f.git("revert", "--no-edit", "stored")
			return f.id("stored")
		},
		"revert of a merge": func(f *fixture) string {
			f.git("checkout", "-q", "-b", "side")
			f.commit("side", "side", "side\n")
			f.git("checkout", "-q", "main")
			f.git("merge", "-q", "--no-ff", "-m", "merge", "side")
			f.git("revert", "--no-edit", "-m", "1", "HEAD")
			return f.id("HEAD~1")
		},
		"revert of a revert": func(f *fixture) string {
			f.git("revert", "--no-edit", "stored")
			f.git("revert", "--no-edit", "HEAD")
			return f.id("HEAD~1")
		},
		"only says so": func(f *fixture) string {
			id := f.commit("x", "a", "new\n")
			f.commit(says(id), "a", "something else\n")
			return ""
		},
		"says so and changes nothing": func(f *fixture) string {
			f.commit(says(f.commit("x", "a", "new\n")))
			return ""
		},
		"reverts and adds": func(f *fixture) string {
			id := f.commit("x", "a", "new\n")
			f.commit(says(id), "a", "one\n", "b", "evil\n")
			return ""
		},
		"reverts a part": func(f *fixture) string {
			id := f.commit("x", "a", "new\n", "b", "b\n")
			f.commit(says(id), "a", "one\n")
			return ""
		},
		"of another branch": func(f *fixture) string {
			f.git("checkout", "-q", "-b", "side")
			id := f.commit("side", "a", "new\n")
			f.git("checkout", "-q", "main")
			f.commit("same", "a", "new\n")
			f.commit(says(id), "a", "one\n")
			return ""
		},
		"of nothing": func(f *fixture) string {
			f.commit(says(strings.Repeat("1", 40)), "a", "new\n")
			return ""
		},
		"of a tree": func(f *fixture) string {
			f.commit(says(f.id("HEAD^{tree}")), "a", "new\n")
			return ""
		},
		"of itself, as parent": func(f *fixture) string {
			id := f.commit("x", "a", "new\n")
			raw := f.git("cat-file", "commit", id)
			head, message, _ := strings.Cut(raw, "\n\n")
			odd := f.object("commit", head+"\nparent --output="+f.dir+"/written\n\n"+message+"\n")
			f.git("reset", "-q", "--soft", odd)
			f.commit(says(odd), "a", "one\n")
			return odd
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.commit("base", "a", "zero\n")
			f.commit("stored", "a", "one\n")
			f.git("update-ref", "refs/stored/main", "HEAD")
			f.git("tag", "stored")
			want := make(f)
			tip := f.id("HEAD")
			f.git("checkout", "-q", "--detach", "stored")
			f.git("branch", "-q", "-f", "main", "stored")
			c := readPush(t, f.open(), analyzers.RefUpdate{Ref: "refs/heads/topic", Old: zeros(tip), New: tip})
			if k := c.Commits[len(c.Commits)-1]; k.Reverts != want {
				t.Errorf("%q reverts %q, want %q", k.Message, k.Reverts, want)
			}
			if strings.Contains(f.git("status", "--porcelain", "--", "written"), "written") {
				t.Error("a commit made git write a file")
			}
		})
	}
}
