package refstore

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/refward/refward/internal/odb"
)

// A writer moves the ref moving along an endless row of ids and never touches what steady is, while refs are packed.
type writer struct {
	*fixture
	at    atomic.Int64 // the last value that moving has for sure
	fresh atomic.Int64 // the number of a ref that is there now, be it loose or packed; 0 = none
}

const steady, moving = "refs/heads/steady", "refs/heads/moving"

// nth returns the n-th id of the row.
func nth(n int64) (id odb.ID) {
	id[0], id[1], id[2], id[3], id[19] = byte(n), byte(n>>8), byte(n>>16), 0xee, 1
	return id
}

func freshName(n int64) string { return fmt.Sprintf("refs/heads/fresh%d", n) }

// freshID is in no row that moving goes through.
func freshID(n int64) odb.ID { return nth(-n) }

// replace writes a file as git does: beside it, then over it.
func (w *writer) replace(name, content string) {
	w.write(name+".lock", content)
	if err := os.Rename(w.path(name+".lock"), w.path(name)); err != nil {
		w.t.Error(err)
	}
}

// readers call everything until the writer has ended.
func (w *writer) readers(steadyID odb.ID, row func(int64) odb.ID, write func()) {
	t := w.t
	s := w.open()
	var ended atomic.Bool
	var group sync.WaitGroup
	calls := 0
	check := func() {
		calls++
		before := w.at.Load()
		if ref, ok, err := s.Lookup(steady); !ok || err != nil || ref.ID != steadyID {
			t.Errorf("Lookup = %v, %v, %v", ref, ok, err)
		}
		if ref, ok, err := s.Lookup(moving); !ok || err != nil {
			t.Errorf("Lookup = %v, %v, %v", ref, ok, err)
		} else if old := before > 0 && ref.ID == row(before-1); old {
			t.Errorf("Lookup: moving was at %s before the call", row(before))
		}
		refs, err := tips(s)
		if err != nil {
			t.Error(err)
		}
		for _, name := range []string{steady, moving} {
			if !slices.ContainsFunc(refs, func(r Ref) bool { return r.Name == name }) {
				t.Errorf("Tips lacks %s", name)
			}
		}
		before = w.at.Load()
		ids := []odb.ID{steadyID}
		for n := max(before-20, 0); n < before; n++ {
			ids = append(ids, row(n))
		}
		got, err := s.Which(ids)
		if err != nil || !got[steadyID] {
			t.Errorf("Which lacks what is steady: %v, %v", got, err)
		}
		w.checkFresh(s)
		if len(got) > 1 {
			t.Errorf("Which takes for current what moving was before it came to %s: %v", row(before), got)
		}
	}
	group.Go(func() {
		for !ended.Load() && !t.Failed() {
			check()
		}
	})
	write()
	ended.Store(true)
	group.Wait()
	if check(); calls < 3 {
		t.Errorf("%d calls beside the writer", calls)
	}
}

// checkFresh looks for a ref that has just been created: if it is still there after a call, the call has to find it.
func (w *writer) checkFresh(s *Store) {
	n := w.fresh.Load()
	if n == 0 {
		return
	}
	still := func(call string, found bool, err error) {
		if err != nil || !found && w.fresh.Load() == n {
			w.t.Errorf("%s lacks a ref that is there: %v", call, err)
		}
	}
	refs, err := list(s, "refs/")
	still("All", slices.ContainsFunc(refs, func(r Ref) bool { return r.Name == freshName(n) }), err)
	_, ok, err := s.Lookup(freshName(n))
	still("Lookup", ok, err)
	got, err := s.Which([]odb.ID{freshID(n)})
	still("Which", got[freshID(n)], err)
}

// TestWhileFilesChange does what git does to the files, much faster.
func TestWhileFilesChange(t *testing.T) {
	w := &writer{fixture: newFixture(t)}
	w.replace(steady, someID+"\n")
	w.replace(moving, nth(0).String()+"\n")
	steadyID := w.id(someID)
	w.readers(steadyID, nth, func() {
		for n := int64(1); n < 600 && !t.Failed(); n++ {
			w.replace(moving, nth(n).String()+"\n")
			w.at.Store(n)
			if n%2 == 0 {
				w.replace(freshName(n), freshID(n).String())
				w.fresh.Store(n) // and the next packed-refs lacks the one before
				runtime.Gosched()
				var others strings.Builder
				for k := range n % 5 {
					fmt.Fprintf(&others, "%s refs/heads/a%d\n", someID[1:]+"f", k)
				}
				fmt.Fprintf(&others, "%s %s\n%s %s\n%s %s\n", freshID(n), freshName(n), nth(n), moving, someID, steady)
				w.replace("packed-refs", "# pack-refs with: peeled fully-peeled sorted \n"+others.String())
				w.remove(freshName(n))
				w.remove(moving)
				w.remove(steady)
			}
			if n%4 == 1 {
				w.replace(steady, someID+"\n")
			}
		}
	})
}

// TestWhileGitPacks has git itself do it.
func TestWhileGitPacks(t *testing.T) {
	w := &writer{fixture: newFixture(t)}
	steadyID := w.commits[29]
	row := func(n int64) odb.ID { return w.commits[n] }
	w.git("", "update-ref", steady, steadyID.String())
	w.git("", "update-ref", moving, w.commits[0].String())
	w.readers(steadyID, row, func() {
		for n := int64(1); n < 29 && !t.Failed(); n++ {
			if _, err := w.tryIn(w.dir, "", "update-ref", moving, row(n).String()); err != nil {
				t.Error(err)
			}
			w.at.Store(n)
			if n%2 == 0 {
				if _, err := w.tryIn(w.dir, "", "pack-refs", "--all"); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
