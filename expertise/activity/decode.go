package activity

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/refward/refward/internal/varint"
)

// ErrFormat is in every error about bytes that are no encoding of a state: torn, changed, or of another version. The state is then built anew.
var ErrFormat = errors.New("no state of activity of this version")

// A decoder reads what an encoder wrote. What has another encoding than the one that is read is found by writing it again.
type decoder struct {
	*varint.Reader
	now uint32 // nothing is later
}

func (d decoder) second() uint32 { return uint32(d.Number(uint64(d.now))) } // #nosec G115 -- at most now

func (d decoder) personID() PersonID { return PersonID(d.Number(uint64(MaxPerson))) } // #nosec G115 -- at most MaxPerson

func (d decoder) counter() Counter {
	n := d.Length(3)
	if n == 0 {
		return nil
	}
	c := make(Counter, n)
	for i := range c {
		c[i] = entry{d.personID(), uint32(d.Number(math.MaxUint32)), d.second()} // #nosec G115 -- bounded
		if i > 0 && c[i].person <= c[i-1].person {                               // or nobody would be found
			d.Fail("people out of order")
			return nil
		}
	}
	return c
}

func (d decoder) tally() *Tally { return &Tally{d.counter(), d.counter()} }

func (d decoder) person() *person {
	return &person{d.second(), d.second(), uint32(d.Number(math.MaxUint32))} // #nosec G115 -- bounded
}

func (d decoder) relations() *relations {
	r := &relations{affinity: d.counter(), session: d.counter(), reverse: d.counter()}
	for range min(d.Number(RecentChanges), RecentChanges) {
		c := change{at: d.second()}
		for range min(d.Number(maxReviewers), maxReviewers) {
			c.reviewers = append(c.reviewers, d.personID())
		}
		r.changes = append(r.changes, c)
	}
	return r
}

// Unmarshal reads what [State.MarshalBinary] wrote. What it accepts, MarshalBinary writes again byte for byte. bot is as for [New].
func Unmarshal(data []byte, bot func(PersonID) bool) (*State, error) {
	if len(data) < len(magic)+sha256.Size {
		return nil, fmt.Errorf("%w: it ends early", ErrFormat)
	}
	body := data[:len(data)-sha256.Size]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], data[len(body):]) {
		return nil, fmt.Errorf("%w: the checksum is wrong", ErrFormat)
	}
	stored, err := Open(data)
	if err != nil {
		return nil, err
	}
	s := New(bot)
	s.now, s.events, s.reviewing, s.writing = stored.now, stored.events, stored.reviewing, stored.writing
	r := &varint.Reader{Kind: ErrFormat}
	t := stored.stored
	t.people.each(r, func(k string, v *varint.Reader) { s.people[personOf(v, k)] = decoder{v, s.now}.person() })
	for table, m := range map[*table]map[string]*Tally{&t.files: s.files, &t.dirs: s.dirs, &t.exts: s.exts} {
		table.each(r, func(k string, v *varint.Reader) {
			if len(k) > MaxPath {
				v.Fail("a path of %d bytes, at most %d", len(k), MaxPath)
			}
			m[k] = decoder{v, s.now}.tally()
		})
	}
	t.authors.each(r, func(k string, v *varint.Reader) { s.authors[personOf(v, k)] = decoder{v, s.now}.relations() })
	t.pairs.each(r, func(k string, v *varint.Reader) {
		c := decoder{v, s.now}.counter()
		s.pairs[pair{personOf(v, k[:min(4, len(k))]), k[min(4, len(k)):]}] = &c
	})
	if r.Err != nil {
		return nil, r.Err
	}
	again, err := s.MarshalBinary()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, data) {
		return nil, fmt.Errorf("%w: it would be written otherwise", ErrFormat)
	}
	return s, nil
}

// personOf reads a person out of a key.
func personOf(r *varint.Reader, key string) PersonID {
	if len(key) != 4 || binary.BigEndian.Uint32([]byte(key)) > uint32(MaxPerson) {
		r.Fail("a key that is no person")
		return 0
	}
	return PersonID(binary.BigEndian.Uint32([]byte(key)))
}
