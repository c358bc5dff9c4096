package odb

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/pjbgf/sha1cd"
)

// Verify says which objects are hashed and held against their names when they are read whole, by [Store.Read] or to the end of
// [Store.Reader]. Hashing takes a tenth to two fifths of the processor time of a read (BenchmarkStore).
type Verify uint8

const (
	// VerifyNew hashes loose objects, and packed ones of the first directory: in a hook, all that a push brings. Packs elsewhere are
	// believed, as git itself believes them: what is read is what git will read.
	VerifyNew Verify = iota
	// VerifyAll hashes every object.
	VerifyAll
	// VerifyNone hashes nothing.
	VerifyNone
)

func (s *Store) verifies(d *dir, loose bool) bool {
	switch s.opts.Verify {
	case VerifyAll:
		return true
	case VerifyNew:
		return loose || d.rank == 0
	}
	return false
}

// newHash begins the hash of an object: type, size, zero byte, then the content. It is the SHA-1 that detects collision attacks, as
// git's is: there is no use in a second opinion that is easier to deceive than the first, and it costs less than half as much
// again as the standard library's (1.17 GB/s against 0.83 GB/s with SIMD).
func newHash(kind Kind, size int64) sha1cd.CollisionResistantHash {
	h := sha1cd.New().(sha1cd.CollisionResistantHash)
	h.Write(strconv.AppendInt(append([]byte(kind.String()), ' '), size, 10))
	h.Write([]byte{0})
	return h
}

func verify(id ID, kind Kind, data []byte) error {
	h := newHash(kind, int64(len(data)))
	h.Write(data)
	return compare(id, h)
}

func compare(id ID, h sha1cd.CollisionResistantHash) error {
	sum, attack := h.CollisionResistantSum(nil)
	if attack {
		return errors.New("the content is part of a collision attack on SHA-1")
	}
	if got := ID(sum); got != id {
		return fmt.Errorf("the content of %s hashes to %s: it is not what was stored under this name", id, got)
	}
	return nil
}
