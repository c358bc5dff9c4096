//go:build unix

package gitio

import (
	"compress/zlib"
	"encoding/hex"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// A layout is a draft on disk: a bare repository in one of the many shapes that git makes, and a push that waits for its verdict.
type layout struct {
	*fixture
	*draft
	refs    map[string]string // that count
	heads   []string          // what else is a tip: a detached HEAD, those of worktrees
	edge    map[string]bool   // commits at which a shallow repository ends
	stored  []string          // commits that the store has, with or without a ref that reaches them
	arrived map[string]bool   // commits that only the quarantine has
	absent  map[string]bool   // commits that lie behind the edge and are not there
	updates []analyzers.RefUpdate
	has     map[string]bool // what is special about it
	z       *zlib.Writer
}

var draftRefs = []string{
	"refs/heads/main", "refs/heads/p1", "refs/heads/t/1", "refs/heads/t/2", "refs/heads/t/3", "refs/heads/caf\u00e9", "refs/tags/v1", "refs/tags/v2",
	"refs/remotes/origin/main", "refs/x/y",
}

// protectSome protects two of them.
func protectSome(ref, _ string) bool { return ref == "refs/heads/main" || ref == "refs/heads/p1" }

// newLayout lays a random history out in a directory that is not there yet.
func newLayout(t testing.TB, seed uint64, dir string) *layout {
	t.Helper()
	l := &layout{draft: newDraft(rand.New(rand.NewPCG(seed, 77))), refs: map[string]string{}}
	l.edge, l.arrived, l.absent, l.has = map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	if l.one(8) {
		dir = filepath.Join(dir, `a:b "c"`) // which GIT_ALTERNATE_OBJECT_DIRECTORIES has in quotes
		l.has["quoted path"] = true
	}
	l.fixture = &fixture{t: t, dir: filepath.Join(dir, "repo.git"), env: []string{"GIT_DIR=."}}
	l.split()
	l.choose()
	l.writeRefs()
	l.writeObjects()
	l.writeGraph()
	return l
}

// split says which commits arrive with the push and where a shallow history ends.
func (l *layout) split() {
	l.has["quarantine"], l.has["skewed dates"] = !l.one(3), l.skewed
	cut := l.IntN(len(l.commits) + 1)
	for i, k := range l.commits {
		arrives := l.has["quarantine"] && i >= cut && !l.one(4)
		for _, p := range k.parents {
			arrives = arrives || l.arrived[l.commits[p].id]
		}
		if arrives {
			l.arrived[k.id] = true
		} else {
			l.stored = append(l.stored, k.id)
		}
		if len(k.parents) > 1 {
			l.has["merge"] = true
		}
	}
	if l.one(8) {
		for range 1 + l.IntN(2) {
			l.edge[l.commits[l.IntN(len(l.commits))].id] = true
		}
		l.has["shallow"] = true
	}
}

// target returns something that a ref can name: a commit of some, a tag of it, or what is no commit.
func (l *layout) target(commits []string) string {
	id := commits[l.IntN(len(commits))]
	kind := "commit"
	switch l.IntN(20) {
	case 0:
		id, kind = string(l.objects[id].data[len("tree "):][:40]), "tree"
	case 1:
		id, kind = l.add("blob", []byte(strings.Join(l.lines(5), ""))), "blob"
	}
	for l.one(5) {
		id, kind = l.tag(id, kind), "tag"
		l.has["tag"] = true
	}
	return id
}

// choose chooses refs and updates.
func (l *layout) choose() {
	if len(l.stored) > 0 {
		for range l.IntN(7) {
			l.refs[draftRefs[l.IntN(len(draftRefs))]] = l.target(l.stored)
		}
		if l.one(8) {
			l.heads = append(l.heads, l.stored[l.IntN(len(l.stored))])
			l.has["detached HEAD"] = true
		}
		if l.one(12) {
			l.heads = append(l.heads, l.stored[l.IntN(len(l.stored))])
			l.has["worktree"] = true
		}
	}
	if l.long && len(l.stored) > 40 { // git stops to look for what is known before it gets from the one to the other
		l.refs = map[string]string{"refs/heads/t/1": l.stored[len(l.stored)-1]}
		l.updates = append(l.updates, analyzers.RefUpdate{Ref: "refs/x/z", Old: zeros(l.stored[0]), New: l.stored[20]})
	}
	var all []string
	for _, k := range l.commits {
		all = append(all, k.id)
	}
	used := map[string]bool{"refs/remotes/origin/main": true} // a symbolic ref may stand for it
	for range 1 + l.IntN(4) {
		ref := draftRefs[l.IntN(len(draftRefs))]
		if used[ref] {
			continue
		}
		used[ref] = true
		u := analyzers.RefUpdate{Ref: ref, Old: l.refs[ref], New: l.target(all)}
		if u.Old == "" {
			u.Old = zeros(u.New)
		} else if l.one(6) {
			u.New = zeros(u.Old)
		}
		if l.one(40) {
			u.Old = all[l.IntN(len(all))]
		}
		l.updates = append(l.updates, u)
	}
	if l.has["shallow"] && l.one(2) {
		l.has["cut off"] = true
		there := l.reach(l.edge, append(l.tips(), l.news()...)...)
		for _, id := range all {
			l.absent[id] = !there[id]
		}
	}
}

// tips returns what "git rev-list --all" begins with.
func (l *layout) tips() []string {
	tips := slices.Clone(l.heads)
	for _, id := range l.refs {
		tips = append(tips, id)
	}
	return tips
}

// news returns what the updates bring.
func (l *layout) news() []string {
	var ids []string
	for _, u := range l.updates {
		if !u.Deletes() {
			ids = append(ids, u.New)
		}
	}
	return ids
}

// writeRefs writes loose refs and packed ones, the latter with lines that are out of date where a loose ref hides them.
func (l *layout) writeRefs() {
	head, heads := "ref: refs/heads/main\n", l.heads
	if l.has["detached HEAD"] {
		head, heads = heads[0]+"\n", heads[1:]
	} else if l.one(5) {
		head = "ref: refs/heads/unborn\n"
	}
	l.write("HEAD", head)
	l.write("config", "[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
	l.write("refs/.keep", "")
	if len(l.edge) > 0 {
		name := "shallow"
		if l.one(3) { // as receive-pack names it where a push moves the edge
			name = "shallow_x"
			l.env = append(l.env, "GIT_SHALLOW_FILE="+filepath.Join(l.dir, name))
		}
		l.write(name, strings.Join(sortedPaths(l.edge), "\n")+"\n")
	}
	for _, id := range heads {
		l.write("worktrees/w/HEAD", id+"\n")
		l.write("worktrees/w/commondir", "../..\n")
		l.write("worktrees/w/gitdir", l.dir+"/w/.git\n")
	}
	if _, there := l.refs["refs/remotes/origin/main"]; there || l.one(20) {
		l.write("refs/remotes/origin/HEAD", "ref: refs/remotes/origin/main\n")
	}
	var packed []string
	for _, ref := range sorted(l.refs) {
		id, loose := l.refs[ref], l.one(2)
		if loose {
			l.write(ref, id+"\n")
			if l.one(2) {
				continue
			}
			l.has["stale packed ref"] = true
			id = l.commits[l.IntN(len(l.commits))].id
			if l.one(4) {
				id = hex.EncodeToString(binary20(l.Rand)) // long gone
			}
		}
		line := id + " " + ref + "\n"
		if peeled := l.peel(id); peeled != id {
			line += "^" + peeled + "\n"
		}
		packed = append(packed, line)
	}
	if len(packed) == 0 {
		return
	}
	text := "# pack-refs with: peeled fully-peeled sorted \n" + strings.Join(packed, "")
	if l.one(5) { // as git before 2.17 and others write it
		l.Shuffle(len(packed), func(i, j int) { packed[i], packed[j] = packed[j], packed[i] })
		text = "# pack-refs with: peeled fully-peeled \n" + strings.Join(packed, "")
	}
	l.write("packed-refs", text)
}

// writeObjects distributes the objects among the quarantine, the repository and its alternates.
func (l *layout) writeObjects() {
	places := []string{"objects"}
	l.write("objects/info/.keep", "")
	switch l.IntN(5) {
	case 0:
		l.has["alternate"] = true
		places = append(places, "../alt/objects")
		l.write("objects/info/alternates", []string{"../../alt/objects\n", l.objectDir("../alt/objects") + "\n"}[l.IntN(2)])
	case 1:
		l.has["chained alternates"] = true
		places = append(places, "../alt/objects", "../far/store")
		l.write("objects/info/alternates", "# forks\n../../alt/objects\n")
		l.write("../alt/objects/info/alternates", []string{"../../far/store", l.objectDir("../far/store")}[l.IntN(2)])
	}
	environ := []string{l.objectDir("objects")}
	if !l.has["quarantine"] {
		environ = nil
	}
	if l.one(6) {
		l.has["alternate in the environment"] = true
		places = append(places, "../more:\"\t"+"\u00e9")
		environ = append(environ, l.objectDir(places[len(places)-1]))
	}
	var quoted []string
	for _, dir := range environ {
		if strings.ContainsAny(dir, ":\"") || l.one(3) {
			dir = strconv.QuoteToASCII(dir)
			dir = strings.ReplaceAll(dir, `\u00e9`, `\303\251`)
		}
		quoted = append(quoted, dir)
	}
	if len(quoted) > 0 {
		l.env = append(l.env, "GIT_ALTERNATE_OBJECT_DIRECTORIES="+strings.Join(quoted, ":"))
	}
	in := make([]map[string]bool, len(places), len(places)+1)
	for i := range in {
		in[i] = map[string]bool{}
	}
	known := map[string]bool{} // by a commit or ref that is stored
	keep := func(id string) {
		fresh := map[string]bool{}
		l.closure(id, fresh)
		place := in[l.IntN(len(places))]
		for _, id := range sortedPaths(fresh) {
			if !known[id] || l.one(30) {
				place[id] = true
			}
			known[id] = true
		}
	}
	for _, id := range l.stored {
		keep(id)
	}
	for _, ref := range sorted(l.refs) {
		keep(l.refs[ref])
	}
	arrive := map[string]bool{}
	for id := range l.arrived {
		l.closure(id, arrive)
	}
	for _, id := range l.news() {
		l.closure(id, arrive)
	}
	for _, id := range sortedPaths(arrive) { // a client sends more than it had to
		if known[id] && !l.arrived[id] && !l.one(4) {
			delete(arrive, id)
		}
	}
	if l.has["quarantine"] {
		places, in = append(places, "objects/tmp_objdir-incoming-x"), append(in, arrive)
		l.env = append(l.env, "GIT_OBJECT_DIRECTORY=objects/tmp_objdir-incoming-x", "GIT_QUARANTINE_PATH="+l.objectDir("objects/tmp_objdir-incoming-x"))
	} else {
		for id := range arrive {
			in[0][id] = true
		}
	}
	for i, place := range places {
		for id := range l.absent {
			if l.absent[id] {
				delete(in[i], id)
			}
		}
		l.store(place, sortedPaths(in[i]))
	}
}

func (l *layout) objectDir(place string) string { return filepath.Join(l.dir, place) }

// writeGraph has git write a commit-graph of what is stored, sometimes one that is a chain.
func (l *layout) writeGraph() {
	if l.has["shallow"] || len(l.stored) == 0 || !l.one(4) {
		return
	}
	l.has["commit-graph"] = true
	f := l.with("GIT_OBJECT_DIRECTORY="+l.objectDir("objects"), "GIT_QUARANTINE_PATH=")
	half := l.stored[:1+l.IntN(len(l.stored))]
	if l.one(2) {
		f.gitIn(strings.Join(half, "\n")+"\n", "-c", "core.fsync=none", "commit-graph", "write", "--stdin-commits")
		return
	}
	l.has["chain of commit-graphs"] = true
	for _, ids := range [][]string{half, l.stored} {
		f.gitIn(strings.Join(ids, "\n")+"\n", "-c", "core.fsync=none", "commit-graph", "write", "--stdin-commits", "--split=no-merge")
	}
}
