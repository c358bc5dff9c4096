package secrets

import (
	"encoding/base64"
	"math/rand/v2"
	"testing"

	"github.com/refward/refward/analyzers/analyzerstest"
)

// In a large binary file a secret is found as it is and encoded, at its line; and nothing in one without.
func TestBinary(t *testing.T) {
	noise := make([]byte, 2*minBinary)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(noise)
	noise[0], noise[1] = 0, 'x'
	for i, b := range noise {
		if b == '\n' {
			noise[i] = 0
		}
	}
	a := analyzer(t, Defaults())
	for name, test := range map[string]struct {
		text string
		want int
	}{
		"nothing":      {"", 0},
		"as it is":     {"\n\x00token " + token() + " \x00", 1},
		"encoded":      {"\n\x00" + base64.StdEncoding.EncodeToString([]byte("token "+token()+" ")) + "\x00", 1},
		"encoded text": {"\n\x00" + base64.StdEncoding.EncodeToString([]byte("what is no token, but long enough")) + "\x00", 0},
	} {
		found := findings(t, a, analyzerstest.Change(analyzerstest.Commit("x\n", analyzerstest.Added("a.bin", string(noise)+test.text))))
		if len(found) != test.want || len(found) > 0 && found[0].Line != 2 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
