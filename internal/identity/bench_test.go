//go:build unix

package identity_test

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/objectsig"
)

// BenchmarkVerify verifies one signed commit, here and by git verify-commit, and gives the processor's time beside the wall's, since a machine may
// have other work: cpu-µs/op is of this process and its children, per-cpu-s how many that makes in a second of one core. The bare
// primitive is what no program can be below.
func BenchmarkVerify(b *testing.B) {
	now := time.Now()
	w := newWorld(b, "sha1")
	if hasGPG() {
		for _, kind := range []string{"ed25519", "rsa3072"} {
			w.run("", "gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key", kind+"@example.com", kind, "sign", "never")
		}
	}
	var file strings.Builder
	keys := map[string][]string{"ssh-ed25519": {"-t", "ed25519"}, "ssh-ecdsa": {"-t", "ecdsa", "-b", "256"}, "ssh-rsa3072": {"-t", "rsa", "-b", "3072"}}
	for name, args := range keys {
		file.WriteString("ada@example.com " + w.key(name, args...) + "\n")
	}
	// A file as a company has it: it is read once, whatever its length.
	for range 1000 {
		file.WriteString("other@example.com " + someKey + "\n")
	}
	signers := w.write("allowed", file.String())
	v := &identity.Verifier{}
	var err error
	if v.Signers, err = identity.ParseSigners("allowed", []byte(file.String())); err != nil {
		b.Fatal(err)
	}
	names := []string{"ssh-ed25519", "ssh-ecdsa", "ssh-rsa3072"}
	if hasGPG() {
		if v.Keyring, err = identity.ParseKeyring("keyring", []byte(w.run("", "gpg", "--armor", "--export"))); err != nil {
			b.Fatal(err)
		}
		names = append(names, "gpg:ed25519@example.com", "gpg:rsa3072@example.com")
	}
	b.Run("primitive/ed25519", func(b *testing.B) {
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			b.Fatal(err)
		}
		text := bytes.Repeat([]byte("x"), 128)
		signature := ed25519.Sign(private, text)
		measured(b, func() { ed25519.Verify(public, text, signature) })
	})
	for _, name := range names {
		id := w.commit(name, now.Format(time.RFC3339))
		raw := w.raw(objectsig.Commit, id)
		check := func(b *testing.B) {
			if verdict := v.Verify(objectsig.Commit, raw, false, now.Add(time.Minute)); verdict.Status != identity.Good {
				b.Fatalf("%+v", verdict)
			}
		}
		b.Run("here/"+name, func(b *testing.B) { measured(b, func() { check(b) }) })
		b.Run("at-once/"+name, func(b *testing.B) {
			before := processorTime(b)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					check(b)
				}
			})
			report(b, before)
		})
		b.Run("git/"+name, func(b *testing.B) {
			measured(b, func() { w.run("", "git", "-c", "gpg.ssh.allowedSignersFile="+signers, "verify-commit", id) })
		})
	}
}

func measured(b *testing.B, f func()) {
	before := processorTime(b)
	for b.Loop() {
		f()
	}
	report(b, before)
}

func report(b *testing.B, before time.Duration) {
	each := (processorTime(b) - before).Seconds() / float64(b.N)
	b.ReportMetric(each*1e6, "cpu-µs/op")
	b.ReportMetric(1/each, "per-cpu-s")
}

// processorTime is what this process and its children have used up.
func processorTime(b *testing.B) time.Duration {
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var used syscall.Rusage
		if err := syscall.Getrusage(who, &used); err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(used.Utime.Nano() + used.Stime.Nano())
	}
	return sum
}
