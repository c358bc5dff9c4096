package identity_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/objectsig"
)

// TestAgreesWithGitMore: what a signature can be wrong in besides of its key's line, for commits and tags.
func TestAgreesWithGitMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sha1")
	ada, ca, badCA := w.key("ada"), w.key("ca"), w.key("badca")
	w.key("nobodysca")
	for _, c := range [][]string{
		{"good", "ca", "-n", "ada@example.com"}, {"outdated", "badca", "-n", "ada@example.com"}, {"stranger", "nobodysca", "-n", "ada@example.com"},
		{"host", "ca", "-h", "-n", "ada@example.com"}, {"elsewhere", "ca", "-n", "ada@example.org"}, {"gone", "ca", "-n", "ada@example.com"}, {"open", "ca"},
	} {
		w.key(c[0])
		w.run("", "ssh-keygen", append([]string{"-q", "-s", c[1], "-I", c[0], "-V", "20240101:20240601"}, append(c[2:], c[0]+".pub")...)...)
	}
	allowed := "ada@example.com " + ada + "\n*@example.com cert-authority " + ca + "\n*@example.com cert-authority " + badCA + "\n"
	signers := w.write("allowed", allowed)
	gone, err := os.ReadFile(w.dir + "/gone.pub")
	if err != nil {
		t.Fatal(err)
	}
	list := string(gone) + badCA + "\n"
	revoked := w.write("revoked", list)
	forFiles := w.write("for-files", "#!/bin/sh\nshift 4\nexec ssh-keygen -Y sign -n file \"$@\"\n")
	if err := os.Chmod(forFiles, 0o700); err != nil {
		t.Fatal(err)
	}
	v := &identity.Verifier{}
	if v.Signers, err = identity.ParseSigners("allowed", []byte(allowed)); err != nil {
		t.Fatal(err)
	}
	if v.Revoked, err = identity.ParseRevoked("revoked", []byte(list)); err != nil {
		t.Fatal(err)
	}
	const end = "-----END SSH SIGNATURE-----\n"
	for _, c := range []struct {
		name, key, program string
		want               identity.Status
		edit               func(raw []byte) []byte
	}{
		{"made for files", "ada", forFiles, identity.WrongNamespace, nil},
		{"a certificate", "good-cert.pub", "", identity.Good, nil},
		{"of a revoked authority", "outdated-cert.pub", "", identity.KeyRevoked, nil},
		{"of a revoked key", "gone-cert.pub", "", identity.KeyRevoked, nil},
		{"of an unknown authority", "stranger-cert.pub", "", identity.UnknownKey, nil},
		{"of a host", "host-cert.pub", "", identity.UnknownKey, nil},
		{"of another's mail", "elsewhere-cert.pub", "", identity.UnknownKey, nil},
		{"of nobody", "open-cert.pub", "", identity.UnknownKey, nil},
		{"tampered message", "ada", "", identity.Bad, func(raw []byte) []byte {
			return bytes.Replace(bytes.Replace(raw, []byte("\nrelease"), []byte("\nReleasE"), 1), []byte("\nfix:"), []byte("\nFix:"), 1)
		}},
		{"tampered signature", "ada", "", identity.Bad, func(raw []byte) []byte {
			at := bytes.Index(raw, []byte(end[:20]))
			at -= 12
			raw[at] = 'A' + (raw[at]-'A'+1)%26
			return raw
		}},
	} {
		for _, kind := range []objectsig.Kind{objectsig.Commit, objectsig.Tag} {
			make := w.commit
			if kind == objectsig.Tag {
				make = w.tag
			}
			program := c.program
			if program == "" {
				program = "ssh-keygen"
			}
			w.run("", "git", "config", "gpg.ssh.program", program)
			id := make(c.key, may)
			w.run("", "git", "config", "gpg.ssh.program", "ssh-keygen")
			raw := w.raw(kind, id)
			if c.edit != nil {
				raw = c.edit(raw)
				if id2 := w.store(kind, raw); id2 == id {
					t.Fatalf("%s: nothing was changed", c.name)
				} else {
					id = id2
				}
			}
			verdict := v.Verify(kind, raw, false, time.Now())
			if verdict.Status != c.want && (c.name != "tampered signature" || verdict.Status != identity.Malformed) {
				t.Errorf("%s, %s: %+v, want %s", c.name, kind, verdict, c.want)
			}
			if good, _ := w.gitSays(kind, id, signers, revoked); good != (verdict.Status == identity.Good) {
				t.Errorf("%s, %s: git takes it: %v, here it is %s", c.name, kind, good, verdict.Status)
			}
		}
	}
}
