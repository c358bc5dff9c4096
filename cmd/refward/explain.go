package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"github.com/xrash/smetrics"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/all"
	"github.com/refward/refward/hooks"
	"github.com/refward/refward/internal/allow"
	"github.com/refward/refward/internal/policy"
)

func (p program) explainCommand() *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "say why a rule exists and how to mend what it finds",
		ArgsUsage: "[RULE | GROUP | ANALYZER]",
		Description: `RULE is as a report prints it, GROUP as a policy gates it. Without one, all analyzers are listed. A policy's own rules are
known in a repository that it judges.

   refward explain dor/issue-key
   refward explain secrets/generic
   refward explain secrets`,
		Action: p.explain,
	}
}

var gosecID = regexp.MustCompile(`^(gosec/)?[Gg][0-9]{3}$`)

// documented returns every analyzer, for its documentation.
func documented() ([]*analyzers.Analyzer, error) {
	// With the packs that are off by default, too.
	base, err := policy.Parse("explain", []byte("secrets: {packs: [credentials, personal]}\n"))
	if err != nil {
		return nil, err
	}
	list, err := all.List(nil)(base)
	return append(list, hooks.PolicyAnalyzer()), err
}

func (p program) explain(c *cli.Context) error {
	if err := atMost(c, 1); err != nil {
		return err
	}
	list, err := documented()
	if err != nil {
		return err
	}
	if c.NArg() == 0 {
		for _, a := range list {
			title, _, _ := strings.Cut(a.Doc, "\n")
			if _, err := fmt.Fprintf(p.stdout, "%-8s %s\n", a.Name, title); err != nil {
				return err
			}
		}
		return nil
	}
	asked := c.Args().First()
	if gosecID.MatchString(asked) { // as gosec itself writes it
		asked = "gosec/" + strings.ToLower(strings.TrimPrefix(asked, "gosec/"))
	}
	write, known := explanationOf(list, asked)
	if write == nil {
		// A rule that the policy here has of its own, as a refusal names it.
		var own []*analyzers.Analyzer
		if own, err = p.analyzersHere(c); err == nil {
			var more []string
			write, more = explanationOf(own, asked)
			known = append(known, more...)
		}
	}
	if write != nil {
		return write(p.stdout)
	}
	text := fmt.Sprintf("there is no rule %q\nhint: %s", asked, nearest(asked, known))
	if err != nil {
		text += "\nhint: rules of a policy's own are known in a repository with one that can be read"
	}
	return cli.Exit(text, policy.ExitUsage)
}

// analyzersHere returns the analyzers as the policy of the repository here makes them.
func (p program) analyzersHere(c *cli.Context) ([]*analyzers.Analyzer, error) {
	gate, closeLog, err := p.gate(c)
	if err != nil {
		return nil, err
	}
	defer closeLog()
	return gate.Analyzers(c.Context)
}

// explanationOf returns what writes about a rule, a group or an analyzer of the list, nil where it has none of that name, and all names.
func explanationOf(list []*analyzers.Analyzer, asked string) (write func(io.Writer) error, known []string) {
	name, part, one := strings.Cut(asked, "/")
	for _, a := range list {
		known = append(known, a.Name)
		for _, g := range a.Groups {
			known = append(known, a.Name+"/"+g)
		}
		for _, r := range a.Rules() {
			known = append(known, a.Name+"/"+r.ID)
		}
		switch {
		case name != a.Name:
		case !one:
			write = func(w io.Writer) error { return explainAnalyzer(w, a) }
		case slices.Contains(a.Groups, part):
			write = func(w io.Writer) error { return explainGroup(w, a, part) }
		default:
			if i := slices.IndexFunc(a.Rules(), func(r analyzers.Rule) bool { return r.ID == part }); i >= 0 {
				write = func(w io.Writer) error { return explainRule(w, a, a.Rules()[i]) }
			}
		}
	}
	return write, known
}

// nearest suggests what may have been meant: the same rule with its analyzer, or the most similar name.
func nearest(asked string, known []string) string {
	best, score := "", 0.0
	for _, k := range known {
		_, rule, _ := strings.Cut(k, "/")
		if rule == asked {
			return fmt.Sprintf("did you mean %q?", k)
		}
		if s := smetrics.JaroWinkler(asked, k, 0.7, 4); s > score {
			best, score = k, s
		}
	}
	if score < 0.85 {
		return "\"refward explain\" lists the analyzers, \"refward explain secrets\" the rules of one"
	}
	return fmt.Sprintf("did you mean %q?", best)
}

func explainAnalyzer(w io.Writer, a *analyzers.Analyzer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n", a.Name, a.Doc)
	if len(a.Groups) > 0 {
		fmt.Fprintf(&b, "Groups, for policy: %s/%s\n\n", a.Name, strings.Join(a.Groups, ", "+a.Name+"/"))
	}
	for _, r := range a.Rules() {
		fmt.Fprintf(&b, "   %s/%s: %s\n", a.Name, r.ID, r.Summary)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func explainGroup(w io.Writer, a *analyzers.Analyzer, group string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s is a group of rules, which policy can gate at once:\n\n", a.Name, group)
	open := false
	for _, r := range a.Rules() {
		if r.Group == group {
			fmt.Fprintf(&b, "   %s/%s: %s\n", a.Name, r.ID, r.Summary)
		}
		open = open || len(groupsOf(a, r)) > 1
	}
	if open {
		fmt.Fprintf(&b, "\nRules of %s that name no group have findings of several: high are those of high severity and of medium or high\n"+
			"confidence, medium those of medium severity at least and likewise, low the others. \"refward explain %s\" lists them.\n", a.Name, a.Name)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func explainRule(w io.Writer, a *analyzers.Analyzer, r analyzers.Rule) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s: %s\n", a.Name, r.ID, r.Summary)
	for _, part := range []string{r.Why, r.Fix} {
		if part != "" {
			fmt.Fprintf(&b, "\n%s\n", part)
		}
	}
	if r.Example != "" {
		fmt.Fprintf(&b, "\nExample:\n\n")
		for line := range strings.Lines(strings.TrimRight(r.Example, "\n") + "\n") {
			b.WriteString("   " + line)
		}
	}
	if r.CWE != "" {
		fmt.Fprintf(&b, "\nCWE-%s: https://cwe.mitre.org/data/definitions/%s.html\n", r.CWE, r.CWE)
	}
	if policy.Allowable(a.Name, a.Essential) {
		b.WriteString("\n" + falseAlarm(a.Name, r))
	}
	switch {
	case len(groupsOf(a, r)) > 1:
		fmt.Fprintf(&b, "\nPolicy gates it as %s/%s, else by how bad and how sure a finding is: %s/%s.\n", a.Name, r.ID, a.Name, strings.Join(a.Groups, ", "+a.Name+"/"))
	case r.Group != "":
		fmt.Fprintf(&b, "\nPolicy gates it as %s/%s, %s/%s or %s.\n", a.Name, r.ID, a.Name, r.Group, a.Name)
	default:
		fmt.Fprintf(&b, "\nPolicy gates it as %s/%s or %s.\n", a.Name, r.ID, a.Name)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// groupsOf returns the groups that findings of a rule can be of. Where no rule names a group, those rules have findings of it that name
// none, and then of any: policy weighs by how bad they are.
func groupsOf(a *analyzers.Analyzer, r analyzers.Rule) []string {
	rules := a.Rules()
	named := func(group string) bool {
		return slices.ContainsFunc(rules, func(r analyzers.Rule) bool { return r.Group == group })
	}
	if r.Group != "" || !slices.ContainsFunc(a.Groups, func(group string) bool { return !named(group) }) {
		return []string{r.Group}
	}
	return a.Groups
}

// falseAlarm says how a finding can be accepted that is none, in a rule's documentation. What is said of a message or of a whole change has no
// line on which a comment could stand.
func falseAlarm(analyzer string, r analyzers.Rule) string {
	const file = "an administrator can allow it by its fingerprint, which \"refward check --format json\" prints (docs/policy.md, \"What may stay\")"
	lines := analyzer == "secrets" || analyzer == "gosec" || r.Group == "content"
	if r.Group == allow.GroupUnexamined || !lines {
		return "A false alarm? Only " + file + ".\n"
	}
	return "A false alarm? Write \"" + analyzers.InlineMark + " " + analyzer + "/" + r.ID + " REASON\" into a comment on the line, where the policy's\n" +
		"allow.inline lets that count; else " + file + ".\n"
}
