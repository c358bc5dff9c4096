package odbtest

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/adler32"
)

// A Gigantic is a blob of 2 GiB of zeros, which deflate to 2 MB.
const (
	GiganticID   = "77e9132b46cb9535f286f18974872f40049d1a89" // head -c 2147483648 /dev/zero | git hash-object --stdin
	GiganticSize = 2 << 30                                    // bytes
)

// Zeros returns the zlib stream (RFC 1950) of a head, which may be empty, and of 4 MiB of zeros so many times. It costs the
// processor time of one: what deflate makes of 4 MiB of zeros, flushed to the end of a byte, follows itself.
func Zeros(head string, times int) []byte {
	const size = 4 << 20
	var b bytes.Buffer
	b.WriteString("\x78\x9c")
	w, _ := flate.NewWriter(&b, flate.BestSpeed) // there is such a level
	_, _ = w.Write([]byte(head))                 // to memory
	_ = w.Flush()
	start := b.Len()
	_, _ = w.Write(make([]byte, size))
	_ = w.Flush()
	piece := bytes.Clone(b.Bytes()[start:])
	for range times - 1 {
		b.Write(piece)
	}
	_ = w.Close()
	sum := adler32.Checksum([]byte(head)) // of which a zero adds the low half to the high one
	low, high := uint64(sum&0xffff), uint64(sum>>16)
	high = (high + low*size*uint64(times)) % 65521
	return binary.BigEndian.AppendUint32(b.Bytes(), uint32(high<<16|low)) // #nosec G115 -- both below 65521
}

// AddGigantic appends the blob of 2 GiB and returns its name.
func (p *Pack) AddGigantic() string {
	p.Put(GiganticID, Blob, GiganticSize, Zeros("", GiganticSize>>22))
	return GiganticID
}
