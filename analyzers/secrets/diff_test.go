package secrets

import (
	"bufio"
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp/syntax"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zricethezav/gitleaks/v8/config"

	"github.com/refward/refward/analyzers"
)

// In what "git log -p" shows, the analyzer finds what the gitleaks command finds: the same rules in the same lines and
// columns, as often. The history is made of our own dependencies' sources, gitleaks among them, and of made-up
// texts for each rule. REFWARD_DIFF_REPO names a repository to compare on instead, such as a large one.
func TestSameAsGitleaks(t *testing.T) {
	repo := os.Getenv("REFWARD_DIFF_REPO")
	if repo == "" {
		repo = history(t)
	}
	a := analyzer(t, Options{Mode: ModeGitleaks})
	e, err := compile(Options{})
	if err != nil {
		t.Fatal(err)
	}
	log := readLog(t, repo)
	result, err := a.Run(t.Context(), &analyzers.Change{Kind: analyzers.KindHistory, Content: log})
	if err != nil {
		t.Fatal(err)
	}
	ours := map[place]int{}
	for _, f := range result.Findings {
		ours[place{f.Commit, f.Path, f.Rule, f.Line, f.Column, printable(t, f.Key)}]++
	}
	theirs := map[place]int{}
	rules := map[string]bool{}
	total := 0
	for _, f := range gitleaks(t, repo) {
		total++
		rules[f.RuleID] = true
		p := place{f.Commit, f.File, f.RuleID, f.StartLine, f.StartColumn, f.Secret}
		switch {
		case pathOnly(e, f.RuleID): // they report one for each hunk
			p.line, p.column, p.secret = 0, 0, "path"
			theirs[p] = 1
			continue
		case e.rule(f.RuleID).whole: // they report a part of the secret
			p.secret = f.Match
		}
		if p.line != log.start(p) {
			p.column = max(1, p.column-1) // they count the newline before the line
		}
		theirs[p]++
	}
	for p, n := range theirs {
		if ours[p] != n {
			t.Errorf("gitleaks finds %d times, we %d times: %+v", n, ours[p], p)
		}
	}
	for p, n := range ours {
		if theirs[p] == 0 {
			t.Errorf("only we find, %d times: %+v", n, p)
		}
	}
	t.Logf("%d findings of %d rules in %d hunks, %d bytes", total, len(rules), len(log.hunks), result.Examined["bytes"])
	if os.Getenv("REFWARD_DIFF_REPO") == "" && (total < 500 || len(rules) < 180) {
		t.Errorf("%d findings of %d rules are too few to compare", total, len(rules))
	}
}

func pathOnly(e *engine, id string) bool {
	r, _, _ := e.detector.Rule(id)
	return r.Regex == ""
}

// A place is where a secret is.
type place struct {
	commit, file, rule string
	line, column       int
	secret             string
}

// printable returns s as it comes out of JSON, which has no invalid UTF-8.
func printable(t *testing.T, s string) string {
	t.Helper()
	data, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type cliFinding struct {
	RuleID, File, Commit, Match, Secret string
	StartLine, StartColumn              int
}

// gitleaks runs the command on a repository.
func gitleaks(t *testing.T, repo string) []cliFinding {
	t.Helper()
	dir := t.TempDir()
	stock, out := filepath.Join(dir, "stock.toml"), filepath.Join(dir, "report.json")
	if err := os.WriteFile(stock, []byte(config.DefaultConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	execute(t, "", command(t), "git", "--config", stock, "--report-format", "json", "--report-path", out, "--exit-code", "0",
		"--ignore-gitleaks-allow", "--max-decode-depth", "5", "--no-banner", "--log-level", "error", repo)
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var list []cliFinding
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

const gitleaksModule = "github.com/zricethezav/gitleaks/v8"

// command returns the gitleaks program of the version that this module uses: REFWARD_GITLEAKS, or the one on PATH if it
// is of that version, or one that it builds.
func command(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("REFWARD_GITLEAKS"); path != "" {
		return path
	}
	if path, err := exec.LookPath("gitleaks"); err == nil {
		theirs, err := buildinfo.ReadFile(path)
		ours, ok := debug.ReadBuildInfo()
		if err == nil && ok && theirs.Main.Path == gitleaksModule && slices.ContainsFunc(ours.Deps, func(m *debug.Module) bool {
			return m.Path == gitleaksModule && m.Version == theirs.Main.Version
		}) {
			return path
		}
	}
	path := filepath.Join(t.TempDir(), "gitleaks")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	goTool(t, "build", "-o", path, gitleaksModule)
	return path
}

func goTool(t *testing.T, args ...string) []byte {
	t.Helper()
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr(err))
	}
	return out
}

func stderr(err error) []byte {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.Stderr
	}
	return nil
}

// execute runs a program that sees no git configuration of the host.
func execute(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GIT_") && !strings.HasPrefix(v, "GITLEAKS_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=A U Thor", "GIT_AUTHOR_EMAIL=author@example.com", "GIT_AUTHOR_DATE=1112911993 +0000",
		"GIT_COMMITTER_NAME=C O Mitter", "GIT_COMMITTER_EMAIL=committer@example.com", "GIT_COMMITTER_DATE=1112911993 +0000")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr(err))
	}
	return out
}

// history makes a repository out of the sources of modules that we use. One after the other takes the same place, so that
// files come, go, change in several places and are renamed.
func history(t *testing.T) string {
	t.Helper()
	repo := t.TempDir()
	git := func(args ...string) { execute(t, repo, "git", args...) }
	git("init", "-q", "-b", "main")
	lib := filepath.Join(repo, "lib")
	commit := func(message string) {
		git("add", "-A")
		git("commit", "-q", "--allow-empty", "-m", message)
	}
	for n, module := range []string{gitleaksModule, "github.com/sourcegraph/conc", gitleaksModule} {
		dir := strings.TrimSpace(string(goTool(t, "list", "-m", "-f", "{{.Dir}}", module)))
		if err := os.RemoveAll(lib); err != nil {
			t.Fatal(err)
		}
		copySources(t, dir, lib, n)
		commit(fmt.Sprintf("lib: %s", module))
	}
	plant(t, repo)
	commit("plant")
	git("mv", "planted", "moved")
	commit("move")
	git("checkout", "-q", "-b", "side", "HEAD~2")
	write(t, filepath.Join(repo, "side.env"), "SIDE="+token("side")+"\n")
	commit("side")
	git("checkout", "-q", "main")
	git("merge", "-q", "--no-ff", "-m", "Merge branch 'side'", "side")
	return repo
}

// copySources copies a module's text files. Each time other lines are missing, so that a module that comes again differs
// in many places.
func copySources(t *testing.T, from, to string, turn int) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".go", ".md", ".toml", ".yml", ".yaml", ".json", ".mod", ".sum":
		default:
			return nil
		}
		info, err := entry.Info()
		if err != nil || info.Size() > 200_000 {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var kept strings.Builder
		n := 0
		for line := range strings.Lines(string(data)) {
			if n++; n%17 != turn {
				kept.WriteString(line)
			}
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		write(t, filepath.Join(to, rel), kept.String())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// plant writes files in which places are easy to get wrong.
func plant(t *testing.T, repo string) {
	t.Helper()
	for name, text := range map[string]string{
		"with space.txt":   "x\n" + token("space") + "\n",
		"é\t\".txt":        token("quoted") + "\n",
		"no-newline":       "x\ny " + token("end"),
		"dos.ini":          "a=1\r\nb=" + token("dos") + "\r\n\r\n",
		"latin.txt":        "\xe9\xe8 " + token("latin") + " \xff\n",
		"newline.txt":      "x\nabc8Q~" + strings.Repeat("aB3.", 8) + "\n",
		"empty-line.txt":   "\n\n\n  " + token("empty") + "\n",
		"encoded.txt":      "a\nkey: " + "Z2hwX3dXUHc1azRhWGNhVDRm" + "TlAwVWNuWndKVVZGazZMTzBwSU5VeA==\n",
		"twice.txt":        token("twice") + " " + token("twice") + "\n" + token("twice") + "\n",
		"allow.go":         "x := \"" + token("allow") + "\" // gitleaks:allow\n",
		"yarn.lock":        token("lock") + "\n",
		"keys/store.p12":   "text\n",
		"sub/.env.example": "DB_PASSWORD=" + token("x")[4:30] + "\n",
	} {
		if runtime.GOOS == "windows" && strings.ContainsAny(name, "\t\"") {
			continue // no such names there
		}
		write(t, filepath.Join(repo, "planted", name), text)
	}
	e, err := compile(Options{})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	expression := func(pattern string) string {
		if pattern == "" {
			return ".txt"
		}
		re, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		return sample(re, random)
	}
	for n, r := range e.detector.Rules() {
		if r.Regex != "" {
			text := "\n" + expression(r.Regex) + "\n\n" + expression(r.Regex) + "\n"
			write(t, filepath.Join(repo, "planted", fmt.Sprint(n)+filepath.Base(expression(r.Path))), text)
		}
	}
}

// sample returns a text that matches a pattern, apart from what stands around it.
func sample(re *syntax.Regexp, random *rand.Rand) string {
	times := 1
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		var set []rune
		for i := 0; i+1 < len(re.Rune); i += 2 {
			for c := max(re.Rune[i], ' '); c <= min(re.Rune[i+1], '~'); c++ {
				set = append(set, c)
			}
		}
		if len(set) == 0 {
			return string(re.Rune[0])
		}
		return string(set[random.IntN(len(set))])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return "x"
	case syntax.OpAlternate:
		return sample(re.Sub[random.IntN(len(re.Sub))], random)
	case syntax.OpStar, syntax.OpQuest:
		times = random.IntN(2)
	case syntax.OpRepeat:
		times = re.Min
	}
	var b strings.Builder
	for range times {
		for _, sub := range re.Sub {
			b.WriteString(sample(sub, random))
		}
	}
	return b.String()
}

// A gitLog holds the added lines that "git log -p" shows, which is what gitleaks reads.
type gitLog struct {
	analyzers.Content
	hunks []analyzers.Hunk
}

// Files yields none: gitleaks does not search names.
func (*gitLog) Files(context.Context) iter.Seq2[analyzers.File, error] {
	return func(func(analyzers.File, error) bool) {}
}

func (l *gitLog) Hunks(context.Context) iter.Seq2[analyzers.Hunk, error] {
	return func(yield func(analyzers.Hunk, error) bool) {
		for _, h := range l.hunks {
			if !yield(h, nil) {
				return
			}
		}
	}
}

// start returns the first line of the hunk that p is in.
func (l *gitLog) start(p place) int {
	for _, h := range l.hunks {
		if h.Commit == p.commit && h.Path == p.file && h.Start <= p.line && p.line <= h.Start+bytes.Count(h.Text, []byte("\n")) {
			return h.Start
		}
	}
	return 0
}

// readLog reads a history with the options that gitleaks uses.
func readLog(t *testing.T, repo string) *gitLog {
	t.Helper()
	out := execute(t, repo, "git", "log", "-p", "-U0", "--full-history", "--all", "--diff-filter=tuxdb", "--format=%x00%H")
	in := bufio.NewReader(bytes.NewReader(out))
	var l gitLog
	var commit, path string
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			return &l
		}
		switch {
		case strings.HasPrefix(line, "\x00"):
			commit = strings.TrimSpace(line[1:])
		case strings.HasPrefix(line, "+++ "):
			path = strings.TrimSuffix(strings.TrimSuffix(line[4:], "\n"), "\t")
			if name, err := strconv.Unquote(path); err == nil {
				path = name
			}
			path = strings.TrimPrefix(path, "b/")
		case strings.HasPrefix(line, "@@ "):
			var old, added int
			h := analyzers.Hunk{Commit: commit, Path: path}
			fields := strings.Fields(line)
			_, old = hunkRange(t, fields[1])
			h.Start, added = hunkRange(t, fields[2])
			for range old + added {
				text, err := in.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				if text[0] == '+' {
					h.Text = append(h.Text, text[1:]...)
				}
				if next, _ := in.Peek(1); string(next) == "\\" { // "\ No newline at end of file"
					if text[0] == '+' {
						h.Text = h.Text[:len(h.Text)-1]
					}
					if _, err := in.ReadString('\n'); err != nil {
						t.Fatal(err)
					}
				}
			}
			if added > 0 {
				l.hunks = append(l.hunks, h)
			}
		}
	}
}

// hunkRange reads "+START,COUNT", where COUNT may be missing and is then 1.
func hunkRange(t *testing.T, s string) (start, count int) {
	t.Helper()
	first, second, ok := strings.Cut(s[1:], ",")
	if !ok {
		second = "1"
	}
	start, err := strconv.Atoi(first)
	if err == nil {
		count, err = strconv.Atoi(second)
	}
	if err != nil {
		t.Fatalf("hunk %q: %v", s, err)
	}
	return start, count
}
