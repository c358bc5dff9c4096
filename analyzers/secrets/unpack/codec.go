package unpack

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	xz "github.com/therootcompany/xz"
	"github.com/ulikunitz/xz/lzma"
)

// A codec is a stream that is being read.
type codec struct {
	io.Reader
	src    *source
	back   int                  // bytes that may have been read of what comes next when the stream ends
	behind func(error) bool     // reports whether an error means that something else comes next
	again  func() (bool, error) // begins the next stream of the format, if there is one
	free   func()               // gives the memory back
	err    error                // with which it ended
}

func (c *codec) Read(p []byte) (int, error) {
	for c.err == nil {
		n, err := c.Reader.Read(p)
		if err != nil && err != io.EOF && c.behind != nil && c.behind(err) {
			c.src.skip(-c.back)
			err = io.EOF
		}
		if err == io.EOF && c.again != nil {
			more, nextErr := c.again()
			switch {
			case nextErr != nil:
				err = nextErr
			case more && n == 0:
				continue
			case more:
				err = nil
			}
		}
		c.err = err
		return n, err
	}
	return 0, c.err
}

func (c *codec) ended() bool { return c.err == io.EOF }

// Close gives back what the next stream can use again.
func (c *codec) Close() error {
	if c.free != nil {
		c.free()
		c.free = nil
	}
	return nil
}

// idle are decompressors that wait for the next stream: one in an archive has thousands, and each would need memory of its own.
type idle struct {
	flate []io.ReadCloser
	gzip  []*gzip.Reader
	xz    []*xz.Reader
	zstd  []*zstd.Decoder
}

// take returns an idle one, or nothing.
func take[T any](list *[]T) (v T, ok bool) {
	n := len(*list)
	if n == 0 {
		return v, false
	}
	v = (*list)[n-1]
	*list = (*list)[:n-1]
	return v, true
}

// A source is what is decompressed. Some libraries take a faster way for its Reader than for any other.
type source struct {
	*bytes.Reader
	data []byte
}

func newSource(data []byte) *source { return &source{bytes.NewReader(data), data} }

// at is how far it has been read.
func (s *source) at() int { return len(s.data) - s.Len() }

// rest is what has not been read.
func (s *source) rest() []byte { return s.data[s.at():] }

// skip goes forward, or back, but not out of the data.
func (s *source) skip(n int) {
	_, _ = s.Seek(int64(min(max(0, s.at()+n), len(s.data))), io.SeekStart) // which cannot fail within the data
}

// inflate reads a deflate stream of a zip archive.
func (w *walker) inflate(src *source) (io.ReadCloser, error) {
	z, ok := take(&w.idle.flate)
	if !ok {
		z = flate.NewReader(src.Reader)
	} else if err := z.(flate.Resetter).Reset(src.Reader, nil); err != nil {
		return nil, err
	}
	return &codec{Reader: z, src: src, free: func() { w.idle.flate = append(w.idle.flate, z) }}, nil
}

// A gzipReader collects the names and comments of the members.
type gzipReader struct {
	codec
	names [][]byte
}

func openGzip(w *walker, src *source) (io.ReadCloser, error) {
	z, ok := take(&w.idle.gzip)
	if !ok {
		z = new(gzip.Reader)
	}
	g := &gzipReader{codec: codec{Reader: z, src: src}}
	g.free = func() { w.idle.gzip = append(w.idle.gzip, z) }
	begin := func() error {
		err := z.Reset(src.Reader)
		if err == nil {
			z.Multistream(false)
			g.names = append(g.names, []byte(z.Name), []byte(z.Comment), z.Extra)
		}
		return err
	}
	g.again = func() (bool, error) {
		if next := src.rest(); !bytes.HasPrefix(next, []byte(gzipMark)) || !gzipHeader(next) {
			return false, nil
		}
		return true, begin()
	}
	if err := begin(); err != nil {
		g.free()
		return nil, err
	}
	return g, nil
}

func openBzip2(_ *walker, src *source) (io.ReadCloser, error) {
	return &codec{Reader: bzip2.NewReader(src.Reader), src: src, back: 2, behind: func(err error) bool {
		// It is the one error that comes between two streams.
		return errors.Is(err, bzip2.StructuralError("bad magic value in continuation file"))
	}}, nil
}

func openXz(w *walker, src *source) (io.ReadCloser, error) {
	z, ok := take(&w.idle.xz)
	if !ok {
		z, _ = xz.NewReader(nil, uint32(min(w.limits.Window, 1<<31))) // #nosec G115 -- bounded
	}
	c := &codec{src: src, free: func() { w.idle.xz = append(w.idle.xz, z) }}
	c.Reader = readerFunc(func(p []byte) (int, error) {
		n, err := z.Read(p)
		switch {
		case errors.Is(err, xz.ErrMemlimit):
			err = errWindow
		case errors.Is(err, xz.ErrBuf):
			err = io.ErrUnexpectedEOF
		}
		return n, err
	})
	begin := func() error {
		w.charge(src.Len())
		stream := src.rest()
		stream = stream[:xzEnd(stream)]
		src.skip(len(stream))
		err := z.Reset(bytes.NewReader(stream))
		z.Multistream(false)
		return err
	}
	c.again = func() (bool, error) {
		if !bytes.HasPrefix(src.rest(), []byte(xzMark)) {
			return false, nil
		}
		return true, begin()
	}
	if err := begin(); err != nil {
		c.free()
		return nil, err
	}
	return c, nil
}

func openZstd(w *walker, src *source) (io.ReadCloser, error) {
	z, ok := take(&w.idle.zstd)
	if !ok {
		var err error
		window := uint64(max(w.limits.Window, zstd.MinWindowSize)) // #nosec G115 -- not negative
		z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return nil, err
		}
	}
	c := &codec{src: src, back: 4, free: func() { w.idle.zstd = append(w.idle.zstd, z) }}
	some := false
	c.Reader = readerFunc(func(p []byte) (int, error) {
		n, err := z.Read(p)
		some = some || n > 0
		if errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
			err = errWindow
		}
		return n, err
	})
	c.behind = func(err error) bool { return some && errors.Is(err, zstd.ErrMagicMismatch) }
	if err := z.Reset(src.Reader); err != nil {
		c.free()
		return nil, err
	}
	return c, nil
}

func openLz4(_ *walker, src *source) (io.ReadCloser, error) {
	z := lz4.NewReader(src.Reader)
	if err := z.Apply(lz4.ConcurrencyOption(1)); err != nil {
		return nil, err
	}
	c := &codec{Reader: z, src: src}
	c.again = func() (bool, error) {
		if next := src.rest(); len(next) < 4 || !lz4Frame(binary.LittleEndian.Uint32(next)) {
			return false, nil
		}
		z.Reset(src.Reader)
		return true, nil
	}
	return c, nil
}

// lz4Frame reports whether a number begins a frame, or one that decompressors pass over.
func lz4Frame(magic uint32) bool { return magic == 0x184d2204 || magic>>4 == 0x184d2a5 }

// openS2 reads a format that has no end: what comes next is damage to it.
func openS2(_ *walker, src *source) (io.ReadCloser, error) {
	return &codec{Reader: s2.NewReader(src.Reader, s2.ReaderMaxBlockSize(4<<20)), src: src}, nil
}

func openZlib(_ *walker, src *source) (io.ReadCloser, error) {
	z, err := zlib.NewReader(src.Reader)
	if err != nil {
		return nil, err
	}
	return &codec{Reader: z, src: src}, nil
}

// zlibBegins tries, since two bytes say little.
func zlibBegins(d []byte) bool {
	if !zlibHeader(d) {
		return false
	}
	z, err := zlib.NewReader(bytes.NewReader(d))
	if err != nil {
		return false
	}
	var out [minProbe]byte
	n, err := io.ReadFull(z, out[:])
	return n > 0 && (err == nil || errors.Is(err, io.ErrUnexpectedEOF))
}

func openLzma(w *walker, src *source) (io.ReadCloser, error) {
	head := src.rest() // properties, the dictionary's size, the content's
	if len(head) < 13 {
		return nil, io.ErrUnexpectedEOF
	}
	if int64(binary.LittleEndian.Uint32(head[1:])) > w.limits.Window {
		return nil, errWindow
	}
	z, err := lzma.ReaderConfig{DictCap: lzma.MinDictCap}.NewReader(src.Reader)
	if err != nil {
		return nil, err
	}
	return &codec{Reader: z, src: src}, nil
}

// openBrotli reads a format whose windows have at most 16 MiB.
func openBrotli(_ *walker, src *source) (io.ReadCloser, error) {
	return &codec{Reader: brotli.NewReader(src.Reader), src: src}, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
