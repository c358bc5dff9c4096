package checksum

import "strings"

// age judges identities of age: Bech32 in upper case, with age-secret-key- as its human-readable part (C2SP, age.md, "The
// X25519 recipient type"). age refuses one whose checksum is wrong.
func age(secret string) string {
	const (
		readable = "age-secret-key-"
		length   = 58 // 32 bytes in digits of 5 bits, and 6 digits of checksum
	)
	data, ok := strings.CutPrefix(secret, strings.ToUpper(readable)+"1")
	if !ok || len(data) != length || data != strings.ToUpper(data) {
		return Unknown
	}
	data = strings.ToLower(data)
	if strings.Trim(data, bech32Digits) != "" {
		return Unknown
	}
	return verdict(bech32(readable, data))
}

const bech32Digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// bech32 reports whether the checksum at the end of data is right (BIP-173). Both parts are in lower case, and data has
// bech32Digits only.
func bech32(readable, data string) bool {
	sum := uint32(1)
	for i := range len(readable) {
		sum = bech32Step(sum, uint32(readable[i])>>5)
	}
	sum = bech32Step(sum, 0)
	for i := range len(readable) {
		sum = bech32Step(sum, uint32(readable[i])&31)
	}
	for i := range len(data) {
		sum = bech32Step(sum, uint32(strings.IndexByte(bech32Digits, data[i]))) // #nosec G115 -- checked to be one of 32 digits
	}
	return sum == 1
}

// bech32Step takes one value of 5 bits into a checksum: a BCH code whose generator BIP-173 gives ("Checksum").
func bech32Step(sum, value uint32) uint32 {
	top := sum >> 25
	sum = sum&0x1ffffff<<5 ^ value
	for i, generator := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 == 1 {
			sum ^= generator
		}
	}
	return sum
}
