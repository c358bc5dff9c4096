package odb

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zlib"

	"github.com/refward/refward/internal/odb/flate"
)

// maxRatio bounds what deflate makes of one byte: a code of one bit gives at most 258 bytes twice, so never more than 1032 to 1
// (zlib's "Maximum Expansion Factor"). A size beyond that is a lie that needs no memory to be found out.
const maxRatio = 1032

var (
	errDeclared  = errors.New("it declares more bytes than the rest of the file can hold")
	inflaterPool = sync.Pool{New: func() any { return new(inflater) }}
)

// An inflater reads one zlib stream after another, out of memory or a file, piece by piece. What is mapped and wanted whole needs none:
// package flate does it at once, for less than half of the processor time.
type inflater struct {
	mem bytes.Reader
	buf *bufio.Reader
	src io.ByteReader // mem or buf
	z   inflating     // nil before the first stream
}

// inflating is what package zlib says that its readers are.
type inflating interface {
	io.Reader
	zlib.Resetter
}

// open begins the stream at off in a file, which must end before end.
func (in *inflater) open(f *file, off, end int64) error {
	if f.f == nil {
		src, err := f.span(off, end)
		if err != nil {
			return err
		}
		in.mem.Reset(src)
		return in.begin(&in.mem, &in.mem)
	}
	if off < 0 || off > end || end > f.size {
		return io.ErrUnexpectedEOF
	}
	return in.openReader(io.NewSectionReader(f.f, off, end-off))
}

func (in *inflater) openReader(r io.Reader) error {
	if in.buf == nil {
		in.buf = bufio.NewReaderSize(r, 16<<10)
	} else {
		in.buf.Reset(r)
	}
	return in.begin(in.buf, in.buf)
}

func (in *inflater) begin(r io.Reader, src io.ByteReader) error {
	in.src = src
	if in.z != nil {
		return unexpected(in.z.Reset(r, nil))
	}
	z, err := zlib.NewReader(r)
	if err != nil {
		return unexpected(err)
	}
	in.z = z.(inflating)
	return nil
}

// fill reads the next bytes of the stream, len(b) of them.
func (in *inflater) fill(b []byte) error {
	_, err := io.ReadFull(in.z, b)
	return unexpected(err)
}

// end checks that the stream ends here; its checksum with it.
func (in *inflater) end() error {
	var one [1]byte
	n, err := in.z.Read(one[:])
	for n == 0 && err == nil {
		n, err = in.z.Read(one[:])
	}
	if n > 0 {
		return flate.ErrLonger
	}
	if err != io.EOF {
		return unexpected(err)
	}
	return nil
}

// release gives the inflater back. One that saw a fault is not given back.
func (in *inflater) release() {
	in.mem.Reset(nil)
	if in.buf != nil {
		in.buf.Reset(nil)
	}
	inflaterPool.Put(in)
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// checkExpansion refuses a declared size that the compressed bytes at hand cannot have.
func checkExpansion(size, compressed int64) error {
	if size/maxRatio > compressed {
		return errDeclared
	}
	return nil
}

// inflate reads a whole stream of exactly size bytes into buf, which grows when it must.
func inflate(f *file, off, end, size int64, buf []byte) ([]byte, error) {
	if err := checkExpansion(size, end-off); err != nil {
		return nil, err
	}
	if f.f == nil {
		src, err := f.span(off, end)
		if err != nil {
			return nil, err
		}
		buf = sized(buf, size)
		_, err = flate.Inflate(buf, src)
		return buf, err
	}
	in := inflaterPool.Get().(*inflater)
	err := in.open(f, off, end)
	if err == nil {
		buf = sized(buf, size)
		if err = in.fill(buf); err == nil {
			err = in.end()
		}
	}
	in.release()
	return buf, err
}

// sized returns a slice of size bytes, of any content: buf if it is large enough.
func sized(buf []byte, size int64) []byte {
	if int64(cap(buf)) < size {
		return make([]byte, size)
	}
	return buf[:size]
}

// inflateHead reads the first len(b) bytes of a stream.
func inflateHead(f *file, off, end int64, b []byte) error {
	if f.f == nil {
		src, err := f.span(off, end)
		if err != nil {
			return err
		}
		n, err := flate.Head(b, src)
		if err == nil && n < len(b) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	in := inflaterPool.Get().(*inflater)
	err := in.open(f, off, end)
	if err == nil {
		err = in.fill(b)
	}
	in.release()
	return err
}

func tooLarge(size, limit int64) error {
	return fmt.Errorf("%d bytes, at most %d are read: %w", size, limit, ErrTooLarge)
}
