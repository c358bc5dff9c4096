package audit

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindDecision(t *testing.T) {
	t.Parallel()
	zero := strings.Repeat("0", 40)
	main := Ref{Ref: "refs/heads/main", Old: idA, New: idB}
	topic := Ref{Ref: "refs/heads/topic", Old: zero, New: idB}
	tests := []struct {
		name string
		log  []Record
		refs []Ref
		want string // "" = none
	}{
		{"empty log", nil, []Ref{main}, ""},
		{"no refs", []Record{decision("P", main.Ref, idA, idB)}, nil, ""},
		{"found", []Record{decision("P", main.Ref, idA, idB)}, []Ref{main}, "P"},
		{"protection is not compared", []Record{decision("P", main.Ref, idA, idB)}, []Ref{{Ref: main.Ref, Old: idA, New: idB, Protected: true}}, "P"},
		{"newest", []Record{decision("P1", main.Ref, idA, idB), decision("P2", main.Ref, idA, idB), decision("P3", "refs/heads/x", idA, idB)}, []Ref{main}, "P2"},
		{"other ref", []Record{decision("P", "refs/heads/x", idA, idB)}, []Ref{main}, ""},
		{"other old", []Record{decision("P", main.Ref, zero, idB)}, []Ref{main}, ""},
		{"other new", []Record{decision("P", main.Ref, idA, idA)}, []Ref{main}, ""},
		{"a part of what was decided", []Record{with(decision("P", "", "", ""), topic, main)}, []Ref{main}, "P"},
		{"all of what was decided", []Record{with(decision("P", "", "", ""), topic, main)}, []Ref{main, topic}, "P"},
		{"more than was decided", []Record{decision("P", main.Ref, idA, idB)}, []Ref{main, topic}, ""},
		{"two decisions do not add up", []Record{with(decision("P1", "", "", ""), main), with(decision("P2", "", "", ""), topic)}, []Ref{main, topic}, ""},
		{"refused", []Record{exit(decision("P", main.Ref, idA, idB), "refused", 1)}, []Ref{main}, ""},
		{"not checked", []Record{exit(decision("P", main.Ref, idA, idB), "error", 3)}, []Ref{main}, ""},
		{"refused after accepted", []Record{decision("P1", main.Ref, idA, idB), exit(decision("P2", main.Ref, idA, idB), "refused", 1)}, []Ref{main}, "P1"},
		{"observed lets in", []Record{exit(decision("P", main.Ref, idA, idB), "refused", 0)}, []Ref{main}, "P"},
		{"applied is no decision", []Record{{Kind: Applied, PushID: "P", Time: t0, Refs: []Ref{main}}}, []Ref{main}, ""},
		{"name that is no UTF-8", []Record{decision("P", "refs/heads/\xff\xfe", idA, idB)}, []Ref{{Ref: "refs/heads/\xff\xfe", Old: idA, New: idB}}, "P"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, r := range tt.log {
				mustAppend(t, path, r)
			}
			id, _, ok, err := FindDecision(path, tt.refs, "")
			if err != nil || id != tt.want || ok != (tt.want != "") {
				t.Errorf("found %q %v %v, want %q", id, ok, err, tt.want)
			}
		})
	}
}

func with(r Record, refs ...Ref) Record {
	r.Refs = refs
	return r
}

func exit(r Record, result string, code int) Record {
	r.Verdict = Verdict{Result: result, Mode: "enforce", Exit: code}
	return r
}

func TestFindDecisionPassesOverGarbage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	mustAppend(t, path, decision("P", "refs/heads/x", idA, idB))
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("\n\n" + idB + "\n{\"version\":9,\"x\":\"" + idB + "\"}\n\x00\x00\n{\"version\":1,\"kind\":\"decision\",\"push_id\":\"" + idB); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if id, _, ok, err := FindDecision(path, []Ref{{Ref: "refs/heads/x", Old: idA, New: idB}}, ""); id != "P" || !ok || err != nil {
		t.Errorf("found %q %v %v", id, ok, err)
	}
}

// The decision is found wherever it lies within the bound, and not behind it.
func TestFindDecisionIsBounded(t *testing.T) {
	t.Parallel()
	refs := []Ref{{Ref: "refs/heads/x", Old: idA, New: idB}}
	line, err := encode(decision("P", "refs/heads/x", idA, idB))
	if err != nil {
		t.Fatal(err)
	}
	filler := func(n int) []byte { return append(bytes.Repeat([]byte("x"), n-1), '\n') }
	first := 64 << 10 // the first window
	for _, tt := range []struct {
		behind int // bytes after the decision
		want   bool
	}{
		{first - len(line), true}, {first - len(line) + 1, true}, {first, true}, {8 * first, true},
		{MaxSearch - len(line), true}, {MaxSearch - len(line) + 1, false}, {MaxSearch + 1, false},
	} {
		path := filepath.Join(t.TempDir(), "log")
		data := append(append(filler(100), line...), filler(tt.behind)...)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, ok, err := FindDecision(path, refs, ""); ok != tt.want || err != nil {
			t.Errorf("%d bytes behind: found %v, error %v, want %v", tt.behind, ok, err, tt.want)
		}
	}
}

func TestFindDecisionErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	refs := []Ref{{Ref: "refs/heads/x", Old: idA, New: idB}}
	if id, _, ok, err := FindDecision(filepath.Join(dir, "missing"), refs, ""); id != "" || ok || err != nil {
		t.Errorf("no log: found %q %v %v", id, ok, err)
	}
	if _, _, _, err := FindDecision(dir, refs, ""); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: error %v", err)
	}
}

// TestFindDecisionRedacted: the name of a ref held a secret, which pre-receive replaced and post-receive does not know.
func TestFindDecisionRedacted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	decided := Ref{Ref: "refs/heads/topic/[redacted]-x", Old: idA, New: idB, Protected: true}
	if err := Append(t.Context(), path, Record{Kind: Decision, PushID: "P", Refs: []Ref{decided}}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"refs/heads/topic/hunter2-x": true, "refs/heads/topic/hunter2-y": false, "refs/heads/main": false,
	} {
		id, refs, ok, err := FindDecision(path, []Ref{{Ref: name, Old: idA, New: idB}}, "[redacted]")
		if ok != want || err != nil {
			t.Errorf("%s: found %t, %v", name, ok, err)
		}
		if ok && (id != "P" || len(refs) != 1 || refs[0] != decided) {
			t.Errorf("%s: %s %v, want the decided name", name, id, refs)
		}
	}
}
