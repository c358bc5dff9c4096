package indexfile

import (
	"encoding/hex"
	"fmt"
	"time"
)

// Commit returns an owner by its number in a Run.
func (f *File) Commit(n int32) (Commit, error) {
	if n < 0 || int(n) >= f.Commits() {
		return Commit{}, fmt.Errorf("no commit %d in the index", n)
	}
	size := entrySize(commitTable, f.idLen)
	raw, err := f.body.bytes(f.first[commitTable]+int(n)*size, f.first[commitTable]+int(n+1)*size)
	if err != nil {
		return Commit{}, err
	}
	c := Commit{ID: hex.EncodeToString(raw[:f.idLen])}
	for k, to := range []*Signature{&c.Author, &c.Committer} {
		s := raw[f.idLen+12*k:]
		who, err := f.ident(int(little.Uint32(s)))
		if err != nil {
			return Commit{}, fmt.Errorf("commit %s: %w", c.ID, err)
		}
		*to = Signature{who.Name, who.Email, time.Unix(int64(little.Uint64(s[4:])), 0).UTC()} // #nosec G115 -- as it was written
	}
	return c, nil
}

// An Authored commit says who is its author, by the number of the ident, and when that was, in seconds since 1970.
type Authored struct {
	Ident int32
	When  int64
}

// Authors returns all idents, of committers too, and the author of each commit, by its number: what takes long to ask for one by one.
func (f *File) Authors() (idents []Ident, of []Authored, err error) {
	idents = make([]Ident, f.count[identTable])
	for i := range idents {
		if idents[i], err = f.ident(i); err != nil {
			return nil, nil, err
		}
	}
	raw, err := f.body.bytes(f.first[commitTable], f.past[commitTable])
	if err != nil {
		return nil, nil, err
	}
	of = make([]Authored, f.Commits())
	for i := range of {
		k := raw[i*entrySize(commitTable, f.idLen)+f.idLen:]
		who := little.Uint32(k)
		if int64(who) >= int64(len(idents)) {
			return nil, nil, fmt.Errorf("%w: author of commit %d", ErrFormat, i)
		}
		of[i] = Authored{int32(who), int64(little.Uint64(k[4:]))} // #nosec G115 -- less than the count; as it was written
	}
	return idents, of, nil
}

func (f *File) ident(i int) (Ident, error) {
	if i >= f.count[identTable] {
		return Ident{}, fmt.Errorf("%w: no ident %d", ErrFormat, i)
	}
	table, err := f.body.bytes(f.first[identTable]+8*max(i-1, 0), f.first[identTable]+8*(i+1))
	if err != nil {
		return Ident{}, err
	}
	from := uint32(0)
	if i > 0 {
		from, table = little.Uint32(table[4:]), table[8:]
	}
	mid, to := little.Uint32(table), little.Uint32(table[4:])
	if from > mid || mid > to || int64(to) > int64(f.past[textArea]-f.first[textArea]) {
		return Ident{}, fmt.Errorf("%w: ident %d", ErrFormat, i)
	}
	text, err := f.body.bytes(f.first[textArea]+int(from), f.first[textArea]+int(to))
	if err != nil {
		return Ident{}, err
	}
	return Ident{string(text[:mid-from]), string(text[mid-from:])}, nil
}
