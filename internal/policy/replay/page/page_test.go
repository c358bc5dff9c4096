package page_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/internal/browsertest"
	"github.com/refward/refward/internal/policy/replay"
	"github.com/refward/refward/internal/policy/replay/page"
)

// TestPageInBrowser has a real browser look at the page.
func TestPageInBrowser(t *testing.T) {
	data, err := os.ReadFile("../testdata/records.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	tally := replay.NewTally()
	for line := range bytes.Lines(data) {
		var r replay.Record
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		tally.Add(r)
	}
	var b bytes.Buffer
	if err := page.Write(&b, tally.Result(replay.About{ToolVersion: "test", Scope: replay.Scope{Kind: "commits", GroupBy: "domain", Ref: "refs/heads/main"}})); err != nil {
		t.Fatal(err)
	}
	chromium := browsertest.Program(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "page.html")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(profile string, args ...string) (string, string) {
		var stderr bytes.Buffer
		cmd := exec.Command(chromium, slices.Concat(browsertest.Arguments(filepath.Join(dir, profile)), []string{"--enable-logging=stderr"}, args)...)
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("chromium: %v: %s", err, stderr.String())
		}
		return string(out), stderr.String()
	}
	dom, log := run("dom", "--dump-dom", "file://"+file)
	if strings.Contains(log, "CONSOLE") {
		t.Errorf("the console has messages:\n%s", log)
	}
	if !strings.Contains(dom, "<title>Policy replay: 5 newly refused, 1 newly accepted</title>") {
		t.Error("the title is not ours: a script ran, or the page is broken")
	}
	if strings.Contains(dom, "<img") || strings.Contains(dom, "<script") || strings.Count(dom, "&lt;img src=x onerror") < 4 {
		t.Errorf("a subject or a path is not text any more:\n%s", dom)
	}
	for _, want := range []string{`<html lang="en">`, "<header>", `<main id="main">`, "<nav aria-label=", "<footer>", "<h1>", `<svg role="img"`, "gosec", "<details>"} {
		if !strings.Contains(dom, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	tables := strings.Split(dom, "<table>")[1:]
	if len(tables) != 8 {
		t.Errorf("%d tables, want 8", len(tables))
	}
	for _, table := range tables {
		table, _, _ = strings.Cut(table, "</table>")
		if !strings.Contains(table, "<caption>") || strings.Count(table, "<tr>") < 2 {
			t.Errorf("a table without a caption, or without rows: %.200s", table)
		}
		for _, th := range regexp.MustCompile(`<th[ >][^>]*>?`).FindAllString(table, -1) {
			if !strings.Contains(th, "scope=") {
				t.Errorf("%s has no scope", th)
			}
		}
	}
	shot := filepath.Join(dir, "page.png")
	run("shot", "--window-size=1200,1600", "--screenshot="+shot, "file://"+file)
	if data, err := os.ReadFile(shot); err != nil || !bytes.HasPrefix(data, []byte("\x89PNG")) || len(data) < 20_000 {
		t.Errorf("the picture of the page has %d bytes (%v)", len(data), err)
	}
}
