package signed_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/internal/signed"
)

// keygen runs ssh-keygen in dir.
func keygen(t testing.TB, dir, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("ssh-keygen", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("ssh-keygen %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// newKey makes a pair of keys in dir and returns the public one.
func newKey(t testing.TB, dir, name string, args ...string) signed.Keys {
	t.Helper()
	keygen(t, dir, "", append([]string{"-q", "-N", "", "-C", "made for a test", "-f", name}, args...)...)
	keys, err := signed.LoadKeys(filepath.Join(dir, name+".pub"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

var kinds = map[string][]string{
	"ed25519": {"-t", "ed25519"}, "ecdsa256": {"-t", "ecdsa", "-b", "256"}, "ecdsa521": {"-t", "ecdsa", "-b", "521"}, "rsa": {"-t", "rsa", "-b", "2048"},
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSignedByOpenSSH: what ssh-keygen signs is verified here, with each type of key and hash.
func TestSignedByOpenSSH(t *testing.T) {
	t.Parallel()
	for kind, args := range kinds {
		for _, hash := range []string{"sha256", "sha512"} {
			t.Run(kind+" "+hash, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				keys := newKey(t, dir, "key", args...)
				path := filepath.Join(dir, "file")
				write(t, path, "mode: enforce\n")
				keygen(t, dir, "", "-Y", "sign", "-O", "hashalg="+hash, "-n", signed.Policy, "-f", "key", "file")
				data, key, err := keys.ReadFile(signed.Policy, path, 100)
				if err != nil || string(data) != "mode: enforce\n" || key.Comment != "made for a test" {
					t.Fatalf("%q by %v: %v", data, key, err)
				}
				if want := keygen(t, dir, "", "-l", "-f", "key.pub"); !strings.Contains(want, " "+key.Fingerprint()+" ") {
					t.Errorf("fingerprint %s, ssh-keygen says %s", key.Fingerprint(), want)
				}
			})
		}
	}
}

// TestSignedHere: what is signed here is verified by ssh-keygen.
func TestSignedHere(t *testing.T) {
	t.Parallel()
	for kind, args := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			keys := newKey(t, dir, "key", args...)
			signer, err := signed.LoadSigner(filepath.Join(dir, "key"))
			if err != nil {
				t.Fatal(err)
			}
			sig, err := signer.Sign(signed.Tracker, []byte("some text"))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "sig"), string(sig))
			write(t, filepath.Join(dir, "allowed"), "timer@example.com "+keys[0].String()+"\n")
			keygen(t, dir, "some text", "-Y", "verify", "-f", "allowed", "-I", "timer@example.com", "-n", signed.Tracker, "-s", "sig")
			if signer.Public().Fingerprint() != keys[0].Fingerprint() {
				t.Error("another public key")
			}
			if _, err := keys.Verify(signed.Tracker, []byte("some text"), sig); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys, others := newKey(t, dir, "key", "-t", "ed25519"), newKey(t, dir, "other", "-t", "ed25519")
	signer, err := signed.LoadSigner(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	sig, err := signer.Sign(signed.Policy, []byte("text"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keys       signed.Keys
		namespace  string
		text, armd string
		want       error
	}{
		"right":          {keys, signed.Policy, "text", string(sig), nil},
		"among others":   {append(others, keys...), signed.Policy, "text", string(sig), nil},
		"CRLF":           {keys, signed.Policy, "text", strings.ReplaceAll(string(sig), "\n", "\r\n"), nil},
		"no signature":   {keys, signed.Policy, "text", " \n", signed.ErrUnsigned},
		"another key":    {others, signed.Policy, "text", string(sig), signed.ErrUnknownKey},
		"no keys":        {nil, signed.Policy, "text", string(sig), signed.ErrUnknownKey},
		"namespace":      {keys, signed.Tracker, "text", string(sig), signed.ErrNamespace},
		"changed":        {keys, signed.Policy, "text\n", string(sig), signed.ErrChanged},
		"text before":    {keys, signed.Policy, "text", "approved by all\n" + string(sig), signed.ErrMalformed},
		"text behind":    {keys, signed.Policy, "text", string(sig) + "approved", signed.ErrMalformed},
		"two signatures": {keys, signed.Policy, "text", string(sig) + string(sig), signed.ErrMalformed},
		"cut off":        {keys, signed.Policy, "text", string(sig[:len(sig)/2]), signed.ErrMalformed},
		"too long":       {keys, signed.Policy, "text", string(sig) + strings.Repeat("\n", signed.MaxSignature), signed.ErrMalformed},
		"header":         {keys, signed.Policy, "text", strings.Replace(string(sig), "-----\n", "-----\nBy: all\n\n", 1), signed.ErrMalformed},
		"of another PEM": {keys, signed.Policy, "text", strings.ReplaceAll(string(sig), "SSH SIGNATURE", "SIGNATURE"), signed.ErrMalformed},
	} {
		if _, err := c.keys.Verify(c.namespace, []byte(c.text), []byte(c.armd)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		} else if err != nil && signed.Hint(err, c.namespace, "FILE") == "" {
			t.Errorf("%s: no hint", name)
		}
	}
	// Every single byte of the signature counts.
	for i := range sig {
		bad := bytes.Clone(sig)
		if bad[i] ^= 1; bad[i] == '\n' || sig[i] == '\n' {
			continue
		}
		if _, err := keys.Verify(signed.Policy, []byte("text"), bad); err == nil {
			t.Errorf("byte %d of the signature does not count", i)
		}
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys := newKey(t, dir, "key", "-t", "ed25519")
	path := filepath.Join(dir, "file")
	write(t, path, "text")
	if _, _, err := keys.ReadFile(signed.Policy, path, 100); !errors.Is(err, signed.ErrUnsigned) {
		t.Errorf("without a signature: %v", err)
	}
	keygen(t, dir, "", "-Y", "sign", "-n", signed.Policy, "-f", "key", "file")
	if _, _, err := keys.ReadFile(signed.Policy, path, 4); err != nil {
		t.Error(err)
	}
	if _, _, err := keys.ReadFile(signed.Policy, path, 3); err == nil {
		t.Error("a file larger than allowed is read")
	}
	if _, _, err := keys.ReadFile(signed.Policy, dir, 100); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v", err)
	}
	if _, err := signed.LoadSigner(filepath.Join(dir, "key.pub")); err == nil {
		t.Error("a public key signs")
	}
	keygen(t, dir, "", "-q", "-t", "ed25519", "-N", "secret", "-f", "locked")
	if _, err := signed.LoadSigner(filepath.Join(dir, "locked")); err == nil || !strings.Contains(err.Error(), "passphrase") {
		t.Errorf("a key with a passphrase: %v", err)
	}
	line := keys[0].String()
	both, err := signed.Collect([]string{filepath.Join(dir, "key.pub"), line})
	if err != nil || len(both) != 2 || both[0].Fingerprint() != both[1].Fingerprint() {
		t.Errorf("%v, %v", both, err)
	}
	if _, err := signed.Collect(nil); err == nil {
		t.Error("no keys, no error")
	}
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	line := newKey(t, dir, "key", "-t", "ed25519")[0].String()
	keygen(t, dir, "", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", "short")
	short, err := os.ReadFile(filepath.Join(dir, "short.pub"))
	if err != nil {
		t.Fatal(err)
	}
	private, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	typ, base64, _ := strings.Cut(line, " ")
	for name, c := range map[string]struct{ text, err string }{
		"one":             {line, ""},
		"comments":        {"# who may sign\n\n  " + line + "\r\n", ""},
		"no comment":      {strings.Join(strings.Fields(line)[:2], " "), ""},
		"empty":           {"\n# nobody\n", "no key"},
		"options":         {`namespaces="refward-policy" ` + line, "begins with the type"},
		"allowed signers": {"ada@example.com " + line, "begins with the type"},
		"garbage":         {line + "\nhello", "keys:2: a line begins"},
		"damaged":         {typ + " AAAA" + base64[8:], "damaged"},
		"another type":    {"ssh-rsa " + base64, "damaged"},
		"a short RSA key": {string(short), "1024 bits"},
		"a private key":   {string(private), "private key"},
		"too many":        {strings.Repeat(line+"\n", 1001), "more than"},
	} {
		keys, err := signed.ParseKeys("keys", []byte(c.text))
		if c.err == "" && (err != nil || len(keys) != 1) || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: %v, %v", name, keys, err)
		}
	}
	if !signed.Inline(line) || signed.Inline("/etc/refward/keys") || signed.Inline(typ) {
		t.Error("what is a key and what is a path")
	}
}

// FuzzVerify: whatever is accepted of a signature's text is the one over that text for that purpose, by that key.
func FuzzVerify(f *testing.F) {
	dir := f.TempDir()
	keys := newKey(f, dir, "key", "-t", "ed25519")
	signer, err := signed.LoadSigner(filepath.Join(dir, "key"))
	if err != nil {
		f.Fatal(err)
	}
	sig, err := signer.Sign(signed.Policy, []byte("text"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("text"), sig)
	f.Add([]byte("text"), []byte("-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n"))
	f.Fuzz(func(t *testing.T, data, armored []byte) {
		key, err := keys.Verify(signed.Policy, data, armored)
		if err != nil {
			return
		}
		if string(data) != "text" || key.Fingerprint() != keys[0].Fingerprint() {
			t.Fatalf("accepted: %q by %s", data, key)
		}
		if _, err := keys.Verify(signed.Tracker, data, armored); !errors.Is(err, signed.ErrNamespace) {
			t.Fatalf("counts for another purpose: %v", err)
		}
		if _, err := keys.Verify(signed.Policy, append(data, 0), armored); !errors.Is(err, signed.ErrChanged) {
			t.Fatalf("counts for another text: %v", err)
		}
	})
}

// FuzzParseKeys: what is read, written and read again is the same list.
func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(newKey(f, f.TempDir(), "key", "-t", "ed25519")[0].String() + "\n# comment\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, err := signed.ParseKeys("keys", data)
		if err != nil {
			return
		}
		var lines []string
		for _, k := range keys {
			lines = append(lines, k.String())
		}
		again, err := signed.ParseKeys("again", []byte(strings.Join(lines, "\n")))
		if err != nil || len(again) != len(keys) {
			t.Fatalf("%q: %v", lines, err)
		}
		for i := range keys {
			if again[i].String() != keys[i].String() {
				t.Fatalf("%q, again %q", keys[i], again[i])
			}
		}
	})
}
