package signed

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// The bounds of what is read.
const (
	MaxKeys      = 64 << 10 // bytes of a file of public keys
	MaxSignature = 16 << 10 // bytes of an armored signature; that of RSA with 16384 bits, the most that OpenSSH makes, has 6 kB
	maxPrivate   = 64 << 10 // bytes of a file with a private key
	maxList      = 1000     // keys in a list

	minRSA = 2048 // bits; what NIST SP 800-131A allows for signatures
)

// A Key is a public key that may sign.
type Key struct {
	public  ssh.PublicKey
	Comment string // what stands behind the key, for people; may be ""
}

// Fingerprint returns the key's fingerprint as ssh-keygen -l shows it: "SHA256:…".
func (k Key) Fingerprint() string { return ssh.FingerprintSHA256(k.public) }

// String returns the key as a line of authorized_keys; "" for the zero Key.
func (k Key) String() string {
	if k.public == nil {
		return ""
	}
	line := strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(k.public)), "\n")
	if k.Comment != "" {
		line += " " + k.Comment
	}
	return line
}

// Keys are the public keys of which any may sign.
type Keys []Key

// keyTypes are the types of key that are read: not DSA, which OpenSSH has given up, and no certificates, of which the signer and not the
// certificate's authority would be compared.
var keyTypes = []string{
	ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSA,
	ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256,
}

// ParseKeys reads public keys, one a line: type, base64, and maybe a comment. Empty lines and lines that begin with # say nothing.
// It is strict, since a line that is passed over is a key that does not count, or a limit that was meant to: options before the type
// are an error. name is for messages.
func ParseKeys(name string, data []byte) (Keys, error) {
	if len(data) > MaxKeys {
		return nil, fmt.Errorf("%s: more than %d bytes of keys", name, MaxKeys)
	}
	var keys Keys
	number := 0
	for line := range bytes.Lines(data) {
		number++
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		key, err := parseKey(string(line))
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, number, err)
		}
		if keys = append(keys, key); len(keys) > maxList {
			return nil, fmt.Errorf("%s: more than %d keys", name, maxList)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s: no key", name)
	}
	return keys, nil
}

func parseKey(line string) (Key, error) {
	typ, _, _ := strings.Cut(line, " ")
	if !slices.Contains(keyTypes, typ) {
		if strings.HasPrefix(line, "-----BEGIN") {
			return Key{}, errors.New("this is a private key or a certificate, not a public key: use the file that ends in .pub")
		}
		return Key{}, fmt.Errorf("a line begins with the type of a key, such as %s, and not with %.30q", ssh.KeyAlgoED25519, typ)
	}
	public, comment, _, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil || len(rest) > 0 {
		return Key{}, errors.New("the key is damaged: want its type, base64 and maybe a comment")
	}
	if c, ok := public.(ssh.CryptoPublicKey); ok {
		if k, ok := c.CryptoPublicKey().(*rsa.PublicKey); ok && k.N.BitLen() < minRSA {
			return Key{}, fmt.Errorf("an RSA key of %d bits, want at least %d", k.N.BitLen(), minRSA)
		}
	}
	return Key{public, comment}, nil
}

// LoadKeys reads the public keys in a file.
func LoadKeys(path string) (Keys, error) {
	data, err := readFile(path, MaxKeys)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	return ParseKeys(path, data)
}

// Inline reports whether text is a public key itself, and not the name of a file of keys.
func Inline(text string) bool {
	typ, _, ok := strings.Cut(strings.TrimSpace(text), " ")
	return ok && slices.Contains(keyTypes, typ)
}

// Collect reads the keys that each text gives: a line of authorized_keys, or the path of a file of such lines.
func Collect(texts []string) (Keys, error) {
	var all Keys
	for _, text := range texts {
		read := LoadKeys
		if Inline(text) {
			read = func(line string) (Keys, error) { return ParseKeys("key", []byte(line)) }
		}
		list, err := read(text)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	if len(all) == 0 {
		return nil, errors.New("no key is given")
	}
	return all, nil
}

// readFile reads a regular file of at most max bytes. It is asked before it is opened: a FIFO would hold a hook until somebody
// writes into it.
func readFile(path string, max int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, max+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > max {
		return nil, fmt.Errorf("%s: more than %d bytes", path, max)
	}
	return data, nil
}
