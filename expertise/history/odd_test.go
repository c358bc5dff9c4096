package history_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

// steps holds an update from each of some commits, and over all of them one by one, against a build.
func steps(t *testing.T, f *fixture, line []string) *history.Index {
	t.Helper()
	tip := line[len(line)-1]
	x := f.update(nil, tip)
	whole := encoded(t, x)
	var one *history.Index
	for i, id := range line {
		if !bytes.Equal(encoded(t, f.update(stored(t, f.update(nil, id)), tip)), whole) {
			t.Errorf("from commit %d it differs", i)
		}
		one = f.update(one, id)
		if i%2 == 0 {
			one = stored(t, one)
		}
	}
	if !bytes.Equal(encoded(t, one), whole) {
		t.Error("commit by commit it differs")
	}
	return x
}

// raw stores a commit as it is given, whatever git thinks of it.
func (f *fixture) raw(tree string, parents []string, author, committer, message string) string {
	f.T.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", tree)
	for _, p := range parents {
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n%s", author, committer, message)
	return strings.TrimSpace(f.Git(b.String(), "hash-object", "-t", "commit", "-w", "--stdin", "--literally"))
}

// tree stores a tree that has one file with some content.
func (f *fixture) tree(path, content string) string {
	f.T.Helper()
	blob := strings.TrimSpace(f.Git(content, "hash-object", "-w", "--stdin"))
	return strings.TrimSpace(f.Git(fmt.Sprintf("100644 blob %s\t%s\x00", blob, path), "mktree", "-z"))
}

// What says that a commit is another one, or has other parents, changes nothing.
func TestReplacedAndGrafted(t *testing.T) {
	f := newFixture(t)
	line := random(f, 3, 20)
	ids := f.ids()
	var way []string
	for _, mark := range line {
		way = append(way, ids[mark])
	}
	tip := way[19]
	whole := encoded(t, f.update(nil, tip))
	old := stored(t, f.update(nil, way[12]))
	count := func() string { return strings.TrimSpace(f.Git("", "rev-list", "--count", tip)) }
	all := count()
	f.Git("", "replace", way[15], way[3])
	f.Git("", "replace", "--graft", way[8])
	replaced := count()
	if err := os.MkdirAll(filepath.Join(f.Dir, "info"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.Dir, "info", "grafts"), []byte(way[18]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if grafted := count(); replaced == all || grafted == replaced || grafted == all {
		t.Fatalf("git counts %s commits, replaced %s, grafted %s: nothing is hidden from it", all, replaced, grafted)
	}
	if !bytes.Equal(encoded(t, f.update(nil, tip)), whole) {
		t.Error("a build believes it")
	}
	if !bytes.Equal(encoded(t, f.update(old, tip)), whole) {
		t.Error("an update believes it")
	}
}

// A clone that gets deeper is read anew, since what it is made of has changed.
func TestShallowThatGetsDeeper(t *testing.T) {
	f := newFixture(t)
	line := random(f, 5, 30)
	ids := f.ids()
	var way []string
	for _, mark := range line {
		way = append(way, ids[mark])
	}
	f.Git("", "update-ref", "refs/heads/main", way[29])
	clone := filepath.Join(t.TempDir(), "clone.git")
	f.Git("", "clone", "-q", "--bare", "--depth=8", "file://"+f.Dir, clone)
	g := &fixture{Bare: gitiotest.Bare{T: t, Dir: clone}}
	x := steps(t, g, way[26:])
	if all := f.update(nil, way[29]).State.Events(); x.State.Events() >= all {
		t.Fatalf("%d of %d commits: it is not shallow", x.State.Events(), all)
	}
	old := stored(t, x)
	g.Git("", "fetch", "-q", "--deepen=6", "origin", "main")
	deeper := g.update(nil, way[29])
	if deeper.State.Events() <= x.State.Events() {
		t.Fatal("it did not get deeper")
	}
	if !bytes.Equal(encoded(t, g.update(old, way[29])), encoded(t, deeper)) {
		t.Error("the same tip is taken for the same history")
	}
	g.Git("", "fetch", "-q", "--unshallow", "origin", "main")
	if !bytes.Equal(encoded(t, g.update(stored(t, deeper), way[29])), encoded(t, f.update(nil, way[29]))) {
		t.Error("with everything there, it is not what the whole history says")
	}
}

// Histories that began apart become one.
func TestOrphansMerged(t *testing.T) {
	f := newFixture(t)
	var line []int
	tip := f.commit(made{files: map[string]string{"a/a.go": "1\n"}})
	line = append(line, tip)
	for i := range 4 {
		side := f.commit(made{who: fmt.Sprintf("Root %c <r%d@example.com>", 'A'+i, i), files: map[string]string{fmt.Sprintf("s%d/x.go", i): "1\n"}})
		side = f.commit(made{who: fmt.Sprintf("Side %c <s%d@example.com>", 'A'+i, i), parents: []int{side}, files: map[string]string{fmt.Sprintf("s%d/x.go", i): "2\n"}})
		tip = f.commit(made{parents: []int{tip, side}, files: map[string]string{fmt.Sprintf("s%d/x.go", i): "2\n"}})
		line = append(line, tip)
		tip = f.commit(made{parents: []int{tip}, files: map[string]string{"a/a.go": fmt.Sprint(i, "\n")}})
		line = append(line, tip)
	}
	ids := f.ids()
	var way []string
	for _, mark := range line {
		way = append(way, ids[mark])
	}
	x := steps(t, f, way)
	if n := x.State.Events(); n != uint64(f.n) {
		t.Errorf("%d commits count, want %d", n, f.n)
	}
	if c := x.State.File("s3/x.go"); c == nil || len(c.Wrote) != 2 {
		t.Errorf("s3/x.go: %v, want two people", c)
	}
}

// A merge can have as many parents as somebody wants.
func TestOctopus(t *testing.T) {
	const n = 10_000
	f := newFixture(t)
	root := f.commit(made{files: map[string]string{"a.go": "1\n"}})
	for i := range n {
		f.commit(made{who: fmt.Sprintf("Arm %05d <arm%d@example.com>", i%500, i%500), parents: []int{root}, files: map[string]string{fmt.Sprintf("d%d/f%d.go", i%10, i%100): fmt.Sprint(i, "\n")}})
	}
	ids := f.ids()
	tree := strings.TrimSpace(f.Git("", "rev-parse", ids[root]+"^{tree}"))
	stamp := func(k int) string { return fmt.Sprintf("Ada Arden <ada@example.com> %d +0000", start+(n+k)*3600) }
	octopus := f.raw(tree, ids[root:], stamp(2), stamp(2), "all of them\n")
	after := f.raw(f.tree("a.go", "2\n"), []string{octopus}, stamp(3), stamp(3), "after\n")
	x := steps(t, f, []string{ids[root], octopus, after})
	if got := x.State.Events(); got != n+3 {
		t.Errorf("%d commits count, want %d", got, n+3)
	}
	if got := x.People.Len(); got != 501 {
		t.Errorf("%d people, want 501", got)
	}
}

// A submodule is a path like others: who moves it on touches it.
func TestSubmodule(t *testing.T) {
	f := newFixture(t)
	link := func(m made, id string) int {
		n := f.commit(m)
		fmt.Fprintf(&f.in, "M 160000 %s sub/module\n", id)
		return n
	}
	a := link(made{files: map[string]string{"a.go": "1\n"}}, strings.Repeat("1", 40))
	b := link(made{who: "Ben Bell <ben@example.com>", parents: []int{a}}, strings.Repeat("2", 40))
	c := f.commit(made{who: "Cy Cole <cy@example.com>", parents: []int{b}, files: map[string]string{"sub/module": "", "a.go": ""}})
	d := link(made{who: "Dee Dale <dee@example.com>", parents: []int{c}, files: map[string]string{"sub/module": "a file now\n"}}, strings.Repeat("3", 40))
	ids := f.ids()
	x := steps(t, f, []string{ids[a], ids[b], ids[c], ids[d]})
	wrote := x.State.File("sub/module").Wrote
	if p := person(t, x, "ben@example.com"); wrote.Of(p, x.State.Now(), activity.FileLife).Weight == 0 {
		t.Error("Ben did not touch the submodule")
	}
}

// Names, mails, paths and dates are what somebody wrote. Whatever that is, it is kept as it is, or counts as nothing.
func TestOddCommits(t *testing.T) {
	f := newFixture(t)
	const late = "99999999999999999999"
	good := fmt.Sprintf("Ada Arden <ada@example.com> %d +0000", start)
	var line []string
	add := func(path, author, committer, message string) {
		t.Helper()
		var parents []string
		if len(line) > 0 {
			parents = line[len(line)-1:]
		}
		line = append(line, f.raw(f.tree(path, fmt.Sprint(len(line), "\n")), parents, author, committer, message))
	}
	add("plain.go", good, good, "x\n")
	add("\xff\xfe latin\xe9.go", fmt.Sprintf("J\xf6rg \xff <j\xf6rg@example.com> %d +0000", start+10), good, "x\n\nReviewed-by: Ren\xe9 <ren\xe9@example.com>\n")
	add("tab\tand\nnewline.go", fmt.Sprintf(" <> %d +0000", start+20), good, "x\n\nReviewed-by: <>\nAcked-by:\nReviewed-by: >< \n")
	add("no mail.go", fmt.Sprintf("No Mail %d +0000", start+30), good, "x\n")
	add("no name.go", fmt.Sprintf("<only@example.com> %d +0000", start+40), good, "x\n")
	add("no date.go", "Dee Dale <dee@example.com>", "Dee Dale <dee@example.com>", "x\n")
	add("nothing.go", "", "", "")
	add("future.go", "Fay Field <fay@example.com> "+late+" +0000", "Fay Field <fay@example.com> "+late+" +0000", "x\n")
	add("4000.go", "Gil Gray <gil@example.com> 64060588800 +9999", "Gil Gray <gil@example.com> 64060588800 -9999", "x\n")
	add("past.go", "Hal Hill <hal@example.com> -5 +0000", "Hal Hill <hal@example.com> -5 +0000", "x\n")
	add("1970.go", "Ida Iver <ida@example.com> 0 +0000", "Ida Iver <ida@example.com> 0 +0000", "x\n")
	add("long.go", strings.Repeat("n", 5000)+" <"+strings.Repeat("m", 5000)+"@example.com> 5 +0000", good, "x\n\nReviewed-by: "+strings.Repeat("r", 5000)+" <r@example.com>\n")
	add("zero.go", fmt.Sprintf("Jon\x00Jay <jon@example.com> %d +0000", start+50), good, "x\x00y\n\nReviewed-by: Kim\x00 <kim@example.com>\n")
	add("many <.go", fmt.Sprintf("A <b> <c@example.com> > %d +0000", start+60), good, "\n\n\n")
	add("plain.go", good, good, "x\n")
	x := steps(t, f, line)
	if now := x.State.Now(); now > clock.Unix() || now < start {
		t.Errorf("it is %d", now)
	}
	if n := x.State.Events(); n != uint64(len(line)) {
		t.Errorf("%d commits count, want %d", n, len(line))
	}
	for _, path := range []string{"\xff\xfe latin\xe9.go", "tab\tand\nnewline.go", "4000.go", "past.go", "many <.go"} {
		if c := x.State.File(path); path != line[0] && c == nil {
			t.Errorf("nobody wrote %q", path)
		}
	}
	var known []string
	for p := range x.People.Len() {
		known = append(known, x.People.Person(people.ID(p)).Mails...)
	}
	for _, mail := range []string{"j\xf6rg@example.com", "ren\xe9@example.com", "only@example.com", "fay@example.com", "ida@example.com"} {
		if !slices.Contains(known, mail) {
			t.Errorf("nobody has the mail %q", mail)
		}
	}
	if !bytes.Equal(encoded(t, stored(t, x)), encoded(t, x)) {
		t.Error("it is not read as it was written")
	}
}

// An index says by what it joins people, so that whoever knows no options reads what others found by them.
func TestOptionsAreKept(t *testing.T) {
	f := newFixture(t)
	a := f.commit(made{who: "ada <ada@home.example>", files: map[string]string{"a.go": "1\n"}})
	b := f.commit(made{parents: []int{a}, files: map[string]string{"a.go": "2\n"}})
	c := f.commit(made{who: "Merge Train <train@example.com>", parents: []int{b}, files: map[string]string{"a.go": "3\n"}})
	ids := f.ids()
	with := people.Options{Aliases: []people.Alias{{Name: "Ada", Mails: []string{"ada@home.example", "ada@example.com"}}}, Bots: []string{"*train*"}}
	update := func(old *history.Index, tip string, o people.Options) *history.Index {
		x, err := history.Update(t.Context(), f.Open(), old, tip, history.Options{Now: clock, People: o})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	none, some := update(nil, ids[c], people.Options{}), update(nil, ids[c], with)
	if none.People.Len() != 3 || some.People.Len() != 2 {
		t.Fatalf("%d and %d people, want 3 and 2", none.People.Len(), some.People.Len())
	}
	read := stored(t, some)
	if who := read.People.Person(read.People.Mail("ada@home.example")); who.Name != "Ada" || len(who.Mails) != 2 {
		t.Errorf("stored is %+v", who)
	}
	if !read.People.Person(read.People.Mail("train@example.com")).Bot {
		t.Error("stored is that the train is a person")
	}
	// Who is new is looked up by the same options.
	if who, err := read.Of(people.Ident{Name: "somebody", Mail: "ADA@home.example"}); err != nil || len(who) != 1 || who[0] != read.People.Mail("ada@example.com") {
		t.Errorf("a new name with a known mail is %v (%v)", who, err)
	}
	if read != update(read, ids[c], with) {
		t.Error("with the same options it is another index")
	}
	if !bytes.Equal(encoded(t, update(read, ids[c], people.Options{})), encoded(t, none)) || !bytes.Equal(encoded(t, update(stored(t, none), ids[c], with)), encoded(t, some)) {
		t.Error("with other options it is not built anew")
	}
	if !bytes.Equal(encoded(t, update(stored(t, update(nil, ids[a], with)), ids[c], with)), encoded(t, some)) {
		t.Error("an update with options is no build with them")
	}
}
