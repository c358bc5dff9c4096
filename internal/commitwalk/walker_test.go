package commitwalk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/refward/refward/internal/odb"
)

// A world is a random history, part of it stored in a repository and the rest in a quarantine.
type world struct {
	stored, quarantine *fixture
	commits            []odb.ID
	parents            map[odb.ID][]odb.ID
	has                map[odb.ID]bool // is stored
	refs               []odb.ID        // tags too, and what leads to no commit
	boundary           []odb.ID        // the commits of refs
	tips               []odb.ID
}

// newWorld makes up to 45 commits with merges of up to five parents, some crossing, several roots, and dates that are right, skewed, random or
// all equal.
func newWorld(t testing.TB, r *rand.Rand) *world {
	w := &world{stored: newFixture(t), quarantine: newFixture(t), parents: map[odb.ID][]odb.ID{}, has: map[odb.ID]bool{}}
	if r.IntN(5) > 0 {
		w.stored.packed, w.quarantine.packed = map[odb.ID][]byte{}, map[odb.ID][]byte{}
	}
	n, mode, reach := 3+r.IntN(43), r.IntN(4), 2+r.IntN(12)
	var texts []string
	for i := range n {
		var parents []odb.ID
		if i > 0 && r.IntN(20) > 0 {
			k := 1
			if r.IntN(3) == 0 {
				k = 2 + r.IntN(1+r.IntN(4))
			}
			for range k {
				p := w.commits[max(0, i-1-r.IntN(reach))]
				if !slices.Contains(parents, p) || r.IntN(50) == 0 { // git takes a parent that comes twice
					parents = append(parents, p)
				}
			}
		}
		date := int64(1_700_000_000)
		switch mode {
		case 0:
			date += int64(i) * 10
		case 1:
			date += int64(i)*10 - int64(r.IntN(6)/5*r.IntN(600))
		case 2:
			date = r.Int64N(2_000_000_000)
		}
		text := commitText(i, date, parents...)
		texts = append(texts, text)
		id := idOf(odb.Commit, text)
		w.commits = append(w.commits, id)
		w.parents[id] = parents
	}
	pick := func() odb.ID { return w.commits[r.IntN(n)] }
	for range r.IntN(5) {
		id := pick()
		w.boundary = append(w.boundary, id)
		switch r.IntN(4) {
		case 0:
			id = w.stored.tag(id, odb.Commit)
		case 1:
			id = w.stored.tag(w.stored.tag(id, odb.Commit), odb.Tag)
		}
		w.refs = append(w.refs, id)
	}
	if r.IntN(3) == 0 {
		blob := w.stored.object(odb.Blob, "blob")
		w.refs = append(w.refs, blob, w.stored.tag(blob, odb.Blob), w.stored.object(odb.Tree, ""))
	}
	old := w.reach(w.boundary)
	for range 1 + r.IntN(4) {
		w.tips = append(w.tips, pick())
	}
	left := w.reach([]odb.ID{pick()})
	leftovers := r.IntN(3)
	for i, id := range w.commits {
		if old[id] || leftovers == 1 && left[id] || leftovers == 2 && r.IntN(3) == 0 {
			w.stored.object(odb.Commit, texts[i])
			w.has[id] = true
			if r.IntN(3) > 0 {
				continue // else it comes again
			}
		}
		w.quarantine.object(odb.Commit, texts[i])
	}
	w.stored.pack()
	w.quarantine.pack()
	w.stored.refs(w.refs)
	w.quarantine.refs(w.refs)
	w.quarantine.env = []string{"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + w.stored.objects()}
	return w
}

// reach is the truth: all ancestors of some commits, and these.
func (w *world) reach(tips []odb.ID) map[odb.ID]bool {
	seen := map[odb.ID]bool{}
	for todo := slices.Clone(tips); len(todo) > 0; {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !seen[id] {
			seen[id] = true
			todo = append(todo, w.parents[id]...)
		}
	}
	return seen
}

func (w *world) fresh() (ids []odb.ID) {
	old := w.reach(w.boundary)
	for id := range w.reach(w.tips) {
		if !old[id] {
			ids = append(ids, id)
		}
	}
	return sorted(ids)
}

// writeGraph lets git write a commit-graph, or a chain of them, of the stored commits, and reports whether there is one.
func (w *world) writeGraph(r *rand.Rand) bool {
	w.stored.t.Helper()
	var stored, some []odb.ID
	for id := range w.has {
		if w.complete(id) {
			stored = append(stored, id)
		}
	}
	stored = sorted(stored)
	kind := r.IntN(4)
	if kind == 0 || len(stored) == 0 {
		return false
	}
	for _, id := range stored {
		if r.IntN(2) == 0 {
			some = append(some, id)
		}
	}
	write := func(ids []odb.ID, args ...string) {
		var in strings.Builder
		for _, id := range ids {
			fmt.Fprintln(&in, id)
		}
		version := "commitGraph.generationVersion=" + []string{"1", "2"}[kind%2]
		w.stored.git(in.String(), append([]string{"-c", version, "commit-graph", "write", "--stdin-commits"}, args...)...)
	}
	switch kind {
	case 1:
		write(stored)
	case 2:
		write(append(some, stored[0]))
	case 3:
		write(append(some, stored[0]), "--split=no-merge")
		write(stored, "--split=no-merge")
	}
	return true
}

// forgetLevels takes levels out of the lowest commit-graph file: a git before 2.19 knew none, and newer ones build upon its files.
func (w *world) forgetLevels(r *rand.Rand) {
	w.stored.t.Helper()
	names, err := filepath.Glob(filepath.Join(w.stored.objects(), "info", "commit-graphs", "*.graph"))
	if err != nil {
		w.stored.t.Fatal(err)
	}
	for _, name := range append(names, filepath.Join(w.stored.objects(), "info", "commit-graph")) {
		data, err := os.ReadFile(name)
		if err != nil || data[7] > 0 || r.IntN(2) == 0 {
			continue
		}
		cdat := int(binary.BigEndian.Uint64(data[bytes.Index(data, []byte("CDAT"))+4:]))
		count := int(binary.BigEndian.Uint32(data[binary.BigEndian.Uint64(data[bytes.Index(data, []byte("OIDF"))+4:])+fanoutSize-4:]))
		for i := range count {
			if level := cdat + i*commitSize + idSize + 8; r.IntN(3) > 0 {
				copy(data[level:], []byte{0, 0, 0, data[level+3] & 3})
			}
		}
		rel, err := filepath.Rel(w.stored.dir, name)
		if err != nil {
			w.stored.t.Fatal(err)
		}
		w.stored.write(rel, string(data))
	}
}

// complete reports whether the store has all ancestors of a commit too.
func (w *world) complete(id odb.ID) bool {
	for id := range w.reach([]odb.ID{id}) {
		if !w.has[id] {
			return false
		}
	}
	return true
}

// boundaries are the ways to say the same: by what is near, by a question, by a list.
func (w *world) boundaries(r *rand.Rand) map[string]Boundary {
	var some []odb.ID
	for _, id := range w.refs {
		if r.IntN(2) == 0 {
			some = append(some, id)
		}
	}
	missing := odb.ID{1, 2, 3}
	all := append(slices.Clone(w.refs), missing)
	return map[string]Boundary{
		"all":           {All: list(all)},
		"all are near":  {Near: all},
		"some are near": {Near: append(some, missing), All: list(all)},
		"which, all":    {Which: which(w.refs), All: list(all)},
		"which, some":   {Near: some, Which: which(w.refs), All: list(all)},
	}
}

// A tally counts what kinds of worlds there were.
type tally struct {
	mu                                     sync.Mutex
	worlds, asGit, graph, empty, leftovers int
}

func (c *tally) add(counts map[*int]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for count, is := range counts {
		if is {
			*count++
		}
	}
}

// TestNewCommits holds random pushes against the truth and, for the order and the parents, against git rev-list.
func TestNewCommits(t *testing.T) {
	const worlds, parts = 320, 4
	c := &tally{}
	t.Run("worlds", func(t *testing.T) {
		for part := range parts {
			t.Run(fmt.Sprint(part), func(t *testing.T) {
				t.Parallel()
				for n := part; n < worlds; n += parts {
					testWorld(t, uint64(n), c)
				}
			})
		}
	})
	// What the worlds are for is in them.
	if c.worlds != worlds || c.asGit < worlds*9/10 || c.graph < worlds/3 || c.empty > worlds/2 || c.leftovers < worlds/5 {
		t.Errorf("%d worlds: in %d git has the true set, %d have a graph, %d bring nothing, %d bring what is left over",
			c.worlds, c.asGit, c.graph, c.empty, c.leftovers)
	}
}

func testWorld(t *testing.T, seed uint64, c *tally) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 3))
	w := newWorld(t, r)
	want := w.fresh()
	graph := w.writeGraph(r)
	order := w.revList()
	w.forgetLevels(r)
	asGit := slices.Equal(sorted(order), want)
	store := open(t, w.quarantine.objects(), w.stored.objects())
	for _, quarantine := range []string{w.quarantine.objects(), ""} {
		walk := walker(t, Options{Objects: store, Quarantine: quarantine})
		for name, b := range w.boundaries(r) {
			got, parents, err := walk.NewCommits(t.Context(), w.tips, b)
			if err != nil {
				t.Fatalf("world %d, %s: %v", seed, name, err)
			}
			if !slices.Equal(sorted(got), want) {
				t.Fatalf("world %d, %s, quarantine %q: %d new commits, want %d", seed, name, quarantine, len(got), len(want))
			}
			if asGit && !slices.Equal(order, got) {
				t.Fatalf("world %d, %s: in the order\n%v, git has\n%v", seed, name, got, order)
			}
			if len(parents) != len(got) {
				t.Fatalf("world %d, %s: parents of %d commits", seed, name, len(parents))
			}
			for _, id := range got {
				if !slices.Equal(parents[id], w.parents[id]) {
					t.Fatalf("world %d, %s: %s has parents %v, want %v", seed, name, id, parents[id], w.parents[id])
				}
			}
		}
		for range 6 {
			a, b := w.commits[r.IntN(len(w.commits))], w.commits[r.IntN(len(w.commits))]
			if is, err := walk.IsAncestor(t.Context(), a, b); err != nil || is != w.reach([]odb.ID{b})[a] {
				t.Fatalf("world %d: IsAncestor(%s, %s) = %t, %v", seed, a, b, is, err)
			}
		}
	}
	c.add(map[*int]bool{
		&c.worlds: true, &c.asGit: asGit, &c.graph: graph, &c.empty: len(want) == 0,
		&c.leftovers: slices.ContainsFunc(want, func(id odb.ID) bool { return w.has[id] }),
	})
}

// revList returns git's answer, after it has agreed with us who the parents are.
func (w *world) revList() (order []odb.ID) {
	f := w.quarantine
	f.t.Helper()
	var in strings.Builder
	for _, id := range w.tips {
		fmt.Fprintln(&in, id)
	}
	for line := range strings.Lines(f.git(in.String(), "rev-list", "--topo-order", "--reverse", "--parents", "--stdin", "--not", "--all")) {
		ids := f.ids(line)
		order = append(order, ids[0])
		if !slices.Equal(ids[1:], w.parents[ids[0]]) {
			f.t.Fatalf("git says that %s has the parents %v", ids[0], ids[1:])
		}
	}
	return order
}
