package commitwalk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

// newCommits asks for the new commits and fails when there is an error.
func newCommits(t testing.TB, w *Walker, tips []odb.ID, b Boundary) []odb.ID {
	t.Helper()
	order, _, err := w.NewCommits(context.Background(), tips, b)
	if err != nil {
		t.Fatal(err)
	}
	return order
}

func rising(from int64) func(int) int64 { return func(i int) int64 { return from + int64(i)*10 } }

// TestLatePaint has a boundary whose tip is older than its parents: a walk by date meets 40 old commits before the boundary, and has to
// take them back. One that counts as it goes says 5,040.
func TestLatePaint(t *testing.T) {
	f := newFixture(t)
	ids := f.lines(
		line{name: "old", count: 2000, date: rising(1_000_000)},
		line{from: "old", name: "new", count: 5000, date: rising(2_000_000)},
		line{from: "old", name: "skewed", count: 3, date: func(int) int64 { return 1_000_000 + 10*1958 }},
	)
	b := Boundary{Near: []odb.ID{last(ids["skewed"])}}
	want := f.ids(f.git("", "rev-list", "--topo-order", "--reverse", "refs/heads/new", "--not", "refs/heads/old"))
	if len(want) != 5000 {
		t.Fatalf("%d commits", len(want))
	}
	store := open(t, f.objects())
	for range 2 {
		w := walker(t, Options{Objects: store})
		if got := newCommits(t, w, []odb.ID{last(ids["new"])}, b); !slices.Equal(got, want) {
			t.Errorf("%d new commits, want %d", len(got), len(want))
		}
		if is, err := w.IsAncestor(t.Context(), ids["old"][1000], last(ids["new"])); !is || err != nil {
			t.Error(is, err)
		}
		if is, err := w.IsAncestor(t.Context(), ids["skewed"][0], last(ids["new"])); is || err != nil {
			t.Error(is, err)
		}
		f.git("", "commit-graph", "write", "--reachable")
	}
}

// TestSlop has more skewed commits than a walk without proof looks at: it may judge too much, and one with proof does not.
func TestSlop(t *testing.T) {
	f := newFixture(t)
	ids := f.lines(
		line{name: "old", count: 300, date: rising(1_000_000)},
		line{from: "old", name: "new", count: 7, date: rising(2_000_000)},
		line{from: "old", name: "skewed", count: slop + 100, date: func(int) int64 { return 5 }},
	)
	tips, b := []odb.ID{last(ids["new"])}, Boundary{All: list([]odb.ID{last(ids["skewed"])})}
	empty := newFixture(t)
	store := open(t, empty.objects(), f.objects())
	if got := newCommits(t, walker(t, Options{Objects: store}), tips, b); len(got) != 307 {
		t.Errorf("without proof: %d commits, want all 307", len(got))
	}
	if got := newCommits(t, walker(t, Options{Objects: store, Quarantine: empty.objects()}), tips, b); !slices.Equal(got, ids["new"]) {
		t.Errorf("in a hook: %d commits, want 7", len(got))
	}
	f.git("", "commit-graph", "write", "--reachable")
	if got := newCommits(t, walker(t, Options{Objects: store}), tips, b); !slices.Equal(got, ids["new"]) {
		t.Errorf("with a commit-graph: %d commits, want 7", len(got))
	}
	if got := newCommits(t, walker(t, Options{Objects: store, NoGraph: true}), tips, b); len(got) != 307 {
		t.Errorf("without the commit-graph: %d commits, want all 307", len(got))
	}
}

// TestCosts shows that an ordinary push lists nothing and reads no commit-graph, and one that branches off below a tip does not walk far.
func TestCosts(t *testing.T) {
	f, quarantine := newFixture(t), newFixture(t)
	ids := f.lines(line{name: "old", count: 3000, date: rising(1_000_000)})
	f.git("", "commit-graph", "write", "--reachable")
	f.write("objects/info/commit-graph", "damaged") // whoever reads it warns
	tip := quarantine.commit(1, 2_000_000, last(ids["old"]))
	merge := quarantine.commit(2, 2_000_001, tip, ids["old"][2000])
	store := open(t, quarantine.objects(), f.objects())
	w := walker(t, Options{Objects: store, Quarantine: quarantine.objects()})
	all := func() iter.Seq2[odb.ID, error] { t.Error("all refs were listed"); return list(nil)() }
	for name, b := range map[string]Boundary{
		"near":  {Near: []odb.ID{last(ids["old"])}, All: all},
		"which": {Which: which([]odb.ID{last(ids["old"])}), All: all},
	} {
		if got := newCommits(t, w, []odb.ID{tip}, b); !slices.Equal(got, []odb.ID{tip}) {
			t.Errorf("%s: %v", name, got)
		}
	}
	warned := 0
	w = walker(t, Options{Objects: store, Quarantine: quarantine.objects(), Warn: func(error) { warned++ }})
	if got := newCommits(t, w, []odb.ID{merge}, Boundary{Which: which([]odb.ID{last(ids["old"])}), All: all}); len(got) != 2 {
		t.Errorf("%d new commits, want 2", len(got))
	}
	if warned != 1 {
		t.Errorf("warned %d times", warned)
	}
}

// TestQuarantineGraph has a pusher who brings a commit-graph that says that the tip of the boundary descends from what is pushed.
func TestQuarantineGraph(t *testing.T) {
	f, quarantine, forger := newFixture(t), newFixture(t), newFixture(t)
	base := f.commit(0, 10)
	evil := f.commit(1, 20, base) // left over
	main := f.commit(2, 30, base)
	forger.commit(0, 10)
	forger.commit(1, 20, base)
	forger.commit(2, 30, base)
	forger.git(fmt.Sprintf("%s\n%s\n", evil, main), "commit-graph", "write", "--stdin-commits")
	data, err := os.ReadFile(filepath.Join(forger.objects(), "info", "commit-graph"))
	if err != nil {
		t.Fatal(err)
	}
	order := sorted([]odb.ID{base, evil, main})
	entry := len(data) - idSize - (3-slices.Index(order, main))*commitSize // CDAT comes last but for the checksum
	if i := strings.Index(string(data), "GDA2"); i >= 0 {
		entry -= 3 * 4
	}
	data[entry+idSize+3] = byte(slices.Index(order, evil)) // main's parent
	data[entry+idSize+8+3] = 3 << 2                        // main's level
	quarantine.write("objects/info/commit-graph", string(data))

	store := open(t, quarantine.objects(), f.objects())
	o := Options{Objects: store, Quarantine: quarantine.objects()}
	b := Boundary{All: list([]odb.ID{main})}
	if got := newCommits(t, walker(t, o), []odb.ID{evil}, b); !slices.Equal(got, []odb.ID{evil}) {
		t.Errorf("new are %v, want %v", got, evil)
	}
	// The same file where git would read it, too, hides the commit: the forgery is a good one.
	f.write("objects/info/commit-graph", string(data))
	if got := newCommits(t, walker(t, o), []odb.ID{evil}, b); len(got) != 0 {
		t.Errorf("new are %v: the forgery is no good", got)
	}
}

// TestShallow cuts the history off, where git says that it is.
func TestShallow(t *testing.T) {
	f := newFixture(t)
	missing := odb.ID{9}
	edge := f.commit(1, 10, missing)
	main := f.commit(2, 20, edge)
	tip := f.commit(3, 30, main)
	f.write("shallow", edge.String()+"\n")
	f.git(tip.String(), "commit-graph", "write", "--stdin-commits") // git writes none
	shallow := map[odb.ID]bool{edge: true}
	w := walker(t, Options{Objects: open(t, f.objects()), Shallow: shallow})
	order, parents, err := w.NewCommits(t.Context(), []odb.ID{tip}, Boundary{})
	if want := f.ids(f.git("", "rev-list", "--reverse", tip.String())); err != nil || !slices.Equal(order, want) {
		t.Errorf("%v, %v; git has %v", order, err, want)
	}
	if p, in := parents[edge]; !in || len(p) != 0 {
		t.Errorf("the edge has the parents %v", p)
	}
	if is, err := w.IsAncestor(t.Context(), edge, tip); !is || err != nil {
		t.Error(is, err)
	}
	_, _, err = walker(t, Options{Objects: open(t, f.objects())}).NewCommits(t.Context(), []odb.ID{tip}, Boundary{})
	if !errors.Is(err, odb.ErrNotFound) || !strings.Contains(err.Error(), missing.String()) || !strings.Contains(err.Error(), edge.String()) {
		t.Errorf("a missing parent: %v", err)
	}
	// Behind the boundary git does not miss it, and nor do we.
	if got := newCommits(t, walker(t, Options{Objects: open(t, f.objects())}), []odb.ID{tip}, Boundary{Near: []odb.ID{main}}); len(got) != 1 {
		t.Errorf("new are %v", got)
	}
}

// TestShallowGraph has a commit-graph from before the history was cut off. git does not use it either.
func TestShallowGraph(t *testing.T) {
	f := newFixture(t)
	ids := f.lines(line{name: "main", count: 20, date: rising(10)})["main"]
	f.git("", "commit-graph", "write", "--reachable")
	f.write("shallow", ids[10].String()+"\n")
	w := walker(t, Options{Objects: open(t, f.objects()), Shallow: map[odb.ID]bool{ids[10]: true}})
	for _, old := range []odb.ID{ids[9], ids[10]} {
		is, err := w.IsAncestor(t.Context(), old, last(ids))
		_, not := f.try("", "merge-base", "--is-ancestor", old.String(), last(ids).String())
		if err != nil || is != (not == nil) {
			t.Errorf("IsAncestor(%s) = %t, %v; git says %v", old, is, err, not)
		}
	}
	got := newCommits(t, w, ids[19:], Boundary{Near: ids[12:13]})
	if !slices.Equal(got, ids[13:]) {
		t.Errorf("%d commits, want 7", len(got))
	}
	if got := newCommits(t, w, ids[9:10], Boundary{Near: ids[12:13]}); !slices.Equal(got, ids[:10]) {
		t.Errorf("%d commits behind the edge, want 10", len(got))
	}
}

// TestRefuses gives the walker what it cannot judge.
func TestRefuses(t *testing.T) {
	f, quarantine := newFixture(t), newFixture(t)
	base := f.commit(1, 10)
	blob := f.object(odb.Blob, "blob")
	missing := odb.ID{9}
	lost := quarantine.commit(2, 20, missing)
	odd := quarantine.commit(3, 20, blob)
	broken := f.object(odb.Commit, "parent "+base.String()+"\n")
	loop := f.tag(base, odb.Commit)
	for range maxTags {
		loop = f.tag(loop, odb.Tag)
	}
	noTag := f.object(odb.Tag, "object nothing\n")
	huge := quarantine.object(odb.Commit, commitText(5, 1, slices.Repeat([]odb.ID{base}, maxParents/parentLine)...))
	store := open(t, quarantine.objects(), f.objects())
	boom := errors.New("boom")
	unlisted := func() iter.Seq2[odb.ID, error] { return func(yield func(odb.ID, error) bool) { yield(odb.ID{}, boom) } }
	tests := map[string]struct {
		tip  odb.ID
		b    Boundary
		want []string
	}{
		"a missing tip":              {tip: missing, want: []string{missing.String(), "not found"}},
		"a missing parent":           {tip: lost, want: []string{missing.String(), lost.String(), "not found"}},
		"a parent that is a blob":    {tip: odd, want: []string{blob.String(), "is a blob"}},
		"a tip that is a tag":        {tip: loop, want: []string{loop.String(), "is a tag"}},
		"a commit without a tree":    {tip: broken, want: []string{broken.String(), "tree"}},
		"too many parents":           {tip: huge, want: []string{huge.String(), "parents"}},
		"a damaged old commit":       {tip: base, b: Boundary{Near: []odb.ID{broken}}, want: []string{broken.String(), "tree"}},
		"a tag of nothing":           {tip: base, b: Boundary{All: list([]odb.ID{noTag})}, want: []string{noTag.String()}},
		"refs that cannot be listed": {tip: base, b: Boundary{All: unlisted}, want: []string{"boom"}},
		"refs that cannot be asked":  {tip: base, b: Boundary{Which: func([]odb.ID) (map[odb.ID]bool, error) { return nil, boom }}, want: []string{"boom"}},
	}
	for name, test := range tests {
		for _, dir := range []string{quarantine.objects(), ""} {
			order, _, err := walker(t, Options{Objects: store, Quarantine: dir}).NewCommits(t.Context(), []odb.ID{test.tip}, test.b)
			if err == nil || order != nil {
				t.Errorf("%s: %v, %v", name, order, err)
				continue
			}
			for _, s := range test.want {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%s: %q does not say %q", name, err, s)
				}
			}
		}
	}
	w := walker(t, Options{Objects: store})
	for _, pair := range [][2]odb.ID{{missing, base}, {base, missing}, {blob, base}, {base, loop}} {
		if is, err := w.IsAncestor(t.Context(), pair[0], pair[1]); is || err == nil {
			t.Errorf("IsAncestor(%s, %s) = %t, %v", pair[0], pair[1], is, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(boom)
	for _, dir := range []string{quarantine.objects(), ""} {
		if _, _, err := walker(t, Options{Objects: store, Quarantine: dir}).NewCommits(ctx, []odb.ID{base}, Boundary{}); !errors.Is(err, boom) {
			t.Errorf("after the end: %v", err)
		}
	}
	if _, err := New(Options{Objects: store, Quarantine: t.TempDir()}); err == nil {
		t.Error("a quarantine that is not of the store is taken")
	}
}

// TestLongMessage reads a commit that is larger than is read at once.
func TestLongMessage(t *testing.T) {
	f := newFixture(t)
	base := f.commit(1, 10)
	long := f.object(odb.Commit, commitText(2, 20, base)+strings.Repeat("word ", wholeCommit/4))
	many := f.object(odb.Commit, commitText(3, 30, slices.Repeat([]odb.ID{base, long}, 5000)...)+strings.Repeat("word ", wholeCommit/4))
	w := walker(t, Options{Objects: open(t, f.objects())})
	order, parents, err := w.NewCommits(t.Context(), []odb.ID{many}, Boundary{})
	if err != nil || !slices.Equal(order, []odb.ID{base, long, many}) {
		t.Errorf("%v, %v", order, err)
	}
	if len(parents[many]) != 10_000 || !slices.Equal(parents[long], []odb.ID{base}) {
		t.Errorf("%d parents", len(parents[many]))
	}
}

// TestDeep walks a history of 60,000 commits that come one after another, and one of as many roots.
func TestDeep(t *testing.T) {
	f := newFixture(t)
	ids := f.lines(line{name: "deep", count: 60_000, date: rising(1_000_000)})["deep"]
	w := walker(t, Options{Objects: open(t, f.objects()), Quarantine: f.objects()})
	if got := newCommits(t, w, []odb.ID{last(ids)}, Boundary{}); !slices.Equal(got, ids) {
		t.Errorf("%d commits", len(got))
	}
	w = walker(t, Options{Objects: open(t, f.objects())})
	if got := newCommits(t, w, []odb.ID{last(ids)}, Boundary{All: list(ids[:59_000])}); !slices.Equal(got, ids[59_000:]) {
		t.Errorf("%d commits", len(got))
	}
	if is, err := w.IsAncestor(t.Context(), ids[0], last(ids)); !is || err != nil {
		t.Error(is, err)
	}
}
