package refstore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

// TestStaleLineDoesNotCount is an attack: commits that were forced away stay in packed-refs until it is written again. If
// they counted as known, they could be pushed back unseen.
func TestStaleLineDoesNotCount(t *testing.T) {
	f := newFixture(t)
	gone, now, tag := f.commits[1], f.commits[2], f.tags[0]
	f.git("", "update-ref", "refs/heads/main", gone.String())
	f.git("", "update-ref", "refs/tags/v1", tag.String())
	f.git("", "pack-refs", "--all")
	s := f.open()
	ids := []odb.ID{gone, now, tag, f.commit[tag]}
	check := func(when string, want ...bool) {
		t.Helper()
		got, err := s.Which(ids)
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			if got[id] != want[i] {
				t.Errorf("%s: Which says %v of %d", when, got[id], i)
			}
		}
	}
	check("packed", true, false, true, true)
	f.git("", "update-ref", "refs/heads/main", now.String())
	f.git("", "update-ref", "refs/tags/v1", f.tags[1].String())
	check("forced away", false, true, false, false)
	f.git("", "symbolic-ref", "refs/heads/main", "refs/heads/none")
	check("hidden by a symbolic ref to nothing", false, false, false, false)
	f.write("refs/heads/main", "torn")
	if got, err := s.Which(ids); err == nil {
		t.Errorf("hidden by a file that cannot be read: %v", got)
	}
	f.remove("refs/heads/main")
	f.mkdir("refs/heads/main/sub")
	check("a folder hides nothing", true, false, false, false)
}

// TestWhichReadsWholeFile puts ids where pieces of the file meet, and in either case.
func TestWhichReadsWholeFile(t *testing.T) {
	f := newFixture(t)
	var content []byte
	content = append(content, "# pack-refs with: peeled fully-peeled sorted \n"...)
	made := func(n int) (id odb.ID) {
		id[0], id[1], id[2], id[19] = byte(n), byte(n>>8), byte(n>>16), 1
		return id
	}
	const refs = 9000 // 3 pieces
	for n := range refs {
		content = fmt.Appendf(content, "%s refs/heads/%08d\n", made(2*n), n)
		if n%3 == 0 {
			content = fmt.Appendf(content, "^%s\n", strings.ToUpper(made(2*n+1).String()))
		}
	}
	if len(content) < 2*pieceSize {
		t.Fatalf("%d bytes", len(content))
	}
	f.write("packed-refs", string(content))
	s := f.open()
	var ids []odb.ID
	for n := range 2 * refs {
		ids = append(ids, made(n))
	}
	got, err := s.Which(ids)
	if err != nil {
		t.Fatal(err)
	}
	for n, id := range ids {
		if want := n%2 == 0 || n/2%3 == 0; got[id] != want {
			t.Fatalf("Which says %v of %d", got[id], n)
		}
	}
	var peeled []odb.ID // without those of the lines before them
	for n := range 50 {
		peeled = append(peeled, made(2*3*n+1))
	}
	if got, err = s.Which(peeled); err != nil || len(got) != len(peeled) {
		t.Fatalf("Which: %d peeled tags of %d, %v", len(got), len(peeled), err)
	}
	all, err := list(s, "refs/heads/")
	if err != nil || len(all) != refs {
		t.Fatalf("All: %d refs, %v", len(all), err)
	}
	for n, ref := range all {
		if ref.ID != made(2*n) || (ref.Peeled == made(2*n+1)) != (n%3 == 0) {
			t.Fatalf("All: %d is %v", n, ref)
		}
		if n%5 != 0 {
			continue
		}
		if got, ok, err := s.Lookup(ref.Name); !ok || err != nil || got != ref {
			t.Fatalf("Lookup(%s) = %v, %v, %v", ref.Name, got, ok, err)
		}
		if _, ok, err := s.Lookup(ref.Name + "x"); ok || err != nil {
			t.Fatalf("Lookup(%sx) = %v, %v", ref.Name, ok, err)
		}
	}
	if from, err := list(s, "refs/heads/000089"); err != nil || len(from) != 100 {
		t.Fatalf("All from a prefix: %d refs, %v", len(from), err)
	}
	for range s.Tips() {
		break // the receiver may stop
	}
}
