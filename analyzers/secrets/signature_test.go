package secrets_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/secrets"
)

// unlucky returns an SSH key that looks like a token of Square in whatever it signs: its last bytes and the length that follows make "/EAAA".
func unlucky(t *testing.T) ssh.Signer {
	t.Helper()
	random := rand.NewChaCha8([32]byte{1})
	for range 200_000 {
		_, key, err := ed25519.GenerateKey(random)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := ssh.NewSignerFromKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if armor := base64.StdEncoding.EncodeToString((sshsig.Signature{PublicKey: signer.PublicKey(), Namespace: "git", HashAlgorithm: "sha512", Signature: &ssh.Signature{}}).Marshal()); strings.Contains(armor, "/EAAA") {
			return signer
		}
	}
	t.Fatal("all keys are lucky")
	return nil
}

// signedCommit returns a push of one signed commit; edit changes the signature, beside is another header.
func signedCommit(t *testing.T, signer ssh.Signer, edit func(armor string) string, beside string) *analyzers.Change {
	t.Helper()
	const who = "A <a@example.com> 1700000000 +0000"
	head, message := "tree "+analyzerstest.ID("tree")+"\nauthor "+who+"\ncommitter "+who+"\n", "docs: say\n"
	sig, err := sshsig.Sign(strings.NewReader(head+"\n"+message), signer, sshsig.HashSHA512, "git")
	if err != nil {
		t.Fatal(err)
	}
	armor := strings.TrimSuffix(string(sshsig.Armor(sig)), "\n")
	if edit != nil {
		armor = edit(armor)
	}
	raw := fmt.Sprintf("%sgpgsig %s\n%s\n%s", head, strings.ReplaceAll(armor, "\n", "\n "), beside, message)
	c := analyzerstest.Change()
	c.Kind = analyzers.KindPush
	c.Commits = []*analyzers.Commit{{ID: analyzerstest.ID("c"), Raw: []byte(raw), Message: message}}
	return c
}

// TestSignatureIsNoToken: what a signature looks like says nothing, where it is one.
func TestSignatureIsNoToken(t *testing.T) {
	t.Parallel()
	signer := unlucky(t)
	a, err := secrets.New(secrets.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	token := "ghp_" + "x7Rq2LmN9vKpT4sWbY1zCd8EfGh3JkUo5AiZ"
	for _, tt := range []struct {
		name   string
		edit   func(string) string
		beside string
		found  bool
	}{
		{"as it was made", nil, "", false},
		{"of something else", func(armor string) string { // nobody has made it, so that anything may stand there
			block := []byte(armor)
			at := bytes.LastIndex(block, []byte("\n-----END")) - 8
			if block[at] == 'A' {
				block[at] = 'B'
			} else {
				block[at] = 'A'
			}
			return string(block)
		}, "", true},
		{"with a text behind it", func(armor string) string { return armor + "\n" + token }, "", true},
		{"with a text before it", func(armor string) string { return token + "\n" + armor }, "", true},
		{"with a header within", func(armor string) string {
			return strings.Replace(armor, "-----\n", "-----\nComment: "+token+"\n\n", 1)
		}, "", true},
		{"with another beside it", nil, "gpgsig-sha256 " + token + "\n", true},
		{"with another header", nil, "x " + token + "\n", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := signedCommit(t, signer, tt.edit, tt.beside)
			r, err := a.Run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if (len(r.Findings) > 0) != tt.found {
				t.Errorf("%d findings: %+v\n%s", len(r.Findings), r.Findings, c.Commits[0].Raw)
			}
		})
	}
}
