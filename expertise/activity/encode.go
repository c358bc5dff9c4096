package activity

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
)

// The format: magic, then numbers as in [binary.AppendUvarint], then the SHA-256 of all before it. Keys ascend; a path is stored as how
// many bytes it shares with the path before it and the rest. What does not count any more is left out, so that a state has one encoding.
const (
	magic   = "refward activity\n"
	version = 1
)

type encoder struct {
	out  []byte
	last string
}

func (e *encoder) number(n uint64) { e.out = binary.AppendUvarint(e.out, n) }

func (e *encoder) text(s string) {
	n := 0
	for n < len(s) && n < len(e.last) && s[n] == e.last[n] {
		n++
	}
	e.number(uint64(n))
	e.number(uint64(len(s) - n)) // #nosec G115 -- n is at most the length
	e.out = append(e.out, s[n:]...)
	e.last = s
}

func (e *encoder) counter(c Counter) {
	e.number(uint64(len(c)))
	for _, x := range c {
		e.number(uint64(x.person))
		e.number(uint64(x.value))
		e.number(uint64(x.at))
	}
}

func (e *encoder) tallies(m map[string]*Tally) {
	e.number(uint64(len(m)))
	e.last = ""
	for _, k := range slices.Sorted(maps.Keys(m)) {
		e.text(k)
		e.counter(m[k].Wrote)
		e.counter(m[k].Reviewed)
	}
}

// MarshalBinary encodes the state; two states that have seen the same commits have the same encoding. It frees what does not count any more.
func (s *State) MarshalBinary() ([]byte, error) {
	s.Sweep()
	e := &encoder{out: []byte(magic)}
	e.number(version)
	e.number(uint64(s.now))
	e.number(s.events)
	e.number(uint64(len(s.people)))
	for _, p := range slices.Sorted(maps.Keys(s.people)) {
		x := s.people[p]
		e.number(uint64(p))
		e.number(uint64(x.last))
		e.number(uint64(x.lastReview))
		e.number(uint64(x.reviews))
	}
	e.counter(s.reviewing)
	e.counter(s.writing)
	e.tallies(s.files)
	e.tallies(s.dirs)
	e.tallies(s.exts)
	e.number(uint64(len(s.authors)))
	for _, p := range slices.Sorted(maps.Keys(s.authors)) {
		r := s.authors[p]
		e.number(uint64(p))
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
	e.number(uint64(len(s.pairs)))
	e.last = ""
	for _, k := range slices.SortedFunc(maps.Keys(s.pairs), comparePairs) {
		e.number(uint64(k.author))
		e.text(k.dir)
		e.counter(*s.pairs[k])
	}
	sum := sha256.Sum256(e.out)
	return append(e.out, sum[:]...), nil
}

func comparePairs(a, b pair) int {
	return cmp.Or(cmp.Compare(a.author, b.author), bytes.Compare([]byte(a.dir), []byte(b.dir)))
}
