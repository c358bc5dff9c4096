package load

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// maxModFile is the size of the largest go.mod, go.work or modules.txt that is read, in bytes.
const maxModFile = 4 << 20

// A mod is what a go.mod says.
type mod struct {
	dir      string
	path     string // "" = it does not say
	requires map[string]string
	replaces []replace
	problems []Problem
}

// A replace is a directive in go.mod or go.work.
type replace struct {
	old, new module.Version
	dir      string // what a new path without a version is relative to
}

// A work is what a go.work says.
type work struct {
	dir      string
	uses     []string // directories in the tree
	replaces []replace
	problems []Problem
}

// module returns the module of a directory: that of the nearest go.mod upwards, or nil.
func (l *Loader) module(ctx context.Context, dir string) (*mod, error) {
	if m, ok := l.mods[dir]; ok {
		return m, nil
	}
	m, err := l.readMod(ctx, dir)
	if err != nil {
		return nil, err
	}
	if m == nil && dir != "." {
		if m, err = l.module(ctx, path.Dir(dir)); err != nil {
			return nil, err
		}
	}
	l.mods[dir] = m
	return m, nil
}

// readMod returns what dir/go.mod says as far as it can be understood; nil if there is none.
func (l *Loader) readMod(ctx context.Context, dir string) (*mod, error) {
	name := path.Join(dir, "go.mod")
	data, problem, err := l.readModFile(ctx, name)
	if data == nil && problem == nil || err != nil {
		return nil, err
	}
	m := &mod{dir: dir, requires: map[string]string{}}
	if problem != nil {
		m.problems = append(m.problems, *problem)
		return m, nil
	}
	f, err := modfile.Parse(name, data, nil)
	if err != nil { // what newer versions of Go know, or what is wrong: requirements and replacements are readable even so
		if f, err = modfile.ParseLax(name, data, nil); err != nil {
			m.path = modfile.ModulePath(data)
			m.problems = append(m.problems, syntaxError(name, err))
			return m, nil
		}
		f.Replace = looseReplaces(f.Syntax)
	}
	if f.Module != nil {
		m.path = f.Module.Mod.Path
	}
	for _, r := range f.Require {
		m.requires[r.Mod.Path] = later(m.requires[r.Mod.Path], r.Mod.Version)
	}
	for _, r := range f.Replace {
		m.replaces = append(m.replaces, replace{r.Old, r.New, dir})
	}
	return m, nil
}

// looseReplaces returns the replacements of a file in which something else is not understood.
func looseReplaces(file *modfile.FileSyntax) []*modfile.Replace {
	var found []*modfile.Replace
	try := func(tokens []string) {
		if f, err := modfile.Parse("go.mod", []byte("replace "+strings.Join(tokens, " ")+"\n"), nil); err == nil {
			found = append(found, f.Replace...)
		}
	}
	for _, stmt := range file.Stmt {
		switch stmt := stmt.(type) {
		case *modfile.Line:
			if len(stmt.Token) > 1 && stmt.Token[0] == "replace" {
				try(stmt.Token[1:])
			}
		case *modfile.LineBlock:
			if len(stmt.Token) == 1 && stmt.Token[0] == "replace" {
				for _, line := range stmt.Line {
					try(line.Token)
				}
			}
		}
	}
	return found
}

// workspace returns the go.work that is nearest upwards and names the module's directory, or nil.
func (l *Loader) workspace(ctx context.Context, m *mod) (*work, error) {
	for dir := m.dir; ; dir = path.Dir(dir) {
		w, known := l.works[dir]
		if !known {
			var err error
			if w, err = l.readWork(ctx, dir); err != nil {
				return nil, err
			}
			l.works[dir] = w
		}
		switch {
		case w != nil && slices.Contains(w.uses, m.dir):
			return w, nil
		case w != nil || dir == ".":
			return nil, nil
		}
	}
}

func (l *Loader) readWork(ctx context.Context, dir string) (*work, error) {
	name := path.Join(dir, "go.work")
	data, problem, err := l.readModFile(ctx, name)
	if data == nil && problem == nil || err != nil {
		return nil, err
	}
	w := &work{dir: dir}
	if problem != nil {
		w.problems = append(w.problems, *problem)
		return w, nil
	}
	f, err := modfile.ParseWork(name, data, nil)
	if err != nil {
		w.problems = append(w.problems, syntaxError(name, err))
		return w, nil
	}
	for _, u := range f.Use {
		if d := path.Join(dir, u.Path); !path.IsAbs(u.Path) && fs.ValidPath(d) {
			w.uses = append(w.uses, d)
		}
	}
	for _, r := range f.Replace {
		w.replaces = append(w.replaces, replace{r.Old, r.New, dir})
	}
	return w, nil
}

// readModFile returns the content of a file that may not be there: nil then, and no problem.
func (l *Loader) readModFile(ctx context.Context, name string) ([]byte, *Problem, error) {
	data, err := l.read(ctx, name, maxModFile)
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, nil
	case errors.Is(err, ErrLimit):
		return nil, &Problem{Kind: Limit, Path: name, Detail: "not read: too large"}, nil
	case err != nil:
		if info, err := fs.Stat(l.cfg.Tree, name); err == nil && info.IsDir() {
			return nil, nil, nil // which is no go.mod
		}
		return nil, &Problem{Kind: Unread, Path: name, Detail: oneLine(err.Error())}, nil
	}
	return append([]byte{}, data...), nil, nil
}

func syntaxError(name string, err error) Problem {
	p := Problem{Kind: Syntax, Path: name, Detail: oneLine(err.Error())}
	var list modfile.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		p.Line, p.Detail = list[0].Pos.Line, oneLine(list[0].Error())
	}
	return p
}

// later returns the later of two versions.
func later(a, b string) string {
	if a == "" || semver.Compare(a, b) < 0 {
		return b
	}
	return a
}

// vendored returns the versions that modules.txt in a vendor directory names, by path of the module, replacements applied.
func (l *Loader) vendored(ctx context.Context, vendor string) map[string]module.Version {
	versions := map[string]module.Version{}
	data, err := l.read(ctx, path.Join(vendor, "modules.txt"), maxModFile)
	if err != nil {
		return versions
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 3 || f[0] != "#" {
			continue
		}
		v := module.Version{Path: f[1], Version: f[2]}
		if at := slices.Index(f, "=>"); at > 0 && len(f) == at+3 {
			v = module.Version{Path: f[at+1], Version: f[at+2]}
		}
		if semver.IsValid(v.Version) {
			versions[f[1]] = v
		}
	}
	return versions
}

// prefixes returns the keys that are path or lead to it, the longest first.
func prefixes[V any](m map[string]V, p string) []string {
	var found []string
	for prefix := p; ; {
		if _, ok := m[prefix]; ok {
			found = append(found, prefix)
		}
		cut := strings.LastIndexByte(prefix, '/')
		if cut < 0 {
			return found
		}
		prefix = prefix[:cut]
	}
}

// byDir sorts modules by directory.
func byDir(mods map[string]*mod) []*mod {
	return slices.SortedFunc(maps.Values(mods), func(a, b *mod) int { return cmp.Compare(a.dir, b.dir) })
}
