// Package varint reads the numbers and texts of files that we have written, and that somebody may have torn or changed since. No length in them is believed beyond the
// bytes that are left.
//
//	r := varint.Reader{In: data, Kind: ErrFormat}
//	for range r.Length(2) {
//		names = append(names, r.Text())
//	}
//	return r.Err
package varint

import (
	"encoding/binary"
	"fmt"
)

// A Reader reads what [binary.AppendUvarint] and the like wrote. The first thing that is wrong makes everything after it zero.
type Reader struct {
	In   []byte // what is left
	Kind error  // wrapped by Err
	Err  error  // what is wrong first
}

// Fail notes that something is wrong, if nothing was before.
func (r *Reader) Fail(format string, args ...any) {
	if r.Err == nil {
		r.Err = fmt.Errorf("%w: "+format, append([]any{r.Kind}, args...)...)
		r.In = nil
	}
}

// Number reads a number of at most most, in its shortest form.
func (r *Reader) Number(most uint64) uint64 {
	n, size := binary.Uvarint(r.In)
	switch {
	case size <= 0:
		r.Fail("it ends early")
		return 0
	case n > most || size > 1 && r.In[size-1] == 0:
		r.Fail("number %d, at most %d", n, most)
		return 0
	}
	r.In = r.In[size:]
	return n
}

// Length reads how many things follow, each of at least size bytes.
func (r *Reader) Length(size int) int {
	n := r.Number(uint64(len(r.In)))
	if n > uint64(len(r.In)/size) { // #nosec G115 -- of what is left behind the length itself
		r.Fail("it ends early")
		return 0
	}
	return int(n) // #nosec G115 -- at most the number of bytes
}

// Text reads a text that has its length before it.
func (r *Reader) Text() string { return string(r.Bytes()) }

// Bytes reads what has its length before it, as a part of what is read.
func (r *Reader) Bytes() []byte {
	n := r.Length(1)
	b := r.In[:n:n]
	r.In = r.In[n:]
	return b
}
