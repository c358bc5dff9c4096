package refstore

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

// names are those of the refs of a random repository. Some are folders of others, which cannot be there together.
var names = []string{
	"refs/heads/main", "refs/heads/a", "refs/heads/a/b", "refs/heads/a-b", "refs/heads/a.b", "refs/heads/aa", "refs/heads/ümlaut", "refs/heads/z/y/x",
	"refs/tags/v1", "refs/tags/v1.0", "refs/tags/v2", "refs/tags/nested", "refs/remotes/origin/main", "refs/remotes/origin/topic", "refs/stash",
	"refs/notes/commits", "refs/bisect/bad", "refs/worktree/mine", "refs/rewritten/label", "refs/heads/bisect", "refs/x", "refs/namespaces/n/refs/heads/main",
}

// A random is a repository to which git does what comes to a dice.
type random struct {
	*fixture
	r         *rand.Rand
	worktrees []string
}

func (f *random) any() odb.ID {
	if f.r.IntN(3) == 0 {
		return f.tags[f.r.IntN(len(f.tags))]
	}
	return f.commits[f.r.IntN(len(f.commits))]
}

func (f *random) step() {
	f.t.Helper()
	name := names[f.r.IntN(len(names))]
	dir := f.dir
	if n := f.r.IntN(len(f.worktrees) + 1); n > 0 {
		dir = f.worktrees[n-1]
	}
	switch f.r.IntN(12) {
	case 0, 1:
		f.git("", "pack-refs", "--all")
	case 2:
		f.git("", "pack-refs")
	case 3:
		_, _ = f.tryIn(dir, "", "update-ref", "--no-deref", "-d", name)
	case 4, 5:
		from := 3 + f.r.IntN(len(names)-3)
		_, _ = f.tryIn(dir, "", "symbolic-ref", names[from], names[f.r.IntN(min(from, 6))]) // perhaps to nothing, never in a circle
	case 6:
		f.git("", "update-ref", "--no-deref", "HEAD", f.commits[f.r.IntN(len(f.commits))].String())
	case 7:
		f.git("", "symbolic-ref", "HEAD", []string{"refs/heads/main", "refs/heads/none", "refs/heads/a"}[f.r.IntN(3)])
	case 8:
		_ = os.MkdirAll(f.path("refs/heads/a"), 0o777) // hides no packed ref of this name
	default:
		var in strings.Builder
		used := map[string]bool{}
		for range 1 + f.r.IntN(8) {
			if name := names[f.r.IntN(len(names))]; !used[name] {
				used[name] = true
				fmt.Fprintf(&in, "option no-deref\nupdate %s %s\n", name, f.any())
			}
		}
		_, _ = f.tryIn(dir, in.String(), "update-ref", "--stdin") // refused where one is the folder of another
	}
}

// unsort rewrites packed-refs as git wrote it of old.
func (f *random) unsort() {
	f.t.Helper()
	data, err := os.ReadFile(f.path("packed-refs"))
	if err != nil {
		return
	}
	var groups []string
	for line := range strings.Lines(string(data)) {
		switch line[0] {
		case '#':
		case '^':
			groups[len(groups)-1] += line
		default:
			groups = append(groups, line)
		}
	}
	f.r.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
	header := []string{"", "# pack-refs with: peeled \n", "# pack-refs with: peeled fully-peeled \n"}[f.r.IntN(3)]
	f.write("packed-refs", header+strings.Join(groups, ""))
}

func TestSameAsGit(t *testing.T) {
	objects := newFixture(t)
	for seed := range uint64(30) {
		f := &random{fixture: &fixture{t: t, dir: filepath.Join(t.TempDir(), "repo.git"), commits: objects.commits, tags: objects.tags, commit: objects.commit},
			r: rand.New(rand.NewPCG(seed, 1))}
		f.mkdir("objects/info")
		f.git("", "init", "-q", "--bare", "-b", "main", "--template=")
		f.write("objects/info/alternates", objects.path("objects")+"\n")
		for n := range f.r.IntN(3) {
			dir := fmt.Sprintf("%s/../wt%d", f.dir, n)
			f.git("", "worktree", "add", "-q", "--detach", "--no-checkout", dir, f.commits[n].String())
			f.worktrees = append(f.worktrees, dir)
		}
		for range f.r.IntN(25) {
			f.step()
		}
		if seed%3 == 0 {
			f.unsort()
		}
		f.same(f.dir, f.open())
		for n, dir := range f.worktrees {
			s, err := Open(f.path(fmt.Sprintf("worktrees/wt%d", n)), f.dir)
			if err != nil {
				t.Fatal(err)
			}
			f.same(dir, s)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// same holds a store against what git reads in a directory.
func (f *random) same(dir string, s *Store) {
	t := f.t
	t.Helper()
	git := func(args ...string) string {
		t.Helper()
		out, err := f.tryIn(dir, "", args...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	var want []Ref
	for line := range strings.Lines(git("for-each-ref", "--format=%(refname) %(objectname) %(symref)")) {
		part := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		want = append(want, Ref{Name: part[0], ID: f.id(part[1]), Target: part[2]})
	}
	packed, _ := os.ReadFile(f.path("packed-refs"))
	for _, prefix := range []string{"refs/", "refs/heads/", "refs/heads/a", "refs/remotes/origin/", "refs/bisect/", "refs/none/", "refs/tags/v1", "refs/namespaces/n/refs/"} {
		var expected []Ref
		for _, ref := range want {
			if strings.HasPrefix(ref.Name, prefix) {
				expected = append(expected, ref)
			}
		}
		got, err := list(s, prefix)
		if err != nil {
			t.Fatal(err)
		}
		for i, ref := range got {
			inFile := strings.Contains(string(packed), fmt.Sprintf("%s %s\n^", ref.ID, last(ref)))
			if ref.Peeled != f.commit[ref.ID] && (ref.Peeled != (odb.ID{}) || inFile && !isLoose(s, last(ref))) {
				t.Errorf("%s: peeled %s", ref.Name, ref.Peeled)
			}
			got[i].Peeled = odb.ID{}
		}
		if !slices.Equal(got, expected) {
			t.Errorf("All(%s) = %v\ngit has %v", prefix, got, expected)
		}
	}
	asked := append(slices.Clone(names), "HEAD", "refs/heads/none", "refs/heads", "refs/heads/main/x", "refs/heads/z", "refs/zz", "refs/a")
	out, err := f.tryIn(dir, strings.Join(asked, "\n")+"\n", "cat-file", "--batch-check=%(objectname)")
	answers := strings.Split(out, "\n")
	if err != nil || len(answers) != len(asked)+1 {
		t.Fatal(out, err)
	}
	for i, name := range asked {
		ref, ok, err := s.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSuffix(answers[i], name+" missing")
		if ok != (want != "") || ok && ref.ID.String() != want {
			t.Errorf("Lookup(%s) = %v, %v; git has %q", name, ref, ok, want)
		}
		if isLoose(s, name) && (!ok || ref.Target != "" || name == "HEAD") {
			if target, _ := f.tryIn(dir, "", "symbolic-ref", "-q", name); ref.Target != strings.TrimSpace(target) {
				t.Errorf("Lookup(%s) leads to %q, with git to %q", name, ref.Target, target)
			}
		}
	}
	all, err := tips(s)
	if err != nil {
		t.Fatal(err)
	}
	commits, values := map[string]bool{}, map[odb.ID]bool{}
	for _, ref := range all {
		commits[f.commit[ref.ID].String()] = true
		values[ref.ID] = true
		if ref.Peeled != (odb.ID{}) {
			values[ref.Peeled] = true
		}
	}
	revs := strings.Fields(git("rev-list", "--no-walk", "--all"))
	for _, id := range revs {
		if !commits[id] {
			t.Errorf("Tips lacks %s", id)
		}
	}
	if len(revs) != len(commits) {
		t.Errorf("Tips: %d commits, git has %d", len(commits), len(revs))
	}
	ids := slices.Concat(f.commits, f.tags, []odb.ID{{}, {1}})
	which, err := s.Which(ids)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if which[id] != values[id] {
			t.Errorf("Which(%s) = %v", id, which[id])
		}
		if one, err := s.Which([]odb.ID{id}); err != nil || one[id] != values[id] {
			t.Errorf("Which(%s alone) = %v, %v", id, one[id], err)
		}
	}
}

// last returns the name under which the id of a ref is stored.
func last(ref Ref) string {
	if ref.Target != "" {
		return ref.Target
	}
	return ref.Name
}

func isLoose(s *Store, name string) bool {
	info, err := os.Lstat(s.path(name))
	return err == nil && !info.IsDir()
}

// TestWorktreeHeads has worktrees whose folder is all that is left, or not even that.
func TestWorktreeHeads(t *testing.T) {
	f := newFixture(t)
	f.git("", "update-ref", "refs/heads/main", f.commits[0].String())
	for n := range 6 {
		f.git("", "worktree", "add", "-q", "--detach", "--no-checkout", fmt.Sprintf("%s/../wt%d", f.dir, n), f.commits[n+1].String())
	}
	f.remove("worktrees/wt0/gitdir")
	f.write("worktrees/wt1/gitdir", "")
	f.remove("worktrees/wt2/HEAD")
	f.write("worktrees/file", "")
	f.remove("../wt3") // may be on a disk that is not there now
	f.write("worktrees/wt4/HEAD", "ref: refs/heads/none\n")
	s := f.open()
	check := func(when string, want ...string) {
		t.Helper()
		refs, err := tips(s)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, ref := range refs {
			got = append(got, ref.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v", when, got)
		}
		if git := f.git("", "rev-list", "--no-walk", "--all"); strings.Count(git, "\n") != len(want)-1 { // HEAD is a branch
			t.Errorf("%s: git has %s", when, git)
		}
		which, err := s.Which(f.commits)
		if err != nil || len(which) != len(want)-1 {
			t.Errorf("%s: Which has %v, %v", when, which, err)
		}
	}
	check("from the main worktree", "refs/heads/main", "HEAD", "worktrees/wt3/HEAD", "worktrees/wt5/HEAD")
	main := s
	var err error
	if s, err = Open(f.path("worktrees/wt5"), f.dir); err != nil {
		t.Fatal(err)
	}
	check("from a linked one", "refs/heads/main", "HEAD", "main-worktree/HEAD", "worktrees/wt3/HEAD")
	f.write("worktrees/wt3/HEAD", "torn")
	if _, err := tips(main); err == nil || !strings.Contains(err.Error(), "wt3") {
		t.Errorf("a HEAD that cannot be read: %v", err)
	}
}

func TestNamesSameAsGit(t *testing.T) {
	f := newFixture(t)
	r := rand.New(rand.NewPCG(1, 1))
	parts := []string{"a", "b", "/", "/", ".", "..", "@", "{", "@{", ".lock", "lock", "~", "^", ":", "?", "*", "[", "]", "\\", " ", "\x7f", "\x1f", "é", "\xff", "-", "refs", "HEAD", "//"}
	valid := 0
	for range 500 {
		name := ""
		for range 1 + r.IntN(4) {
			name += parts[r.IntN(len(parts))]
		}
		if name[0] == '-' {
			continue // an option to git
		}
		_, err := f.tryIn(f.dir, "", "check-ref-format", "--allow-onelevel", name)
		if ValidName(name) != (err == nil) {
			t.Errorf("ValidName(%q) = %v; git: %v", name, ValidName(name), err)
		}
		if err == nil {
			valid++
		}
	}
	if valid < 40 || ValidName("") {
		t.Errorf("%d valid names", valid)
	}
}
