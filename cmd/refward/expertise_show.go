package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

func (p program) showCommand() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "say who wrote the lines of files and directories, how many, and how recently",
		ArgsUsage: "PATH…",
		Description: `PATH is a file or directory from the top of the repository, as it is at the tip that was indexed; "." is everything. A line is its last
author's, as in "git blame". Names are those of .mailmap; who is in .refward-optout is "somebody". Of directories, generated and
vendored files are left out. Run "refward expertise index" first.

   refward expertise show internal/policy
   refward expertise show --lang go --format json cmd internal
   refward expertise show --anonymous main.go`,
		Flags: censusFlags(formatFlag(), &cli.IntFlag{Name: "n", Value: 10, Usage: "name the first `N` people of each in the text; 0 = all"}),
		Action: func(c *cli.Context) error {
			if c.Int("n") < 0 {
				return cli.Exit("-n: want 0 or more", policy.ExitUsage)
			}
			if c.NArg() == 0 {
				return cli.Exit(fmt.Sprintf("%s: no path\nhint: . is everything; see \"%[1]s --help\"", c.Command.HelpName), policy.ExitUsage)
			}
			return p.census(c, false, func(a *answer) error { return p.show(c, a, c.Int("n")) })
		},
	}
}

func (p program) authorsCommand() *cli.Command {
	return &cli.Command{
		Name:      "authors",
		Usage:     "list everybody with the number of their lines",
		ArgsUsage: "[PATH…]",
		Description: `All people with lines at PATH, from the top of the repository, or in everything. Nothing else prints what a person has in all, and no page
has it: lines say where somebody can be asked, not how much they have done. Who is in .refward-optout is "somebody".

   refward expertise authors
   refward expertise authors --lang sql --anonymous --format json`,
		Flags: censusFlags(formatFlag()),
		Action: func(c *cli.Context) error {
			return p.census(c, false, func(a *answer) error { return p.show(c, a, 0) })
		},
	}
}

// A shownArea is a file or directory of an answer.
type shownArea struct {
	Path       string       `json:"path"` // "." = everything
	Kind       string       `json:"kind"` // file, directory
	Files      int64        `json:"files"`
	Lines      int64        `json:"lines"`
	Unknown    int64        `json:"unknown_lines"`
	LastChange string       `json:"last_change"`
	BusFactor  int          `json:"bus_factor"`
	People     []shownOwner `json:"people"`
}

// kinds are what an area can be, for JSON.
var kinds = map[bool]string{true: "directory", false: "file"}

// widest is how many letters of a name the text shows: one that is endless is not to move all others out of sight.
const widest = 40

// show prints areas with the first n of their people; 0 = all.
func (p program) show(c *cli.Context, a *answer, n int) error {
	var areas []census.Area
	for _, path := range paths(c) {
		area, err := a.Area(path, a.filter)
		if err != nil {
			return err
		}
		areas = append(areas, area)
	}
	if c.String("format") == "json" {
		shown := struct {
			censusHead
			Paths []shownArea `json:"paths"`
		}{a.head(), []shownArea{}}
		for _, area := range areas {
			x := shownArea{
				Path: strings.TrimSuffix(shownPath(area.Path, false), "/"), Kind: kinds[area.Directory], Files: area.Files, Lines: area.Lines, Unknown: area.Unknown,
				LastChange: stamp(area.Last), BusFactor: area.BusFactor, People: []shownOwner{},
			}
			for _, o := range area.Owners {
				x.People = append(x.People, a.owner(o))
			}
			shown.Paths = append(shown.Paths, x)
		}
		return p.writeJSON(shown)
	}
	var rows []string
	for i, area := range areas {
		if i > 0 {
			rows = append(rows, "")
		}
		rows = append(rows, a.title(area))
		for k, o := range area.Owners {
			if n > 0 && k == n {
				rows = append(rows, fmt.Sprintf("  %d more (-n 0 names all)", len(area.Owners)-n))
				break
			}
			x := a.owner(o)
			who := []rune(x.Name)
			if len(who) > widest {
				who = append(who[:widest-1], '…')
			}
			if o.Shared && x.Email != "" {
				who = append(who, []rune(" <"+x.Email+">")...)
			}
			if x.Program {
				who = append(who, []rune(" (program)")...)
			}
			rows = append(rows, fmt.Sprintf("  %s\t%7d\t%5s\tlast %s, %s; %s of it within a year", string(who), o.Lines, percent(o.Share),
				o.Last.Format(time.DateOnly), a.ago(o.Last), percent(x.RecentShare)))
		}
	}
	return p.table(rows)
}

// title is the line above an area's people.
func (a *answer) title(area census.Area) string {
	s := fmt.Sprintf("%s: %s", shownPath(area.Path, area.Directory), counted(area.Lines, "line"))
	if area.Directory {
		s += " in " + counted(area.Files, "file")
	}
	if a.filter.Language != "" {
		s += " of " + report.Visible(a.filter.Language)
	}
	if area.Unknown > 0 {
		s += fmt.Sprintf(", of %d nobody knows whose they are", area.Unknown)
	}
	return s
}
