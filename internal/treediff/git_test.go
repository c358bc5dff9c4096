package treediff

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

// A folder is a tree in the making: each entry is a file, whose text it is, or a folder.
type folder map[string]node

type node struct {
	mode   string
	text   string
	folder folder // of mode 40000
}

// write adds a folder with its entries in git's order.
func (m *memory) write(f folder) odb.ID {
	names := slices.SortedFunc(maps.Keys(f), func(a, b string) int {
		slash := func(s string) string {
			if f[s].mode == "40000" {
				return s + "/"
			}
			return s
		}
		return strings.Compare(slash(a), slash(b))
	})
	var entries []string
	for _, name := range names {
		n := f[name]
		switch n.mode {
		case "40000":
			entries = append(entries, entry(n.mode, name, m.write(n.folder)))
		case "160000":
			var id odb.ID
			copy(id[:], n.text+"12345678901234567890")
			entries = append(entries, entry(n.mode, name, id))
		default:
			entries = append(entries, entry(n.mode, name, m.blob(n.text)))
		}
	}
	return m.tree(entries...)
}

// names lie close together in git's order, as files and as directories.
var names = []string{"a", "a.b", "a-b", "a0", "ab", "a b", "A", "b", "a.b.c", "\xff", "\x01", ".git", "..", "a\n", "a\t"}

func randomFolder(r *rand.Rand, depth int) folder {
	f := folder{}
	for range r.IntN(6) {
		f[names[r.IntN(len(names))]] = randomNode(r, depth)
	}
	return f
}

func randomNode(r *rand.Rand, depth int) node {
	if depth > 0 && r.IntN(3) == 0 {
		return node{mode: "40000", folder: randomFolder(r, depth-1)}
	}
	modes := []string{"100644", "100644", "100644", "100755", "120000", "160000", "100664", "0"}
	return node{mode: modes[r.IntN(len(modes))], text: string('a' + rune(r.IntN(8)))}
}

// edit returns a changed copy.
func (f folder) edit(r *rand.Rand, depth int) folder {
	f = maps.Clone(f)
	for _, name := range slices.Sorted(maps.Keys(f)) {
		switch n := f[name]; r.IntN(8) {
		case 0:
			delete(f, name)
		case 1:
			f[name] = randomNode(r, depth)
		case 2:
			delete(f, name)
			f[names[r.IntN(len(names))]] = n
		case 3:
			if n.folder == nil {
				f[name] = randomNode(r, 0)
			}
		case 4, 5:
			if n.folder != nil {
				f[name] = node{mode: n.mode, folder: n.folder.edit(r, depth-1)}
			}
		}
	}
	return f
}

// randomCouples returns couples of related trees, of unrelated ones, and of one with none.
func randomCouples(m *memory, n int) []couple {
	r := rand.New(rand.NewPCG(1, 2))
	var all []couple
	for i := range n {
		f := randomFolder(r, 4)
		g := f.edit(r, 4)
		switch i % 10 {
		case 0:
			g = randomFolder(r, 4)
		case 1:
			g = folder{}
		case 2:
			f, g = folder{}, f
		}
		all = append(all, couple{m.write(f), m.write(g)})
	}
	return all
}

func TestDiffSameAsGit(t *testing.T) {
	m := newMemory()
	couples := randomCouples(m, 3000)
	repo := m.repository(t)
	cached := NewCache(repo.store(), odb.Tree, 1<<12)
	total := map[byte]int{}
	for i, want := range repo.diffs(couples, "--no-renames") {
		for _, src := range []Source{m, cached} {
			got, err := diff(src, couples[i].old, couples[i].new)
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("couple %d: %v, %v\ngit: %v", i, got, err, want)
			}
		}
		for _, c := range want {
			total[c.Status]++
		}
	}
	for _, status := range "ADMT" {
		if total[byte(status)] < 200 {
			t.Errorf("only %d changes of status %c: %v", total[byte(status)], status, total)
		}
	}
}

func TestExactSameAsGit(t *testing.T) {
	m := newMemory()
	couples := randomCouples(m, 3000)
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 { // many candidates for each
		f, g := folder{}, folder{}
		for _, side := range []folder{f, g} {
			for range 12 {
				dir := fmt.Sprintf("%d", r.IntN(5))
				if _, ok := side[dir]; !ok {
					side[dir] = node{mode: "40000", folder: folder{}}
				}
				side[dir].folder[names[r.IntN(len(names))]] = node{mode: "100644", text: []string{"", "a", "b"}[r.IntN(3)]}
			}
		}
		couples = append(couples, couple{m.write(f), m.write(g)})
	}
	renamed := 0
	for i, want := range m.repository(t).diffs(couples, "-M100%") {
		got, err := diff(m, couples[i].old, couples[i].new)
		if err != nil {
			t.Fatal(err)
		}
		before := slices.Clone(got)
		if found := Exact(got); !slices.Equal(found, want) {
			t.Fatalf("couple %d: %v\ngit: %v", i, found, want)
		}
		if !slices.Equal(got, before) {
			t.Fatalf("couple %d: Exact has changed what it was given", i)
		}
		for _, c := range want {
			if c.Status == 'R' {
				renamed++
			}
		}
	}
	if renamed < 200 {
		t.Errorf("only %d renames", renamed)
	}
}
