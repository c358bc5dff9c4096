package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/hooks"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

func (p program) policyExplainCommand() *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "say what would hold for a change, and which line of which file says so",
		ArgsUsage: "[OLD..NEW]",
		Description: `Says which policies judge, what kinds of change this one is, and what happens to each kind of finding. Without a range, what is
not yet upstream is looked at, or else the newest commit. Nothing is judged.

   refward policy explain
   refward policy explain --ref refs/heads/release/1.0 origin/main..HEAD
   refward policy explain --rule secrets/github-pat`,
		Flags: []cli.Flag{
			policyFlag(),
			&cli.StringFlag{Name: "ref", Usage: "as if `REF` were to be pushed, such as refs/heads/main (default: HEAD's branch)"},
			&cli.StringFlag{Name: "path", Usage: "of findings in `PATH`, for sections that name paths"},
			&cli.StringFlag{Name: "rule", Usage: "only what happens to `RULE`, and every key that could have decided"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "write `FORMAT`: text, json"},
		},
		Action: p.policyExplain,
	}
}

// explanation is what is written, as JSON or as text.
type explanation struct {
	Ref       string           `json:"ref"`
	Protected bool             `json:"protected"`
	Path      string           `json:"path"`
	Range     string           `json:"range"`
	Commits   int              `json:"commits"`
	Classes   []explainedClass `json:"classes"`
	Layers    []explainedLayer `json:"layers"`
	Gates     []explainedGate  `json:"gates"`
}

type explainedClass struct {
	Class  string `json:"class"`
	Reason string `json:"reason"`
}

type explainedLayer struct {
	Source      string   `json:"source"`
	Mode        string   `json:"mode"`
	Protected   string   `json:"protected"` // the entry that matches; "" = none
	ProtectedBy string   `json:"protected_by"`
	EnforceFrom string   `json:"enforce_from"`
	EnforceBy   string   `json:"enforce_from_by"`
	Sections    []string `json:"sections"`
}

type explainedGate struct {
	Key     string            `json:"key"`
	Group   string            `json:"group"` // of the findings, where a rule was asked for that has several
	Action  string            `json:"action"`
	Refuses bool              `json:"refuses"`
	By      string            `json:"by"`
	Reasons []explainedReason `json:"reasons"`
}

type explainedReason struct {
	Layer  int    `json:"layer"` // 1-based
	Class  string `json:"class"`
	Key    string `json:"key"`
	Action string `json:"action"`
	By     string `json:"by"`
	Fate   string `json:"fate"` // with --rule: what became of the key
}

func (p program) policyExplain(c *cli.Context) error {
	if err := atMost(c, 1); err != nil {
		return err
	}
	format := c.String("format")
	if !slices.Contains([]string{"text", "json"}, format) {
		return cli.Exit(fmt.Sprintf("there is no format %q\nhint: one of text, json", format), policy.ExitUsage)
	}
	ref, err := refFlagOf(c)
	if err != nil {
		return err
	}
	gate, closeLog, err := p.gate(c)
	if err != nil {
		return err
	}
	defer closeLog()
	found, code := gate.Explain(c.Context, ref, c.Args().First())
	if found == nil {
		return exit(code)
	}
	found.Question.Path = c.String("path")
	x := explained(found)
	if rule := c.String("rule"); rule != "" {
		if x.Gates, err = chains(found, rule); err != nil {
			return err
		}
	}
	if format == "json" {
		enc := json.NewEncoder(p.stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(x)
	}
	return x.write(p.stdout, c.String("rule") != "")
}

func explained(found *hooks.Explained) explanation {
	q := found.Question
	x := explanation{
		Ref: q.Ref.Ref, Protected: q.Ref.Protected, Path: q.Path, Range: found.Range, Commits: found.Commits,
	}
	for _, c := range q.Ref.Classes {
		x.Classes = append(x.Classes, explainedClass{string(c.Class), c.Reason})
	}
	all := found.Stack.Explain(q)
	for _, l := range all.Layers {
		layer := explainedLayer{Source: l.Source, Mode: string(l.Mode), Protected: l.Protected, EnforceFrom: l.EnforceFrom, Sections: []string{}}
		if l.Protected != "" {
			layer.ProtectedBy = l.ProtectedBy.String()
		}
		if l.EnforceFrom != "" {
			layer.EnforceBy = l.EnforceBy.String()
		}
		for _, s := range l.Sections {
			layer.Sections = append(layer.Sections, s.String())
		}
		x.Layers = append(x.Layers, layer)
	}
	for _, g := range all.Gates {
		x.Gates = append(x.Gates, gateOf(g))
	}
	return x
}

func gateOf(g policy.GateExplanation) explainedGate {
	out := explainedGate{Key: g.Key, Action: string(g.Action), Refuses: g.Refuses, By: g.Strictest().By.String(), Reasons: []explainedReason{}}
	for _, r := range g.Reasons {
		out.Reasons = append(out.Reasons, explainedReason{Layer: r.Layer + 1, Class: string(r.Class), Action: string(r.Action), By: r.By.String()})
	}
	return out
}

// chains explains one rule, for each group that its findings can be of.
func chains(found *hooks.Explained, asked string) ([]explainedGate, error) {
	name, part, _ := strings.Cut(asked, "/")
	var known []string
	for _, a := range found.Question.List {
		known = append(known, a.Name)
		for _, g := range a.Groups {
			known = append(known, a.Name+"/"+g)
		}
		rules := a.Rules()
		for _, r := range rules {
			known = append(known, a.Name+"/"+r.ID)
		}
		if name != a.Name {
			continue
		}
		i := slices.IndexFunc(rules, func(r analyzers.Rule) bool { return r.ID == part })
		switch {
		case part == "":
			return []explainedGate{chain(found, name, "", "")}, nil
		case slices.Contains(a.Groups, part):
			return []explainedGate{chain(found, name, "", part)}, nil
		case i >= 0:
			var all []explainedGate
			for _, g := range groupsOf(a, rules[i]) {
				all = append(all, chain(found, name, part, g))
			}
			return all, nil
		}
	}
	return nil, cli.Exit(fmt.Sprintf("there is no rule %q\nhint: %s", asked, nearest(asked, known)), policy.ExitUsage)
}

func chain(found *hooks.Explained, analyzer, rule, group string) explainedGate {
	g := found.Stack.ExplainRule(found.Question, analyzer, rule, group)
	g.Key = strings.TrimSuffix(analyzer+"/"+cmp.Or(rule, group), "/")
	out := gateOf(g)
	out.Group, out.Reasons = group, []explainedReason{}
	for _, c := range found.Stack.Chain(found.Question, analyzer, rule, group) {
		out.Reasons = append(out.Reasons, explainedReason{
			Layer: c.Layer + 1, Class: string(c.Class), Key: c.Key, Action: string(c.Action), By: c.By.String(), Fate: string(c.Fate),
		})
	}
	return out
}

// write writes text for a reader.
func (x *explanation) write(to io.Writer, rule bool) error {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(format string, args ...any) {
		for i, a := range args { // what a repository chooses, such as names of refs, must not steer a terminal
			if s, ok := a.(string); ok {
				args[i] = report.Visible(s)
			}
		}
		_, _ = fmt.Fprintf(w, format+"\n", args...)
	}
	protected := "not protected"
	if x.Protected {
		protected = "protected"
	}
	line("ref\t%s, %s", x.Ref, protected)
	if x.Path != "" {
		line("path\t%s", x.Path)
	}
	if x.Range != "" {
		commits := "commits"
		if x.Commits == 1 {
			commits = "commit"
		}
		line("change\t%s, %d %s", x.Range, x.Commits, commits)
	}
	for _, c := range x.Classes {
		line("class\t%s: %s", c.Class, c.Reason)
	}
	for _, l := range x.Layers {
		line("policy\t%s: mode %s", l.Source, l.Mode)
		if l.Protected != "" {
			line("\tprotects the ref by %q, %s", l.Protected, l.ProtectedBy)
		}
		for _, s := range l.Sections {
			line("\tthe section at %s counts", s)
		}
		if l.EnforceFrom != "" {
			line("\tbegins with %s, %s: what older commits say of themselves is only warned of", l.EnforceFrom, l.EnforceBy)
		}
	}
	line("")
	for _, g := range x.Gates {
		key := g.Key
		if rule && g.Group != "" && !strings.HasSuffix(key, "/"+g.Group) {
			key += " as " + g.Group
		}
		verdict := g.Action
		if g.Action == string(policy.Block) && !g.Refuses {
			verdict += ", observed"
		}
		line("%s\t%s\t%s", key, verdict, g.By)
		if !rule {
			continue
		}
		for _, r := range g.Reasons {
			line("  %s\t%s\t%s: %s", r.Class, r.Action, r.By, r.Fate)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(to, b.String())
	return err
}
