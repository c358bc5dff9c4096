package load

import (
	"context"
	"errors"
	"fmt"
	"go/types"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/refward/refward/analyzers/gosec/stdtypes"
)

// A root is what decides what an import path means: a main module, a workspace, or a tree without modules. Each has types of its own, for
// one path can mean two versions in two of them.
type root struct {
	l        *Loader
	key      string
	mains    map[string]*mod           // by path
	dir      string                    // of go.mod or go.work
	vendor   string                    // directory; "" = none
	versions map[string]module.Version // what vendor/modules.txt says
	requires map[string]string
	replaces map[string][]replace // by old path
	problems []Problem

	imports map[string]*types.Package // what export data shares
	entries map[string]*entry         // packages of the tree, by directory
	missing map[string]*standIn
	chain   int // packages of the tree that are being loaded

	asked map[string]module.Version // answers of Loader.Version
}

// A standIn takes the place of a package of which no types are known.
type standIn struct {
	pkg *types.Package
	mod module.Version
	err error
}

// root returns the root that decides for packages in a directory of a module.
func (l *Loader) root(ctx context.Context, m *mod, dir string) (*root, error) {
	r := &root{l: l, key: "tree", dir: ".", mains: map[string]*mod{}, requires: map[string]string{}, replaces: map[string][]replace{},
		versions: map[string]module.Version{}, entries: map[string]*entry{}, missing: map[string]*standIn{}}
	var w *work
	if m != nil {
		var err error
		if w, err = l.workspace(ctx, m); err != nil {
			return nil, err
		}
		r.key, r.dir = "module "+m.dir, m.dir
		if w != nil {
			r.key, r.dir = "workspace "+w.dir, w.dir
		}
	}
	if i := slices.IndexFunc(l.roots, func(old *root) bool { return old.key == r.key }); i >= 0 {
		r = l.roots[i]
		l.roots = append(slices.Delete(l.roots, i, i+1), r)
		return r, nil
	}
	if err := r.fill(ctx, m, w); err != nil {
		return nil, err
	}
	r.imports = l.cfg.Shared.imports(r.meaning())
	if len(l.roots) == maxRoots {
		l.roots = slices.Delete(l.roots, 0, 1)
	}
	l.roots = append(l.roots, r)
	return r, nil
}

func (r *root) fill(ctx context.Context, m *mod, w *work) error {
	if m == nil {
		return nil
	}
	mods := map[string]*mod{m.dir: m}
	if w != nil {
		r.problems = append(r.problems, w.problems...)
		for _, dir := range w.uses {
			used, err := r.l.module(ctx, dir)
			if err != nil {
				return err
			}
			if used != nil && used.dir == dir {
				mods[dir] = used
			}
		}
		r.replace(w.replaces) // which come before those of the modules
	}
	for _, m := range byDir(mods) {
		r.problems = append(r.problems, m.problems...)
		if m.path != "" {
			r.mains[m.path] = m
		}
		for path, version := range m.requires {
			r.requires[path] = later(r.requires[path], version)
		}
		r.replace(m.replaces)
	}
	vendor := path.Join(r.dir, "vendor")
	if info, err := fs.Stat(r.l.cfg.Tree, vendor); err == nil && info.IsDir() {
		r.vendor, r.versions = vendor, r.l.vendored(ctx, vendor)
	}
	return nil
}

func (r *root) replace(replaces []replace) {
	for _, rep := range replaces {
		known := r.replaces[rep.old.Path]
		if !slices.ContainsFunc(known, func(k replace) bool { return k.old == rep.old }) {
			r.replaces[rep.old.Path] = append(known, rep)
		}
	}
}

// replacement returns what takes the place of a version of a module.
func (r *root) replacement(path, version string) (replace, bool) {
	for _, wanted := range []string{version, ""} {
		for _, rep := range r.replaces[path] {
			if rep.old.Version == wanted {
				return rep, true
			}
		}
	}
	return replace{}, false
}

// locate returns the directory in the tree of an imported package, or "" and the modules that may have it, the likeliest first.
func (r *root) locate(ctx context.Context, importPath, from string) (string, []module.Version, error) {
	if isRelative(importPath) {
		if dir := path.Join(from, importPath); r.l.hasGoFiles(dir) {
			return dir, nil, nil
		}
		return "", nil, nil
	}
	var found []module.Version
	for _, prefix := range prefixes(r.mains, importPath) {
		dir, err := r.within(ctx, r.mains[prefix].dir, importPath, prefix)
		if dir != "" || err != nil {
			return dir, nil, err
		}
		found = append(found, module.Version{Path: prefix})
	}
	if dir := path.Join(r.vendor, importPath); r.vendor != "" && r.l.hasGoFiles(dir) {
		return dir, nil, nil
	}
	if len(r.mains) == 0 {
		if dir := r.withoutModules(importPath, from); dir != "" {
			return dir, nil, nil
		}
	}
	required := map[string]bool{}
	for p := range r.requires {
		required[p] = true
	}
	for p := range r.replaces {
		required[p] = true
	}
	var versions []module.Version
	for _, prefix := range prefixes(required, importPath) {
		version := r.requires[prefix]
		rep, replaced := r.replacement(prefix, version)
		switch {
		case replaced && rep.new.Version != "":
			versions = append(versions, rep.new)
		case replaced && !path.IsAbs(rep.new.Path):
			dir, err := r.within(ctx, path.Join(rep.dir, rep.new.Path), importPath, prefix)
			if dir != "" || err != nil {
				return dir, nil, err
			}
			versions = append(versions, module.Version{Path: prefix})
		case version != "":
			versions = append(versions, module.Version{Path: prefix, Version: version})
		}
	}
	for _, prefix := range prefixes(r.versions, importPath) {
		if v := r.versions[prefix]; !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	return "", append(versions, found...), nil
}

// within returns the directory of a package in a module that begins at dir, or "".
func (r *root) within(ctx context.Context, dir, importPath, modulePath string) (string, error) {
	pkg := path.Join(dir, strings.TrimPrefix(importPath, modulePath))
	if !fs.ValidPath(dir) || !r.l.hasGoFiles(pkg) {
		return "", nil
	}
	m, err := r.l.module(ctx, pkg)
	switch {
	case err != nil:
		return "", err
	case m == nil || m.dir == dir, len(m.dir) < len(dir): // a directory that replaces a module need not have a go.mod
		return pkg, nil
	}
	return "", nil // another module's
}

// withoutModules looks for a package as the go command does in GOPATH mode, with the tree or its src for a workspace.
func (r *root) withoutModules(importPath, from string) string {
	for dir := from; ; dir = path.Dir(dir) {
		if vendored := path.Join(dir, "vendor", importPath); r.l.hasGoFiles(vendored) {
			return vendored
		}
		if dir == "." {
			break
		}
	}
	for _, dir := range []string{importPath, path.Join("src", importPath)} {
		if r.l.hasGoFiles(dir) {
			return dir
		}
	}
	return ""
}

// pathOf returns the import path of a directory.
func (r *root) pathOf(ctx context.Context, dir string) string {
	if _, vendored, ok := cutLast("/"+dir, "/vendor/"); ok {
		return vendored
	}
	m, err := r.l.module(ctx, dir)
	switch {
	case err != nil || m == nil || m.path == "":
		if dir == "." {
			return "command-line-arguments"
		}
		return strings.TrimPrefix(dir, "src/")
	case m.dir == ".":
		return path.Join(m.path, dir)
	}
	return path.Join(m.path, strings.TrimPrefix(dir, m.dir))
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// known returns the types of a package that is not in the tree. The error is fs.ErrNotExist when nobody knows them.
func (r *root) known(importPath string, mods []module.Version) (pkg *types.Package, err error) {
	defer func() { // of what other people wrote
		if p := recover(); p != nil {
			pkg, err = nil, fmt.Errorf("types of %s: %v", importPath, p)
		}
	}()
	for _, mod := range mods {
		if mod.Version == "" { // in the tree, or not to be had
			continue
		}
		for _, known := range r.l.cfg.Modules {
			pkg, err := known.Package(r.l.fset, r.imports, mod, importPath)
			switch {
			case err == nil && pkg != nil:
				return pkg, nil
			case err != nil && !errors.Is(err, fs.ErrNotExist):
				return nil, err
			}
		}
	}
	return nil, fs.ErrNotExist
}

// standard returns the types of a package of the standard library; nil if it is none.
func (r *root) standard(importPath string) (*types.Package, error) {
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	if !stdtypes.Has(importPath) {
		return nil, nil
	}
	return stdtypes.Import(r.l.fset, r.imports, importPath)
}
