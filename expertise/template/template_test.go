package template_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/expertise/language"
	"github.com/refward/refward/expertise/template"
)

func set(t *testing.T, folder fs.FS) *template.Set {
	s, err := template.New(folder)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func checklist(t *testing.T, s *template.Set, c template.Change) string {
	text, err := s.Checklist(c)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestChecklist(t *testing.T) {
	t.Parallel()
	text := checklist(t, set(t, nil), template.Change{
		Classes: []analyzers.Class{analyzers.Security, analyzers.Bugfix}, Gates: []template.Gate{{Rule: "dod/tests", Level: "block"}}, Languages: []string{"Go", "C++", "YAML", "COBOL", "Go"},
	})
	for _, want := range []string{"This change is: security, bugfix.", "A test attacks", "The cause is mended", "### Go\n\n- [ ] Errors", "### C\\+\\+\n\n- [ ] Owner", "`${{ … }}`", "- dod/tests (block)\n"} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is not in it once:\n%s", want, text)
		}
	}
	if strings.Contains(text, "COBOL") || strings.Contains(text, "\n\n\n") || !strings.HasSuffix(text, ")\n") {
		t.Errorf("%q", text)
	}
	if text := checklist(t, set(t, nil), template.Change{}); strings.Contains(text, "Gates") || strings.Contains(text, "This change") || !strings.HasSuffix(text, "change.\n") {
		t.Errorf("%q", text)
	}
}

// TestFiles: every language that has a template is one that a path can have, and every class has one.
func TestFiles(t *testing.T) {
	t.Parallel()
	for file, name := range map[string]string{"a.go": "Go", "a.py": "Python", "a.js": "JavaScript", "a.ts": "TypeScript", "A.java": "Java", "a.c": "C", "a.cc": "C++", "a.rs": "Rust", "a.sql": "SQL",
		"a.sh": "Shell", "Dockerfile": "Dockerfile", "a.yaml": "YAML", "a.tf": "HCL", "a.kt": "Kotlin", "a.cs": "C#", "a.rb": "Ruby", "a.php": "PHP", "Makefile": "Makefile"} {
		if l := language.Of(file); l != name {
			t.Errorf("%s is %s", file, l)
		}
		if text := checklist(t, set(t, nil), template.Change{Languages: []string{name}}); strings.Count(text, "\n### ") != 2 {
			t.Errorf("%s has no template: %s", name, text)
		}
	}
	for _, c := range analyzers.Classes() {
		if text := checklist(t, set(t, nil), template.Change{Classes: []analyzers.Class{c}}); !strings.Contains(text, "### Since it is: ") {
			t.Errorf("%s has no template", c)
		}
	}
	if list, err := filepath.Glob("files/language/*"); err != nil || len(list) != 18 {
		t.Errorf("%d files, %v: the list above has others", len(list), err)
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"language/cobol.tmpl": "- [ ] columns of {{.}}\n", "class/bugfix.tmpl": "- [ ] ours\n"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text := checklist(t, set(t, os.DirFS(dir)), template.Change{Classes: []analyzers.Class{analyzers.Bugfix}, Languages: []string{"COBOL", "Go"}})
	if !strings.Contains(text, "- [ ] columns of COBOL\n\n### Go") || !strings.Contains(text, "- [ ] ours") || strings.Contains(text, "The cause") {
		t.Error(text)
	}
	for name, tt := range map[string]struct{ file, text, msg string }{
		"syntax":   {"language/go.tmpl", "a\n{{if}}", "language/go.tmpl:2: "},
		"field":    {"checklist.tmpl", "\n\n{{.Klasses}}", "checklist.tmpl:3:"},
		"in part":  {"class/security.tmpl", "\n{{.X}}", "class/security.tmpl:2:"},
		"function": {"checklist.tmpl", "{{env}}", "checklist.tmpl:1: "},
		"long":     {"checklist.tmpl", "{{range 300000}}x{{end}}", "more than 262144 bytes"},
		"large":    {"checklist.tmpl", strings.Repeat("x", 1<<17), "checklist.tmpl: has 131072 bytes"},
		"class":    {"class/nope.tmpl", "", "class/nope.tmpl: no class"},
		"language": {"language/C++.tmpl", "", "would be cpp.tmpl"},
		"place":    {"x/y.tmpl", "", "x/y.tmpl: is in no folder"},
		"above":    {"other.tmpl", "", "other.tmpl: of the templates"},
		"name":     {"language/go.md", "", "language/go.md: a template's name"},
		"itself":   {"language/go.tmpl", `{{template "language/go.tmpl"}}`, "exceeded maximum template depth"},
	} {
		if _, err := template.New(fstest.MapFS{tt.file: {Data: []byte(tt.text)}}); err == nil || !strings.Contains(err.Error(), tt.msg) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzChecklist: names stay on their line and can begin nothing in Markdown.
func FuzzChecklist(f *testing.F) {
	s, err := template.New(fstest.MapFS{"checklist.tmpl": {Data: []byte("{{range .Classes}}{{.}}{{end}}")}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("<img src=x>\n# [a](b) @x \x1b[31m\u202e")
	f.Fuzz(func(t *testing.T, name string) {
		text, err := s.Checklist(template.Change{Classes: []analyzers.Class{analyzers.Class(name)}})
		if err != nil {
			return // too long
		}
		for i := range len(text) {
			if text[i] < ' ' {
				t.Errorf("%q becomes %q", name, text)
			}
		}
		bare := strings.NewReplacer(`\\`, "", `\<`, "", `\[`, "", `\@`, "", "\\`", "", `\&`, "").Replace(text)
		if strings.ContainsAny(bare, "<[@`&") {
			t.Errorf("%q becomes %q", name, text)
		}
	})
}
