package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/gosec/modtypes"
	"github.com/refward/refward/analyzers/gosec/stdtypes"
	"github.com/refward/refward/analyzers/gosec/typecache"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
)

func (p program) typesStatus(c *cli.Context) error {
	if err := atMost(c, 1); err != nil {
		return err
	}
	cache, err := p.openTypes(c)
	if err != nil {
		return err
	}
	defer cache.Close()
	dir := c.String("dir")
	if dir == "" {
		dir = "."
	}
	s := survey{needs: modtypes.Needs{Build: buildOf(c), Tests: c.Bool("tests")}, cache: cache, where: dir, fill: "refward types fill --dir " + dir}
	if rev := c.Args().First(); rev != "" {
		s.where, s.fill = rev, "refward types fill"
		err = p.readRevision(c, dir, rev, &s)
	} else {
		err = readDirectory(dir, &s)
	}
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	text, err := s.text()
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	_, err = io.WriteString(p.stdout, text)
	return err
}

// A survey is what "types status" tells.
type survey struct {
	cache  *typecache.Cache
	needs  modtypes.Needs
	unread []string // files that could not be looked at, with the reason
	where  string   // what was looked at
	fill   string   // the command that brings what is missing
}

func (s *survey) add(name string, data []byte) {
	if err := s.needs.Add(name, data); err != nil {
		s.unread = append(s.unread, err.Error())
	}
}

// maxStatusFile is the size of the largest file that is looked at, in bytes. What it would import is then not known.
const maxStatusFile = 32 << 20

func readDirectory(dir string, s *survey) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			s.unread = append(s.unread, err.Error())
			return nil
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.Type().IsRegular() || !s.needs.Wants(name):
			return nil
		}
		if info, err := d.Info(); err == nil && info.Size() > maxStatusFile {
			s.unread = append(s.unread, name+": larger than is read")
			return nil
		}
		data, err := root.ReadFile(filepath.FromSlash(name))
		if err != nil {
			s.unread = append(s.unread, err.Error())
			return nil
		}
		s.add(name, data)
		return nil
	})
}

func (p program) readRevision(c *cli.Context, dir, rev string, s *survey) error {
	repo, err := gitio.Open(c.Context, gitio.Options{Dir: dir, Environ: p.environ, Reader: gitio.Reader(p.getenv("REFWARD_READER")), MaxBlob: maxStatusFile})
	if err != nil {
		return err
	}
	defer repo.Close()
	change, err := repo.Tree(c.Context, rev, gitio.Scope{})
	if errors.Is(err, gitio.ErrNotExist) {
		return fmt.Errorf("%w\nhint: REV is a revision of the repository, such as HEAD or main; a directory is named with --dir", err)
	}
	if err != nil {
		return err
	}
	wants := func(f analyzers.File) bool { return f.Mode&0o170000 == 0o100000 && s.needs.Wants(f.Path) }
	for blob, err := range change.Blobs(c.Context, wants) {
		if err != nil {
			return err
		}
		for _, f := range blob.Files {
			switch {
			case !wants(f):
			case blob.Unread != "":
				s.unread = append(s.unread, f.Path+": "+blob.Unread)
			default:
				s.add(f.Path, blob.Data)
			}
		}
	}
	return nil
}

// maxListed is how many lines of one kind are printed.
const maxListed = 40

func (s *survey) text() (string, error) {
	var out strings.Builder
	if err := s.inventory(&out); err != nil {
		return "", err
	}
	needs := s.needs.List(s.cache)
	var lines []string
	for _, need := range needs {
		if len(need.Lacking) > 0 {
			lines = append(lines, fmt.Sprintf("%s %s  (%s: %s)", need.Module.Path, need.Module.Version, need.File, strings.Join(clip(need.Lacking, 3), ", ")))
		}
	}
	fmt.Fprintf(&out, "%s: imports packages of %s, of which %d are not there or not whole\n", s.where, things(len(needs), "other module"), len(lines))
	list(&out, "missing", lines)
	for _, u := range clip(s.unread, maxListed) {
		fmt.Fprintf(&out, "warning: not looked at: %s\n", u)
	}
	missing := len(lines) > 0
	wanted, err := s.cache.Wanted()
	if err != nil {
		return "", err
	}
	if lines = nil; len(wanted) > 0 {
		for _, w := range wanted {
			lines = append(lines, fmt.Sprintf("%s %s  (since %s)", w.Module.Path, w.Module.Version, w.Since.Format(time.DateOnly)))
		}
		fmt.Fprintf(&out, "pushes would have needed %s more\n", things(len(wanted), "module"))
		list(&out, "wanted", lines)
	}
	switch {
	case missing:
		fmt.Fprintf(&out, "hint: in a clone on a machine with Go: %s; then export there and import here\n", s.fill)
	case len(wanted) > 0:
		fmt.Fprintf(&out, "hint: fill from the repositories that were pushed to; a list that is of no use can be removed: %s\n", filepath.Join(s.cache.Dir(), typecache.WantedName))
	case len(needs) > 0:
		fmt.Fprintln(&out, "success: nothing is missing")
	}
	return out.String(), nil
}

// inventory says what the cache has.
func (s *survey) inventory(out *strings.Builder) error {
	modules, err := s.cache.List()
	if err != nil {
		return err
	}
	packages, partial := 0, 0
	var damaged []string
	for _, mod := range modules {
		there, err := s.cache.Packages(mod)
		if err != nil {
			damaged = append(damaged, err.Error())
			continue
		}
		packages += len(there)
		for _, why := range there {
			if why != "" {
				partial++
			}
		}
	}
	fmt.Fprintf(out, "%s: types of %s in %s", s.cache.Dir(), things(packages, "package"), things(len(modules)-len(damaged), "module"))
	if partial > 0 {
		fmt.Fprintf(out, ", %d of them not complete", partial)
	}
	fmt.Fprintf(out, "; the standard library of %s is built in\n", stdtypes.Release())
	for _, d := range clip(damaged, maxListed) {
		fmt.Fprintf(out, "warning: cannot be used: %s\n", d)
	}
	return nil
}

func list(out *strings.Builder, what string, lines []string) {
	for i, line := range lines {
		if i == maxListed {
			fmt.Fprintf(out, "  … and %d more\n", len(lines)-i)
			return
		}
		fmt.Fprintf(out, "  %s  %s\n", what, line)
	}
}

// clip returns the first n of a list, and how many are left out.
func clip(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(list[:n:n], fmt.Sprintf("… and %d more", len(list)-n))
}
