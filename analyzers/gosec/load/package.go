package load

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/mod/module"
	"golang.org/x/tools/go/packages"
)

// A Package is one package of a tree, parsed and type-checked as far as that is possible.
//
// IllTyped says that go/types left something without a type: for an error, for a missing import, for a file that is not there. TypeErrors
// has the errors of go/types alone, Errors also what does not parse and what is missing; in both, lists end at 1,000.
//
// Every name of a file in Fset begins with NamePrefix, so that nothing can open it: what reads a source by its name would read a file of
// the host that a pushed name has chosen.
type Package struct {
	// Package has what gosec needs: Name, PkgPath, Fset, Syntax (with comments and resolved objects), Types, TypesInfo, TypesSizes.
	*packages.Package

	Dir      string            // slash-separated, in the tree; "." = its root
	Sources  map[string][]byte // by name in Fset; as they are in the tree
	Cgo      []string          // names in Fset of the files that import "C", whose types are not known
	Problems []Problem         // why an analysis of the package is not complete; in a fixed order

	// Check type-checks other files in the package's place: with the same imports, and the same rules. That a package is missing is no
	// error of theirs, nor is the use of what it would declare. It may not be called at the same time as anything else of the Loader.
	Check func(files []*ast.File) (*types.Package, *types.Info, []types.Error)
}

// NamePrefix begins the name of every file in a Package's Fset. os.Open refuses such a name before any system call.
const NamePrefix = "\x00"

// A Problem is one reason why the analysis of a package cannot be complete.
type Problem struct {
	Kind   ProblemKind
	Path   string         // of a file in the tree, or the import path of a package
	Line   int            // 1-based; 0 = not in a line
	Module module.Version // of Missing: what the tree says that the package belongs to; may be zero
	Detail string         // one line
}

// A ProblemKind is a kind of Problem.
type ProblemKind string

// The kinds of problems.
const (
	Syntax  ProblemKind = "syntax"  // a file does not parse
	Types   ProblemKind = "types"   // code does not type-check although all of its imports are known
	Missing ProblemKind = "missing" // an imported package of which no types are known
	Limit   ProblemKind = "limit"   // something is larger than is read
	Name    ProblemKind = "name"    // a file whose name cannot be looked at
	Unread  ProblemKind = "unread"  // a file that cannot be read, such as a symbolic link
)

// Modules knows the types of packages of other modules.
type Modules interface {
	// Package returns the types of the package with the given import path in a version of a module, and puts them and those that
	// they refer to into imports, as gcexportdata.Read does. It returns an error that is fs.ErrNotExist when it does not know them.
	Package(fset *token.FileSet, imports map[string]*types.Package, mod module.Version, path string) (*types.Package, error)
}
