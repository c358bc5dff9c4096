package activity

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/refward/refward/internal/varint"
)

// A stored state is one that is read only where it is asked.
type stored struct {
	whole                                     []byte
	now                                       uint32
	people, files, dirs, exts, authors, pairs table

	mu   sync.Mutex
	kept map[*table]map[string]any // what was asked, since it will be asked again

	once sync.Once
	ids  []PersonID // of all people, ascending: a query asks for most of them
	done []person   // what they have done
}

// Open gives the state that [State.MarshalBinary] wrote to whoever only asks: what is asked is read when it is asked, and nothing can be applied. The caller
// has seen to it that the bytes are whole, and does not change them. What is wrong with them all the same counts for nothing.
func Open(data []byte) (*State, error) {
	if !bytes.HasPrefix(data, []byte(magic)) || len(data) < len(magic)+sha256.Size {
		return nil, fmt.Errorf("%w: it begins otherwise", ErrFormat)
	}
	d := decoder{&varint.Reader{In: data[len(magic) : len(data)-sha256.Size], Kind: ErrFormat}, math.MaxUint32}
	if v := d.Number(math.MaxUint64); v != version {
		d.Fail("version %d, want %d", v, version)
	}
	d.now = d.second()
	s := &State{bot: func(PersonID) bool { return false }, now: d.now, events: d.Number(math.MaxUint64), reviewing: d.counter(), writing: d.counter()}
	t := &stored{whole: data, now: d.now, kept: map[*table]map[string]any{}}
	for _, p := range []*table{&t.people, &t.files, &t.dirs, &t.exts, &t.authors, &t.pairs} {
		*p = readTable(d.Reader)
	}
	if len(d.In) > 0 {
		d.Fail("%d bytes too many", len(d.In))
	}
	if d.Err != nil {
		return nil, d.Err
	}
	s.stored = t
	return s, nil
}

// person returns what somebody has done; nil = nothing.
func (s *stored) person(p PersonID) *person {
	s.once.Do(func() {
		r := &varint.Reader{Kind: ErrFormat}
		s.people.each(r, func(k string, v *varint.Reader) {
			s.ids, s.done = append(s.ids, personOf(v, k)), append(s.done, *decoder{v, s.now}.person())
		})
	})
	if i, found := slices.BinarySearch(s.ids, p); found {
		return &s.done[i]
	}
	return nil
}

// read returns the value of a key; nil = there is none.
func read[V any](s *stored, t *table, key string, value func(decoder) *V) *V {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.kept[t][key]; ok {
		return v.(*V)
	}
	var v *V
	if data := t.get(key); data != nil {
		r := &varint.Reader{In: data, Kind: ErrFormat}
		if v = value(decoder{r, s.now}); r.Err != nil {
			v = nil
		}
	}
	if s.kept[t] == nil {
		s.kept[t] = map[string]any{}
	}
	s.kept[t][key] = v
	return v
}
