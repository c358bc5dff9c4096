package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/internal/policy"
)

func (p program) hookCommand() *cli.Command {
	return &cli.Command{
		Name:      "hook",
		Usage:     "judge as a Git hook; the installed hooks call this",
		ArgsUsage: "pre-commit | pre-merge-commit | commit-msg FILE | pre-push REMOTE URL",
		Description: `git runs the hook with its own arguments, environment and standard input (githooks(5)). To try one by hand:

   refward hook pre-commit
   refward hook commit-msg .git/COMMIT_EDITMSG`,
		Flags: []cli.Flag{policyFlag(), &cli.StringFlag{Name: "report", Usage: "also write the report as JSON to `FILE`"}},
		Action: func(c *cli.Context) error {
			gate, closeLog, err := p.gate(c)
			if err != nil {
				return err
			}
			defer closeLog()
			gate.Report = c.String("report")
			name, args := c.Args().First(), c.Args().Tail()
			want := map[string]int{"pre-commit": 0, "pre-merge-commit": 0, "commit-msg": 1, "pre-push": 2}
			n, known := want[name]
			if !known {
				return cli.Exit(fmt.Sprintf("there is no hook %q\nhint: see \"refward hook --help\"", name), policy.ExitUsage)
			}
			if len(args) != n {
				return cli.Exit(fmt.Sprintf("hook %s takes %d arguments, not %d\nhint: see \"refward hook --help\"", name, n, len(args)), policy.ExitUsage)
			}
			switch name {
			case "commit-msg":
				return exit(gate.CommitMsg(c.Context, args[0]))
			case "pre-push":
				return exit(gate.PrePush(c.Context, args[0]))
			}
			return exit(gate.PreCommit(c.Context, name))
		},
	}
}

func policyFlag() cli.Flag {
	return &cli.StringFlag{Name: "policy", Usage: "judge by `FILE` (default: $REFWARD_POLICY, the fetched policy, /etc/refward/policy.yaml, preset starter)"}
}

// exit makes an error of a verdict's exit code.
func exit(code int) error {
	if code == policy.ExitAccepted {
		return nil
	}
	return verdictError(code)
}
