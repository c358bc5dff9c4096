package activity

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrFormat is in every error about bytes that are no encoding of a state: torn, changed, or of another version. The state is then built anew.
var ErrFormat = errors.New("no state of activity of this version")

// A decoder reads what an encoder wrote. The first thing that is wrong makes everything after it zero; no length is believed beyond the
// bytes that are left.
type decoder struct {
	in   []byte
	err  error
	last string
	now  uint32
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
		d.in = nil
	}
}

// number reads a number of at most most, in its shortest form.
func (d *decoder) number(most uint64) uint64 {
	n, size := binary.Uvarint(d.in)
	switch {
	case size <= 0:
		d.fail("it ends early")
		return 0
	case n > most || size > 1 && d.in[size-1] == 0:
		d.fail("number %d, at most %d", n, most)
		return 0
	}
	d.in = d.in[size:]
	return n
}

// length reads how many things follow, each of at least size bytes.
func (d *decoder) length(size int) int {
	n := d.number(uint64(len(d.in)))
	if n > uint64(len(d.in)/size) { // #nosec G115 -- of what is left behind the length itself
		d.fail("it ends early")
		return 0
	}
	return int(n) // #nosec G115 -- at most the number of bytes
}

func (d *decoder) time() uint32 { return uint32(d.number(uint64(d.now))) } // #nosec G115 -- at most now

func (d *decoder) person() PersonID { return PersonID(d.number(uint64(MaxPerson))) } // #nosec G115 -- at most MaxPerson

// text reads a path. first says that nothing stands before it, so that it need not be greater.
func (d *decoder) text(first bool) string {
	shared := int(d.number(uint64(len(d.last)))) // #nosec G115 -- at most a length
	n := d.length(1)
	if d.err != nil {
		return ""
	}
	s := d.last[:shared] + string(d.in[:n])
	switch {
	case !first && s <= d.last:
		d.fail("paths out of order")
	case shared < len(d.last) && n > 0 && d.last[shared] == d.in[0]:
		d.fail("a path in two parts")
	}
	if d.err != nil {
		return ""
	}
	d.in = d.in[n:]
	d.last = s
	return s
}

func (d *decoder) counter(life HalfLife) Counter {
	n := d.length(3)
	if n == 0 {
		return nil
	}
	c := make(Counter, n)
	for i := range c {
		c[i] = entry{d.person(), uint32(d.number(math.MaxUint32)), d.time()} // #nosec G115 -- bounded
		if d.err == nil && (i > 0 && c[i].person <= c[i-1].person || c[i].now(d.now, life) == 0) {
			d.fail("people out of order, or one that does not count")
		}
		if d.err != nil {
			return nil
		}
	}
	return c
}

func (d *decoder) tallies(life HalfLife) map[string]*Tally {
	n := d.length(4)
	m := make(map[string]*Tally, n)
	d.last = ""
	for i := 0; i < n && d.err == nil; i++ {
		k := d.text(i == 0)
		t := &Tally{d.counter(life), d.counter(life)}
		if len(t.Wrote)+len(t.Reviewed) == 0 {
			d.fail("a path without people")
		}
		m[k] = t
	}
	return m
}

// Unmarshal reads what [State.MarshalBinary] wrote. What it accepts, MarshalBinary writes again byte for byte. bot is as for [New].
func Unmarshal(data []byte, bot func(PersonID) bool) (*State, error) {
	if !bytes.HasPrefix(data, []byte(magic)) || len(data) < len(magic)+sha256.Size {
		return nil, fmt.Errorf("%w: it begins otherwise", ErrFormat)
	}
	body := data[:len(data)-sha256.Size]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], data[len(body):]) {
		return nil, fmt.Errorf("%w: the checksum is wrong", ErrFormat)
	}
	d := &decoder{in: body[len(magic):], now: math.MaxUint32}
	if v := d.number(math.MaxUint64); v != version && d.err == nil {
		d.fail("version %d, want %d", v, version)
	}
	s := New(bot)
	s.now = d.time()
	d.now = s.now
	s.events = d.number(math.MaxUint64)
	d.people(s)
	s.reviewing, s.writing = d.counter(PresenceLife), d.counter(PresenceLife)
	s.files, s.dirs, s.exts = d.tallies(FileLife), d.tallies(DirLife), d.tallies(DirLife)
	d.authors(s)
	d.pairs(s)
	if d.err == nil && len(d.in) > 0 {
		d.fail("%d bytes too many", len(d.in))
	}
	if d.err != nil {
		return nil, d.err
	}
	return s, nil
}

func (d *decoder) people(s *State) {
	n, last := d.length(4), -1
	for i := 0; i < n && d.err == nil; i++ {
		p := d.person()
		if int(p) <= last {
			d.fail("people out of order")
		}
		last = int(p)
		s.people[p] = &person{d.time(), d.time(), uint32(d.number(math.MaxUint32))} // #nosec G115 -- bounded
	}
}

func (d *decoder) authors(s *State) {
	n, last := d.length(5), -1
	for i := 0; i < n && d.err == nil; i++ {
		p := d.person()
		if int(p) <= last {
			d.fail("authors out of order")
		}
		last = int(p)
		r := &relations{affinity: d.counter(AffinityLife), session: d.counter(SessionLife), reverse: d.counter(AffinityLife)}
		for range min(d.number(RecentChanges), RecentChanges) {
			c := change{at: d.time()}
			for range min(d.number(maxReviewers), maxReviewers) {
				c.reviewers = append(c.reviewers, d.person())
			}
			if d.err == nil && c.over(s.now) {
				d.fail("a change that does not count")
			}
			r.changes = append(r.changes, c)
		}
		if len(r.affinity)+len(r.session)+len(r.reverse)+len(r.changes) == 0 {
			d.fail("an author without reviewers")
		}
		s.authors[p] = r
	}
}

func (d *decoder) pairs(s *State) {
	n := d.length(6)
	d.last = ""
	var last pair
	for i := 0; i < n && d.err == nil; i++ {
		k := pair{author: d.person()}
		k.dir = d.text(i == 0 || k.author > last.author)
		c := d.counter(AffinityLife)
		if d.err == nil && (i > 0 && comparePairs(k, last) <= 0 || len(c) == 0) {
			d.fail("pairs out of order, or one without people")
		}
		last = k
		s.pairs[k] = &c
	}
}
