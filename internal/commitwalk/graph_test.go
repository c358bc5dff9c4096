package commitwalk

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

const graphName = "objects/info/commit-graph"

// graphWorld is a repository with merges, an octopus among them, and the commit-graph that git writes of it.
func graphWorld(t testing.TB, size int) (f *fixture, ids []odb.ID, parents map[odb.ID][]odb.ID) {
	t.Helper()
	f = newFixture(t)
	f.packed = map[odb.ID][]byte{}
	r := rand.New(rand.NewPCG(uint64(size), 1))
	parents = map[odb.ID][]odb.ID{}
	for i := range size {
		var of []odb.ID
		for range min(i, 1+r.IntN(2)*r.IntN(2)+i%7/6*4) {
			if p := ids[i-1-r.IntN(min(i, 6))]; !slices.Contains(of, p) {
				of = append(of, p)
			}
		}
		id := f.commit(i, 1_000_000+r.Int64N(1000), of...)
		ids = append(ids, id)
		parents[id] = of
	}
	f.pack()
	f.refs(ids[size-1:])
	var in strings.Builder
	for _, id := range ids {
		fmt.Fprintln(&in, id)
	}
	f.git(in.String(), "commit-graph", "write", "--stdin-commits")
	return f, ids, parents
}

func (f *fixture) read(name string) []byte {
	f.t.Helper()
	data, err := os.ReadFile(filepath.Join(f.dir, filepath.FromSlash(name)))
	if err != nil {
		f.t.Fatal(err)
	}
	return data
}

func openGraphs(t testing.TB, dirs ...string) *graphs {
	t.Helper()
	gs := &graphs{}
	gs.open(dirs, func(err error) { t.Error(err) })
	t.Cleanup(func() {
		if err := gs.close(); err != nil {
			t.Error(err)
		}
	})
	return gs
}

// TestGraph holds what is read of git's own file against the commits: it has more than one page.
func TestGraph(t *testing.T) {
	f, ids, parents := graphWorld(t, 3000)
	g := openGraphs(t, f.objects()).list[0]
	w := walker(t, Options{Objects: open(t, f.objects())})
	levels := map[odb.ID]uint32{}
	octopus := 0
	for _, id := range ids {
		for _, p := range parents[id] {
			levels[id] = max(levels[id], levels[p])
		}
		levels[id]++
		pos, ok, err := g.find(id)
		if !ok || err != nil {
			t.Fatalf("find(%s) = %t, %v", id, ok, err)
		}
		if back, err := g.id(pos); back != id || err != nil {
			t.Fatalf("id(%d) = %s, %v", pos, back, err)
		}
		positions, err := g.parents(pos, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []odb.ID
		for _, p := range positions {
			id, err := g.id(p)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, id)
		}
		if !slices.Equal(got, parents[id]) {
			t.Fatalf("parents(%s) = %v, want %v", id, got, parents[id])
		}
		if len(got) > 2 {
			octopus++
		}
		c, err := w.commit(id)
		if err != nil {
			t.Fatal(err)
		}
		if level, date, err := g.numbers(pos); level != levels[id] || date != c.date || err != nil {
			t.Fatalf("numbers(%s) = %d, %d, %v; want %d, %d", id, level, date, err, levels[id], c.date)
		}
	}
	if octopus == 0 {
		t.Error("no octopus")
	}
	if _, ok, err := g.find(odb.ID{1}); ok || err != nil {
		t.Error(ok, err)
	}
	for _, pos := range []uint32{3000, noParent, 1<<32 - 1} {
		if id, err := g.id(pos); err == nil {
			t.Errorf("id(%d) = %s", pos, id)
		}
	}
}

// TestChain reads a chain whose lower file is in an alternate, with a single file elsewhere that comes first there.
func TestChain(t *testing.T) {
	lower, upper := newFixture(t), newFixture(t)
	ids := lower.lines(line{name: "a", count: 50, date: rising(1000)})["a"]
	lower.git(last(ids).String(), "commit-graph", "write", "--stdin-commits", "--split=no-merge")
	upper.write("objects/info/alternates", lower.objects()+"\n")
	top := upper.commit(100, 5000, last(ids))
	tip := upper.commit(101, 5010, top)
	upper.git(top.String(), "commit-graph", "write", "--stdin-commits", "--split=no-merge")
	chain := string(upper.read("objects/info/commit-graphs/commit-graph-chain"))
	if strings.Count(chain, "\n") != 2 {
		t.Fatalf("git wrote the chain %q", chain)
	}
	gs := openGraphs(t, upper.objects(), lower.objects())
	if len(gs.list) != 2 || len(gs.list[0].layers) != 2 {
		t.Fatalf("%d graphs", len(gs.list))
	}
	pos, ok, err := gs.list[0].find(top)
	if pos != 50 || !ok || err != nil {
		t.Fatalf("find = %d, %t, %v", pos, ok, err)
	}
	parents, err := gs.list[0].parents(pos, nil)
	if err != nil || len(parents) != 1 {
		t.Fatal(parents, err)
	}
	if id, err := gs.list[0].id(parents[0]); id != last(ids) || err != nil {
		t.Errorf("its parent is %s, %v", id, err)
	}
	store := open(t, upper.objects())
	b := Boundary{Near: []odb.ID{ids[10]}}
	want := append(slices.Clone(ids[11:]), top, tip)
	if got := newCommits(t, walker(t, Options{Objects: store}), []odb.ID{tip}, b); !slices.Equal(got, want) {
		t.Errorf("%d commits, want %d", len(got), len(want))
	}

	names := strings.Fields(chain)
	file := func(name string) string { return "objects/info/commit-graphs/graph-" + name + ".graph" }
	good := string(upper.read(file(names[1])))
	for name, damage := range map[string]func(){
		"a file is away":   func() { os.Remove(filepath.Join(lower.dir, file(names[0]))) },
		"not a chain":      func() { upper.write("objects/info/commit-graphs/commit-graph-chain", "../../../etc/passwd\n") },
		"in another order": func() { upper.write("objects/info/commit-graphs/commit-graph-chain", names[1]+"\n"+names[0]+"\n") },
		"upon another": func() {
			upper.write(file(names[1]), strings.Replace(good, string(mustHex(t, names[0])), strings.Repeat("x", 20), 1))
		},
		"a chain without an end": func() {
			upper.write("objects/info/commit-graphs/commit-graph-chain", strings.Repeat(names[0]+"\n", 2000))
		},
		"a directory for a chain": func() {
			os.Remove(filepath.Join(upper.dir, "objects/info/commit-graphs/commit-graph-chain"))
			upper.write("objects/info/commit-graphs/commit-graph-chain/x", "")
		},
	} {
		lowest := lower.read(file(names[0]))
		damage()
		warned := 0
		w := walker(t, Options{Objects: store, Warn: func(error) { warned++ }})
		if got := newCommits(t, w, []odb.ID{tip}, b); !slices.Equal(got, want) || warned == 0 {
			t.Errorf("%s: %d commits, %d warnings", name, len(got), warned)
		}
		os.RemoveAll(filepath.Join(upper.dir, "objects/info/commit-graphs/commit-graph-chain"))
		lower.write(file(names[0]), string(lowest))
		upper.write(file(names[1]), good)
		upper.write("objects/info/commit-graphs/commit-graph-chain", chain)
	}
}

func mustHex(t testing.TB, s string) []byte {
	t.Helper()
	id, err := odb.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id[:]
}

// TestDamagedGraph tears and breaks the file. A walk never fails for that, and what is torn does not change its answer.
func TestDamagedGraph(t *testing.T) {
	f, ids, parents := graphWorld(t, 60)
	w := &world{parents: parents, commits: ids, boundary: ids[40:41], tips: ids[59:]}
	want := w.fresh()
	good := f.read(graphName)
	store := open(t, f.objects())
	b := Boundary{Near: w.boundary}
	ask := func() ([]odb.ID, int) {
		warned := 0
		walk := walker(t, Options{Objects: store, Warn: func(error) { warned++ }})
		return newCommits(t, walk, w.tips, b), warned
	}
	if got, warned := ask(); !slices.Equal(sorted(got), want) || warned != 0 {
		t.Fatalf("%d commits, want %d; %d warnings", len(got), len(want), warned)
	}
	for n := 0; n < len(good); n += 1 + n/100 {
		f.write(graphName, string(good[:n]))
		if got, warned := ask(); !slices.Equal(sorted(got), want) || warned == 0 {
			t.Fatalf("cut at %d: %d commits, want %d; %d warnings", n, len(got), len(want), warned)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	warnings := 0
	for range 600 {
		data := bytes.Clone(good)
		for range 1 + r.IntN(3) {
			data[r.IntN(len(data))] = byte(r.UintN(256))
		}
		f.write(graphName, string(data))
		_, warned := ask() // a file that lies is believed
		warnings += warned
	}
	if warnings < 100 {
		t.Errorf("%d warnings", warnings)
	}
	lying := bytes.Clone(good) // all levels the same
	at := bytes.Index(good, []byte("CDAT"))
	cdat := int(binary.BigEndian.Uint64(good[at+4:]))
	for i := range ids {
		copy(lying[cdat+i*commitSize+idSize+8:], []byte{0, 0, 0, 4<<2 | lying[cdat+i*commitSize+idSize+11]&3})
	}
	f.write(graphName, string(lying))
	if got, warned := ask(); !slices.Equal(sorted(got), want) || warned != 1 {
		t.Errorf("levels that do not fall: %d commits, want %d; %d warnings", len(got), len(want), warned)
	}
	for i := range ids { // as git 2.18 wrote it
		copy(lying[cdat+i*commitSize+idSize+8:], []byte{0, 0, 0, lying[cdat+i*commitSize+idSize+11] & 3})
	}
	f.write(graphName, string(lying))
	if got, warned := ask(); !slices.Equal(sorted(got), want) || warned != 0 {
		t.Errorf("no levels: %d commits, want %d; %d warnings", len(got), len(want), warned)
	}
}

// TestGraphBounds opens files that claim much: it must be refused before it is believed.
func TestGraphBounds(t *testing.T) {
	f := newFixture(t)
	head := func(chunks byte) []byte { return append([]byte("CGPH\x01\x01"), chunks, 0) }
	toc := func(id string, off uint64) []byte { return binary.BigEndian.AppendUint64([]byte(id), off) }
	many := slices.Concat(head(3), toc("OIDF", 56), toc("OIDL", 56+fanoutSize), toc("CDAT", 56+fanoutSize), toc("\x00\x00\x00\x00", 56+fanoutSize),
		bytes.Repeat([]byte{0x6f, 0xff, 0xff, 0xff}, 256), make([]byte, 20))
	for name, data := range map[string][]byte{
		"nothing":         {},
		"another file":    []byte("PACK\x01\x01\x00\x00" + strings.Repeat("x", 100)),
		"version 2":       append([]byte("CGPH\x02\x01\x00\x00"), make([]byte, 100)...),
		"SHA-256":         append([]byte("CGPH\x01\x02\x00\x00"), make([]byte, 100)...),
		"upon others":     append([]byte("CGPH\x01\x01\x00\x01"), make([]byte, 100)...),
		"no chunks":       append(head(0), make([]byte, 100)...),
		"255 chunks":      append(head(255), make([]byte, 100)...),
		"far away":        slices.Concat(head(1), toc("OIDF", 1<<63), toc("\x00\x00\x00\x00", 1<<63+1024), make([]byte, 2000)),
		"backwards":       slices.Concat(head(1), toc("OIDF", 1000), toc("\x00\x00\x00\x00", 500), make([]byte, 2000)),
		"twice":           slices.Concat(head(2), toc("OIDF", 100), toc("OIDF", 200), toc("\x00\x00\x00\x00", 300), make([]byte, 2000)),
		"1.8e9 commits":   many,
		"on its own head": slices.Concat(head(1), toc("OIDF", 0), toc("\x00\x00\x00\x00", 1024), make([]byte, 2000)),
	} {
		f.write(graphName, string(data))
		var warned []error
		gs := &graphs{}
		gs.open([]string{f.objects()}, func(err error) { warned = append(warned, err) })
		if len(gs.list) != 0 || len(warned) != 1 || !strings.Contains(warned[0].Error(), "info"+string(filepath.Separator)+"commit-graph") {
			t.Errorf("%s: %d graphs, %v", name, len(gs.list), warned)
		}
		if err := gs.close(); err != nil {
			t.Error(err)
		}
	}
	huge := filepath.Join(f.dir, "huge")
	f.write("huge", "CGPH")
	if err := os.Truncate(huge, maxGraphFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := openPages(huge); err == nil {
		t.Error("a file of more than 4 GiB is opened")
	}
	// A file that shrinks is an error.
	f.write("shrinks", strings.Repeat("x", 3*pageSize))
	p, err := openPages(filepath.Join(f.dir, "shrinks"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if data, err := p.at(pageSize-10, 2*pageSize); err != nil || len(data) != 2*pageSize {
		t.Error(len(data), err)
	}
	if data, err := p.at(2*pageSize, pageSize+1); err == nil {
		t.Error(len(data))
	}
	p.pages[2] = nil
	if err := os.Truncate(filepath.Join(f.dir, "shrinks"), pageSize); err != nil {
		t.Fatal(err)
	}
	if data, err := p.at(2*pageSize, 10); err == nil {
		t.Error(len(data))
	}
}

// FuzzGraph reads every commit of a file that may be anything.
func FuzzGraph(f *testing.F) {
	w, _, _ := graphWorld(f, 40)
	f.Add(w.read(graphName))
	f.Add([]byte("CGPH\x01\x01\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := openLayer(newPages(bytes.NewReader(data), int64(len(data)), nil), 0, nil)
		if err != nil {
			return
		}
		if int(l.count)*(idSize+commitSize) > len(data) {
			t.Fatalf("%d commits in %d bytes", l.count, len(data))
		}
		g := &graph{"fuzz", []*layer{l}}
		var damaged *graphError
		for pos := range l.count + 1 {
			id, err := g.id(pos)
			if err == nil {
				_, _, err = g.find(id)
			}
			if err == nil {
				_, _, err = g.numbers(pos)
			}
			var parents []uint32
			if err == nil {
				parents, err = g.parents(pos, nil)
			}
			if err != nil && !errors.As(err, &damaged) {
				t.Fatalf("%v does not say which file", err)
			}
			if len(parents)*4 > len(data)+8 {
				t.Fatalf("%d parents in %d bytes", len(parents), len(data))
			}
			if err == nil && pos == l.count {
				t.Fatal("one commit more than there are")
			}
		}
	})
}

// FuzzParseCommit: what is taken for the tree and the parents is, written again, what the object begins with.
func FuzzParseCommit(f *testing.F) {
	id := odb.ID(sha1.Sum(nil))
	f.Add([]byte(commitText(1, 5, id, id)))
	f.Add([]byte(commitText(1, 5)[:treeLine]))
	f.Add([]byte("tree " + emptyTree + "\nparent x\n"))
	f.Add([]byte("tree " + emptyTree + "\nauthor <>\ncommitter > > 99999999999999999999\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseCommit(data)
		if err != nil {
			return
		}
		written := string(data[:treeLine])
		for _, p := range c.parents {
			written += "parent " + p.String() + "\n"
		}
		if !strings.EqualFold(string(data[:len(written)]), written) || c.date < 0 {
			t.Errorf("%q is read as %q and %d", data, written, c.date)
		}
		if rest := data[len(written):]; len(rest) >= parentLine && bytes.HasPrefix(rest, []byte("parent ")) {
			t.Errorf("%q: a parent is left over", data)
		}
	})
}
