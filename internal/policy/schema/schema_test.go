package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/all"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/policy/schema"
	"github.com/refward/refward/internal/policy/strict"
)

var update = flag.Bool("update", false, "write the schema")

func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.File()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schema.URL, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schema.URL)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate holds a file of YAML to the schema.
func validate(t testing.TB, s *jsonschema.Schema, file string) error {
	t.Helper()
	doc, err := strict.Document("f", []byte(file))
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	value := any(map[string]any{})
	if doc != nil {
		value = strict.Plain(doc)
	}
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(instance)
}

// accepted reports whether "refward policy check" takes a file, without the rules of each analyzer.
func accepted(file string) error {
	p, err := policy.Parse("f", []byte(file))
	if err != nil {
		return err
	}
	list, err := all.List(nil)(p)
	if err != nil {
		return err
	}
	return p.Check(append(list, &analyzers.Analyzer{Name: "policy", Essential: true}))
}

func TestSchemaAcceptsWhatIsWritten(t *testing.T) {
	s := compiled(t)
	for _, name := range policy.PresetNames() {
		data, err := policy.PresetFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, s, string(data)); err != nil {
			t.Errorf("preset %s: %v", name, err)
		}
		if line, _, _ := strings.Cut(string(data), "\n"); line != "# yaml-language-server: $schema="+schema.URL {
			t.Errorf("preset %s does not tell editors of the schema", name)
		}
	}
	doc, err := os.ReadFile(root + "docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := strings.Split(string(doc), "```yaml\n")[1:]
	for _, example := range examples {
		example, _, _ = strings.Cut(example, "```")
		if err := validate(t, s, example); err != nil {
			t.Errorf("%v\n%s", err, example)
		}
	}
	if len(examples) < 8 {
		t.Errorf("%d examples", len(examples))
	}
	own, err := os.ReadFile(root + ".refward.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(t, s, string(own)); err != nil {
		t.Errorf("our own: %v", err)
	}
}

// What is wrong for policy is wrong for the schema, as far as it can say so.
func TestSchemaRefuses(t *testing.T) {
	s := compiled(t)
	for _, file := range []string{
		"version: 2", "version: '1'", "preset: standart", "mode: loud", "mode:", "contact: [a]", "contact: \"a\\nb\"", "unknown: 1", "gate: {dor: warn}", "limits: 5",
		"limits: {blob: 0}", "limits: {blob: many}", "limits: {findings: 0}", "limits: {findings: 1001}", "limits: {findigs: 5}",
		"deadline: 60", "deadline: soon", "deadline: -5s", "protected: main", "protected: ['{a,b}']", "protected: ['']", "protected: [/a]", "protected: [a/]",
		"bots: ['']", "gates: {dor: blok}", "gates: {dor: {protected: block}}", "gates: {dor: {protected: warn, topic: block}}",
		"gates: {dor: {protected: late, topic: block}}", "gates: {dor: {protected: skip, topic: warn}}", "gates: {dor: {protected: block, topic: warn, other: warn}}",
		"gates: {Dor: warn}", "gates: {dor/: warn}", "gates: {dor/a/b: warn}", "gates: {door: warn}", "gates: {dor: }", "gates: [dor]",
		"classify: {class: bugfix}", "classify: [{types: [fix]}]", "classify: [{class: bugfix}]", "classify: [{class: bug, types: [fix]}]",
		"classify: [{class: bugfix, types: []}]", "classify: [{class: bugfix, types: ['a b']}]", "classify: [{class: bugfix, branches: [HEAD]}]", "classify: [{class: bugfix, min_lines: 0}]",
		"classes: {bug: {dor: warn}}", "classes: {bugfix: {dor: blok}}", "sections: [{refs: [a]}]", "sections: [{mode: off}]", "sections: [{refs: [], mode: off}]",
		"sections: [{refs: [a], mode: loud}]", "sections: [{refs: [a], gates: {dor: blok}}]", "sections: [{repositories: ['{a}'], mode: off}]",
		"enforce_from: yesterday", "enforce_from: abc", "enforce_from: 2026-1-1", "on_error: {dor: ignore}", "on_error: {secrets: warn}", "on_error: {policy: warn}", "on_error: {door: warn}",
		"on_invalid: block", "audit: {file: a.jsonl}", "allow: {inline: sometimes}", "allow: {file: a}", "allow: {inlin: never}", "types: cache",
		"secrets: {packs: [all]}", "secrets: {mode: fast}", "secrets: {rules: [{regex: a}]}", "secrets: {rules: [{id: A b, regex: a}]}", "secrets: {rules: [{id: a}]}",
		"secrets: {rules: [{id: a, regex: b, group: personal}]}", "secrets: {rules: [{id: a, regex: b, entropy: 9}]}", "secrets: {allow: [{words: [a]}]}",
		"gosec: {severity: none}", "gosec: {nosec: yes}", "gosec: {include: [401]}", "gosec: {include: [X401]}", "gosec: {memory: 1}", "gosec: {cpu: 2}", "gosec: {tests: 'yes'}",
		"gosec: {settings: {G101: [a]}}", "dor: {subject_max: -1}", "dor: {subject_max: 1.5}", "dor: {types: feat}", "dor: {types: ['a b']}", "dor: {projects: [abc]}", "dor: {other: 1}", "dor: 1",
	} {
		if accepted(file) == nil {
			t.Errorf("policy accepts %s", file)
		}
		if validate(t, s, file) == nil {
			t.Errorf("the schema accepts %s", file)
		}
	}
}

// Whatever text stands in the tests of policy and in the scripts: what policy accepts, the schema accepts.
func TestSchemaIsNoStricter(t *testing.T) {
	s := compiled(t)
	// What an editor is right to mark, although it can be used: options that are nobody's, and an empty word for the default.
	exceptions := map[string]bool{"objects: {a: 1}": true, "refs: {a: 1}": true, "secrets: {mode: ''}": true}
	for text := range exceptions {
		if err := accepted(text); err != nil || validate(t, s, text) == nil {
			t.Errorf("%s is no exception: %v", text, err)
		}
	}
	n := 0
	try := func(where, text string) {
		if accepted(text) != nil || exceptions[text] {
			return
		}
		n++
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: policy accepts, and the schema does not:\n%s\n%v", where, text, err)
		}
	}
	files, err := filepath.Glob("../*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, "schema_test.go")
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					try(file, text)
				}
			}
			return true
		})
	}
	scripts, err := filepath.Glob(root + "testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		a, err := txtar.ParseFile(script)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			try(script, string(f.Data))
		}
	}
	for _, text := range []string{
		"gates:\nlimits:\nclasses:\non_error:\nallow:\naudit:\ndor:\nsecrets:\n", "limits: {blob: 4096}", "limits: {blob: 1.5}", "limits: {blob: 32 MiB}", "limits: {blob: \"1,000kB\"}",
		"deadline: 1h2m3.5s", "enforce_from: 2026-01-31T08:00:00.5+01:00", "enforce_from: 0123456789012345678901234567890123456789",
		"enforce_from: 1234567890123456789012345678901234567890", "classify: []", "sections: []", "protected: []", "objects: {}", "refs:", "on_error: {secrets: refuse}",
		"classes: {bugfix: {}}", "sections: [{refs: [a], gates: {dor: skip}, classes: {}}]", "sections: [{repositories: [/srv/git/a.git], mode: off}]", "audit: {file: ''}",
		"gosec: {include: [g401], cpu: 1.5s, settings: {g101: {pattern: x}}}", "dor: {patterns: [], subject_max: 0, bots: [a]}", "secrets: {packs: [], allow: [{words: [a], reason: b}]}",
	} {
		if err := accepted(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		try("the list", text)
	}
	if n < 100 {
		t.Errorf("only %d texts are policies", n)
	}
}
