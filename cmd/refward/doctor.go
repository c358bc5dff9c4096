package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/analyzers/gosec"
	"github.com/refward/refward/installer"
	"github.com/refward/refward/internal/policy"
)

func (p program) doctorCommand() *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "say whether the client hooks are in force",
		ArgsUsage: " ",
		Description: `Says of each hook: ok; missing; shadowed (core.hooksPath makes Git look elsewhere, as husky and lefthook do);
stale (written by another version, or its program is gone or is not this one); not executable (Git ignores it);
edited; or not ours; and what to type about it. Hooks that were left out of the installation are no problem.
It warns if the policy judges nothing, and says whether the copy of the server's policy that "refward policy fetch" has brought is still
the server's. The exit code is 1 if there is a problem, else 0.

   refward doctor
   refward doctor --hooks pre-commit      that one must be there
   refward doctor --global                what "refward install --global" put in`,
		Flags: []cli.Flag{hooksFlag(), &cli.BoolFlag{Name: "global", Usage: "look at the hooks for all of your repositories"}},
		Action: func(c *cli.Context) error {
			client, err := clientOf(c)
			if err != nil {
				return err
			}
			if !client.Global {
				client.ReadPolicy = p.factsHere(c.Context)
			}
			found, err := client.Doctor(c.Context)
			if err != nil {
				return installerExit(err)
			}
			needs := []installer.Diagnosis{helperDiagnosis(thisProgram)}
			if !client.Global {
				needs = append(needs, p.heldDiagnoses(c.Context)...)
			}
			return printDiagnoses(c.App.Writer, append(needs, found...))
		},
	}
}

// helperDiagnosis says whether the helper program is where the program that needs it looks for it.
func helperDiagnosis(program func() (string, error)) installer.Diagnosis {
	d := installer.Diagnosis{Subject: gosec.HelperName, State: installer.OK}
	path, err := program()
	if err == nil {
		d.Detail, err = gosec.HelperBeside(path)
	}
	if err != nil {
		d.State, d.Detail = installer.Missing, err.Error()+"; Go code is not checked"
		d.Hint = "put refward-gosec, which \"make build\" has built with the others, into that directory"
	}
	return d
}

// printDiagnoses says how everything is; its error has the exit code 1 if something is not well.
func printDiagnoses(w io.Writer, found []installer.Diagnosis) error {
	problems, warnings := 0, 0
	for _, d := range found {
		detail := strings.ReplaceAll(d.Detail, "\n", "\n  ")
		switch {
		case d.Problem():
			problems++
			fmt.Fprintf(w, "error: %s: %s: %s\n", d.Subject, d.State, detail)
		case d.Warning():
			warnings++
			fmt.Fprintf(w, "warning: %s: %s: %s\n", d.Subject, d.State, detail)
		default:
			fmt.Fprintf(w, "%s: %s: %s\n", d.Subject, d.State, detail)
		}
		if d.Hint != "" {
			fmt.Fprintf(w, "hint: %s\n", d.Hint)
		}
	}
	if problems == 1 {
		return cli.Exit("1 problem", policy.ExitRefused)
	}
	if problems > 0 {
		return cli.Exit(fmt.Sprintf("%d problems", problems), policy.ExitRefused)
	}
	if warnings > 0 {
		fmt.Fprintln(w, "installed; see the warnings above")
		return nil
	}
	fmt.Fprintln(w, "success: all well")
	return nil
}
