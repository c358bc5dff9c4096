package identity

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// A Keyring holds the GPG keys that may sign. The nil Keyring is empty.
type Keyring struct{ entities openpgp.EntityList }

// Len returns the number of keys.
func (k *Keyring) Len() int { return len(k.entities) }

const publicBlock = "-----BEGIN PGP PUBLIC KEY BLOCK-----"

// ParseKeyring reads armored public keys, one block or several, as "gpg --armor --export" writes them. What stands between blocks is not
// read. Revocations of a key are part of it: export it anew.
func ParseKeyring(name string, data []byte) (*Keyring, error) {
	if len(data) > maxKeyring {
		return nil, fmt.Errorf("%s: more than %d bytes", name, maxKeyring)
	}
	if bytes.Contains(data, []byte("-----BEGIN PGP PRIVATE KEY BLOCK-----")) {
		return nil, fmt.Errorf("%s: it holds a private key: export the public one", name)
	}
	var k Keyring
	blocks := bytes.Split(data, []byte(publicBlock))
	for i, block := range blocks[1:] {
		entities, err := openpgp.ReadArmoredKeyRing(io.MultiReader(strings.NewReader(publicBlock), bytes.NewReader(block)))
		if err != nil {
			return nil, fmt.Errorf("%s: block %d: %w", name, i+1, err)
		}
		k.entities = append(k.entities, entities...)
	}
	if len(k.entities) == 0 {
		return nil, fmt.Errorf("%s: no armored public key: gpg --armor --export writes them", name)
	}
	return &k, nil
}

// maxArmor bounds a signature; gpg's of RSA with 4096 bits has 0.9 kB.
const maxArmor = 64 << 10

const endPGP = "-----END PGP SIGNATURE-----"

func (k *Keyring) verify(payload, signature []byte, now time.Time) Verdict {
	sig, binary, err := readPGP(signature)
	if err != nil {
		return Verdict{Status: Malformed, Detail: err.Error()}
	}
	v := Verdict{Key: fmt.Sprintf("%016X", *sig.IssuerKeyId)}
	with := func(s Status, detail string) Verdict { v.Status, v.Detail = s, detail; return v }
	if k == nil || len(k.entities.KeysById(*sig.IssuerKeyId)) == 0 {
		return with(UnknownKey, "")
	}
	// The signer's clock may be ahead of ours: gpg takes a signature of the future, by a key that is not.
	at := now
	if sig.CreationTime.After(now) {
		at = sig.CreationTime
	}
	config := &packet.Config{Time: func() time.Time { return at }}
	entity, err := openpgp.CheckDetachedSignature(k.entities, bytes.NewReader(payload), bytes.NewReader(binary), config)
	if entity != nil {
		v.Key = fmt.Sprintf("%X", entity.PrimaryKey.Fingerprint)
	}
	switch {
	case err == nil && sig.Hash == crypto.SHA1:
		return with(Bad, "it is over SHA-1") // gpg takes it, but two texts with one SHA-1 can be made
	case err == nil && slices.ContainsFunc(k.entities.KeysById(*sig.IssuerKeyId), func(key openpgp.Key) bool { return key.PublicKey.CreationTime.After(now) }):
		return with(Expired, "the key is of the future")
	case err == nil:
		v.Principals = mails(entity, at)
		return with(Good, "")
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return with(KeyRevoked, "the key is revoked")
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return with(Expired, "the key has expired")
	case errors.Is(err, pgperrors.ErrSignatureExpired):
		return with(Expired, "the signature has expired")
	case errors.Is(err, pgperrors.ErrUnknownIssuer):
		return with(UnknownKey, "the key is not one that signs")
	}
	return with(Bad, "it is not over this text")
}

// readPGP returns the one signature that an armored text holds, and its bytes. More than one, or text around it, is refused: git takes several
// for none that can be checked.
func readPGP(text []byte) (*packet.Signature, []byte, error) {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	if len(text) > maxArmor {
		return nil, nil, fmt.Errorf("more than %d bytes", maxArmor)
	}
	if at := bytes.Index(text, []byte(endPGP)); at < 0 || len(bytes.TrimSpace(text[at+len(endPGP):])) > 0 {
		return nil, nil, errors.New("it is not one block of base64")
	}
	block, err := armor.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, nil, errors.New("its armor is damaged")
	}
	binary, err := io.ReadAll(block.Body)
	if err != nil {
		return nil, nil, errors.New("its armor is damaged")
	}
	packets := packet.NewReader(bytes.NewReader(binary))
	first, err := packets.Next()
	if err != nil {
		return nil, nil, errors.New("it holds no signature that can be read")
	}
	sig, ok := first.(*packet.Signature)
	if !ok || sig.IssuerKeyId == nil {
		return nil, nil, errors.New("it holds no signature that says who made it")
	}
	if _, err := packets.Next(); !errors.Is(err, io.EOF) {
		return nil, nil, errors.New("it holds more than one signature")
	}
	return sig, binary, nil
}

// mails returns the mails of a key's identities that it still has, sorted.
func mails(entity *openpgp.Entity, now time.Time) []string {
	var list []string
	for _, id := range entity.Identities {
		// A pattern's signs in a user's own words would match others' mails.
		if id.UserId == nil || id.SelfSignature == nil || id.Revoked(now) || id.UserId.Email == "" || strings.ContainsAny(id.UserId.Email, "*?!,") {
			continue
		}
		list = append(list, id.UserId.Email)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
