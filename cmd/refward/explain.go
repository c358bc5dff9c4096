package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/all"
	"github.com/refward/refward/internal/policy"
)

func (p program) explainCommand() *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "say why a rule exists and how to mend what it finds",
		ArgsUsage: "[RULE | ANALYZER]",
		Description: `RULE is as a report prints it. Without one, all analyzers are listed.

   refward explain dor/issue-key
   refward explain secrets`,
		Action: p.explain,
	}
}

func (p program) explain(c *cli.Context) error {
	base, err := policy.Preset(policy.DefaultPreset)
	if err != nil {
		return err
	}
	list, err := all.List(base)
	if err != nil {
		return err
	}
	name, rule, one := strings.Cut(c.Args().First(), "/")
	var b strings.Builder
	for _, a := range list {
		switch {
		case name == "":
			title, _, _ := strings.Cut(a.Doc, "\n")
			fmt.Fprintf(&b, "%-8s %s\n", a.Name, title)
		case name == a.Name && !one:
			fmt.Fprintf(&b, "%s: %s\n\n", a.Name, a.Doc)
			for _, r := range a.Rules() {
				fmt.Fprintf(&b, "   %s/%s: %s\n", a.Name, r.ID, r.Summary)
			}
		case name == a.Name:
			rules := a.Rules()
			i := slices.IndexFunc(rules, func(r analyzers.Rule) bool { return r.ID == rule })
			if i < 0 {
				continue
			}
			fmt.Fprintf(&b, "%s/%s: %s\n", a.Name, rule, rules[i].Summary)
			for _, part := range []string{rules[i].Why, rules[i].Fix} {
				if part != "" {
					fmt.Fprintf(&b, "\n%s\n", part)
				}
			}
			if g := rules[i].Group; g != "" {
				fmt.Fprintf(&b, "\nPolicy gates it as %s/%s, %s/%s or %s.\n", a.Name, rule, a.Name, g, a.Name)
			}
		}
	}
	if b.Len() == 0 {
		return cli.Exit(fmt.Sprintf("there is no rule %q\nhint: \"refward explain %s\" lists the rules", c.Args().First(), name), policy.ExitUsage)
	}
	_, err = fmt.Fprint(p.stdout, b.String())
	return err
}
