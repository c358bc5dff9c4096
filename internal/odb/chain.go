package odb

import (
	"errors"
	"sync"
)

// maxChain bounds the deltas between an object and its full base. git writes at most 4095 (git-pack-objects(1), "--depth").
const maxChain = 1 << 16

// A link is one delta of a chain.
type link struct {
	at   place
	body int64 // offset
	size int64 // bytes of the delta
}

// A root is what a chain of deltas is built on: an entry of a pack, a loose object, or what the cache had.
type root struct {
	kind  Kind
	data  []byte // from the cache, if known
	known bool
	at    place
	entry entry
	loose *looseFile
}

// chain follows the deltas from an entry to a root, outermost first. It reads heads only; a loose root is to be closed. With
// content it stops at an entry whose content the cache has, else at one whose kind is remembered.
func (s *Store) chain(at place, content bool) ([]link, root, error) {
	var links []link
	var mark place // Brent's way to find a cycle: what was seen at the last power of two
	for start := at; ; {
		if content {
			if kind, data, ok := s.cache.get(at); ok {
				return links, root{kind: kind, data: data, known: true, at: at}, nil
			}
		} else if len(links) >= kindStride {
			if kind, ok := s.cache.kind(at); ok {
				return links, root{kind: kind}, nil
			}
		}
		e, err := at.pack.entry(at.off)
		if err != nil {
			return nil, root{}, err
		}
		if !e.isDelta() {
			return links, root{kind: e.kind, at: at, entry: e}, nil
		}
		n := len(links)
		if at == mark {
			return nil, root{}, start.pack.errorf(start.off, "its deltas are against each other")
		}
		if n&(n-1) == 0 {
			mark = at
		}
		if n == maxChain {
			return nil, root{}, start.pack.errorf(start.off, "more than %d deltas: %w", maxChain, ErrUnsupported)
		}
		links = append(links, link{at: at, body: e.body, size: e.size})
		if e.kind == offsetDelta {
			at.off -= e.back
			continue
		}
		base, loose, err := s.base(at.pack, e.named)
		if errors.Is(err, ErrNotFound) {
			return nil, root{}, at.pack.errorf(at.off, "its base %s is missing", e.named) // but the object itself was found
		}
		if err != nil {
			return nil, root{}, at.pack.errorf(at.off, "its base: %w", err)
		}
		if loose != nil {
			return links, root{kind: loose.kind, loose: loose}, nil
		}
		at = base
	}
}

// base finds the base of a delta by name: as a rule in the same pack, else anywhere.
func (s *Store) base(p *pack, id ID) (place, *looseFile, error) {
	if off, ok, err := p.find(id); ok || err != nil {
		return place{p, off}, nil, err
	}
	f, err := s.locate(id)
	if err != nil || f.loose == nil {
		return f.place, nil, err
	}
	if err := f.loose.start(); err != nil {
		f.loose.close()
		return place{}, nil, err
	}
	return place{}, f.loose, nil
}

// packedInfo returns kind and size of a packed object.
func (s *Store) packedInfo(at place) (Kind, int64, error) {
	links, root, err := s.chain(at, false)
	if err != nil {
		return 0, 0, err
	}
	if len(links) == 0 {
		return root.kind, root.entry.size, nil
	}
	if root.loose != nil {
		root.loose.close()
	}
	s.cache.keepKinds(links, root.kind)
	size, err := resultSize(at, links[0].body, links[0].size)
	return root.kind, size, err
}

// resultSize returns the size of what a delta makes, which its first bytes tell.
func resultSize(at place, body, size int64) (int64, error) {
	var buf [maxDeltaHead]byte
	head := buf[:min(size, maxDeltaHead)]
	err := inflateHead(at.pack.file, body, at.pack.end, head)
	var result int64
	if err == nil {
		_, result, _, err = deltaSizes(head)
	}
	if err != nil {
		return 0, at.pack.errorf(at.off, "%w", err)
	}
	return result, nil
}

// buffers hold deltas while they are applied.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxPooled is the largest buffer that is kept for the next delta, and the largest delta inflated before its base is known.
const maxPooled = 1 << 20

// A delta is an inflated delta in a buffer of the pool.
type delta struct {
	data []byte
	buf  *[]byte
}

func (d *delta) release() {
	if d.buf != nil && cap(d.data) <= maxPooled {
		*d.buf = d.data[:0]
		buffers.Put(d.buf)
	}
	d.buf = nil
}

func (s *Store) delta(l link) (delta, error) {
	if l.size > s.opts.MaxSize {
		return delta{}, l.at.pack.errorf(l.at.off, "a delta: %w", tooLarge(l.size, s.opts.MaxSize))
	}
	buf := buffers.Get().(*[]byte)
	data, err := inflate(l.at.pack.file, l.body, l.at.pack.end, l.size, *buf)
	if err != nil {
		return delta{}, l.at.pack.errorf(l.at.off, "%w", err)
	}
	return delta{data, buf}, nil
}

// packed returns kind and content of a packed object, ErrTooLarge before its content is made.
func (s *Store) packed(at place, limit int64) (Kind, []byte, error) {
	links, root, err := s.chain(at, true)
	if err != nil {
		return 0, nil, err
	}
	if root.loose != nil {
		defer root.loose.close()
	}
	if len(links) == 0 {
		data, err := s.root(&root, at, limit)
		return root.kind, data, err
	}
	var outer delta // the first to be looked at, the last to be applied
	defer outer.release()
	size := int64(0)
	if links[0].size <= maxPooled {
		if outer, err = s.delta(links[0]); err == nil {
			if _, size, _, err = deltaSizes(outer.data); err != nil {
				err = at.pack.errorf(at.off, "%w", err)
			}
		}
	} else {
		size, err = resultSize(at, links[0].body, links[0].size)
	}
	if err == nil && size > limit {
		err = at.pack.errorf(at.off, "%w", tooLarge(size, limit))
	}
	if err != nil {
		return root.kind, nil, err
	}
	data, err := s.root(&root, root.at, s.opts.MaxSize)
	for i := len(links) - 1; i >= 0 && err == nil; i-- {
		l := links[i]
		if i > 0 || outer.buf == nil {
			var d delta
			if d, err = s.delta(l); err != nil {
				break
			}
			data, err = applyDelta(data, d.data, s.opts.MaxSize)
			d.release()
		} else {
			data, err = applyDelta(data, outer.data, s.opts.MaxSize)
		}
		if err != nil {
			err = l.at.pack.errorf(l.at.off, "%w", err)
			break
		}
		s.cache.put(l.at, root.kind, data)
	}
	if err != nil {
		return root.kind, nil, err
	}
	return root.kind, data, nil
}

// root returns the content of a root.
func (s *Store) root(r *root, at place, limit int64) ([]byte, error) {
	switch {
	case r.known && int64(len(r.data)) > limit:
		return nil, at.pack.errorf(at.off, "%w", tooLarge(int64(len(r.data)), limit))
	case r.known:
		return r.data, nil
	case r.loose != nil:
		data, err := r.loose.rest(limit)
		if err == nil && s.verifies(r.loose.dir, true) {
			err = r.loose.wrap(verify(r.loose.id, r.kind, data))
		}
		return data, err
	case r.entry.size > limit:
		return nil, at.pack.errorf(at.off, "%w", tooLarge(r.entry.size, limit))
	}
	data, err := inflate(at.pack.file, r.entry.body, at.pack.end, r.entry.size, nil)
	if err != nil {
		return nil, at.pack.errorf(at.off, "%w", err)
	}
	if data == nil {
		data = []byte{}
	}
	s.cache.put(at, r.kind, data)
	return data, nil
}
