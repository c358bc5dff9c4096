package modtypes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	"golang.org/x/tools/go/gcexportdata"

	"github.com/refward/refward/analyzers/gosec/sourcetypes"
	"github.com/refward/refward/analyzers/gosec/typecache"
)

// Options say where types come from.
type Options struct {
	Cache *typecache.Cache // asked first; nil = none

	// ModuleCache is the directory of the go command's module cache (GOMODCACHE): what Cache does not know is typed from the source that
	// it has, as far as it is there. "" = none.
	ModuleCache string
	Save        bool  // put into Cache what was typed from source, as far as that works
	MaxSource   int64 // bytes of source that are read in all; 0 = 512 MiB

	Build sourcetypes.Build // which files are typed from source

	// Versions tells to which version of a module the program takes a package to belong, of a replaced module the one that replaces it;
	// false = it is of no version of a module, or not known. Without it, a module's own go.mod says what it imports.
	Versions func(path string) (module.Version, bool)
}

const defaultMaxSource = 512 << 20

// Modules knows the types of packages of other modules, as one program sees them. It is safe for concurrent use with different
// imports.
type Modules struct {
	o    Options
	root *os.Root // of the module cache; nil = none

	mu    sync.Mutex
	typer *typer         // of what is typed from source; nil until something is
	last  module.Version // whose package was typed from source last
	mods  map[module.Version]*modfile.File
}

// New returns what the options describe. A module cache that is not there is an empty one.
func New(o Options) (*Modules, error) {
	m := &Modules{o: o, mods: map[module.Version]*modfile.File{}}
	if m.o.MaxSource == 0 {
		m.o.MaxSource = defaultMaxSource
	}
	if o.ModuleCache != "" {
		root, err := os.OpenRoot(o.ModuleCache)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("open module cache: %w", err)
		}
		m.root = root
	}
	return m, nil
}

// Close lets go of the module cache; the type cache is its owner's.
func (m *Modules) Close() error {
	if m.root == nil {
		return nil
	}
	return m.root.Close()
}

// Package returns the types of a package, and puts them and those that they refer to into imports; before it, it imports those packages
// of which the types bring parts that are of another version than Versions says. What is not known is fs.ErrNotExist.
func (m *Modules) Package(fset *token.FileSet, imports map[string]*types.Package, mod module.Version, path string) (*types.Package, error) {
	return m.get(fset, imports, mod, path, map[string]bool{})
}

func (m *Modules) get(fset *token.FileSet, imports map[string]*types.Package, mod module.Version, path string, busy map[string]bool) (*types.Package, error) {
	if pkg := imports[path]; pkg != nil && pkg.Complete() {
		return pkg, nil
	}
	if m.o.Cache != nil {
		about, err := m.o.Cache.About(mod, path)
		if err == nil && m.root != nil && (about.Partial != "" || about.Build != m.o.Build.String()) {
			if data, err := m.fromSource(mod, path); err == nil { // whose types are all there, and for this build
				imports["unsafe"] = types.Unsafe
				return gcexportdata.Read(bytes.NewReader(data), fset, imports, path)
			}
		}
		if err == nil {
			busy[path] = true
			for _, ref := range about.Refs {
				if own, ok := m.version(ref.Path); ok && own != ref.Module && !busy[ref.Path] {
					// What it does not know stays as the types bring it.
					_, _ = m.get(fset, imports, own, ref.Path, busy)
				}
			}
			return m.o.Cache.Package(fset, imports, mod, path)
		}
		if m.root == nil {
			return nil, err
		}
	}
	if m.root == nil {
		return nil, fmt.Errorf("types of %s in %s: %w", path, mod, fs.ErrNotExist)
	}
	data, err := m.fromSource(mod, path)
	if err != nil {
		return nil, err
	}
	imports["unsafe"] = types.Unsafe
	return gcexportdata.Read(bytes.NewReader(data), fset, imports, path) // which Encode has read before
}

func (m *Modules) version(path string) (module.Version, bool) {
	if m.o.Versions == nil {
		return module.Version{}, false
	}
	return m.o.Versions(path)
}

// fromSource types a package in a world of its own, since the caller's has parts of packages, which cannot be typed once more.
func (m *Modules) fromSource(mod module.Version, path string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u, err := m.unit(mod, path)
	if err != nil {
		return nil, err
	}
	if m.typer == nil {
		m.typer = newTyper(m.o.Build, m.o.Cache, m.o.MaxSource)
		m.typer.find = m.find
	}
	r := m.typer.done[path]
	other := m.o.Versions == nil && m.last != mod // each module says which versions it wants, and another one may say otherwise
	m.last = mod
	if other || r != nil && r.unit.mod != mod { // another version, as another module wants it: the two cannot be in one world
		m.typer = newTyper(m.o.Build, m.o.Cache, m.typer.left)
		m.typer.find = m.find
		r = nil
	}
	if r == nil {
		r = m.typer.unit(path, u)
	}
	if r.err != nil {
		return nil, fmt.Errorf("types of %s in %s: %w", path, mod, r.err)
	}
	p, err := m.typer.encode(path)
	if err != nil {
		return nil, err
	}
	if m.o.Save && m.o.Cache != nil && !r.cached && !r.missing { // what is missing now may be there next time
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = m.o.Cache.Put(ctx, mod, m.o.Build.String(), map[string]typecache.Package{path: p})
	}
	return p.Data, nil
}

// patience is how long a check waits for another program that writes to the cache: what is not saved now is saved next time.
const patience = 200 * time.Millisecond

// find finds the source of what a module imports.
func (m *Modules) find(path string, from module.Version) (unit, error) {
	if mod, ok := m.version(path); ok {
		return m.unit(mod, path)
	}
	if u, err := m.unit(from, path); err == nil && m.within(from, path) {
		return u, nil
	}
	if file := m.modFile(from); file != nil {
		best := module.Version{}
		for _, r := range file.Require {
			if within(r.Mod.Path, path) && len(r.Mod.Path) > len(best.Path) {
				best = r.Mod
			}
		}
		if u, err := m.unit(best, path); err == nil {
			return u, nil
		}
	}
	for prefix := path; prefix != "." && prefix != "/"; prefix = parent(prefix) {
		if u, err := m.unit(module.Version{Path: prefix, Version: m.highest(prefix)}, path); err == nil {
			return u, nil
		}
	}
	return unit{}, fmt.Errorf("source of %s: %w", path, fs.ErrNotExist)
}

func parent(p string) string { return path.Dir(p) }

func within(mod, path string) bool { return path == mod || strings.HasPrefix(path, mod+"/") }

// within reports whether a package has the path of a module or of what it replaces.
func (m *Modules) within(mod module.Version, path string) bool {
	file := m.modFile(mod)
	return within(mod.Path, path) || file != nil && file.Module != nil && within(file.Module.Mod.Path, path)
}

// unit finds the source of a package in a version of a module. A module that replaces another has packages with the other's path.
func (m *Modules) unit(mod module.Version, path string) (unit, error) {
	top, err := typecache.ModulePath(mod)
	if err != nil {
		return unit{}, err
	}
	if module.CheckImportPath(path) != nil {
		return unit{}, fmt.Errorf("%q is no import path: %w", path, fs.ErrNotExist)
	}
	var inside []string // where it may be, the likeliest first
	prefixes := []string{mod.Path}
	if file := m.modFile(mod); file != nil && file.Module != nil {
		prefixes = append(prefixes, file.Module.Mod.Path)
	}
	for _, p := range prefixes {
		if within(p, path) {
			inside = append(inside, strings.TrimPrefix(strings.TrimPrefix(path, p), "/"))
		}
	}
	if inside == nil {
		for rest := path; rest != ""; {
			_, rest, _ = strings.Cut(rest, "/")
			inside = append(inside, rest)
		}
	}
	for _, in := range inside {
		d := top
		if in != "" {
			d += "/" + in
		}
		if names, err := m.o.Build.Files(m.root.FS(), d); err == nil {
			return unit{mod: mod, fsys: m.root.FS(), names: names}, nil
		}
	}
	return unit{}, fmt.Errorf("source of %s in %s: %w", path, mod, fs.ErrNotExist)
}

// modFile returns the go.mod of a version of a module; nil = there is none that can be read.
func (m *Modules) modFile(mod module.Version) *modfile.File {
	if file, ok := m.mods[mod]; ok {
		return file
	}
	var file *modfile.File
	if d, err := typecache.ModulePath(mod); err == nil {
		if data, err := fs.ReadFile(m.root.FS(), d+"/go.mod"); err == nil {
			file, _ = modfile.ParseLax("go.mod", data, nil)
		}
	}
	m.mods[mod] = file
	return file
}

// highest returns the highest version of a module that is there, or "".
func (m *Modules) highest(modPath string) string {
	escaped, err := module.EscapePath(modPath)
	if err != nil {
		return ""
	}
	entries, err := fs.ReadDir(m.root.FS(), path.Dir(escaped))
	if err != nil {
		return ""
	}
	best := ""
	for _, e := range entries {
		name, version, ok := strings.Cut(e.Name(), "@")
		if !ok || name != path.Base(escaped) || !e.IsDir() {
			continue
		}
		if v, err := module.UnescapeVersion(version); err == nil && semver.Compare(v, best) > 0 {
			best = v
		}
	}
	return best
}
