package identity_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/objectsig"
)

// TestGPG needs no gpg: keys and signatures are made here.
func TestGPG(t *testing.T) {
	t.Parallel()
	begin := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	config := &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return begin }, KeyLifetimeSecs: 3600}
	key := func(mail string) *openpgp.Entity {
		e, err := openpgp.NewEntity("Ada", "", mail, config)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	ada, gone, other := key("ada@example.com"), key("gone@example.com"), key("other@example.com")
	const text = "tree 1\ncommitter Ada <ada@example.com> 1714979289 +0000\n"
	sign := func(e *openpgp.Entity) string {
		var b bytes.Buffer
		if err := openpgp.ArmoredDetachSign(&b, e, strings.NewReader(text+"\nmsg\n"), config); err != nil {
			t.Fatal(err)
		}
		return b.String() + "\n"
	}
	byGone := sign(gone)
	if err := gone.RevokeKey(packet.KeyCompromised, "", config); err != nil {
		t.Fatal(err)
	}
	var rings bytes.Buffer
	for _, e := range []*openpgp.Entity{ada, gone} {
		w, err := armor.Encode(&rings, openpgp.PublicKeyType, nil)
		if err == nil {
			err = e.Serialize(w)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		rings.WriteString("\n")
	}
	ring, err := identity.ParseKeyring("keyring", rings.Bytes())
	if err != nil || ring.Len() != 2 {
		t.Fatalf("%v, %v", ring, err)
	}
	commit := func(signature string) []byte {
		return []byte(text + "gpgsig " + strings.TrimSuffix(strings.ReplaceAll(signature, "\n", "\n "), " ") + "\nmsg\n")
	}
	good, minute := sign(ada), begin.Add(time.Minute)
	config.Time = func() time.Time { return begin.Add(2 * time.Minute) }
	later := sign(ada)
	for name, c := range map[string]struct {
		raw  []byte
		now  time.Time
		want identity.Status
	}{
		"good":           {commit(good), minute, identity.Good},
		"changed":        {bytes.Replace(commit(good), []byte("msg"), []byte("gsm"), 1), minute, identity.Bad},
		"another key":    {commit(sign(other)), minute, identity.UnknownKey},
		"revoked":        {commit(byGone), minute, identity.KeyRevoked},
		"expired by now": {commit(good), begin.Add(2 * time.Hour), identity.Expired},
		"ahead of us":    {commit(later), minute, identity.Good},
		"by a new key":   {commit(good), begin.Add(-time.Hour), identity.Expired},
		"two signatures": {commit(good + good), minute, identity.Malformed},
		"text behind":    {commit(good + "approved\n"), minute, identity.Malformed},
		"cut off":        {commit(good[:len(good)/2] + "\n"), minute, identity.Malformed},
		"empty armor":    {commit("-----BEGIN PGP SIGNATURE-----\n\n=AAAA\n-----END PGP SIGNATURE-----\n"), minute, identity.Malformed},
		"a key for one":  {commit(strings.ReplaceAll(strings.ReplaceAll(rings.String(), "PUBLIC KEY BLOCK", "SIGNATURE"), "\n\n", "\n\n")), minute, identity.Malformed},
		"of a message":   {commit(strings.ReplaceAll(good, "SIGNATURE", "MESSAGE")), minute, identity.Malformed},
		"of X.509":       {commit("-----BEGIN SIGNED MESSAGE-----\nabc\n-----END SIGNED MESSAGE-----\n"), minute, identity.NotExamined},
	} {
		v := (&identity.Verifier{Keyring: ring}).Verify(objectsig.Commit, c.raw, false, c.now)
		if v.Status != c.want || v.Owns("ada@example.com") != (c.want == identity.Good) || v.Owns("gone@example.com") {
			t.Errorf("%s: %+v, want %s", name, v, c.want)
		}
	}
	// One keyring answers for several at once.
	shared := &identity.Verifier{Keyring: ring}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if v := shared.Verify(objectsig.Commit, commit(good), false, minute); v.Status != identity.Good {
				t.Errorf("at once: %+v", v)
			}
		})
	}
	wg.Wait()
	if v := (&identity.Verifier{}).Verify(objectsig.Commit, commit(good), false, minute); v.Status != identity.UnknownKey {
		t.Errorf("without a keyring: %+v", v)
	}
	for text, want := range map[string]string{"": "no armored public key", "-----BEGIN PGP PRIVATE KEY BLOCK-----": "private key", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc": "block 1"} {
		if _, err := identity.ParseKeyring("k", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
