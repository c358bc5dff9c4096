package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"

	"github.com/goccy/go-yaml/ast"

	"github.com/refward/refward/internal/policy/strict"
)

// Canonical returns the policy as one file that says everything: JSON, which is YAML, with sorted keys. Reading it gives
// an equal policy. It holds the fingerprint key.
func (p *Policy) Canonical() []byte {
	m := map[string]any{
		"version": 1, "mode": p.Mode, "limits": p.Limits, "audit": p.Audit, "contact": p.Contact,
		"protected": list(p.Protected), "bots": list(p.Bots), "gates": p.Gates, "on_error": p.OnError, "on_invalid": p.OnInvalid,
		"fingerprint_key": p.FingerprintKey, "allow": p.Allow, "types": p.Types, "tracker": p.Tracker, "identity": p.Identity,
		"reviewers": p.Reviewers,
		"classify":  append([]ClassRule{}, p.Classify...), "classes": p.Classes, "sections": append([]Section{}, p.Sections...),
	}
	if !p.EnforceFrom.IsZero() {
		m["enforce_from"] = p.EnforceFrom.String()
	}
	if p.Preset != "" {
		m["preset"] = p.Preset
	}
	if p.Deadline != 0 {
		m["deadline"] = p.Deadline.String()
	}
	for name := range p.sections {
		m[name] = p.options(name)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	// Only text, numbers, truth values, lists and mappings get here: what JSON cannot say was refused by shape.
	_ = enc.Encode(m)
	return out.Bytes()
}

// Digest identifies what the policy says, wherever it says it: "sha256:" and 64 hexadecimal digits. Comments, order and
// the way a value is written do not count, nor does which repository it is for.
func (p *Policy) Digest() string {
	if p.undivided != nil {
		return p.undivided.Digest()
	}
	sum := sha256.Sum256(p.Canonical())
	return "sha256:" + hex.EncodeToString(sum[:])
}

// list keeps an empty list from becoming null, which no policy file may say.
func list(s []string) []string { return append([]string{}, s...) }

// merge puts over into base as decoding one after the other would.
func merge(base, over map[string]any) map[string]any {
	m := maps.Clone(base)
	for k, v := range over {
		b, isMap := m[k].(map[string]any)
		o, isMapToo := v.(map[string]any)
		switch {
		case isMap && isMapToo:
			m[k] = merge(b, o)
		case isMap && v == nil: // a mapping of which everything is commented out says nothing
		default:
			m[k] = v
		}
	}
	return m
}

// plain returns a section's node as Go's own types.
func plain(n *ast.MappingNode) any { return strict.Plain(n) }
