package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/hooks"
	"github.com/refward/refward/internal/durable"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/policy/replay"
	"github.com/refward/refward/internal/policy/replay/page"
)

// The values that some flags of replay take.
var (
	replayFormats = []string{"text", "json", "html"}
	replayGroups  = []string{"author", "domain", "none"}
)

func (p program) policyReplayCommand() *cli.Command {
	return &cli.Command{
		Name:      "replay",
		Usage:     "judge past changes with another policy, and say what would have changed",
		ArgsUsage: "[RANGE]",
		Description: `Judges what was pushed before with the policy of --policy, and says what it would have refused or let in that the present policy did
not: by rule, kind of change, author group and month. Nothing in the repository is changed. Each commit that was a tip of the branch (the
line of first parents; a merge brings its topic's commits) is judged as the push that brought it, as "refward check range" would. RANGE is OLD..NEW, or
the revision whose whole history is taken; HEAD unless given. With --pushes it is what the audit log has, instead: pushes whose objects are gone, as
those of most refused ones are, cannot be judged again, and are counted.

What the repository itself says (.refward.yaml, the baseline) is taken as it is now. The check of Go code takes most of the time, several seconds for
a change of Go code; --only secrets,objects,refs,dor,dod,rules leaves it out and judges about a hundred changes a second.

Exit code 0: every change could be judged, whatever the verdicts; 3: some could not be checked (pushes whose objects are gone do not count); 2: usage, a policy or a state that is wrong.

   refward policy replay --policy strict --only dor,dod,refs,objects
   refward policy replay --policy new.yaml --since 2026-01-01 --format html --output replay.html
   refward policy replay --policy new.yaml --resume replay.state v1.0..main`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "policy", Usage: "judge by `NEW`: a file, or a preset (" + strings.Join(policy.PresetNames(), ", ") + ")"},
			&cli.StringFlag{Name: "against", Usage: "compare with `OLD`, likewise (default: what judges now, as in \"refward check\")"},
			&cli.StringFlag{Name: "since", Usage: "only what is not older than `DATE`, such as 2026-01-31 (UTC) or 2026-01-31T08:00:00Z"},
			&cli.StringFlag{Name: "ref", Usage: "judge as if pushed to `REF`, such as refs/heads/main (default: the branch that RANGE ends with, else HEAD's)"},
			&cli.StringFlag{Name: "only", Usage: "run only these analyzers (`LIST`, comma separated)"},
			&cli.BoolFlag{Name: "pushes", Usage: "judge the pushes that the audit log has, instead of commits"},
			&cli.StringFlag{Name: "group-by", Value: "domain", Usage: "count authors by `WHAT`: " + strings.Join(replayGroups, ", ") + " (of their mail)"},
			&cli.IntFlag{Name: "jobs", Usage: "judge `N` changes at a time (default: one for each core)"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "write `FORMAT`: " + strings.Join(replayFormats, ", ")},
			&cli.StringFlag{Name: "output", Usage: "write to `FILE` (default: print)"},
			&cli.StringFlag{Name: "resume", Usage: "keep each verdict in `FILE`, and go on from what it has"},
		},
		Action: p.policyReplay,
	}
}

func (p program) policyReplay(c *cli.Context) error {
	if err := atMost(c, 1); err != nil {
		return err
	}
	ref, err := refFlagOf(c)
	if err != nil {
		return err
	}
	o := hooks.ReplayOptions{
		Policy: c.String("policy"), Against: c.String("against"), Range: c.Args().First(), Ref: ref, Pushes: c.Bool("pushes"),
		GroupBy: c.String("group-by"), Jobs: c.Int("jobs"), State: c.String("resume"),
	}
	if list := c.String("only"); list != "" {
		o.Only = strings.Split(list, ",")
	}
	format := c.String("format")
	switch {
	case !slices.Contains(replayFormats, format):
		return cli.Exit(fmt.Sprintf("there is no format %q\nhint: one of %s", format, strings.Join(replayFormats, ", ")), policy.ExitUsage)
	case !slices.Contains(replayGroups, o.GroupBy):
		return cli.Exit(fmt.Sprintf("authors cannot be grouped by %q\nhint: one of %s", o.GroupBy, strings.Join(replayGroups, ", ")), policy.ExitUsage)
	case o.Jobs < 0:
		return cli.Exit("--jobs takes how many changes to judge at a time: 1 or more", policy.ExitUsage)
	case o.Pushes && ref != "":
		return cli.Exit("--ref is for commits: the log says of each push which ref it was to", policy.ExitUsage)
	}
	if o.Since, err = dateOf(c.String("since")); err != nil {
		return err
	}
	gate, closeLog, err := p.gate(c)
	if err != nil {
		return err
	}
	defer closeLog()
	shown := &replayProgress{to: p.stderr, start: time.Now(), every: linesEvery}
	if f, ok := p.stderr.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			shown.terminal, shown.every = true, updateEvery
		}
	}
	o.Progress = shown.tell
	result, code := gate.Replay(c.Context, o)
	shown.end()
	if result == nil {
		return exit(code)
	}
	if err := p.writeReplay(result, format, c.String("output")); err != nil {
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	return exit(code)
}

func dateOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, cli.Exit(fmt.Sprintf("--since takes a date such as 2026-01-31 or 2026-01-31T08:00:00Z, not %q", text), policy.ExitUsage)
}

func (p program) writeReplay(result *replay.Result, format, output string) error {
	write := map[string]func(io.Writer) error{"text": result.Text, "json": result.JSON, "html": func(w io.Writer) error { return page.Write(w, result) }}[format]
	if output == "" || output == "-" {
		return write(p.stdout)
	}
	var b strings.Builder
	if err := write(&b); err != nil {
		return err
	}
	if err := durable.Replace(output, []byte(b.String()), 0o644); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stderr, "success: wrote %s\n", output)
	return err
}

// How often somebody who waits is told.
const (
	linesEvery  = 5 * time.Second
	updateEvery = 200 * time.Millisecond
)

// A replayProgress tells how far the replay is: on a terminal in one line that is written over, else in a line now and then.
type replayProgress struct {
	to       io.Writer
	terminal bool
	start    time.Time
	every    time.Duration
	last     time.Time
	first    int // how many were done before this run
	told     bool
}

func (s *replayProgress) tell(done, total int, moves replay.Moves) {
	now := time.Now()
	if s.last.IsZero() {
		s.last, s.first = now, done-1
	}
	if now.Sub(s.last) < s.every {
		return
	}
	s.last = now
	left := ""
	if here := done - s.first; here > 0 && done < total {
		left = fmt.Sprintf(", %s left", (now.Sub(s.start) / time.Duration(here) * time.Duration(total-done)).Round(time.Second))
	}
	line := fmt.Sprintf("judged %d of %d (%d %%): %d newly refused, %d newly accepted%s",
		done, total, 100*done/total, moves.NewlyRefused, moves.NewlyAccepted, left)
	if s.terminal {
		_, _ = fmt.Fprintf(s.to, "\r%-78s", line)
		s.told = true
		return
	}
	_, _ = fmt.Fprintln(s.to, line)
}

// end leaves a terminal at the beginning of an empty line.
func (s *replayProgress) end() {
	if s.told {
		_, _ = fmt.Fprintf(s.to, "\r%-78s\r", "")
	}
}
