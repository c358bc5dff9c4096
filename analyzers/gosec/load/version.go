package load

import (
	"context"

	"golang.org/x/mod/module"
)

// Version returns the version of a module that an imported package belongs to, as the module of the package loaded last has it; of a replaced
// module the one that replaces it. It is false for packages of the standard library and of the tree, and where that is not known.
func (l *Loader) Version(importPath string) (module.Version, bool) {
	if len(l.roots) == 0 || isStandard(importPath) {
		return module.Version{}, false
	}
	r := l.roots[len(l.roots)-1]
	if v, ok := r.asked[importPath]; ok {
		return v, v.Version != ""
	}
	var found module.Version
	dir, mods, err := r.locate(context.Background(), importPath, ".")
	if dir == "" && err == nil {
		for _, m := range mods {
			if m.Version != "" {
				found = m
				break
			}
		}
	}
	if r.asked == nil {
		r.asked = map[string]module.Version{}
	}
	r.asked[importPath] = found
	return found, found.Version != ""
}
