package identity_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/objectsig"
)

// A world is a repository, keys and a GNUPGHOME of a test's own.
type world struct {
	t    testing.TB
	dir  string
	env  []string
	sha2 bool
}

func newWorld(t testing.TB, format string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), sha2: format == "sha256"}
	// gpg's agent listens on a socket, whose path may not be long (unix(7)).
	home, err := os.MkdirTemp("", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if hasGPG() {
			_, _ = w.try("", "gpgconf", "--kill", "all") // its agent would outlive the test
		}
		_ = os.RemoveAll(home)
	})
	w.env = append(os.Environ(), "HOME="+w.dir, "GNUPGHOME="+home, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C", "TZ=UTC",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com")
	w.run("", "git", "init", "-q", "--object-format="+format, ".")
	return w
}

// try runs a program in the world's directory.
func (w *world) try(stdin, program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = w.dir, w.env, strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %q: %w: %s", program, args, err, stderr.String())
	}
	return string(out), err
}

func (w *world) run(stdin, program string, args ...string) string {
	w.t.Helper()
	out, err := w.try(stdin, program, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimSuffix(out, "\n")
}

func (w *world) write(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// key makes an SSH key and returns its public line.
func (w *world) key(name string, args ...string) string {
	w.t.Helper()
	if len(args) == 0 {
		args = []string{"-t", "ed25519"}
	}
	w.run("", "ssh-keygen", append([]string{"-q", "-N", "", "-C", "", "-f", name}, args...)...)
	data, err := os.ReadFile(filepath.Join(w.dir, name+".pub"))
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// commit makes a commit at a date, signed by an SSH key or, with a key that begins with gpg:, by GPG; "" = not at all.
func (w *world) commit(key, date string) string {
	w.t.Helper()
	w.run("", "git", append(w.signing(key, date), "commit", "-q", "--allow-empty", "-m", "fix: "+key)...)
	return w.run("", "git", "rev-parse", "HEAD")
}

func (w *world) tag(key, date string) string {
	w.t.Helper()
	name := fmt.Sprintf("tag-%s-%d", strings.NewReplacer(":", "-", ".", "-", "@", "-").Replace(key), time.Now().UnixNano())
	args := append(w.signing(key, date), "tag", "-m", "release")
	if key == "" {
		args = append(args, "-a")
	} else {
		args = append(args, "-s")
	}
	w.run("", "git", append(args, name)...)
	return w.run("", "git", "rev-parse", name)
}

func (w *world) signing(key, date string) []string {
	w.env = append(w.env, "GIT_AUTHOR_DATE="+date, "GIT_COMMITTER_DATE="+date)
	id, gpg := strings.CutPrefix(key, "gpg:")
	switch {
	case gpg:
		return []string{"-c", "commit.gpgSign=true", "-c", "gpg.format=openpgp", "-c", "user.signingKey=" + id}
	case key != "":
		return []string{"-c", "commit.gpgSign=true", "-c", "gpg.format=ssh", "-c", "user.signingKey=" + filepath.Join(w.dir, key)}
	}
	return nil
}

func (w *world) raw(kind objectsig.Kind, id string) []byte {
	w.t.Helper()
	out, err := w.try("", "git", "cat-file", string(kind), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return []byte(out)
}

// store writes an object as it is.
func (w *world) store(kind objectsig.Kind, raw []byte) string {
	w.t.Helper()
	return w.run(string(raw), "git", "hash-object", "-t", string(kind), "-w", "--literally", "--stdin")
}

// gitSays returns whether git takes an object's signature, and for a commit what %G? is.
func (w *world) gitSays(kind objectsig.Kind, id, signers, revoked string) (good bool, letter string) {
	w.t.Helper()
	config := []string{"-c", "gpg.ssh.allowedSignersFile=" + signers}
	if revoked != "" {
		config = append(config, "-c", "gpg.ssh.revocationFile="+revoked)
	}
	_, err := w.try("", "git", append(config, "verify-"+string(kind), id)...)
	if kind == objectsig.Commit && !bytes.Contains(w.raw(kind, id), []byte(" -----BEGIN A")) { // of which git log dies
		letter = w.run("", "git", append(config, "log", "-1", "--format=%G?", id)...)
	}
	return err == nil, letter
}

func hasGPG() bool { _, err := exec.LookPath("gpg"); return err == nil }

const may = "2024-05-06T07:08:09Z"

// TestAgreesWithGitSSH: what git takes is good, and nothing else is, for commits and tags of either object format.
func TestAgreesWithGitSSH(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, format)
			ada, other, old, future, filed, patterned := w.key("ada"), w.key("other"), w.key("old"), w.key("future"), w.key("filed"), w.key("patterned")
			gone, edge, ecdsa, rsa := w.key("gone"), w.key("edge"), w.key("ecdsa", "-t", "ecdsa", "-b", "256"), w.key("rsa", "-t", "rsa", "-b", "2048")
			ca, both := w.key("ca"), w.key("both")
			w.key("certified")
			w.run("", "ssh-keygen", "-q", "-s", "ca", "-I", "ada", "-n", "ada@example.com,root", "-V", "20240101:20240601", "certified.pub")
			_ = other
			signers := w.write("allowed", strings.Join([]string{
				"# who may sign",
				"ada@example.com " + ada,
				`old@example.com valid-before="20240101Z" ` + old,
				`future@example.com VALID-AFTER="202405060709Z" ` + future,
				`edge@example.com valid-after="20240506070809Z",valid-before="20240506070809Z1" ` + edge,
				`filed@example.com namespaces="file,email" ` + filed,
				`"*@example.com,!eve@example.com" namespaces="g?t,file" ` + patterned,
				"gone@example.com " + gone,
				"\tecdsa@example.com   " + ecdsa + " a comment",
				"rsa@example.com " + rsa,
				`*@example.com cert-authority ` + ca,
				`both@example.com valid-before="20200101" ` + both,
				`both@example.com ` + both,
			}, "\n")+"\n")
			// The 1 makes it no time, for which ssh-keygen passes the line over; here it is a line that cannot be read.
			broken, err := os.ReadFile(signers)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := identity.ParseSigners("allowed", broken); err == nil || !strings.Contains(err.Error(), "allowed:5: valid-before") {
				t.Errorf("%v", err)
			}
			fine := bytes.ReplaceAll(broken, []byte("809Z1"), []byte("810Z"))
			signers = w.write("allowed", string(fine))
			revoked := w.write("revoked", gone+"\n")
			v := &identity.Verifier{}
			if v.Signers, err = identity.ParseSigners("allowed", fine); err != nil {
				t.Fatal(err)
			}
			if v.Revoked, err = identity.ParseRevoked("revoked", []byte(gone+"\n")); err != nil {
				t.Fatal(err)
			}
			for _, c := range []struct {
				name, key, date string
				want            identity.Status
				edit            func(raw []byte) []byte
			}{
				{"good", "ada", may, identity.Good, nil},
				{"unsigned", "", may, identity.Unsigned, nil},
				{"not in the file", "other", may, identity.UnknownKey, nil},
				{"expired", "old", may, identity.Expired, nil},
				{"in its time", "old", "2023-12-31T23:59:59Z", identity.Good, nil},
				{"not yet valid", "future", may, identity.Expired, nil},
				{"from its first moment on", "edge", may, identity.Good, nil},
				{"to its last moment", "edge", "2024-05-06T07:08:10Z", identity.Good, nil},
				{"a second later", "edge", "2024-05-06T07:08:11Z", identity.Expired, nil},
				{"of files only", "filed", may, identity.WrongNamespace, nil},
				{"patterns", "patterned", may, identity.Good, nil},
				{"revoked", "gone", may, identity.KeyRevoked, nil},
				{"ecdsa", "ecdsa", may, identity.Good, nil},
				{"rsa", "rsa", may, identity.Good, nil},
				{"one line of two", "both", may, identity.Good, nil},
				{"a certificate", "certified-cert.pub", may, identity.Good, nil},
				{"a certificate that ran out", "certified-cert.pub", "2024-06-02T00:00:00Z", identity.Expired, nil},
				{"its key alone", "certified", may, identity.UnknownKey, nil},
				{"changed", "ada", may, identity.Bad, func(raw []byte) []byte { return bytes.Replace(raw, []byte("Ada <"), []byte("Eve <"), 1) }},
				{"a space at the end", "ada", may, identity.Bad, func(raw []byte) []byte { return bytes.Replace(raw, []byte("+0000\n"), []byte("+0000 \n"), 1) }},
				{"signature cut off", "ada", may, identity.Malformed, func(raw []byte) []byte {
					return bytes.Replace(raw, []byte("-----END SSH"), []byte("-----EN SSH"), 1)
				}},
				{"of no known form", "ada", may, identity.Malformed, func(raw []byte) []byte {
					return bytes.Replace(raw, []byte("-----BEGIN SSH SIGNATURE-----"), []byte("-----BEGIN A SIGNATURE-----"), 1)
				}},
			} {
				for _, kind := range []objectsig.Kind{objectsig.Commit, objectsig.Tag} {
					make, want := w.commit, c.want
					if kind == objectsig.Tag {
						make = w.tag
						if c.name == "of no known form" {
							want = identity.Unsigned // then it is text like any other
						}
					}
					id := make(c.key, c.date)
					raw := w.raw(kind, id)
					if c.edit != nil {
						edited := c.edit(bytes.Clone(raw))
						if bytes.Equal(edited, raw) {
							t.Fatalf("%s: nothing was changed", c.name)
						}
						raw = edited
						id = w.store(kind, raw)
					}
					verdict := v.Verify(kind, raw, w.sha2, time.Now())
					if verdict.Status != want {
						t.Errorf("%s, %s: %+v, want %s", c.name, kind, verdict, want)
					}
					good, letter := w.gitSays(kind, id, signers, revoked)
					if good != (verdict.Status == identity.Good) {
						t.Errorf("%s, %s: git takes it: %v, here it is %s", c.name, kind, good, verdict.Status)
					}
					if kind == objectsig.Commit && c.name != "of no known form" && ((letter == "G") != (want == identity.Good) || (letter == "N") != (want == identity.Unsigned)) {
						t.Errorf("%s: git says %%G? %s, here it is %s", c.name, letter, want)
					}
					if verdict.Owns("eve@example.com") || want == identity.Good && c.key == "ada" && !verdict.Owns("Ada@Example.com") {
						t.Errorf("%s: owners %q", c.name, verdict.Principals)
					}
				}
			}
		})
	}
}

// TestAgreesWithGitGPG: the same with keys of gpg, where it is installed; TestGPG needs it not.
func TestAgreesWithGitGPG(t *testing.T) {
	t.Parallel()
	if !hasGPG() {
		t.Log("gpg is not installed: TestGPG makes signatures by itself")
		return
	}
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			agreesWithGPG(t, newWorld(t, format))
		})
	}
}

func agreesWithGPG(t *testing.T, w *world) {
	past := time.Now().Add(-240 * time.Hour).UTC().Format("20060102T150405")
	gen := func(mail, expire string, more ...string) {
		args := append([]string{"--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""}, more...)
		w.run("", "gpg", append(args, "--quick-gen-key", mail, "ed25519", "sign", expire)...)
	}
	gen("ada@example.com", "never")
	gen("old@example.com", "1d", "--faked-system-time", past)
	gen("gone@example.com", "never")
	gen("unknown@example.com", "never")
	later := time.Now().Add(48 * time.Hour).UTC().Format("20060102T150405")
	gen("new@example.com", "never", "--faked-system-time", later)
	lateGPG := w.write("late-gpg", "#!/bin/sh\nexec gpg --faked-system-time "+later+" \"$@\"\n")
	if err := os.Chmod(lateGPG, 0o700); err != nil {
		t.Fatal(err)
	}
	pastGPG := w.write("past-gpg", "#!/bin/sh\nexec gpg --faked-system-time "+past+" \"$@\"\n")
	if err := os.Chmod(pastGPG, 0o700); err != nil {
		t.Fatal(err)
	}
	print := func(mail string) string {
		for line := range strings.Lines(w.run("", "gpg", "--batch", "--with-colons", "--list-keys", mail)) {
			if f := strings.Split(line, ":"); f[0] == "fpr" {
				return f[9]
			}
		}
		t.Fatal("no fingerprint of " + mail)
		return ""
	}
	now := time.Now().UTC().Format(time.RFC3339)
	type object struct {
		name string
		kind objectsig.Kind
		id   string
		want identity.Status
	}
	var objects []object
	for _, c := range []struct {
		mail string
		want identity.Status
	}{{"ada@example.com", identity.Good}, {"old@example.com", identity.Expired}, {"gone@example.com", identity.KeyRevoked}, {"unknown@example.com", identity.UnknownKey}} {
		program := "gpg"
		if c.want == identity.Expired {
			program = pastGPG // a key that has ended signs nothing
		}
		w.run("", "git", "config", "gpg.program", program)
		objects = append(objects,
			object{c.mail, objectsig.Commit, w.commit("gpg:"+c.mail, now), c.want},
			object{c.mail, objectsig.Tag, w.tag("gpg:"+c.mail, now), c.want})
	}
	for _, o := range objects[:2] {
		raw := bytes.Replace(w.raw(o.kind, o.id), []byte("Ada <"), []byte("Eve <"), 1)
		objects = append(objects, object{"changed", o.kind, w.store(o.kind, raw), identity.Bad})
	}
	w.run("", "git", "config", "gpg.program", lateGPG)
	objects = append(objects,
		object{"by a clock that is ahead", objectsig.Commit, w.commit("gpg:ada@example.com", now), identity.Good},
		object{"by a clock that is ahead", objectsig.Tag, w.tag("gpg:ada@example.com", now), identity.Good},
		object{"by a key of the future", objectsig.Commit, w.commit("gpg:new@example.com", now), identity.Expired},
		object{"unsigned", objectsig.Commit, w.commit("", now), identity.Unsigned},
		object{"unsigned", objectsig.Tag, w.tag("", now), identity.Unsigned})
	w.run("", "git", "config", "gpg.program", "gpg")
	crt, err := os.ReadFile(filepath.Join(gnupgHome(w), "openpgp-revocs.d", print("gone@example.com")+".rev"))
	if err != nil {
		t.Fatal(err)
	}
	w.run(strings.Replace(string(crt), ":-----BEGIN", "-----BEGIN", 1), "gpg", "--batch", "--quiet", "--import")
	unknown := print("unknown@example.com")
	keyring := w.run("", "gpg", "--armor", "--export", "ada@example.com") + "\n" + w.run("", "gpg", "--armor", "--export", "old@example.com", "gone@example.com", "new@example.com") + "\n"
	w.run("", "gpg", "--batch", "--yes", "--delete-secret-and-public-key", unknown)
	ring, err := identity.ParseKeyring("keyring", []byte(keyring))
	if err != nil || ring.Len() != 4 {
		t.Fatalf("%v, %v", ring, err)
	}
	v := &identity.Verifier{Keyring: ring}
	letters := map[identity.Status]string{identity.Good: "GU", identity.Bad: "B", identity.Expired: "Y", identity.KeyRevoked: "R", identity.UnknownKey: "E", identity.Unsigned: "N"}
	for _, o := range objects {
		raw := w.raw(o.kind, o.id)
		verdict := v.Verify(o.kind, raw, w.sha2, time.Now())
		if verdict.Status != o.want {
			t.Errorf("%s, %s: %+v, want %s", o.name, o.kind, verdict, o.want)
		}
		good, letter := w.gitSays(o.kind, o.id, "/dev/null", "")
		want := letters[o.want]
		if o.name == "by a key of the future" {
			want = "E" // which gpg does not examine at all
		}
		if good != (o.want == identity.Good) || o.kind == objectsig.Commit && !strings.Contains(want, letter) {
			t.Errorf("%s, %s: git takes it: %v, %%G? %s; here it is %s", o.name, o.kind, good, letter, o.want)
		}
		if o.want == identity.Good && (!verdict.Owns("ada@example.com") || verdict.Owns("old@example.com") || verdict.Key != print("ada@example.com")) {
			t.Errorf("%+v", verdict)
		}
	}
}

func gnupgHome(w *world) string {
	home := ""
	for _, kv := range w.env {
		if value, ok := strings.CutPrefix(kv, "GNUPGHOME="); ok {
			home = value
		}
	}
	return home
}
