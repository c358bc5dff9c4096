package allow

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// BaselineName is the repository's own baseline, at the top of its tree.
const BaselineName = ".refward-baseline.json"

// MaxBaseline is the size of the largest baseline that is read, in bytes: some 50,000 findings.
const MaxBaseline = 8 << 20

// BaselineVersion is the version of the baseline's format.
const BaselineVersion = 1

// A Baseline lists the findings that a repository had when it was adopted. Only what is not in it is new.
type Baseline struct {
	Version  int     `json:"version"`
	Findings []Known `json:"findings"` // by path, rule and fingerprint

	known map[string]bool
}

// A Known is one thing that was found. All but its fingerprint is for those who read the file.
type Known struct {
	Fingerprint string `json:"fingerprint"`
	Rule        string `json:"rule"`  // "analyzer/rule"
	Path        string `json:"path"`  // as reports print it; "" = in no file
	Count       int    `json:"count"` // occurrences when the baseline was written
}

// ParseBaseline reads a baseline.
func ParseBaseline(data []byte) (*Baseline, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var b Baseline
	if err := d.Decode(&b); err != nil {
		return nil, fmt.Errorf("not a baseline: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not a baseline: something follows it")
	}
	if b.Version != BaselineVersion {
		return nil, fmt.Errorf("a baseline of version %d, want %d", b.Version, BaselineVersion)
	}
	b.known = make(map[string]bool, len(b.Findings))
	for i, k := range b.Findings {
		if !fingerprintRE.MatchString(k.Fingerprint) {
			return nil, fmt.Errorf("finding %d of the baseline: %q is not a fingerprint", i+1, cut(k.Fingerprint))
		}
		b.known[k.Fingerprint] = true
	}
	return &b, nil
}

// cut keeps what a file says short enough to be printed.
func cut(s string) string { return s[:min(len(s), 40)] }

// Encode returns the baseline as a file: sorted, each finding once and on a line of its own, so that a review sees what is added.
func (b *Baseline) Encode() ([]byte, error) {
	list := slices.Clone(b.Findings)
	slices.SortFunc(list, func(x, y Known) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(x.Rule, y.Rule), strings.Compare(x.Fingerprint, y.Fingerprint))
	})
	list = slices.CompactFunc(list, func(x, y Known) bool { return x.Fingerprint == y.Fingerprint })
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\n  \"version\": %d,\n  \"findings\": [", BaselineVersion)
	for i, k := range list {
		line := &bytes.Buffer{}
		e := json.NewEncoder(line)
		e.SetEscapeHTML(false)
		if err := e.Encode(k); err != nil {
			return nil, fmt.Errorf("write baseline: %w", err)
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n    " + strings.TrimSpace(line.String()))
	}
	if len(list) > 0 {
		out.WriteString("\n  ")
	}
	out.WriteString("]\n}\n")
	return out.Bytes(), nil
}

// Len returns how many things the baseline lists.
func (b *Baseline) Len() int { return len(b.known) }

// Has reports whether the baseline lists a fingerprint.
func (b *Baseline) Has(fingerprint string) bool { return b.has(fingerprint) }

func (b *Baseline) has(fingerprint string) bool { return b != nil && b.known[fingerprint] }
