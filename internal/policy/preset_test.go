package policy

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/allow"
)

var update = flag.Bool("update", false, "write the table of presets into docs/policy.md")

// The defaults, by rule: what happens on a protected ref / on a topic.
func TestPresetGates(t *testing.T) {
	for _, row := range []struct {
		analyzer, rule, group string
		want                  [4]string // observe, starter, standard, strict
	}{
		{"secrets", "github-pat", "provider", [4]string{"warn", "block", "block", "block"}},
		{"secrets", "generic-api-key", "generic", [4]string{"warn", "warn", "block", "block"}},
		{"secrets", "too-large", "unexamined", [4]string{"warn", "block", "block", "block"}},
		{"secrets", "own-rule", "", [4]string{"warn", "block", "block", "block"}},
		{"objects", "malformed", "", [4]string{"warn", "block", "block", "block"}},
		{"objects", "unsafe-path", "", [4]string{"warn", "block", "block", "block"}},
		{"refs", "replace-ref", "", [4]string{"warn", "block", "block", "block"}},
		{"refs", "deletion", "", [4]string{"warn/skip", "warn/skip", "block/skip", "block/skip"}},
		{"refs", "non-fast-forward", "", [4]string{"warn/skip", "warn/skip", "block/skip", "block/skip"}},
		{"refs", "tag-moved", "", [4]string{"warn", "warn", "block/warn", "block/warn"}},
		{"identity", "unsigned", "signature", [4]string{"skip", "skip", "skip", "skip"}},
		{"review", "unattested", "approval", [4]string{"skip", "skip", "skip", "skip"}},
		{"review", "checkpoint-50", "progress", [4]string{"skip", "skip", "skip", "skip"}},
		{"review", "statement-removed", "statement", [4]string{"skip", "skip", "block", "block"}},
		{"dor", "issue-key", "", [4]string{"warn", "warn", "block/warn", "block"}},
		{"dor", "type", "", [4]string{"warn", "warn", "block/warn", "block"}},
		{"dor", "subject-length", "", [4]string{"warn", "warn", "block/warn", "block"}},
		{"dor", "trailer-risk", "trailers", [4]string{"skip", "skip", "skip", "skip"}},
		{"dod", "wip", "", [4]string{"warn/skip", "warn/skip", "block/skip", "block/skip"}},
		{"dod", "tests-touched", "", [4]string{"warn/skip", "warn/skip", "warn/skip", "block/warn"}},
		{"dod", "conflict-marker", "content", [4]string{"warn", "warn", "block", "block"}},
		{"dod", "docs-touched", "docs", [4]string{"skip", "skip", "skip", "skip"}},
		{"rules", "own", "", [4]string{"warn", "block", "block", "block"}},
		{"policy", "broken-file", "", [4]string{"block", "block", "block", "block"}},
	} {
		for i, name := range PresetNames() {
			p := preset(t, name)
			if got := gateWords(p.Gates.Of(row.analyzer, row.rule, row.group)); got != row.want[i] {
				t.Errorf("%s: %s/%s: got %s, want %s", name, row.analyzer, row.rule, got, row.want[i])
			}
		}
	}
}

func TestPresets(t *testing.T) {
	for _, name := range PresetNames() {
		p := preset(t, name)
		mode, onError := Enforce, ErrorRefuse
		if name == "observe" {
			mode, onError = Observe, ErrorWarn
		}
		got := p.OnError["dor"]
		if got == "" {
			got = ErrorRefuse
		}
		if p.Preset != name || p.Mode != mode || got != onError || p.Limits != (Limits{32 << 20, 5}) || p.OnInvalid != InvalidWarn ||
			p.Allow != (Allow{Inline: allow.Never, Baseline: allow.Client, GitleaksIgnore: allow.Client}) ||
			strings.Join(p.Protected, " ") != "HEAD main master release/*" {
			t.Errorf("%s: %s", name, p.Canonical())
		}
		// What "policy init" writes is the preset itself, and right.
		data, err := PresetFile(name)
		if err != nil {
			t.Fatal(err)
		}
		written, err := Parse(".refward.yaml", data)
		if err != nil {
			t.Fatal(err)
		}
		if written.Digest() != p.Digest() {
			t.Errorf("%s: the written file is not the preset", name)
		}
		if err := written.CheckRules(t.Context(), testList()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// Every line that is commented out for the reader to use must work when he does.
		on := strings.NewReplacer("\n#contact", "\ncontact", "\n#fingerprint", "\nfingerprint", "\n#deadline", "\ndeadline",
			"\n#bots", "\nbots", "\non_error: {}\n#  dor", "\non_error:\n  dor", "\n#  dor", "\n  dor", "\n#types", "\ntypes", "\n#tracker", "\ntracker", "\n#reviewers", "\nreviewers", "\nclasses: {}\n#  security", "\nclasses:\n  security", "\n#sections", "\nsections", "\n#  - {", "\n  - {",
			"\n#enforce_from", "\nenforce_from", "\n#audit", "\naudit", "\n#  file", "\n  file").Replace(string(data))
		full, err := Parse(".refward.yaml", []byte(on))
		if err != nil {
			t.Errorf("%s with every line: %v", name, err)
		} else if full.Contact == "" || full.FingerprintKey == "" || full.Deadline == 0 || full.Bots == nil ||
			full.OnError["dor"] != ErrorWarn || full.Audit.File == "" || full.Allow.File == "" || full.Types == "" || full.Tracker.File == "" || len(full.Reviewers.Absent) != 1 ||
			len(full.Sections) != 2 || full.EnforceFrom.IsZero() || full.Classes[analyzers.Security] == nil {
			t.Errorf("%s: a line that is commented out does nothing: %s", name, full.Canonical())
		}
	}
	if p, err := Parse("f", nil); err != nil || p.Digest() != preset(t, DefaultPreset).Digest() {
		t.Errorf("an empty file is not %s: %v", DefaultPreset, err)
	}
	if _, err := Preset("stricter"); err == nil || !strings.Contains(err.Error(), `did you mean "strict"?`) {
		t.Errorf("unknown preset: %v", err)
	}
}

// Policy's fields are the file's keys; Check tells them from sections by their names.
func TestTopKeys(t *testing.T) {
	var fields []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Policy]()) {
		if f.IsExported() {
			fields = append(fields, f.Tag.Get("yaml"))
		}
	}
	if !slices.Equal(fields, topKeys()) {
		t.Errorf("fields %v, keys %v", fields, topKeys())
	}
	doc, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range fields {
		if !strings.Contains(string(doc), "\n| `"+key+"` |") {
			t.Errorf("docs/policy.md has no row for %s", key)
		}
	}
}

// The reference's tables say what the presets do.
func TestDocumentedPresets(t *testing.T) {
	documented(t, "presets", presetTable(t))
	documented(t, "classes", classTable(t))
}

func documented(t *testing.T, name, want string) {
	t.Helper()
	file, begin, end := "../../docs/policy.md", "<!-- "+name+": begin -->\n", "<!-- "+name+": end -->\n"
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(doc), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("no table")
	}
	if got != want && *update {
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got != want {
		t.Errorf("the table is not what the presets say (-update writes it):\n%s", want)
	}
}

func presetTable(t *testing.T) string {
	var b strings.Builder
	row := func(title string, cell func(*Policy) string) {
		fmt.Fprintf(&b, "| %s |", title)
		for _, name := range PresetNames() {
			fmt.Fprintf(&b, " %s |", cell(preset(t, name)))
		}
		b.WriteByte('\n')
	}
	row("", func(p *Policy) string { return "`" + p.Preset + "`" })
	b.WriteString("|---|---|---|---|---|\n")
	row("`mode`", func(p *Policy) string { return string(p.Mode) })
	keys := map[string]bool{}
	for _, name := range PresetNames() {
		for key := range preset(t, name).Gates {
			keys[key] = true
		}
	}
	for _, analyzer := range []string{"secrets", "objects", "refs", "identity", "review", "gosec", "goapi", "dor", "dod", "rules", "policy"} {
		var own []string
		for key := range keys {
			if key == analyzer || strings.HasPrefix(key, analyzer+"/") {
				own = append(own, key)
				delete(keys, key)
			}
		}
		slices.Sort(own)
		for _, key := range own {
			row("`"+key+"`", func(p *Policy) string {
				g, ok := p.Gates[key]
				if !ok {
					t.Errorf("preset %s has no gate %s, others do", p.Preset, key)
				}
				return strings.ReplaceAll(gateWords(g), "/", " / ")
			})
		}
	}
	if len(keys) > 0 {
		t.Errorf("gates of analyzers that are not in the table: %v", keys)
	}
	for _, analyzer := range []string{"gosec", "goapi", "dor", "dod", "rules"} {
		row("`on_error` of `"+analyzer+"`", func(p *Policy) string {
			if p.OnError[analyzer] == ErrorWarn {
				return "warn"
			}
			return "refuse"
		})
	}
	return b.String()
}

// classTable is the gate matrix of preset strict: what holds for every class, and what it makes of each.
func classTable(t *testing.T) string {
	p := preset(t, "strict")
	var b strings.Builder
	b.WriteString("| | every change |")
	keys := map[string]bool{}
	for _, class := range analyzers.Classes() {
		fmt.Fprintf(&b, " %s |", class)
		for key := range p.Classes[class] {
			keys[key] = true
		}
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(analyzers.Classes())) + "\n")
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		analyzer, rule, _ := strings.Cut(key, "/")
		group := map[string]string{"trailer-risk": "trailers", "trailer-acceptance": "trailers"}[rule]
		words := func(g Gate) string { return strings.ReplaceAll(gateWords(g), "/", " / ") }
		fmt.Fprintf(&b, "| `%s` | %s |", key, words(p.Gates.Of(analyzer, rule, group)))
		for _, class := range analyzers.Classes() {
			cell := ""
			if _, own := p.Classes[class][key]; own {
				cell = words(p.gatesIn(class, nil).Of(analyzer, rule, group))
			}
			fmt.Fprintf(&b, " %s |", cell)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func gateWords(g Gate) string {
	if g.Protected == g.Topic {
		return string(g.Topic)
	}
	return string(g.Protected) + "/" + string(g.Topic)
}

func preset(t testing.TB, name string) *Policy {
	t.Helper()
	p, err := Preset(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func parse(t testing.TB, file string) *Policy {
	t.Helper()
	p, err := Parse("f", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What the reference tells people to write works.
func TestDocumentedExamples(t *testing.T) {
	doc, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := strings.Split(string(doc), "```yaml\n")[1:]
	for _, example := range examples {
		example, _, _ = strings.Cut(example, "```")
		p, err := Parse("docs/policy.md", []byte(example))
		if err == nil {
			err = p.CheckRules(t.Context(), testList())
		}
		if err != nil {
			t.Errorf("%v\n%s", err, example)
		}
	}
	if len(examples) != 9 {
		t.Errorf("%d examples", len(examples))
	}
}
