package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/installer"
	"github.com/refward/refward/internal/policy"
)

func installCommand() *cli.Command {
	return &cli.Command{
		Name:      "install",
		Usage:     "put the client hooks into this repository, or into all of yours",
		ArgsUsage: " ",
		Description: `Git runs the hooks before a commit is made and before a push is sent; they check what would go in and
refuse what the policy forbids. A hook that is there already is kept, and runs first.

   refward install                                   in this repository, and in all its work trees
   refward install --hooks pre-commit,commit-msg     some of them
   refward install --global                          in every repository of yours, through core.hooksPath;
                                                     a repository's own hooks still run

The hooks run this very program at its present place: install again when it has moved. Anybody can pass a client
hook by with "git commit --no-verify"; what must hold is checked on the server (refward server install).`,
		Flags: []cli.Flag{
			hooksFlag(),
			&cli.BoolFlag{Name: "global", Usage: "install for all of your repositories"},
			&cli.BoolFlag{Name: "force", Usage: "write over a hook of Refward's that somebody changed"},
		},
		Action: func(c *cli.Context) error {
			client, err := clientOf(c)
			if err != nil {
				return err
			}
			done, err := client.Install(c.Context)
			printInstalled(c.App.Writer, done)
			return installerExit(err)
		},
	}
}

func uninstallCommand() *cli.Command {
	return &cli.Command{
		Name:      "uninstall",
		Usage:     "take the client hooks out and put back what was there before",
		ArgsUsage: " ",
		Description: `Only hooks that Refward wrote are taken out; the hook that was there before comes back as it was. One that
somebody changed since is kept, and the exit code is 1: save what you need from it, then add --force.

   refward uninstall
   refward uninstall --global`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "global", Usage: "take out what \"refward install --global\" put in"},
			&cli.BoolFlag{Name: "force", Usage: "delete a hook of Refward's even if somebody changed it"},
		},
		Action: func(c *cli.Context) error {
			client, err := clientOf(c)
			if err != nil {
				return err
			}
			done, err := client.Uninstall(c.Context)
			printInstalled(c.App.Writer, done)
			return uninstallExit(c.App.Writer, done, err)
		},
	}
}

func hooksFlag() cli.Flag {
	return &cli.StringFlag{Name: "hooks", Usage: "`LIST` of hooks, with commas: " + strings.Join(installer.ClientHooks(), ",") + " (default: all)"}
}

// clientOf reads the flags of install, uninstall and doctor.
func clientOf(c *cli.Context) (installer.Client, error) {
	if err := wantArguments(c); err != nil {
		return installer.Client{}, err
	}
	program, err := thisProgram()
	if err != nil {
		return installer.Client{}, cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	client := installer.Client{Program: program, Global: c.Bool("global"), Force: c.Bool("force"), ReadPolicy: policyFacts}
	if c.IsSet("hooks") {
		for h := range strings.SplitSeq(c.String("hooks"), ",") {
			client.Hooks = append(client.Hooks, strings.TrimSpace(h))
		}
	}
	return client, nil
}

// wantArguments reports a number of arguments other than that of the names.
func wantArguments(c *cli.Context, names ...string) error {
	if c.NArg() == len(names) {
		return nil
	}
	want := "no arguments"
	if len(names) > 0 {
		want = strings.Join(names, " and ")
	}
	if c.NArg() > 0 {
		want += fmt.Sprintf(", not %q", c.Args().Slice())
	}
	return cli.Exit(fmt.Sprintf("%s: wants %s\nhint: see \"%[1]s --help\"", c.Command.HelpName, want), policy.ExitUsage)
}

// thisProgram returns the absolute path of this program, with symbolic links resolved.
func thisProgram() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	return filepath.EvalSymlinks(path)
}

// printInstalled says what was done about each hook.
func printInstalled(w io.Writer, done installer.Result) {
	for _, s := range done.Steps {
		fmt.Fprintf(w, "%s: %s (%s)\n", s.Hook, s.Did, s.Path)
		if s.Warning != "" {
			fmt.Fprintf(w, "warning: %s: %s\n", s.Hook, s.Warning)
		}
		if s.Hint != "" {
			fmt.Fprintf(w, "hint: %s\n", s.Hint)
		}
	}
	for _, note := range done.Notes {
		fmt.Fprintln(w, note)
	}
	for _, warning := range done.Warnings {
		fmt.Fprintf(w, "warning: %s\n", warning)
	}
}

// uninstallExit is installerExit for a removal, which may have kept a hook.
func uninstallExit(w io.Writer, done installer.Result, err error) error {
	if err != nil {
		return installerExit(err)
	}
	kept := 0
	for _, s := range done.Steps {
		if s.Did == installer.Kept {
			kept++
		}
	}
	if kept > 0 {
		return cli.Exit(fmt.Sprintf("%d of the hooks kept, for somebody changed them", kept), policy.ExitRefused)
	}
	if len(done.Steps) == 0 {
		fmt.Fprintln(w, "nothing to take out")
	}
	return nil
}

// installerExit gives an installer's error its exit code: 2 when the user can resolve it, else 3. Of several errors
// each begins a line.
func installerExit(err error) error {
	if err == nil {
		return nil
	}
	code := policy.ExitUnchecked
	var refusal *installer.Refusal
	if errors.As(err, &refusal) {
		code = policy.ExitUsage
	}
	lines := []string{err.Error()}
	if several, is := err.(interface{ Unwrap() []error }); is {
		lines = nil
		for _, e := range several.Unwrap() {
			lines = append(lines, e.Error())
		}
	}
	return cli.Exit(strings.Join(lines, "\nerror: "), code)
}
