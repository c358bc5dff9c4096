package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/analyzers/gosec"
	"github.com/refward/refward/analyzers/gosec/modtypes"
	"github.com/refward/refward/analyzers/gosec/sourcetypes"
	"github.com/refward/refward/analyzers/gosec/typecache"
	"github.com/refward/refward/internal/policy"
)

func (p program) typesCommand() *cli.Command {
	cache := &cli.StringFlag{Name: "cache", Usage: "the types are in `DIR` (default: REFWARD_TYPES, else /var/lib/refward/types, else in the user's cache)"}
	tests := &cli.BoolFlag{Name: "tests", Usage: "also what only tests import"}
	tags := &cli.StringFlag{Name: "tags", Usage: "build tags that hold (`LIST`, comma separated), as in the policy"}
	return &cli.Command{
		Name:  "types",
		Usage: "keep the types of modules that Go code imports, for servers without Go",
		Description: `Insecure Go code is found better when the types of what it imports are known. Those of the standard library, of the
repository itself and of its vendor folders are; those of other modules come from a cache, which this command fills on a machine that
has Go and carries to one that has not:

   refward types fill                      in a clone: what its code imports, with the go command
   refward types export types.tar          all of it, in one file
   refward types import types.tar          on the server, as who owns /var/lib/refward/types
   refward types status                    on the server, in a repository: what is there, what is missing

What is missing is no error: the packages that need it are looked at with less, and the report names them. Who can write to the cache
decides what is found: it belongs to the administrator, and no push writes to it beyond a list of what would have been needed.`,
		Subcommands: []*cli.Command{
			{
				Name:  "fill",
				Usage: "type what Go code imports, with the go command",
				Description: `Asks the go command for all packages of other modules that the code imports, in all modules in and below DIR, and types them
from their source, which the go command downloads where it must. What is there is kept. Nothing of it is run.

   refward types fill                      the modules in and below the working directory
   refward types fill --from go.mod        a go.mod without its code: all packages of what it requires directly`,
				Flags: []cli.Flag{
					cache, tests, tags,
					&cli.StringFlag{Name: "dir", Usage: "type what the code in and below `DIR` imports (default: the working directory)"},
					&cli.StringFlag{Name: "from", Usage: "type all that the go.mod `FILE` requires directly"},
				},
				Action: p.typesFill,
			},
			{
				Name:      "export",
				Usage:     "write all types into one file",
				ArgsUsage: "FILE",
				Description: `FILE is a tar archive; "-" prints it.

   refward types export - | ssh server refward types import -`,
				Flags: []cli.Flag{cache}, Action: p.typesExport,
			},
			{
				Name:      "import",
				Usage:     "add the types in a file",
				ArgsUsage: "FILE",
				Description: `FILE is what "refward types export" has written; "-" reads it from the input. What is there stays, and each module is added whole or
not at all. The types are believed: take no file from somebody who may not decide what is found.`,
				Flags: []cli.Flag{cache}, Action: p.typesImport,
			},
			{
				Name:      "status",
				Usage:     "say which types are there, and which are missing",
				ArgsUsage: "[REV]",
				Description: `Without REV it looks at the Go code in and below DIR, with REV at that of a revision of the repository: a bare one, too. It
needs no Go. At the end stands what pushes would have needed since then.

   refward types status --dir ~/src/project
   refward types status HEAD`,
				Flags:  []cli.Flag{cache, tests, tags, &cli.StringFlag{Name: "dir", Usage: "look at `DIR` (default: the working directory)"}},
				Action: p.typesStatus,
			},
		},
	}
}

// openTypes opens the cache that the command line names.
func (p program) openTypes(c *cli.Context) (*typecache.Cache, error) {
	dir := c.String("cache")
	if dir == "" {
		dir = gosec.TypesDir(p.getenv)
	}
	if dir == "" {
		return nil, cli.Exit("there is no place for types\nhint: name one with --cache DIR or REFWARD_TYPES", policy.ExitUsage)
	}
	cache, err := typecache.Open(dir)
	if err != nil {
		return nil, cli.Exit(err.Error()+"\nhint: --cache DIR names another directory", policy.ExitUsage)
	}
	return cache, nil
}

func (p program) getenv(name string) string {
	value := ""
	for _, e := range p.environ {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			value = v
		}
	}
	return value
}

func buildOf(c *cli.Context) (b sourcetypes.Build) {
	if tags := c.String("tags"); tags != "" {
		b.Tags = strings.Split(tags, ",")
	}
	return b
}

func (p program) typesFill(c *cli.Context) error {
	if err := atMost(c, 0); err != nil {
		return err
	}
	if c.String("dir") != "" && c.String("from") != "" {
		return cli.Exit("--dir and --from do not go together\nhint: --from is for a go.mod whose code is not there", policy.ExitUsage)
	}
	cache, err := p.openTypes(c)
	if err != nil {
		return err
	}
	defer cache.Close()
	o := modtypes.FillOptions{
		Dir: c.String("dir"), From: c.String("from"), Tests: c.Bool("tests"), Build: buildOf(c), Environ: p.environ,
		Progress: func(line string) { _, _ = fmt.Fprintln(p.stderr, line) },
	}
	filled, err := modtypes.Fill(c.Context, cache, o)
	if err != nil {
		return cli.Exit(err.Error()+fillHint(err), policy.ExitUnchecked)
	}
	for _, line := range filled.Partial {
		_, _ = fmt.Fprintln(p.stderr, "warning: not complete:", line)
	}
	for _, line := range filled.Missing {
		_, _ = fmt.Fprintln(p.stderr, "warning: not typed:", line)
	}
	_, err = fmt.Fprintf(p.stdout, "success: %s of %s typed, %d were there; they are in %s\n",
		things(filled.Typed, "package"), things(len(filled.Modules), "module"), filled.Kept, cache.Dir())
	return err
}

// fillHint says what to do about an error of Fill.
func fillHint(err error) string {
	switch {
	case errors.Is(err, modtypes.ErrNoModule):
		return "\nhint: --dir DIR names a directory with Go code, --from FILE a go.mod"
	case errors.Is(err, modtypes.ErrNoGo):
		return "\nhint: fill the cache on a machine that has Go, and bring it here: refward types export, refward types import"
	case errors.Is(err, fs.ErrPermission):
		return "\nhint: --cache DIR names a directory of yours, which \"refward types export --cache DIR FILE\" then writes"
	}
	return ""
}

func (p program) typesExport(c *cli.Context) error {
	name, err := oneFile(c)
	if err != nil {
		return err
	}
	cache, err := p.openTypes(c)
	if err != nil {
		return err
	}
	defer cache.Close()
	modules, err := cache.List()
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	if len(modules) == 0 {
		return cli.Exit(fmt.Sprintf("%s has no types\nhint: refward types fill", cache.Dir()), policy.ExitUsage)
	}
	if name == "-" {
		err = cache.Export(p.stdout)
	} else {
		err = exportTo(cache, name)
	}
	if errors.Is(err, typecache.ErrDamaged) {
		return cli.Exit(err.Error()+"\nhint: \"refward types fill\" makes it anew", policy.ExitUnchecked)
	}
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	_, err = fmt.Fprintf(p.stderr, "success: wrote the types of %s; bring them to the server: refward types import FILE\n", things(len(modules), "module"))
	return err
}

// exportTo writes the file as a whole or not at all.
func exportTo(cache *typecache.Cache, name string) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	err = cache.Export(f)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func (p program) typesImport(c *cli.Context) error {
	name, err := oneFile(c)
	if err != nil {
		return err
	}
	cache, err := p.openTypes(c)
	if err != nil {
		return err
	}
	defer cache.Close()
	in := p.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return cli.Exit(err.Error(), policy.ExitUsage)
		}
		defer f.Close()
		in = f
	}
	modules, err := cache.Import(c.Context, in)
	switch {
	case errors.Is(err, typecache.ErrArchive) || errors.Is(err, typecache.ErrDamaged):
		return cli.Exit(fmt.Sprintf("%s: %s; %s before it were added\nhint: it must be a file that \"refward types export\" has written", name, err, things(len(modules), "module")), policy.ExitUsage)
	case errors.Is(err, fs.ErrPermission):
		return cli.Exit(err.Error()+"\nhint: do it as who owns the directory, or name another with --cache DIR", policy.ExitUnchecked)
	case err != nil:
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	_, err = fmt.Fprintf(p.stdout, "success: added the types of %s to %s\n", things(len(modules), "module"), cache.Dir())
	return err
}

// oneFile returns the one argument of a command.
func oneFile(c *cli.Context) (string, error) {
	if c.NArg() == 0 {
		return "", cli.Exit(fmt.Sprintf("%s: which file?\nhint: %s FILE, or - for a pipe", c.Command.HelpName, c.Command.HelpName), policy.ExitUsage)
	}
	return c.Args().First(), atMost(c, 1)
}
