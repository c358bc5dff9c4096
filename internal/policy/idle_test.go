package policy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/internal/policy"
)

// TestIdle: a gate that asks for signed approvals where nobody's key is known lets everything in, and is said to.
func TestIdle(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"approvals without keys", "gates: {review/unattested: block}", "gates.review/unattested: nothing is found without identity.allowed_signers"},
		{"with keys", "gates: {review/unattested: block}\nidentity: {allowed_signers: /etc/refward/signers}", ""},
		{"trailers need none", "gates: {review/unapproved: block, review/statement: block}", ""},
		{"skipped", "gates: {review: skip, identity: skip}", ""},
		{"mergers without people", "gates: {review/merger: block}\nidentity: {keyring: /etc/refward/keyring}", "gates.review/merger: nothing is found without identity.people"},
		{"of a class", "classes: {security: {identity/signature: block, identity/unsigned: block}}", "(and 1 more gates)"},
		{"other checks", "gates: {dor: block}", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "policy.yaml")
			if err := os.WriteFile(path, []byte("version: 1\n"+tt.file+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := policy.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(p.Idle(), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
