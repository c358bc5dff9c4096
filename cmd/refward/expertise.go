package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/expertise/evaluate"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

func (p program) expertiseCommand() *cli.Command {
	return &cli.Command{
		Name:  "expertise",
		Usage: "who knows which code, and how well that is known",
		Description: `Reviewers are suggested by who wrote and reviewed the touched files and lines. docs/expertise.md has the model, its formulas and its
figures.

   refward expertise index               find out which commit each line comes from
   refward expertise evaluate history.jsonl.gz`,
		Subcommands: []*cli.Command{p.indexCommand(), p.evaluateCommand()},
	}
}

func (p program) evaluateCommand() *cli.Command {
	return &cli.Command{
		Name:      "evaluate",
		Usage:     "replay histories with known reviewers, and say how often the suggestions are right",
		ArgsUsage: "FILE…",
		Description: `Each FILE is the history of one repository, in JSON lines, compressed with gzip or not (docs/expertise.md). Its newest third of
reviewed commits, at most 2,000, is asked about one by one, with nothing known but what had come in when they were written. Nothing is
fitted to any file. Beside the product's ranking stand four simple ones: the busiest reviewers, the author's reviewers, the authors of the
files, and the owners of the lines.

   refward expertise evaluate a.jsonl.gz b.jsonl.gz
   refward expertise evaluate --cold --format json a.jsonl.gz`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "cold", Usage: "leave out who reviewed, as in a history without such trailers"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "`FORMAT` of the figures: text or json"},
		},
		Action: p.evaluate,
	}
}

func (p program) evaluate(c *cli.Context) error {
	write := evaluate.WriteText
	switch f := c.String("format"); f {
	case "text":
	case "json":
		write = evaluate.WriteJSON
	default:
		return cli.Exit(fmt.Sprintf("%s: there is no format %q\nhint: text or json", c.Command.HelpName, f), policy.ExitUsage)
	}
	if c.NArg() == 0 {
		return cli.Exit(fmt.Sprintf("%s: no file\nhint: see \"%[1]s --help\"", c.Command.HelpName), policy.ExitUsage)
	}
	say := sparsely(p.stderr)
	r, err := evaluate.Run(c.Context, c.Args().Slice(), evaluate.Options{
		Cold: c.Bool("cold"),
		Progress: func(name string, done, all int) {
			say(fmt.Sprintf("%s: %d of %d commits", report.Visible(name), done, all))
		},
	})
	var path *fs.PathError
	switch {
	case errors.As(err, &path):
		return cli.Exit(report.Visible(err.Error()), policy.ExitUsage)
	case err != nil:
		return cli.Exit(report.Visible(strings.TrimSpace(err.Error())), policy.ExitUnchecked)
	}
	return write(p.stdout, r)
}
