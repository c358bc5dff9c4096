package identity_test

import (
	"testing"
	"time"

	"github.com/refward/refward/internal/identity"
)

// BenchmarkVerify verifies one commit that is signed with ed25519: here, and by git verify-commit.
func BenchmarkVerify(b *testing.B) {
	w := newWorld(b, "sha1")
	line := "ada@example.com " + w.key("ada") + "\n"
	signers := w.write("allowed", line)
	id := w.commit("ada", may)
	raw := w.raw(identity.Commit, id)
	v := &identity.Verifier{}
	var err error
	if v.Signers, err = identity.ParseSigners("allowed", []byte(line)); err != nil {
		b.Fatal(err)
	}
	check := func(b *testing.B) {
		if verdict := v.Verify(identity.Commit, raw, false, time.Now()); verdict.Status != identity.Good {
			b.Fatalf("%+v", verdict)
		}
	}
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			check(b)
		}
	})
	b.Run("here, at once", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				check(b)
			}
		})
	})
	b.Run("git verify-commit", func(b *testing.B) {
		for b.Loop() {
			w.run("", "git", "-c", "gpg.ssh.allowedSignersFile="+signers, "verify-commit", id)
		}
	})
}
