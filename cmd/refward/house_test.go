package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/refward/refward/internal/policy"
)

const module = "github.com/refward/refward"

// layers are the parts of the tree in the order in which data flows. A package may import packages of its own layer and
// of those before it; within the first two, only what arrows allows besides.
var layers = []struct {
	name    string
	members []string
}{
	{"vocabulary", []string{"analyzers"}},
	{"checks and services", []string{"analyzers/", "internal/"}},
	{"expertise", []string{"expertise", "expertise/"}},
	{"hooks", []string{"hooks"}},
	{"installer", []string{"installer"}},
	{"programs", []string{"cmd/"}},
}

func layerOf(pkg string) int {
	if pkg == "internal/bench" || strings.HasPrefix(pkg, "internal/bench/") {
		return len(layers) - 1 // programs that measure the others
	}
	for i, l := range layers {
		for _, m := range l.members {
			if pkg == m || strings.HasSuffix(m, "/") && strings.HasPrefix(pkg, m) {
				return i
			}
		}
	}
	return -1
}

// TestImportsPointOneWay holds the arrows of docs/design.md.
func TestImportsPointOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, module+"/...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, out)
	}
	packages := 0
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		from := strings.TrimPrefix(f[0], module+"/")
		packages++
		if layerOf(from) < 0 {
			t.Errorf("%s is in no layer", from)
		}
		for _, imported := range f[1:] {
			if wrong := forbidden(from, imported); wrong != "" {
				t.Errorf("%s imports %s: %s", from, imported, wrong)
			}
		}
	}
	if packages < 10 {
		t.Errorf("only %d packages seen", packages)
	}
}

// belowGitio are the packages that read a repository's files for gitio.
var belowGitio = map[string]bool{
	"internal/odb": true, "internal/refstore": true, "internal/commitwalk": true, "internal/treediff": true,
	"internal/gitio/native": true, "internal/gitio/plumbing": true, "internal/gitio/source": true,
}

// forbidden says why a package may not import another, or "".
func forbidden(from, imported string) string {
	own, ours := strings.CutPrefix(imported, module+"/")
	switch {
	case from == "analyzers" && (ours || strings.Contains(strings.SplitN(imported, "/", 2)[0], ".")):
		return "the vocabulary needs the standard library only"
	case strings.HasPrefix(imported, "github.com/go-git/") && !strings.HasPrefix(from, "internal/gitio") && from != "internal/bench/read":
		return "only internal/gitio knows go-git, and the bench that compares the two"
	case ours && belowGitio[own] && !strings.HasPrefix(from, "internal/gitio") && !belowGitio[from]:
		return "only internal/gitio reads a repository's files"
	case imported == "os/exec" && from == "internal/gitio/native":
		return "it works without git"
	case !ours:
		return ""
	case layerOf(own) > layerOf(from):
		return "data flows the other way"
	case checkOf(own) != "" && checkOf(own) == checkOf(from):
		return "" // parts of one check
	case (own == "internal/linediff" || own == "internal/message" || own == "internal/pattern" || own == "internal/attest" || own == "internal/objectsig") && strings.HasPrefix(from, "analyzers/"):
		return "" // they know texts only
	case layerOf(own) == layerOf(from) && strings.HasPrefix(own, "analyzers/") && from != "analyzers/all" && !strings.HasPrefix(from, "internal/bench/"):
		return "checks do not know each other"
	case strings.HasPrefix(from, "analyzers/") && from != "analyzers/all" && strings.HasPrefix(own, "internal/"):
		return "a check knows the vocabulary only"
	case own == "installer" && !strings.HasPrefix(from, "cmd/"):
		return "only the programs install"
	case from == "installer" && (own == "hooks" || own == "expertise"):
		return "the installer puts files in place and judges nothing"
	}
	return ""
}

// checkOf returns the folder of the check that a package belongs to, or "".
func checkOf(pkg string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(pkg, "analyzers/"), "/")
	if name == pkg || name == "all" || name == "analyzerstest" {
		return ""
	}
	return "analyzers/" + name
}

// TestArrowsCanRefuse shows that the test above would see what it is there for.
func TestArrowsCanRefuse(t *testing.T) {
	for from, imported := range map[string]string{
		"analyzers":             module + "/internal/policy",
		"analyzers/secrets":     module + "/internal/gitio",
		"analyzers/dor":         module + "/analyzers/secrets",
		"analyzers/refs":        module + "/analyzers/secrets/detector",
		"internal/policy":       module + "/hooks",
		"internal/report":       "github.com/go-git/go-git/v5",
		"hooks":                 module + "/internal/odb",
		"internal/audit":        module + "/internal/gitio/plumbing",
		"expertise":             module + "/installer",
		"installer":             module + "/hooks",
		"internal/gitio/native": "os/exec",
	} {
		if forbidden(from, imported) == "" {
			t.Errorf("%s may import %s", from, imported)
		}
	}
}

// TestGosecIsNotLinked: what links gosec pays for it at every start, and what can overflow the stack is in a process of its own. The server's hook
// has no type checker either.
func TestGosecIsNotLinked(t *testing.T) {
	links := func(program, what string) bool {
		out, err := exec.Command("go", "list", "-deps", module+"/cmd/"+program).CombinedOutput()
		if err != nil {
			t.Fatalf("go list: %v: %s", err, out)
		}
		return slices.ContainsFunc(strings.Fields(string(out)), func(p string) bool { return p == what || strings.HasPrefix(p, what+"/") })
	}
	for _, program := range []string{"refward", "refward-receive"} {
		if links(program, "github.com/securego/gosec") {
			t.Errorf("%s links gosec", program)
		}
	}
	if links("refward-receive", "go/types") {
		t.Error("refward-receive links a type checker")
	}
	if !links("refward-gosec", "github.com/securego/gosec") || !links("refward-gosec", "go/types") {
		t.Error("the helper does not link gosec: this test sees nothing")
	}
}

// TestExitCodes holds the code, the manual and the documentation together.
func TestExitCodes(t *testing.T) {
	codes := map[int]string{
		policy.ExitAccepted: "accepted", policy.ExitRefused: "refused by policy",
		policy.ExitUsage: "usage or policy file wrong", policy.ExitUnchecked: "could not check",
	}
	for file, row := range map[string]string{
		"doc.go":                   `(?m)^//\t(\d)  (.+)$`,
		"../../docs/exit-codes.md": `(?m)^\| (\d) \| ([^|]+) \|`,
		"../../README.md":          "(?m)^\\| `(\\d)` \\| ([^|]+) \\|",
	} {
		data, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		rows := regexp.MustCompile(row).FindAllStringSubmatch(string(data), -1)
		if len(rows) != len(codes) {
			t.Errorf("%s lists %d exit codes, want %d", file, len(rows), len(codes))
		}
		for _, r := range rows {
			if code, _ := strconv.Atoi(r[1]); codes[code] != r[2] {
				t.Errorf("%s: %s is %q, want %q", file, r[1], r[2], codes[code])
			}
		}
	}
}

// TestMainIsThin: what a program does is found in its other files.
func TestMainIsThin(t *testing.T) {
	for _, file := range []string{"main.go", "../refward-receive/main.go"} {
		data, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(data), "\n"); n > 40 {
			t.Errorf("%s has %d lines, at most 40", file, n)
		}
	}
}
