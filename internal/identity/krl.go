package identity

import (
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/crypto/ssh"
)

// krlMagic begins a key revocation list in OpenSSH's binary form (PROTOCOL.krl, "Overall format").
const krlMagic = "SSHKRL\n\x00"

// The sections of a list and of its certificates (PROTOCOL.krl).
const (
	krlCertificates = 1
	krlKeys         = 2
	krlSHA1         = 3
	krlSHA256       = 5
	krlExtension    = 255

	krlSerials       = 0x20
	krlSerialRange   = 0x21
	krlSerialBitmap  = 0x22
	krlKeyIDs        = 0x23
	krlCertExtension = 0x39
)

// revokedCerts are certificates of one authority that do not count any more.
type revokedCerts struct {
	authority string // the key's bytes; "" = any
	serials   map[uint64]bool
	ranges    [][2]uint64 // both ends are in it
	bitmaps   []serialBitmap
	ids       map[string]bool
}

type serialBitmap struct {
	offset uint64
	bits   *big.Int
}

// has reports whether a certificate is one of them. A serial of 0 is that of an authority that counts none, and revokes nothing.
func (c revokedCerts) has(serial uint64, id string) bool {
	if c.ids[id] {
		return true
	}
	if serial == 0 {
		return false
	}
	if c.serials[serial] {
		return true
	}
	for _, r := range c.ranges {
		if r[0] <= serial && serial <= r[1] {
			return true
		}
	}
	for _, b := range c.bitmaps {
		if serial >= b.offset && serial-b.offset < uint64(b.bits.BitLen()) && b.bits.Bit(int(serial-b.offset)) == 1 { // #nosec G115 -- BitLen is an int
			return true
		}
	}
	return false
}

// readKRL reads a list behind its magic. What it does not understand is an error: it may be what revokes a key. So is a signature, which
// would have to be by a key that nobody has named; the file's place is what it is trusted for.
func (r *Revoked) readKRL(data []byte) error {
	var begin struct {
		Format    uint32
		Version   uint64
		Generated uint64
		Flags     uint64
		Reserved  []byte
		Comment   []byte
		Rest      []byte `ssh:"rest"`
	}
	if err := ssh.Unmarshal(data, &begin); err != nil {
		return errors.New("its beginning is cut off")
	}
	if begin.Format != 1 {
		return fmt.Errorf("it is of version %d, want 1", begin.Format)
	}
	return eachSection(begin.Rest, func(kind uint8, data []byte) error {
		switch kind {
		case krlCertificates:
			return r.readCertificates(data)
		case krlKeys:
			return eachString(data, func(key []byte) error {
				public, err := ssh.ParsePublicKey(key)
				if err != nil {
					return errors.New("it holds a key that cannot be read")
				}
				r.keys[string(plainKey(public).Marshal())] = true
				return nil
			})
		case krlSHA1:
			return readHashes(data, 20, r.sha1)
		case krlSHA256:
			return readHashes(data, 32, r.sha256)
		case krlExtension:
			return readExtension(data)
		}
		return fmt.Errorf("it has a section of type %d, which is not read", kind)
	})
}

func (r *Revoked) readCertificates(data []byte) error {
	var begin struct {
		Authority []byte
		Reserved  []byte
		Rest      []byte `ssh:"rest"`
	}
	if err := ssh.Unmarshal(data, &begin); err != nil {
		return errors.New("its certificates are cut off")
	}
	c := revokedCerts{serials: map[uint64]bool{}, ids: map[string]bool{}}
	if len(begin.Authority) > 0 {
		key, err := ssh.ParsePublicKey(begin.Authority)
		if err != nil {
			return errors.New("it names an authority that cannot be read")
		}
		c.authority = string(key.Marshal())
	}
	err := eachSection(begin.Rest, c.read)
	r.certs = append(r.certs, c)
	return err
}

func (c *revokedCerts) read(kind uint8, data []byte) error {
	switch kind {
	case krlSerials:
		for len(data) > 0 {
			var one struct {
				Serial uint64
				Rest   []byte `ssh:"rest"`
			}
			if err := ssh.Unmarshal(data, &one); err != nil || one.Serial == 0 {
				return errors.New("a serial is cut off, or 0")
			}
			c.serials[one.Serial], data = true, one.Rest
		}
	case krlSerialRange:
		var ends struct{ First, Last uint64 }
		if err := ssh.Unmarshal(data, &ends); err != nil || ends.First == 0 || ends.First > ends.Last {
			return errors.New("a range of serials is none")
		}
		c.ranges = append(c.ranges, [2]uint64{ends.First, ends.Last})
	case krlSerialBitmap:
		var b struct {
			Offset uint64
			Bits   *big.Int
		}
		if err := ssh.Unmarshal(data, &b); err != nil || b.Bits.Sign() < 0 {
			return errors.New("a bitmap of serials is none")
		}
		c.bitmaps = append(c.bitmaps, serialBitmap{b.Offset, b.Bits})
	case krlKeyIDs:
		return eachString(data, func(id []byte) error { c.ids[string(id)] = true; return nil })
	case krlCertExtension:
		return readExtension(data)
	default:
		return fmt.Errorf("its certificates have a section of type %#x, which is not read", kind)
	}
	return nil
}

// readExtension passes over what a list says may be passed over.
func readExtension(data []byte) error {
	var e struct {
		Name     string
		Critical bool
		Contents []byte
	}
	if err := ssh.Unmarshal(data, &e); err != nil {
		return errors.New("an extension is cut off")
	}
	if e.Critical {
		return fmt.Errorf("it has the critical extension %.60q, which is not read", e.Name)
	}
	return nil
}

func readHashes(data []byte, size int, to map[string]bool) error {
	return eachString(data, func(hash []byte) error {
		if len(hash) != size {
			return fmt.Errorf("a hash has %d bytes, want %d", len(hash), size)
		}
		to[string(hash)] = true
		return nil
	})
}

// eachSection calls f with each section: a byte that says of what kind it is, and a string.
func eachSection(data []byte, f func(kind uint8, data []byte) error) error {
	for len(data) > 0 {
		var s struct {
			Kind uint8
			Data []byte
			Rest []byte `ssh:"rest"`
		}
		if err := ssh.Unmarshal(data, &s); err != nil {
			return errors.New("a section is cut off")
		}
		if err := f(s.Kind, s.Data); err != nil {
			return err
		}
		data = s.Rest
	}
	return nil
}

// eachString calls f with each of several strings (RFC 4251, 5).
func eachString(data []byte, f func([]byte) error) error {
	for len(data) > 0 {
		var s struct {
			Text []byte
			Rest []byte `ssh:"rest"`
		}
		if err := ssh.Unmarshal(data, &s); err != nil {
			return errors.New("a string is cut off")
		}
		if err := f(s.Text); err != nil {
			return err
		}
		data = s.Rest
	}
	return nil
}
