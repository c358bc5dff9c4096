package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/analyzers/all"
	"github.com/refward/refward/installer"
	"github.com/refward/refward/internal/allow"
	"github.com/refward/refward/internal/policy"
)

func serverCommand() *cli.Command {
	return &cli.Command{
		Name:  "server",
		Usage: "put Refward behind a Git server, where it refuses pushes",
		Description: `KIND is plain (Git's own transports: ssh, http-backend, git daemon) or gitea; DIR is a repository on the
server's disk. Run it on the server, as a user who may write there. Flags come before KIND and DIR.

   refward server install --policy /etc/refward/policy.yaml plain /srv/git/shop.git
   refward server doctor plain /srv/git        all repositories below; names those that are not covered`,
		Subcommands: []*cli.Command{serverInstallCommand(), serverUninstallCommand(), serverDoctorCommand()},
	}
}

func serverInstallCommand() *cli.Command {
	return &cli.Command{
		Name:      "install",
		Usage:     "put pre-receive and post-receive into a repository",
		ArgsUsage: "KIND DIR",
		Description: `plain writes hooks/pre-receive and hooks/post-receive; a hook that is there already is kept, runs first, and
can refuse as before. gitea writes hooks/pre-receive.d/zz-refward and hooks/post-receive.d/zz-refward, which
Gitea's hooks run after its own checks. If the program is missing later, every push is refused.

Installed again, the hooks keep their program and their policy unless --receive or --policy names another; for
none at all, uninstall first.

   refward server install --policy /etc/refward/policy.yaml plain /srv/git/shop.git
   refward server install --receive /usr/local/bin/refward-receive gitea /var/lib/gitea/repositories/acme/shop.git`,
		Flags: []cli.Flag{
			serverPolicyFlag("what hooks of Refward's that are there name, else REFWARD_POLICY of the server's environment, " +
				"/etc/refward/policy.yaml, or the preset starter"),
			receiveFlag("what hooks of Refward's that are there run, or the one beside this program"),
			&cli.BoolFlag{Name: "force", Usage: "write over a hook of Refward's that somebody changed"},
		},
		Action: func(c *cli.Context) error {
			server, err := serverOf(c)
			if err != nil {
				return err
			}
			if server.Beside, err = besideThis("refward-receive"); err != nil {
				return cli.Exit(err.Error(), policy.ExitUnchecked)
			}
			done, err := server.Install(c.Context)
			printInstalled(c.App.Writer, done)
			return installerExit(err)
		},
	}
}

func serverUninstallCommand() *cli.Command {
	return &cli.Command{
		Name:      "uninstall",
		Usage:     "take the hooks out of a repository and put back what was there before",
		ArgsUsage: "KIND DIR",
		Description: `Only hooks that Refward wrote are taken out. One that somebody changed since is kept, and the exit code is 1:
save what you need from it, then add --force (before KIND).

   refward server uninstall plain /srv/git/shop.git`,
		Flags: []cli.Flag{&cli.BoolFlag{Name: "force", Usage: "delete a hook of Refward's even if somebody changed it"}},
		Action: func(c *cli.Context) error {
			server, err := serverOf(c)
			if err != nil {
				return err
			}
			done, err := server.Uninstall(c.Context)
			printInstalled(c.App.Writer, done)
			return uninstallExit(c.App.Writer, done, err)
		},
	}
}

func serverDoctorCommand() *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "say whether a repository, or each in a directory, is covered",
		ArgsUsage: "KIND DIR",
		Description: `DIR is a repository or a directory with repositories, at most four levels deep. Says of each hook whether it is
in force, whether its program and its policy can be used and the record of decisions written, names repositories
that are not covered, and warns of a policy that judges nothing and of files that others than their owner may
write. With --policy or --receive a hook that uses another one is stale. Run it as the user that runs Git, whose
configuration and permissions count, and with its REFWARD_POLICY. The exit code is 1 if there is a problem, else 0.

   refward server doctor plain /srv/git
   refward server doctor --policy /etc/refward/policy.yaml gitea /var/lib/gitea/repositories`,
		Flags: []cli.Flag{serverPolicyFlag("any"), receiveFlag("any")},
		Action: func(c *cli.Context) error {
			server, err := serverOf(c)
			if err != nil {
				return err
			}
			found, err := server.Doctor(c.Context)
			if err != nil {
				return installerExit(err)
			}
			program := thisProgram
			if server.Program != "" {
				program = func() (string, error) { return server.Program, nil }
			}
			return printDiagnoses(c.App.Writer, append([]installer.Diagnosis{helperDiagnosis(program)}, found...))
		},
	}
}

func serverPolicyFlag(otherwise string) cli.Flag {
	return &cli.StringFlag{Name: "policy", Usage: "policy `FILE` that the hooks use (default: " + otherwise + ")"}
}

func receiveFlag(otherwise string) cli.Flag {
	return &cli.StringFlag{Name: "receive", Usage: "`PATH` of refward-receive (default: " + otherwise + ")"}
}

// serverOf reads the flags and arguments of the server commands; paths become absolute.
func serverOf(c *cli.Context) (installer.Server, error) {
	if err := wantArguments(c, "KIND", "DIR"); err != nil {
		return installer.Server{}, err
	}
	s := installer.Server{Kind: installer.Kind(c.Args().Get(0)), Dir: c.Args().Get(1), Force: c.Bool("force"), ReadPolicy: policyFacts}
	if !slices.Contains(installer.Kinds(), s.Kind) {
		return s, cli.Exit(fmt.Sprintf("%q is not a kind of server\nhint: KIND is one of %s", s.Kind, serverKinds()), policy.ExitUsage)
	}
	for flag, path := range map[string]*string{"policy": &s.Policy, "receive": &s.Program} {
		if !c.IsSet(flag) {
			continue
		}
		if c.String(flag) == "" {
			return s, cli.Exit(fmt.Sprintf("--%s: wants a path, has none", flag), policy.ExitUsage)
		}
		abs, err := filepath.Abs(c.String(flag))
		if err != nil {
			return s, cli.Exit(err.Error(), policy.ExitUnchecked)
		}
		*path = abs
	}
	return s, nil
}

func serverKinds() string {
	var names []string
	for _, k := range installer.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// policyFacts reads a policy, or without a path the one that a hook without --policy takes, and reports why it cannot be
// used, as "refward policy check" does but for single rules.
func policyFacts(path string) (installer.PolicyFacts, error) {
	path = cmp.Or(path, os.Getenv("REFWARD_POLICY"))
	named := path != ""
	if !named {
		path = "/etc/refward/policy.yaml"
	}
	p, err := policy.Load(path)
	if !named && errors.Is(err, fs.ErrNotExist) {
		path = ""
		p, err = policy.Preset(policy.DefaultPreset)
	}
	facts := installer.PolicyFacts{File: path}
	if err != nil {
		return facts, err
	}
	facts.Record, facts.Off = p.Audit.File, p.Mode == policy.Off
	if p.Allow.File != "" { // which refuses every push if it cannot be read
		if _, err := allow.Load(p.Allow.File); err != nil {
			return facts, err
		}
	}
	if err := keysOf(p); err != nil { // likewise
		return facts, err
	}
	list, err := all.List(nil)(p)
	if err != nil {
		return facts, err
	}
	return facts, p.Check(list)
}

// besideThis returns the path of another program in this program's directory.
func besideThis(name string) (string, error) {
	path, err := thisProgram()
	if err != nil {
		return "", err
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(filepath.Dir(path), name), nil
}
