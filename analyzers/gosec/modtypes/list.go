package modtypes

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// A listing is one run of the go command.
type listing struct {
	dir      string
	work     string   // GOWORK; "" = as the environment has it
	patterns []string // of packages
}

// listed is what go list says of a package.
type listed struct {
	ImportPath string
	Dir        string
	Name       string
	ForTest    string
	Standard   bool
	GoFiles    []string
	CgoFiles   []string
	Module     *listedModule
	Error      *struct{ Err string }
}

type listedModule struct {
	Path, Version string
	Main          bool
	Replace       *listedModule
}

// version returns the version of a module that the package is of; zero = none.
func (p *listed) version() module.Version {
	m := p.Module
	if m == nil || m.Main {
		return module.Version{}
	}
	if m.Replace != nil {
		m = m.Replace
	}
	if m.Version == "" { // a directory
		return module.Version{}
	}
	return module.Version{Path: m.Path, Version: m.Version}
}

// environ returns the environment of the go command, which is asked what a build would take and is not to change go.mod.
func (o FillOptions) environ(work string) []string {
	env := append(os.Environ(), o.Build.Environ()...)
	if o.Environ != nil {
		env = append(append([]string(nil), o.Environ...), o.Build.Environ()...)
	}
	if work != "" {
		env = append(env, "GOWORK="+work)
	}
	return env
}

// goCommand runs the go command and hands its output to read, and what it says besides to Progress.
func (o FillOptions) goCommand(ctx context.Context, dir, work string, read func(io.Reader) error, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...) // no shell: what is named by a go.mod stays one argument, behind "--"
	cmd.Dir, cmd.Env = dir, o.environ(work)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%w: %w", ErrNoGo, err)
	} else if err != nil {
		return fmt.Errorf("run go: %w", err)
	}
	said := make(chan string)
	go func() {
		last := ""
		for s := bufio.NewScanner(stderr); s.Scan(); {
			if last = s.Text(); strings.HasPrefix(last, "go: downloading ") {
				o.say(last)
			}
		}
		said <- last
	}()
	readErr := read(out)
	_, _ = io.Copy(io.Discard, out)
	last := <-said
	switch err := cmd.Wait(); {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("go %s in %s: %w: %s", args[0], dir, err, last)
	}
	return readErr
}

// list asks which packages a program has, those that are imported before those that import them.
func (o FillOptions) list(ctx context.Context, l listing) (packages []*listed, err error) {
	args := []string{"list", "-e", "-deps", "-json=ImportPath,Dir,Name,ForTest,Standard,GoFiles,CgoFiles,Module,Error"}
	if o.Tests {
		args = append(args, "-test")
	}
	if len(o.Build.Tags) > 0 {
		args = append(args, "-tags="+strings.Join(o.Build.Tags, ","))
	}
	if !strings.Contains(o.getenv("GOFLAGS"), "-mod=") {
		args = append(args, "-mod=readonly") // what is in vendor has no types of its own in a cache
	}
	read := func(r io.Reader) error {
		for d := json.NewDecoder(r); ; {
			p := new(listed)
			if err := d.Decode(p); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return fmt.Errorf("what go list says: %w", err)
			}
			if p.ForTest == "" && !strings.HasSuffix(p.ImportPath, ".test") {
				packages = append(packages, p)
			}
		}
	}
	return packages, o.goCommand(ctx, l.dir, l.work, read, append(append(args, "--"), l.patterns...)...)
}

func (o FillOptions) getenv(name string) string {
	env, value := o.Environ, ""
	if env == nil {
		env = os.Environ()
	}
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			value = v
		}
	}
	return value
}

// text runs the go command for a line of output.
func (o FillOptions) text(ctx context.Context, dir string, args ...string) (string, error) {
	var out bytes.Buffer
	err := o.goCommand(ctx, dir, "", func(r io.Reader) error { _, err := out.ReadFrom(r); return err }, args...)
	return strings.TrimSpace(out.String()), err
}

// ErrNoGo says that there is no go command.
var ErrNoGo = errors.New("this needs Go")

// ErrNoModule says that a directory has nothing to do with a module.
var ErrNoModule = errors.New("not a Go module")

// listings returns what to ask for all modules in a directory and below it: each module by itself, as its own go.mod has it, and with the
// workspace that it is in, whose versions may be others.
func (o FillOptions) listings(ctx context.Context, dir string) ([]listing, error) {
	dirs, err := moduleDirs(dir)
	if err != nil {
		return nil, err
	}
	if dirs == nil {
		file, err := o.text(ctx, dir, "env", "GOMOD")
		if err != nil {
			return nil, err
		}
		if file == "" || file == os.DevNull {
			return nil, fmt.Errorf("%w: no go.mod in, above or below %s", ErrNoModule, dir)
		}
		dirs = []string{dir}
	}
	var all []listing
	spaces := map[string]bool{"": true, "off": true}
	for _, d := range dirs {
		all = append(all, listing{dir: d, work: "off", patterns: []string{"./..."}})
		work, err := o.text(ctx, d, "env", "GOWORK")
		if err != nil {
			return nil, err
		}
		if spaces[work] {
			continue
		}
		spaces[work] = true
		mains, err := o.text(ctx, d, "list", "-m")
		if err != nil {
			o.say(err.Error())
			continue
		}
		l := listing{dir: filepath.Dir(work), work: work}
		for main := range strings.FieldsSeq(mains) {
			l.patterns = append(l.patterns, main+"/...")
		}
		all = append(all, l)
	}
	return all, nil
}

// moduleDirs returns the directories that have a go.mod.
func moduleDirs(dir string) (dirs []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil && path == dir {
			return fmt.Errorf("look for modules: %w", err)
		}
		if err != nil {
			return nil // a directory that cannot be read
		}
		switch name := d.Name(); {
		case d.IsDir() && path != dir && (name == "vendor" || name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")):
			return fs.SkipDir
		case name == "go.mod" && d.Type().IsRegular():
			dirs = append(dirs, filepath.Dir(path))
		}
		return nil
	})
	return dirs, err
}

// ofModFile makes a module that requires what a go.mod does, in a temporary directory, and returns what to ask for it: all packages of
// the modules that it requires directly, since nobody says which of them are imported.
func ofModFile(name, temp string) (listing, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return listing{}, fmt.Errorf("read go.mod: %w", err)
	}
	file, err := modfile.Parse(name, data, nil)
	if err != nil {
		return listing{}, fmt.Errorf("read go.mod: %w", err)
	}
	l := listing{dir: temp, work: "off"}
	for _, r := range file.Require {
		if !r.Indirect {
			l.patterns = append(l.patterns, r.Mod.Path+"/...")
		}
	}
	if l.patterns == nil {
		return l, fmt.Errorf("%s requires nothing", name)
	}
	for _, r := range file.Replace {
		if r.New.Version == "" && !filepath.IsAbs(r.New.Path) {
			abs, err := filepath.Abs(filepath.Join(filepath.Dir(name), r.New.Path))
			if err == nil {
				err = file.AddReplace(r.Old.Path, r.Old.Version, abs, "")
			}
			if err != nil {
				return l, fmt.Errorf("replacement of %s: %w", r.Old.Path, err)
			}
		}
	}
	if data, err = file.Format(); err != nil {
		return l, fmt.Errorf("write go.mod: %w", err)
	}
	root, err := os.OpenRoot(temp)
	if err != nil {
		return l, fmt.Errorf("write go.mod: %w", err)
	}
	defer root.Close()
	err = root.WriteFile("go.mod", data, 0o600)
	if sums, sumErr := os.ReadFile(strings.TrimSuffix(name, ".mod") + ".sum"); err == nil && sumErr == nil {
		err = root.WriteFile("go.sum", sums, 0o600)
	}
	return l, err
}
