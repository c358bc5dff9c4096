package identity_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/objectsig"
)

// TestKRL: for keys and certificates of all sorts, a list says what "ssh-keygen -Q" says of it, and git with it.
func TestKRL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sha1")
	w.key("ca")
	w.key("ca2")
	w.key("ada")
	w.key("bob", "-t", "ecdsa", "-b", "256")
	w.key("rsa", "-t", "rsa", "-b", "2048")
	files := []string{"ada.pub", "bob.pub", "rsa.pub", "ca.pub"}
	certify := func(ca, name, serial, id string) {
		w.key(name)
		w.run("", "ssh-keygen", "-q", "-s", ca, "-I", id, "-z", serial, "-n", "ada@example.com", name+".pub")
		files = append(files, name+"-cert.pub", name+".pub")
	}
	for _, serial := range []int{0, 1, 2, 5, 6, 7, 8, 40, 63, 64, 1000, 1001, 1030} {
		certify("ca", "c"+strconv.Itoa(serial), strconv.Itoa(serial), "id-"+strconv.Itoa(serial))
	}
	certify("ca2", "other", "5", "id-5")
	hash := func(name string) string { return strings.Fields(w.run("", "ssh-keygen", "-l", "-f", name))[1] }
	for name, spec := range map[string]string{
		"empty":               "",
		"an explicit key":     "key: " + w.run("", "cat", "ada.pub"),
		"sha1":                "sha1: " + w.run("", "cat", "bob.pub"),
		"sha256":              "sha256: " + w.run("", "cat", "rsa.pub"),
		"a hash":              "hash: " + hash("rsa.pub"),
		"the authority":       "key: " + w.run("", "cat", "ca.pub"),
		"the authority, hash": "sha256: " + w.run("", "cat", "ca.pub"),
		"a certificate's key": "key: " + w.run("", "cat", "c7.pub"),
		"a serial":            "serial: 5",
		"serials":             "serial: 5\nserial: 1000\nserial: 1",
		"a range":             "serial: 5-63",
		"a bitmap":            "serial: 1\nserial: 2\nserial: 5\nserial: 7\nserial: 9\nserial: 40\nserial: 63",
		"far apart":           "serial: 2-6\nserial: 1000-1001\nserial: 18446744073709551615",
		"an id":               "id: id-5",
		"all of them":         "id: id-0\nserial: 8\nkey: " + w.run("", "cat", "ada.pub") + "\nsha1: " + w.run("", "cat", "c40.pub"),
	} {
		w.write("spec", spec+"\n")
		for _, ca := range []string{"ca.pub", ""} {
			args := []string{"-q", "-k", "-f", "krl"}
			if ca != "" {
				args = append(args, "-s", ca)
			} else if strings.Contains(spec, "serial") || strings.Contains(spec, "id:") {
				// ssh-keygen takes "none" for any authority.
				args = append(args, "-s", "none")
			}
			if out, err := w.try("", "ssh-keygen", append(args, "spec")...); err != nil {
				t.Errorf("%s: %v: %s", name, err, out)
				continue
			}
			data, err := os.ReadFile(filepath.Join(w.dir, "krl"))
			if err != nil {
				t.Fatal(err)
			}
			revoked, err := identity.ParseRevoked("krl", data)
			if err != nil {
				t.Errorf("%s, %s: %v", name, ca, err)
				continue
			}
			for _, file := range files {
				line, err := os.ReadFile(filepath.Join(w.dir, file))
				if err != nil {
					t.Fatal(err)
				}
				key, _, _, _, err := ssh.ParseAuthorizedKey(line)
				if err != nil {
					t.Fatal(err)
				}
				_, err = w.try("", "ssh-keygen", "-Q", "-f", "krl", file)
				if got := revoked.Has(key); got != (err != nil) {
					t.Errorf("%s, authority %q, %s: revoked %v; ssh-keygen: %v", name, ca, file, got, err)
				}
			}
		}
	}
	// git asks the same list.
	line := "ada@example.com " + w.run("", "cat", "ada.pub") + "\n"
	signers, id := w.write("allowed", line), w.commit("ada", may)
	w.write("spec", "key: "+w.run("", "cat", "ada.pub")+"\n")
	w.run("", "ssh-keygen", "-q", "-k", "-f", "krl", "spec")
	data, err := os.ReadFile(filepath.Join(w.dir, "krl"))
	v := &identity.Verifier{}
	if err == nil {
		v.Signers, err = identity.ParseSigners("allowed", []byte(line))
	}
	if err == nil {
		v.Revoked, err = identity.ParseRevoked("krl", data)
	}
	if err != nil {
		t.Fatal(err)
	}
	if verdict := v.Verify(objectsig.Commit, w.raw(objectsig.Commit, id), false, time.Now()); verdict.Status != identity.KeyRevoked {
		t.Errorf("%+v", verdict)
	}
	if good, _ := w.gitSays(objectsig.Commit, id, signers, filepath.Join(w.dir, "krl")); good {
		t.Error("git takes it")
	}
	for cut := range len(data) {
		if r, err := identity.ParseRevoked("krl", data[:cut]); err == nil && cut >= 8 && cut != 44+len(comment(data)) {
			t.Errorf("%d of %d bytes are read: %+v", cut, len(data), r)
		}
	}
	for what, section := range map[string]string{
		"section of type 4": "\x04\x00\x00\x00\x00", "section of type 9": "\x09\x00\x00\x00\x00", "has 1 bytes": "\x05\x00\x00\x00\x05\x00\x00\x00\x01a",
		"critical extension": "\xff\x00\x00\x00\x0a\x00\x00\x00\x01a\x01\x00\x00\x00\x00", "key that cannot": "\x02\x00\x00\x00\x05\x00\x00\x00\x01a",
	} {
		if _, err := identity.ParseRevoked("krl", append(bytes.Clone(data), section...)); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := identity.ParseRevoked("krl", append(bytes.Clone(data), "\xff\x00\x00\x00\x0a\x00\x00\x00\x01a\x00\x00\x00\x00\x00"...)); err != nil {
		t.Errorf("an extension that may be passed over: %v", err)
	}
}

// comment is that of a list, which begins at byte 40, behind an empty reserved string.
func comment(list []byte) []byte { return list[44 : 44+binary.BigEndian.Uint32(list[40:])] }
