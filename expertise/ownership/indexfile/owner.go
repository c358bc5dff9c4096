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
		c.alias[i] = int32(c.count + i) // #nosec G115 -- fewer than 2³¹ commits
		at, ok := sort.Find(c.count, func(n int) int { return strings.Compare(id, string(c.id(int32(n)))) })
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
func (c *commits) number() error {
	var fresh []int32
	for i := range c.added {
		if n := int32(c.count + i); c.used[n] { // #nosec G115 -- fewer than 2³¹ commits
			fresh = append(fresh, n)
		}
	}
	slices.SortFunc(fresh, func(a, b int32) int { return bytes.Compare(c.id(a), c.id(b)) })
	c.place = make([]uint32, len(c.used))
	c.order = make([]int32, 0, len(c.used))
	put := func(n int32) error {
		if len(c.order) > 0 && bytes.Compare(c.id(c.order[len(c.order)-1]), c.id(n)) >= 0 {
			return fmt.Errorf("%w: commits out of order at %x", ErrFormat, c.id(n))
		}
		c.place[n] = uint32(len(c.order)) // #nosec G115 -- fewer than 2³¹ commits
		c.order = append(c.order, n)
		return nil
	}
	for n := range int32(c.count) { // #nosec G115 -- likewise
		if !c.used[n] {
			continue
		}
		for len(fresh) > 0 && bytes.Compare(c.id(fresh[0]), c.id(n)) < 0 {
			if err := put(fresh[0]); err != nil {
				return err
			}
			fresh = fresh[1:]
		}
		if err := put(n); err != nil {
			return err
		}
	}
	for _, n := range fresh {
		if err := put(n); err != nil {
			return err
		}
	}
	c.n = len(c.order)
	return nil
}

// append writes the table.
func (c *commits) append(data []byte, x *idents) []byte {
	for _, n := range c.order {
		data = append(data, c.id(n)...)
		for k := range 2 {
			var who uint32
			var when uint64
			if int(n) < c.count {
				raw := c.entry(n)[c.p.idLen+12*k:]
				who, when = little.Uint32(raw), little.Uint64(raw[4:])
			} else {
				s := c.added[int(n)-c.count].signature(k)
				who, when = x.fresh[ident{s.Name, s.Email}], uint64(s.When.Unix()) // #nosec G115 -- read back the same way
			}
			data = little.AppendUint64(little.AppendUint32(data, x.place[who]), when)
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
	count int // of the old index
	added []ident
	fresh map[ident]uint32 // numbers of those of added commits, the old index's among them
	place []uint32         // by number
	order []uint32
	n     int
	size  int // of all texts
}

func (i ident) compare(j ident) int {
	return cmp.Or(strings.Compare(i.Name, j.Name), strings.Compare(i.Email, j.Email))
}

// number finds out which idents there are, and gives them places.
func (x *idents) number(p *patch) error {
	x.p, x.fresh = p, map[ident]uint32{}
	if p.old != nil {
		x.count = p.old.count[identTable]
	}
	used := make([]bool, x.count)
	c := &p.commits
	var failed error
	for _, n := range c.order {
		if int(n) < c.count {
			for k := range 2 {
				who := little.Uint32(c.entry(n)[c.p.idLen+12*k:])
				if int64(who) >= int64(x.count) {
					return fmt.Errorf("%w: names of commit %x", ErrFormat, c.id(n))
				}
				used[who] = true
			}
			continue
		}
		for k := range 2 {
			s := c.added[int(n)-c.count].signature(k)
			id := ident{s.Name, s.Email}
			if _, ok := x.fresh[id]; ok {
				continue
			}
			at, ok := sort.Find(x.count, func(n int) int {
				other, err := p.old.ident(n)
				if err != nil {
					failed = err
				}
				return id.compare(other)
			})
			if ok {
				used[at] = true
			} else {
				at = x.count + len(x.added)
				x.added = append(x.added, id)
			}
			x.fresh[id] = uint32(at) // #nosec G115 -- fewer than 2³¹ idents
		}
	}
	if failed != nil {
		return failed
	}
	return x.merge(used)
}

func (x *idents) merge(used []bool) error {
	fresh := make([]uint32, len(x.added))
	for i := range fresh {
		fresh[i] = uint32(x.count + i) // #nosec G115 -- fewer than 2³¹ idents
	}
	slices.SortFunc(fresh, func(a, b uint32) int { return x.added[int(a)-x.count].compare(x.added[int(b)-x.count]) })
	x.place = make([]uint32, x.count+len(x.added))
	put := func(n uint32, id ident) {
		x.place[n] = uint32(len(x.order)) // #nosec G115 -- likewise
		x.order = append(x.order, n)
		x.size += len(id.Name) + len(id.Email)
	}
	var before ident
	for n := range x.count {
		id, err := x.p.old.ident(n)
		if err != nil {
			return err
		}
		if n > 0 && before.compare(id) >= 0 {
			return fmt.Errorf("%w: idents out of order", ErrFormat)
		}
		before = id
		if !used[n] {
			continue
		}
		for len(fresh) > 0 && x.added[int(fresh[0])-x.count].compare(id) < 0 {
			put(fresh[0], x.added[int(fresh[0])-x.count])
			fresh = fresh[1:]
		}
		put(uint32(n), id) // #nosec G115 -- likewise
	}
	for _, n := range fresh {
		put(n, x.added[int(n)-x.count])
	}
	x.n = len(x.order)
	return nil
}

// append writes the table and the texts.
func (x *idents) append(data []byte) []byte {
	texts := make([]byte, 0, x.size)
	for _, n := range x.order {
		var id ident
		if int(n) < x.count {
			id, _ = x.p.old.ident(int(n)) // merge has read it
		} else {
			id = x.added[int(n)-x.count]
		}
		texts = append(texts, id.Name...)
		data = little.AppendUint32(data, uint32(len(texts))) // #nosec G115 -- the size of the file is checked
		texts = append(texts, id.Email...)
		data = little.AppendUint32(data, uint32(len(texts))) // #nosec G115 -- likewise
	}
	return append(data, texts...)
}
