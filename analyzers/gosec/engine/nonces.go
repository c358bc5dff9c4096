package engine

import (
	"slices"

	"github.com/securego/gosec/v2/analyzers"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"
)

// endless reports whether G407 would go round in circles: from what is given to a function of crypto/cipher it goes back to variables, and
// from a variable to what was stored in it first, also where that was "v = v[1:]".
func endless(form *buildssa.SSA, ciphers []*ssa.Function) bool {
	callers := map[string][]*ssa.Call{}
	analyzers.BuildCallerMap(slices.DeleteFunc(slices.Clone(form.SrcFuncs), func(f *ssa.Function) bool { return f == nil }), callers)
	var queue []ssa.Value
	for _, f := range ciphers {
		for _, b := range f.Blocks {
			for _, i := range b.Instrs {
				if call, ok := i.(*ssa.Call); ok {
					queue = append(queue, call.Call.Args...)
				}
			}
		}
	}
	seen := map[ssa.Value]bool{}
	for len(queue) > 0 {
		v := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if seen[v] {
			continue
		}
		seen[v] = true
		if setFromItself(v) {
			return true
		}
		switch v := v.(type) {
		case *ssa.UnOp:
			queue = append(queue, v.X)
		case *ssa.Slice:
			queue = append(queue, v.X)
		case *ssa.Convert:
			queue = append(queue, v.X)
		case *ssa.Alloc:
			for _, i := range *v.Referrers() {
				if store, ok := i.(*ssa.Store); ok && store.Addr == v {
					queue = append(queue, store.Val)
				}
			}
		case *ssa.Parameter:
			at := slices.Index(v.Parent().Params, v)
			for _, call := range callers[v.Parent().String()] {
				if at >= 0 && at < len(call.Call.Args) {
					queue = append(queue, call.Call.Args[at])
				}
			}
		}
	}
	return false
}

// setFromItself reports whether a value leads to a variable that leads back to itself, as G407 follows it.
func setFromItself(v ssa.Value) bool {
	seen := map[ssa.Value]bool{}
	for {
		switch x := v.(type) {
		case *ssa.UnOp:
			v = x.X
		case *ssa.Slice:
			v = x.X
		case *ssa.Convert:
			v = x.X
		case *ssa.IndexAddr:
			v = x.X
		case *ssa.Alloc:
			if seen[v] {
				return true
			}
			seen[v] = true
			i := slices.IndexFunc(*x.Referrers(), func(i ssa.Instruction) bool {
				store, ok := i.(*ssa.Store)
				return ok && store.Addr == x
			})
			if i < 0 {
				return false
			}
			v = (*x.Referrers())[i].(*ssa.Store).Val
		default:
			return false
		}
	}
}
