package load

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// maxProblems is how many problems of one kind are told of a package.
const maxProblems = 100

// judge fills in what is wrong with a package.
func (p *Package) judge(imp *importer, g *group, problems []Problem) {
	problems = append(problems, imp.problems...)
	transitive := imp.transitive()
	if !imp.external && slices.ContainsFunc(imp.deps, func(e *entry) bool { return e.reaches(p.Dir, map[*entry]bool{}) }) {
		problems = append(problems, Problem{Kind: Types, Path: p.PkgPath, Detail: errCycle.Error()})
	}
	if len(p.Cgo) > 0 {
		problems = append(problems, missingC())
	}
	incomplete := len(g.errors) > 0 || slices.ContainsFunc(problems, func(q Problem) bool { return q.Kind != Types })
	if len(p.TypeErrors) > 0 || invalid(p.TypesInfo) {
		incomplete = true
		problems = append(problems, transitive...)
	}
	possible := slices.ContainsFunc(problems, func(q Problem) bool { return q.Kind != Types })
	holes := &holes{pkg: p, missing: imp.missing, possible: possible, seen: map[types.Type]bool{}}
	for _, e := range p.TypeErrors {
		if strings.HasPrefix(e.Msg, "\t") || holes.explain(e) { // a tab goes on with the error before
			continue
		}
		pos := p.Fset.PositionFor(e.Pos, false)
		name := strings.TrimPrefix(pos.Filename, NamePrefix)
		problems = append(problems, Problem{Kind: Types, Path: cmp.Or(name, p.Dir), Line: pos.Line, Detail: oneLine(e.Msg)})
	}
	p.Problems = inOrder(append(problems, imp.scope.r.problems...))
	p.IllTyped = incomplete
	p.Errors = p.errorList(imp, g)
}

// errorList returns the errors as packages.Load has them: the parser's, then those of go/types, here after what is missing.
func (p *Package) errorList(imp *importer, g *group) []packages.Error {
	var list []packages.Error
	add := func(kind packages.ErrorKind, pos token.Position, msg string) {
		if len(list) < maxErrors {
			where := "-"
			if pos.IsValid() {
				where = strings.TrimPrefix(pos.String(), NamePrefix)
			}
			list = append(list, packages.Error{Pos: where, Msg: strings.ReplaceAll(msg, NamePrefix, ""), Kind: kind})
		}
	}
	for _, e := range g.errors {
		e.Pos.Filename = strings.TrimPrefix(e.Pos.Filename, NamePrefix)
		add(packages.ParseError, e.Pos, e.Msg)
	}
	importsOf(p.Syntax, func(spec *ast.ImportSpec, importPath, _ string) {
		pos := p.Fset.PositionFor(spec.Path.Pos(), false)
		switch {
		case importPath == "C":
			add(packages.TypeError, pos, `import "C" ignored`)
		case slices.Contains(imp.missing, importPath):
			add(packages.TypeError, pos, fmt.Sprintf("could not import %s (%v)", importPath, errStandIn))
		}
	})
	for _, e := range p.TypeErrors {
		add(packages.TypeError, p.Fset.PositionFor(e.Pos, false), e.Msg)
	}
	for _, q := range p.Problems {
		if q.Kind == Limit || q.Kind == Unread {
			add(packages.UnknownError, token.Position{Filename: q.Path, Line: q.Line}, q.Detail)
		}
	}
	return list
}

// inOrder sorts problems, takes out what is there twice, and cuts what is of one kind to a length.
func inOrder(problems []Problem) []Problem {
	slices.SortFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Detail, b.Detail),
			cmp.Compare(a.Module.Path, b.Module.Path), cmp.Compare(a.Module.Version, b.Module.Version))
	})
	problems = slices.Compact(problems)
	count := map[ProblemKind]int{}
	var kept []Problem
	for _, q := range problems {
		if count[q.Kind]++; count[q.Kind] <= maxProblems {
			kept = append(kept, q)
		}
	}
	for i := range kept {
		last := i+1 == len(kept) || kept[i+1].Kind != kept[i].Kind
		if more := count[kept[i].Kind] - maxProblems; last && more > 0 {
			kept[i].Detail = fmt.Sprintf("%s (and %d more)", kept[i].Detail, more)
		}
	}
	return kept
}

// invalid reports whether a package declares or uses something whose type is not known.
func invalid(info *types.Info) bool {
	for _, objects := range []map[*ast.Ident]types.Object{info.Defs, info.Uses} {
		for _, obj := range objects {
			switch obj.(type) { // others, such as packages, never have a type
			case *types.Var, *types.Const, *types.Func, *types.TypeName:
				if unknownType(obj.Type(), 4) {
					return true
				}
			}
		}
	}
	return false
}

// unknownType reports whether a type is not known, or has one that is not in its first levels. It does not look into what has a name.
func unknownType(t types.Type, levels int) bool {
	if levels == 0 {
		return false
	}
	switch t := t.(type) {
	case *types.Basic:
		return t.Kind() == types.Invalid
	case *types.Pointer:
		return unknownType(t.Elem(), levels-1)
	case *types.Slice:
		return unknownType(t.Elem(), levels-1)
	case *types.Array:
		return unknownType(t.Elem(), levels-1)
	case *types.Chan:
		return unknownType(t.Elem(), levels-1)
	case *types.Map:
		return unknownType(t.Key(), levels-1) || unknownType(t.Elem(), levels-1)
	case *types.Tuple:
		for v := range t.Variables() {
			if unknownType(v.Type(), levels-1) {
				return true
			}
		}
	case *types.Signature:
		return unknownType(t.Params(), levels) || unknownType(t.Results(), levels)
	}
	return false
}

// holes decide which errors of go/types a missing package explains. An error is explained if something of the statement or declaration
// around it has no type, or a type in which one is not known; if it is about an unqualified name and a package that is missing is imported
// with a dot; if it is about what stands before a dot, where the name of a missing package had to be guessed; or if it is about what is not used
// and the file has the name where go/types did not look. The others are the code's own.
type holes struct {
	pkg      *Package
	missing  []string // import paths
	possible bool
	seen     map[types.Type]bool // with a hole or not
	left     int                 // types to look at for one error
}

func (h *holes) explain(e types.Error) bool {
	if !h.possible || !e.Pos.IsValid() {
		return false
	}
	i := slices.IndexFunc(h.pkg.Syntax, func(f *ast.File) bool { return f.FileStart <= e.Pos && e.Pos <= f.FileEnd })
	if i < 0 {
		return false
	}
	f := h.pkg.Syntax[i]
	around := enclosing(f, e.Pos)
	if around == nil {
		return false
	}
	if name, ok := strings.CutPrefix(e.Msg, "undefined: "); ok && token.IsIdentifier(name) {
		return h.undeclared(f, name)
	}
	if name, ok := strings.CutPrefix(e.Msg, "declared and not used: "); ok {
		return h.unseen(f, func(id *ast.Ident) bool { return id.Name == name })
	}
	if strings.HasSuffix(e.Msg, "imported and not used") {
		return h.unusedImport(f, e.Pos)
	}
	h.left = 10_000
	found := false
	ast.Inspect(around, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			return around == ast.Node(n)
		case ast.Expr:
			found = found || h.unknown(n, e.Pos)
		}
		return !found
	})
	return found
}

// undeclared reports whether a missing package could declare a name, or have it.
func (h *holes) undeclared(f *ast.File, name string) bool {
	could := false
	importsOf([]*ast.File{f}, func(_ *ast.ImportSpec, p, local string) {
		if slices.Contains(h.missing, p) {
			could = could || local == "." || local == "" && qualifiers(f, true)[name]
		}
	})
	return could
}

// unseen reports whether a file has a name that go/types did not look at: it does not look at all of an expression of which a part has no
// type.
func (h *holes) unseen(f *ast.File, is func(*ast.Ident) bool) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && is(id) && h.pkg.TypesInfo.Uses[id] == nil && h.pkg.TypesInfo.Defs[id] == nil {
			found = true
		}
		return !found
	})
	return found
}

// unusedImport reports whether an import that is not used is used where go/types did not look.
func (h *holes) unusedImport(f *ast.File, pos token.Pos) bool {
	for _, spec := range f.Imports {
		if spec.Pos() <= pos && pos <= spec.End() {
			obj := h.pkg.TypesInfo.Implicits[spec]
			if spec.Name != nil {
				obj = h.pkg.TypesInfo.Defs[spec.Name]
			}
			return obj != nil && h.unseen(f, func(id *ast.Ident) bool { return id.Name == obj.Name() })
		}
	}
	return false
}

// unknown reports whether an expression has no type of its own, or a hole in it.
func (h *holes) unknown(x ast.Expr, at token.Pos) bool {
	info := h.pkg.TypesInfo
	if id, ok := x.(*ast.Ident); ok {
		obj := info.ObjectOf(id)
		switch obj := obj.(type) {
		case nil:
			return false // undeclared, or the name of a field or method that is not there
		case *types.PkgName:
			return !obj.Imported().Complete() && len(obj.Imported().Scope().Names()) == 0
		}
		return h.hole(obj.Type())
	}
	if tv, ok := info.Types[x]; ok {
		return h.hole(tv.Type)
	}
	return false
}

func (h *holes) hole(t types.Type) bool {
	if has, ok := h.seen[t]; ok || t == nil || h.left == 0 {
		return has
	}
	h.left--
	h.seen[t] = false
	has := h.within(t)
	h.seen[t] = has
	return has
}

func (h *holes) within(t types.Type) bool {
	switch t := t.(type) {
	case *types.Basic:
		return t.Kind() == types.Invalid
	case *types.Alias:
		return h.hole(types.Unalias(t))
	case *types.Named:
		for m := range t.Methods() {
			if h.hole(m.Type()) {
				return true
			}
		}
		return h.hole(t.Underlying())
	case *types.Struct:
		for f := range t.Fields() {
			if h.hole(f.Type()) {
				return true
			}
		}
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			if h.hole(m.Type()) {
				return true
			}
		}
		for e := range t.EmbeddedTypes() {
			if h.hole(e) {
				return true
			}
		}
	case *types.Tuple:
		for v := range t.Variables() {
			if h.hole(v.Type()) {
				return true
			}
		}
	case *types.Signature:
		return h.hole(t.Params()) || h.hole(t.Results())
	case *types.Map:
		return h.hole(t.Key()) || h.hole(t.Elem())
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
		return h.hole(t.Elem())
	}
	return false
}

// enclosing returns the innermost statement, specification or declaration around a position.
func enclosing(f *ast.File, pos token.Pos) ast.Node {
	var found ast.Node
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil || pos < n.Pos() || n.End() < pos {
			return false
		}
		switch n.(type) {
		case ast.Stmt, ast.Spec, ast.Decl:
			found = n
		}
		return true
	})
	return found
}
