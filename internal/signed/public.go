package signed

import (
	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// Public returns the key for other checks of signatures; nil for the zero Key.
func (k Key) Public() ssh.PublicKey { return k.public }

// Unarmor reads one armored signature with nothing around it; the error is an [ErrMalformed].
func Unarmor(text []byte) (*sshsig.Signature, error) { return unarmor(text) }

// Read reads a regular file of at most max bytes, whose name is an administrator's.
func Read(path string, max int64) ([]byte, error) { return readFile(path, max) }
