package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/expertise/language"
	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/expertise/upkeep"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
	"github.com/refward/refward/internal/smallfile"
)

// buildIt is how every answer ends that lacks an index.
func buildIt(c *cli.Context) string {
	const hint = "hint: refward expertise index"
	if base := c.String("base"); base != "" {
		return hint + " --base " + report.QuotePath(base)
	}
	return hint
}

// censusFlags are those of all commands that read the index.
func censusFlags(more ...cli.Flag) []cli.Flag {
	return append([]cli.Flag{
		policyFlag(),
		baseFlag(),
		&cli.StringFlag{Name: "lang", Usage: "count only files in `LANGUAGE`, by its name or extension: Go, python, ts"},
		&cli.BoolFlag{Name: "generated", Usage: "count generated and vendored files, too"},
		&cli.BoolFlag{Name: "anonymous", Usage: "pseudonyms in place of names; the same person has the same one in this repository only"},
	}, more...)
}

func formatFlag() cli.Flag {
	return &cli.StringFlag{Name: "format", Value: "text", Usage: "`FORMAT` of the answer: text or json"}
}

// A counted census is what a command answers from.
type answer struct {
	*census.Census
	tip       census.Tip
	filter    census.Filter
	anonymous bool
}

// census takes the census of the repository for a command, and says on stderr where the index is old.
func (p program) census(c *cli.Context, departed bool, use func(*answer) error) error {
	if f := c.String("format"); c.IsSet("format") && f != "text" && f != "json" {
		return cli.Exit(fmt.Sprintf("%s: there is no format %q\nhint: text or json", c.Command.HelpName, f), policy.ExitUsage)
	}
	a := &answer{filter: census.Filter{Generated: c.Bool("generated")}, anonymous: c.Bool("anonymous")}
	if lang := c.String("lang"); lang != "" {
		var ok bool
		if a.filter.Language, ok = language.Named(lang); !ok {
			return cli.Exit(fmt.Sprintf("%s: there is no language %q\nhint: a name such as Go or \"C++\", or an extension", c.Command.HelpName, lang), policy.ExitUsage)
		}
	}
	return p.counting(c, func(repo *gitio.Repo, tip census.Tip) (err error) {
		a.tip = tip
		wishes, err := p.wishes(c, repo, tip)
		if err != nil {
			return err
		}
		a.Census, err = census.Take(c.Context, repo, tip, census.Options{Anonymous: a.anonymous, Departed: departed, People: upkeep.PeopleOptions(wishes)})
		switch {
		case errors.Is(err, census.ErrMissing), errors.Is(err, census.ErrForeign), errors.Is(err, ownership.ErrFormat):
			return cli.Exit(report.Visible(err.Error())+"\n"+buildIt(c), policy.ExitUnchecked)
		case errors.Is(err, census.ErrOptOut):
			return optOutUnread(err, tip)
		case err != nil:
			return err
		}
		p.countsForNothing(".mailmap", a.Unread)
		if a.Behind != 0 {
			how := "of a commit that it does not have any more"
			if a.Behind > 0 {
				how = counted(int64(a.Behind), "commit") + " behind"
			}
			_, _ = fmt.Fprintf(p.stderr, "warning: the index is of %.12s; to %s it is %s\n%s\n", a.Tip, report.Visible(tip.Name()), how, buildIt(c))
		}
		err = use(a)
		if errors.Is(err, census.ErrNoPath) {
			return cli.Exit(fmt.Sprintf("%s\nhint: paths are those at %.12s, from the top of the repository", report.Visible(err.Error()), a.Tip), policy.ExitUsage)
		}
		return err
	})
}

// optOutUnread says that nobody is named, and how to mend the list that cannot be read.
func optOutUnread(err error, tip census.Tip) error {
	hint := "git config " + census.OptOutSetting + " FILE"
	switch {
	case errors.Is(err, gitio.ErrNotHere):
		hint = fmt.Sprintf("git show %.12s:%s fetches it", tip.Commit, census.OptOutFile)
	case errors.Is(err, gitio.ErrNotFile):
		hint = census.OptOutFile + " is to be a file, at most 4 MiB, with one mail on a line"
	}
	return cli.Exit(report.Visible(err.Error())+"\nhint: "+hint, policy.ExitUsage)
}

// mailmapUnread warns where the activity that is known is by people whom no .mailmap joins, although there is one.
func (p program) mailmapUnread(ctx context.Context, repo *gitio.Repo, tip census.Tip) error {
	_, unread, err := smallfile.Read(ctx, repo, tip.Commit, ".mailmap", history.MaxMailmap)
	p.countsForNothing(".mailmap", unread)
	return err
}

// countsForNothing warns of a file that is there and cannot be had; nil = there is none such.
func (p program) countsForNothing(name string, unread error) {
	if unread != nil {
		_, _ = fmt.Fprintf(p.stderr, "warning: %s counts for nothing: %s\n", name, report.Visible(unread.Error()))
	}
}

// paths returns the arguments as paths from the top of the repository; without any, the whole tree.
func paths(c *cli.Context) []string {
	var list []string
	for _, arg := range c.Args().Slice() {
		if arg == "--" {
			continue
		}
		if arg = path.Clean("/" + arg)[1:]; !slices.Contains(list, arg) {
			list = append(list, arg)
		}
	}
	if list == nil {
		return []string{""}
	}
	return list
}

// A censusHead begins each JSON answer. docs/expertise.md has all keys.
type censusHead struct {
	Version   int    `json:"version"`
	Ref       string `json:"ref"`
	Commit    string `json:"commit"` // of the index
	Date      string `json:"date"`   // RFC 3339, of the commit
	Behind    int    `json:"behind"` // commits; -1 = another history
	Language  string `json:"language"`
	Anonymous bool   `json:"anonymous"`
}

func (a *answer) head() censusHead {
	return censusHead{1, report.Visible(a.tip.Ref), a.Tip, stamp(a.Date), a.Behind, a.filter.Language, a.anonymous}
}

// stamp returns a time for JSON; "" = not known.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// A shownOwner is one who has lines.
type shownOwner struct {
	Name        string  `json:"name"`
	Email       string  `json:"email"` // "" = is not shown
	Program     bool    `json:"program"`
	Lines       int64   `json:"lines"`
	Share       float64 `json:"share"`        // 0 to 1
	RecentShare float64 `json:"recent_share"` // of these lines, changed within a year of the commit
	LastChange  string  `json:"last_change"`
	DaysAgo     int     `json:"days_ago"` // from the last change to the commit
}

func (a *answer) owner(o census.Owner) shownOwner {
	x := shownOwner{
		Name: report.Visible(o.Label), Email: report.Visible(o.Mail), Program: o.Program, Lines: o.Lines, Share: o.Share,
		LastChange: stamp(o.Last), DaysAgo: int(a.Date.Sub(o.Last).Hours() / 24),
	}
	if o.Lines > 0 {
		x.RecentShare = float64(o.Recent) / float64(o.Lines)
	}
	return x
}

// writeJSON prints an answer.
func (p program) writeJSON(v any) error {
	enc := json.NewEncoder(p.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// table prints rows with tabs between as columns, figures to the right.
func (p program) table(rows []string) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		if _, err := fmt.Fprintln(w, row); err != nil {
			return err
		}
	}
	return w.Flush()
}

// percent prints a share; below 0 it is not known.
func percent(v float64) string {
	switch {
	case v < 0:
		return "?"
	case v > 0 && v < 0.005:
		return "<1 %"
	}
	return fmt.Sprintf("%.0f %%", v*100)
}

// ago says how long before the commit something was.
func (a *answer) ago(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	days := int(a.Date.Sub(t).Hours() / 24)
	switch {
	case days < 1:
		return "same day"
	case days < 60:
		return counted(int64(days), "day") + " before"
	case days < 730:
		return counted(int64(days/30), "month") + " before"
	}
	return counted(int64(days/365), "year") + " before"
}

// shownPath returns a path for people; "." is the whole tree.
func shownPath(path string, dir bool) string {
	switch {
	case path == "":
		return "."
	case dir:
		return report.QuotePath(path) + "/"
	}
	return report.QuotePath(path)
}

// experts names the first owners of an area with their shares.
func experts(list []census.Owner, n int) string {
	var out []string
	for _, o := range list[:min(n, len(list))] {
		out = append(out, report.Visible(o.Label)+" "+percent(o.Share))
	}
	return strings.Join(out, ", ")
}
