package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/analyzers/all"
	"github.com/refward/refward/hooks"
	"github.com/refward/refward/internal/detach"
	"github.com/refward/refward/internal/oplog"
	"github.com/refward/refward/internal/policy"
)

// version is set by the Makefile (-ldflags "-X main.version=…").
var version = "devel"

// run judges a push as the hook that its name or its argument says, and returns the exit code.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	code := policy.ExitAccepted // of --help and --version
	app := &cli.App{
		Name:      "refward-receive",
		Usage:     "refuse a push that does not comply; the server's hooks call this",
		ArgsUsage: "pre-receive | post-receive | index",
		Version:   version,
		Description: `git runs it with the ref updates on standard input (githooks(5)). Copied or linked as hooks/pre-receive or
hooks/post-receive it is that hook and needs no argument. "refward server install" puts it in place.

With "index", in the directory of a repository, it brings the indexes of who knows the code up to date, for a timer; post-receive starts that by
itself after a push to HEAD's branch, where there are indexes or the policy wants them (reviewers.index).

Exit code 0: accepted, 1: refused, 2: usage or policy wrong, 3: could not check; all but 0 refuse the push.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "policy", Usage: "judge by `FILE` (default: $REFWARD_POLICY, /etc/refward/policy.yaml, preset starter)"},
			&cli.StringFlag{Name: "log", Usage: "write the operator's log (JSON lines) to `DEST`: a file, or journald", EnvVars: []string{"REFWARD_LOG"}},
			&cli.StringFlag{Name: "report", Usage: "also write the report on each push as JSON to `FILE`"},
		},
		Reader: stdin, Writer: stdout, ErrWriter: stderr,
		HideHelpCommand: true,
		ExitErrHandler:  func(*cli.Context, error) {}, // cli would call os.Exit
		OnUsageError:    func(_ *cli.Context, err error, _ bool) error { return err },
		Action: func(c *cli.Context) error {
			hook, err := hookName(args[0], c.Args().Slice())
			if err != nil {
				return err
			}
			log, closeLog, err := oplog.Open(c.String("log"), "refward-receive")
			if err != nil {
				return err
			}
			defer closeLog()
			gate := hooks.Gate{
				Version: version, Environ: environ, Stdin: stdin, Stdout: stdout, Stderr: stderr,
				Policy: c.String("policy"), Log: log, List: all.List(environ), Report: c.String("report"),
			}
			switch hook {
			case "index":
				code = gate.Index(c.Context)
			case "post-receive":
				gate.Indexer = indexer(c, environ)
				code = gate.PostReceive(c.Context)
			default:
				code = gate.PreReceive(c.Context)
			}
			return nil
		},
	}
	if err := app.RunContext(ctx, args); err != nil {
		_, _ = fmt.Fprintf(stderr, "error: %v\nhint: see \"refward-receive --help\"\n", err)
		return policy.ExitUsage
	}
	return code
}

// indexer starts this program anew, to bring the indexes up to date while the pusher goes on.
func indexer(c *cli.Context, environ []string) func() error {
	return func() error {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		var args []string
		for _, flag := range []string{"policy", "log"} {
			if c.IsSet(flag) {
				args = append(args, "--"+flag, c.String(flag))
			}
		}
		return detach.Start(self, append(args, "index"), environ, "")
	}
}

// hookName finds which hook to be: by the argument, else by the name of the program.
func hookName(program string, args []string) (string, error) {
	name := strings.TrimSuffix(filepath.Base(program), ".exe")
	if len(args) > 0 {
		name = args[0]
	}
	switch {
	case len(args) > 1:
		return "", fmt.Errorf("too many arguments: %q", args[1:])
	case name == "pre-receive", name == "post-receive", name == "index" && len(args) > 0:
		return name, nil
	case len(args) == 0:
		return "", errors.New("say which hook to be: pre-receive or post-receive")
	}
	return "", fmt.Errorf("there is no hook %q: say pre-receive or post-receive", name)
}
