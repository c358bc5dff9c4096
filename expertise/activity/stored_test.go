package activity

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// asked is all that a state can be asked about some keys.
func asked(s *State, people []PersonID, paths []string) []any {
	out := []any{s.Now(), s.Events(), s.Reviewing(), s.Writing()}
	for _, p := range people {
		out = append(out, s.Person(p), s.Affinity(p), s.Session(p), s.Reverse(p), s.Changes(p, s.Now()))
	}
	for _, path := range paths {
		out = append(out, s.File(path), s.Dir(path), s.Ext(path))
		for _, p := range people {
			out = append(out, s.AffinityIn(p, path))
		}
	}
	return out
}

// A state that is opened answers as one that is read.
func TestOpen(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 17, 400} {
		s := New(isBot)
		apply(t, s, made(n, 5)...)
		data := encoded(t, s)
		opened, err := Open(data)
		if err != nil {
			t.Fatal(err)
		}
		people, paths := []PersonID{0, 100, MaxPerson, MaxPerson + 1, 1 << 31}, []string{"", "zz", "d1/e", "d1/e1/f1.gox", "\xff", strings.Repeat("x", maxKey+1)}
		for p := range s.people {
			people = append(people, p)
		}
		for p := range s.files {
			paths = append(paths, p)
		}
		for p := range s.dirs {
			paths = append(paths, p)
		}
		for p := range s.exts {
			paths = append(paths, p)
		}
		if s, err = Unmarshal(data, isBot); err != nil { // where nothing is empty but not nil
			t.Fatal(err)
		}
		for range 2 { // the second time it has been asked before
			if !reflect.DeepEqual(asked(opened, people, paths), asked(s, people, paths)) {
				t.Errorf("%d commits: what is opened answers otherwise", n)
			}
		}
		if again := encoded(t, opened); !bytes.Equal(again, data) {
			t.Errorf("%d commits: what is opened is written otherwise", n)
		}
		if err := opened.Apply(&Event{}); !errors.Is(err, errOpened) {
			t.Errorf("a commit is applied to it: %v", err)
		}
	}
}

// FuzzOpen: whatever bytes there are, asking is safe, and where they are an encoding the answers are those of the state that it encodes.
func FuzzOpen(f *testing.F) {
	for _, n := range []int{0, 3, 40} {
		s := New(isBot)
		for _, e := range made(n, 11) {
			if err := s.Apply(&e); err != nil {
				f.Fatal(err)
			}
		}
		data := encoded(f, s)
		f.Add(data[len(magic):len(data)-32], "d1/e1/f1.go", uint32(3))
	}
	f.Fuzz(func(t *testing.T, body []byte, path string, p uint32) {
		data := sealed(body)
		opened, err := Open(data)
		s, wrong := Unmarshal(data, isBot)
		if err != nil {
			if wrong == nil {
				t.Fatalf("it can be read and not opened: %v", err)
			}
			return
		}
		got := asked(opened, []PersonID{PersonID(p), 1}, []string{path, ".go", "d1"})
		if wrong == nil && !reflect.DeepEqual(got, asked(s, []PersonID{PersonID(p), 1}, []string{path, ".go", "d1"})) {
			t.Error("what is opened answers otherwise")
		}
	})
}
