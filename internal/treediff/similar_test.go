package treediff

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

// lines returns n lines that no other file has.
func lines(r *rand.Rand, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%x%s\n", r.Uint64(), strings.Repeat("-", r.IntN(90)))
	}
	return all
}

// rewrite replaces so many of a hundred lines.
func rewrite(r *rand.Rand, text []string, percent int) []string {
	text = slices.Clone(text)
	fresh := lines(r, len(text))
	for i := range text {
		if i*100 < percent*len(text) {
			text[i] = fresh[i]
		}
	}
	r.Shuffle(len(text), func(i, j int) { text[i], text[j] = text[j], text[i] })
	return text
}

// TestSimilarSameAsGit moves files with more or less of their lines replaced, well away from one half, where the
// measures may differ, and from three quarters, where files of one base name are taken first.
func TestSimilarSameAsGit(t *testing.T) {
	m := newMemory()
	r := rand.New(rand.NewPCG(5, 6))
	var couples []couple
	for range 150 {
		f, g := folder{}, folder{}
		put := func(side folder, dir, name string, n node) {
			if _, ok := side[dir]; !ok {
				side[dir] = node{mode: "40000", folder: folder{}}
			}
			side[dir].folder[name] = n
		}
		for k := range 1 + r.IntN(12) {
			text := lines(r, 20+r.IntN(100))
			if r.IntN(4) == 0 { // binary, without lines
				for i := range text {
					text[i] = fmt.Sprintf("%.64q", strings.Repeat(text[i][:16], 6)) // a chunk each
				}
			}
			name := fmt.Sprintf("f%d", k)
			mode := []string{"100644", "100644", "100755", "120000"}[r.IntN(4)]
			put(f, fmt.Sprint(r.IntN(3)), name, node{mode: mode, text: strings.Join(text, "")})
			if r.IntN(3) == 0 {
				name = fmt.Sprintf("g%d", k)
			}
			percent := []int{0, 5, 10, 38, 65, 80, 100}[r.IntN(7)]
			put(g, fmt.Sprint(3+r.IntN(3)), name, node{mode: mode, text: strings.Join(rewrite(r, text, percent), "")})
			if r.IntN(3) == 0 { // a worse candidate
				put(g, "9", fmt.Sprintf("f%d", (k+r.IntN(3))), node{mode: mode, text: strings.Join(rewrite(r, text, percent+12), "")})
			}
		}
		couples = append(couples, couple{m.write(f), m.write(g)})
	}
	renamed := 0
	for i, want := range m.repository(t).diffs(couples, "-M") {
		got, err := diff(m, couples[i].old, couples[i].new)
		if err != nil {
			t.Fatal(err)
		}
		got, err = Similar(t.Context(), Exact(got), m.content)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("couple %d: %v, %v\ngit: %v", i, got, err, want)
		}
		for _, c := range want {
			if c.Status == 'R' && c.ID != c.OldID {
				renamed++
			}
		}
	}
	if renamed < 200 {
		t.Errorf("only %d renames", renamed)
	}
}

// files returns changes that delete and add regular files of these texts, named by their places unless a text begins with "name:".
func files(m *memory, deleted, added []string) []Change {
	var all []Change
	for i, list := range [][]string{deleted, added} {
		for k, text := range list {
			name := fmt.Sprintf("%c%04d", "da"[i], k)
			if n, rest, ok := strings.Cut(text, ":"); ok {
				name, text = n, rest
			}
			c := Change{Status: 'D', OldMode: modeFile, OldID: m.blob(text), Path: name}
			if i == 1 {
				c = Change{Status: 'A', Mode: modeFile, ID: c.OldID, Path: name}
			}
			all = append(all, c)
		}
	}
	return all
}

// renames returns "old>new" of each rename.
func renames(changes []Change) string {
	var all []string
	for _, c := range changes {
		if c.Status == 'R' {
			all = append(all, c.OldPath+">"+c.Path)
		}
	}
	return strings.Join(all, " ")
}

func TestSimilar(t *testing.T) {
	abc := "aaaa\nbbbb\ncccc\ndddd\n"
	for _, test := range []struct {
		name           string
		deleted, added []string
		want           string
	}{
		{"half", []string{abc}, []string{"aaaa\nbbbb\nxxxx\nyyyy\n"}, "d0000>a0000"},
		{"less than half", []string{abc}, []string{"aaaa\nbbbb\nxxxx\nyyyyy\n"}, ""},
		{"half of the larger", []string{"aaaa\n"}, []string{abc}, ""},
		{"a line counts as often as both have it", []string{"aaaa\nbbbb\ncccc\n"}, []string{"aaaa\naaaa\naaaa\n"}, ""},
		{"and the other way round", []string{"aaaa\naaaa\naaaa\n"}, []string{"aaaa\nbbbb\ncccc\n"}, ""},
		{"and in files of one name", []string{"1/x:aaaa\naaaa\naaaa\naaaa\n"}, []string{"2/x:aaaa\nbbbb\n"}, ""},
		{"order does not matter", []string{abc}, []string{"dddd\ncccc\nbbbb\naaaa\n"}, "d0000>a0000"},
		{"line ends do not matter", []string{abc}, []string{strings.ReplaceAll(abc, "\n", "\r\n")}, "d0000>a0000"},
		{"no line at all", []string{strings.Repeat("\x00", 300)}, []string{strings.Repeat("\x00", 256)}, "d0000>a0000"},
		{"empty files", []string{""}, []string{""}, ""},
		{"best first", []string{abc}, []string{abc + "yyyyy\n", abc + "y\n"}, "d0000>a0001"},
		{"each is used once", []string{abc}, []string{abc + "x\n", abc + "y\n"}, "d0000>a0000"},
		{"base name decides between equals", []string{"1/x:" + abc, "2/y:" + abc, "1/y:" + abc}, []string{"3/y:" + abc + "\n", "3/x:" + abc + "\n\n\n\n\n\n\n\n\n\n"}, "2/y>3/y 1/x>3/x"},
		{"the only one of its name before a better one", []string{"1/x:" + abc + "xxxx\n", "1/z:" + abc}, []string{"2/x:" + abc}, "1/x>2/x"},
		{"but not with less than three quarters", []string{"1/x:" + abc + "xxxxyyyy\n", "1/z:" + abc}, []string{"2/x:" + abc}, "1/z>2/x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMemory()
			changes := files(m, test.deleted, test.added)
			before := slices.Clone(changes)
			got, err := Similar(t.Context(), changes, m.content)
			if err != nil || renames(got) != test.want {
				t.Errorf("%q, %v, want %q", renames(got), err, test.want)
			}
			if len(got) != len(changes)-strings.Count(test.want, ">") || !slices.Equal(changes, before) {
				t.Errorf("%d changes of %d", len(got), len(changes))
			}
		})
	}
}

// TestSimilarOnlyFiles: links and submodules are not read.
func TestSimilarOnlyFiles(t *testing.T) {
	for _, mode := range []uint32{modeLink, modeSubmodule} {
		changes := []Change{{Status: 'D', OldMode: mode, OldID: odb.ID{1}, Path: "a"}, {Status: 'A', Mode: mode, ID: odb.ID{2}, Path: "b"}}
		got, err := Similar(t.Context(), changes, newMemory().content)
		if err != nil || !slices.Equal(got, changes) {
			t.Errorf("%o: %v, %v", mode, got, err)
		}
	}
}

func TestSimilarErrors(t *testing.T) {
	m := newMemory()
	changes := files(m, []string{"a\n"}, []string{"a\nb\n"})
	bad := errors.New("bad disk")
	if _, err := Similar(t.Context(), changes, func(odb.ID) ([]byte, error) { return nil, bad }); !errors.Is(err, bad) || !strings.Contains(err.Error(), changes[0].OldID.String()) {
		t.Errorf("unreadable blob: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Similar(ctx, changes, m.content); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestSimilarLimits: what would take too long stays as it is, and is not even read.
func TestSimilarLimits(t *testing.T) {
	many := func(n int, end string) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf("line %d\n%s", i, end)
		}
		return all
	}
	m := newMemory()
	changes := files(m, many(1000, ""), many(1000, "x\n"))
	if got, err := Similar(t.Context(), changes, m.content); err != nil || len(got) != 1000 {
		t.Errorf("1000 × 1000: %d changes, %v", len(got), err)
	}
	changes = files(m, many(1001, ""), many(1000, "x\n"))
	m.reads = 0
	if got, err := Similar(t.Context(), changes, m.content); err != nil || len(got) != 2001 || m.reads != 0 {
		t.Errorf("1001 × 1000: %d changes, %d blobs read, %v", len(got), m.reads, err)
	}
	changes = append(changes, files(m, []string{"1/name:a long line\n"}, []string{"2/name:a long line\nx\n"})...)
	if got, err := Similar(t.Context(), changes, m.content); err != nil || renames(got) != "1/name>2/name" {
		t.Errorf("same base name beside 1001 × 1000: %q, %v", renames(got), err)
	}

	reads := 0
	small := func(odb.ID) ([]byte, error) { reads++; return []byte("x\n"), nil }
	changes = files(m, many(1, ""), many(300_000, "x\n"))
	if got, err := Similar(t.Context(), changes, small); err != nil || len(got) != len(changes) || reads > 270_000 {
		t.Errorf("300,000 small files: %d changes, %d read, %v", len(got), reads, err)
	}
	reads = 0
	big := make([]byte, 64<<20)
	huge := func(odb.ID) ([]byte, error) { reads++; return big, nil }
	changes = files(m, many(100, ""), many(100, "x\n"))
	if got, err := Similar(t.Context(), changes, huge); err != nil || len(got) != len(changes) || reads > 18 {
		t.Errorf("200 files of 64 MiB: %d changes, %d read, %v", len(got), reads, err)
	}
}

// TestSimilarMemory: the index of deleted files has a bound.
func TestSimilarMemory(t *testing.T) {
	m := newMemory()
	var texts []string
	for i := range 2 {
		var b strings.Builder
		for k := range maxChunks * 5 / 8 {
			fmt.Fprintf(&b, "%d%x\n", i, k)
		}
		texts = append(texts, b.String())
	}
	added := []string{texts[0] + "x\n"}
	for n, want := range map[int]string{1: "d0000>a0000", 2: ""} {
		if got, err := Similar(t.Context(), files(m, texts[:n], added), m.content); err != nil || renames(got) != want {
			t.Errorf("%d files of %d chunks: %q, %v", n, maxChunks*5/8, renames(got), err)
		}
	}
}

// TestSketchMemory: the worst that a file can be has no more chunks than its distinct texts.
func TestSketchMemory(t *testing.T) {
	if sk := newSketch(maphash.MakeSeed(), []byte(strings.Repeat("a\nb\n", 1<<20))); len(sk.chunks) != 2 || cap(sk.chunks) > 1<<18 || sk.size != 4<<20 {
		t.Errorf("%d chunks in room for %d", len(sk.chunks), cap(sk.chunks))
	}
}
