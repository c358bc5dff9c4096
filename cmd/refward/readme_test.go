package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite what README.md shows of the program")

// readmePart holds a part of README.md, between "<!-- name" and "<!-- end -->", to what it should be.
func readmePart(t *testing.T, name, want string) {
	t.Helper()
	file := filepath.Join("..", "..", "README.md")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	part := regexp.MustCompile(`(?s)(<!-- ` + name + `[^\n]*-->\n)(.*?)(<!-- end -->)`)
	m := part.FindStringSubmatchIndex(string(data))
	if m == nil {
		t.Fatalf("README.md has no part %q", name)
	}
	if got := string(data[m[4]:m[5]]); got == want {
		return
	} else if !*update {
		t.Fatalf("README.md shows\n%s\nbut it is\n%s\nrun: go test ./cmd/refward -update", got, want)
	}
	changed := string(data[:m[4]]) + want + string(data[m[5]:])
	if err := os.WriteFile(file, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReadmeListsTheChecks(t *testing.T) {
	list, err := documented()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| check | what it does | rules |\n|---|---|---|\n")
	for _, a := range list {
		title, _, _ := strings.Cut(a.Doc, "\n")
		var ids []string
		for _, r := range a.Rules() {
			ids = append(ids, "`"+r.ID+"`")
		}
		rules := strings.Join(ids, " ")
		if len(ids) > 10 {
			rules = fmt.Sprintf("%d, in the groups `%s`", len(ids), strings.Join(a.Groups, "` `"))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", a.Name, title, rules)
	}
	readmePart(t, "checks", b.String())
}

// TestRulesAreDocumented holds docs/rules.md to what the checks say of their rules.
func TestRulesAreDocumented(t *testing.T) {
	list, err := documented()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("<", `\<`, "*", `\*`, "_", `\_`, "`", "\\`").Replace // in Markdown, as it stands here
	var b strings.Builder
	b.WriteString("# What is found\n\nThe rules of every check, as `refward explain RULE` prints them. What becomes of a finding, [the policy](policy.md) says.\n")
	for _, a := range list {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", a.Name, upperFirst(strings.Replace(a.Doc, "\n\n", ".\n\n", 1)))
		if len(a.Groups) > 0 {
			fmt.Fprintf(&b, "\nGroups: `%s/%s`.\n", a.Name, strings.Join(a.Groups, "`, `"+a.Name+"/"))
		}
		rules := a.Rules()
		if a.Name == "secrets" {
			b.WriteString("\n| group | rules |\n|---|---|\n")
			for _, g := range a.Groups {
				n := 0
				for _, r := range rules {
					if r.Group == g {
						n++
					}
				}
				fmt.Fprintf(&b, "| `%s` | %d |\n", g, n)
			}
			b.WriteString("\n`refward explain secrets` lists them.\n")
			continue
		}
		for _, r := range rules {
			fmt.Fprintf(&b, "\n### %s/%s\n\n%s.\n", a.Name, r.ID, upperFirst(text(r.Summary)))
			if r.Group != "" {
				fmt.Fprintf(&b, "Group `%s/%s`.\n", a.Name, r.Group)
			}
			if r.Why != "" {
				fmt.Fprintf(&b, "%s\n", text(r.Why))
			}
			fmt.Fprintf(&b, "\nTo mend it: %s\n", text(r.Fix))
			if r.Example != "" {
				fmt.Fprintf(&b, "\n~~~\n%s\n~~~\n", strings.TrimRight(r.Example, "\n"))
			}
			if r.CWE != "" {
				fmt.Fprintf(&b, "\n[CWE-%s](https://cwe.mitre.org/data/definitions/%s.html)\n", r.CWE, r.CWE)
			}
		}
	}
	file := filepath.Join("..", "..", "docs", "rules.md")
	got, err := os.ReadFile(file)
	if string(got) == b.String() {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the checks say of their rules (%v): run: go test ./cmd/refward -run TestRulesAreDocumented -update", file, err)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func upperFirst(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// TestReadmeTranscript runs the push that README.md shows.
func TestReadmeTranscript(t *testing.T) {
	dir := t.TempDir()
	receive := filepath.Join(dir, "refward-receive")
	if out, err := exec.Command("go", "build", "-o", receive, "../refward-receive").CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	git := func(in string, args ...string) (string, error) {
		cmd := exec.Command("git", args...)
		cmd.Dir = filepath.Join(dir, in)
		cmd.Env = append(os.Environ(), "HOME="+dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "LC_ALL=C",
			"GIT_AUTHOR_NAME=A Developer", "GIT_AUTHOR_EMAIL=dev@example.org", "GIT_AUTHOR_DATE=1700000000 +0000",
			"GIT_COMMITTER_NAME=A Developer", "GIT_COMMITTER_EMAIL=dev@example.org", "GIT_COMMITTER_DATE=1700000000 +0000")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	must := func(in string, args ...string) {
		t.Helper()
		if out, err := git(in, args...); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	must("", "init", "-q", "--bare", "-b", "main", "shop.git")
	write("shop.git/hooks/pre-receive", "#!/bin/sh\nexec '"+receive+"' pre-receive\n")
	must("", "init", "-q", "-b", "main", "shop")
	must("shop", "remote", "add", "origin", "../shop.git")
	write("shop/config.ini", "token = ghp_"+"wWPw5k4aXcaT4fNP0U"+"cnZwJUVFk6LO0pINUx\n")
	must("shop", "add", "config.ini")
	must("shop", "commit", "-q", "-m", "feat: talk to the API (#12)")
	out, err := git("shop", "push", "origin", "main")
	if err == nil {
		t.Fatal("the push was accepted")
	}
	out = regexp.MustCompile(`(?m)[ \t]+$`).ReplaceAllString(out, "")
	out = regexp.MustCompile(`push [0-9A-HJKMNP-TV-Z]{26}`).ReplaceAllString(out, "push 01M82000000000000000000000")
	readmePart(t, "transcript", "```\n$ git push origin main\n"+out+"```\n")
}
