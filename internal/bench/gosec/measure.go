package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/internal/bench/cost"
)

// A measured is what one way of looking at the code found and took.
type measured struct {
	name    string
	found   map[finding]int
	broken  map[string]bool // directories in which the command could not type-check something: it leaves SSA out there
	touched []cost.Cost     // on the packages of the range
	all     []cost.Cost     // on all
}

// commands runs the command on the packages of the range and on all, once more than is counted, to warm its caches.
func (b *bench) commands(ctx context.Context) (*measured, error) {
	m := &measured{name: "gosec", broken: map[string]bool{}}
	some := make([]string, len(b.dirs))
	for i, dir := range b.dirs {
		some[i] = "./" + dir
	}
	for i := range b.runs + 1 {
		_, c, err := b.command(ctx, fmt.Sprintf("touched-%d", i), some...)
		if err != nil {
			return nil, err
		}
		out, a, err := b.command(ctx, fmt.Sprintf("all-%d", i), "./...")
		if err != nil {
			return nil, err
		}
		if i == 0 {
			continue
		}
		found, err := b.readCommand(out, m.broken)
		if err != nil {
			return nil, err
		}
		if m.found == nil {
			m.found = found
		}
		for f, n := range m.found { // what all runs have in common
			m.found[f] = min(n, found[f])
		}
		m.touched, m.all = append(m.touched, c), append(m.all, a)
	}
	return m, nil
}

// command runs the command, unless it has run: what it printed and took is kept beside the checkout.
func (b *bench) command(ctx context.Context, name string, packages ...string) ([]byte, cost.Cost, error) {
	report, took := filepath.Join(b.dir, name+".json"), filepath.Join(b.dir, name+".cost")
	if data, err := os.ReadFile(took); err == nil {
		var c cost.Cost
		if err := json.Unmarshal(data, &c); err != nil {
			return nil, c, err
		}
		out, err := os.ReadFile(report)
		return out, c, err
	}
	var out, said strings.Builder
	cmd := exec.CommandContext(ctx, b.gosec, append([]string{"-quiet", "-no-fail", "-fmt", "json"}, packages...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = b.work, &out, &said
	c, err := cost.Run(cmd)
	if err != nil {
		return nil, c, fmt.Errorf("%s: %w: %s", b.gosec, err, said.String())
	}
	data, err := json.Marshal(c)
	return []byte(out.String()), c, errors.Join(err, os.WriteFile(report, []byte(out.String()), 0o600), os.WriteFile(took, data, 0o600))
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
			if err := os.WriteFile(filepath.Join(b.dir, way.types+".json"), out, 0o600); err != nil {
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
	cmd.Env = b.bare(types)
	c, err := cost.Run(cmd)
	if err != nil {
		return nil, c, fmt.Errorf("refward %s: %w: %s", strings.Join(args, " "), err, said.String())
	}
	return []byte(out.String()), c, nil
}

// bare returns an environment in which there are no modules, and of types only those in a folder.
func (b *bench) bare(types string) []string {
	nowhere := filepath.Join(b.dir, "nowhere")
	return append(os.Environ(), "REFWARD_TYPES="+filepath.Join(b.dir, types), "GOMODCACHE="+nowhere, "GOPATH="+nowhere)
}

// A finding is what is compared.
type finding struct {
	path         string
	line, column int
	rule, text   string
}

// readCommand reads a report of the command, and adds the directories in which it could not type-check something.
func (b *bench) readCommand(out []byte, broken map[string]bool) (map[finding]int, error) {
	var report struct {
		Errors map[string]any `json:"Golang errors"` // by file
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
	rel := func(name string) string {
		if r, err := filepath.Rel(b.work, name); err == nil && fs.ValidPath(filepath.ToSlash(r)) {
			return filepath.ToSlash(r)
		}
		return name
	}
	for name := range report.Errors {
		broken[path.Dir(rel(name))] = true
	}
	found := map[finding]int{}
	for _, i := range report.Issues {
		f := finding{path: rel(i.File), column: i.Column, rule: strings.ToLower(i.Rule), text: words(i.Text)}
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
	if report.Truncated {
		return nil, errors.New("our report is not complete: more findings than are reported")
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
