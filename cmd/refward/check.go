package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/hooks"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

func (p program) checkCommand() *cli.Command {
	check := func(what, usage, args, description string) *cli.Command {
		return &cli.Command{
			Name: what, Usage: usage, ArgsUsage: args, Description: description,
			Flags: []cli.Flag{
				policyFlag(),
				&cli.StringFlag{Name: "ref", Usage: "judge as if `REF` were to be pushed, such as refs/heads/main (default: HEAD's branch)"},
				&cli.StringFlag{Name: "only", Usage: "run only these analyzers (`LIST`, comma separated)"},
				&cli.StringFlag{Name: "format", Value: "text", Usage: "write the report as `FORMAT`: " + strings.Join(report.Formats(), ", ")},
				&cli.BoolFlag{Name: "all", Usage: "show every finding in the text report"},
			},
			Action: func(c *cli.Context) error { return p.check(c, what) },
		}
	}
	return &cli.Command{
		Name:  "check",
		Usage: "judge what is staged, a range, a tree or a history: in CI, or to try a policy out",
		Description: `The same policy and the same checks as in the hooks, without their time limit. Exit code 0: accepted, 1: refused,
2: usage or policy wrong, 3: could not check.

Beside the policy of --policy, the .refward.yaml that is committed judges, as on the server: that of origin/HEAD, else for a range that
of OLD, else that of HEAD. So what a range itself brings does not choose how it is judged.

   refward check range --ref refs/heads/main origin/main..HEAD
   refward check history --format sarif HEAD > refward.sarif`,
		Subcommands: []*cli.Command{
			check("staged", "what \"git commit\" would commit", "", "Reads the index; neither it nor the work tree is touched."),
			check("range", "the commits of a range", "[OLD..NEW]", "What NEW has and OLD does not; without a range, what is not yet upstream: @{upstream}..HEAD."),
			check("tree", "everything at a revision, as if it were new", "[REV]", "What is in the files of REV now, wherever it came from; HEAD by default."),
			check("history", "every commit that a revision reaches", "[REV]", "Each commit against its parents: what once was in a file is found too. HEAD by default."),
		},
	}
}

func (p program) check(c *cli.Context, what string) error {
	takes := 1
	if what == "staged" {
		takes = 0
	}
	if err := atMost(c, takes); err != nil {
		return err
	}
	format := c.String("format")
	if !slices.Contains(report.Formats(), format) {
		return cli.Exit(fmt.Sprintf("there is no report format %q\nhint: one of %s", format, strings.Join(report.Formats(), ", ")), policy.ExitUsage)
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
	if c.Bool("all") {
		gate.MaxShow = -1
	}
	var only []string
	if list := c.String("only"); list != "" {
		only = strings.Split(list, ",")
	}
	return exit(gate.Check(c.Context, hooks.CheckOptions{What: what, Rev: c.Args().First(), Ref: ref, Only: only, Format: format}))
}

// refFlagOf returns the full name that --ref gives; "" when it gives none.
func refFlagOf(c *cli.Context) (string, error) {
	ref := c.String("ref")
	if ref != "" && !strings.HasPrefix(ref, "refs/") {
		return "", cli.Exit(fmt.Sprintf("--ref takes a full name, such as refs/heads/%s", ref), policy.ExitUsage)
	}
	return ref, nil
}
