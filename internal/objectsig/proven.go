package objectsig

import (
	"bytes"
	"encoding/pem"
	"slices"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// Proven reports whether a raw object has one SSH signature, and the key within has made it over the object, whoever's that key is. rest is then the object without
// the signature. What stands in such a signature is chance: nobody can choose it, but for the modulus of an RSA key, in parts. So nothing can stand around it either: it
// is one block of base64, in the form that ssh-keygen writes for git, with a plain key of ed25519, ECDSA or RSA.
func Proven(kind Kind, raw []byte, sha256 bool) (rest []byte, proven bool) {
	if kind == Commit && signatureHeaders(raw) != 1 || kind == Tag && signatureHeaders(raw) != 0 {
		return nil, false
	}
	payload, signature := Split(kind, raw, sha256)
	if FormatOf(signature) != BeginSSH {
		return nil, false
	}
	block, after := pem.Decode(signature)
	if block == nil || block.Type != sshsig.PEMType || len(block.Headers) > 0 || len(bytes.TrimSpace(after)) > 0 {
		return nil, false
	}
	sig, err := sshsig.ParseSignature(block.Bytes)
	if err != nil || sig.Namespace != "git" || !bytes.Equal(sig.Marshal(), block.Bytes) {
		return nil, false
	}
	if !slices.Contains([]string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSA}, sig.PublicKey.Type()) {
		return nil, false // certificates and keys of tokens have texts within
	}
	if sshsig.Verify(bytes.NewReader(payload), sig, sig.PublicKey, sig.HashAlgorithm, sig.Namespace) != nil {
		return nil, false
	}
	return payload, true
}

// signatureHeaders counts the headers that git takes for signatures, of any object format.
func signatureHeaders(raw []byte) int {
	n := 0
	for line := range bytes.Lines(raw) {
		if line[0] == '\n' {
			break
		}
		if bytes.HasPrefix(line, []byte(headerSHA1)) {
			n++
		}
	}
	return n
}
