package identity

import (
	"bytes"
	"crypto/sha1" // #nosec G505 -- a revocation list names keys by it; what is revoked by mistake is refused, not let in
	"crypto/sha256"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Revoked are keys and certificates that do not count any more, whatever else says so. The zero Revoked is none.
type Revoked struct {
	keys   map[string]bool // by the key's bytes
	sha1   map[string]bool // by the hash of the key's bytes
	sha256 map[string]bool
	certs  []revokedCerts
}

// ParseRevoked reads what git's gpg.ssh.revocationFile can name: public keys, one a line, as ssh-keygen(1) takes them for -r, or OpenSSH's binary
// key revocation list, as "ssh-keygen -k" writes it; name is for messages. An empty list is one.
func ParseRevoked(name string, data []byte) (Revoked, error) {
	r := Revoked{keys: map[string]bool{}, sha1: map[string]bool{}, sha256: map[string]bool{}}
	if len(data) > maxSigners {
		return Revoked{}, fmt.Errorf("%s: more than %d bytes", name, maxSigners)
	}
	if list, ok := bytes.CutPrefix(data, []byte(krlMagic)); ok {
		if err := r.readKRL(list); err != nil {
			return Revoked{}, fmt.Errorf("%s: key revocation list: %w", name, err)
		}
		return r, nil
	}
	number := 0
	for line := range bytes.Lines(data) {
		number++
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		public, _, _, rest, err := ssh.ParseAuthorizedKey([]byte(text))
		if err != nil || len(rest) > 0 {
			return Revoked{}, fmt.Errorf("%s:%d: want a public key", name, number)
		}
		r.keys[string(plainKey(public).Marshal())] = true
	}
	return r, nil
}

// plainKey returns the key that a certificate is for, or the key itself.
func plainKey(key ssh.PublicKey) ssh.PublicKey {
	if cert, ok := key.(*ssh.Certificate); ok {
		return cert.Key
	}
	return key
}

// Has reports whether a key, a certificate, or the authority that vouches for it, is revoked.
func (r Revoked) Has(key ssh.PublicKey) bool {
	cert, ok := key.(*ssh.Certificate)
	if ok && (r.hasKey(cert.SignatureKey.Marshal()) || r.hasCert(cert)) {
		return true
	}
	return r.hasKey(plainKey(key).Marshal())
}

func (r Revoked) hasKey(key []byte) bool {
	if r.keys[string(key)] {
		return true
	}
	if len(r.sha1) > 0 {
		sum := sha1.Sum(key) // #nosec G401 -- as above
		if r.sha1[string(sum[:])] {
			return true
		}
	}
	if len(r.sha256) == 0 {
		return false
	}
	sum := sha256.Sum256(key)
	return r.sha256[string(sum[:])]
}

func (r Revoked) hasCert(cert *ssh.Certificate) bool {
	authority := string(cert.SignatureKey.Marshal())
	for _, c := range r.certs {
		if (c.authority == "" || c.authority == authority) && c.has(cert.Serial, cert.KeyId) {
			return true
		}
	}
	return false
}
