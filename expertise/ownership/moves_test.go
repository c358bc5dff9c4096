package ownership_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/ownership"
)

// moved makes a history that moves n files in one commit, every other one with an edit. Base names repeat. It returns the commits.
func (f *fixture) moved(n int) []string {
	before, after := tree{}, tree{}
	for i := range n {
		var b strings.Builder
		for k := range 12 {
			fmt.Fprintf(&b, "line %d of %d\n", k, i)
		}
		name := fmt.Sprintf("m%d/file%d.go", i, i%(n/5+1))
		before["old/"+name] = version{"100644", b.String()}
		if i%2 == 1 {
			b.WriteString("one more\n")
		}
		after["new/place/"+name] = version{"100644", b.String()}
	}
	first := f.commit(before)
	f.commit(after, first)
	return f.ids()[1:]
}

// TestMovedFiles moves 5,000 files in one commit. To look for each among all others would be 25 million comparisons.
func TestMovedFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("5,000 files")
	}
	f := newFixture(t)
	ids := f.moved(5000)
	x := f.build(ids[1], ownership.Options{})
	all := owners(t, x)
	for i, path := range x.Paths() {
		want := slices.Repeat([]string{ids[0]}, 12)
		if len(all[path]) == 13 {
			want = append(want, ids[1])
		}
		if !slices.Equal(all[path], want) {
			t.Fatalf("%s: %v", path, all[path])
		}
		if i%1000 == 7 {
			if said := f.blame(x.Tip(), path); !slices.Equal(said, want) {
				t.Errorf("%s: git says %v", path, said)
			}
		}
	}
}

// TestMovedFilesUpdate deletes most of the files that one commit moved. Who builds then asks for few of them, who updates asked for all: it must
// make no difference to how their origins are looked for.
func TestMovedFilesUpdate(t *testing.T) {
	f := newFixture(t)
	before, after, last := tree{}, tree{}, tree{}
	text := func(i int) string {
		var b strings.Builder
		for k := range 12 {
			fmt.Fprintf(&b, "line %d of %d\n", k, i)
		}
		return b.String()
	}
	for i := range 400 {
		before[fmt.Sprintf("old/%d", i)] = version{"100644", text(i)}
		after[fmt.Sprintf("new/as-%d", i)] = version{"100644", text(i) + "and more\n"}
	}
	before["old/x"] = version{"100644", text(1000)}
	for _, name := range []string{"y1", "y2"} { // two that come from the same
		after["new/"+name] = version{"100644", text(1000) + name + "\n"}
		last["new/"+name] = after["new/"+name]
	}
	c := f.commit(before)
	c = f.commit(after, c)
	f.commit(last, c)
	ids := f.ids()[1:]
	repo := f.Open()
	old := f.build(ids[1], ownership.Options{})
	got, err := ownership.Update(t.Context(), repo, old, ids[2], ownership.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := f.build(ids[2], ownership.Options{})
	if !slices.Equal(encoded(t, got), encoded(t, want)) {
		t.Errorf("an update says %v, a build %v", owners(t, got), owners(t, want))
	}
}

// BenchmarkMovedFiles measures one commit that moves files: the time for each must not grow with their number.
func BenchmarkMovedFiles(b *testing.B) {
	for _, n := range []int{1000, 2000, 4000, 8000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := newFixture(b)
			ids := f.moved(n)
			for b.Loop() {
				f.build(ids[1], ownership.Options{})
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/file")
		})
	}
}
