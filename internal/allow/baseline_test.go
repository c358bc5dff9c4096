package allow

import (
	"reflect"
	"strings"
	"testing"
)

func TestBaseline(t *testing.T) {
	b := &Baseline{Findings: []Known{
		{fpB, "secrets/x", "b", 2}, {fpA, "secrets/x", `"a\n<&>"`, 1}, {fpB, "secrets/x", "b", 2}, // twice the same
	}}
	data, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "version": 1,
  "findings": [
    {"fingerprint":"` + fpA + `","rule":"secrets/x","path":"\"a\\n<&>\"","count":1},
    {"fingerprint":"` + fpB + `","rule":"secrets/x","path":"b","count":2}
  ]
}
`
	if string(data) != want {
		t.Errorf("got\n%s\nwant\n%s", data, want)
	}
	again, err := ParseBaseline(data)
	if err != nil || again.Len() != 2 || !again.Has(fpA) || !again.Has(fpB) || again.Has(strings.Repeat("0", 32)) {
		t.Errorf("read again: %v %+v", err, again)
	}
	none, err := (&Baseline{}).Encode()
	if err != nil || string(none) != "{\n  \"version\": 1,\n  \"findings\": []\n}\n" {
		t.Errorf("of nothing: %v %s", err, none)
	}
	if b, err := ParseBaseline(none); err != nil || b.Len() != 0 || b.Has("") {
		t.Errorf("of nothing, read again: %v", err)
	}
}

func TestBaselineIsReadStrictly(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "half": `{"version": 1, "findings": [`, "a list": "[]", "two": `{"version": 1, "findings": []} {}`,
		"no version": `{"findings": []}`, "another version": `{"version": 2, "findings": []}`,
		"unknown key": `{"version": 1, "findings": [], "all": true}`, "a word": `{"version": 1, "findings": [{"fingerprint": "*"}]}`,
		"no fingerprint": `{"version": 1, "findings": [{"rule": "secrets/x"}]}`,
	} {
		if b, err := ParseBaseline([]byte(text)); err == nil || b != nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// FuzzBaseline: what is accepted says the same when it is written again.
func FuzzBaseline(f *testing.F) {
	data, err := (&Baseline{Findings: []Known{{fpA, "secrets/x", "a", 1}}}).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := ParseBaseline(data)
		if err != nil {
			return
		}
		written, err := b.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseBaseline(written)
		if err != nil || !reflect.DeepEqual(b.known, again.known) {
			t.Fatalf("%v: %s is not %s", err, written, data)
		}
		if twice, err := again.Encode(); err != nil || string(twice) != string(written) {
			t.Fatalf("%v: written twice, it differs", err)
		}
	})
}
