package odb

import "sync"

// A place is where an entry of a pack begins.
type place struct {
	pack *pack
	off  int64
}

// A cache keeps the content of packed objects that others may be deltas against, the least recently used out first. It is
// safe for concurrent use; what it hands out is shared and never written.
type cache struct {
	mu      sync.Mutex
	limit   int64 // bytes
	size    int64
	entries map[place]*cached
	ring    cached         // sentinel: next is the newest, prev the oldest
	kinds   map[place]Kind // of entries deep in a chain of deltas
}

type cached struct {
	at         place
	kind       Kind
	data       []byte
	next, prev *cached
}

// cachedOverhead is about what an entry takes besides its data.
const cachedOverhead = 128

func newCache(limit int64) *cache {
	c := &cache{limit: limit, entries: map[place]*cached{}, kinds: map[place]Kind{}}
	c.ring.next, c.ring.prev = &c.ring, &c.ring
	return c
}

func (c *cache) get(at place) (Kind, []byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[at]
	if !ok {
		return 0, nil, false
	}
	if c.ring.next != e {
		e.unlink()
		c.push(e)
	}
	return e.kind, e.data, true
}

func (c *cache) put(at place, kind Kind, data []byte) {
	need := int64(cap(data)) + cachedOverhead
	if need > c.limit/4 { // one object must not drive out all others
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.entries[at]; ok {
		return
	}
	for c.size+need > c.limit {
		oldest := c.ring.prev
		oldest.unlink()
		delete(c.entries, oldest.at)
		c.size -= int64(cap(oldest.data)) + cachedOverhead
	}
	e := &cached{at: at, kind: kind, data: data}
	c.entries[at] = e
	c.push(e)
	c.size += need
}

func (c *cache) push(e *cached) {
	e.next, e.prev = c.ring.next, &c.ring
	e.next.prev, c.ring.next = e, e
}

func (e *cached) unlink() { e.prev.next, e.next.prev = e.next, e.prev }

// kind returns the remembered kind of an entry.
func (c *cache) kind(at place) (Kind, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.kinds[at]
	return k, ok
}

// kindStride is how many deltas apart kinds are remembered: finding the kind at the end of a chain of any depth then costs at most twice
// as many steps for each object, for one entry of memory in so many objects.
const kindStride = 64

// keepKinds remembers the kind of some entries of a long chain.
func (c *cache) keepKinds(chain []link, kind Kind) {
	if len(chain) <= 2*kindStride {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := 0; i < len(chain); i += kindStride {
		c.kinds[chain[i].at] = kind
	}
}

// drop forgets everything.
func (c *cache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.entries)
	clear(c.kinds)
	c.ring.next, c.ring.prev = &c.ring, &c.ring
	c.size = 0
}
