package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/analyzers/all"
	"github.com/refward/refward/hooks"
	"github.com/refward/refward/internal/policy"
)

func (p program) policyCommand() *cli.Command {
	return &cli.Command{
		Name:  "policy",
		Usage: "write a policy, check one, say what it makes of a change or would have made of past ones, or hold the server's",
		Description: `A policy says what is refused where. It stands in .refward.yaml at the top of a repository, and on a server in
/etc/refward/policy.yaml; docs/policy.md has every key.`,
		Subcommands: []*cli.Command{
			{
				Name:      "init",
				Usage:     "write a commented policy",
				ArgsUsage: "[FILE]",
				Description: `FILE is .refward.yaml unless given; "-" prints. A file that is there is never overwritten.

   refward policy init --preset standard
   refward policy init --preset observe /etc/refward/policy.yaml`,
				Flags:  []cli.Flag{&cli.StringFlag{Name: "preset", Value: policy.DefaultPreset, Usage: "begin with `PRESET`: " + strings.Join(policy.PresetNames(), ", ")}},
				Action: p.policyInit,
			},
			{
				Name:      "check",
				Usage:     "say whether a policy can be used, and what is wrong with it",
				ArgsUsage: "[FILE]",
				Description: `FILE is .refward.yaml unless given. Every error comes with file, line and column; the exit code is then 2. A line that can
decide nothing, because others always come before it, is an error here; hooks do not mind.

   refward policy check /etc/refward/policy.yaml`,
				Action: p.policyCheck,
			},
			p.policyFetchCommand(),
			p.policyExplainCommand(),
			p.policyReplayCommand(),
			p.policySchemaCommand(),
		},
	}
}

func (p program) policyInit(c *cli.Context) error {
	if err := atMost(c, 1); err != nil {
		return err
	}
	data, err := policy.PresetFile(c.String("preset"))
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUsage)
	}
	path := fileArgument(c)
	if path == "-" {
		_, err := p.stdout.Write(data)
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return cli.Exit(fmt.Sprintf("%s is there already\nhint: \"refward policy init -\" prints the policy instead", path), policy.ExitUsage)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return cli.Exit(fmt.Sprintf("%s: there is no folder %s\nhint: make it first: mkdir -p %s", path, filepath.Dir(path), filepath.Dir(path)), policy.ExitUsage)
	}
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	text := fmt.Sprintf("success: wrote %s; \"refward policy check %s\" says whether it is right after you changed it\n", path, path)
	if path == hooks.RepositoryPolicy {
		text += "hint: it judges once it is committed, and on the server once HEAD's branch there has it\n"
	}
	_, err = io.WriteString(p.stdout, text)
	return err
}

func (p program) policyCheck(c *cli.Context) error {
	if err := atMost(c, 1); err != nil {
		return err
	}
	path := fileArgument(c)
	pol, err := policy.Load(path)
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUsage)
	}
	list, err := all.List(nil)(pol)
	if err == nil {
		list = append(list, hooks.PolicyAnalyzer())
		err = pol.CheckRules(c.Context, list)
	}
	if err == nil { // else what is meant is not known
		err = pol.Unreachable(list)
	}
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUsage)
	}
	if err := keysOf(pol); err != nil {
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return cli.Exit(err.Error(), policy.ExitUsage)
		}
		_, _ = fmt.Fprintf(p.stderr, "warning: %s: where that is so on the server, every push is refused\n", err)
	}
	for _, idle := range pol.Idle() {
		_, _ = fmt.Fprintf(p.stderr, "warning: %s\n", idle)
	}
	_, err = fmt.Fprintf(p.stdout, "success: %s can be used (%s, mode %s)\n", path, pol.Source(), pol.Mode)
	return err
}

// keysOf reads the files of keys and people that a policy names, without which its hook could not check anything.
func keysOf(pol *policy.Policy) error {
	if _, err := pol.Identity.Load(); err != nil {
		return err
	}
	_, err := pol.Identity.LoadPeople()
	return err
}

func fileArgument(c *cli.Context) string {
	if c.Args().Present() {
		return c.Args().First()
	}
	return hooks.RepositoryPolicy
}
