package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// Whatever the file, reading it never panics; what is accepted says the same when it is written out and read again.
func FuzzParse(f *testing.F) {
	for _, name := range PresetNames() {
		data, err := PresetFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, seed := range []string{
		"", "a: {b: [1, 2.50, 1e300, 0x1F, 0o17, -3, 1_000, true, ~, 'x', \"\\u2028\\x85\\x7f\"]}", "dor: |\n  a\n", "dor:\n  x: >-\n    a\n    b\n",
		"mode: off\nprotected: [\"release/**\", 'a[b-c]?']", "deadline: 1h2m3.5s\nlimits: {blob: 1.5MiB, findings: 7}", "bots: [a]\non_error: {dor: refuse}",
		"a: &x [1]\nb: *x", "a: !!binary x", "<<: {a: 1}", "? a\n: b", "{a: 1, b: {c: d}}", "---\n...\n---\n", "a: \"\\ud800\"", "gates: {a/b: {protected: late, topic: skip}}",
		"a:\n- b\n-\n - c\n", "a: \ufeffb", "'a': {'': \"\"}", "preset: strict\ncontact: x\nfingerprint_key: \"\\0\"\naudit: {file: /a}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("f", data)
		if err != nil {
			var all Errors
			if !errors.As(err, &all) || len(all) == 0 {
				t.Fatalf("%T: %v", err, err)
			}
			for _, e := range all {
				if e.File != "f" || strings.ContainsAny(e.Msg+e.Hint, "\n\x1b") || (e.Line == 0) != (e.Column == 0) {
					t.Errorf("malformed error %+v", e)
				}
			}
			return
		}
		q, err := Parse("f", p.Canonical())
		if err != nil {
			t.Fatalf("canonical form refused: %v\n%s", err, p.Canonical())
		}
		if !bytes.Equal(p.Canonical(), q.Canonical()) || p.Digest() != q.Digest() {
			t.Fatalf("canonical form differs:\n%s%s", p.Canonical(), q.Canonical())
		}
		for i := range reflect.TypeFor[Policy]().NumField() {
			field := reflect.TypeFor[Policy]().Field(i)
			a, b := reflect.ValueOf(*p).Field(i), reflect.ValueOf(*q).Field(i)
			if a.Kind() == reflect.Slice && a.Len() == 0 && b.Len() == 0 {
				continue
			}
			if field.Name == "Sections" || field.Name == "Classify" { // an empty list in them is none, and the canonical form leaves it out
				textA, _ := json.Marshal(a.Interface())
				textB, _ := json.Marshal(b.Interface())
				a, b = reflect.ValueOf(string(textA)), reflect.ValueOf(string(textB))
			}
			if field.IsExported() && !reflect.DeepEqual(a.Interface(), b.Interface()) {
				t.Fatalf("%s differs: %v and %v", field.Name, a, b)
			}
		}
		// An overlay that says nothing changes nothing.
		if o, err := Overlay(p, "o", nil); err != nil || o.Digest() != p.Digest() {
			t.Fatalf("empty overlay: %v", err)
		}
		// Analyzers decode sections with whatever types they have.
		for name := range p.sections {
			var o options
			_ = p.Section(name, &o)
		}
		_ = p.CheckRules(t.Context(), testList())
		p.IsProtected("refs/heads/release/1.0", "main")
	})
}
