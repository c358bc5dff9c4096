//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/audit"
	"github.com/refward/refward/internal/report"
)

// A place is a finding as scripts name it, in three words: RULE WHERE LINE. WHERE is the path as it is printed, or what the
// text report calls it: "commits", "tag v1", "ref x", "commit message". LINE is 0 where there is none. A RULE or
// WHERE that ends in "*" is open there: "secrets/*" is one or several rules of that analyzer, "a.zip*" the archive or what is in it.
type place struct {
	rule, where string
	line        int
}

func places(ts *testscript.TestScript, args []string) map[place]bool {
	if len(args)%3 != 0 {
		ts.Fatalf("findings are RULE WHERE LINE, not %q", args)
	}
	all := map[place]bool{}
	for ; len(args) > 0; args = args[3:] {
		line, err := strconv.Atoi(args[2])
		ts.Check(err)
		all[place{args[0], args[1], line}] = true
	}
	return all
}

// cmdRefused is "refused [-ref REF] REPO CODE RULE WHERE LINE…": the one new decision in the repository's record refuses with
// the exit code and for these reasons and no other, the pusher was told each of them, and no ref moved. With the codes 2 and
// 3, whose reasons are words, it is "refused REPO CODE TEXT". Nothing that was printed or recorded holds a secret, nor anything
// printed a control character.
func cmdRefused(ts *testscript.TestScript, neg bool, args []string) {
	ref := refFlag(&args)
	need(ts, neg, len(args) > 2, "refused [-ref REF] REPO CODE RULE WHERE LINE…|TEXT")
	w, d := worldOf(ts), nextDecision(ts, args[0], ref)
	if strconv.Itoa(d.Verdict.Exit) != args[1] {
		ts.Fatalf("decided with exit code %d (%s), want %s", d.Verdict.Exit, d.Verdict.Result, args[1])
	}
	for _, r := range d.Refs {
		ghost := analyzers.IsZero(r.New) && args[1] == "3"        // a ref that never was is not there, whatever was decided
		ghost = ghost || strings.Contains(r.Ref, report.Redacted) // whose real name only the script knows
		if is := w.stored(ts, args[0], r.Ref); is == r.New && !ghost {
			ts.Fatalf("%s is at %s though the push was refused", r.Ref, is)
		}
	}
	if args[1] != "1" {
		printed(ts, "error: push refused")
		printed(ts, args[2])
		return
	}
	want := places(ts, args[2:])
	compare(ts, "record", recorded(d), want)
	compareText(ts, "error: push refused", "block", want)
}

// cmdAccepted is "accepted [-ref REF] [-would] REPO [RULE WHERE LINE]…": the one new decision in the repository's record
// accepts with these findings and no other, the pusher was told each, every ref is where the pusher wants it, and post-receive
// recorded that. With -would, the push was let in though the policy, which observes, would refuse it.
func cmdAccepted(ts *testscript.TestScript, neg bool, args []string) {
	ref := refFlag(&args)
	head, result := "", "accepted"
	if len(args) > 0 && args[0] == "-would" {
		head, result, args = "warning: observe: this push would be refused", "refused", args[1:]
	}
	need(ts, neg, len(args) > 0, "accepted [-ref REF] [-would] REPO [RULE WHERE LINE]…")
	w, d := worldOf(ts), nextDecision(ts, args[0], ref)
	if d.Verdict.Exit != 0 || d.Verdict.Result != result {
		ts.Fatalf("decided %s with exit code %d, want %s with 0; failures %+v", d.Verdict.Result, d.Verdict.Exit, result, d.Failures)
	}
	for _, r := range d.Refs {
		if is := w.stored(ts, args[0], r.Ref); is != r.New {
			ts.Fatalf("%s is at %s, and %s was accepted", r.Ref, is, r.New)
		}
	}
	if !slices.ContainsFunc(records(ts, args[0]), func(r audit.Record) bool { return r.Kind == audit.Applied && r.PushID == d.PushID }) {
		ts.Fatalf("post-receive did not record push %s", d.PushID)
	}
	want := places(ts, args[1:])
	compare(ts, "record", recorded(d), want)
	if head == "" && len(want) > 0 {
		head = "warning: push accepted"
	}
	compareText(ts, head, "", want)
}

// cmdAllowed is "allowed REPO WHY RULE WHERE LINE…": the newest decision in the repository's record has these findings as ones that may
// stay for the reason that begins so, and no other.
func cmdAllowed(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) > 2, "allowed REPO WHY RULE WHERE LINE…")
	all, got := decisions(ts, args[0]), map[place]bool{}
	for _, f := range all[len(all)-1].Findings {
		if f.Allowed == "" {
			continue
		}
		if !strings.HasPrefix(f.Allowed, args[1]) || f.Level != "info" {
			ts.Fatalf("%s in %s is allowed by %q as %s, want %q as info", f.Rule, f.Path, f.Allowed, f.Level, args[1])
		}
		got[place{f.Rule, where(f.Path, f.Commit, f.Refs), f.Line}] = true
	}
	compare(ts, "record", got, places(ts, args[2:]))
}

// cmdUnjudged is "unjudged REPO": no decision was recorded since the last one that the script spoke about.
func cmdUnjudged(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1, "unjudged REPO")
	if n := len(decisions(ts, args[0])) - worldOf(ts).read[args[0]]; n != 0 {
		ts.Fatalf("%d new decisions, want none", n)
	}
}

// cmdPrints is "prints refused|accepted|would [RULE WHERE LINE]…": the text report that was just printed, on stderr by a hook
// and on stdout by "refward check", says so for these reasons. With no other word than "nothing", there is no report.
func cmdPrints(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) > 0, "prints refused|accepted|would|nothing [RULE WHERE LINE]…")
	text := said(ts)
	if args[0] == "nothing" {
		if regexp.MustCompile(`(?m)^(error|warning|success): |refward`).MatchString(text) {
			ts.Fatalf("something was printed")
		}
		return
	}
	head := map[string]string{"refused": "error: ", "accepted": "warning: ", "would": "warning: observe: "}[args[0]]
	need(ts, neg, head != "", "prints refused|accepted|would|nothing [RULE WHERE LINE]…")
	if !regexp.MustCompile(`(?m)^` + head + `.*(refused|accepted)`).MatchString(text) {
		ts.Fatalf("no line %q", head)
	}
	want, level := places(ts, args[1:]), map[string]string{"refused": "block", "accepted": "warn"}[args[0]]
	if len(want) == 0 { // for another reason than a finding
		level = ""
	}
	compareText(ts, head, level, want)
}

// cmdSays is "says TEXT…": each text was just printed by Refward, wherever lines are broken.
func cmdSays(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) > 0, "says TEXT…")
	for _, text := range args {
		printed(ts, text)
	}
}

// cmdReported is "reported CODE [RULE WHERE LINE]…": stdout is a JSON report with this exit code in its verdict, and these findings
// and no other.
func cmdReported(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) > 0, "reported CODE [RULE WHERE LINE]…")
	var r report.Report
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &r))
	if strconv.Itoa(r.Verdict.Exit) != args[0] {
		ts.Fatalf("the report says exit code %d, want %s", r.Verdict.Exit, args[0])
	}
	got := map[place]bool{}
	for _, f := range r.Findings {
		got[place{f.Rule, where(f.Path, f.Commit, f.Refs), f.Line}] = true
	}
	compare(ts, "report", got, places(ts, args[1:]))
	checkClean(ts, "report", ts.ReadFile("stdout"))
}

// cmdSame is "same REPORT REPORT|REPO": two JSON reports have the same refs, verdict and findings, byte for byte; or the newest
// decision of a repository has those of the report, as far as it keeps them.
func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "same REPORT REPORT|REPO")
	first := []byte(ts.ReadFile(args[0]))
	if !strings.HasSuffix(args[1], ".git") {
		if a, b := stable(ts, first), stable(ts, []byte(ts.ReadFile(args[1]))); a != b {
			ts.Fatalf("different:\n%s\n%s", a, b)
		}
		return
	}
	var r report.Report
	ts.Check(json.Unmarshal(first, &r))
	all := decisions(ts, args[1])
	d := all[len(all)-1]
	var a, b []string
	a = append(a, fmt.Sprint(r.Verdict.Result, r.Verdict.Mode, r.Verdict.Exit))
	b = append(b, fmt.Sprint(d.Verdict.Result, d.Verdict.Mode, d.Verdict.Exit))
	for _, x := range r.Refs {
		a = append(a, fmt.Sprint(x.Ref, x.Old, x.New, x.Protected))
	}
	for _, x := range d.Refs {
		b = append(b, fmt.Sprint(x.Ref, x.Old, x.New, x.Protected))
	}
	for _, f := range r.Findings {
		a = append(a, fmt.Sprint(f.Analyzer, f.Rule, f.Level, f.Path, f.Line, f.Commit, f.Refs, f.Fingerprint, f.Allowed))
	}
	for _, f := range d.Findings {
		b = append(b, fmt.Sprint(f.Analyzer, f.Rule, f.Level, f.Path, f.Line, f.Commit, f.Refs, f.Fingerprint, f.Allowed))
	}
	if !slices.Equal(a, b) {
		ts.Fatalf("different:\n%s\n\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
}

// stable returns the bytes of the keys that depend on refs, boundary and policy alone.
func stable(ts *testscript.TestScript, data []byte) string {
	var keys map[string]json.RawMessage
	ts.Check(json.Unmarshal(data, &keys))
	return string(keys["refs"]) + "\n" + string(keys["verdict"]) + "\n" + string(keys["findings"])
}

func refFlag(args *[]string) string {
	if a := *args; len(a) > 1 && a[0] == "-ref" {
		*args = a[2:]
		return a[1]
	}
	return ""
}

// records reads a repository's log, which must hold no secret.
func records(ts *testscript.TestScript, repo string) []audit.Record {
	w := worldOf(ts)
	f, err := os.Open(filepath.Join(w.dir, repo, "refward", "audit.jsonl"))
	if os.IsNotExist(err) {
		return nil
	}
	ts.Check(err)
	defer f.Close()
	var all []audit.Record
	in := bufio.NewScanner(f)
	in.Buffer(nil, audit.MaxLine+1)
	for in.Scan() {
		var r audit.Record
		ts.Check(json.Unmarshal(in.Bytes(), &r))
		checkClean(ts, "record", in.Text())
		all = append(all, r)
	}
	ts.Check(in.Err())
	return all
}

func decisions(ts *testscript.TestScript, repo string) []audit.Record {
	return slices.DeleteFunc(records(ts, repo), func(r audit.Record) bool { return r.Kind != audit.Decision })
}

// nextDecision returns the decision that the script has not spoken about yet: there must be one, or, when several pushes were
// judged at once, one that concerns ref.
func nextDecision(ts *testscript.TestScript, repo, ref string) audit.Record {
	w, all := worldOf(ts), decisions(ts, repo)
	fresh := all[min(w.read[repo], len(all)):]
	if ref == "" {
		if len(fresh) != 1 {
			ts.Fatalf("%d new decisions in %s, want 1", len(fresh), repo)
		}
		w.read[repo]++
		return fresh[0]
	}
	i := slices.IndexFunc(fresh, func(r audit.Record) bool {
		return slices.ContainsFunc(r.Refs, func(x audit.Ref) bool { return x.Ref == ref })
	})
	if i < 0 {
		ts.Fatalf("no new decision about %s among %d", ref, len(fresh))
	}
	// The others stay unread until the last of them: then all count as read.
	w.pending++
	if w.pending == len(fresh) {
		w.read[repo], w.pending = w.read[repo]+len(fresh), 0
	}
	return fresh[i]
}

// stored returns what a ref of a repository names; zeros for a ref that is not there.
func (w *world) stored(ts *testscript.TestScript, repo, quoted string) string {
	ref, err := report.UnquotePath(quoted)
	ts.Check(err)
	out, err := w.git(ts, filepath.Join(w.dir, repo), "rev-parse", "-q", "--verify", ref)
	if err != nil {
		return ts.Getenv("ZERO")
	}
	return strings.TrimSpace(out)
}

func recorded(d audit.Record) map[place]bool {
	got := map[place]bool{}
	for _, f := range d.Findings {
		if f.Allowed != "" {
			continue // see cmdAllowed
		}
		got[place{f.Rule, where(f.Path, f.Commit, f.Refs), f.Line}] = true
	}
	return got
}

// where names the place of a finding as the text report does.
func where(path, commit string, refs []string) string {
	switch {
	case path != "":
		return path
	case commit != "":
		return "commits"
	case len(refs) == 0:
		return "commit message"
	case strings.HasPrefix(refs[0], "refs/tags/"):
		return "tag " + strings.TrimPrefix(refs[0], "refs/tags/")
	}
	return "ref " + strings.TrimPrefix(refs[0], "refs/heads/")
}

func compare(ts *testscript.TestScript, what string, got, want map[place]bool) {
	if !maps.Equal(got, named(got, want)) {
		ts.Fatalf("the %s has the findings\n\t%v\nwant\n\t%v", what, slices.Collect(maps.Keys(got)), slices.Collect(maps.Keys(want)))
	}
}

// named returns want with what was found in place of what it leaves open.
func named[V any](got map[place]V, want map[place]bool) map[place]bool {
	out := maps.Clone(want)
	for w := range want {
		if !strings.HasSuffix(w.rule, "*") && !strings.HasSuffix(w.where, "*") {
			continue
		}
		for g := range got {
			if fits(g.rule, w.rule) && fits(g.where, w.where) && g.line == w.line {
				delete(out, w)
				out[g] = true
			}
		}
	}
	return out
}

func fits(text, pattern string) bool {
	beginning, open := strings.CutSuffix(pattern, "*")
	return text == pattern || open && strings.HasPrefix(text, beginning)
}

var entryRE = regexp.MustCompile(`^  (block|warn|late) ([a-z]+/[^ ,]+)(?:, lines? ([0-9, …]+?))?(?:, in .*)?$`)

// compareText holds a text report to its first line and to the findings; level, unless "", is that of at least one at each
// place.
func compareText(ts *testscript.TestScript, head, level string, want map[place]bool) {
	text := said(ts)
	checkClean(ts, "output", text)
	if !strings.Contains("\n"+text, "\n"+head) {
		ts.Fatalf("no line begins with %q", head)
	}
	got, title := map[place]string{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \n")
		if m := entryRE.FindStringSubmatch(line); m != nil {
			for n := range strings.SplitSeq(m[3], ",") {
				at, _ := strconv.Atoi(strings.TrimSpace(n)) // none is 0
				got[place{m[2], title, at}] = m[1]
			}
		} else if !strings.HasPrefix(line, " ") {
			title = strings.TrimPrefix(line, "file ")
		}
	}
	blocked := level == ""
	for p := range named(got, want) {
		if got[p] == "" {
			ts.Fatalf("the report does not print %v; it has %v", p, got)
		}
		blocked = blocked || got[p] == level
	}
	if !blocked {
		ts.Fatalf("nothing in the report is %q: %v", level, got)
	}
}

// printed ends the script unless the words were printed, wherever lines are broken.
func printed(ts *testscript.TestScript, words string) {
	text := said(ts)
	checkClean(ts, "output", text)
	if !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(words), " ")) {
		ts.Fatalf("%q was not printed", words)
	}
}

// said returns what Refward printed last: what git passes on from the server, or else everything.
func said(ts *testscript.TestScript) string {
	text := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	var remote strings.Builder
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "remote: "); ok {
			remote.WriteString(strings.TrimRight(rest, " \n") + "\n")
		}
	}
	if remote.Len() > 0 {
		return remote.String()
	}
	return text
}

// checkClean ends the script if a text has a secret, or anything that moves a terminal's cursor or changes the order of what is read.
func checkClean(ts *testscript.TestScript, what, text string) {
	for _, secret := range worldOf(ts).secrets {
		if i := strings.Index(text, secret); i >= 0 {
			ts.Fatalf("the %s has a secret: …%q", what, text[max(0, i-60):i])
		}
	}
	if !utf8.ValidString(text) {
		ts.Fatalf("the %s is not UTF-8: %q", what, text)
	}
	acts := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Cf, r) }
	if i := strings.IndexFunc(text, acts); i >= 0 {
		ts.Fatalf("the %s has a control character: %q", what, text[max(0, i-60):min(len(text), i+20)])
	}
}
