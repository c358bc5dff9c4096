package activity

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
)

// The format: magic, then numbers as in [binary.AppendUvarint], counters and tables, then the SHA-256 of all before it. What does not count any more is left out,
// so that a state has one encoding. One question needs a few keys only: they can be looked up without reading the rest.
const (
	magic   = "refward activity\n"
	version = 2
)

type encoder struct{ out []byte }

func (e *encoder) number(n uint64) { e.out = binary.AppendUvarint(e.out, n) }

func (e *encoder) counter(c Counter) {
	e.number(uint64(len(c)))
	for _, x := range c {
		e.number(uint64(x.person))
		e.number(uint64(x.value))
		e.number(uint64(x.at))
	}
}

// tabled appends a table of a map, given how a key is written, and a value.
func tabled[K comparable, V any](e *encoder, m map[K]V, key func(K) string, value func(*encoder, V)) {
	type entry struct {
		key   string
		value V
	}
	all := make([]entry, 0, len(m))
	for k, v := range m {
		all = append(all, entry{key(k), v})
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	var w writer
	var one encoder
	for _, x := range all {
		one.out = one.out[:0]
		value(&one, x.value)
		w.add(x.key, one.out)
	}
	e.out = w.appendTo(e.out)
}

func (e *encoder) tally(t *Tally) {
	e.counter(t.Wrote)
	e.counter(t.Reviewed)
}

func (e *encoder) person(x *person) {
	e.number(uint64(x.last))
	e.number(uint64(x.lastReview))
	e.number(uint64(x.reviews))
}

func (e *encoder) relations(r *relations) {
	e.counter(r.affinity)
	e.counter(r.session)
	e.counter(r.reverse)
	e.number(uint64(len(r.changes)))
	for _, c := range r.changes {
		e.number(uint64(c.at))
		e.number(uint64(len(c.reviewers)))
		for _, v := range c.reviewers {
			e.number(uint64(v))
		}
	}
}

// key is how a person is written in a key: so that keys are in order of persons.
func (p PersonID) key() string { return string(binary.BigEndian.AppendUint32(nil, uint32(p))) }

func (p pair) key() string { return p.author.key() + p.dir }

func path(s string) string { return s }

// MarshalBinary encodes the state; two states that have seen the same commits have the same encoding. It frees what does not count any more.
func (s *State) MarshalBinary() ([]byte, error) {
	if s.stored != nil {
		return slices.Clone(s.stored.whole), nil
	}
	s.Sweep()
	e := &encoder{out: []byte(magic)}
	e.number(version)
	e.number(uint64(s.now))
	e.number(s.events)
	e.counter(s.reviewing)
	e.counter(s.writing)
	tabled(e, s.people, PersonID.key, (*encoder).person)
	for _, m := range []map[string]*Tally{s.files, s.dirs, s.exts} {
		tabled(e, m, path, (*encoder).tally)
	}
	tabled(e, s.authors, PersonID.key, (*encoder).relations)
	tabled(e, s.pairs, pair.key, func(e *encoder, c *Counter) { e.counter(*c) })
	sum := sha256.Sum256(e.out)
	return append(e.out, sum[:]...), nil
}
