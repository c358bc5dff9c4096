package engine

import (
	"fmt"
	"go/ast"
	"go/types"
)

// Some rules ask whether an expression is constant, and for that gosec looks into what a variable was declared with, and so on, without
// remembering what it has been through: "b := a + a; c := b + b; …" costs twice as much with each line, and "var a = b; var b = a", or a
// strings.Builder into which its own String() is written, which is valid Go, goes on until the stack is full, which ends the process.

// resolvers are the rules that ask.
var resolvers = []string{"G107", "G201", "G202", "G204", "G304"}

const (
	maxResolve = 1_000_000  // steps for one variable
	maxSteps   = 50_000_000 // steps if each variable of a package is asked for once wherever it stands
)

// A resolver counts the steps that gosec takes.
type resolver struct {
	info  *types.Info
	costs map[any]int // by *ast.Object, and by types.Object of a builder; -1 = being counted
	built map[types.Object][]ast.Expr
}

// costly says why a package's expressions cannot be asked about, or "".
func costly(files []*ast.File, info *types.Info) string {
	total := 0
	for _, f := range files {
		r := resolver{info, map[any]int{}, nil}
		for n := range ast.Preorder(f) {
			id, ok := n.(*ast.Ident)
			if call, isCall := n.(*ast.CallExpr); isCall {
				if b := r.builder(call); b != nil {
					total += r.writes(f, b)
				}
			}
			if !ok || id.Obj == nil || id.Obj.Kind != ast.Var {
				continue
			}
			cost := r.object(f, id.Obj)
			if cost > maxResolve {
				return fmt.Sprintf("to find out whether %s is constant costs more than %d steps", oneLine(id.Name), maxResolve)
			}
			if total += cost; total > maxSteps {
				return fmt.Sprintf("to find out which variables are constant costs more than %d steps", maxSteps)
			}
		}
		if total > maxSteps {
			return fmt.Sprintf("to find out which variables are constant costs more than %d steps", maxSteps)
		}
	}
	return ""
}

//lint:ignore SA1019 gosec goes by these objects
func (r *resolver) object(f *ast.File, o *ast.Object) int {
	n, ok := o.Decl.(ast.Node)
	if !ok {
		return 1
	}
	return r.once(o, func() int { return r.cost(f, n) })
}

// once counts something once. What comes back to itself has no end.
func (r *resolver) once(key any, count func() int) int {
	if cost, ok := r.costs[key]; ok {
		if cost < 0 {
			return maxSteps + 1
		}
		return cost
	}
	r.costs[key] = -1
	cost := count()
	r.costs[key] = cost
	return cost
}

func (r *resolver) cost(f *ast.File, n ast.Node) int {
	switch n := n.(type) {
	case *ast.CompositeLit:
		return r.sum(f, n.Elts)
	case *ast.Ident:
		if n.Obj != nil && n.Obj.Kind == ast.Var {
			return r.object(f, n.Obj)
		}
	case *ast.ValueSpec:
		return r.sum(f, n.Values)
	case *ast.AssignStmt:
		return r.sum(f, n.Rhs)
	case *ast.BinaryExpr:
		return r.sum(f, []ast.Expr{n.X, n.Y})
	case *ast.KeyValueExpr:
		return r.sum(f, []ast.Expr{n.Key, n.Value})
	case *ast.IndexExpr:
		return r.sum(f, []ast.Expr{n.X})
	case *ast.SliceExpr:
		return r.sum(f, []ast.Expr{n.X})
	case *ast.CallExpr:
		if b := r.builder(n); b != nil {
			return r.writes(f, b)
		}
	}
	return 1
}

func (r *resolver) sum(f *ast.File, exprs []ast.Expr) int {
	total := 1
	for _, e := range exprs {
		if total += r.cost(f, e); total > maxSteps {
			return maxSteps + 1
		}
	}
	return total
}

// builder returns the variable of a call of String() on a variable, if that could be a strings.Builder or a bytes.Buffer.
func (r *resolver) builder(call *ast.CallExpr) types.Object {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "String" || len(call.Args) != 0 {
		return nil
	}
	if id, ok := sel.X.(*ast.Ident); ok {
		return r.info.ObjectOf(id)
	}
	return nil
}

// writes counts what is asked about everything that a file writes to a builder.
func (r *resolver) writes(f *ast.File, b types.Object) int {
	if r.built == nil {
		r.built = map[types.Object][]ast.Expr{}
		for n := range ast.Preorder(f) {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				continue
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				continue
			}
			switch sel.Sel.Name {
			case "WriteString", "WriteByte", "WriteRune", "Write":
				if id, ok := sel.X.(*ast.Ident); ok {
					if o := r.info.ObjectOf(id); o != nil {
						r.built[o] = append(r.built[o], call.Args...)
					}
				}
			}
		}
	}
	return r.once(b, func() int { return r.sum(f, r.built[b]) })
}
