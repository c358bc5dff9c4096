package activity

import (
	"encoding/binary"
	"slices"

	"github.com/refward/refward/internal/varint"
)

// maxKey is the length in bytes of the longest key: an author and a path.
const maxKey = 4 + MaxPath

// perBlock is the number of keys in a block: what is read to find one, after a search among the first keys of all blocks.
const perBlock = 16

// A writer makes a table: how many keys there are, where their blocks begin (four bytes each, the lowest first, counted from the end of these numbers), and the
// blocks. A key is stored as how many bytes it shares with the one before it in its block, and the rest. Behind it is its value. Rest
// and value have their lengths before them.
type writer struct {
	n             int
	starts, table []byte
	last          string
}

// add adds a key, which is greater than all before.
func (w *writer) add(key string, value []byte) {
	shared := 0
	if w.n%perBlock == 0 {
		w.starts = binary.LittleEndian.AppendUint32(w.starts, uint32(len(w.table))) // #nosec G115 -- less than the size of a file
	} else {
		shared = common(key, w.last)
	}
	w.n, w.last = w.n+1, key
	w.table = binary.AppendUvarint(w.table, uint64(shared))          // #nosec G115 -- a length
	w.table = binary.AppendUvarint(w.table, uint64(len(key)-shared)) // #nosec G115 -- shared is at most the length
	w.table = append(w.table, key[shared:]...)
	w.table = binary.AppendUvarint(w.table, uint64(len(value)))
	w.table = append(w.table, value...)
}

// appendTo appends the table and its length before it.
func (w *writer) appendTo(out []byte) []byte {
	n := binary.AppendUvarint(nil, uint64(w.n)) // #nosec G115 -- not negative
	out = binary.AppendUvarint(out, uint64(len(n)+len(w.starts)+len(w.table)))
	return slices.Concat(out, n, w.starts, w.table)
}

func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// A table finds values by key in what a writer made, without reading the rest.
type table struct {
	n             int
	starts, table []byte
}

// readTable reads where the parts of a table are.
func readTable(d *varint.Reader) table {
	n := d.Length(1)
	t := varint.Reader{In: d.In[:n], Kind: d.Kind}
	d.In = d.In[n:]
	keys := t.Length(3)
	blocks := (keys + perBlock - 1) / perBlock
	if 4*blocks > len(t.In) {
		t.Fail("a table ends early")
	}
	if t.Err != nil {
		d.Fail("a table of %d bytes", n)
		return table{}
	}
	return table{keys, t.In[:4*blocks], t.In[4*blocks:]}
}

// block returns what begins with a block.
func (t *table) block(i int) varint.Reader {
	at := int64(binary.LittleEndian.Uint32(t.starts[4*i:]))
	return varint.Reader{In: t.table[min(at, int64(len(t.table))):], Kind: ErrFormat}
}

// next reads a key, given the one before it, and its value.
func next(r *varint.Reader, last []byte) (key, value []byte) {
	shared := int(r.Number(uint64(len(last)))) // #nosec G115 -- at most a length
	n := r.Length(1)
	if shared+n > maxKey { // before it is made: a short file could ask for very many long ones
		r.Fail("a key of %d bytes, at most %d", shared+n, maxKey)
		return nil, nil
	}
	key = append(last[:shared:shared], r.In[:n]...)
	r.In = r.In[n:]
	n = r.Length(1)
	value = r.In[:n]
	r.In = r.In[n:]
	return key, value
}

// get returns the value of a key; nil = there is none.
func (t *table) get(key string) []byte {
	// The last block whose first key is not greater.
	from, to := 0, len(t.starts)/4
	for from < to {
		at := from + (to-from)/2
		r := t.block(at)
		if first, _ := next(&r, nil); string(first) > key || r.Err != nil {
			to = at
		} else {
			from = at + 1
		}
	}
	if from == 0 {
		return nil
	}
	r := t.block(from - 1)
	var k, value []byte
	for range min(perBlock, t.n-(from-1)*perBlock) {
		k, value = next(&r, k)
		if r.Err != nil || string(k) > key {
			return nil
		}
		if string(k) == key {
			return value
		}
	}
	return nil
}

// each calls use with all keys and values in order, until something is wrong. Whether they are in order, and each where it should be, shows when they are
// written again.
func (t *table) each(d *varint.Reader, use func(key string, value *varint.Reader)) {
	r := varint.Reader{In: t.table, Kind: d.Kind}
	var last []byte
	for i := 0; i < t.n && d.Err == nil; i++ {
		if i%perBlock == 0 {
			last = nil
		}
		key, value := next(&r, last)
		v := varint.Reader{In: value, Kind: d.Kind, Err: r.Err}
		if v.Err == nil {
			use(string(key), &v)
		}
		if len(v.In) > 0 {
			v.Fail("%d bytes too many", len(v.In))
		}
		d.Err, last = v.Err, key
	}
}
