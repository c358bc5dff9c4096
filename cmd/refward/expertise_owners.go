package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/internal/policy"
)

func (p program) ownersCommand() *cli.Command {
	return &cli.Command{
		Name:      "owners",
		Usage:     "say for each directory who knows it best, and what would be lost with them",
		ArgsUsage: "[PATH…]",
		Description: `For each directory: its lines, who has most of them, the bus factor, and how much those wrote who have left.

The bus factor is the smallest number of people who together wrote more than half of the lines that people wrote: 1 means that one
person did. Departed is who has made no commit in the 365 days before the tip that was indexed. What it says is about lines; people can know
what they never wrote, and forget what they did.

   refward expertise owners                  the directories at the top
   refward expertise owners --depth 3 internal
   refward expertise owners --format json --anonymous`,
		Flags: censusFlags(formatFlag(), &cli.IntFlag{Name: "depth", Value: 1, Usage: "go `N` directories down from PATH; 0 = PATH itself only"}),
		Action: func(c *cli.Context) error {
			if c.Int("depth") < 0 {
				return cli.Exit("--depth: want 0 or more", policy.ExitUsage)
			}
			return p.census(c, true, func(a *answer) error { return p.owners(c, a) })
		},
	}
}

// A shownDir is a directory of an answer.
type shownDir struct {
	Path       string        `json:"path"` // "." = everything
	Files      int64         `json:"files"`
	Lines      int64         `json:"lines"`
	Unknown    int64         `json:"unknown_lines"`
	LastChange string        `json:"last_change"`
	BusFactor  int           `json:"bus_factor"`
	Departed   float64       `json:"departed_share"` // of the lines that people wrote
	Experts    []shownExpert `json:"experts"`        // the first three
}

type shownExpert struct {
	Name     string  `json:"name"`
	Share    float64 `json:"share"`
	Departed bool    `json:"departed"`
}

// expertsShown is how many experts of a directory are named.
const expertsShown = 3

func (p program) owners(c *cli.Context, a *answer) error {
	var dirs []census.Area
	var list func(d *census.Dir, depth int)
	list = func(d *census.Dir, depth int) {
		dirs = append(dirs, d.Area)
		if depth > 0 {
			for _, sub := range d.Dirs {
				list(sub, depth-1)
			}
		}
	}
	for _, path := range paths(c) {
		d, err := a.Tree(path, a.filter)
		if err != nil {
			return err
		}
		list(d, c.Int("depth"))
	}
	if c.String("format") == "json" {
		shown := struct {
			censusHead
			Directories []shownDir `json:"directories"`
		}{a.head(), []shownDir{}}
		for _, d := range dirs {
			x := shownDir{shownPath(d.Path, false), d.Files, d.Lines, d.Unknown, stamp(d.Last), d.BusFactor, max(d.Departed, 0), []shownExpert{}}
			for _, o := range d.Owners[:min(expertsShown, len(d.Owners))] {
				x.Experts = append(x.Experts, shownExpert{a.owner(o).Name, o.Share, o.Gone})
			}
			shown.Directories = append(shown.Directories, x)
		}
		return p.writeJSON(shown)
	}
	rows := []string{"directory\tlines\tbus factor\tdeparted\tlast change\texperts"}
	for _, d := range dirs {
		gone := "-" // nobody wrote anything
		if d.Departed >= 0 {
			gone = percent(d.Departed)
		}
		last := "-"
		if !d.Last.IsZero() {
			last = d.Last.Format("2006-01-02")
		}
		rows = append(rows, strings.TrimRight(fmt.Sprintf("%s\t%d\t%d\t%s\t%s\t%s", shownPath(d.Path, d.Directory), d.Lines, d.BusFactor, gone, last,
			experts(d.Owners, expertsShown)), "\t"))
	}
	return p.table(rows)
}
