package modtypes

import (
	"cmp"
	"fmt"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/refward/refward/analyzers/gosec/sourcetypes"
	"github.com/refward/refward/analyzers/gosec/stdtypes"
	"github.com/refward/refward/analyzers/gosec/typecache"
)

// Needs finds out which packages of other modules the programs of a tree import, without the go command.
type Needs struct {
	Build sourcetypes.Build
	Tests bool // also what tests import

	mods     map[string]*modfile.File   // by directory
	vendored map[string]bool            // directories of modules with their own copies of what they import
	imports  map[string]map[string]bool // import paths by the directory of the file
}

// Wants reports whether Add looks at a file with a path, slash-separated, in the tree.
func (n *Needs) Wants(name string) bool {
	for dir := range strings.SplitSeq(path.Dir(name), "/") {
		if dir == "testdata" || dir == "node_modules" || dir != "." && strings.HasPrefix(dir, ".") || strings.HasPrefix(dir, "_") {
			return false
		}
	}
	inVendor := strings.HasPrefix(name, "vendor/") || strings.Contains(name, "/vendor/")
	switch base := path.Base(name); {
	case base == "modules.txt":
		return path.Base(path.Dir(name)) == "vendor"
	case inVendor:
		return false
	case base == "go.mod":
		return true
	default:
		return strings.HasSuffix(base, ".go") && (n.Tests || !strings.HasSuffix(base, "_test.go"))
	}
}

// Add looks at a file. Go files that do not parse import nothing.
func (n *Needs) Add(name string, data []byte) error {
	if n.mods == nil {
		n.mods, n.vendored, n.imports = map[string]*modfile.File{}, map[string]bool{}, map[string]map[string]bool{}
	}
	dir := path.Dir(name)
	switch base := path.Base(name); {
	case base == "modules.txt":
		n.vendored[path.Dir(dir)] = true
	case base == "go.mod":
		file, err := modfile.Parse(name, data, nil)
		if err != nil {
			return fmt.Errorf("read go.mod: %w", err)
		}
		n.mods[dir] = file
	case n.Build.Match(name, data):
		file, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ImportsOnly)
		if file == nil || err != nil {
			return nil
		}
		if n.imports[dir] == nil {
			n.imports[dir] = map[string]bool{}
		}
		for _, s := range file.Imports {
			if p, err := strconv.Unquote(s.Path.Value); err == nil && p != "C" && !stdtypes.Has(p) {
				n.imports[dir][p] = true
			}
		}
	}
	return nil
}

// A Need is a version of a module that a program imports packages of.
type Need struct {
	File     string // the go.mod that says so
	Module   module.Version
	Packages []string // that are imported, in order
	Lacking  []string // of these, those without types; none = nothing is to be done
}

// List returns what is needed and what of it a cache has, by file and module.
func (n *Needs) List(cache *typecache.Cache) []Need {
	needs := map[[2]string]*Need{}
	for dir, paths := range n.imports {
		top, file := n.moduleOf(dir)
		if file == nil || n.vendored[top] {
			continue
		}
		for p := range paths {
			mod, ok := requirement(file, p)
			if !ok || n.own(p) {
				continue
			}
			key := [2]string{top, mod.String()}
			if needs[key] == nil {
				needs[key] = &Need{File: path.Join(top, "go.mod"), Module: mod}
			}
			if need := needs[key]; !slices.Contains(need.Packages, p) {
				need.Packages = append(need.Packages, p)
			}
		}
	}
	list := make([]Need, 0, len(needs))
	for _, need := range needs {
		there, _ := cache.Packages(need.Module) // nil when there is nothing, or nothing that can be used
		slices.Sort(need.Packages)
		for _, p := range need.Packages {
			if _, ok := there[p]; !ok {
				need.Lacking = append(need.Lacking, p)
			}
		}
		list = append(list, *need)
	}
	slices.SortFunc(list, func(a, b Need) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Module.Path, b.Module.Path), cmp.Compare(a.Module.Version, b.Module.Version))
	})
	return list
}

// moduleOf returns the directory and the go.mod of the module that a directory is in.
func (n *Needs) moduleOf(dir string) (string, *modfile.File) {
	for {
		if file := n.mods[dir]; file != nil || dir == "." {
			return dir, file
		}
		dir = path.Dir(dir)
	}
}

// own reports whether a package is of a module in the tree.
func (n *Needs) own(p string) bool {
	for _, file := range n.mods {
		if file.Module != nil && within(file.Module.Mod.Path, p) {
			return true
		}
	}
	return false
}

// requirement returns the version of a module that a go.mod has for a package; a module that is replaced by a directory has none.
func requirement(file *modfile.File, p string) (module.Version, bool) {
	var best module.Version
	for _, r := range file.Require {
		if within(r.Mod.Path, p) && len(r.Mod.Path) > len(best.Path) {
			best = r.Mod
		}
	}
	if best.Path == "" {
		return best, false
	}
	for _, r := range file.Replace {
		if r.Old.Path == best.Path && (r.Old.Version == "" || r.Old.Version == best.Version) {
			return r.New, r.New.Version != ""
		}
	}
	return best, true
}
