package bounds

import (
	"fmt"
	"go/ast"
)

// go/types goes through the declarations of a package from one to the next that it names, one inside the other, with some 1 KB of stack for
// each level of syntax: 1,000,000 levels end the process. Of types that contain others by value it visits each path, and compares what it
// meets with all of the path, which makes its time cubic for a chain and exponential for "type T2 struct{ a, b T1 }". What stands for
// something else by "=" it takes apart wherever it compares types.
const (
	maxLevels = 250_000 // of all declarations of a package; the largest packages known have 92,000
	maxVisits = 2e7     // of types in paths, times the length of these; some 20 ns each
	maxChain  = 2_000   // types that contain each other
	maxSize   = 1e6     // of what an alias stands for, in nodes of syntax
)

// A Cost is what it takes to go through a declared type.
type Cost struct {
	paths float64 // to what it contains by value
	chain float64 // length of the longest of them
	size  float64 // of what it stands for, if it is an alias; else 1
}

// leaf returns the cost of a type that contains nothing.
func leaf() Cost { return Cost{1, 1, 1} }

func (c Cost) plus(d Cost) Cost { return Cost{c.paths + d.paths, max(c.chain, d.chain), 1} }

// A measure goes through the types that a package declares.
type measure struct {
	specs    map[string]declared
	known    map[*ast.TypeSpec]Cost
	local    map[string]declared // of the function that is looked at
	active   map[*ast.TypeSpec]bool
	imported func(f *ast.File, qualifier, name string) (Cost, bool)
}

type declared struct {
	file *ast.File
	spec *ast.TypeSpec
}

// Measure looks at the declarations of a package, whose source has the given number of bytes. It says why go/types must not be given it, or
// "", and what its types cost in packages that import it, where that is much. imported does so for a type of an imported package; the
// qualifier is "." for a name without one that the package does not declare.
func Measure(files []*ast.File, bytes int, imported func(f *ast.File, qualifier, name string) (Cost, bool)) (string, map[string]Cost) {
	m := &measure{specs: map[string]declared{}, known: map[*ast.TypeSpec]Cost{}, local: map[string]declared{},
		active: map[*ast.TypeSpec]bool{}, imported: imported}
	for _, f := range files {
		for _, d := range f.Decls {
			if d, ok := d.(*ast.GenDecl); ok {
				for _, spec := range d.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok {
						m.specs[spec.Name.Name] = declared{f, spec}
					}
				}
			}
		}
	}
	if name := endless(files); name != "" {
		return name, nil
	}
	visits := 0.0
	for _, f := range files {
		for _, d := range f.Decls {
			clear(m.local)
			wrong := ""
			ast.Inspect(d, func(n ast.Node) bool {
				if spec, ok := n.(*ast.TypeSpec); ok && wrong == "" {
					c := m.named(declared{f, spec})
					if m.specs[spec.Name.Name].spec != spec {
						m.inFunction(declared{f, spec}, c)
					}
					if visits += c.paths * c.chain; visits > maxVisits || c.size > maxSize || c.chain > maxChain {
						wrong = fmt.Sprintf("the type %.100s is made of too many others", spec.Name.Name)
					}
				}
				return wrong == ""
			})
			if wrong != "" {
				return wrong, nil
			}
		}
	}
	if bytes > maxLevels { // a level is a byte at least
		if levels := levelsOf(files); levels > maxLevels {
			return fmt.Sprintf("its declarations have %d levels of syntax, more than %d", levels, maxLevels), nil
		}
	}
	costs := map[string]Cost{}
	for name, d := range m.specs {
		if c := m.known[d.spec]; c.paths*c.chain > 100 || c.size > 100 {
			costs[name] = c
		}
	}
	return "", costs
}

// levelsOf adds up how deep each declaration is nested, without the bodies of functions.
func levelsOf(files []*ast.File) int {
	total := 0
	for _, f := range files {
		for _, d := range f.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok {
				total += depthOf(d)
				continue
			}
			for _, spec := range decl.Specs {
				total += depthOf(spec)
			}
		}
	}
	return total
}

func depthOf(n ast.Node) int {
	depth, deepest := 0, 0
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			depth--
			return false
		}
		if _, body := n.(*ast.BlockStmt); body {
			return false
		}
		depth++
		deepest = max(deepest, depth)
		return true
	})
	return deepest
}

// named returns the cost of a declared type.
func (m *measure) named(d declared) Cost {
	if c, ok := m.known[d.spec]; ok {
		return c
	}
	if m.active[d.spec] { // it contains itself, which go/types says without going on
		return leaf()
	}
	if len(m.active) > maxChain {
		return Cost{maxVisits, maxChain, 2 * maxSize}
	}
	m.active[d.spec] = true
	c := m.value(d.file, d.spec.Type)
	c.paths, c.chain, c.size = c.paths+1, c.chain+1, 1
	if d.spec.Assign.IsValid() {
		c.size = m.size(d.file, d.spec.Type)
	}
	delete(m.active, d.spec)
	m.known[d.spec] = c
	return c
}

// inFunction notes a type of a function. Which of two with a name another one means is a question of blocks: it is taken for the costlier.
func (m *measure) inFunction(d declared, c Cost) {
	name := d.spec.Name.Name
	if old, ok := m.local[name]; !ok || !m.named(old).exceeds(c) {
		if outer, ok := m.specs[name]; !ok || !m.named(outer).exceeds(c) {
			m.local[name] = d
		}
	}
}

func (c Cost) exceeds(d Cost) bool { return c.paths*c.chain > d.paths*d.chain || c.size > d.size }

// lookup returns the cost of what a name stands for.
func (m *measure) lookup(f *ast.File, name string) Cost {
	if d, ok := m.local[name]; ok {
		return m.named(d)
	}
	if d, ok := m.specs[name]; ok {
		return m.named(d)
	}
	return m.other(f, ".", name)
}

func (m *measure) other(f *ast.File, qualifier, name string) Cost {
	if c, ok := m.imported(f, qualifier, name); ok {
		return c
	}
	return leaf()
}

// value returns what it takes to go through what a type contains by value.
func (m *measure) value(f *ast.File, e ast.Expr) Cost {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return m.value(f, e.X)
	case *ast.Ident:
		return m.lookup(f, e.Name)
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return m.other(f, x.Name, e.Sel.Name)
		}
	case *ast.ArrayType:
		if e.Len != nil {
			return m.value(f, e.Elt)
		}
	case *ast.StructType:
		return m.fields(f, e.Fields)
	case *ast.InterfaceType:
		return m.fields(f, e.Methods)
	case *ast.UnaryExpr: // ~T
		return m.value(f, e.X)
	case *ast.BinaryExpr: // A | B
		return m.value(f, e.X).plus(m.value(f, e.Y))
	case *ast.IndexExpr:
		return m.instance(f, e.X, e.Index)
	case *ast.IndexListExpr:
		return m.instance(f, e.X, e.Indices...)
	}
	return leaf()
}

func (m *measure) fields(f *ast.File, list *ast.FieldList) Cost {
	total := Cost{0, 0, 1}
	for _, field := range list.List {
		c := m.value(f, field.Type)
		c.paths *= float64(max(1, len(field.Names)))
		total = total.plus(c)
	}
	return total
}

// instance returns the cost of a generic type: each of its fields may be of the type of an argument.
func (m *measure) instance(f *ast.File, generic ast.Expr, args ...ast.Expr) Cost {
	c, a := m.value(f, generic), leaf()
	for _, arg := range args {
		a = a.plus(m.value(f, arg))
	}
	return Cost{c.paths * a.paths, c.chain + a.chain, 1}
}

// size returns how many nodes of syntax a type has, with what aliases in it stand for.
func (m *measure) size(f *ast.File, e ast.Expr) float64 {
	total := 0.0
	ast.Inspect(e, func(n ast.Node) bool {
		if n != nil {
			total++
		}
		switch n := n.(type) {
		case *ast.IndexExpr:
			total += m.aliased(f, n.X) * (m.size(f, n.Index) + 1)
			return false
		case *ast.IndexListExpr:
			args := 1.0
			for _, arg := range n.Indices {
				args += m.size(f, arg)
			}
			total += m.aliased(f, n.X) * args
			return false
		case *ast.Ident, *ast.SelectorExpr:
			total += m.aliased(f, n.(ast.Expr)) - 1
			return false
		}
		return true
	})
	return total
}

// aliased returns the size of what a name stands for: 1 unless it is an alias, as what is defined is compared by name.
func (m *measure) aliased(f *ast.File, e ast.Expr) float64 {
	switch e := e.(type) {
	case *ast.Ident:
		d, ok := m.local[e.Name]
		if !ok {
			d, ok = m.specs[e.Name]
		}
		switch {
		case !ok:
			return m.other(f, ".", e.Name).size
		case d.spec.Assign.IsValid():
			return m.named(d).size
		}
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return m.other(f, x.Name, e.Sel.Name).size
		}
	}
	return 1
}
