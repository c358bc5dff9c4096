package tracker

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/internal/signed"
)

// A WhenStale is what a policy does with a snapshot that is older than it should be.
type WhenStale string

// What can be done with it.
const (
	Use    WhenStale = "use"    // judge by it, and say so in a finding
	Skip   WhenStale = "skip"   // do not judge, and say what was not examined
	Refuse WhenStale = "refuse" // it could not be checked
)

// Choices lists what can be done.
func (WhenStale) Choices() []string { return []string{string(Use), string(Skip), string(Refuse)} }

// A Config is the section "tracker" of a policy. The zero Config has no tracker.
type Config struct {
	File      string        `yaml:"file"`       // absolute path of the snapshot; "" = there is none
	Keys      []string      `yaml:"keys"`       // who may sign it: a line of authorized_keys, or the absolute path of a file of them
	MaxAge    time.Duration `yaml:"max_age"`    // older is stale; 0 = DefaultMaxAge
	WhenStale WhenStale     `yaml:"when_stale"` // "" = Use

	// Optional says that the file need not be there, as on a developer's machine. It is no key of a policy file.
	Optional bool `yaml:"-"`
}

// The bounds and defaults of a Config.
const (
	DefaultMaxAge = 24 * time.Hour // a nightly timer, late by its own time
	maxMaxAge     = 366 * 24 * time.Hour
	maxKeys       = 100
)

// On reports whether there is a tracker to ask.
func (c Config) On() bool { return c.File != "" }

// Age returns the age from which a snapshot is stale.
func (c Config) Age() time.Duration {
	if c.MaxAge == 0 {
		return DefaultMaxAge
	}
	return c.MaxAge
}

// A Problem is what is wrong with one key of a Config.
type Problem struct {
	Key string // such as "max_age" or "keys[1]"
	Msg string
}

// Problems returns what is wrong with c, without looking at any file.
func (c Config) Problems() []Problem {
	var list []Problem
	bad := func(key, format string, args ...any) { list = append(list, Problem{key, fmt.Sprintf(format, args...)}) }
	if c.File != "" && !absolute(c.File) {
		bad("file", "want an absolute path: a hook runs in a directory of Git's choice")
	}
	if c.File != "" && len(c.Keys) == 0 {
		bad("file", "name in tracker.keys who may sign it: an unsigned snapshot says what anybody wants")
	}
	if len(c.Keys) > maxKeys {
		bad("keys", "more than %d entries: name a file", maxKeys)
	}
	for i, text := range c.Keys {
		key := fmt.Sprintf("keys[%d]", i)
		if absolute(text) {
			continue
		}
		if !signed.Inline(text) {
			bad(key, "want a public key, such as \"ssh-ed25519 AAAA…\", or the absolute path of a file of such lines")
		} else if _, err := signed.ParseKeys("key", []byte(text)); err != nil {
			bad(key, "%s", err)
		}
	}
	if c.MaxAge < 0 || c.MaxAge > maxMaxAge {
		bad("max_age", "want more than 0s and at most %s", maxMaxAge)
	}
	if c.WhenStale != "" && !slices.Contains(c.WhenStale.Choices(), string(c.WhenStale)) {
		bad("when_stale", "%q is none of %s", c.WhenStale, strings.Join(c.WhenStale.Choices(), ", "))
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
	if c.File != "" {
		m["file"] = c.File
	}
	if len(c.Keys) > 0 {
		m["keys"] = c.Keys
	}
	if c.MaxAge != 0 {
		m["max_age"] = c.MaxAge.String()
	}
	if c.WhenStale != "" {
		m["when_stale"] = c.WhenStale
	}
	return json.Marshal(m)
}
