package tracker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode"

	"github.com/refward/refward/internal/durable"
	"github.com/refward/refward/internal/signed"
)

// The bounds of a snapshot.
const (
	MaxBytes = 64 << 20 // of the file
	MaxKey   = 64       // bytes of an issue's key
	MaxText  = 100      // characters of a state or a type
)

// version is that of the format.
const version = 1

// A Head is what a snapshot says of itself.
type Head struct {
	Version  int       `json:"version"`  // 1
	Kind     string    `json:"kind"`     // of the tracker: "jira", "gitea" or "github", or another that is not ours
	Source   string    `json:"source"`   // URL of the tracker, without credentials
	Projects []string  `json:"projects"` // of which it has the issues; may be empty
	Settings string    `json:"settings"` // identifies what made states and acceptance of the tracker's answers; may be ""
	TakenAt  time.Time `json:"taken_at"` // when the tracker was first asked for what is in it
	Complete bool      `json:"complete"` // an issue that is not in it does not exist
	Count    int       `json:"count"`    // of the issues
}

// An Issue is what a snapshot has of one: nothing about people, and no texts of theirs.
type Issue struct {
	State      string    `json:"state"`      // in the tracker's words, such as "In Progress"
	Acceptance bool      `json:"acceptance"` // it has acceptance criteria
	Type       string    `json:"type"`       // such as "Bug"; may be ""
	Updated    time.Time `json:"updated"`    // when it last changed; zero = not known
}

// A Snapshot is a Head with its issues by their keys, such as "ABC-12" and "#12". Count is their number whatever Head says.
type Snapshot struct {
	Head
	Issues map[string]Issue
}

// ValidKey reports whether a snapshot can have an issue with that key: letters, digits and #_./- of ASCII, nothing that JSON would write
// in another way.
func ValidKey[T string | []byte](key T) bool {
	if len(key) == 0 || len(key) > MaxKey {
		return false
	}
	for i := range len(key) {
		if !inKey[key[i]] {
			return false
		}
	}
	return true
}

// inKey is a table, since each of 100,000 keys is looked at when a file is read; a regular expression takes ten times as long.
var inKey = func() (table [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789#_./-") {
		table[c] = true
	}
	return table
}()

func (h *Head) validate() error {
	switch {
	case h.Version != version:
		return fmt.Errorf("there is no version %d: use a newer refward", h.Version)
	case !fits(h.Kind) || h.Kind == "":
		return fmt.Errorf("kind %.200q", h.Kind)
	case len(h.Source) > 2000 || !printable(h.Source):
		return fmt.Errorf("source %.200q", h.Source)
	case slices.ContainsFunc(h.Projects, func(p string) bool { return !fits(p) }) || !fits(h.Settings):
		return fmt.Errorf("projects %.200q or settings %.200q", h.Projects, h.Settings)
	case h.TakenAt.IsZero():
		return fmt.Errorf("it does not say when it was taken")
	case h.Count < 0:
		return fmt.Errorf("count %d", h.Count)
	}
	return nil
}

func (i Issue) validate(key string) error {
	if !fits(i.State) || i.State == "" || !fits(i.Type) {
		return fmt.Errorf("issue %s: state %.200q, type %.200q: want at most %d printable characters", key, i.State, i.Type, MaxText)
	}
	return nil
}

func fits(s string) bool { return len([]rune(s)) <= MaxText && printable(s) }

func printable(s string) bool {
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// Encode returns the snapshot as the text of a file, without a signature. Equal snapshots give equal bytes.
func (s *Snapshot) Encode() ([]byte, error) {
	head := s.Head
	head.Version, head.Count = version, len(s.Issues)
	head.TakenAt = head.TakenAt.UTC().Truncate(time.Second)
	head.Projects = append([]string{}, head.Projects...) // never null
	if err := head.validate(); err != nil {
		return nil, fmt.Errorf("write snapshot: %w", err)
	}
	first, err := line(head)
	if err != nil {
		return nil, fmt.Errorf("write snapshot: %w", err)
	}
	var out bytes.Buffer
	out.Write(first[:len(first)-1]) // without the last brace
	out.WriteString(issuesKey)
	for i, key := range slices.Sorted(maps.Keys(s.Issues)) {
		issue := s.Issues[key]
		issue.Updated = issue.Updated.UTC().Truncate(time.Second)
		if !ValidKey(key) {
			return nil, fmt.Errorf("write snapshot: %.200q is no key of an issue", key)
		}
		if err := issue.validate(key); err != nil {
			return nil, fmt.Errorf("write snapshot: %w", err)
		}
		if i > 0 {
			out.WriteString(",")
		}
		text, err := line(issue)
		if err != nil {
			return nil, fmt.Errorf("write snapshot: %w", err)
		}
		out.WriteString("\n\"" + key + "\":")
		out.Write(text)
	}
	out.WriteString(tail)
	if out.Len() > MaxBytes-signed.MaxSignature {
		return nil, fmt.Errorf("write snapshot: %d issues are more than %d MiB", len(s.Issues), MaxBytes>>20)
	}
	return out.Bytes(), nil
}

const (
	issuesKey = `,"issues":{` // at the end of the first line
	tail      = "\n}}\n"      // behind the last issue
)

// line writes v as JSON on one line.
func line(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// Write makes the file at path hold the snapshot with its signature. A reader sees the former file or this one.
func (s *Snapshot) Write(path string, signer *signed.Signer) error {
	text, err := s.Encode()
	if err != nil {
		return err
	}
	signature, err := signer.Sign(signed.Tracker, text)
	if err != nil {
		return err
	}
	return durable.Replace(path, append(text, signature...), 0o644) // whoever receives pushes must read it, and it holds nothing personal
}
