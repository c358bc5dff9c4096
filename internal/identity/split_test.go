package identity_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/refward/refward/internal/objectsig"
)

// TestSplitAgreesWithGit: a program in gpg's place writes down what git gives it to verify.
func TestSplitAgreesWithGit(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, format)
			fake := w.write("gpg", "#!/bin/sh\nfor a; do case $a in /*|*.git_vtag*) cp \"$a\" '"+w.dir+"/signature';; esac; done\ncat > '"+w.dir+"/payload'\nexit 1\n")
			if err := os.Chmod(fake, 0o700); err != nil {
				t.Fatal(err)
			}
			tree := w.run("", "git", "write-tree")
			const who = "Ada <ada@example.com> 1700000000 +0000\n"
			head := "tree " + tree + "\nauthor " + who + "committer " + who
			tagged := w.store(objectsig.Commit, []byte(head+"\nmsg\n"))
			taghead := "object " + tagged + "\ntype commit\ntag v1\ntagger " + who
			sig := func(name string) string {
				return name + " -----BEGIN PGP SIGNATURE-----\n \n abc \n  def\n -----END PGP SIGNATURE-----\n"
			}
			const inline = "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
			for name, c := range map[string]struct {
				kind objectsig.Kind
				text string
			}{
				"one":                            {objectsig.Commit, head + sig("gpgsig") + "\nmsg\n"},
				"of SHA-256":                     {objectsig.Commit, head + sig("gpgsig-sha256") + "\nmsg\n"},
				"both":                           {objectsig.Commit, head + sig("gpgsig") + sig("gpgsig-sha256") + "\nmsg\n"},
				"two":                            {objectsig.Commit, head + sig("gpgsig") + sig("gpgsig") + sig("gpgsig-sha256") + sig("gpgsig-sha256") + "\nmsg\n"},
				"a header between":               {objectsig.Commit, head + sig("gpgsig") + "x-y z\n more\n" + sig("gpgsig-sha256") + "encoding latin1\n\nmsg\n"},
				"another that begins so":         {objectsig.Commit, head + "gpgsigx a\n b\n" + sig("gpgsig") + sig("gpgsig-sha256") + "gpgsig\n c\n\nmsg\n"},
				"in the message":                 {objectsig.Commit, head + sig("gpgsig") + sig("gpgsig-sha256") + "\n" + sig("gpgsig") + " more\n"},
				"in a mergetag":                  {objectsig.Commit, head + "mergetag object " + tagged + "\n type commit\n tag v1\n tagger " + who + " gpgsig x\n \n text\n -----BEGIN PGP SIGNATURE-----\n  abc\n -----END PGP SIGNATURE-----\n" + sig("gpgsig") + sig("gpgsig-sha256") + "\nmsg\n"},
				"no end of line":                 {objectsig.Commit, head + sig("gpgsig") + sig("gpgsig-sha256") + "\nmsg"},
				"no message":                     {objectsig.Commit, head + sig("gpgsig") + sig("gpgsig-sha256") + "\n"},
				"first of all":                   {objectsig.Commit, "tree " + tree + "\n" + sig("gpgsig") + sig("gpgsig-sha256") + "author " + who + "committer " + who + "\nmsg\n"},
				"a tag":                          {objectsig.Tag, taghead + "\nmsg\n" + inline},
				"a tag with two":                 {objectsig.Tag, taghead + "\nmsg\n" + inline + "text\n" + inline + "more\n"},
				"a tag with a header of SHA-1":   {objectsig.Tag, taghead + sig("gpgsig") + "\nmsg\n" + inline},
				"a tag with a header of SHA-256": {objectsig.Tag, taghead + sig("gpgsig-sha256") + "\nmsg\n" + inline},
				"a tag, mid-line":                {objectsig.Tag, taghead + "\nmsg -----BEGIN PGP SIGNATURE-----\n" + inline},
				"a tag without a message":        {objectsig.Tag, taghead + "\n" + inline},
				"a tag, an SSH one in the text":  {objectsig.Tag, taghead + "\n-----BEGIN SSH SIGNATURE-----\nabc\n" + inline},
			} {
				for _, file := range []string{"payload", "signature"} {
					_ = os.Remove(filepath.Join(w.dir, file))
				}
				id := w.store(c.kind, []byte(c.text))
				if _, err := w.try("", "git", "-c", "gpg.program="+fake, "verify-"+string(c.kind), id); err == nil {
					t.Fatalf("%s: git takes it", name)
				}
				wantPayload, _ := os.ReadFile(filepath.Join(w.dir, "payload"))
				wantSignature, _ := os.ReadFile(filepath.Join(w.dir, "signature"))
				payload, signature := objectsig.Split(c.kind, []byte(c.text), w.sha2)
				if len(wantSignature) == 0 { // git has asked nobody
					if len(signature) > 0 {
						t.Errorf("%s: a signature %q where git sees none", name, signature)
					}
					continue
				}
				if !bytes.Equal(payload, wantPayload) || !bytes.Equal(signature, wantSignature) {
					t.Errorf("%s:\n%q\n%q\ngit:\n%q\n%q", name, payload, signature, wantPayload, wantSignature)
				}
			}
		})
	}
}
