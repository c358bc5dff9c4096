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
   refward expertise show internal      whose lines a directory has
   refward expertise owners             who knows each directory best, and what would be lost with them
   refward expertise evaluate history.jsonl.gz

What is kept of people, and how it is erased: docs/privacy.md.`,
		Subcommands: []*cli.Command{
			p.indexCommand(), p.showCommand(), p.ownersCommand(), p.mapCommand(), p.authorsCommand(), p.forgetCommand(), p.evaluateCommand(),
		},
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

With --assign it says instead what naming one person comes to, as "refward reviewers --assign" does: how often who is named did review, how much
the busiest person gets, and how many are passed over because they have too many open reviews, beside who stands first in the ranking. A
review is open until the commit came in.

   refward expertise evaluate a.jsonl.gz b.jsonl.gz
   refward expertise evaluate --assign a.jsonl.gz
   refward expertise evaluate --cold --format json a.jsonl.gz`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "cold", Usage: "leave out who reviewed, as in a history without such trailers"},
			&cli.BoolFlag{Name: "assign", Usage: "name one person for each change, and say how that spreads the work"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "`FORMAT` of the figures: text or json"},
		},
		Action: p.evaluate,
	}
}

func (p program) evaluate(c *cli.Context) error {
	f := c.String("format")
	if f != "text" && f != "json" {
		return cli.Exit(fmt.Sprintf("%s: there is no format %q\nhint: text or json", c.Command.HelpName, f), policy.ExitUsage)
	}
	if c.NArg() == 0 {
		return cli.Exit(fmt.Sprintf("%s: no file\nhint: see \"%[1]s --help\"", c.Command.HelpName), policy.ExitUsage)
	}
	m := p.metered()
	o := evaluate.Options{
		Cold: c.Bool("cold"),
		Progress: func(name string, done, all int) {
			m.show(done, all, "commits of "+report.Visible(name))
		},
	}
	if c.Bool("assign") {
		r, err := evaluate.Assign(c.Context, c.Args().Slice(), o)
		m.clear()
		switch {
		case err != nil:
			return notEvaluated(err)
		case f == "json":
			return r.WriteJSON(p.stdout)
		}
		return r.WriteText(p.stdout)
	}
	r, err := evaluate.Run(c.Context, c.Args().Slice(), o)
	m.clear()
	switch {
	case err != nil:
		return notEvaluated(err)
	case f == "json":
		return evaluate.WriteJSON(p.stdout, r)
	}
	return evaluate.WriteText(p.stdout, r)
}

// notEvaluated says what is wrong with a data set: not there, which is the caller's, or not readable.
func notEvaluated(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return cli.Exit(report.Visible(err.Error()), policy.ExitUsage)
	}
	return cli.Exit(report.Visible(strings.TrimSpace(err.Error())), policy.ExitUnchecked)
}
