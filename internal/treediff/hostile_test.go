package treediff

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

// TestHostileTrees compares trees that git would not write, and each with none. What git lists is listed, and what git refuses is
// an error.
func TestHostileTrees(t *testing.T) {
	m := newMemory()
	good, evil := m.blob("good\n"), m.blob("evil\n")
	file := func(name string, id odb.ID) string { return entry("100644", name, id) }
	sub := m.tree(file("x", evil))
	other := m.tree(file("x", good), file("y", good))
	missing, null := odb.ID{1}, odb.ID{}
	tests := []struct {
		name, old, new string
		err            error // of the comparison of both; nil = none
	}{
		{"unsorted", file("z", good) + file("a", good), file("z", good) + file("b", evil) + file("a", good), nil},
		{"other order", file("a", good) + file("z", good), file("z", good) + file("a", good), nil},
		{"duplicates", file("a", good), file("a", good) + file("a", evil), nil},
		{"duplicates, evil first", file("a", good), file("a", evil) + file("a", good), nil},
		{"three duplicates", file("a", good) + file("a", good), file("a", evil) + file("a", good) + file("a", sub), nil},
		{"file and directory of one name", file("a", good), file("a", evil) + entry("40000", "a", sub), nil},
		{"directory before file", file("a", good), entry("40000", "a", sub) + file("a", evil), nil},
		{"directory twice", entry("40000", "a", other), entry("40000", "a", other) + entry("40000", "a", sub), nil},
		{"slash in a name", file("a", good), file("a/b", evil), nil},
		{"names", "", file(".git", evil) + file("..", evil) + file(".", evil) + file("/", evil) + file("\n", evil) + file("\xff", evil) + file(strings.Repeat("n", 5000), evil), nil},
		{"modes", "", entry("0", "a", evil) + entry("00100644", "b", evil) + entry("100664", "c", evil) + entry("104755", "d", evil) + entry("120777", "e", evil) +
			entry("170000", "f", evil) + entry("7777777777777777", "g", evil) + entry("40000100644", "h", evil) + entry("40755", "i", sub) + entry("1", "j", evil), nil},
		{"modes that come to the same", entry("100664", "a", good) + entry("0", "b", good) + entry("40755", "c", sub), file("a", good) + entry("160000", "b", good) + entry("40000", "c", sub), nil},
		{"file that is a tree", file("a", good), file("a", sub), nil},
		{"null blob", file("a", good), file("a", null), nil},
		{"missing blob", file("a", good), file("a", missing), nil},
		{"submodule that is a tree", entry("160000", "a", good), entry("160000", "a", sub), nil},
		{"ids that differ at their ends", file("a", good) + file("b", odb.ID{19: 1}) + file("c", odb.ID{1}), file("a", good) + file("b", odb.ID{19: 2}) + file("c", odb.ID{2}), nil},
		{"missing directory on both sides", entry("40000", "a", missing), entry("40000", "a", missing) + file("b", evil), nil},
		{"built-in empty tree", file("a", good), entry("40000", "a", odb.ID([]byte(emptyTree))), nil},

		{"missing directory", file("a", good), entry("40000", "a", missing), odb.ErrNotFound},
		{"null directory", file("a", good), entry("40000", "a", null), odb.ErrNotFound},
		{"directory that is a file", file("a", good), entry("40000", "a", evil), ErrMalformed},
		{"directory that is a file with a tree's bytes", file("a", good), entry("40000", "a", m.blob(file("x", good))), ErrMalformed},
		{"directory with an entry without a name", "", entry("40000", "a", m.tree(file("", good))), ErrMalformed},
		{"no name", file("a", good), file("", evil), ErrMalformed},
		{"no name on both sides", file("", good), file("", good) + file("b", evil), ErrMalformed},
		{"no name at the end", file("a", good), file("a", good) + file("", evil), ErrMalformed},
		{"no mode", file("a", good), entry("", "a", evil), ErrMalformed},
		{"decimal mode", file("a", good), entry("100648", "a", evil), ErrMalformed},
		{"negative mode", file("a", good), entry("-100644", "a", evil), ErrMalformed},
		{"space before the mode", file("a", good), entry(" 100644", "a", evil), ErrMalformed},
		{"tab after the mode", file("a", good), strings.Replace(file("a", evil), " ", "\t", 1), ErrMalformed},
	}
	whole := file("a", good) + file("b", evil)
	for n := range len(whole) {
		if n != 0 && n != len(file("a", good)) {
			tests = append(tests, struct {
				name, old, new string
				err            error
			}{fmt.Sprintf("%d bytes of %d", n, len(whole)), file("z", good), whole[:n], ErrMalformed})
		}
	}
	none := m.tree()
	couples := make([][2]couple, len(tests))
	for i, test := range tests {
		old, new := m.tree(test.old), m.tree(test.new)
		couples[i] = [2]couple{{old, new}, {none, new}}
	}
	repo := m.repository(t)
	for i, test := range tests {
		for k, c := range couples[i] {
			_, refused := repo.try("", "diff-tree", "-r", c.old.String(), c.new.String())
			got, err := diff(m, c.old, c.new)
			if (err == nil) != (refused == nil) || k == 0 && !errors.Is(err, test.err) {
				t.Errorf("%s: %v\ngit: %v", test.name, err, refused)
				continue
			}
			if err != nil {
				continue
			}
			if want := repo.diffs([]couple{c}, "--no-renames")[0]; !slices.Equal(got, want) {
				t.Errorf("%s: %v\ngit: %v", test.name, got, want)
			}
			if k == 1 {
				if all, err := diff(m, odb.ID{}, c.new); err != nil || !slices.Equal(all, got) {
					t.Errorf("%s: against no tree %v, %v, against the empty one %v", test.name, all, err, got)
				}
			}
		}
	}
}

// TestEmptyTree: git knows the empty tree without having it stored, as a root and below.
func TestEmptyTree(t *testing.T) {
	m := newMemory()
	file := m.tree(entry("100644", "a", odb.ID{1}))
	empty := odb.ID([]byte(emptyTree))
	for _, c := range []couple{{empty, file}, {file, empty}, {m.tree(entry("40000", "d", empty)), file}} {
		if got, err := diff(m, c.old, c.new); err != nil || len(got) != 1 {
			t.Errorf("%v, %v", got, err)
		}
	}
	if m.data[empty] != nil {
		t.Error("the empty tree is stored here")
	}
}

// TestSlashIsNotADirectory holds what git 2.39 gets wrong: a file whose name has a slash, where the other side has the directory.
func TestSlashIsNotADirectory(t *testing.T) {
	m := newMemory()
	good, evil := m.blob("good\n"), m.blob("evil\n")
	was, is := m.tree(entry("100644", "b", good)), m.tree(entry("100644", "b", evil))
	for _, name := range []string{"a/b", "a/", "a/b/c"} {
		for _, test := range []struct {
			file, dir odb.ID
		}{{is, is}, {good, is}, {evil, was}} { // with the first, git shows nothing at all
			x, y := m.tree(entry("100644", name, test.file)), m.tree(entry("40000", "a", test.dir))
			for _, c := range []couple{{x, y}, {y, x}} {
				got, err := diff(m, c.old, c.new)
				if err == nil {
					err = m.explains(got, c)
				}
				if err != nil || len(got) != 2 {
					t.Errorf("%q: %v, %v", name, got, err)
				}
			}
		}
	}
}

// flatten returns all paths of a tree with mode and id, and how often each is there. It reads trees in its own way.
func (m *memory) flatten(id odb.ID, prefix string, all map[Change]int) error {
	if string(id[:]) == emptyTree {
		return nil
	}
	kind, data, err := m.Read(id, 1<<30)
	if err != nil || kind != odb.Tree {
		return fmt.Errorf("%s %s: %w", kind, id, err)
	}
	for len(data) > 0 {
		head, rest, ok := bytes.Cut(data, []byte{0})
		var mode uint32
		digits, name, space := bytes.Cut(head, []byte{' '})
		for _, c := range digits {
			if c < '0' || c > '7' {
				return errors.New("bad mode")
			}
			mode = mode*8 + uint32(c-'0')
		}
		if !ok || !space || len(digits) == 0 || len(name) == 0 || len(rest) < 20 {
			return errors.New("bad entry")
		}
		c := Change{Mode: canonical(mode), ID: odb.ID(rest), Path: prefix + string(name)}
		data = rest[20:]
		if c.Mode != modeDir {
			all[c]++
		} else if err := m.flatten(c.ID, c.Path+"/", all); err != nil {
			return err
		}
	}
	return nil
}

var errUnreadable = errors.New("unreadable")

// explains checks that the changes make the new tree out of the old one. It is errUnreadable if one of these can't be read.
func (m *memory) explains(changes []Change, c couple) error {
	old, new := map[Change]int{}, map[Change]int{}
	if err := errors.Join(m.flatten(c.old, "", old), m.flatten(c.new, "", new)); err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	for _, c := range changes {
		if c.OldMode != 0 {
			gone := Change{Mode: c.OldMode, ID: c.OldID, Path: c.Path}
			if old[gone]--; old[gone] == 0 {
				delete(old, gone)
			}
		}
		if c.Mode != 0 {
			made := Change{Mode: c.Mode, ID: c.ID, Path: c.Path}
			if old[made]++; old[made] == 0 {
				delete(old, made)
			}
		}
	}
	if !maps.Equal(old, new) {
		return fmt.Errorf("%v\nmake %v\nnot %v", changes, old, new)
	}
	return nil
}

// randomTree returns a tree out of order, with names twice and modes of all kinds.
func randomTree(r *rand.Rand, m *memory, names []string, depth int) odb.ID {
	var entries []string
	for range r.IntN(8) {
		name := names[r.IntN(len(names))]
		if depth > 0 && r.IntN(3) == 0 {
			entries = append(entries, entry([]string{"40000", "040755"}[r.IntN(2)], name, randomTree(r, m, names, depth-1)))
			continue
		}
		modes := []string{"100644", "100644", "100755", "100664", "120000", "160000", "0", "40000100644"}
		entries = append(entries, entry(modes[r.IntN(len(modes))], name, m.blob(string('a'+rune(r.IntN(3))))))
	}
	return m.tree(entries...)
}

// TestUnsortedSameAsGit: nothing is hidden in random trees that break every rule, and where git is not confused, the two agree.
func TestUnsortedSameAsGit(t *testing.T) {
	for _, test := range []struct {
		names []string
		git   bool
	}{{[]string{"a", "b", "a.b", "a0", "ab", "\xff", ".."}, true}, {[]string{"a", "a/", "a/a", "a/b", "b", "/", "//", "a.b"}, false}} {
		r := rand.New(rand.NewPCG(9, 10))
		m := newMemory()
		var couples []couple
		for range 1000 {
			couples = append(couples, couple{randomTree(r, m, test.names, 3), randomTree(r, m, test.names, 3)})
		}
		var want, exact [][]Change
		if test.git {
			repo := m.repository(t)
			want, exact = repo.diffs(couples, "--no-renames"), repo.diffs(couples, "-M100%")
		}
		for i, c := range couples {
			got, err := diff(m, c.old, c.new)
			if err == nil {
				err = m.explains(got, c)
			}
			if err != nil {
				t.Fatalf("couple %d: %v", i, err)
			}
			if test.git && !slices.Equal(got, want[i]) {
				t.Fatalf("couple %d: %v\ngit: %v", i, got, want[i])
			}
			if found := Exact(got); test.git && !slices.Equal(found, exact[i]) {
				t.Fatalf("couple %d: %v\ngit: %v", i, found, exact[i])
			}
		}
	}
}
