package treediff

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

// nested returns a tree in so many directories of one name.
func nested(m *memory, tree odb.ID, name string, depth int) odb.ID {
	for range depth {
		tree = m.tree(entry("40000", name, tree))
	}
	return tree
}

func TestDeep(t *testing.T) {
	m := newMemory()
	good, evil := m.blob("good\n"), m.blob("evil\n")
	old := nested(m, m.tree(entry("100644", "x", good)), "d", 10_000)
	for _, new := range []odb.ID{
		nested(m, m.tree(entry("100644", "x", evil)), "d", 10_000),
		nested(m, m.tree(entry("100644", "x", good), entry("100644", "y", evil)), "d", 10_000),
	} {
		got, err := diff(m, old, new)
		if err != nil || len(got) != 1 || got[0].ID != evil || !strings.HasPrefix(got[0].Path, strings.Repeat("d/", 10_000)) {
			t.Errorf("%d changes, %v", len(got), err)
		}
	}
	got, err := diff(m, odb.ID{}, old)
	if err != nil || len(got) != 1 || len(got[0].Path) != 20_001 {
		t.Errorf("%d changes, %v", len(got), err)
	}
}

// TestLargePath: a path may have as many bytes as one is allowed, and no more, in whichever way it comes about.
func TestLargePath(t *testing.T) {
	m := newMemory()
	evil := m.blob("evil\n")
	name := strings.Repeat("n", maxPath/4-1)
	for _, test := range []struct {
		name  string
		tree  odb.ID
		bytes int // of the path; 0 = too many
	}{
		{"name", m.tree(entry("100644", strings.Repeat("n", maxPath), evil)), maxPath},
		{"name, one more", m.tree(entry("100644", strings.Repeat("n", maxPath+1), evil)), 0},
		{"directories", nested(m, m.tree(entry("100644", name+"x", evil)), name, 3), maxPath},
		{"directories, one more", nested(m, m.tree(entry("100644", name+"xy", evil)), name, 3), 0},
	} {
		got, err := diff(m, m.tree(), test.tree)
		switch {
		case test.bytes == 0 && (!errors.Is(err, ErrTooMuch) || !strings.Contains(err.Error(), fmt.Sprint(maxPath)) || len(err.Error()) > 1000):
			t.Errorf("%s: %d changes, %.2000v", test.name, len(got), err)
		case test.bytes > 0 && (err != nil || len(got) != 1 || len(got[0].Path) != test.bytes):
			t.Errorf("%s: %d changes, %.1000v", test.name, len(got), err)
		}
	}
	endless := sourceFunc(func(odb.ID) []byte { return []byte(entry("40000", "d", evil)) })
	if got, err := diff(endless, odb.ID{}, evil); !errors.Is(err, ErrTooMuch) || len(err.Error()) > 1000 {
		t.Errorf("endless directories: %d changes, %.2000v", len(got), err)
	}
	long := entry("100644", strings.Repeat("n", maxPath+1), evil)
	if got, err := diff(m, m.tree(long), m.tree(long, entry("100644", "x", evil))); err != nil || len(got) != 1 {
		t.Errorf("long path on both sides: %d changes, %.1000v", len(got), err)
	}
}

// wide returns a tree of n files, all of one blob.
func wide(m *memory, n int, id odb.ID, rest ...string) odb.ID {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "100644 f%07d\x00%s", i, id[:])
	}
	for _, e := range rest {
		b.WriteString(e)
	}
	return m.add(odb.Tree, b.Bytes())
}

// TestWide: a tree of a million entries, and no memory for those that do not differ.
func TestWide(t *testing.T) {
	m := newMemory()
	good, evil := m.blob("good\n"), m.blob("evil\n")
	old, new := wide(m, 1_000_000, good), wide(m, 1_000_000, good, entry("100644", "z", evil))
	n := 0
	count := func(Change) error { n++; return nil }
	allocs := testing.AllocsPerRun(1, func() {
		n = 0
		if err := Diff(t.Context(), m, old, new, count); err != nil || n != 1 {
			t.Errorf("one of a million: %d changes, %v", n, err)
		}
	})
	if allocs > 10 {
		t.Errorf("%v allocations for one change", allocs)
	}
	n = 0
	if err := Diff(t.Context(), m, odb.ID{}, new, count); err != nil || n != 1_000_001 {
		t.Errorf("a million: %d changes, %v", n, err)
	}
}

// TestBomb: nine small trees are ten billion paths, until somebody says stop.
func TestBomb(t *testing.T) {
	m := newMemory()
	ten := func(mode string, id odb.ID) odb.ID {
		var entries []string
		for i := range 10 {
			entries = append(entries, entry(mode, fmt.Sprint(i), id))
		}
		return m.tree(entries...)
	}
	stop := errors.New("stop")
	bomb := ten("100644", m.blob("evil\n"))
	for range 9 {
		bomb = ten("40000", bomb)
	}
	n := 0
	err := Diff(t.Context(), m, odb.ID{}, bomb, func(Change) error {
		if n++; n == 1000 {
			return stop
		}
		return nil
	})
	if err != stop || n != 1000 || m.reads > 150 {
		t.Errorf("%v after %d paths and %d trees", err, n, m.reads)
	}

	barren := m.tree()
	for range 12 {
		barren = ten("40000", barren)
	}
	if got, err := diff(m, odb.ID{}, barren); !errors.Is(err, ErrTooMuch) {
		t.Errorf("directories without a file: %d changes, %v", len(got), err)
	}
}

// TestBarrenIsForgiven: it is directories in a row without a change that are counted.
func TestBarrenIsForgiven(t *testing.T) {
	m := newMemory()
	dirs := nested(m, m.tree(), "d", 100)
	w := walk{ctx: t.Context(), src: m, barren: maxBarren - 150}
	n := 0
	w.use = func(c Change) error {
		if c.Mode != modeDir {
			n++
		}
		return nil
	}
	new := m.tree(entry("40000", "a", dirs), entry("100644", "b", odb.ID{1}), entry("40000", "c", dirs))
	err := w.push(ref{}, ref{new, true})
	for err == nil && len(w.open) > 0 {
		err = w.step()
	}
	if err != nil || n != 1 {
		t.Errorf("%d changes, %v", n, err)
	}
}

// TestOpenTrees: one directory is below the other, each with 60 MiB of entries after it (which here are always the same bytes).
func TestOpenTrees(t *testing.T) {
	tree := []byte(entry("40000", "d", odb.ID{1}) + entry("100644", strings.Repeat("n", 60<<20), odb.ID{1}))
	got, err := diff(sourceFunc(func(odb.ID) []byte { return tree }), odb.ID{}, odb.ID{1})
	if !errors.Is(err, ErrTooMuch) || !strings.Contains(err.Error(), `"d/d/d/d/"`) {
		t.Errorf("%d changes, %v", len(got), err)
	}
}

// A source of functions.
type sourceFunc func(odb.ID) []byte

func (f sourceFunc) Read(id odb.ID, _ int64) (odb.Kind, []byte, error) { return odb.Tree, f(id), nil }

// TestClosedTrees: it is the trees that are open at once that are bounded. Here are ten times two of 30 MiB, one after the other.
func TestClosedTrees(t *testing.T) {
	first := entry("100644", strings.Repeat("n", 30<<20), odb.ID{1})
	was, is := []byte(first+entry("100644", "x", odb.ID{1})), []byte(first+entry("100644", "x", odb.ID{2}))
	root := func(side byte) []byte {
		var b []byte
		for i := range 10 {
			b = append(b, entry("40000", fmt.Sprint(i), odb.ID{side, byte(i)})...)
		}
		return b
	}
	got, err := diff(sourceFunc(func(id odb.ID) []byte {
		return map[byte][]byte{1: root(3), 2: root(4), 3: was, 4: is}[id[0]]
	}), odb.ID{1}, odb.ID{2})
	if err != nil || len(got) != 10 {
		t.Errorf("%d changes, %v", len(got), err)
	}
}

// TestReadsOnlyWhatDiffers counts the trees that are read.
func TestReadsOnlyWhatDiffers(t *testing.T) {
	m := newMemory()
	good, evil := m.blob("good\n"), m.blob("evil\n")
	same := nested(m, m.tree(entry("100644", "x", good)), "d", 5)
	link := entry("160000", "s", odb.ID{9})
	old := m.tree(entry("40000", "a", same), entry("40000", "b", m.tree(entry("100644", "x", good))), link)
	new := m.tree(entry("40000", "a", same), entry("40000", "b", m.tree(entry("100644", "x", evil))), entry("160000", "s", odb.ID{8}))
	got, err := diff(m, old, new)
	if err != nil || len(got) != 2 || m.reads != 4 {
		t.Errorf("%v, %v, %d trees read", got, err, m.reads)
	}
	m.reads = 0
	if got, err := diff(m, odb.ID{1}, odb.ID{1}); err != nil || got != nil || m.reads != 0 {
		t.Errorf("the same: %v, %v, %d trees read", got, err, m.reads)
	}
	if got, err := diff(m, odb.ID{}, odb.ID{}); err != nil || got != nil {
		t.Errorf("none: %v, %v", got, err)
	}
}

func TestCancel(t *testing.T) {
	m := newMemory()
	blob := m.blob("x\n")
	tree := m.tree(entry("40000", "a", m.tree(entry("100644", "x", blob))), entry("40000", "b", m.tree(entry("100644", "y", blob))))
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := Diff(ctx, m, odb.ID{}, tree, func(Change) error { n++; cancel(); return nil })
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("%d changes, %v", n, err)
	}
}

func TestCache(t *testing.T) {
	m := newMemory()
	var ids []odb.ID
	for i := range 100 {
		ids = append(ids, m.tree(entry("100644", fmt.Sprintf("%01000d", i), odb.ID{1})))
	}
	c := NewCache(m, odb.Tree, 50<<10)
	read := func(id odb.ID) {
		t.Helper()
		kind, data, err := c.Read(id, maxTree)
		if err != nil || kind != odb.Tree || !bytes.Equal(data, m.data[id]) {
			t.Fatalf("read %s: %v, %d bytes, %v", id, kind, len(data), err)
		}
	}
	for _, id := range ids {
		read(id)
		read(ids[0])
		size := 0
		for _, generation := range []map[odb.ID][]byte{c.young, c.old} {
			for _, data := range generation {
				size += len(data) + cachedOverhead
			}
		}
		if size > 50<<10 {
			t.Fatalf("%d bytes are kept", size)
		}
	}
	if m.reads != 100 {
		t.Errorf("%d reads, want one for each: what is used is kept", m.reads)
	}
	if read(ids[1]); m.reads != 101 {
		t.Errorf("a tree of long ago is still there")
	}
	if _, _, err := c.Read(ids[0], 10); !errors.Is(err, odb.ErrTooLarge) {
		t.Errorf("a kept tree over the limit: %v", err)
	}
	if _, _, err := c.Read(odb.ID{1}, maxTree); !errors.Is(err, odb.ErrNotFound) {
		t.Errorf("a missing tree: %v", err)
	}
	blob := m.blob("x\n")
	for range 2 {
		if kind, _, err := c.Read(blob, maxTree); kind != odb.Blob || err != nil {
			t.Errorf("a blob: %v, %v", kind, err)
		}
	}
	huge := m.tree(entry("100644", strings.Repeat("n", 40<<10), odb.ID{1}))
	read(huge)
	m.reads = 0
	if read(ids[0]); m.reads != 0 || c.young[huge] != nil || c.old[huge] != nil {
		t.Errorf("a large tree drives out the others")
	}
}
