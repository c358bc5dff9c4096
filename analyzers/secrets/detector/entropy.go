package detector

import (
	"maps"
	"math"
	"slices"
)

// entropy returns Shannon's measure of a text, in bits for each of its bytes, as gitleaks counts them: by characters, over the number of
// bytes.
func entropy(s string) float64 {
	if s == "" {
		return 0
	}
	of := map[rune]int{}
	for _, r := range s {
		of[r]++
	}
	bits, one := 0.0, 1.0/float64(len(s))
	for _, n := range slices.Sorted(maps.Values(of)) { // the last bit of a sum depends on the order
		share := float64(n) * one
		bits -= share * math.Log2(share)
	}
	return bits
}
