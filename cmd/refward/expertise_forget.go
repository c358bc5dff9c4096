package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/expertise/balance"
	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/upkeep"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

// oldest is the greatest number of days that can be asked for: a century.
const oldest = 36500

func (p program) forgetCommand() *cli.Command {
	return &cli.Command{
		Name:      "forget",
		Usage:     "remove all indexes of who wrote what, and the key of pseudonyms",
		ArgsUsage: " ",
		Description: `What is kept of people in the git directory is removed, and each file named. Names and mails stay in the commits: they are git's, and can be
taken out only by writing the history anew. With the key the pseudonyms are gone: nobody can find out any more whose they were, and new ones
are other ones. docs/privacy.md says what is kept.

With --older-than it is what nobody has used for so long: indexes that were not brought up to date, and who was named before that. The key goes with
the last index. Run by a timer, it keeps what is in use and erases the rest.

   refward expertise forget
   refward expertise forget --older-than 90`,
		Flags: []cli.Flag{&cli.IntFlag{Name: "older-than", Usage: "only what was not brought up to date for `DAYS`"}},
		Action: func(c *cli.Context) (err error) {
			if err := atMost(c, 0); err != nil {
				return err
			}
			days := c.Int("older-than")
			if c.IsSet("older-than") && (days < 1 || days > oldest) {
				return cli.Exit(fmt.Sprintf("--older-than: want 1 to %d days\nhint: without it all is removed", oldest), policy.ExitUsage)
			}
			repo, err := gitio.Open(c.Context, gitio.Options{Environ: p.environ})
			if err != nil {
				return cli.Exit(err.Error(), policy.ExitUnchecked)
			}
			common := repo.CommonDir()
			if err := repo.Close(); err != nil {
				return err
			}
			unlock, err := p.alone(c.Context, common)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, unlock()) }()
			var x census.Expired
			nothing := "nothing was kept"
			if days > 0 {
				x, err = census.Expire(c.Context, common, time.Now().AddDate(0, 0, -days))
				nothing = fmt.Sprintf("nothing is older than %s", counted(int64(days), "day"))
			} else {
				x.Removed, err = census.Forget(common)
			}
			for _, path := range x.Removed {
				if _, err := fmt.Fprintln(p.stdout, "removed", report.Visible(path)); err != nil {
					return err
				}
			}
			if x.Assignments > 0 {
				if _, err := fmt.Fprintf(p.stdout, "removed %s from %s\n", counted(int64(x.Assignments), "assignment"), report.Visible(x.Ledger)); err != nil {
					return err
				}
			}
			if errors.Is(err, balance.ErrDamaged) {
				return cli.Exit(fmt.Sprintf("%s\nhint: rm %s", report.Visible(err.Error()), report.QuotePath(x.Ledger)), policy.ExitUnchecked)
			}
			if err != nil {
				return cli.Exit(report.Visible(err.Error()), policy.ExitUnchecked)
			}
			if len(x.Removed)+x.Assignments == 0 {
				_, err = fmt.Fprintln(p.stdout, nothing)
			}
			return err
		},
	}
}

// alone waits until nobody brings the indexes up to date, and keeps it so: what is under way now would put back what is erased. Where nothing was ever
// kept, nothing is made for that. A lock that cannot be had for another reason than that, as in the repository of another user, keeps nobody from
// erasing: that is said, since an update may be under way.
func (p program) alone(ctx context.Context, common string) (unlock func() error, err error) {
	none := func() error { return nil }
	if _, err := os.Stat(filepath.Join(common, "refward")); errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	unlock, err = upkeep.Lock(ctx, common, func() {
		_, _ = fmt.Fprintln(p.stderr, "another process brings the indexes up to date; waiting for it")
	})
	switch {
	case errors.Is(err, upkeep.ErrBusy):
		return nil, cli.Exit(report.Visible(err.Error())+"\nnothing was removed", policy.ExitUnchecked)
	case err != nil:
		_, _ = fmt.Fprintf(p.stderr, "warning: an update that is under way is not waited for: %s\n", report.Visible(err.Error()))
		return none, nil
	}
	return unlock, nil
}
