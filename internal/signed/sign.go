package signed

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// A Signer signs with a private key.
type Signer struct{ signer ssh.Signer }

// LoadSigner reads a private key without a passphrase from a file of OpenSSH's: whoever signs by a timer has nobody to ask.
func LoadSigner(path string) (*Signer, error) {
	data, err := readFile(path, maxPrivate)
	if err != nil {
		return nil, fmt.Errorf("read the private key: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(data)
	var missing *ssh.PassphraseMissingError
	if errors.As(err, &missing) {
		return nil, fmt.Errorf("read the private key %s: it has a passphrase; make one for this purpose without: ssh-keygen -t ed25519 -N '' -f KEY", path)
	}
	if err != nil { // whose text may hold parts of the file
		return nil, fmt.Errorf("read the private key %s: not a private key that OpenSSH writes", path)
	}
	s := &Signer{signer}
	if _, err := parseKey(s.Public().String()); err != nil {
		return nil, fmt.Errorf("read the private key %s: %w", path, err)
	}
	return s, nil
}

// Public returns the key that verifies what s signs.
func (s *Signer) Public() Key { return Key{public: s.signer.PublicKey()} }

// Sign returns the armored signature of data for a namespace.
func (s *Signer) Sign(namespace string, data []byte) ([]byte, error) {
	// ssh-keygen takes SHA-512 unless told otherwise; SHA-256 is as good here, and three times as fast where the processor has it built in.
	sig, err := sshsig.Sign(bytes.NewReader(data), s.signer, sshsig.HashSHA256, namespace)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return sshsig.Armor(sig), nil
}
