package odb

import (
	"encoding/hex"
	"fmt"
)

// An ID is the SHA-1 name of an object.
type ID [20]byte

// ParseID reads the 40 hexadecimal digits of an id. The 64 digits of a SHA-256 id are [ErrUnsupported].
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) == 64 {
		return id, fmt.Errorf("odb: SHA-256 id %s: %w", s, ErrUnsupported)
	}
	if len(s) != 2*len(id) {
		return id, fmt.Errorf("odb: %.80q is not an object id", s)
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return ID{}, fmt.Errorf("odb: %q is not an object id", s)
	}
	return id, nil
}

// String returns the id in hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// A Kind is the type of an object; the numbers are those of a pack (gitformat-pack(5), "Object types").
type Kind uint8

const (
	Commit Kind = 1
	Tree   Kind = 2
	Blob   Kind = 3
	Tag    Kind = 4
)

// What a pack has besides objects.
const (
	offsetDelta Kind = 6 // against the entry that lies so many bytes before
	nameDelta   Kind = 7 // against the object of a name
)

// String returns git's word for the kind.
func (k Kind) String() string {
	switch k {
	case Commit:
		return "commit"
	case Tree:
		return "tree"
	case Blob:
		return "blob"
	case Tag:
		return "tag"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}
