package activity

import "crypto/sha256"

func sealed(body []byte) []byte {
	data := append([]byte(magic), body...)
	sum := sha256.Sum256(data)
	return append(data, sum[:]...)
}
