package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dor"
	"github.com/refward/refward/internal/bench/cost"
)

//go:embed lint.mjs
var lint string

// equivalent is the policy that is nearest to config-conventional. Of the trailers and issues that our presets ask for commitlint asks
// nothing; the empty second line is a warning there.
const equivalent = `version: 1
preset: standard
gates: {dor: block, dor/issue-key: skip, dor/trailers: skip, dor/body-separator: warn, dor/breaking-footer: skip}
classes: {security: {dor/trailer-risk: skip}, compliance: {dor/trailer-risk: skip}}
dor:
  types: [build, chore, ci, docs, feat, fix, perf, refactor, revert, style, test]
  subject_max: 100
  body_line_max: 100
  subject_case: lower
`

// sameAs says which of our rules asks what one of commitlint's does.
var sameAs = map[string]string{
	"type-empty": "dor/type", "type-enum": "dor/type", "type-case": "dor/type",
	"subject-empty": "dor/type", "header-max-length": "dor/subject-length", "subject-case": "dor/subject-case", "subject-full-stop": "dor/subject-period",
	"body-max-line-length": "dor/body-line-length", "footer-max-line-length": "dor/body-line-length",
	"body-leading-blank": "dor/body-separator", "footer-leading-blank": "dor/body-separator",
}

// A verdict is what one side says of one message.
type verdict struct {
	refused bool
	ignored bool            // commitlint judges it by nothing
	rules   map[string]bool // by our names; of theirs those that sameAs knows, others as they are
	why     []string
}

func (v *verdict) add(rule, why string) {
	v.rules[rule] = true
	v.why = append(v.why, why)
}

// compare prints where commitlint and ours differ, and what both cost.
func (b *bench) compare(ctx context.Context, repo string) error {
	s, err := b.span(ctx, repo)
	if err != nil {
		return err
	}
	policy, err := b.file("equivalent.yaml", equivalent)
	if err != nil {
		return err
	}
	var texts []string
	for i := range s.messages {
		texts = append(texts, s.messages[i].text)
	}
	input, err := json.Marshal(texts)
	if err != nil {
		return err
	}
	var ours, theirs []cost.Cost
	var oursAlone, theirsAlone []float64
	var r *report
	var l *linted
	for range b.runs {
		var took cost.Cost
		if r, took, err = b.check(ctx, repo, policy, "dor", s); err != nil {
			return err
		}
		ours = append(ours, took)
		if l, took, err = b.lint(ctx, input); err != nil {
			return err
		}
		theirs = append(theirs, took)
		theirsAlone = append(theirsAlone, l.CPU)
		alone, err := judgingAlone(ctx, s)
		if err != nil {
			return err
		}
		oursAlone = append(oursAlone, alone)
	}
	if len(l.Results) != len(s.messages) {
		return fmt.Errorf("commitlint judged %d messages of %d", len(l.Results), len(s.messages))
	}
	fmt.Printf("%s: %d messages\n", filepath.Base(filepath.Dir(repo)), len(s.messages))
	b.differences(s, r, l)
	cpu := func(c cost.Cost) float64 { return c.CPU }
	o, t := cost.Median(ours, cpu), cost.Median(theirs, cpu)
	fmt.Printf("  CPU s, whole program: refward check range --only dor %.3f, commitlint %.3f: %.1f times\n", o, t, t/o)
	slices.Sort(oursAlone)
	slices.Sort(theirsAlone)
	o, t = oursAlone[b.runs/2], theirsAlone[b.runs/2]
	fmt.Printf("  CPU s, judging alone: dor %.4f, commitlint %.3f: %.0f times\n", o, t, t/o)
	return nil
}

// linted is what lint.mjs writes.
type linted struct {
	Results []struct {
		Valid, Ignored   bool
		Errors, Warnings []struct{ Name, Message string }
	}
	CPU float64
}

func (b *bench) lint(ctx context.Context, input []byte) (*linted, cost.Cost, error) {
	// With -e the imports are looked for where the process is.
	cmd := exec.CommandContext(ctx, "node", "--input-type=module", "-e", lint)
	cmd.Dir = b.commitlint
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &said
	took, err := cost.Run(cmd)
	if err != nil {
		return nil, took, fmt.Errorf("node: %w: %s", err, said.String())
	}
	var l linted
	if err := json.Unmarshal(out.Bytes(), &l); err != nil {
		return nil, took, fmt.Errorf("what lint.mjs wrote: %w", err)
	}
	return &l, took, nil
}

// judgingAlone returns the seconds that the messages take once they are read. It is the wall time of a single thread, which is not below its
// CPU time.
func judgingAlone(ctx context.Context, s span) (float64, error) {
	opts := dor.Defaults()
	opts.Patterns, opts.Trailers, opts.SubjectMax, opts.BodyLineMax, opts.SubjectCase = nil, nil, 100, 100, "lower"
	a, err := dor.New(opts, nil)
	if err != nil {
		return 0, err
	}
	c := &analyzers.Change{Kind: analyzers.KindHistory}
	for _, m := range s.messages {
		c.Commits = append(c.Commits, &analyzers.Commit{ID: m.id, Parents: strings.Fields(m.parents), Message: m.text})
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	start := time.Now()
	_, err = a.Run(ctx, c)
	return time.Since(start).Seconds(), err
}

// differences prints what only one side refuses, and what both refuse for other reasons, by the rules on both sides.
func (b *bench) differences(s span, r *report, l *linted) {
	ours := map[string]*verdict{}
	for _, f := range r.Findings {
		if f.Level != "block" {
			continue
		}
		if ours[f.Commit] == nil {
			ours[f.Commit] = &verdict{refused: true, rules: map[string]bool{}}
		}
		ours[f.Commit].add(f.Rule, f.Rule+": "+f.Message)
	}
	type pair struct{ ours, theirs *verdict }
	classes := map[string][]int{}
	pairs := make([]pair, len(s.messages))
	var both, neither, same, ignored int
	for i, m := range s.messages {
		p := pair{cmp.Or(ours[m.id], &verdict{}), &verdict{refused: !l.Results[i].Valid, ignored: l.Results[i].Ignored, rules: map[string]bool{}}}
		for _, e := range l.Results[i].Errors {
			p.theirs.add(cmp.Or(sameAs[e.Name], e.Name), e.Name+": "+e.Message)
		}
		pairs[i] = p
		if p.theirs.ignored {
			ignored++
		}
		switch {
		case p.ours.refused && p.theirs.refused:
			both++
		case !p.ours.refused && !p.theirs.refused:
			neither++
		}
		if maps.Equal(p.ours.rules, p.theirs.rules) {
			same++
			continue
		}
		name := "only refward: " + only(p.ours, p.theirs)
		switch theirs := only(p.theirs, p.ours); {
		case p.theirs.ignored:
			name += " (commitlint ignores the message)"
		case only(p.ours, p.theirs) == "":
			name = "only commitlint: " + theirs
		case theirs != "":
			name += "; only commitlint: " + theirs
		}
		classes[name] = append(classes[name], i)
	}
	fmt.Printf("  both refuse %d, both accept %d, only refward or only commitlint refuses %d; for the same reasons %d; commitlint ignores %d\n",
		both, neither, len(s.messages)-both-neither, same, ignored)
	for _, name := range slices.SortedFunc(maps.Keys(classes), func(x, y string) int {
		return cmp.Or(-cmp.Compare(len(classes[x]), len(classes[y])), cmp.Compare(x, y))
	}) {
		fmt.Printf("  %4d %s\n", len(classes[name]), name)
		for _, i := range classes[name][:min(b.examples, len(classes[name]))] {
			m, p := s.messages[i], pairs[i]
			fmt.Printf("       %.10s %q\n         refward: %s\n         commitlint: %s\n", m.id, m.subject(), strings.Join(p.ours.why, "; "), strings.Join(p.theirs.why, "; "))
		}
	}
}

// only lists the rules of x that are not among y's.
func only(x, y *verdict) string {
	var list []string
	for rule := range x.rules {
		if !y.rules[rule] {
			list = append(list, rule)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
