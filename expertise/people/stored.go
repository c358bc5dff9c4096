package people

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/refward/refward/internal/varint"
)

// ErrFormat says that bytes are no directory.
var ErrFormat = errors.New("not a directory of people")

// What a mark is of.
const (
	ofIdent     = 'i'
	mailMark    = 'm'
	loginMark   = 'l'
	keyMark     = 'k' // what joins idents
	accountMark = 'a' // a login; instead of a person it has the number of its accounts, at most 2
	numberMark  = 'n' // a login and one of its accounts
	sharedMark  = 's' // a mail that several people have used
)

// A mark is the beginning of the SHA-256 of a text and what it is: of one length and in no order that an author chooses.
type mark uint64

func markOf(kind byte, text string) mark {
	sum := sha256.Sum256(append([]byte{kind}, text...))
	return mark(binary.BigEndian.Uint64(sum[:]))
}

func identMark(id Ident) mark {
	return markOf(ofIdent, string(binary.AppendUvarint(nil, uint64(len(id.Name))))+id.Name+id.Mail)
}

// A marked person is found by a mark.
type marked struct {
	mark   mark
	person ID
}

// marks returns all by which somebody is found, in order.
func (d *Directory) marks() []marked {
	var all []marked
	add := func(m mark, p ID) { all = append(all, marked{m, p}) }
	for id, p := range d.byIdent {
		add(identMark(id), p)
	}
	for m, all := range d.byMail {
		if len(all) > 1 {
			add(markOf(mailMark, m), None) // stored.mails looks for them
			continue
		}
		add(markOf(mailMark, m), all[0])
	}
	for l, p := range d.byLogin {
		add(markOf(loginMark, l), p)
	}
	for k, n := range d.joined.nodes {
		if p, ok := d.byRoot[d.joined.root(n)]; ok { // else of an alias that nobody has
			add(markOf(keyMark, k), p)
		}
	}
	for m := range d.joined.contested {
		add(markOf(sharedMark, m), 1)
	}
	for login, numbers := range d.joined.accounts {
		add(markOf(accountMark, login), ID(min(len(numbers), 2)))
		for n := range numbers {
			add(markOf(numberMark, login+" "+n), 1)
		}
	}
	slices.SortFunc(all, func(a, b marked) int { return cmp.Or(cmp.Compare(a.mark, b.mark), cmp.Compare(a.person, b.person)) })
	return all
}

const (
	markSize = 12 // bytes: the mark, then the person, the highest byte first
	atSize   = 4  // bytes of the place of a person
)

// MarshalBinary returns what [Read] reads: a byte sequence that depends on what was given to [Join] alone. Numbers are as in [binary.AppendUvarint], texts have their
// lengths before them: how many people there are and where each begins, the people, and by what they are found.
func (d *Directory) MarshalBinary() ([]byte, error) {
	if d.stored != nil {
		return slices.Clone(d.stored.whole), nil
	}
	var at, list []byte
	for _, p := range d.people {
		at = binary.BigEndian.AppendUint32(at, uint32(len(list))) // #nosec G115 -- less than the size of a file
		list = append(list, map[bool]byte{true: 1}[p.Bot])
		list = appendText(list, p.Name)
		list = appendText(list, p.Mail)
		for _, texts := range [][]string{p.Mails, p.Logins} {
			list = binary.AppendUvarint(list, uint64(len(texts)))
			for _, text := range texts {
				list = appendText(list, text)
			}
		}
	}
	out := binary.AppendUvarint(nil, uint64(len(d.people)))
	out = append(out, at...)
	out = appendText(out, string(list))
	all := d.marks()
	out = binary.AppendUvarint(out, uint64(len(all)))
	for _, m := range all {
		out = binary.BigEndian.AppendUint64(out, uint64(m.mark))
		out = binary.BigEndian.AppendUint32(out, uint32(m.person)) // #nosec G115 -- None is the greatest
	}
	return out, nil
}

func appendText(out []byte, s string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(s))), s...)
}

// A stored directory is one that is read only where it is asked.
type stored struct{ whole, at, list, marks []byte }

// Read gives the directory that [Directory.MarshalBinary] wrote. What is asked is read when it is asked. The caller has seen to it that the bytes are
// whole, and does not change them. What is wrong with them all the same counts for nothing.
func Read(data []byte) (*Directory, error) {
	d := varint.Reader{In: data, Kind: ErrFormat}
	s := &stored{whole: data}
	n := atSize * d.Length(atSize)
	s.at, d.In = d.In[:n], d.In[n:]
	s.list = d.Bytes()
	n = markSize * d.Length(markSize)
	s.marks, d.In = d.In[:n], d.In[n:]
	if len(d.In) > 0 {
		d.Fail("%d bytes too many", len(d.In))
	}
	if d.Err != nil {
		return nil, d.Err
	}
	return &Directory{stored: s}, nil
}

func (s *stored) len() int { return min(len(s.at)/atSize, math.MaxInt32) }

// find returns whom a mark is of.
func (s *stored) find(m mark) ID {
	p, _ := s.lookup(m)
	return p
}

func (s *stored) lookup(m mark) (ID, bool) {
	at := func(i int) []byte { return s.marks[i*markSize:] }
	from, to := 0, len(s.marks)/markSize
	for from < to {
		if i := from + (to-from)/2; mark(binary.BigEndian.Uint64(at(i))) < m {
			from = i + 1
		} else {
			to = i
		}
	}
	if from == len(s.marks)/markSize || mark(binary.BigEndian.Uint64(at(from))) != m {
		return None, false
	}
	p := ID(binary.BigEndian.Uint32(at(from)[8:])) // #nosec G115 -- what is out of range is nobody
	return max(p, None), true
}

// mails returns all who have a mail. A mark has room for one person: of a mail that several have it says so, and they are looked for among all, which
// few questions need.
func (s *stored) mails(mail string) (all []ID) {
	p, ok := s.lookup(markOf(mailMark, mail))
	switch {
	case !ok:
		return nil
	case p != None:
		return []ID{p}
	}
	for i := range s.len() {
		d := s.reader(ID(i)) // #nosec G115 -- less than 2^31
		d.Number(1)
		d.Bytes() // its name
		d.Bytes() // and how it is reached
		for range d.Length(1) {
			if string(d.Bytes()) == mail && d.Err == nil {
				all = append(all, ID(i)) // #nosec G115 -- likewise
				break
			}
		}
	}
	return all
}

// reader returns what begins with one of the people.
func (s *stored) reader(id ID) varint.Reader {
	at := binary.BigEndian.Uint32(s.at[int(id)*atSize:])
	return varint.Reader{In: s.list[min(int64(at), int64(len(s.list))):], Kind: ErrFormat}
}

// nobody is Nobody: it is asked of everybody in every query.
func (s *stored) nobody(id ID) bool {
	if id < 0 || int(id) >= s.len() {
		return true
	}
	d := s.reader(id)
	bot, name, _, mails := d.Number(1) == 1, d.Bytes(), d.Bytes(), d.Length(1)
	return d.Err != nil || bot || len(bytes.TrimSpace(name)) == 0 && mails == 0
}

// person reads one of the people.
func (s *stored) person(id ID) Person {
	d := s.reader(id)
	p := Person{ID: id, Bot: d.Number(1) == 1, Name: d.Text(), Mail: d.Text()}
	for _, list := range []*[]string{&p.Mails, &p.Logins} {
		for range d.Length(1) {
			*list = append(*list, d.Text())
		}
	}
	if d.Err != nil {
		return Person{ID: None}
	}
	return p
}

// Find returns whom an ident would be joined with, in ascending order, by the options that the directory was made with. It is as if [Join] were given one more,
// without looking at all the others again. known is false where only that can tell: an alias has a login that the ident shows to be of two accounts, or the
// ident could be of several people, or has a mail that somebody else has used.
func (d *Directory) Find(id Ident, o Options) (who []ID, known bool, err error) {
	if p := d.Of(id); p != None {
		return []ID{p}, true, nil
	}
	d.once.Do(func() {
		if d.again = d; d.stored != nil {
			return
		}
		var data []byte
		if data, d.err = d.MarshalBinary(); d.err == nil {
			d.again, d.err = Read(data)
		}
	})
	if d.err != nil {
		return nil, false, d.err
	}
	stored := d.again.stored
	j, err := newJoiner(o)
	if err != nil {
		return nil, false, err
	}
	mapped := o.Mailmap.Map(id)
	logins := map[string]bool{}
	for _, one := range []Ident{id, mapped} {
		j.account(one)
		if _, login, ok := github(lower(strings.TrimSpace(one.Mail))); ok {
			logins[login] = true
		}
	}
	for login := range logins {
		if !stored.accounts(j, login) {
			return nil, false, nil
		}
	}
	if _, shared := stored.lookup(markOf(sharedMark, j.claimOf(mapped).mail)); shared {
		return nil, false, nil
	}
	for _, k := range j.keysOf(id, mapped) {
		if p := stored.find(markOf(keyMark, k)); p != None && !slices.Contains(who, p) {
			who = append(who, p)
		}
	}
	return who, len(who) < 2, nil
}

// accounts adds the accounts that a login had to those that an ident shows it to have. It returns false where the login joins nobody any more whom an
// alias has joined by it. Whom it joined without an alias stays one person by number.
func (s *stored) accounts(j *joiner, login string) bool {
	had, _ := s.lookup(markOf(accountMark, login))
	all := map[string]bool{}
	for number := range j.accounts[login] {
		if _, old := s.lookup(markOf(numberMark, login+" "+number)); !old {
			all[number] = true
		}
	}
	fresh := len(all)
	for i := range min(max(had, 0), 2) {
		all[fmt.Sprint("old ", i)] = true
	}
	j.accounts[login] = all
	return had != 1 || fresh == 0 || !slices.ContainsFunc(j.options.Aliases, func(a Alias) bool { return slices.Contains(a.links(), "login "+login) })
}
