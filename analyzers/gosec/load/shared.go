package load

import (
	"fmt"
	"go/token"
	"go/types"
)

// Shared are the types of other modules and of the standard library that Loaders have read, for those that come after them: two versions of a
// tree import much the same. All of the Loaders must have the same Modules, and work one after the other.
type Shared struct {
	fset  *token.FileSet
	roots []*meant // the one used last at the end
}

// NewShared returns one without any types.
func NewShared() *Shared { return &Shared{fset: token.NewFileSet()} }

// meant are types, with what import paths mean where they are used.
type meant struct {
	meaning string
	imports map[string]*types.Package
}

// imports returns the types of packages where import paths have a meaning.
func (s *Shared) imports(meaning string) map[string]*types.Package {
	for i, m := range s.roots {
		if m.meaning == meaning {
			s.roots = append(append(s.roots[:i:i], s.roots[i+1:]...), m)
			return m.imports
		}
	}
	if len(s.roots) == maxRoots {
		s.roots = s.roots[1:]
	}
	m := &meant{meaning, map[string]*types.Package{}}
	s.roots = append(s.roots, m)
	return m.imports
}

// meaning tells apart roots in which an import path could mean different types.
func (r *root) meaning() string {
	mains := map[string]string{}
	for path, m := range r.mains {
		mains[path] = m.dir
	}
	c := &r.l.cfg
	return fmt.Sprintf("%q", []any{r.key, mains, r.vendor, r.versions, r.requires, r.replaces, c.GOOS, c.GOARCH, c.Tags, c.Cgo})
}
