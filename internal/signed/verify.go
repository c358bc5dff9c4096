package signed

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// The namespaces (ssh-keygen(1), "-Y sign"): what was signed for one purpose does not count for another.
const (
	Policy  = "refward-policy"  // a policy file
	Tracker = "refward-tracker" // the snapshot of an issue tracker
)

// Suffix is what ssh-keygen adds to a file's name for that of its signature.
const Suffix = ".sig"

// Why a signature does not count.
var (
	ErrUnsigned   = errors.New("there is no signature")
	ErrMalformed  = errors.New("the signature is damaged")
	ErrUnknownKey = errors.New("signed with a key that may not sign it")
	ErrNamespace  = errors.New("signed for another purpose")
	ErrChanged    = errors.New("changed after it was signed")
)

// Verify returns the key of keys that has signed data for a namespace, or one of the errors above. signature is armored, as
// ssh-keygen writes it.
func (keys Keys) Verify(namespace string, data, signature []byte) (Key, error) {
	if len(bytes.TrimSpace(signature)) == 0 {
		return Key{}, ErrUnsigned
	}
	sig, err := unarmor(signature)
	if err != nil {
		return Key{}, err
	}
	key, known := Key{}, false
	for _, k := range keys {
		if bytes.Equal(k.public.Marshal(), sig.PublicKey.Marshal()) {
			key, known = k, true
			break
		}
	}
	if !known {
		return Key{}, fmt.Errorf("%w: %s", ErrUnknownKey, ssh.FingerprintSHA256(sig.PublicKey))
	}
	if sig.Namespace != namespace {
		return Key{}, fmt.Errorf("%w: %.60q, want %q", ErrNamespace, sig.Namespace, namespace)
	}
	// The public key is ours, not the one that the signature brings.
	if err := sshsig.Verify(bytes.NewReader(data), sig, key.public, sig.HashAlgorithm, namespace); err != nil {
		return Key{}, ErrChanged
	}
	return key, nil
}

// armorBegin is the first line of an armored signature.
const armorBegin = "-----BEGIN " + sshsig.PEMType + "-----\n"

// unarmor reads an armored signature with nothing around it: what else stood there would look signed.
func unarmor(text []byte) (*sshsig.Signature, error) {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	if len(text) > MaxSignature {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrMalformed, MaxSignature)
	}
	if !bytes.HasPrefix(text, []byte(armorBegin)) {
		return nil, fmt.Errorf("%w: it does not begin with %.60q", ErrMalformed, armorBegin[:len(armorBegin)-1])
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != sshsig.PEMType || len(block.Headers) > 0 || len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("%w: it is not one block of base64", ErrMalformed)
	}
	sig, err := sshsig.ParseSignature(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return sig, nil
}

// ReadFile returns what is in a file of at most max bytes, and the key that signed it; the signature is in the file of the same name
// and [Suffix].
func (keys Keys) ReadFile(namespace, path string, max int64) ([]byte, Key, error) {
	data, err := readFile(path, max)
	if err != nil {
		return nil, Key{}, err
	}
	signature, err := readFile(path+Suffix, MaxSignature)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Key{}, fmt.Errorf("%s: %w: %s is not there", path, ErrUnsigned, path+Suffix)
	}
	if err != nil {
		return nil, Key{}, err
	}
	key, err := keys.Verify(namespace, data, signature)
	if err != nil {
		return nil, Key{}, fmt.Errorf("%s: %w", path, err)
	}
	return data, key, nil
}

// Hint says what to type about an error of this package; "" when there is nothing to say.
func Hint(err error, namespace, path string) string {
	switch {
	case errors.Is(err, ErrUnsigned), errors.Is(err, ErrNamespace), errors.Is(err, ErrChanged), errors.Is(err, ErrMalformed):
		return fmt.Sprintf("sign it anew: ssh-keygen -Y sign -n %s -f KEY %s", namespace, path)
	case errors.Is(err, ErrUnknownKey):
		return "add the key to those that may sign, if you know whose it is"
	}
	return ""
}
