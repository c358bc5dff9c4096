package treediff

import (
	"bytes"
	"errors"
	"testing"

	"github.com/refward/refward/internal/odb"
)

func seedTrees() [][]byte {
	file, dir := odb.ID{9}, odb.ID{1}
	return [][]byte{
		nil,
		[]byte(entry("100644", "a", file)),
		[]byte(entry("100644", "a", odb.ID{8}) + entry("40000", "b", dir) + entry("120000", "c", file)),
		[]byte(entry("40000", "b", odb.ID{2}) + entry("100755", "b", file) + entry("160000", "a", file)),
		[]byte(entry("100644", "b/a", file) + entry("0", "a", file) + entry("40755", "b", dir)),
		[]byte(entry("40000", "a", odb.ID([]byte(emptyTree))) + entry("40000", "b", odb.ID{})),
		[]byte("100644 a\x00"), []byte("100644 a"), []byte("100644"), []byte(entry("", "a", file)), []byte(entry("100644", "", file)),
	}
}

// FuzzTree reads any bytes as a tree: what is accepted is a sequence of entries that make up the same bytes.
func FuzzTree(f *testing.F) {
	for _, data := range seedTrees() {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := side{data: data, size: len(data)}
		var back []byte
		err := s.decode()
		for err == nil && s.end > 0 {
			raw := s.data[:s.end]
			mode, name, id := raw[:s.name-1], s.path(), s.rawID()
			if len(mode) == 0 || len(bytes.Trim(mode, "01234567")) > 0 || len(name) == 0 || bytes.IndexByte(name, 0) >= 0 || len(id) != 20 {
				t.Fatalf("entry %q with mode %q, name %q", raw, mode, name)
			}
			switch s.mode {
			case modeFile, modeExec, modeLink, modeDir, modeSubmodule:
			default:
				t.Fatalf("mode %q is %o", mode, s.mode)
			}
			back = append(back, entry(string(mode), string(name), odb.ID(id))...)
			err = s.next()
		}
		if err == nil && !bytes.Equal(back, data) {
			t.Fatalf("read %q, not %q", back, data)
		}
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
	})
}

// FuzzDiff compares two trees of any bytes, with two more that their directories can be. If all can be read there is no error,
// and the changes make the one out of the other.
func FuzzDiff(f *testing.F) {
	trees := seedTrees()
	for i, old := range trees {
		for k, new := range trees {
			f.Add(old, new, trees[(i+k)%len(trees)], trees[(2*i+k)%len(trees)])
		}
	}
	f.Fuzz(func(t *testing.T, old, new, one, two []byte) {
		if bytes.Equal(old, new) {
			return
		}
		m := newMemory()
		m.most = 300 // ids are no hashes here, and a tree can be in itself
		c := couple{odb.ID{0xf0}, odb.ID{0xf1}}
		for id, data := range map[odb.ID][]byte{c.old: old, c.new: new, {1}: one, {2}: two} {
			m.kinds[id], m.data[id] = odb.Tree, data
		}
		var changes []Change
		enough := errors.New("enough")
		err := Diff(t.Context(), m, c.old, c.new, func(c Change) error {
			if c.Mode == modeDir { // empty: no path of the tree leads to it
				return nil
			}
			if changes = append(changes, c); len(changes) == 5000 {
				return enough
			}
			return nil
		})
		if errors.Is(err, enough) || errors.Is(err, errMost) {
			return
		}
		m.reads = 0
		if wrong := m.explains(changes, c); err == nil && wrong != nil && !errors.Is(wrong, errUnreadable) {
			t.Fatal(wrong)
		} else if err != nil && !errors.Is(wrong, errUnreadable) {
			t.Fatalf("%v, but all can be read", err)
		}
		if found := Exact(changes); err == nil && len(found) > len(changes) {
			t.Fatalf("%d changes of %d", len(found), len(changes))
		}
	})
}
