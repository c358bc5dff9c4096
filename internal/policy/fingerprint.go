package policy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Fingerprint identifies a finding across runs: 32 hexadecimal digits of an HMAC-SHA256 over the analyzer, the rule, the
// path and k, the finding's own Key. No commit is in it, so that it survives a rebase. Each field is preceded by its
// length, so that no two sets of fields give the same bytes.
//
// Developers hold the key: it keeps organisations' fingerprints apart, it does not stop the guessing of a weak password.
func Fingerprint(key, analyzer, rule, path, k string) string {
	mac := hmac.New(sha256.New, []byte(key))
	for _, field := range []string{analyzer, rule, path, k} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(field)))
		mac.Write(length[:])
		mac.Write([]byte(field))
	}
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
