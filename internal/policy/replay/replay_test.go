package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// records are changes of every move, and one whose objects are gone. Subjects and paths are what a page must not take for its own.
func records() []Record {
	data, err := os.ReadFile("testdata/records.jsonl")
	if err != nil {
		panic(err)
	}
	var all []Record
	for line := range bytes.Lines(data) {
		var r Record
		if err := json.Unmarshal(line, &r); err != nil {
			panic(err)
		}
		all = append(all, r)
	}
	return all
}

func counted(list []Record) *Result {
	tally := NewTally()
	for _, r := range list {
		tally.Add(r)
	}
	return tally.Result(About{ToolVersion: "test", Scope: Scope{Kind: "commits", GroupBy: "domain", Ref: "refs/heads/main"}})
}

func encoded(t *testing.T, r *Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.JSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEachChangeMovesOnce(t *testing.T) {
	r := counted(records())
	if want := (Moves{Units: 9, NewlyRefused: 5, NewlyAccepted: 1, NewlyUnchecked: 1, Unchanged: 1, Unchecked: 1}); r.Changes != want {
		t.Errorf("moves %+v, want %+v", r.Changes, want)
	}
	if r.NotReplayed.Units != 1 || r.Units != 10 || r.Judged != 9 || r.Complete() {
		t.Errorf("%d of %d judged, %d not, complete %v", r.Judged, r.Units, r.NotReplayed.Units, r.Complete())
	}
	if rule := r.Rules[0]; rule.NewlyRefused != 5 || rule.Alone != 5 || rule.NewlyAccepted != 1 || len(rule.Examples) != 3 || rule.Examples[0].ID != records()[0].ID {
		t.Errorf("rule %+v", rule)
	}
}

// TestOrderDoesNotCount: workers end in any order, and a replay that was interrupted has counted the file first.
func TestOrderDoesNotCount(t *testing.T) {
	list := records()
	want := encoded(t, counted(list))
	for range list {
		list = append(list[1:], list[0])
		if got := encoded(t, counted(list)); got != want {
			t.Fatalf("in another order:\n%s\nwant:\n%s", got, want)
		}
	}
}

// TestAlwaysPresent: no key is null.
func TestAlwaysPresent(t *testing.T) {
	if text := encoded(t, counted(nil)) + encoded(t, counted(records())); strings.Contains(text, "null") {
		t.Errorf("a list is null:\n%s", text)
	}
}

func header() Header {
	return Header{Tool: "test", Before: "a", After: "b", Units: 10, History: "h", GroupBy: "domain"}
}

func idOf(unit int) string { return records()[unit].ID }

func TestStateGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	open := func(h Header) ([]Record, error) {
		var got []Record
		s, err := Open(path, h, idOf, func(r Record) { got = append(got, r) })
		if err != nil {
			return nil, err
		}
		for _, r := range records()[len(got):min(len(got)+3, 10)] {
			if err := s.Append(r); err != nil {
				t.Fatal(err)
			}
		}
		return got, s.Close()
	}
	if got, err := open(header()); err != nil || len(got) != 0 {
		t.Fatal(got, err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"unit":3,"id":"to`); err != nil { // killed here
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := open(header())
	if err != nil || len(got) != 3 {
		t.Fatalf("after a torn line: %d records, %v", len(got), err)
	}
	if got, err = open(header()); err != nil || len(got) != 6 {
		t.Fatalf("after going on: %d records, %v", len(got), err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*Header){
		"other policy (--policy)":    func(h *Header) { h.After = "c" },
		"repository or range":        func(h *Header) { h.History = "c" },
		"version of refward":         func(h *Header) { h.Tool = "c" },
		"list of analyzers (--only)": func(h *Header) { h.Only = []string{"dor"} },
		"grouping (--group-by)":      func(h *Header) { h.GroupBy = "none" },
		"tip of HEAD's branch":       func(h *Header) { h.Stored = "c" },
		"present policy (--against)": func(h *Header) { h.Before = "c" },
		"allow file":                 func(h *Header) { h.Allow = "c" },
		"ref (--ref)":                func(h *Header) { h.Ref = "c" },
		"number of changes":          func(h *Header) { h.Units = 11 },
	} {
		h := header()
		change(&h)
		if _, err := open(h); !errors.Is(err, ErrState) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a file that does not fit was changed (%v)", err)
	}
}

// TestNoStateIsLeftAlone: --resume with the name of another file must not cost it.
func TestNoStateIsLeftAlone(t *testing.T) {
	for _, text := range []string{"my notes", "my notes\n", "{}\n", "version: 1\nmode: enforce\n"} {
		path := filepath.Join(t.TempDir(), "notes")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path, header(), idOf, func(Record) {})
		if got, _ := os.ReadFile(path); !errors.Is(err, ErrState) || string(got) != text {
			t.Errorf("%q: %v, and it is now %q", text, err, got)
		}
	}
}

// FuzzRead: what is accepted names changes of this replay, each once, and says the same when it is read again.
func FuzzRead(f *testing.F) {
	h := header()
	h.Version = StateVersion
	first, _ := json.Marshal(h)
	record, _ := json.Marshal(records()[2])
	f.Add(string(first) + "\n" + string(record) + "\n")
	f.Add(string(first) + "\n" + string(record) + "\n" + string(record[:20]))
	f.Add(`{"refward_replay":`)
	f.Fuzz(func(t *testing.T, text string) {
		seen := map[int]bool{}
		whole, err := Read(strings.NewReader(text), header(), idOf, func(r Record) {
			if seen[r.Unit] || r.ID != idOf(r.Unit) {
				t.Errorf("unit %d as %q", r.Unit, r.ID)
			}
			seen[r.Unit] = true
		})
		if err != nil {
			return
		}
		if whole > int64(len(text)) || whole > 0 && text[whole-1] != '\n' {
			t.Fatalf("%d bytes of %d are whole lines", whole, len(text))
		}
		again := 0
		if n, err := Read(strings.NewReader(text[:whole]), header(), idOf, func(Record) { again++ }); err != nil || n != whole || again != len(seen) {
			t.Errorf("again: %d bytes, %d records, %v", n, again, err)
		}
	})
}
