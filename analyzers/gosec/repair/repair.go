package repair

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers/gosec/load"
	"golang.org/x/tools/go/packages"
)

// Limits bound the work that is done for one package. A limit of zero is the default.
type Limits struct {
	Rounds int // type checks; default 14
	Steps  int // of guessing; default 4 million
	Bytes  int // of source; default 8 MiB
}

// A Report tells what has been done to a package.
type Report struct {
	Rounds   int      // type checks
	StandIns int      // packages, types, functions and variables that were declared
	Replaced int      // expressions, types and statements that gave way to something else
	Dropped  []string // functions that were left without a body
}

// ErrBeyondRepair says that a package cannot be mended, within the limits.
var ErrBeyondRepair = errors.New("beyond repair")

// Package returns a package with the code of p that has no type errors, other than that variables and imports are not used. It has one
// more file, which has no code. p is not altered, except that its Fset knows the file.
//
// The error is ErrBeyondRepair, or that of the context.
func Package(ctx context.Context, p *load.Package, lim Limits) (out *load.Package, r Report, err error) {
	defer func() {
		if e := recover(); e != nil {
			out, err = nil, fmt.Errorf("%w: %v", ErrBeyondRepair, e)
		}
	}()
	lim = lim.orDefault()
	size := 0
	for _, f := range p.Syntax {
		size += int(f.FileEnd - f.FileStart)
	}
	if size > lim.Bytes || len(p.Syntax) == 0 || p.TypesInfo == nil || p.Types == nil {
		return nil, r, ErrBeyondRepair
	}
	if Sound(p) {
		return p, r, nil
	}
	g := newGuess(p.Package, lim.Steps)
	g.walk()
	if err := ctx.Err(); err != nil {
		return nil, r, err
	}
	g.solve()
	g.declare()
	for _, s := range g.standins {
		r.StandIns += 1 + len(s.members)
	}
	m := &mender{g: g, src: newSource(g.Types), orig: map[ast.Expr]ast.Expr{}, tries: map[ast.Decl]int{}}
	for _, f := range p.Syntax {
		c := *f
		c.Decls = slices.Clone(f.Decls)
		m.files = append(m.files, &c)
	}
	m.info = newInfo() // it gets to know the copies
	m.literals()
	m.closeBlocks()
	for r.Rounds < lim.Rounds {
		if err := ctx.Err(); err != nil {
			return nil, r, err
		}
		r.Rounds++
		m.left = lim.Rounds - r.Rounds
		files, err := m.check()
		if err != nil {
			return nil, r, err
		}
		whole := m.active == nil
		if m.round() || m.refused {
			continue
		}
		if m.active = nil; !whole {
			continue
		}
		if len(m.errs) > 0 { // in no declaration
			return nil, r, fmt.Errorf("%w: %s", ErrBeyondRepair, m.errs[0].Msg)
		}
		for _, f := range m.files {
			if f.End() < f.Pos() { // a broken declaration at the end has no end; but the size of a file tells how many nodes it has
				f.Decls = append(f.Decls, &ast.GenDecl{TokPos: f.FileEnd, Tok: token.VAR, Lparen: f.FileEnd, Rparen: f.FileEnd})
			}
		}
		r.Replaced, r.Dropped = m.replaced, m.dropped
		q := *p
		q.Package = &packages.Package{}
		*q.Package = *p.Package
		q.Syntax, q.Types, q.TypesInfo, q.IllTyped, q.Errors, q.TypeErrors = files, m.pkg, m.info, false, nil, nil
		return &q, r, nil
	}
	return nil, r, ErrBeyondRepair
}

// Sound reports whether the SSA form of p can be built as it is. A package without type errors need not be sound: the types of what it
// imports can have parts that are not known.
func Sound(p *load.Package) bool {
	if p.IllTyped {
		return false
	}
	m := &mender{g: &guess{Package: p.Package}, pkg: p.Types, info: p.TypesInfo}
	for _, f := range p.Syntax {
		if slices.ContainsFunc(f.Decls, m.dirty) {
			return false
		}
	}
	return true
}

func (l Limits) orDefault() Limits {
	if l.Rounds == 0 {
		l.Rounds = 14
	}
	if l.Steps == 0 {
		l.Steps = 4 << 20
	}
	if l.Bytes == 0 {
		l.Bytes = 8 << 20
	}
	return l
}

// check type-checks the files as they are, with the added one, which it returns among them.
func (m *mender) check() ([]*ast.File, error) {
	lines := m.src.lines(m.g.Name)
	added, err := parser.ParseFile(m.g.Fset, load.NamePrefix+prefix+".go", strings.Join(lines, "\n"), parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("%w: added file: %w", ErrBeyondRepair, err)
	}
	files := append(slices.Clone(m.files), added)
	if m.active != nil {
		for i, f := range m.files {
			c := *f
			c.Decls = slices.Clone(f.Decls)
			for i, d := range c.Decls {
				if m.bodiless(d) {
					f := *d.(*ast.FuncDecl)
					f.Body = nil
					c.Decls[i] = &f
				}
			}
			files[i] = &c
		}
	}
	imp := m.g.importer()
	for _, p := range m.src.paths {
		imp[p.Path()] = p
	}
	m.errs, m.refused = nil, false
	conf := types.Config{Importer: imp, Sizes: m.g.TypesSizes, FakeImportC: true, Error: func(err error) {
		e, ok := err.(types.Error)
		switch {
		case !ok || harmless(e):
		case e.Pos >= added.FileStart && e.Pos <= added.FileEnd:
			m.refused = true
			m.src.refused[lines[m.g.Fset.Position(e.Pos).Line-1]] = true
		default:
			m.errs = append(m.errs, e)
		}
	}}
	m.info = newInfo()
	m.pkg, _ = conf.Check(m.g.Types.Path(), m.g.Fset, files, m.info)
	return files, nil
}

// harmless reports whether an error does not keep the SSA form from being built: something is not used, or it only adds to another one.
func harmless(e types.Error) bool {
	return strings.HasPrefix(e.Msg, "\t") || e.Soft && strings.Contains(e.Msg, "not used") && !strings.Contains(e.Msg, "is not used")
}

func newInfo() *types.Info {
	return &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{},
		Instances: map[*ast.Ident]types.Instance{}, FileVersions: map[*ast.File]string{}}
}
