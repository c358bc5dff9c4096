package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/attest"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
	"github.com/refward/refward/internal/statement"
)

func (p program) progressCommand() *cli.Command {
	return &cli.Command{
		Name:      "progress",
		Usage:     "sign that you have reviewed a branch at 25, 50 or 75 %, or show who has",
		ArgsUsage: "[25|50|75 [REV]]",
		Description: `A change that is looked at while it grows needs no heroic review at its end. With a mark, this signs that you have looked at REV (HEAD
by default) with all that leads to it, and that so much of the work is done. It is kept and pushed as an approval is; see "refward approve --help".
Marks come in order: none lower behind a higher one. Nobody reviews what they have a part in.

Without a mark it shows the branch: which reviews there are, how much has changed since, and what is missing. Those of others are here once
they are fetched, with --fetch or with

   git fetch origin '` + reviewRefspec + `'

Whether a signature is good is said by gpg.ssh.allowedSignersFile, as "git tag -v" does; without it none is verified, and none counts here.

   refward progress --push 25            about what is checked out
   refward progress --fetch              how far the branch is
   refward progress --format json`,
		Flags: append(statementFlags(),
			&cli.BoolFlag{Name: "fetch", Usage: "fetch the statements of others first"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "show the branch as `FORMAT`: text, json"}),
		Action: func(c *cli.Context) error {
			if err := atMost(c, 2); err != nil {
				return err
			}
			if c.NArg() == 0 {
				return p.showProgress(c)
			}
			mark, err := strconv.Atoi(c.Args().First())
			if err != nil || !slices.Contains(attest.Marks(), mark) {
				return cli.Exit(fmt.Sprintf("%s: want 25, 50 or 75, not %q\nhint: refward progress [-m TEXT] [--push] 25|50|75 [REV]", c.Command.HelpName, c.Args().First()), policy.ExitUsage)
			}
			if c.IsSet("format") {
				return cli.Exit("--format is for showing a branch, without a mark", policy.ExitUsage)
			}
			return p.state(c, attest.At(mark), c.Args().Get(1))
		},
	}
}

// reviewRefspec is the refspec of all statements.
const reviewRefspec = analyzers.ReviewPrefix + "*:" + analyzers.ReviewPrefix + "*"

// maxCounted is of how many commits with statements, the youngest, it is counted how much has changed since, as on a server.
const maxCounted = 8

// A progressReport is what is shown of a branch.
type progressReport struct {
	Version    int              `json:"version"`
	Ref        string           `json:"ref"`   // "" = HEAD is detached
	Tip        string           `json:"tip"`   // full id
	Bases      []string         `json:"bases"` // full names of the refs that do not have the commits
	Commits    int              `json:"commits"`
	Lines      int64            `json:"lines"` // added and removed from where the branch begins to the tip; -1 = not counted: a binary file, or too much
	Statements []shownStatement `json:"statements"`
	Missing    []int            `json:"missing"`     // marks, in percent
	Approved   bool             `json:"approved"`    // the tip has an approval that counts
	LinesSince int64            `json:"lines_since"` // added and removed since the last statement of progress; as lines where there is none
}

type shownStatement struct {
	Kind       string `json:"kind"`
	Mark       int    `json:"mark"` // in percent; 0 = an approval
	Commit     string `json:"commit"`
	Subject    string `json:"subject"`
	Ref        string `json:"ref"`
	Name       string `json:"name"`
	Email      string `json:"email"`
	When       string `json:"when"`      // RFC 3339
	Signature  string `json:"signature"` // "good" and so on, or "not verified"
	Key        string `json:"key"`       // fingerprint; "" = not known
	Detail     string `json:"detail"`    // why it is not verified, or what is wrong with it
	Counts     bool   `json:"counts"`
	Unverified bool   `json:"unverified"`  // nothing here tells whose signature it is; then it does not count
	Against    string `json:"against"`     // why it does not count
	LinesSince int64  `json:"lines_since"` // added and removed from the commit to the tip; -1 as lines
	Commits    int    `json:"commits_since"`
}

func (p program) showProgress(c *cli.Context) (err error) {
	format := c.String("format")
	if !slices.Contains([]string{"text", "json"}, format) {
		return cli.Exit(fmt.Sprintf("there is no format %q\nhint: one of text, json", format), policy.ExitUsage)
	}
	for _, flag := range []string{"m", "push"} {
		if c.IsSet(flag) {
			return cli.Exit(fmt.Sprintf("-%s is for a mark: 25, 50 or 75\nhint: see \"%s --help\"", flag, c.Command.HelpName), policy.ExitUsage)
		}
	}
	r, tip, err := p.review(c, "HEAD", c.Bool("fetch"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.repo.Close()) }()
	shown, err := r.report(c.Context, tip)
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	if format == "json" {
		enc := json.NewEncoder(p.stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(shown)
	}
	_, err = fmt.Fprint(p.stdout, shown.text(r))
	return err
}

func (r *review) report(ctx context.Context, tip string) (*progressReport, error) {
	b := r.branch
	x := &progressReport{Version: 1, Tip: tip, Bases: append([]string{}, b.Bases...), Commits: len(b.Commits), Statements: []shownStatement{}, Missing: []int{}}
	var err error
	if x.Ref, err = r.repo.HeadBranch(ctx); err != nil {
		return nil, err
	}
	if len(b.Commits) > 0 {
		if x.Lines, err = r.repo.ChangedLines(ctx, b.Fork, tip); err != nil {
			return nil, err
		}
	}
	x.LinesSince = x.Lines
	since := map[string]int64{} // by commit: many may have stated the same
	for _, s := range slices.Backward(b.Statements) {
		if _, known := since[s.Commit.ID]; known {
			continue
		}
		since[s.Commit.ID] = -1
		if len(since) <= maxCounted {
			if since[s.Commit.ID], err = r.repo.ChangedLines(ctx, s.Commit.ID, tip); err != nil {
				return nil, err
			}
		}
	}
	given := map[int]bool{}
	for _, s := range b.Statements {
		row := shownStatement{
			Kind: s.Kind, Mark: attest.Progress(s.Kind), Commit: s.Commit.ID, Subject: report.Visible(s.Commit.Subject()), Ref: report.Visible(s.Ref),
			Name: report.Visible(s.Tag.Tagger.Name), Email: report.Visible(s.Tag.Tagger.Email), When: s.Tag.Tagger.When.Format(time.RFC3339),
			Signature: "not verified", Key: s.Verdict.Key, Detail: report.Visible(s.Verdict.Detail), Counts: s.Counts(), Unverified: s.Unverified(), Against: report.Visible(s.Against),
			Commits: len(b.Commits) - len(b.Reachable(s.Commit.ID)),
		}
		if s.Known {
			row.Signature = string(s.Verdict.Status)
		}
		row.LinesSince = since[s.Commit.ID]
		if row.Counts {
			given[row.Mark] = true
			x.Approved = x.Approved || row.Kind == attest.Approval && row.Commit == tip
		}
		x.Statements = append(x.Statements, row)
	}
	if last := b.Last(tip); last != nil {
		i := slices.IndexFunc(x.Statements, func(s shownStatement) bool { return s.Ref == report.Visible(last.Ref) })
		x.LinesSince = x.Statements[i].LinesSince
	}
	for _, mark := range attest.Marks() {
		if !given[mark] {
			x.Missing = append(x.Missing, mark)
		}
	}
	return x, nil
}

// text is what people see of the branch.
func (x *progressReport) text(r *review) string {
	var out strings.Builder
	name := cmp.Or(strings.TrimPrefix(x.Ref, "refs/heads/"), "HEAD")
	if x.Commits == 0 {
		fmt.Fprintf(&out, "%s at %s has nothing that is not in %s\n", report.Visible(name), statement.Short(x.Tip), bases(x.Bases))
		return out.String()
	}
	fmt.Fprintf(&out, "%s at %s: %s, %s", report.Visible(name), statement.Short(x.Tip), things(x.Commits, "commit"), churned(x.Lines))
	if len(x.Bases) > 0 {
		fmt.Fprintf(&out, " that %s does not have", bases(x.Bases))
	}
	out.WriteString("\n")
	row := func(s *shownStatement) {
		what := "approval"
		if s.Mark > 0 {
			what = fmt.Sprintf("%d %%", s.Mark)
		}
		fmt.Fprintf(&out, "  %-9s %s %q by %s <%s>, %s\n", what, statement.Short(s.Commit), s.Subject, s.Name, s.Email, s.When[:10])
		switch {
		case s.Unverified:
			fmt.Fprintf(&out, "            unverified, does not count here: %s\n", s.Detail)
		case !s.Counts:
			fmt.Fprintf(&out, "            does not count: %s\n", s.Against)
		default:
			fmt.Fprintf(&out, "            %s signature of %s\n", s.Signature, s.Key)
		}
		if s.Commits > 0 {
			fmt.Fprintf(&out, "            since then %s, %s\n", things(s.Commits, "commit"), churned(s.LinesSince))
		}
	}
	for _, mark := range attest.Marks() {
		for i := range x.Statements {
			if x.Statements[i].Mark == mark {
				row(&x.Statements[i])
			}
		}
		if slices.Contains(x.Missing, mark) {
			fmt.Fprintf(&out, "  %-9s missing\n", fmt.Sprintf("%d %%", mark))
		}
	}
	for i := range x.Statements {
		if x.Statements[i].Mark == 0 {
			row(&x.Statements[i])
		}
	}
	if !x.Approved {
		fmt.Fprintf(&out, "  %-9s missing at %s\n", "approval", statement.Short(x.Tip))
	}
	if len(x.Statements) == 0 {
		fmt.Fprintf(&out, "hint: no statement of anybody's is here; refward progress --fetch asks %s for them\n", cmp.Or(typedRemote(r.remote), "the remote"))
	}
	return out.String()
}

func churned(lines int64) string {
	if lines < 0 {
		return "lines not counted"
	}
	return things(int(lines), "line")
}
