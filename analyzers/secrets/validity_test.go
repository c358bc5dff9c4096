package secrets

import (
	"testing"

	"github.com/refward/refward/analyzers"
)

func TestValidity(t *testing.T) {
	good := token()
	broken := good[:len(good)-1] + other(good[len(good)-1])
	for _, tt := range []struct {
		name, before, secret, after string
		encoded                     bool
		want                        string
	}{
		{"right", "token=", good, "\n", false, analyzers.ValidityValid},
		{"wrong", "token=", broken, "\n", false, analyzers.ValidityInvalid},
		{"perhaps longer", "token=", broken, "x\n", false, analyzers.ValidityUnknown},
		{"right, encoded", "token=", good, "\n", true, analyzers.ValidityValid},
		{"wrong, encoded", "token=", broken, "\n", true, analyzers.ValidityUnknown},
	} {
		at := span{len(tt.before), len(tt.before) + len(tt.secret)}
		if got := validity("github-pat", tt.secret, tt.before+tt.secret+tt.after, at, tt.encoded); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := validity("generic-api-key", good, good, span{0, len(good)}, false); got != analyzers.ValidityUnknown {
		t.Errorf("of another rule: %s", got)
	}
}

func other(c byte) string {
	if c == 'x' {
		return "y"
	}
	return "x"
}
