package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/treemap"
	"github.com/refward/refward/internal/durable"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

func (p program) mapCommand() *cli.Command {
	return &cli.Command{
		Name:      "map",
		Usage:     "draw who knows which directory, as one HTML page",
		ArgsUsage: "[PATH]",
		Description: `Areas are lines. Colours say how much one person's a directory is, how long ago it was changed, or how much of it those wrote who have left. The
page needs no server and no network, can be used by keys and read aloud, and has the same figures as a table. It names who has most
of a directory, and nobody's total; with --anonymous it names nobody. Whoever gets the file can read it.

   refward expertise map --html --output map.html
   refward expertise map --html --anonymous --lang go internal > map.html`,
		Flags: censusFlags(
			&cli.BoolFlag{Name: "html", Usage: "as an HTML page, which is all that there is so far"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the page to `FILE` (mode 0644), in place of stdout"}),
		Action: p.expertiseMap,
	}
}

func (p program) expertiseMap(c *cli.Context) error {
	if err := atMost(c, 1); err != nil {
		return err
	}
	return p.census(c, true, func(a *answer) error {
		tree, err := a.Tree(paths(c)[0], a.filter)
		if err != nil {
			return err
		}
		root := node(tree)
		root.Name = path.Base(tree.Path)
		title := "Who knows " + tree.Path
		if tree.Path == "" {
			root.Name, title = "everything", "Who knows this code"
		}
		if a.filter.Language != "" {
			title += " (" + a.filter.Language + ")"
		}
		var page bytes.Buffer
		if err := treemap.Write(&page, treemap.Page{Title: title, Now: a.Date, Root: root}); err != nil {
			return err
		}
		out := c.String("output")
		if out == "" || out == "-" {
			_, err := p.stdout.Write(page.Bytes())
			return err
		}
		if info, err := os.Stat(filepath.Dir(out)); err != nil || !info.IsDir() {
			return cli.Exit(fmt.Sprintf("there is no folder %s\nhint: make it first", report.Visible(filepath.Dir(out))), policy.ExitUsage)
		}
		if err := durable.Replace(out, page.Bytes(), 0o644); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s: %s of %s, %d kB\n", report.Visible(out), counted(tree.Lines, "line"), counted(tree.Files, "file"), (page.Len()+999)/1000)
		return err
	})
}

// node makes what is drawn of a directory.
func node(d *census.Dir) *treemap.Node {
	n := leaf(path.Base(d.Path), d.Area)
	for _, sub := range d.Dirs {
		n.Children = append(n.Children, node(sub))
	}
	if len(d.Dirs) > 0 && d.Own.Lines > 0 { // what has no directory of its own would have no colour
		n.Children = append(n.Children, leaf("(files here)", d.Own))
	}
	return n
}

func leaf(name string, a census.Area) *treemap.Node {
	n := &treemap.Node{Name: name, Lines: a.Lines, Files: a.Files, Top: a.Top, LastChange: a.Last, DepartedShare: a.Departed}
	if a.BusFactor == 0 {
		n.Top = -1 // programs have it all, or nobody knows
	}
	for _, o := range a.Owners[:min(expertsShown, len(a.Owners))] {
		n.Owners = append(n.Owners, treemap.Share{Label: report.Visible(o.Label), Share: o.Share})
	}
	return n
}
