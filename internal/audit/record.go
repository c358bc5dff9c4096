package audit

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
)

// Version is the version of the format. It changes when a key changes its meaning or goes; a new key does not change it.
const Version = 1

// MaxLine is the greatest length of a line in bytes, its end included. Findings and skips that do not fit are left out
// and the record says so; refs never are, so that a push of very many refs makes a longer line, up to [MaxSearch].
const MaxLine = 1 << 20

// A Kind is what a record is about.
type Kind string

// The kinds of record.
const (
	Decision Kind = "decision" // what pre-receive decided: an intention, since a later hook may still refuse
	Applied  Kind = "applied"  // what post-receive saw done
)

// A Record is one line of the log. The caller has scrubbed secrets from every string, and writes paths and ref names as
// it prints them: C-quoted, as git does, where they are not plain.
type Record struct {
	Version       int       `json:"version"` // set by Append
	Kind          Kind      `json:"kind"`
	PushID        string    `json:"push_id"` // the same in a push's decision and in what was applied of it
	Time          time.Time `json:"time"`    // written in UTC
	Host          string    `json:"host"`    // kind of host: "github", "gitea", "gitlab", "gitolite", "plain"
	Repository    string    `json:"repository"`
	Hook          string    `json:"hook"` // such as "pre-receive"
	Pusher        Pusher    `json:"pusher"`
	Options       int       `json:"options"` // number of push options; what they say may be secret
	Refs          []Ref     `json:"refs"`
	Verdict       Verdict   `json:"verdict"`
	Findings      []Finding `json:"findings"`
	FindingsTotal int       `json:"findings_total"` // how many there were before any was left out; at least as many as Findings
	Failures      []Failure `json:"failures"`
	Outcomes      []Outcome `json:"outcomes"`
	PolicyDigest  string    `json:"policy_digest"`
	ToolVersion   string    `json:"tool_version"`
	Truncated     bool      `json:"truncated"` // findings or skips were left out, by the caller or by Append
}

// A Pusher is who pushed, as far as the host said. Mail addresses are left out: a log cannot forget them.
type Pusher struct {
	Name   string `json:"name"`
	Source string `json:"source"` // how it is known; "" = not at all
	Key    string `json:"key"`    // fingerprint or id of the key that authenticated the connection
}

// A Ref is one ref update.
type Ref struct {
	Ref       string `json:"ref"`
	Old       string `json:"old"` // full id; zeros = created
	New       string `json:"new"` // full id; zeros = deleted
	Protected bool   `json:"protected"`
}

// A Verdict is what policy said.
type Verdict struct {
	Result string `json:"result"` // "accepted", "refused", "error"
	Mode   string `json:"mode"`   // "enforce", "observe"
	Exit   int    `json:"exit"`   // the hook's exit code: 0 let the push in, whatever the result
}

// A Finding is where and by which rule something was found, without its words.
type Finding struct {
	Analyzer    string   `json:"analyzer"`
	Rule        string   `json:"rule"`  // with the analyzer's name, such as "secrets/github-pat"
	Level       string   `json:"level"` // "block", "warn", "late", "info"
	Path        string   `json:"path"`
	Line        int      `json:"line"`   // 1-based; 0 = the whole file, or not in a file
	Commit      string   `json:"commit"` // full id; "" = none
	Refs        []string `json:"refs"`
	Fingerprint string   `json:"fingerprint"`
	Allowed     string   `json:"allowed"` // why it may stay; "" = nothing allows it
}

// A Failure is a check that could not be completed.
type Failure struct {
	Analyzer string `json:"analyzer"`
	Reason   string `json:"reason"` // one line
	TimedOut bool   `json:"timed_out"`
	Softened bool   `json:"softened"` // policy let the push pass all the same
}

// An Outcome is how one analyzer's run ended.
type Outcome struct {
	Analyzer string           `json:"analyzer"`
	Status   string           `json:"status"` // "ok", "findings", "error", "timeout", "partial", "skipped"
	TookMS   int64            `json:"took_ms"`
	Examined map[string]int64 `json:"examined"` // by unit: "commits", "files", "lines", "bytes"
	Skipped  []Skip           `json:"skipped"`
}

// A Skip is something that was not examined.
type Skip struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// NewPushID returns a new ULID: unique without coordination, and sorted by time.
func NewPushID() string {
	// It cannot panic: crypto/rand.Reader returns no error, and the time fits until the year 10889.
	return ulid.MustNew(ulid.Now(), rand.Reader).String()
}

// Decode reads one line of a log. Keys that this version does not know are ignored.
func Decode(line []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(line, &r); err != nil {
		return Record{}, fmt.Errorf("decode audit record: %w", err)
	}
	if r.Version != Version {
		return Record{}, fmt.Errorf("decode audit record: version %d is not %d", r.Version, Version)
	}
	if r.Kind != Decision && r.Kind != Applied {
		return Record{}, fmt.Errorf("decode audit record: unknown kind %q", r.Kind)
	}
	return r, nil
}

// encode returns the record's line, with its end, and leaves r as it is.
func encode(r Record) ([]byte, error) {
	r = complete(r)
	line, err := marshal(r)
	if err != nil || len(line) <= MaxLine {
		return line, err
	}
	findings, skipped := r.Findings, make([][]Skip, len(r.Outcomes))
	r.Truncated, r.Findings = true, []Finding{}
	for i := range r.Outcomes {
		skipped[i], r.Outcomes[i].Skipped = r.Outcomes[i].Skipped, []Skip{}
	}
	if line, err = marshal(r); err != nil {
		return nil, err
	}
	if len(line) > MaxSearch {
		return nil, fmt.Errorf("%d bytes without findings, %d allowed", len(line), MaxSearch)
	}
	room := MaxLine - len(line)
	if r.Findings, room, err = fitting(findings, room); err != nil {
		return nil, err
	}
	for i := range r.Outcomes {
		if r.Outcomes[i].Skipped, room, err = fitting(skipped[i], room); err != nil {
			return nil, err
		}
	}
	return marshal(r)
}

// complete fills in what Append sets, and makes empty lists of missing ones: readers need not tell null from [].
func complete(r Record) Record {
	r.Version, r.Time = Version, r.Time.UTC()
	r.FindingsTotal = max(r.FindingsTotal, len(r.Findings))
	r.Refs = listed(r.Refs)
	r.Findings = listed(slices.Clone(r.Findings))
	for i := range r.Findings {
		r.Findings[i].Refs = listed(r.Findings[i].Refs)
	}
	r.Failures = listed(r.Failures)
	r.Outcomes = listed(slices.Clone(r.Outcomes))
	for i := range r.Outcomes {
		r.Outcomes[i].Skipped = listed(r.Outcomes[i].Skipped)
		if r.Outcomes[i].Examined == nil {
			r.Outcomes[i].Examined = map[string]int64{}
		}
	}
	return r
}

func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// fitting returns the first items that fit into room bytes, and the room that is left.
func fitting[T any](items []T, room int) ([]T, int, error) {
	for i, item := range items {
		b, err := marshal(item)
		if err != nil {
			return nil, 0, err
		}
		if len(b) > room { // the line's end that marshal adds stands for the comma
			return items[:i], 0, nil
		}
		room -= len(b)
	}
	return items, room, nil
}

// marshal leaves <, > and & readable: nobody puts the log into HTML unescaped who could not be hurt by it anyway.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
