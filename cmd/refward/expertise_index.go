package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/expertise/upkeep"
	"github.com/refward/refward/hooks"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
	"github.com/refward/refward/internal/reviewers"
)

func (p program) indexCommand() *cli.Command {
	return &cli.Command{
		Name:      "index",
		Usage:     "find out which commit each line comes from and who wrote and reviewed what, and keep that",
		ArgsUsage: " ",
		Description: `One index has the owner of every line of every file at the tip of the branch that is everybody's: on a server HEAD's, in a clone the one that
origin/HEAD names as it was fetched, else HEAD; another who wrote and who reviewed which files lately. They are kept in the git directory, beside the objects and not among
them. The first time takes as long as the history is long; then only what is new is looked at. Commits that .git-blame-ignore-revs names at the tip pass their lines
on.

   refward expertise index               build it, or bring it up to date
   refward expertise index --rebuild     begin anew, whatever is there

What it holds of people, and how to erase it: docs/privacy.md.`,
		Flags: []cli.Flag{
			policyFlag(),
			baseFlag(),
			&cli.BoolFlag{Name: "rebuild", Usage: "begin anew"},
			&cli.BoolFlag{Name: "w", Usage: "changes of white space alone change no owner, as in \"git blame -w\"; stays so until --rebuild"},
			&cli.BoolFlag{Name: "quiet", Usage: "say nothing but what is wrong"},
		},
		Action: p.expertiseIndex,
	}
}

func (p program) expertiseIndex(c *cli.Context) error {
	if err := atMost(c, 0); err != nil {
		return err
	}
	return p.counting(c, func(repo *gitio.Repo, _ census.Tip) error {
		out, m := p.stdout, p.metered()
		if c.Bool("quiet") {
			out, m = io.Discard, &meter{}
		}
		u, _, err := p.keepUp(c, repo, upkeep.Options{
			Rebuild: c.Bool("rebuild"), IgnoreSpace: c.Bool("w"), Verify: true,
			Activity: func(done, all int) { m.show(done, all, activityRead) }, Lines: func(done, all int) { m.show(done, all, linesRead) },
		})
		m.clear()
		if err != nil {
			return err
		}
		tip := u.Tip
		if err := p.sayActivity(out, repo.CommonDir(), tip, u.Activity); err != nil {
			return err
		}
		r := u.Lines
		if r.Damaged != nil {
			_, _ = fmt.Fprintf(p.stderr, "warning: the index was of no use and is built anew: %s\n", report.Visible(r.Damaged.Error()))
		}
		p.countsForNothing(census.IgnoreRevsFile, r.Unread)
		if err := p.mailmapUnread(c.Context, repo, tip); err != nil {
			return err
		}
		for _, line := range r.Skipped {
			_, _ = fmt.Fprintf(p.stderr, "warning: %s: %q is no full id of a commit\n", census.IgnoreRevsFile, report.Visible(line))
		}
		files, lines, err := census.Size(r.Index)
		if err != nil {
			return err
		}
		if files > 0 && lines == 0 {
			_, _ = fmt.Fprintln(p.stderr, "warning: no line has an owner: the contents of the files are not here (a partial clone), or all are larger than is looked at")
		}
		did := "built"
		switch {
		case r.Kept:
			did = "is up to date"
		case r.Old != "" && r.Damaged == nil:
			did = "brought up to date"
		}
		_, err = fmt.Fprintf(out, "index of %s %s: %s at %.12s, %s in %s by %s, %.1f s\n", report.Visible(tip.Name()), did,
			ownership.Path(repo.CommonDir()), tip.Commit, counted(lines, "line"), counted(int64(files), "file"), counted(int64(r.Index.Commits()), "commit"),
			r.Took.Seconds())
		return err
	})
}

// wishes returns what the policy says of reviewers.
func (p program) wishes(c *cli.Context, repo *gitio.Repo, tip census.Tip) (wishes reviewers.Config, err error) {
	gate, closeLog, err := p.gate(c)
	if err != nil {
		return wishes, err
	}
	defer closeLog()
	wishes, skipped, err := gate.Reviewers(c.Context, repo, tip.Commit)
	if err != nil {
		return wishes, cli.Exit(report.Visible(err.Error()), policy.ExitUsage)
	}
	if skipped != nil {
		_, _ = fmt.Fprintf(p.stderr, "warning: what %s says of reviewers counts for nothing: %s\n", hooks.RepositoryPolicy, report.Visible(skipped.Error()))
	}
	return wishes, nil
}

// keepUp brings the indexes up to date as the policy wants them, and returns what that says.
func (p program) keepUp(c *cli.Context, repo *gitio.Repo, o upkeep.Options) (u upkeep.Updated, wishes reviewers.Config, err error) {
	o.Waiting = func() { _, _ = fmt.Fprintln(p.stderr, "another process brings the indexes up to date; waiting for it") }
	u, err = upkeep.Update(c.Context, repo, func(context.Context) (census.Tip, people.Options, error) {
		tip, err := tipOf(c, repo)
		if err == nil {
			wishes, err = p.wishes(c, repo, tip)
		}
		return tip, upkeep.PeopleOptions(wishes), err
	}, o)
	return u, wishes, err
}

// tipOf returns the tip of the branch that is everybody's, or that the command line calls that.
func tipOf(c *cli.Context, repo *gitio.Repo) (census.Tip, error) {
	if base := c.String("base"); base != "" {
		return census.Branch(c.Context, repo, base)
	}
	return census.Trusted(c.Context, repo)
}

// baseFlag names the branch that is everybody's.
func baseFlag() cli.Flag {
	return &cli.StringFlag{Name: "base", Usage: "go by `BRANCH`, such as develop or origin/develop, in place of the one that is everybody's (git config " + census.BaseSetting + ")"}
}

// counted returns a number with what it counts.
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// visibleLines makes a text of several lines, such as an error with a hint, fit to print.
func visibleLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = report.Visible(l)
	}
	return strings.Join(lines, "\n")
}

// counting calls do with the repository around the working directory and the tip that counts there. Errors come back as what was not looked at,
// but for those that have an exit code already.
func (p program) counting(c *cli.Context, do func(*gitio.Repo, census.Tip) error) (err error) {
	repo, err := gitio.Open(c.Context, gitio.Options{Environ: p.environ})
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	defer func() { err = errors.Join(err, repo.Close()) }()
	tip, err := tipOf(c, repo)
	if err == nil {
		if tip.Doubt != "" {
			_, _ = fmt.Fprintf(p.stderr, "warning: which branch of %s is everybody's is not known; %s counts as that\nhint: git remote set-head %[1]s --auto\n",
				report.Visible(tip.Doubt), report.Visible(tip.Name()))
		}
		if edge, e := repo.ShallowEdge(); e == nil && len(edge) > 0 {
			_, _ = fmt.Fprintln(p.stderr, "warning: the history ends early here (a shallow clone): whoever made its oldest commits counts for all that they found\nhint: git fetch --unshallow")
		}
		err = do(repo, tip)
	}
	var coder cli.ExitCoder
	var child *exec.ExitError // has an exit code too, which is git's
	switch {
	case err == nil || errors.As(err, &coder) && !errors.As(err, &child):
		return err
	case errors.Is(err, census.ErrBase):
		return cli.Exit(report.Visible(err.Error())+"\nhint: git branch -a shows the branches; tags and revisions are none", policy.ExitUsage)
	case errors.Is(err, census.ErrEmpty):
		return cli.Exit(report.Visible(err.Error())+"\nhint: commit something first", policy.ExitUnchecked)
	case errors.Is(err, context.Canceled), c.Context.Err() != nil: // the terminal interrupts git as well
		return cli.Exit("interrupted; the indexes are as they were, and the next run goes on with the lines where this one was", policy.ExitUnchecked)
	}
	return cli.Exit(visibleLines(err.Error()), policy.ExitUnchecked)
}
