package identity

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/internal/signed"
)

// A HostKind is what kind of host vouches for who pushes; see [Pusher].
type HostKind string

// Choices lists the kinds.
func (HostKind) Choices() []string {
	return []string{Auto, GitHub, Gitea, GitLab, Gitolite, HTTP, SSH, Plain}
}

// A Config is the section "identity" of a policy. The zero Config asks nothing.
type Config struct {
	Host    HostKind `yaml:"host"`            // "" = Auto
	Signers string   `yaml:"allowed_signers"` // absolute path: who may sign with SSH; see [ParseSigners]
	Revoked string   `yaml:"revoked"`         // absolute path: SSH keys that do not count any more; see [ParseRevoked]
	Keyring string   `yaml:"keyring"`         // absolute path: who may sign with GPG; see [ParseKeyring]
	People  string   `yaml:"people"`          // absolute path: who may push, with which mails; see [ParsePeople]
	TrustOS bool     `yaml:"trust_os"`        // the account on the server is a person's own

	// Optional says that this is a developer's machine: the files need not be there, and nobody pushes. It is no key of a policy file.
	Optional bool `yaml:"-"`
}

// AsksSignatures reports whether signatures are looked at.
func (c Config) AsksSignatures() bool { return c.Signers != "" || c.Keyring != "" }

// AsksPusher reports whether it is looked at who pushes.
func (c Config) AsksPusher() bool { return c.People != "" && !c.Optional }

// A Problem is what is wrong with one key of a Config.
type Problem struct {
	Key string // such as "revoked"
	Msg string
}

// Problems returns what is wrong with c, without looking at any file.
func (c Config) Problems() []Problem {
	var list []Problem
	bad := func(key, format string, args ...any) { list = append(list, Problem{key, fmt.Sprintf(format, args...)}) }
	for _, f := range []struct{ key, path string }{
		{"allowed_signers", c.Signers}, {"revoked", c.Revoked}, {"keyring", c.Keyring}, {"people", c.People},
	} {
		if f.path != "" && !absolute(f.path) {
			bad(f.key, "want an absolute path: a hook runs in a directory of Git's choice")
		}
	}
	if c.Revoked != "" && c.Signers == "" {
		bad("revoked", "name in identity.allowed_signers who may sign: without it every SSH key is unknown")
	}
	if c.Host != "" && !slices.Contains(c.Host.Choices(), string(c.Host)) {
		bad("host", "%q is none of %s", c.Host, strings.Join(c.Host.Choices(), ", "))
	}
	return list
}

// absolute takes a server's path for absolute on every system, so that its policy can be checked anywhere.
func absolute(path string) bool {
	return strings.IndexByte(path, 0) < 0 && (strings.HasPrefix(path, "/") || filepath.IsAbs(path))
}

// MarshalJSON writes what a policy file says, and no key that it does not say.
func (c Config) MarshalJSON() ([]byte, error) {
	m := map[string]any{}
	for key, value := range map[string]string{
		"host": string(c.Host), "allowed_signers": c.Signers, "revoked": c.Revoked, "keyring": c.Keyring, "people": c.People,
	} {
		if value != "" {
			m[key] = value
		}
	}
	if c.TrustOS {
		m["trust_os"] = true
	}
	return json.Marshal(m)
}

// Load reads the files for signatures.
func (c Config) Load() (*Verifier, error) {
	v := &Verifier{}
	for _, f := range []struct {
		path string
		max  int64
		read func(name string, data []byte) error
	}{
		{c.Signers, maxSigners, func(name string, data []byte) (err error) { v.Signers, err = ParseSigners(name, data); return err }},
		{c.Revoked, maxSigners, func(name string, data []byte) (err error) { v.Revoked, err = ParseRevoked(name, data); return err }},
		{c.Keyring, maxKeyring, func(name string, data []byte) (err error) { v.Keyring, err = ParseKeyring(name, data); return err }},
	} {
		if f.path == "" {
			continue
		}
		data, err := signed.Read(f.path, f.max)
		if err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
		if err := f.read(f.path, data); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// LoadPeople reads the file of people; nil when the policy names none.
func (c Config) LoadPeople() (*People, error) {
	if c.People == "" {
		return nil, nil
	}
	data, err := signed.Read(c.People, maxSigners)
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	return ParsePeople(c.People, data)
}
