package identity_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/identity"
)

// directory answers by the subject of a commit, and by the name of a tag: "good", "bad" and so on; who pushes is ada.
type directory struct {
	signatures, pusher bool
	err                error
}

func (d directory) Asks() (signatures, pusher bool) { return d.signatures, d.pusher }
func (d directory) Open() error                     { return d.err }

func ada(mail string) bool { return mail == "ada@example.com" }

func (d directory) Commit(c *analyzers.Commit) identity.Signature { return answer(c.Subject()) }
func (d directory) Tag(t *analyzers.Tag) identity.Signature       { return answer(t.Name) }

func answer(word string) identity.Signature {
	return identity.Signature{Status: identity.Status(word), Key: "SHA256:abc", Signer: "ada", Detail: "some\x1bthing", Owns: ada}
}

func (d directory) Pusher(who analyzers.Identity) (identity.Pusher, bool, string) {
	return identity.Pusher{Login: "ada", Owns: ada}, who.Name == "ada", "the host names nobody"
}

// change has one commit for each subject, of a committer's.
func change(committer string, subjects ...string) *analyzers.Change {
	var parts []analyzerstest.Part
	for _, s := range subjects {
		parts = append(parts, analyzerstest.Commit(s+"\n"))
	}
	c := analyzerstest.Change(parts...)
	for _, commit := range c.Commits {
		commit.Committer.Email, commit.Raw = committer, []byte("tree")
	}
	c.Pusher = analyzers.Identity{Name: "ada", Source: "http"}
	return c
}

func rules(t *testing.T, d identity.Directory, c *analyzers.Change) string {
	t.Helper()
	r, err := identity.New(d).Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Findings {
		if strings.ContainsAny(f.Message, "\x1b\n") || f.Key == "" || strings.Contains(f.Key, f.Commit) && f.Commit != "" {
			t.Errorf("%+v", f)
		}
		got = append(got, f.Rule)
	}
	return strings.Join(got, " ")
}

func TestRules(t *testing.T) {
	t.Parallel()
	all := directory{signatures: true, pusher: true}
	for name, c := range map[string]struct {
		directory identity.Directory
		change    *analyzers.Change
		want      string
	}{
		"nothing is asked":     {nil, change("eve@example.com", "unsigned"), ""},
		"good":                 {all, change("ada@example.com", "good"), ""},
		"unsigned":             {all, change("ada@example.com", "unsigned"), "unsigned"},
		"bad":                  {all, change("ada@example.com", "bad", "malformed", "wrong-namespace"), "signature-bad signature-bad signature-bad"},
		"a status of tomorrow": {all, change("ada@example.com", "unheard-of"), "signature-bad"},
		"unknown":              {all, change("ada@example.com", "unknown-key", "not-examined"), "signature-unknown signature-unknown"},
		"expired":              {all, change("ada@example.com", "expired"), "signature-expired"},
		"revoked":              {all, change("ada@example.com", "revoked"), "signature-revoked"},
		"of another":           {all, change("eve@example.com", "good"), "signer-not-committer committer-not-pusher"},
		"pushed for another":   {directory{pusher: true}, change("eve@example.com", "good"), "committer-not-pusher"},
		"of the pusher":        {directory{pusher: true}, change("ada@example.com", "unsigned"), ""},
		"signatures only":      {directory{signatures: true}, change("eve@example.com", "good"), "signer-not-committer"},
	} {
		if got := rules(t, c.directory, c.change); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}

	// Nobody is known: that is said once, and not of each commit.
	c := change("eve@example.com", "good", "good")
	c.Pusher = analyzers.Identity{Name: "eve", Source: "http"}
	if got := rules(t, directory{pusher: true}, c); got != "pusher-unknown" {
		t.Errorf("an unknown pusher: %q", got)
	}
	// What its committer has signed may be brought by another.
	c = change("ada@example.com", "good", "unsigned")
	if got := rules(t, bob{all}, c); got != "unsigned committer-not-pusher" {
		t.Errorf("brought by another: %q", got)
	}
	// Only a push has a pusher.
	c = change("eve@example.com", "good")
	c.Kind = analyzers.KindRange
	if got := rules(t, all, c); got != "signer-not-committer" {
		t.Errorf("a range: %q", got)
	}
	for _, kind := range []analyzers.Kind{analyzers.KindCommit, analyzers.KindMessage, analyzers.KindTree} {
		if c.Kind = kind; rules(t, all, c) != "" {
			t.Errorf("%s: signatures are asked for", kind)
		}
	}
	tagged := analyzerstest.Change(analyzerstest.Tag("unsigned", "m\n"))
	tagged.Pusher = analyzers.Identity{Name: "ada", Source: "http"}
	if got := rules(t, all, tagged); got != "unsigned" {
		t.Errorf("a tag: %q", got)
	}
}

// bob pushes.
type bob struct{ directory }

func (bob) Pusher(analyzers.Identity) (identity.Pusher, bool, string) {
	return identity.Pusher{Login: "bob", Owns: func(mail string) bool { return mail == "bob@example.com" }}, true, ""
}

// TestCannotAnswer: keys that cannot be read are an error, and the check is one without whose answer nothing may enter.
func TestCannotAnswer(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	a := identity.New(directory{signatures: true, err: broken})
	if _, err := a.Run(t.Context(), change("ada@example.com", "good")); !errors.Is(err, broken) || !a.Essential {
		t.Errorf("%v, essential %v", err, a.Essential)
	}
	if !slices.Equal(a.Groups, []string{"signature", "pusher"}) {
		t.Errorf("groups %q", a.Groups)
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	analyzerstest.Suite(t, identity.New(directory{signatures: true, pusher: true}), change("eve@example.com", "good", "bad", "unsigned"))
}
