package language_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-enry/go-enry/v2/data"

	"github.com/refward/refward/analyzers/dod/lang"
	"github.com/refward/refward/expertise/language"
)

var update = flag.Bool("update", false, "write table.txt from go-enry's data")

// byHand are ends that the corpus gets wrong for repositories as they are.
var byHand = map[string]string{".md": "Markdown", ".json": "JSON", ".yml": "YAML", ".yaml": "YAML", ".tsx": "TypeScript", ".txt": "Text", ".cls": "TeX", ".cfg": "INI",
	".html": "HTML", ".inc": "", ".tab": "", ".mod": "", ".res": "", ".sum": "", ".1": "Roff", ".spec": "RPM Spec", ".php": "PHP", ".css": "CSS"}

// namesByHand are files that say more than go-enry's data has.
var namesByHand = map[string]string{"Containerfile": "Dockerfile", "Jenkinsfile": "Groovy", "go.mod": "Go Module", "go.sum": "Go Checksums", "Makefile": "Makefile", "Dockerfile": "Dockerfile"}

// table returns what table.txt must be.
func table(t *testing.T) string {
	code, err := lang.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	ends := map[string]string{}
	for ext, languages := range data.LanguagesByExtension {
		ext = strings.ToLower(ext)
		best := languages[0]
		for _, l := range languages {
			if weight(l) > weight(best) {
				best = l
			}
		}
		ends[ext] = best
	}
	maps.Copy(ends, byHand)
	for _, ext := range strings.Fields("go txtar py pyx js jsx mjs cjs vue svelte ts tsx mts cts java kt kts scala sc groovy clj cljs cljc c h cc cpp cxx hh hpp hxx ipp cu " +
		"m mm cs fs fsx vb rs rb rake php swift dart ex exs erl hrl hs lhs ml mli lua pl pm t r jl zig d sql pls plsql pks pkb sh bash zsh ksh bats ps1 psm1 sol tf rego feature robot") {
		name := code.Of("x." + ext).Language
		if name == "" {
			t.Errorf("analyzers/dod/lang does not know .%s", ext)
		}
		if shown := map[string]string{"txtar": "Text", "vue": "Vue", "svelte": "Svelte", "tf": "HCL", "rego": "Open Policy Agent", "robot": "RobotFramework",
			"vb": "Visual Basic .NET", "cu": "Cuda", "mm": "Objective-C++", "pyx": "Cython"}[ext]; shown != "" {
			name = shown // one language to a check for tests, another to a reader
		}
		ends["."+ext] = name
	}
	for ext, name := range ends {
		if name != "" {
			lines = append(lines, fmt.Sprintf("ext\t%s\t%s\n", ext, name))
		}
	}
	names := map[string]string{}
	for name, languages := range data.LanguagesByFilename {
		names[name] = languages[0]
	}
	maps.Copy(names, namesByHand)
	for name, l := range names {
		lines = append(lines, fmt.Sprintf("name\t%s\t%s\n", name, l))
	}
	for _, re := range data.DocumentationMatchers {
		lines = append(lines, fmt.Sprintf("doc\t%s\n", re))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func weight(l string) float64 {
	if w, ok := data.LanguagesLogProbabilities[l]; ok {
		return w
	}
	return -100
}

func TestTable(t *testing.T) {
	t.Parallel()
	want := table(t)
	if *update {
		if err := os.WriteFile("table.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("table.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("table.txt is not what go-enry's data and analyzers/dod/lang say: run with -update and look at the difference")
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"main.go": "Go", "a/b.py": "Python", "x.js": "JavaScript", "x.jsx": "JavaScript", "x.ts": "TypeScript", "x.tsx": "TypeScript", "A.java": "Java", "a.c": "C", "a.h": "C",
		"a.cc": "C++", "a.hpp": "C++", "lib.rs": "Rust", "q.sql": "SQL", "run.sh": "Shell", "Dockerfile": "Dockerfile", "deploy/Dockerfile.dev": "Dockerfile", "x.dockerfile": "Dockerfile",
		"a.yml": "YAML", "a.yaml": "YAML", ".github/workflows/x.YML": "YAML", "a.json": "JSON", "README.md": "Markdown", "Makefile": "Makefile", "Makefile.in": "Makefile",
		"a.mk": "Makefile", "go.mod": "Go Module", "x.html": "HTML", "x.css": "CSS", "a.kt": "Kotlin", "a.rb": "Ruby", "a.php": "PHP", "a.cs": "C#", "main.tf": "HCL", "a.proto": "Protocol Buffer",
		"x.html.erb": "HTML+ERB", "x.Go": "Go", "CMakeLists.txt": "CMake", "a.txt": "Text", "LICENSE": "Text", "a.vue": "Vue", "a.ps1": "PowerShell", "a.m": "Objective-C", "a.pl": "Perl",
		"a.toml": "TOML", "a.xml": "XML", "a.tex": "TeX", "Cargo.toml": "TOML", "git.1": "Roff", "BUILD": "Starlark", "a.unknownext": "", "": "", "/": "", ".": "", "a.": "", "x.go/": "",
		".bashrc": "Shell", "dir.go/file": "", "x\xff.go": "Go", strings.Repeat("a.", 5000) + "go": "Go",
	} {
		if got := language.Of(path); got != want {
			t.Errorf("%.40q: %q, want %q", path, got, want)
		}
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"go": "Go", "golang": "Go", "C++": "C++", "py": "Python", ".rs": "Rust", "typescript": "TypeScript", "sql": "SQL", "shell": "Shell", "klingon": "", "": ""} {
		if got, ok := language.Named(s); got != want || ok != (want != "") {
			t.Errorf("%q: %q", s, got)
		}
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][2]bool{ // generated, documentation
		"a.go": {}, "a.pb.go": {true}, "vendor/x/a.go": {true}, "go.sum": {true}, "yarn.lock": {true}, "node_modules/a/b.js": {true}, "README": {false, true}, "docs/a.png": {false, true},
		"a/docs.go": {}, "CHANGELOG.md": {false, true}, ".github/workflows/a.yml": {}, "cache/a.go": {}, "man/git.1": {false, true}, "x/LICENSE": {false, true},
	} {
		if got := [2]bool{language.Generated(path), language.Documentation(path)}; got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func FuzzOf(f *testing.F) {
	f.Add("a/b.go")
	f.Fuzz(func(t *testing.T, path string) {
		l := language.Of(path)
		if l != "" && l != language.Of("x/"+filepath.ToSlash(path[strings.LastIndexByte(path, '/')+1:])) {
			t.Errorf("%q: depends on its directory", path)
		}
		if l != "" {
			if n, ok := language.Named(l); !ok || n != l {
				t.Errorf("%q has no name: %q", l, n)
			}
		}
		language.Generated(path)
		language.Documentation(path)
	})
}

func BenchmarkOf(b *testing.B) {
	for b.Loop() {
		language.Of("internal/gitio/native/native_test.go")
	}
}
