package identity_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"golang.org/x/crypto/ssh"

	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/objectsig"
)

// FuzzVerify: of everything that an object can be made into, what is good says what its signer has signed, by the key that may.
func FuzzVerify(f *testing.F) {
	w := newWorld(f, "sha1")
	line := "ada@example.com " + w.key("ada") + "\n"
	begin := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	config := &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return begin }}
	pgp, err := openpgp.NewEntity("Ada", "", "ada@example.com", config)
	if err != nil {
		f.Fatal(err)
	}
	var ring, byPGP bytes.Buffer
	out, err := armor.Encode(&ring, openpgp.PublicKeyType, nil)
	if err == nil {
		err = pgp.Serialize(out)
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		f.Fatal(err)
	}
	const text = "object 1\ntagger Ada <ada@example.com> 1714979289 +0000\n\nm\n"
	if err := openpgp.ArmoredDetachSign(&byPGP, pgp, strings.NewReader(text), config); err != nil {
		f.Fatal(err)
	}
	v := &identity.Verifier{}
	if v.Signers, err = identity.ParseSigners("allowed", []byte(line)); err != nil {
		f.Fatal(err)
	}
	if v.Keyring, err = identity.ParseKeyring("keyring", ring.Bytes()); err != nil {
		f.Fatal(err)
	}
	commit, tag := w.raw(objectsig.Commit, w.commit("ada", may)), w.raw(objectsig.Tag, w.tag("ada", may))
	signed := map[string]bool{text: true}
	for kind, raw := range map[objectsig.Kind][]byte{objectsig.Commit: commit, objectsig.Tag: tag, "": []byte(text + byPGP.String() + "\n")} {
		if kind == "" {
			kind = objectsig.Tag
		}
		payload, _ := objectsig.Split(kind, raw, false)
		signed[string(payload)] = true
		if verdict := v.Verify(kind, raw, false, begin.Add(time.Hour)); verdict.Status != identity.Good {
			f.Fatalf("%+v: nothing here is good", verdict)
		}
		f.Add(raw, kind == objectsig.Commit)
	}
	f.Fuzz(func(t *testing.T, raw []byte, isCommit bool) {
		kind := objectsig.Tag
		if isCommit {
			kind = objectsig.Commit
		}
		verdict := v.Verify(kind, raw, false, begin.Add(time.Hour))
		payload, _ := objectsig.Split(kind, raw, false)
		if verdict.Status == identity.Good && !signed[string(payload)] {
			t.Fatalf("%q is good: %+v", payload, verdict)
		}
		if verdict.Status != identity.Good && verdict.Owns("ada@example.com") {
			t.Fatalf("%+v has an owner", verdict)
		}
	})
}

// FuzzRevoked: each key of a list that is read is revoked, whatever else is on it.
func FuzzRevoked(f *testing.F) {
	f.Add([]byte("# gone\n" + someKey + "\n"))
	f.Add([]byte("SSHKRL\n\x00\x00\x00\x00\x01" + strings.Repeat("\x00", 32) + "\x01\x00\x00\x00\x15" + strings.Repeat("\x00", 8) + "\x20\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x05"))
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(someKey))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		revoked, err := identity.ParseRevoked("f", data)
		if err != nil {
			return
		}
		if bytes.HasPrefix(data, []byte("SSHKRL\n\x00")) {
			// A key more, in a section of its own, takes nothing away.
			blob := key.Marshal()
			section := binary.BigEndian.AppendUint32([]byte{2}, uint32(len(blob)+4))
			section = append(binary.BigEndian.AppendUint32(section, uint32(len(blob))), blob...)
			if more, err := identity.ParseRevoked("f", append(bytes.Clone(data), section...)); err != nil || !more.Has(key) {
				t.Fatalf("%q and a key: %v", data, err)
			}
			return
		}
		more, err := identity.ParseRevoked("f", append(bytes.Clone(data), "\n"+someKey+"\n"...))
		if err != nil || !more.Has(key) {
			t.Fatalf("%q and a key: %v", data, err)
		}
		if !bytes.Contains(data, []byte("AAAA")) && revoked.Has(key) {
			t.Fatalf("%q revokes a key", data)
		}
	})
}

// FuzzKeyring: a keyring that is read has a key, and none of a private block.
func FuzzKeyring(f *testing.F) {
	e, err := openpgp.NewEntity("Ada", "", "ada@example.com", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err == nil {
		err = e.Serialize(w)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(append(bytes.Clone(b.Bytes()), "\ntext\n"+b.String()...))
	f.Fuzz(func(t *testing.T, data []byte) {
		ring, err := identity.ParseKeyring("f", data)
		if err != nil {
			return
		}
		if ring.Len() == 0 || bytes.Contains(data, []byte("PRIVATE KEY BLOCK-----")) && bytes.Contains(data, []byte("-----BEGIN PGP PRIVATE")) {
			t.Fatalf("%d keys of %q", ring.Len(), data)
		}
		if v := (&identity.Verifier{Keyring: ring}).Verify(objectsig.Tag, []byte("object 1\n\nm\n"), false, time.Unix(1714979289, 0)); v.Status != identity.Unsigned {
			t.Fatalf("%+v", v)
		}
	})
}
