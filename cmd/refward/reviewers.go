package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/expertise/advice"
	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/language"
	"github.com/refward/refward/expertise/owners"
	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/expertise/suggest"
	"github.com/refward/refward/expertise/template"
	"github.com/refward/refward/expertise/upkeep"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
	"github.com/refward/refward/internal/reviewers"
)

func (p program) reviewersCommand() *cli.Command {
	return &cli.Command{
		Name:      "reviewers",
		Usage:     "suggest who could review a change, and say why",
		ArgsUsage: "[OLD..NEW | -- PATH…]",
		Description: `Ranks people by who wrote and reviewed the touched files, the code around them and the author's former changes. It is advice: no verdict depends on
it. Without a range it is about what HEAD has and the branch that is everybody's has not: on a server HEAD's, in a clone the one that origin/HEAD
names as it was fetched. What is known comes from that branch alone, by "refward expertise index", which is brought up to date first.

   refward reviewers                         who could review what is checked out
   refward reviewers -n 5 origin/main..HEAD
   refward reviewers -- internal/parser      who knows these files, before there is a change
   refward reviewers --lang SQL -- .         who knows the SQL of this repository
   refward reviewers --assign                name one of them, with an eye on who has much to do
   refward reviewers --template > review.md  a checklist for this change

Left out are the authors, programs, those whom --absent names, and who has done nothing for a year. CODEOWNERS of the same branch says who
owns the paths: that is shown, and does not change the ranking. The formulas are in docs/expertise.md.`,
		Flags: []cli.Flag{
			policyFlag(),
			baseFlag(),
			&cli.IntFlag{Name: "n", Value: reviewers.DefaultCount, Usage: "show the first `N`; the policy may say another number"},
			&cli.StringFlag{Name: "lang", Usage: "only files in `LANGUAGE`, such as Go, SQL or py"},
			&cli.StringSliceFlag{Name: "absent", Usage: "do not suggest who has the `MAIL`; may be given again"},
			&cli.BoolFlag{Name: "assign", Usage: "name one person, keep that, and say whom to ask if nothing happens"},
			&cli.BoolFlag{Name: "template", Usage: "print a checklist for the change instead"},
			&cli.StringFlag{Name: "templates", Usage: "take texts of the checklist from `DIR` where it has them"},
			&cli.BoolFlag{Name: "anonymous", Usage: "name nobody"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "write `FORMAT`: text, json"},
		},
		Action: p.reviewers,
	}
}

func (p program) reviewers(c *cli.Context) error {
	if err := reviewersUsage(c); err != nil {
		return err
	}
	lang := c.String("lang")
	if lang != "" {
		name, ok := language.Named(lang)
		if !ok {
			return cli.Exit(fmt.Sprintf("there is no language %q\nhint: a name such as Go, or an extension such as py", lang), policy.ExitUsage)
		}
		lang = name
	}
	return p.counting(c, func(repo *gitio.Repo, tip census.Tip) error {
		q := question{p: p, c: c, repo: repo, tip: tip, lang: lang}
		if err := q.span(c.Context); err != nil {
			return err
		}
		if c.Bool("template") {
			return q.checklist()
		}
		if err := q.ask(c.Context); err != nil {
			return err
		}
		return q.answer()
	})
}

// reviewersUsage refuses flags that do not go together.
func reviewersUsage(c *cli.Context) error {
	wrong := ""
	switch {
	case !slices.Contains([]string{"text", "json"}, c.String("format")):
		return cli.Exit(fmt.Sprintf("there is no format %q\nhint: one of text, json", c.String("format")), policy.ExitUsage)
	case c.Int("n") < 1:
		wrong = "-n: want 1 or more"
	case c.Bool("template") && (c.Bool("assign") || c.IsSet("format")):
		wrong = "--template writes a checklist and nothing else"
	case c.IsSet("templates") && !c.Bool("template"):
		wrong = "--templates is for --template"
	case c.Bool("assign") && c.Bool("anonymous"):
		wrong = "--assign names somebody, and --anonymous nobody"
	case (c.Bool("assign") || c.Bool("template")) && len(pathsOf(c)) > 0:
		wrong = "--assign and --template are about a change, not about paths"
	case len(pathsOf(c)) == 0 && c.NArg() > 1:
		wrong = fmt.Sprintf("too many arguments: %q", c.Args().Slice()[1:])
	default:
		return nil
	}
	return cli.Exit(fmt.Sprintf("%s: %s\nhint: see \"%[1]s --help\"", c.Command.HelpName, wrong), policy.ExitUsage)
}

// pathsOf returns what stands behind "--". The command line parser drops the "--" where flags end with it.
func pathsOf(c *cli.Context) []string {
	args := c.Args().Slice()
	if len(args) > 0 && args[0] == "--" {
		return args[1:]
	}
	if len(args) > 0 && (!strings.Contains(args[0], "..") || slices.Contains(strings.Split(args[0], "/"), "..")) {
		return args // a range has two dots, and they are no directory
	}
	return nil
}

// A question is one run of "refward reviewers".
type question struct {
	p    program
	c    *cli.Context
	repo *gitio.Repo
	tip  census.Tip
	lang string

	old, new string // full ids; "" = it is about paths
	rev      string // what the range was called
	source   advice.Source
	wishes   reviewers.Config // of the policy
	advice   *advice.Advice
	owners   *owners.File
	owned    owners.Report
	unnamed  advice.Options // its Absent are those who opted out
}

// span finds the range that is meant.
func (q *question) span(ctx context.Context) error {
	if len(pathsOf(q.c)) > 0 {
		return nil
	}
	old, new := q.tip.Commit, "HEAD"
	q.rev = q.tip.Name() + "..HEAD"
	if arg := q.c.Args().First(); arg != "" {
		var ok bool
		old, new, ok = strings.Cut(arg, "..")
		if !ok || strings.HasPrefix(new, ".") {
			return cli.Exit(fmt.Sprintf("a range is OLD..NEW with two dots, not %q\nhint: paths stand behind --", report.Visible(arg)), policy.ExitUsage)
		}
		if old == "" {
			old = "HEAD"
		}
		if new == "" {
			new = "HEAD"
		}
		q.rev = arg
	}
	for _, x := range []struct {
		rev string
		id  *string
	}{{old, &q.old}, {new, &q.new}} {
		id, err := q.repo.Resolve(ctx, x.rev)
		if errors.Is(err, gitio.ErrNotExist) {
			return cli.Exit(fmt.Sprintf("%s is no commit\nhint: git log --oneline --all shows what there is", report.Visible(x.rev)), policy.ExitUsage)
		}
		if err != nil {
			return err
		}
		*x.id = id
	}
	return nil
}

// most returns how many people are shown.
func (q *question) most() int {
	if q.c.IsSet("n") {
		return q.c.Int("n")
	}
	return q.wishes.Most()
}

// ask brings the indexes up to date and asks them.
func (q *question) ask(ctx context.Context) error {
	o, err := q.know(ctx, false)
	if err != nil {
		return err
	}
	if err = q.look(ctx, o); errors.Is(err, ownership.ErrFormat) { // what is up to date is not read as a whole before it is asked
		if o, err = q.know(ctx, true); err != nil {
			return err
		}
		err = q.look(ctx, o)
	}
	switch {
	case errors.Is(err, advice.ErrNothing) && q.new != "":
		hint := "commit something first, or name a range, as in: refward reviewers HEAD^..HEAD"
		switch {
		case q.lang != "":
			hint = "leave out --lang"
		case q.new == q.tip.Commit && q.c.Args().First() == "" && !strings.HasPrefix(q.tip.Ref, "refs/remotes/"):
			hint = fmt.Sprintf("%s counts as the branch that is everybody's; name another with --base BRANCH, or once for all: git config %s BRANCH", report.Visible(q.tip.Name()), census.BaseSetting)
		}
		return cli.Exit(fmt.Sprintf("%s in %s\nhint: %s", err, report.Visible(q.rev), hint), policy.ExitUsage)
	case errors.Is(err, advice.ErrNothing), errors.Is(err, advice.ErrUnrelated):
		return cli.Exit(report.Visible(err.Error()), policy.ExitUsage)
	case err != nil:
		return err
	}
	for _, p := range q.advice.Missing {
		_, _ = fmt.Fprintf(q.p.stderr, "warning: %s is not there at %s; who knows its directory counts\n", report.QuotePath(p), report.Visible(q.tip.Name()))
	}
	return q.codeOwners(ctx)
}

// know brings the indexes up to date and returns who is not to be suggested.
func (q *question) know(ctx context.Context, verify bool) (o advice.Options, err error) {
	say := sparsely(q.p.stderr)
	u, wishes, err := q.p.keepUp(q.c, q.repo, upkeep.Options{
		Verify:   verify,
		Activity: func(done, all int) { say(fmt.Sprintf("%d of %d %s", done, all, activityRead)) },
		Lines:    func(done, _ int) { say(fmt.Sprintf("%d %s", done, linesRead)) },
	})
	if err != nil {
		return o, err
	}
	q.wishes, q.tip = wishes, u.Tip
	q.p.countsForNothing(census.IgnoreRevsFile, u.Lines.Unread)
	if err := q.p.mailmapUnread(ctx, q.repo, q.tip); err != nil {
		return o, err
	}
	known := u.Activity
	q.source = advice.Source{Repo: q.repo, Activity: known.Index, Lines: u.Lines.Index}
	o.Language = q.lang
	for _, mail := range o.Leave(known.Index.People, q.c.StringSlice("absent")...) {
		_, _ = fmt.Fprintf(q.p.stderr, "warning: --absent %s: nobody has that mail\n", report.Visible(mail))
	}
	o.Leave(known.Index.People, wishes.Absent...)
	hidden, err := census.OptOut(ctx, q.repo, q.tip)
	if errors.Is(err, census.ErrOptOut) {
		return o, optOutUnread(err, q.tip)
	} else if err != nil {
		return o, err
	}
	q.unnamed = advice.Options{}
	q.unnamed.Leave(known.Index.People, slices.Collect(maps.Keys(hidden))...)
	o.Absent = append(o.Absent, q.unnamed.Absent...) // who is not to be named is not named here either
	return o, nil
}

// look asks the indexes.
func (q *question) look(ctx context.Context, o advice.Options) (err error) {
	if q.new != "" {
		q.advice, err = q.source.Range(ctx, q.old, q.new, o)
	} else {
		q.advice, err = q.paths(ctx, o)
	}
	return err
}

// paths asks about paths, which are given as from the working directory.
func (q *question) paths(ctx context.Context, o advice.Options) (*advice.Advice, error) {
	prefix, err := q.prefix(ctx)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, given := range pathsOf(q.c) {
		clean := path.Join(prefix, filepath.ToSlash(given))
		if path.IsAbs(filepath.ToSlash(given)) || clean == ".." || strings.HasPrefix(clean, "../") {
			return nil, cli.Exit(fmt.Sprintf("%s is not in the repository\nhint: paths are as from the working directory", report.Visible(given)), policy.ExitUsage)
		}
		if _, err := os.Stat(given); err != nil && q.isCommit(ctx, given) {
			return nil, cli.Exit(fmt.Sprintf("%s is a commit and no path\nhint: a range has two dots, as in %[1]s^..%[1]s", report.Visible(given)), policy.ExitUsage)
		}
		list = append(list, clean)
	}
	who, err := q.repo.Committer(ctx)
	if err != nil {
		who.Name, who.Email = "", "" // nobody asks on a server
	}
	return q.source.Paths(ctx, list, people.Ident{Name: who.Name, Mail: who.Email}, o)
}

func (q *question) isCommit(ctx context.Context, rev string) bool {
	_, err := q.repo.Resolve(ctx, rev)
	return err == nil
}

// prefix returns where the working directory is in the work tree; "" at its top, and in a bare repository.
func (q *question) prefix(ctx context.Context) (string, error) {
	if bare, err := q.repo.IsBare(ctx); err != nil || bare {
		return "", err
	}
	return q.repo.Prefix(ctx)
}

// maxOwnersFile is the size of the largest CODEOWNERS that is read, in bytes, and one more.
const maxOwnersFile = owners.MaxSize + 1

// codeOwners looks up who owns the paths by the file of the trusted tip. A file that is of no use is said, and counts for nothing.
func (q *question) codeOwners(ctx context.Context) error {
	for _, name := range owners.Places() {
		data, err := q.repo.ReadFile(ctx, q.tip.Commit, name, maxOwnersFile)
		if errors.Is(err, gitio.ErrNotExist) {
			continue
		}
		if err == nil {
			q.owners, err = owners.Parse(ctx, name, data)
		}
		if err == nil {
			q.owned, err = q.owners.Of(ctx, q.advice.Paths)
		}
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			_, _ = fmt.Fprintf(q.p.stderr, "warning: %s at %s is not looked at: %s\n", name, report.Visible(q.tip.Name()), report.Visible(err.Error()))
			q.owners = nil
		}
		return nil
	}
	return nil
}

// checklist prints what a reviewer is to look at.
func (q *question) checklist() error {
	var set *template.Set
	var err error
	if dir := q.c.String("templates"); dir != "" {
		if _, err := os.Stat(dir); err != nil {
			return cli.Exit(report.Visible(err.Error()), policy.ExitUsage)
		}
		set, err = template.New(os.DirFS(dir))
	} else {
		set, err = template.New(nil)
	}
	if err != nil {
		return cli.Exit(report.Visible(err.Error()), policy.ExitUsage)
	}
	gate, closeLog, err := q.p.gate(q.c)
	if err != nil {
		return err
	}
	defer closeLog()
	ref, err := q.repo.HeadBranch(q.c.Context)
	if err != nil {
		return err
	}
	if ref == "" {
		ref = "refs/heads/" + q.new // a detached HEAD has none, and a topic has the policy of any other
	}
	x, code := gate.Explain(q.c.Context, ref, q.old+".."+q.new)
	if x == nil {
		return exit(code)
	}
	paths, err := advice.Changed(q.c.Context, q.repo, q.old, q.new, q.lang)
	if err != nil {
		return err
	}
	change := template.Change{Languages: advice.Languages(paths)}
	for _, k := range x.Question.Ref.Classes {
		change.Classes = append(change.Classes, k.Class)
	}
	for _, g := range x.Stack.Explain(x.Question).Gates {
		if g.Action != policy.Skip {
			change.Gates = append(change.Gates, template.Gate{Rule: g.Key, Level: string(g.Action)})
		}
	}
	text, err := set.Checklist(change)
	if err != nil {
		return cli.Exit(report.Visible(err.Error()), policy.ExitUsage)
	}
	_, err = fmt.Fprint(q.p.stdout, text)
	return err
}

// reasonsOf says why somebody was suggested.
func (q *question) reasonsOf(s suggestion) []suggest.Reason {
	return suggest.Reasons(q.source.Activity.State, q.advice.Query, s.Person)
}

type suggestion = suggest.Suggestion
