package activity

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"

	"github.com/refward/refward/internal/varint"
)

// ErrFormat is in every error about bytes that are no encoding of a state: torn, changed, or of another version. The state is then built anew.
var ErrFormat = errors.New("no state of activity of this version")

// A decoder reads what an encoder wrote.
type decoder struct {
	varint.Reader
	last string
	now  uint32
}

func (d *decoder) time() uint32 { return uint32(d.Number(uint64(d.now))) } // #nosec G115 -- at most now

func (d *decoder) person() PersonID { return PersonID(d.Number(uint64(MaxPerson))) } // #nosec G115 -- at most MaxPerson

// text reads a path. first says that nothing stands before it, so that it need not be greater.
func (d *decoder) text(first bool) string {
	shared := int(d.Number(uint64(len(d.last)))) // #nosec G115 -- at most a length
	n := d.Length(1)
	if d.Err != nil {
		return ""
	}
	if shared+n > MaxPath { // before it is made: a short file could ask for very many long paths
		d.Fail("a path of %d bytes, at most %d", shared+n, MaxPath)
		return ""
	}
	s := d.last[:shared] + string(d.In[:n])
	switch {
	case !first && s <= d.last:
		d.Fail("paths out of order")
	case shared < len(d.last) && n > 0 && d.last[shared] == d.In[0]:
		d.Fail("a path in two parts")
	}
	if d.Err != nil {
		return ""
	}
	d.In = d.In[n:]
	d.last = s
	return s
}

func (d *decoder) counter(life HalfLife) Counter {
	n := d.Length(3)
	if n == 0 {
		return nil
	}
	c := make(Counter, n)
	for i := range c {
		c[i] = entry{d.person(), uint32(d.Number(math.MaxUint32)), d.time()} // #nosec G115 -- bounded
		if d.Err == nil && (i > 0 && c[i].person <= c[i-1].person || c[i].now(d.now, life) == 0) {
			d.Fail("people out of order, or one that does not count")
		}
		if d.Err != nil {
			return nil
		}
	}
	return c
}

func (d *decoder) tallies(life HalfLife) map[string]*Tally {
	n := d.Length(4)
	m := make(map[string]*Tally, n)
	d.last = ""
	for i := 0; i < n && d.Err == nil; i++ {
		k := d.text(i == 0)
		t := &Tally{d.counter(life), d.counter(life)}
		if len(t.Wrote)+len(t.Reviewed) == 0 {
			d.Fail("a path without people")
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
	d := &decoder{Reader: varint.Reader{In: body[len(magic):], Kind: ErrFormat}, now: math.MaxUint32}
	if v := d.Number(math.MaxUint64); v != version && d.Err == nil {
		d.Fail("version %d, want %d", v, version)
	}
	s := New(bot)
	s.now = d.time()
	d.now = s.now
	s.events = d.Number(math.MaxUint64)
	d.people(s)
	s.reviewing, s.writing = d.counter(PresenceLife), d.counter(PresenceLife)
	s.files, s.dirs, s.exts = d.tallies(FileLife), d.tallies(DirLife), d.tallies(DirLife)
	d.authors(s)
	d.pairs(s)
	if d.Err == nil && len(d.In) > 0 {
		d.Fail("%d bytes too many", len(d.In))
	}
	if d.Err != nil {
		return nil, d.Err
	}
	return s, nil
}

func (d *decoder) people(s *State) {
	n, last := d.Length(4), -1
	for i := 0; i < n && d.Err == nil; i++ {
		p := d.person()
		if int(p) <= last {
			d.Fail("people out of order")
		}
		last = int(p)
		s.people[p] = &person{d.time(), d.time(), uint32(d.Number(math.MaxUint32))} // #nosec G115 -- bounded
	}
}

func (d *decoder) authors(s *State) {
	n, last := d.Length(5), -1
	for i := 0; i < n && d.Err == nil; i++ {
		p := d.person()
		if int(p) <= last {
			d.Fail("authors out of order")
		}
		last = int(p)
		r := &relations{affinity: d.counter(AffinityLife), session: d.counter(SessionLife), reverse: d.counter(AffinityLife)}
		for range min(d.Number(RecentChanges), RecentChanges) {
			c := change{at: d.time()}
			for range min(d.Number(maxReviewers), maxReviewers) {
				c.reviewers = append(c.reviewers, d.person())
			}
			if d.Err == nil && c.over(s.now) {
				d.Fail("a change that does not count")
			}
			r.changes = append(r.changes, c)
		}
		if len(r.affinity)+len(r.session)+len(r.reverse)+len(r.changes) == 0 {
			d.Fail("an author without reviewers")
		}
		s.authors[p] = r
	}
}

func (d *decoder) pairs(s *State) {
	n := d.Length(6)
	d.last = ""
	var last pair
	for i := 0; i < n && d.Err == nil; i++ {
		k := pair{author: d.person()}
		k.dir = d.text(i == 0 || k.author > last.author)
		c := d.counter(AffinityLife)
		if d.Err == nil && (i > 0 && comparePairs(k, last) <= 0 || len(c) == 0) {
			d.Fail("pairs out of order, or one without people")
		}
		last = k
		s.pairs[k] = &c
	}
}
