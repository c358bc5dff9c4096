package indexfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func commitOf(n int) Commit {
	who := func(n int) Signature {
		return Signature{fmt.Sprint("Name ", n), fmt.Sprintf("%d@example.com", n), time.Unix(1_700_000_000+int64(n), 0).UTC()}
	}
	return Commit{fmt.Sprintf("%08x%032x", uint32(n)*2654435761, n), who(n % 7), who(n % 3 * 5)}
}

// A model is the files of an index: the commit of each line, by path; 0 = unknown.
type model map[string][]int

func blobOf(lines []int) string { return fmt.Sprintf("%040x", len(lines)+1) }

func (m model) change(path string, number map[int]int32, added *[]Commit, base int) Change {
	lines, ok := m[path]
	if !ok {
		return Change{Path: path}
	}
	c := Change{Path: path, Blob: blobOf(lines)}
	for _, n := range lines {
		if n == 0 {
			c.Runs = append(c.Runs, Run{Unknown, 1}) // neighbours may be the same
			continue
		}
		if _, ok := number[n]; !ok {
			number[n] = int32(base + len(*added))
			*added = append(*added, commitOf(n))
		}
		c.Runs = append(c.Runs, Run{number[n], 1})
	}
	return c
}

// encode makes the index of a model, going on from an old one where there is one, which differs in some paths.
func (m model) encode(t testing.TB, head Head, old *File, paths []string, known map[int]int32) *File {
	t.Helper()
	base := 0
	if old != nil {
		base = old.Commits()
	}
	var added []Commit
	var changes []Change
	slices.Sort(paths)
	for _, p := range slices.Compact(paths) {
		changes = append(changes, m.change(p, known, &added, base))
	}
	f, err := Encode(head, old, changes, added)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (m model) paths() []string {
	var paths []string
	for p := range m {
		paths = append(paths, p)
	}
	return paths
}

func data(t testing.TB, f *File) []byte {
	t.Helper()
	b, err := f.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// text says all that an index has.
func text(f *File) (string, error) {
	var b strings.Builder
	fmt.Fprintln(&b, f.Head())
	for i := range f.Len() {
		fmt.Fprintf(&b, "%q %s", f.Path(i), f.Blob(i))
		runs, err := f.Runs(i)
		if err != nil {
			return "", err
		}
		for _, r := range runs {
			c := Commit{}
			if r.Commit != Unknown {
				if c, err = f.Commit(r.Commit); err != nil {
					return "", err
				}
			}
			fmt.Fprint(&b, " ", r.Lines, c)
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

func testHead() Head {
	return Head{Tip: strings.Repeat("1", 40), Ignored: []string{strings.Repeat("4", 40)}, Edge: []string{strings.Repeat("5", 40), strings.Repeat("6", 40)}, MaxBlob: 5}
}

// TestPatch makes an index of others again and again, and each time from the beginning: the bytes are the same, and the lines are those of the model.
func TestPatch(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 8))
	m := model{}
	next := 1
	var f *File
	for range 300 {
		var paths []string
		for range r.IntN(4) {
			p := fmt.Sprintf("%c/%d", 'a'+r.IntN(3), r.IntN(20))
			paths = append(paths, p)
			if r.IntN(6) == 0 {
				delete(m, p)
				continue
			}
			lines := slices.Clone(m[p])
			for range r.IntN(3) + 1 {
				n := r.IntN(next + 1) // an old commit, a new one, or none
				if n == next {
					next++
				}
				at := r.IntN(len(lines) + 1)
				lines = slices.Insert(lines, at, n, n)
				if at > 2 {
					lines = lines[at/2:]
				}
			}
			m[p] = lines
		}
		known := map[int]int32{}
		if f != nil && r.IntN(2) == 0 { // what the old one has goes by its number there, or is added once more
			for n := 1; n < next; n++ {
				for k := range int32(f.Commits()) {
					if c, err := f.Commit(k); err == nil && c.ID == commitOf(n).ID {
						known[n] = k
					}
				}
			}
		}
		f = m.encode(t, testHead(), f, paths, known)
		whole := m.encode(t, testHead(), nil, m.paths(), map[int]int32{})
		if !bytes.Equal(data(t, f), data(t, whole)) {
			t.Fatal("not what it is from the beginning")
		}
		again, err := Parse(data(t, f))
		if err != nil {
			t.Fatal(err)
		}
		if again.Len() != len(m) {
			t.Fatalf("%d files of %d", again.Len(), len(m))
		}
		lines := 0
		for _, l := range m {
			lines += len(l)
		}
		if n, err := again.Lines(); err != nil || n != int64(lines) {
			t.Fatalf("%d lines of %d: %v", n, lines, err)
		}
		for p, want := range m {
			i, ok := again.Find(p)
			runs, err := again.Runs(i)
			if !ok || err != nil || again.Path(i) != p || again.Blob(i) != blobOf(want) {
				t.Fatal(p, ok, err)
			}
			var got []int
			for _, r := range runs {
				n := 0
				if r.Commit != Unknown {
					c, err := again.Commit(r.Commit)
					if err != nil {
						t.Fatal(err)
					}
					if _, err := fmt.Sscanf(c.ID[8:], "%x", &n); err != nil || c != commitOf(n) {
						t.Fatal(c, err)
					}
				}
				for range r.Lines {
					got = append(got, n)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s: %v, want %v", p, got, want)
			}
		}
	}
}

// large returns an index of many blocks.
func large(t testing.TB) *File {
	t.Helper()
	m := model{}
	for i := range 700 {
		m[fmt.Sprintf("directory/%d", i)] = []int{i + 1, 2*i + 1, 0, 5 * i}
	}
	return m.encode(t, testHead(), nil, m.paths(), map[int]int32{})
}

// TestDamage changes or cuts off a file anywhere: what is read of it then is what was written, or an error.
func TestDamage(t *testing.T) {
	f := large(t)
	whole := data(t, f)
	want, err := text(f)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "index")
	try := func(what string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path)
		got := ""
		if err == nil {
			got, err = text(f)
		}
		if !errors.Is(err, ErrFormat) && (err != nil || got != want) {
			t.Errorf("%s: %v", what, err)
		}
		if err == nil {
			if _, err = f.Bytes(); err == nil && !bytes.Equal(data, whole) {
				t.Errorf("%s: it is taken for whole", what)
			}
		}
		if _, err := Parse(data); (err == nil) != bytes.Equal(data, whole) {
			t.Errorf("%s: in memory: %v", what, err)
		}
	}
	try("as it was", whole)
	try("longer", append(bytes.Clone(whole), 0))
	for n := 0; n < len(whole); n += 1 + n/40 {
		try(fmt.Sprint("cut off at ", n), whole[:n])
		flipped := bytes.Clone(whole)
		flipped[n] ^= 1 << (n % 8)
		try(fmt.Sprint("flipped at ", n), flipped)
	}
	for v := range byte(6) {
		other := bytes.Clone(whole)
		if other[8] = v; v != version {
			try(fmt.Sprint("of version ", v), other)
		}
	}
}

// TestReaders has many at once who read one file, which nobody has read before.
func TestReaders(t *testing.T) {
	f := large(t)
	want, err := text(f)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "index")
	if err := os.WriteFile(path, data(t, f), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for k := range f.Len() {
					if _, err := f.Runs((k*(2*i+1) + i*100) % f.Len()); err != nil {
						t.Error(err)
					}
				}
				if got, err := text(f); err != nil || got != want {
					t.Error("another text", err)
				}
			})
		}
		all.Wait()
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := Open(dir); !errors.Is(err, ErrFormat) {
		t.Errorf("a directory: %v", err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	id := strings.Repeat("2", 40)
	ok := Head{Tip: id, MaxBlob: 1}
	for what, try := range map[string]func() (*File, error){
		"tip": func() (*File, error) { return Encode(Head{Tip: "2", MaxBlob: 1}, nil, nil, nil) },
		"blob": func() (*File, error) {
			return Encode(ok, nil, []Change{{Path: "a", Blob: "x" + id[1:]}}, nil)
		},
		"order": func() (*File, error) {
			return Encode(ok, nil, []Change{{Path: "b", Blob: id}, {Path: "a", Blob: id}}, nil)
		},
		"twice": func() (*File, error) {
			return Encode(ok, nil, []Change{{Path: "b", Blob: id}, {Path: "b", Blob: id}}, nil)
		},
		"no commit": func() (*File, error) {
			return Encode(ok, nil, []Change{{Path: "b", Blob: id, Runs: []Run{{0, 1}}}}, nil)
		},
		"below unknown": func() (*File, error) {
			return Encode(ok, nil, []Change{{Path: "b", Blob: id, Runs: []Run{{-2, 1}}}}, []Commit{{ID: id}})
		},
		"no line": func() (*File, error) {
			return Encode(ok, nil, []Change{{Path: "b", Blob: id, Runs: []Run{{0, 0}}}}, []Commit{{ID: id}})
		},
		"other ids": func() (*File, error) { return Encode(Head{Tip: id + id[:24], MaxBlob: 1}, large(t), nil, nil) },
	} {
		if _, err := try(); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}
