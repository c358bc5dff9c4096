package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/internal/bench/cost"
)

func main() {
	repo := flag.String("repo", "", "the repository, `DIR`")
	span := flag.String("range", "", "the commits, `OLD..NEW`, where HEAD is the repository's")
	tool := flag.String("gosec", "", "the gosec `PROGRAM`")
	runs := flag.Int("runs", 3, "runs of each program")
	show := flag.Bool("show", false, "list each finding that only one side has")
	flag.Parse()
	old, new, ok := strings.Cut(*span, "..")
	if flag.NArg() != 0 || *repo == "" || *tool == "" || !ok || old == "" || new == "" || *runs < 1 {
		fmt.Fprintln(os.Stderr, "usage: gosec [-runs N] [-show] -gosec PROGRAM -repo DIR -range OLD..NEW")
		os.Exit(2)
	}
	if err := run(context.Background(), *repo, old, new, *tool, *runs, *show); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// A bench is where the programs and the checkout are.
type bench struct {
	dir      string // for programs, checkout and caches
	work     string // the checkout
	gosec    string // the command
	old, new string
	dirs     []string // of the packages that the range touches
	runs     int
}

func run(ctx context.Context, repo, old, new, tool string, runs int, show bool) error {
	dir, err := os.MkdirTemp("", "refward-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = removeAll(dir) }()
	b := &bench{dir: dir, work: filepath.Join(dir, "work"), old: old, new: new, runs: runs}
	if b.gosec, err = filepath.Abs(tool); err != nil {
		return err
	}
	if err := b.prepare(ctx, repo); err != nil {
		return err
	}
	fmt.Printf("%d packages are touched by %s..%s\n\n", len(b.dirs), old, new)
	command, err := b.commands(ctx)
	if err != nil {
		return err
	}
	ours, err := b.ours(ctx)
	if err != nil {
		return err
	}
	b.table(command, ours)
	if show {
		b.differences(command, ours)
	}
	return nil
}

// removeAll removes a directory in which modules are, whose files are read-only.
func removeAll(dir string) error {
	_ = filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(name, 0o700)
		}
		return err
	})
	return os.RemoveAll(dir)
}

// prepare builds the programs, checks the repository out, and fills the caches of both sides.
func (b *bench) prepare(ctx context.Context, repo string) error {
	for _, c := range [][]string{
		{"", "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.dir + string(filepath.Separator), "./cmd/..."},
		{"", "git", "clone", "-q", "--shared", "--no-checkout", repo, b.work},
		{b.work, "git", "checkout", "-q", "--detach", b.new},
		// Of a mirror without its largest files, what is there is everything.
		{b.work, "git", "-c", "user.name=bench", "-c", "user.email=bench", "commit", "-q", "--allow-empty", "-a", "-m", "what is checked out"},
		{b.work, filepath.Join(b.dir, "refward"), "types", "fill", "--cache", filepath.Join(b.dir, "types")},
	} {
		cmd := exec.CommandContext(ctx, c[1], c[2:]...)
		cmd.Dir = c[0]
		if out, err := cmd.CombinedOutput(); err != nil {
			if (c[1] == "git" || c[1] == "go") && (len(c) < 3 || c[2] != "checkout") {
				return fmt.Errorf("%s: %w: %s", strings.Join(c[1:], " "), err, out)
			}
			fmt.Printf("types fill: %v: %s\n", err, lastLine(out)) // some modules may not be had; the table tells what it comes to
		}
	}
	cmd := exec.CommandContext(ctx, "git", "diff", "--name-only", "-z", "--no-renames", b.old, b.new, "--", "*.go")
	cmd.Dir = b.work
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("git diff: %w", err)
	}
	for name := range strings.SplitSeq(string(out), "\x00") {
		dir := path.Dir(name)
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.Contains("/"+dir+"/", "/vendor/") || slices.Contains(b.dirs, dir) {
			continue
		}
		if found, err := filepath.Glob(filepath.Join(b.work, dir, "*.go")); err == nil && len(found) > 0 {
			b.dirs = append(b.dirs, dir)
		}
	}
	if slices.Sort(b.dirs); len(b.dirs) == 0 {
		return errors.New("the range touches no Go package")
	}
	return nil
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// A measured is what one way of looking at the code found and took.
type measured struct {
	name    string
	found   map[finding]int
	touched []cost.Cost // on the packages of the range
	all     []cost.Cost // on all
}

// commands runs the command on the packages of the range and on all, once more than is counted, to warm its caches.
func (b *bench) commands(ctx context.Context) (*measured, error) {
	m := &measured{name: "gosec"}
	for i := range b.runs + 1 {
		touched := []string{"-quiet", "-no-fail", "-fmt", "json"}
		for _, dir := range b.dirs {
			touched = append(touched, "./"+dir)
		}
		_, c, err := b.command(ctx, touched)
		if err != nil {
			return nil, err
		}
		out, a, err := b.command(ctx, []string{"-quiet", "-no-fail", "-fmt", "json", "./..."})
		if err != nil {
			return nil, err
		}
		if i == 0 {
			continue
		}
		found, err := b.readCommand(out)
		if err != nil {
			return nil, err
		}
		if m.found == nil {
			m.found = found
		}
		for f, n := range m.found {
			m.found[f] = min(n, found[f])
		}
		m.touched, m.all = append(m.touched, c), append(m.all, a)
	}
	return m, nil
}

func (b *bench) command(ctx context.Context, args []string) ([]byte, cost.Cost, error) {
	var out, said strings.Builder
	cmd := exec.CommandContext(ctx, b.gosec, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = b.work, &out, &said
	c, err := cost.Run(cmd)
	if err != nil {
		return nil, c, fmt.Errorf("%s: %w: %s", b.gosec, err, said.String())
	}
	return []byte(out.String()), c, nil
}

// ours runs Refward with a filled cache of types and with nothing.
func (b *bench) ours(ctx context.Context) ([]*measured, error) {
	policy := filepath.Join(b.dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte("gates: {gosec: warn}\nlimits: {findings: 1000}\n"), 0o600); err != nil {
		return nil, err
	}
	var all []*measured
	for _, way := range []struct{ name, types string }{{"Refward, types filled", "types"}, {"Refward, nothing but its programs", "none"}} {
		m := &measured{name: way.name}
		for range b.runs {
			_, c, err := b.refward(ctx, policy, way.types, "range", b.old+".."+b.new)
			if err != nil {
				return nil, err
			}
			out, a, err := b.refward(ctx, policy, way.types, "tree", "HEAD")
			if err != nil {
				return nil, err
			}
			if m.found, err = readOurs(out); err != nil {
				return nil, err
			}
			m.touched, m.all = append(m.touched, c), append(m.all, a)
		}
		all = append(all, m)
	}
	return all, nil
}

func (b *bench) refward(ctx context.Context, policy, types string, args ...string) ([]byte, cost.Cost, error) {
	args = slices.Insert(args, 1, "--ref", "refs/heads/main", "--only", "gosec", "--format", "json", "--policy", policy)
	var out, said strings.Builder
	cmd := exec.CommandContext(ctx, filepath.Join(b.dir, "refward"), append([]string{"check"}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = b.work, &out, &said
	nowhere := filepath.Join(b.dir, "nowhere")
	cmd.Env = append(os.Environ(), "REFWARD_TYPES="+filepath.Join(b.dir, types), "GOMODCACHE="+nowhere, "GOPATH="+nowhere)
	c, err := cost.Run(cmd)
	if err != nil {
		return nil, c, fmt.Errorf("refward %s: %w: %s", strings.Join(args, " "), err, said.String())
	}
	return []byte(out.String()), c, nil
}

// A finding is what is compared.
type finding struct {
	path         string
	line, column int
	rule, text   string
}

func (b *bench) readCommand(out []byte) (map[finding]int, error) {
	var report struct {
		Issues []struct {
			Rule   string `json:"rule_id"`
			Text   string `json:"details"`
			File   string `json:"file"`
			Line   string `json:"line"`
			Column int    `json:"column,string"`
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, fmt.Errorf("read the report of gosec: %w", err)
	}
	found := map[finding]int{}
	for _, i := range report.Issues {
		f := finding{column: i.Column, rule: strings.ToLower(i.Rule), text: words(i.Text)}
		rel, err := filepath.Rel(b.work, i.File)
		if err != nil {
			return nil, err
		}
		f.path = filepath.ToSlash(rel)
		if _, err := fmt.Sscanf(i.Line, "%d", &f.line); err != nil {
			return nil, fmt.Errorf("line %q: %w", i.Line, err)
		}
		found[f]++
	}
	return found, nil
}

func readOurs(out []byte) (map[finding]int, error) {
	var report struct {
		Findings []struct {
			Rule    string `json:"rule"`
			Message string `json:"message"`
			Path    string `json:"path"`
			Line    int    `json:"line"`
			Column  int    `json:"column"`
		} `json:"findings"`
		Truncated bool `json:"truncated"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, fmt.Errorf("read our report: %w", err)
	}
	found := map[finding]int{}
	for _, f := range report.Findings {
		if rule := strings.TrimPrefix(f.Rule, "gosec/"); strings.HasPrefix(rule, "g") {
			found[finding{f.Path, f.Line, f.Column, rule, words(f.Message)}]++
		}
	}
	return found, nil
}

func words(s string) string { return strings.Join(strings.Fields(s), " ") }
