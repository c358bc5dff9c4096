package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/internal/allow"
	"github.com/refward/refward/internal/reviewers"
)

// A Stack is the policies that judge together. The first is the server's, or the only one; a later one, such as a
// repository's own .refward.yaml, can only tighten, because each layer judges everything and the strictest counts.
//
// What a later layer could turn against the first is the first's alone: the deadline and the limits (with a deadline of
// 1ms nothing would be examined), the audit file, the allow file and the fingerprint key, if it has one.
type Stack []*Policy

// IsProtected reports whether any layer protects ref; see [Policy.IsProtected].
func (s Stack) IsProtected(ref, headBranch string) bool {
	return slices.ContainsFunc(s, func(p *Policy) bool { return p.IsProtected(ref, headBranch) })
}

// Mode returns the strictest mode by which anything could be judged; without layers it is Enforce.
func (s Stack) Mode() Mode {
	if len(s) == 0 {
		return Enforce
	}
	mode := Off
	for _, p := range s {
		mode = stricterMode(mode, p.Mode)
		for _, section := range p.Sections {
			if section.Mode != "" {
				mode = stricterMode(mode, section.Mode)
			}
		}
	}
	return mode
}

// Digest identifies what the layers say together; with one layer it is the policy's own.
func (s Stack) Digest() string {
	if len(s) == 1 {
		return s[0].Digest()
	}
	h := sha256.New()
	for _, p := range s {
		h.Write([]byte(p.Digest() + "\n"))
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Source says where each layer comes from.
func (s Stack) Source() string {
	var from []string
	for _, p := range s {
		from = append(from, p.Source())
	}
	return strings.Join(from, "; ")
}

// Contact returns whom to ask: the first layer's that says.
func (s Stack) Contact() string {
	return s.first(func(p *Policy) string { return p.Contact })
}

// FingerprintKey returns the key of the first layer that has one.
func (s Stack) FingerprintKey() string {
	return s.first(func(p *Policy) string { return p.FingerprintKey })
}

func (s Stack) first(of func(*Policy) string) string {
	for _, p := range s {
		if v := of(p); v != "" {
			return v
		}
	}
	return ""
}

// Limits returns the first layer's limits.
func (s Stack) Limits() Limits {
	if len(s) == 0 {
		return Limits{}
	}
	return s[0].Limits
}

// Deadline returns the first layer's deadline; 0 = the hook's own.
func (s Stack) Deadline() time.Duration {
	if len(s) == 0 {
		return 0
	}
	return s[0].Deadline
}

// AuditFile returns the first layer's audit file; "" when it names none.
func (s Stack) AuditFile() string {
	if len(s) == 0 {
		return ""
	}
	return s[0].Audit.File
}

// Allow returns what the layers allow together: of each trust the strictest, of the allow file the first layer's.
func (s Stack) Allow() Allow {
	if len(s) == 0 {
		return Allow{}
	}
	all := s[0].Allow
	for _, p := range s[1:] {
		all.Inline = allow.Stricter(all.Inline, p.Allow.Inline)
		all.Baseline = allow.Stricter(all.Baseline, p.Allow.Baseline)
		all.GitleaksIgnore = allow.Stricter(all.GitleaksIgnore, p.Allow.GitleaksIgnore)
	}
	return all
}

// Reviewers returns what the layers say together of whom to suggest; see [reviewers.Config.With].
func (s Stack) Reviewers() reviewers.Config {
	if len(s) == 0 {
		return reviewers.Config{}
	}
	all := s[0].Reviewers
	for _, p := range s[1:] {
		all = all.With(p.Reviewers)
	}
	return all
}

// Weighing returns the policy with whose options an analyzer ran that a layer weighs, an index into the stack, or AllLayers.
func (s Stack) Weighing(layer int) *Policy { return s[max(layer, 0)] }
