package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy/strict"
)

// Every way in which a file can be wrong, with the place and the words that its writer is told.
func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"unknown key", "version: 1\nmod: enforce\n", `f:2:1: unknown key "mod" (did you mean "mode"?)`},
		{"unknown key far from any", "version: 1\nqwertyuiop: 1\n", `f:2:1: unknown key "qwertyuiop" (known: version, preset, mode, contact, protected, fingerprint_key, deadline, limits, bots, gates, classify, classes, sections, enforce_from, on_error, on_invalid, audit, allow, types, tracker, identit…)`},
		{"unknown key in limits", "limits:\n  blob: 1MiB\n  findigs: 3\n", `f:3:3: unknown key "findigs" in limits (did you mean "findings"?)`},
		{"unknown key in audit", "audit: {fil: /a}\n", `f:1:9: unknown key "fil" in audit (did you mean "file"?)`},
		{"unknown key in a gate", "gates:\n  dor: {protectd: block, topic: warn}\n", `f:2:9: unknown key "protectd" in gates.dor (did you mean "protected"?)`},
		{"unknown key that is no section", "Secrets: {a: 1}\n", `f:1:1: unknown key "Secrets"`},

		{"version", "version: 2\n", `f:1:1: version: there is no version 2 (write 1, or use a newer refward)`},
		{"version as text", "version: \"1\"\n", `f:1:10: version: want a whole number, got text`},
		{"version as fraction", "version: 1.0\n", `f:1:10: version: want a whole number, got a number`},
		{"version too large", "version: 99999999999999999999\n", `f:1:10: version: want a whole number, got text`},
		{"version over int", "version: 18446744073709551615\n", `f:1:10: version: 18446744073709551615 is out of range`},
		{"preset", "preset: standart\n", `f:1:9: preset: there is no "standart" (did you mean "standard"?)`},
		{"preset and more", "preset: standart\nmode: x\n", "f:1:9: preset: there is no \"standart\" (did you mean \"standard\"?)\nf:2:7: mode: \"x\" is none of enforce, observe, off (known: enforce, observe, off)"},
		{"preset of wrong type", "preset: [strict]\n", `f:1:9: preset: want text, got a list`},
		{"preset empty", "preset:\n", `f:1:1: preset: no value (write a value, or remove the key)`},
		{"preset outside", "preset: ../presets/starter\n", `f:1:9: preset: there is no "../presets/starter"`},
		{"mode", "mode: enforced\n", `f:1:7: mode: "enforced" is none of enforce, observe, off (did you mean "enforce"?)`},
		{"mode off as boolean", "mode: false\n", `f:1:7: mode: want text, got true or false (put it in quotes if it is meant as text)`},
		{"mode empty", "mode:\n", `f:1:1: mode: no value (write a value, or remove the key)`},
		{"contact as number", "contact: 5\n", `f:1:10: contact: want text, got a number (put it in quotes if it is meant as text)`},
		{"contact with escape", `contact: "\e[2Jx"` + "\n", `f:1:1: contact: want one line of at most 200 characters`},
		{"contact of two lines", "contact: |\n  a\n  b\n", `f:1:1: contact: want one line of at most 200 characters`},

		{"protected as text", "protected: main\n", `f:1:12: protected: want a list, got text`},
		{"protected empty", "protected:\n", `f:1:1: protected: no value (write a value, or remove the key)`},
		{"protected bad glob", "protected: [main, \"release/[\"]\n", `f:1:19: protected[1]: "release/[" is not a glob`},
		{"protected braces", "protected: [\"{a,b}\"]\n", `f:1:13: protected[0]: "{a,b}" has braces: write one entry for each alternative`},
		{"protected empty entry", "protected: [\"\"]\n", `f:1:13: protected[0]: "" is empty`},
		{"protected slash", "protected:\n  - main\n  - release/\n", `f:3:5: protected[1]: "release/" begins or ends with a slash: no ref does`},
		{"protected null entry", "protected: [~]\n", `f:1:13: protected[0]: no value (write a value, or remove the key)`},
		{"protected number", "protected: [1]\n", `f:1:13: protected[0]: want text, got a number (put it in quotes if it is meant as text)`},

		{"deadline as number", "deadline: 60\n", `f:1:11: deadline: want a duration such as 60s, got a number`},
		{"deadline bad", "deadline: soon\n", `f:1:11: deadline: "soon" is not a duration (write it as 90s, 5m or 1h30m)`},
		{"deadline zero", "deadline: 0s\n", `f:1:1: deadline: want more than 0s and at most 24h0m0s`},
		{"deadline negative", "deadline: -5s\n", `f:1:1: deadline: want more than 0s and at most 24h0m0s`},
		{"deadline too long", "deadline: 25h\n", `f:1:1: deadline: want more than 0s and at most 24h0m0s`},

		{"size unit", "limits: {blob: 32MiBs}\n", `f:1:16: limits.blob: "32MiBs" is not a size up to 1.0 TiB, such as 32MiB, 500kB or 4096`},
		{"size negative", "limits: {blob: -1}\n", `f:1:16: limits.blob: "-1" is not a size`},
		{"size zero", "limits: {blob: 0}\n", `f:1:10: limits.blob: want at least 1 byte`},
		{"size too large", "limits: {blob: 2TiB}\n", `f:1:16: limits.blob: "2TiB" is not a size`},
		{"size list", "limits: {blob: [1]}\n", `f:1:16: limits.blob: want a plain value, got a list`},
		{"findings zero", "limits: {findings: 0}\n", `f:1:10: limits.findings: want 1 to 1000`},
		{"findings text", "limits: {findings: five}\n", `f:1:20: limits.findings: want a whole number, got text`},
		{"limits list", "limits: [1]\n", `f:1:9: limits: want a mapping, got a list`},

		{"bots null", "bots: [a, ~]\n", `f:1:11: bots[1]: no value`},
		{"bots empty", "bots: [\"\"]\n", `f:1:8: bots[0]: "" is not a login`},

		{"gate word", "gates:\n  dor: blok\n", `f:2:8: gates.dor: "blok" is none of skip, warn, late, block (did you mean "block"?)`},
		{"gate null", "gates:\n  dor:\n", `f:2:3: gates.dor: no value`},
		{"gate list", "gates: {dor: [block]}\n", `f:1:14: gates.dor: want text, got a list`},
		{"gate class word", "gates: {dor: {protected: blok, topic: warn}}\n", `f:1:26: gates.dor.protected: "blok" is none of skip, warn, late, block (did you mean "block"?)`},
		{"gate half", "gates: {dor: {protected: block}}\n", `f:1:14: gates.dor: needs both protected and topic`},
		{"gate upside down", "gates: {dor: {protected: warn, topic: block}}\n", `f:1:14: gates.dor: protected refs (warn) cannot be judged more mildly than topics (block)`},
		{"gate key", "gates:\n  dor/a/b: warn\n", `f:2:3: gates.dor/a/b: malformed key (write analyzer, analyzer/group or analyzer/rule)`},
		{"gates text", "gates: block\n", `f:1:8: gates: want a mapping, got text`},
		{"on_error word", "on_error: {dor: ignore}\n", `f:1:17: on_error.dor: "ignore" is none of warn, refuse (known: warn, refuse)`},
		{"audit relative", "audit: {file: audit.jsonl}\n", `f:1:9: audit.file: want an absolute path: a hook runs in a directory of Git's choice`},

		{"duplicate key", "mode: observe\nmode: off\n", `f:2:1: mapping key "mode" already defined at [1:1]`},
		{"duplicate gate", "gates:\n  dor: warn\n  dor: block\n", `f:3:3: mapping key "dor" already defined at [2:3]`},
		{"not a mapping", "- a\n", `f:1:1: the file: want a mapping, got a list`},
		{"text", "hello\n", `f:1:1: the file: want a mapping, got text`},
		{"two documents", "mode: off\n---\nmode: enforce\n", `f:3:1: a second YAML document: the file may hold one`},
		{"unfinished", "protected: [a,\n", `f:1:12: sequence end token ']' not found`},
		{"tab", "limits:\n\tblob: 1\n", `f:2:1: found character '?' that cannot start any token`},
		{"alias", "contact: &a x\nbots: [*a]\n", "f:1:10: an anchor (&name): not accepted here (write the value itself)\nf:2:8: an alias (*name): not accepted here (write the value itself)"},
		{"merge key", "c:\n  <<: {a: 1}\n", `f:2:3: a key that is not text`},
		{"tag", "contact: !!binary aGk=\n", `f:1:10: a tag (!name): not accepted here`},
		{"number as key", "secrets: {1: x}\n", `f:1:11: a key that is not text (put the key in quotes)`},
		{"infinity", "secrets: {x: .inf}\n", `f:1:14: a number: not accepted here`},
		{"not UTF-8", "mode: off # caf\xe9\n", `f:1:16: not UTF-8 (save the file as UTF-8)`},
		{"control character", "mode: off\n# \x1b[2J\n", `f:2:3: control character U+001B`},
		{"control character in a key", `"a\e[2J": 1`, `f:1:1: unknown key "a\x1b[2J"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Parse("f", []byte(tt.file))
			if err == nil {
				t.Fatalf("accepted:\n%s", p.Canonical())
			}
			var first *Error
			if !errors.As(err, &first) {
				t.Fatalf("%T is no *Error", err)
			}
			if !strings.HasPrefix(err.Error(), tt.want) || strings.Count(err.Error(), "\n") != strings.Count(tt.want, "\n") {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
			for _, r := range strings.ReplaceAll(err.Error(), "\n", "") {
				if r < ' ' {
					t.Errorf("control character %U in the message", r)
				}
			}
		})
	}
}

func TestParseReportsAllErrors(t *testing.T) {
	_, err := Parse("f", []byte("mod: x\nmode: x\nlimits: {blob: x, b: 1}\ngates: {dor: x, a b: warn}\nprotected: ['{']\n"))
	var all Errors
	if !errors.As(err, &all) || len(all) != 7 {
		t.Fatalf("want 7 errors, got %v", err)
	}
	for i := 1; i < len(all); i++ {
		if all[i].Line < all[i-1].Line {
			t.Errorf("not by line: %v", err)
		}
	}
	if _, err := Parse("f", []byte(manyUnknown(500))); !strings.HasSuffix(err.Error(), "\nf: 480 more errors") {
		t.Errorf("not bounded: %.200s", err)
	}
}

func manyUnknown(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	return b.String()
}

// An attacker may write the file: what would take long is refused before it is parsed. Without the bounds, each of the
// larger inputs takes minutes.
func TestParseIsBounded(t *testing.T) {
	const n = 250_000
	const many, deep, large = "f: more than 20000 words and signs", "nested more than 32 deep", "f: larger than 1 MiB"
	for _, tt := range []struct{ name, file, want string }{
		{"brackets", strings.Repeat("[", n), many},
		{"balanced", strings.Repeat("[", n) + strings.Repeat("]", n), many},
		{"dashes", strings.Repeat("- ", n) + "a", many},
		{"mappings", strings.Repeat("{a: ", n), many},
		{"keys", manyUnknown(strict.MaxTokens), many},
		{"aliases", "a: &a [x]\n" + strings.Repeat("b: [*a, *a]\n", n/12), many},
		{"deep", "a: {b: " + strings.Repeat("[", strict.MaxDepth) + strings.Repeat("]", strict.MaxDepth) + "}", deep},
		{"too large", "# " + strings.Repeat("x", strict.MaxBytes), large},
	} {
		if _, err := Parse("f", []byte(tt.file)); err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 1000 {
			t.Errorf("%s: %.300v", tt.name, err)
		}
	}
	if _, err := Parse("f", []byte("# "+strings.Repeat("x", strict.MaxBytes-2))); err != nil {
		t.Errorf("1 MiB: %v", err)
	}
}

func TestParseAccepts(t *testing.T) {
	for name, file := range map[string]string{
		"nothing":      "",
		"comments":     "# nothing yet\n",
		"null":         "~\n",
		"byte order":   "\ufeffmode: observe\n",
		"CRLF":         "mode: observe\r\ngates:\r\n  dor: warn\r\n",
		"document":     "---\nmode: observe\n...\n",
		"commented":    "gates:\n#  dor: warn\nlimits:\non_error:\nsecrets:\n",
		"empty":        "{}",
		"not so deep":  "a: {b: " + strings.Repeat("[", strict.MaxDepth-2) + strings.Repeat("]", strict.MaxDepth-2) + "}",
		"nobody":       "protected: []\nbots: []\ncontact: \"\"\n",
		"unknown part": "anything: {a: [1, 2.5, true, ~]}\n",
	} {
		if _, err := Parse("f", []byte(file)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseValues(t *testing.T) {
	p, err := Parse("f", []byte(`version: 1
preset: strict
mode: observe
contact: "security@example.org"
protected: [trunk]
fingerprint_key: "k"
deadline: 1m30s
limits: {blob: 500kB}
bots: [renovate]
gates: {dor: late}
on_error: {dor: warn}
on_invalid: gate
audit: {file: /var/lib/refward/audit.jsonl}
`))
	if err != nil {
		t.Fatal(err)
	}
	if p.Preset != "strict" || p.Mode != Observe || p.Contact != "security@example.org" || p.Protected[0] != "trunk" ||
		len(p.Protected) != 1 || p.FingerprintKey != "k" || p.Deadline != 90*time.Second || p.Limits.Blob != 500_000 ||
		p.Limits.Findings != 5 || p.Bots[0] != "renovate" || p.Gates["dor"].Topic != Late || p.OnError["dor"] != ErrorWarn || p.OnInvalid != InvalidGate ||
		p.Audit.File != "/var/lib/refward/audit.jsonl" {
		t.Errorf("got %s", p.Canonical())
	}
	if got := p.Source(); got != "f over preset strict" {
		t.Errorf("source %q", got)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if p, err := Load(write("good.yaml", "mode: observe\n")); err != nil || p.Mode != Observe {
		t.Errorf("good file: %v %v", p, err)
	}
	bad := write("bad.yaml", "mode: x\n")
	if _, err := Load(bad); err == nil || !strings.HasPrefix(err.Error(), bad+":1:7: ") {
		t.Errorf("bad file: %v", err)
	}
	if _, err := Load(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("directory: %v", err)
	}
	if _, err := Load(write("large", strings.Repeat("#", strict.MaxBytes+1))); err == nil || !strings.Contains(err.Error(), "1 MiB") {
		t.Errorf("large file: %v", err)
	}
	if runtime.GOOS != "windows" {
		// A device never ends, and a FIFO never begins.
		if _, err := Load("/dev/zero"); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("device: %v", err)
		}
	}
}

func testList() []*analyzers.Analyzer {
	rules := func(ids ...string) func() []analyzers.Rule {
		return func() (list []analyzers.Rule) {
			for _, id := range ids {
				list = append(list, analyzers.Rule{ID: id})
			}
			return list
		}
	}
	return []*analyzers.Analyzer{
		{Name: "secrets", Essential: true, Groups: []string{"provider", "generic", "personal", "unexamined"}, Rules: rules("github-pat")},
		{Name: "objects", Essential: true, Rules: rules("malformed", "unsafe-path")},
		{Name: "refs", Essential: true, Rules: rules("replace-ref", "deletion", "non-fast-forward")},
		{Name: "identity", Essential: true, Groups: []string{"signature", "pusher"}, Rules: rules("unsigned", "committer-not-pusher")},
		{Name: "gosec", Groups: []string{"high", "medium", "low", "unexamined"}, Rules: rules("g401", "nosec", "incomplete", "missing-types")},
		{Name: "goapi", Rules: rules("breaking-change", "incomplete", "missing-types")},
		{Name: "dor", Groups: []string{"trailers"}, Rules: rules("issue-key", "type", "subject-length", "body-separator", "tracker-stale", "trailer-risk", "trailer-acceptance", "trailer-change-class")},
		{Name: "dod", Groups: []string{"docs", "history", "content"}, Rules: rules("wip", "docs-touched", "sign-off", "tests-touched", "perf-evidence", "rollback", "size")},
		{Name: "rules", Rules: rules("none")},
		{Name: "review", Essential: true, Groups: []string{"approval", "merger", "statement", "progress"}, Rules: rules("unattested", "statement-removed",
			"self-approval", "stale-approval", "approval-invalid", "checkpoint-large")},
	}
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"analyzer in gates", "gates:\n  secret: warn\n", `f:2:3: gates.secret: there is no analyzer "secret" (did you mean "secrets"?)`},
		{"analyzer of a rule", "gates:\n  door/wip: warn\n", `f:2:3: gates.door/wip: there is no analyzer "door" (did you mean "dor"?)`},
		{"on_error", "on_error:\n  dorr: warn\n", `f:2:3: on_error.dorr: there is no analyzer "dorr" (did you mean "dor"?)`},
		{"essential", "on_error: {secrets: warn}\n", `f:1:12: on_error.secrets: secrets is essential: when it cannot answer, nothing may enter (remove the line)`},
		{"essential policy", "on_error: {policy: warn}\n", `f:1:12: on_error.policy: policy is essential`},
		{"section", "mode: off\nsecret: {a: 1}\n", `f:2:1: unknown key "secret" (did you mean "secrets"?)`},
		{"key that looks like a section", "gate: {dor: warn}\n", `f:1:1: unknown key "gate" (did you mean "gates"?)`},
		{"empty section", "limit:\n", `f:1:1: unknown key "limit" (did you mean "limits"?)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Parse("f", []byte(tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Check(testList()); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
	// What our presets say of analyzers that a program does not have is no slip of the administrator's.
	if err := preset(t, "strict").CheckRules(t.Context(), nil); err != nil {
		t.Errorf("preset: %v", err)
	}
	p, err := Parse("f", []byte("gates: {secrets/provider: block, secrets/nosuch: warn, dod/wpi: skip, dor: {protected: block, topic: warn}}\n"+
		"on_error: {secrets: refuse, dor: warn}\nsecrets: {a: 1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check(testList()); err != nil {
		t.Errorf("Check: %v", err)
	}
	err = p.CheckRules(t.Context(), testList())
	if err == nil || !strings.Contains(err.Error(), `f:1:34: gates.secrets/nosuch: secrets has no rule or group "nosuch"`) ||
		!strings.Contains(err.Error(), `gates.dod/wpi: dod has no rule or group "wpi" (known: docs, history, content, wip,`) {
		t.Errorf("CheckRules: %v", err)
	}
}

type options struct {
	Types  []string          `yaml:"types"`
	Max    int               `yaml:"subject_max"`
	Small  int8              `yaml:"small"`
	Ratio  float64           `yaml:"ratio"`
	On     bool              `yaml:"on"`
	Wait   time.Duration     `yaml:"wait"`
	Size   Size              `yaml:"size"`
	Labels map[string]string `yaml:"labels"`
	Nested *struct {
		Word string `yaml:"word"`
		Keep string `yaml:"keep"`
	} `yaml:"nested"`
	Any    any `yaml:"any"`
	hidden int
}

func TestSection(t *testing.T) {
	base, err := Parse("base", []byte("dor:\n  types: [feat]\n  subject_max: 50\n  nested: {word: a, keep: k}\n  labels: {x: \"1\", y: \"2\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Overlay(base, "own", []byte("dor:\n  types: [fix, chore]\n  nested: {word: b}\n  labels: {y: \"3\"}\n  wait: 2s\n  size: 1KiB\n  ratio: 1\n  on: true\n  any: {a: [1]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	defaults := map[string]string{"z": "0"}
	o := options{Max: 72, Small: 3, Labels: defaults}
	if err := p.Section("dor", &o); err != nil {
		t.Fatal(err)
	}
	if strings.Join(o.Types, " ") != "fix chore" || o.Max != 50 || o.Small != 3 || o.Ratio != 1 || !o.On || o.Wait != 2*time.Second ||
		o.Size != 1024 || fmt.Sprint(o.Labels) != "map[x:1 y:3 z:0]" || o.Nested.Word != "b" || o.Nested.Keep != "k" ||
		fmt.Sprint(o.Any) != "map[a:[1]]" {
		t.Errorf("got %+v %+v", o, o.Nested)
	}
	if len(defaults) != 1 {
		t.Errorf("the defaults were written to: %v", defaults)
	}
	if err := p.Section("gosec", &o); err != nil {
		t.Errorf("absent section: %v", err)
	}
	// Two layers over one base do not write into each other's, and a mapping that says nothing leaves what was there.
	one, err := Overlay(p, "one", []byte("dor: {subject_max: 1, nested: }\n"))
	if err != nil {
		t.Fatal(err)
	}
	digest := one.Digest()
	a, errA := Overlay(one, "a", []byte("dor: {subject_max: 8}\n"))
	b, errB := Overlay(one, "b", []byte("dor: {subject_max: 9}\n"))
	var inOne, inA, inB options
	for err := range map[error]bool{errA: true, errB: true, one.Section("dor", &inOne): true, a.Section("dor", &inA): true, b.Section("dor", &inB): true} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if inOne.Max != 1 || inA.Max != 8 || inB.Max != 9 || one.Digest() != digest {
		t.Errorf("layers share: %d %d %d", inOne.Max, inA.Max, inB.Max)
	}
	if fmt.Sprint(one.options("dor")["nested"]) != "map[keep:k word:b]" || inOne.Nested.Word != "b" {
		t.Errorf("a mapping without lines: %v %+v", one.options("dor"), inOne.Nested)
	}
	// Merged as it was decoded: the canonical form means the same.
	q, err := Parse("canonical", p.Canonical())
	if err != nil {
		t.Fatal(err)
	}
	again := options{Max: 72, Small: 3, Labels: defaults}
	if err := q.Section("dor", &again); err != nil || fmt.Sprint(again.Types, again.Max, again.Labels, *again.Nested) != fmt.Sprint(o.Types, o.Max, o.Labels, *o.Nested) {
		t.Errorf("canonical form: %v %+v", err, again)
	}
}

func TestSectionRefuses(t *testing.T) {
	for _, tt := range []struct{ file, want string }{
		{"dor:\n  tipes: [a]\n", `f:2:3: unknown key "tipes" in dor (did you mean "types"?)`},
		{"dor:\n  nested:\n    wort: a\n", `f:3:5: unknown key "wort" in dor.nested (did you mean "word"?)`},
		{"dor: {hidden: 1}\n", `f:1:7: unknown key "hidden" in dor`},
		{"dor: {types: fix}\n", `f:1:14: dor.types: want a list, got text`},
		{"dor: {types: [1]}\n", `f:1:15: dor.types[0]: want text, got a number`},
		{"dor: {subject_max: many}\n", `f:1:20: dor.subject_max: want a whole number, got text`},
		{"dor: {subject_max: 1.5}\n", `f:1:20: dor.subject_max: want a whole number, got a number`},
		{"dor: {small: 200}\n", `f:1:14: dor.small: 200 is out of range`},
		{"dor: {on: yes}\n", `f:1:11: dor.on: want true or false, got text`},
		{"dor: {ratio: x}\n", `f:1:14: dor.ratio: want a number, got text`},
		{"dor: {labels: {a: 1}}\n", `f:1:19: dor.labels.a: want text, got a number`},
		{"dor: {labels: [a]}\n", `f:1:15: dor.labels: want a mapping, got a list`},
		{"dor: {nested: a}\n", `f:1:15: dor.nested: want a mapping, got text`},
		{"dor: {wait: 5}\n", `f:1:13: dor.wait: want a duration`},
		{"dor: {subject_max: ~}\n", `f:1:7: dor.subject_max: no value`},
	} {
		p, err := Parse("f", []byte(tt.file))
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		var o options
		if err := p.Section("dor", &o); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
	p, _ := Preset("starter")
	if err := p.Section("dor", options{hidden: 1}); err == nil {
		t.Error("decoded into a value that is no pointer")
	}
}
