package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"
)

var (
	idA = strings.Repeat("a", 40)
	idB = strings.Repeat("b", 40)
	t0  = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
)

// decision returns an accepted decision about one update.
func decision(pushID, ref, old, new string) Record {
	return Record{
		Kind: Decision, PushID: pushID, Time: t0, Host: "plain", Hook: "pre-receive",
		Refs:    []Ref{{Ref: ref, Old: old, New: new}},
		Verdict: Verdict{Result: "accepted", Mode: "enforce"},
	}
}

func TestEveryKeyIsAlwaysPresent(t *testing.T) {
	t.Parallel()
	line, err := encode(Record{Kind: Applied, Time: t0, Findings: make([]Finding, 1), Outcomes: make([]Outcome, 1)})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"version":1,"kind":"applied","push_id":"","time":"2024-05-06T07:08:09Z","host":"","repository":"","hook":"",` +
		`"pusher":{"name":"","source":"","key":""},"options":0,"refs":[],"verdict":{"result":"","mode":"","exit":0},` +
		`"findings":[{"analyzer":"","rule":"","level":"","path":"","line":0,"commit":"","refs":[],"fingerprint":"","allowed":""}],"findings_total":1,` +
		`"failures":[],"outcomes":[{"analyzer":"","status":"","took_ms":0,"examined":{},"skipped":[]}],` +
		`"policy_digest":"","tool_version":"","truncated":false}` + "\n"
	if string(line) != want {
		t.Errorf("got  %s\nwant %s", line, want)
	}
}

func TestEncodeLeavesTheRecordAlone(t *testing.T) {
	t.Parallel()
	r := Record{Kind: Decision, Time: t0, Findings: make([]Finding, 1), Outcomes: []Outcome{{Skipped: []Skip{{What: strings.Repeat("x", 2*MaxLine)}}}}}
	before := fmt.Sprintf("%#v", r)
	if _, err := encode(r); err != nil {
		t.Fatal(err)
	}
	if after := fmt.Sprintf("%#v", r); after != before {
		t.Error("encode changed its argument")
	}
}

func TestTimeIsUTC(t *testing.T) {
	t.Parallel()
	r := decision("P", "refs/heads/x", idA, idB)
	r.Time = t0.In(time.FixedZone("far", 5*3600))
	line, err := encode(r)
	if err != nil || !bytes.Contains(line, []byte(`"time":"2024-05-06T07:08:09Z"`)) {
		t.Errorf("error %v, line %s", err, line)
	}
}

func TestLineIsBounded(t *testing.T) {
	t.Parallel()
	finding := Finding{Analyzer: "secrets", Rule: "secrets/x", Path: "<" + strings.Repeat("p", 90) + ">", Refs: []string{"refs/heads/x"}}
	skip := Skip{What: strings.Repeat("w", 90), Why: "too large"}
	tests := []struct {
		name            string
		findings, skips int
		truncated       bool
	}{
		{"small", 10, 10, false},
		{"findings", 20_000, 10, true},
		{"skips", 10, 20_000, true},
		{"both", 20_000, 20_000, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := decision("P", "refs/heads/x", idA, idB)
			for range tt.findings {
				r.Findings = append(r.Findings, finding)
			}
			var skips []Skip
			for range tt.skips {
				skips = append(skips, skip)
			}
			r.Outcomes = []Outcome{{Analyzer: "secrets", Skipped: skips}, {Analyzer: "gosec", Status: "ok"}}
			line, err := encode(r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decode(line)
			if err != nil {
				t.Fatal(err)
			}
			if len(line) > MaxLine || got.Truncated != tt.truncated || got.FindingsTotal != tt.findings || len(got.Refs) != 1 || len(got.Outcomes) != 2 {
				t.Errorf("%d bytes, truncated %v, total %d, refs %v", len(line), got.Truncated, got.FindingsTotal, got.Refs)
			}
			whole := len(got.Findings) == tt.findings && len(got.Outcomes[0].Skipped) == tt.skips
			if whole == tt.truncated {
				t.Errorf("%d findings and %d skips kept, truncated %v", len(got.Findings), len(got.Outcomes[0].Skipped), got.Truncated)
			}
			// Room is not given away either.
			if tt.truncated && len(line) < MaxLine-1000 {
				t.Errorf("only %d of %d bytes used", len(line), MaxLine)
			}
		})
	}
}

func TestRefsAreNeverLeftOut(t *testing.T) {
	t.Parallel()
	r := Record{Kind: Decision, Time: t0, Findings: make([]Finding, 3)}
	for i := range 10_000 {
		r.Refs = append(r.Refs, Ref{Ref: fmt.Sprintf("refs/tags/v%d", i), Old: idA, New: idB})
	}
	line, err := encode(r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(line)
	if err != nil || len(got.Refs) != 10_000 || len(got.Findings) != 0 || !got.Truncated || got.FindingsTotal != 3 {
		t.Errorf("error %v, %d refs, %d of %d findings, truncated %v", err, len(got.Refs), len(got.Findings), got.FindingsTotal, got.Truncated)
	}
	r.Refs[0].Ref = strings.Repeat("x", MaxSearch)
	if _, err := encode(r); err == nil {
		t.Error("a line that FindDecision could not read was accepted")
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"", "{", "[]", `{}`, `{"version":2,"kind":"decision"}`, `{"version":1,"kind":"x"}`, `{"version":1}`, `{"version":1,"kind":"decision"} x`} {
		if r, err := Decode([]byte(line)); err == nil {
			t.Errorf("Decode(%q) = %+v", line, r)
		}
	}
	if _, err := Decode([]byte(`{"version":1,"kind":"decision","new_key":1}`)); err != nil {
		t.Errorf("a key of a later version: %v", err)
	}
}

func TestNewPushID(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		id := NewPushID()
		if _, err := ulid.ParseStrict(id); err != nil || seen[id] {
			t.Fatalf("push id %q: error %v, seen %v", id, err, seen[id])
		}
		seen[id] = true
	}
}

// The example in the documentation is a line that Append writes.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/audit-format.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(doc), "```json\n")
	example, _, ok2 := strings.Cut(rest, "```")
	if !ok || !ok2 {
		t.Fatal("no example")
	}
	r, err := Decode([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	line, err := encode(r)
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(example)); err != nil {
		t.Fatal(err)
	}
	if got, want := string(bytes.TrimSpace(line)), compact.String(); got != want {
		t.Errorf("Append writes\n%s\nthe documentation says\n%s", got, want)
	}
	for _, typ := range []any{Record{}, Pusher{}, Ref{}, Verdict{}, Finding{}, Failure{}, Outcome{}, Skip{}} {
		rt := reflect.TypeOf(typ)
		for i := range rt.NumField() {
			key := rt.Field(i).Tag.Get("json")
			if !strings.Contains(string(doc), "`"+key+"`") {
				t.Errorf("key %s of %s is not documented", key, rt.Name())
			}
		}
	}
}

func FuzzRecord(f *testing.F) {
	f.Add("01H", "refs/heads/main", "a\nb", "x\x00\u2028<&>", 3, int64(7), true)
	f.Add("", "\xff", "\"", "\\", -1, int64(-1), false)
	f.Add("", "", "\xc2", "\xa3", 0, int64(0), false) // valid together, not each
	f.Fuzz(func(t *testing.T, id, ref, path, reason string, exit int, took int64, flag bool) {
		r := decision(id, ref, idA, idB)
		r.Verdict.Exit, r.Refs[0].Protected = exit, flag
		r.Findings = []Finding{{Path: path, Line: exit, Refs: []string{ref}}}
		r.Failures = []Failure{{Analyzer: id, Reason: reason, TimedOut: flag}}
		r.Outcomes = []Outcome{{TookMS: took, Examined: map[string]int64{reason: took}, Skipped: []Skip{{What: path, Why: reason}}}}
		line, err := encode(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(line, '\n') != len(line)-1 {
			t.Fatalf("not one line: %q", line)
		}
		got, err := Decode(line)
		if err != nil {
			t.Fatal(err)
		}
		again, err := encode(got)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{id, ref, path, reason} {
			if !utf8.ValidString(text) {
				return // JSON cannot hold the bytes; that it is one line is all that can be asked
			}
		}
		if !bytes.Equal(line, again) || !reflect.DeepEqual(got, complete(r)) {
			t.Errorf("wrote\n%sread\n%s", line, again)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version":1,"kind":"decision","refs":null,"findings":[{"refs":null}]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := Decode(line)
		if err != nil {
			return
		}
		once, err := encode(r)
		if err != nil {
			return // a year that RFC 3339 cannot write
		}
		r, err = Decode(once)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := encode(r); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("error %v\n%s%s", err, once, twice)
		}
	})
}
