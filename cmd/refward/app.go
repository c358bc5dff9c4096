package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/analyzers/all"
	"github.com/refward/refward/hooks"
	"github.com/refward/refward/internal/oplog"
	"github.com/refward/refward/internal/policy"
)

// version is set by the Makefile (-ldflags "-X main.version=…").
var version = "devel"

// A program is one run of refward, with everything that it touches of the process.
type program struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// run runs a command line and returns the exit code (see doc.go).
func (p program) run(ctx context.Context, args []string) int {
	err := p.app().RunContext(ctx, args)
	if err == nil {
		return policy.ExitAccepted
	}
	var verdict verdictError
	if errors.As(err, &verdict) {
		return int(verdict) // the report has said everything
	}
	code := policy.ExitUsage // what cli itself finds wrong, and wrong policy files
	var coder cli.ExitCoder
	if errors.As(err, &coder) {
		code = coder.ExitCode()
	}
	if text := err.Error(); text != "" {
		for line := range strings.Lines(text) {
			if line = strings.TrimRight(line, "\n"); !keyword(line) {
				line = "error: " + line
			}
			_, _ = fmt.Fprintln(p.stderr, line)
		}
		if strings.Contains(text, "not a git repository") && !strings.Contains(text, "hint:") {
			_, _ = fmt.Fprintln(p.stderr, "hint: cd into a repository first")
		}
	}
	return code
}

// keyword reports whether a line begins as git's client colours it, or continues one that does.
func keyword(line string) bool {
	for _, k := range []string{"error:", "warning:", "hint:", "success:", " "} {
		if strings.HasPrefix(line, k) {
			return true
		}
	}
	return line == ""
}

// A verdictError carries the exit code of a verdict that was reported already.
type verdictError int

func (e verdictError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func (p program) app() *cli.App {
	app := &cli.App{
		Name:    "refward",
		Usage:   "the gate in front of every commit and push: secrets, insecure Go code, and whether a change is ready",
		Version: version,
		Description: `In a clone of yours:

   refward install                       put the hooks in
   refward check range origin/main..HEAD look at what you would push
   refward policy init --preset standard write a commented policy

On a server, "refward server install" puts refward-receive behind a repository. Flags come before arguments.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "log", Usage: "write the operator's log (JSON lines) to `DEST`: a file, or journald", EnvVars: []string{"REFWARD_LOG"}},
		},
		Commands: []*cli.Command{
			installCommand(), uninstallCommand(), p.doctorCommand(), p.hookCommand(),
			p.checkCommand(), p.baselineCommand(), p.policyCommand(), p.explainCommand(), p.typesCommand(), p.trackerCommand(), p.approveCommand(),
			p.progressCommand(), p.reviewersCommand(), p.expertiseCommand(), serverCommand(), p.versionCommand(),
		},
		Reader: p.stdin, Writer: p.stdout, ErrWriter: p.stderr,
		ExitErrHandler: func(*cli.Context, error) {}, // cli would call os.Exit
		OnUsageError:   usage,
		Action:         noCommand,
	}
	for _, c := range app.Commands {
		strict(c)
	}
	return app
}

func (p program) versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the version",
		Action: func(c *cli.Context) error {
			if err := atMost(c, 0); err != nil {
				return err
			}
			_, err := fmt.Fprintln(p.stdout, "refward", version)
			return err
		},
	}
}

// usage makes one line of what cli finds wrong with a command line.
func usage(c *cli.Context, err error, _ bool) error {
	return cli.Exit(fmt.Sprintf("%s\nhint: see \"%s --help\"", err, c.Command.HelpName), policy.ExitUsage)
}

// noCommand is what a command line comes to that names no command.
func noCommand(c *cli.Context) error {
	return missing(c, "refward", c.App.Commands, func() error { return cli.ShowAppHelp(c) })
}

// missing answers a command line that ends where a subcommand should follow: with the help, which is a usage error all the same,
// since "refward check" that checks nothing must not pass in a script.
func missing(c *cli.Context, name string, commands []*cli.Command, help func() error) error {
	given := c.Args().First()
	if given == "" {
		if err := help(); err != nil {
			return err
		}
		return cli.Exit("", policy.ExitUsage)
	}
	hint := fmt.Sprintf("see \"%s --help\"", name)
	if near := cli.SuggestCommand(commands, given); near != "" {
		hint = near
	}
	return cli.Exit(fmt.Sprintf("%s: there is no command %q\nhint: %s", name, given, hint), policy.ExitUsage)
}

// strict makes a command and its subcommands refuse what cli v2 lets pass: a flag behind an argument, at which it stops
// reading flags, a subcommand that does not exist or is left out, and more arguments than ArgsUsage names.
func strict(c *cli.Command) {
	c.OnUsageError = usage
	c.HideHelpCommand = true
	for _, sub := range c.Subcommands {
		strict(sub)
	}
	if c.Action == nil {
		c.Action = func(ctx *cli.Context) error {
			return missing(ctx, c.HelpName, c.Subcommands, func() error { return cli.ShowSubcommandHelp(ctx) })
		}
		return
	}
	action := c.Action
	c.Action = func(ctx *cli.Context) error {
		for _, arg := range ctx.Args().Slice() {
			switch {
			case arg == "--":
				return action(ctx)
			case arg == "--help" || arg == "-h":
				return cli.ShowCommandHelp(ctx, c.Name)
			case strings.HasPrefix(arg, "-") && arg != "-":
				return cli.Exit(fmt.Sprintf("%s: flags come before arguments, and %q comes after one\nhint: %s %s … %s",
					c.HelpName, arg, c.HelpName, arg, ctx.Args().First()), policy.ExitUsage)
			}
		}
		return action(ctx)
	}
}

// atMost refuses arguments that a command would not look at.
func atMost(c *cli.Context, n int) error {
	if c.NArg() <= n {
		return nil
	}
	return cli.Exit(fmt.Sprintf("%s: too many arguments: %q\nhint: see \"%s --help\"", c.Command.HelpName, c.Args().Slice()[n:], c.Command.HelpName), policy.ExitUsage)
}

// gate makes the gate that judges in hooks and checks.
func (p program) gate(c *cli.Context) (*hooks.Gate, func(), error) {
	log, closeLog, err := oplog.Open(c.String("log"), "refward")
	if err != nil {
		return nil, nil, cli.Exit(err.Error(), policy.ExitUsage)
	}
	return &hooks.Gate{
		Version: version, Environ: p.environ, Stdin: p.stdin, Stdout: p.stdout, Stderr: p.stderr,
		Policy: c.String("policy"), Log: log, List: all.List(p.environ),
	}, closeLog, nil
}
