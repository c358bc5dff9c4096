package bounds

import (
	"fmt"
	"go/ast"
	"go/token"
)

// go/types does not come to an end with a generic type that is defined as itself, such as "type T[P any] T[P]", nor when it looks for a
// field in one that embeds itself with ever new arguments, such as "type T[P any] struct{ *T[*P] }". Neither is of use to anybody.

// A graph has what types are made of, by name: their own names are unique enough, and where two are taken for one, more is in a cycle.
type graph struct {
	edges   map[string][]edge
	generic map[string]bool
	names   []string // in the order of declaration
}

type edge struct {
	to     string
	inst   bool // of a generic type
	grows  bool // its arguments are made of something, not just named
	define bool // the type is defined as the other, not made of it
}

// endless returns a type with which go/types would not come to an end, or "".
func endless(files []*ast.File) string {
	g := &graph{edges: map[string][]edge{}, generic: map[string]bool{}}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				g.declare(spec)
			}
			return true
		})
	}
	if len(g.generic) == 0 {
		return ""
	}
	defined := g.components(func(e edge) bool { return e.define })
	made := g.components(func(edge) bool { return true })
	for _, name := range g.names {
		for _, e := range g.edges[name] {
			switch {
			case e.define && defined[name] == defined[e.to] && (e.inst || g.generic[name] || g.generic[e.to]):
				return fmt.Sprintf("the generic type %.100s is defined as itself", name)
			case e.grows && made[name] == made[e.to]:
				return fmt.Sprintf("the generic type %.100s embeds itself with other arguments", name)
			}
		}
	}
	return ""
}

func (g *graph) declare(spec *ast.TypeSpec) {
	name := spec.Name.Name
	if _, known := g.edges[name]; !known {
		g.names = append(g.names, name)
		g.edges[name] = nil
	}
	if spec.TypeParams != nil {
		g.generic[name] = true
	}
	g.add(name, spec.Type, true)
	switch t := ast.Unparen(spec.Type).(type) {
	case *ast.StructType:
		for _, f := range t.Fields.List {
			if len(f.Names) == 0 {
				g.add(name, f.Type, false)
			}
		}
	case *ast.InterfaceType:
		for _, f := range t.Methods.List {
			if len(f.Names) == 0 {
				g.add(name, f.Type, false)
			}
		}
	}
}

// add notes that a type is made of another, or of several in a union.
func (g *graph) add(name string, x ast.Expr, define bool) {
	e := edge{define: define}
	for {
		switch t := x.(type) {
		case *ast.ParenExpr:
			x = t.X
		case *ast.StarExpr:
			x, e.define = t.X, false
		case *ast.UnaryExpr:
			x, e.define = t.X, false
		case *ast.BinaryExpr:
			if t.Op == token.OR {
				g.add(name, t.X, false)
			}
			x, e.define = t.Y, false
		case *ast.IndexExpr:
			e.inst, e.grows = true, e.grows || !isName(t.Index)
			x = t.X
		case *ast.IndexListExpr:
			e.inst = true
			for _, arg := range t.Indices {
				e.grows = e.grows || !isName(arg)
			}
			x = t.X
		case *ast.Ident:
			e.to = t.Name
			g.edges[name] = append(g.edges[name], e)
			return
		default:
			return
		}
	}
}

func isName(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident, *ast.SelectorExpr:
		return true
	case *ast.ParenExpr:
		return isName(x.X)
	}
	return false
}

// components returns a number for each name that is the same for two names if and only if each leads to the other, by the edges that count;
// a name alone has one of its own, which only an edge to itself compares as equal.
func (g *graph) components(counts func(edge) bool) map[string]int {
	var (
		index     = map[string]int{} // when a name was come upon, from 1
		low       = map[string]int{}
		component = map[string]int{}
		pending   []string
	)
	type step struct {
		name string
		next int // edge
	}
	for _, start := range g.names {
		if index[start] != 0 {
			continue
		}
		path := []step{{name: start}}
		for len(path) > 0 {
			top := &path[len(path)-1]
			if index[top.name] == 0 {
				index[top.name] = len(index) + 1
				low[top.name] = index[top.name]
				pending = append(pending, top.name)
			}
			if edges := g.edges[top.name]; top.next < len(edges) {
				e := edges[top.next]
				top.next++
				if _, declared := g.edges[e.to]; !declared || !counts(e) {
					continue
				}
				switch {
				case index[e.to] == 0:
					path = append(path, step{name: e.to})
				case component[e.to] == 0:
					low[top.name] = min(low[top.name], index[e.to])
				}
				continue
			}
			name := top.name
			path = path[:len(path)-1]
			if len(path) > 0 {
				before := path[len(path)-1].name
				low[before] = min(low[before], low[name])
			}
			if low[name] != index[name] {
				continue
			}
			for {
				last := pending[len(pending)-1]
				pending = pending[:len(pending)-1]
				component[last] = index[name]
				if last == name {
					break
				}
			}
		}
	}
	return component
}
