package policy

import (
	"strings"
	"testing"

	"github.com/refward/refward/internal/identity"
)

// Who may sign and push is the administrator's to say.
func TestIdentity(t *testing.T) {
	p := parse(t, "identity: {host: http, allowed_signers: /a, revoked: /r, keyring: /k, people: /p, trust_os: true}")
	if p.Identity != (identity.Config{Host: "http", Signers: "/a", Revoked: "/r", Keyring: "/k", People: "/p", TrustOS: true}) {
		t.Errorf("%+v", p.Identity)
	}
	again, err := Parse("again", p.Canonical())
	if err != nil || again.Digest() != p.Digest() || again.Identity != p.Identity {
		t.Errorf("the canonical form is another policy: %v\n%s", err, p.Canonical())
	}
	if q := parse(t, ""); q.Digest() == p.Digest() || q.Identity.AsksSignatures() || q.Identity.AsksPusher() {
		t.Error("who may sign does not count in the digest, or is asked for without being told")
	}
	over, err := Overlay(p, ".refward.yaml", []byte("identity: {host: auto, allowed_signers: /tmp/mine, trust_os: false}\n"))
	if err != nil || over.Identity != p.Identity {
		t.Errorf("a repository names its signers: %+v, %v", over, err)
	}
	for bad, want := range map[string]string{
		"identity: {allowed_signers: keys}": "f:1:12: identity.allowed_signers: want an absolute path",
		"identity: {revoked: /r}":           "identity.revoked: name in identity.allowed_signers",
		"identity: {host: gerrit}":          "identity.host: \"gerrit\" is none of auto, github",
		"identity: {optional: true}":        `unknown key "optional"`,
		"identity: /etc/people":             "want a mapping",
	} {
		if _, err := Parse("f", []byte(bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", bad, err, want)
		}
	}
}
