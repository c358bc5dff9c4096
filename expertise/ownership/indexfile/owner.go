package indexfile

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// commits are those that own lines, ascending by their ids. Before they are numbered, each has the number that it has in the old index, and those
// that are added the ones behind.
type commits struct {
	p     *patch
	count int    // of the old index
	old   []byte // its table
	added []addedCommit
	alias []int32  // of each that is added, what it is
	used  []bool   // by number
	place []uint32 // likewise: the number in the new index
	order []int32  // numbers in the order of ids, of those that are used
	n     int
}

type addedCommit struct {
	id                string // its bytes
	author, committer Signature
}

func (c *commits) begin(p *patch, added []Commit) error {
	c.p, c.old = p, p.area(commitTable)
	if p.old != nil {
		c.count = p.old.Commits()
	}
	for _, f := range p.changes {
		if f.Blob != "" {
			if _, err := p.ids(f.Blob); err != nil {
				return err
			}
		}
	}
	c.added, c.alias = make([]addedCommit, len(added)), make([]int32, len(added))
	for i, k := range added {
		id, err := p.ids(k.ID)
		if err != nil {
			return err
		}
		c.added[i] = addedCommit{id, k.Author, k.Committer}
		c.alias[i] = int32(c.count + i)                                                                      // #nosec G115 -- fewer than 2³¹ commits
		at, ok := sort.Find(c.count, func(n int) int { return strings.Compare(id, string(c.id(int32(n)))) }) // #nosec G115 -- likewise
		if ok {
			c.alias[i] = int32(at) // #nosec G115 -- likewise
		}
	}
	c.used = make([]bool, c.count+len(added))
	return nil
}

func (c *commits) entry(n int32) []byte {
	size := entrySize(commitTable, c.p.idLen)
	return c.old[int(n)*size : int(n+1)*size]
}

// id returns the bytes of the id of a commit.
func (c *commits) id(n int32) []byte {
	if int(n) < c.count {
		return c.entry(n)[:c.p.idLen]
	}
	return []byte(c.added[int(n)-c.count].id)
}

// resolve returns the number by which the commit of a Run goes here.
func (c *commits) resolve(n int32) int32 {
	if i := int(n) - c.count; i >= 0 && i < len(c.alias) {
		return c.alias[i]
	}
	return n
}

// use notes that a commit owns lines, and reports whether there is one.
func (c *commits) use(n int) bool {
	if n < 0 || n >= len(c.used) {
		return false
	}
	c.used[n] = true
	return true
}

// number gives the commits that are used their places.
func (c *commits) number() {
	type fresh struct{ n, before int32 } // and the commit of the old index that it goes before
	var added []fresh
	for i := range c.added {
		if n := int32(c.count + i); c.used[n] { // #nosec G115 -- fewer than 2³¹ commits
			id := c.id(n)
			at := sort.Search(c.count, func(n int) bool { return bytes.Compare(c.id(int32(n)), id) > 0 }) // #nosec G115 -- likewise
			added = append(added, fresh{n, int32(at)})                                                    // #nosec G115 -- likewise
		}
	}
	slices.SortFunc(added, func(a, b fresh) int { return bytes.Compare(c.id(a.n), c.id(b.n)) })
	c.place = make([]uint32, len(c.used))
	c.order = make([]int32, 0, len(c.used))
	put := func(n int32) {
		c.place[n] = uint32(len(c.order)) // #nosec G115 -- likewise
		c.order = append(c.order, n)
	}
	next := int32(0)
	keep := func(past int32) {
		for ; next < past; next++ {
			if c.used[next] {
				put(next)
			}
		}
	}
	for _, f := range added {
		keep(f.before)
		put(f.n)
	}
	keep(int32(c.count)) // #nosec G115 -- likewise
	c.n = len(c.order)
}

// append writes the table.
func (c *commits) append(data []byte, x *idents) []byte {
	size := entrySize(commitTable, c.p.idLen)
	for i := 0; i < len(c.order); i++ {
		n := c.order[i]
		if int(n) >= c.count {
			data = append(data, c.id(n)...)
			for k := range 2 {
				s := c.added[int(n)-c.count].signature(k)
				data = little.AppendUint32(data, x.place[x.fresh[Ident{s.Name, s.Email}]])
				data = little.AppendUint64(data, uint64(s.When.Unix())) // #nosec G115 -- read back the same way
			}
			continue
		}
		past := n + 1
		for i+1 < len(c.order) && c.order[i+1] == past && int(past) < c.count {
			past++
			i++
		}
		from := len(data)
		data = append(data, c.old[int(n)*size:int(past)*size]...)
		if x.same {
			continue
		}
		for at := from + c.p.idLen; at < len(data); at += size {
			for _, who := range [2][]byte{data[at:], data[at+12:]} {
				little.PutUint32(who, x.place[little.Uint32(who)])
			}
		}
	}
	return data
}

func (k *addedCommit) signature(i int) *Signature {
	return [2]*Signature{&k.author, &k.committer}[i]
}

// idents are those of the commits, ascending by name and mail. They are numbered as commits are.
type idents struct {
	p     *patch
	count int      // of the old index
	old   []byte   // its table
	texts []byte   // its texts
	added []string // name, mail
	mids  []int    // how long the name is
	fresh map[Ident]uint32
	place []uint32 // by number
	order []uint32
	same  bool // those of the old index have the numbers that they had
	size  int  // of all texts
}

// text returns the name and the mail of an ident, and how long the name is.
func (x *idents) text(n int) (text []byte, mid int) {
	if n >= x.count {
		return []byte(x.added[n-x.count]), x.mids[n-x.count]
	}
	from := uint32(0)
	if n > 0 {
		from = little.Uint32(x.old[8*n-4:])
	}
	return x.texts[from:little.Uint32(x.old[8*n+4:])], int(little.Uint32(x.old[8*n:]) - from)
}

func (x *idents) compare(id Ident, n int) int {
	text, mid := x.text(n)
	if c := strings.Compare(id.Name, string(text[:mid])); c != 0 {
		return c
	}
	return strings.Compare(id.Email, string(text[mid:]))
}

// number finds out which idents there are, and gives them places.
func (x *idents) number(p *patch) error {
	x.p, x.fresh = p, map[Ident]uint32{}
	x.old, x.texts = p.area(identTable), p.area(textArea)
	x.count = len(x.old) / entrySize(identTable, p.idLen)
	before := uint32(0)
	for at := 0; at < len(x.old); at += 4 {
		end := little.Uint32(x.old[at:])
		if end < before || int64(end) > int64(len(x.texts)) {
			return fmt.Errorf("%w: an end of a name out of order", ErrFormat)
		}
		before = end
	}
	used := make([]bool, x.count)
	c := &p.commits
	for _, n := range c.order {
		if int(n) >= c.count {
			x.add(c.added[int(n)-c.count].author, used)
			x.add(c.added[int(n)-c.count].committer, used)
			continue
		}
		raw := c.entry(n)[c.p.idLen:]
		author, committer := little.Uint32(raw), little.Uint32(raw[12:])
		if int64(max(author, committer)) >= int64(x.count) {
			return fmt.Errorf("%w: names of commit %x", ErrFormat, c.id(n))
		}
		used[author], used[committer] = true, true
	}
	x.merge(used)
	return nil
}

// add notes the ident of a commit that is added.
func (x *idents) add(s Signature, used []bool) {
	id := Ident{s.Name, s.Email}
	if _, ok := x.fresh[id]; ok {
		return
	}
	at, ok := sort.Find(x.count, func(n int) int { return x.compare(id, n) })
	if ok {
		used[at] = true
	} else {
		at = x.count + len(x.added)
		x.added, x.mids = append(x.added, id.Name+id.Email), append(x.mids, len(id.Name))
	}
	x.fresh[id] = uint32(at) // #nosec G115 -- fewer than 2³¹ idents
}

func (x *idents) merge(used []bool) {
	type fresh struct {
		id        Ident
		n, before int // and the ident of the old index that it goes before
	}
	added := make([]fresh, len(x.added))
	for i, text := range x.added {
		id := Ident{text[:x.mids[i]], text[x.mids[i]:]}
		added[i] = fresh{id, x.count + i, sort.Search(x.count, func(n int) bool { return x.compare(id, n) < 0 })}
	}
	slices.SortFunc(added, func(a, b fresh) int {
		return cmp.Or(strings.Compare(a.id.Name, b.id.Name), strings.Compare(a.id.Email, b.id.Email))
	})
	x.place, x.same = make([]uint32, x.count+len(x.added)), true
	x.order = make([]uint32, 0, len(x.place))
	put := func(n int) {
		x.place[n] = uint32(len(x.order))    // #nosec G115 -- likewise
		x.order = append(x.order, uint32(n)) // #nosec G115 -- likewise
		text, _ := x.text(n)
		x.size += len(text)
	}
	next := 0
	keep := func(past int) {
		for ; next < past; next++ {
			if used[next] {
				x.same = x.same && next == len(x.order)
				put(next)
			}
		}
	}
	for _, f := range added {
		keep(f.before)
		put(f.n)
	}
	keep(x.count)
}

// append writes the table and the texts.
func (x *idents) append(data []byte) []byte {
	end := 0
	for _, n := range x.order {
		text, mid := x.text(int(n))
		data = little.AppendUint32(data, uint32(end+mid)) // #nosec G115 -- the size of the file is checked
		end += len(text)
		data = little.AppendUint32(data, uint32(end)) // #nosec G115 -- likewise
	}
	for _, n := range x.order {
		text, _ := x.text(int(n))
		data = append(data, text...)
	}
	return data
}
