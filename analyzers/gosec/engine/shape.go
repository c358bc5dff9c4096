package engine

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/securego/gosec/v2"
	"github.com/securego/gosec/v2/issue"
)

// maxDepth is how deep syntax may be nested. Each level costs stack in everything that walks the syntax, and some rules walk from each level
// down.
const maxDepth = 10_000

// tooDeep reports whether a file is nested deeper than maxDepth.
func tooDeep(f *ast.File) bool {
	depth, deep := 0, false
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			depth--
			return false
		}
		if depth >= maxDepth {
			deep = true
		}
		if deep {
			return false // nothing is walked any more
		}
		depth++
		return true
	})
	return deep
}

// ruleLimits are the rules that a package has to do without.
type ruleLimits struct {
	without map[string]string   // why, by id
	endless map[types.Type]bool // what has been found out about types
}

func (a *Analysis) ruleLimits() *ruleLimits {
	l := &ruleLimits{without: map[string]string{}, endless: map[types.Type]bool{}}
	if why := costly(a.pkg.Syntax, a.pkg.TypesInfo); why != "" {
		for _, id := range resolvers {
			l.without[id] = why
		}
	}
	return l
}

// serializationID looks at the types of fields through pointers, slices and arrays, without an end for "type T []T".
const serializationID = "G117"

// A serialization is G117 for types that come to an end.
type serialization struct {
	gosec.Rule
	limits *ruleLimits
	c      *collector
}

// Match implements gosec.Rule.
func (s *serialization) Match(n ast.Node, ctx *gosec.Context) (*issue.Issue, error) {
	if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 && ctx.Info != nil {
		if t := ctx.Info.TypeOf(call.Args[0]); t != nil && s.limits.hasEndlessField(t) {
			s.c.reduce(s.ID(), fmt.Sprintf("%s did not look at a value with a field of a type that has itself for an element", s.ID()))
			return nil, nil
		}
	}
	return s.Rule.Match(n, ctx)
}

// hasEndlessField follows a type to the struct that the rule finds, and its fields to their ends.
func (l *ruleLimits) hasEndlessField(t types.Type) bool {
	if endless, ok := l.endless[t]; ok {
		return endless
	}
	l.endless[t] = false // what comes back to here has no field of its own
	endless := false
	switch u := t.(type) {
	case *types.Named:
		endless = l.hasEndlessField(u.Underlying())
	case *types.Pointer:
		endless = l.hasEndlessField(u.Elem())
	case *types.Slice:
		endless = l.hasEndlessField(u.Elem())
	case *types.Array:
		endless = l.hasEndlessField(u.Elem())
	case *types.Map:
		endless = l.hasEndlessField(u.Elem())
	case *types.Interface:
		for i := range u.NumEmbeddeds() {
			endless = endless || l.hasEndlessField(u.EmbeddedType(i))
		}
	case *types.Struct:
		for i := range u.NumFields() {
			endless = endless || u.Field(i).Exported() && isEndless(u.Field(i).Type())
		}
	}
	l.endless[t] = endless
	return endless
}

// maxElements is how many pointers, slices and arrays of each other a type may be.
const maxElements = 1_000

func isEndless(t types.Type) bool {
	for range maxElements {
		switch u := t.(type) {
		case *types.Named:
			t = u.Underlying()
		case *types.Pointer:
			t = u.Elem()
		case *types.Slice:
			t = u.Elem()
		case *types.Array:
			t = u.Elem()
		default:
			return false
		}
	}
	return true
}
