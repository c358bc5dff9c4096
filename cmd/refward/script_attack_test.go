//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts attack-*.txtar each tell of one way around a secret check: what the attacker does, why the peer, gitleaks, does not
// see it, and where our gate does. The peer runs as in a pre-receive hook or in CI, over the commits that the push brings. Beside each
// attack stand its twin without the secret, which is accepted, and mostly the secret in the open, which the peer finds.

// cmdBegin is "begin [POLICY]": a repository srv.git that has a commit on main, and since then our gate, as "server" installs
// it; and a clone of it, work, which becomes the current directory. What a push of main brings is origin/main..main.
func cmdBegin(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) <= 1, "begin [POLICY]")
	server, work := filepath.Join(worldOf(ts).dir, "srv.git"), filepath.Join(worldOf(ts).dir, "work")
	ts.Check(ts.Exec("git", "init", "-q", "--bare", server))
	cmdClient(ts, false, []string{work[len(worldOf(ts).dir)+1:], "srv.git"})
	cmdPut(ts, false, []string{"README", "A shop."})
	cmdCommit(ts, false, []string{"docs: say what it is (#1)"})
	ts.Check(ts.Exec("git", "push", "-q", "origin", "main"))
	cmdServer(ts, false, append([]string{"srv.git"}, args...))
}

// cmdGitleaks is "gitleaks accepts ARG…" or "gitleaks finds RULE FILE LINE ARG…": the peer, run with these arguments, says "no leaks
// found" with exit code 0, or finds this and no other with exit code 1.
func cmdGitleaks(ts *testscript.TestScript, neg bool, args []string) {
	const usage = "gitleaks accepts ARG… | finds RULE FILE LINE ARG…"
	need(ts, neg, len(args) > 1, usage)
	verb, args, want := args[0], args[1:], map[place]bool{}
	switch {
	case verb == "finds" && len(args) > 3:
		want, args = places(ts, args[:3]), args[3:]
	case verb != "accepts":
		need(ts, neg, false, usage)
	}
	path, err := builtPeer()
	ts.Check(err)
	report := filepath.Join(worldOf(ts).dir, ".home", "leaks.json")
	err = ts.Exec(path, append(args, "--no-banner", "--no-color", "--redact", "--report-format=json", "--report-path="+report)...)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if wantCode := len(want); code != wantCode {
		ts.Fatalf("gitleaks ends with exit code %d, want %d", code, wantCode)
	}
	if code == 0 && !strings.Contains(ts.ReadFile("stderr"), "no leaks found") {
		ts.Fatalf("gitleaks does not say that it found nothing")
	}
	data, err := os.ReadFile(report)
	ts.Check(err)
	var found []struct {
		RuleID, File string
		StartLine    int
	}
	ts.Check(json.Unmarshal(data, &found))
	got := map[place]bool{}
	for _, f := range found {
		got[place{f.RuleID, f.File, f.StartLine}] = true
	}
	compare(ts, "peer's report", got, want)
}
