package odb

import (
	"io"

	"github.com/pjbgf/sha1cd"
)

// Reader returns an object as a stream, with its kind and its size in bytes. A loose object or a packed one that is no delta is never in
// memory as a whole; a delta is, and may be [ErrTooLarge]. The content is what was stored only if the stream ends with io.EOF:
// a mismatch of size, checksum or name shows there. The stream is for one goroutine, which closes it, before the store.
func (s *Store) Reader(id ID) (r io.ReadCloser, kind Kind, size int64, err error) {
	defer s.end(&err, s.begin(&err))
	if err != nil {
		return nil, 0, 0, err
	}
	at, err := s.locate(id)
	if err != nil {
		return nil, 0, 0, err
	}
	st := &stream{store: s, at: at, id: id}
	if err = st.open(); err != nil {
		at.close()
		return nil, st.kind, 0, err
	}
	if s.verifies(at.dir(), at.loose != nil) {
		st.hash = newHash(st.kind, st.size)
	}
	st.left = st.size
	return st, st.kind, st.size, nil
}

// A stream is an object being read.
type stream struct {
	store *Store
	at    found
	id    ID
	kind  Kind
	size  int64 // bytes
	left  int64 // bytes
	in    *inflater
	data  []byte                        // of a delta, instead of in
	hash  sha1cd.CollisionResistantHash // nil = not verified
	err   error                         // what every further Read returns
}

func (st *stream) open() (err error) {
	if l := st.at.loose; l != nil {
		err = l.start()
		st.kind, st.size, st.in = l.kind, l.size, l.in
		return err
	}
	p, off := st.at.pack, st.at.off
	e, err := p.entry(off)
	if err != nil {
		return err
	}
	if e.isDelta() {
		st.kind, st.data, err = st.store.packed(st.at.place, st.store.opts.MaxSize)
		st.size = int64(len(st.data))
		return err
	}
	st.kind, st.size = e.kind, e.size
	if err := checkExpansion(e.size, p.end-e.body); err != nil {
		return p.errorf(off, "%w", err)
	}
	in := inflaterPool.Get().(*inflater)
	if err := in.open(p.file, e.body, p.end); err != nil {
		in.release()
		return p.errorf(off, "%w", err)
	}
	st.in = in
	return nil
}

func (st *stream) Read(b []byte) (n int, err error) {
	defer st.store.end(&err, st.store.begin(&err))
	if err != nil {
		return 0, err
	}
	if st.err != nil {
		return 0, st.err
	}
	if len(b) == 0 {
		return 0, nil
	}
	st.err = ErrClosed // should a fault come, the inflater is not to be used again
	in := st.in
	st.in = nil
	n, err = st.read(in, b[:min(int64(len(b)), st.left)])
	st.in, st.err = in, err
	return n, err
}

func (st *stream) read(in *inflater, b []byte) (n int, err error) {
	if st.left > 0 {
		if in == nil {
			n = copy(b, st.data[st.size-st.left:])
		} else if n, err = in.z.Read(b); err == io.EOF && int64(n) == st.left {
			err = nil // seen again by end
		}
		st.left -= int64(n)
		if st.hash != nil {
			st.hash.Write(b[:n])
		}
		if err != nil {
			return n, st.store.wrap(st.at, unexpected(err))
		}
		return n, nil
	}
	switch {
	case st.at.loose != nil:
		err = st.at.loose.finish()
	case in != nil:
		err = in.end()
	}
	if err == nil && st.hash != nil {
		err = compare(st.id, st.hash)
	}
	if err != nil {
		return 0, st.store.wrap(st.at, err)
	}
	return 0, io.EOF
}

// Close ends the stream. It may be called twice, and after the store is closed.
func (st *stream) Close() error {
	if st.at.loose != nil {
		if st.in == nil {
			st.at.loose.in = nil // it saw a fault
		}
		st.at.loose.close()
	} else if st.in != nil {
		st.in.release()
	}
	st.in, st.data, st.err = nil, nil, ErrClosed
	return nil
}
