package goapi

import (
	"go/build/constraint"
	"go/scanner"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A source is a Go file as far as its tokens tell: what it declares, without the bodies of functions. No syntax tree is made of it, so that nothing
// that is nested deep can take long or overflow a stack.
type source struct {
	path   string
	pkg    string // name in its package clause; "" = it has none
	build  string // where it is built; "" = everywhere
	never  bool   // no build takes it
	depth  int    // of brackets in brackets
	decls  []*decl
	embeds bool // there may be a struct with an embedded field
}

// A decl is one declaration of a package.
type decl struct {
	path   string
	kind   token.Token     // FUNC, TYPE, VAR, CONST
	names  []string        // what it declares; of a method: the name of its type
	method string          // its name; "" = it is none
	text   string          // its tokens, with what the names of packages in it stand for, and where it is built
	idents map[string]bool // that are in it
}

// promised reports whether a declaration is part of what others see, in itself.
func (d *decl) promised() bool { return slices.ContainsFunc(d.names, token.IsExported) }

type tok struct {
	tok token.Token
	lit string
}

func (t tok) String() string {
	switch {
	case t.tok == token.SEMICOLON:
		return ";"
	case t.lit != "":
		return t.lit
	}
	return t.tok.String()
}

// An imported is one import of a file.
type imported struct{ name, path string }

// newSource reads a file.
func newSource(name string, src []byte, tags []string) *source {
	s := &source{path: name, build: suffixes(name)}
	statements, lines := s.split(src)
	if x := constraintOf(lines); x != nil {
		s.build += " " + x.String()
		s.never = !buildable(x, tags)
	}
	var imports []imported
	for _, st := range statements {
		switch {
		case st[0].tok == token.PACKAGE && len(st) > 1 && s.pkg == "":
			s.pkg = st[1].lit
		case st[0].tok == token.IMPORT:
			for _, spec := range specs(st[1:]) {
				last := spec[len(spec)-1]
				if p, err := strconv.Unquote(last.lit); err == nil {
					i := imported{path: p}
					if len(spec) > 1 {
						i.name = spec[0].String()
					}
					imports = append(imports, i)
				}
			}
		}
	}
	for _, st := range statements {
		s.declare(st, imports)
	}
	return s
}

// split cuts a file into its statements outside of functions, without bodies, and returns the comments before the package clause.
func (s *source) split(src []byte) (statements [][]tok, comments []string) {
	var sc scanner.Scanner
	fset := token.NewFileSet()
	sc.Init(fset.AddFile("", fset.Base(), len(src)), src, nil, scanner.ScanComments)
	var st []tok
	depth, body := 0, 0 // body: the depth outside of the body that is left out, plus one
	end := func() {
		if len(st) > 0 {
			statements = append(statements, st)
		}
		st = nil
	}
	before := token.ILLEGAL
	for {
		_, t, lit := sc.Scan()
		switch t {
		case token.EOF:
			end()
			return statements, comments
		case token.COMMENT:
			if len(statements) == 0 && len(st) == 0 {
				comments = append(comments, lit)
			}
			continue
		case token.LPAREN, token.LBRACK, token.LBRACE:
			if t == token.LBRACE && depth == 0 && body == 0 && len(st) > 0 && st[0].tok == token.FUNC && before != token.STRUCT && before != token.INTERFACE {
				body = 1
			}
			depth++
			s.depth = max(s.depth, depth)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth = max(0, depth-1)
			if body > 0 && depth == 0 {
				body, before = 0, t
				continue
			}
		}
		before = t
		if body > 0 {
			continue
		}
		if t == token.SEMICOLON && depth == 0 {
			end()
			continue
		}
		st = append(st, tok{t, lit})
	}
}

// constraintOf returns what the comments before a package clause say of where a file is built; nil = nothing.
func constraintOf(comments []string) constraint.Expr {
	var old constraint.Expr
	for _, c := range comments {
		switch {
		case constraint.IsGoBuild(c):
			if x, err := constraint.Parse(c); err == nil {
				return x
			}
		case constraint.IsPlusBuild(c):
			if x, err := constraint.Parse(c); err == nil {
				if old != nil {
					x = &constraint.AndExpr{X: old, Y: x}
				}
				old = x
			}
		}
	}
	return old
}

// specs returns the specifications of a declaration, which stand in parentheses or not.
func specs(st []tok) (list [][]tok) {
	if len(st) == 0 {
		return nil
	}
	if st[0].tok != token.LPAREN {
		return [][]tok{st}
	}
	depth, start := 0, 1
	for i, t := range st {
		switch t.tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
		}
		if i > 0 && (depth == 1 && t.tok == token.SEMICOLON || depth == 0) {
			if i > start {
				list = append(list, st[start:i])
			}
			start = i + 1
		}
		if i > 0 && depth == 0 {
			break
		}
	}
	return list
}

// declare takes note of what a statement declares.
func (s *source) declare(st []tok, imports []imported) {
	switch kind := st[0].tok; kind {
	case token.FUNC:
		s.function(st, imports)
	case token.CONST: // a value may depend on those before it in the group
		var names []string
		for _, spec := range specs(st[1:]) {
			names = append(names, namesOf(spec)...)
		}
		s.add(kind, names, "", st, imports)
	case token.TYPE, token.VAR:
		for _, spec := range specs(st[1:]) {
			names := namesOf(spec)
			if kind == token.TYPE {
				names = names[:min(1, len(names))]
				s.embeds = s.embeds || embeds(spec)
			}
			s.add(kind, names, "", append([]tok{{kind, ""}}, spec...), imports)
		}
	}
}

func (s *source) function(st []tok, imports []imported) {
	i, receiver := 1, ""
	if len(st) > 1 && st[1].tok == token.LPAREN {
		generic := false
		i = 2
		for depth := 1; i < len(st) && depth > 0; i++ {
			switch st[i].tok {
			case token.LPAREN:
				depth++
			case token.RPAREN:
				depth--
			case token.LBRACK:
				generic = true
			case token.IDENT:
				if !generic {
					receiver = st[i].lit // the last one before type parameters is the type
				}
			}
		}
	}
	if i >= len(st) || st[i].tok != token.IDENT {
		return // the parser says so
	}
	if receiver == "" {
		s.add(token.FUNC, []string{st[i].lit}, "", st, imports)
	} else {
		s.add(token.FUNC, []string{receiver}, st[i].lit, st, imports)
	}
}

// namesOf returns the names at the beginning of a specification.
func namesOf(spec []tok) (names []string) {
	for i := 0; i < len(spec) && spec[i].tok == token.IDENT; i += 2 {
		names = append(names, spec[i].lit)
		if i+1 >= len(spec) || spec[i+1].tok != token.COMMA {
			break
		}
	}
	return names
}

// embeds reports whether a type may have a struct with an embedded field in it.
func embeds(spec []tok) bool {
	for i := 1; i+1 < len(spec); i++ {
		begins := spec[i-1].tok == token.SEMICOLON || spec[i-1].tok == token.LBRACE
		if !begins {
			continue
		}
		switch spec[i+1].tok {
		case token.SEMICOLON, token.RBRACE, token.PERIOD, token.STRING, token.LBRACK:
			return true
		}
		if spec[i].tok == token.MUL || spec[i].tok == token.LPAREN {
			return true
		}
	}
	return false
}

func (s *source) add(kind token.Token, names []string, method string, st []tok, imports []imported) {
	d := &decl{path: s.path, kind: kind, names: names, method: method, idents: map[string]bool{}}
	qualifiers := map[string]bool{}
	var b strings.Builder
	for i, t := range st {
		b.WriteString(t.String())
		b.WriteByte(' ')
		if t.tok == token.IDENT {
			d.idents[t.lit] = true
			if i+1 < len(st) && st[i+1].tok == token.PERIOD && st[i-1].tok != token.PERIOD {
				qualifiers[t.lit] = true
			}
		}
	}
	for _, path := range stands(qualifiers, imports) {
		b.WriteString(strconv.Quote(path))
	}
	b.WriteString(s.build)
	d.text = b.String()
	s.decls = append(s.decls, d)
}

// stands returns the paths of the imports that names of packages may stand for. An import without a name of its own may have any.
func stands(qualifiers map[string]bool, imports []imported) (paths []string) {
	open := false // a name that no import seems to have
	for q := range qualifiers {
		open = open || !slices.ContainsFunc(imports, func(i imported) bool { return i.name == q || i.name == "" && nameOf(i.path) == q })
	}
	for _, i := range imports {
		switch {
		case i.name == ".":
			paths = append(paths, i.path)
		case i.name != "":
			if qualifiers[i.name] {
				paths = append(paths, i.name+" "+i.path)
			}
		case len(qualifiers) > 0 && (open || !standard(i.path) || qualifiers[nameOf(i.path)]):
			paths = append(paths, i.path)
		}
	}
	slices.Sort(paths)
	return paths
}

// standard reports whether an import path looks like one of the standard library, whose packages are called as their paths end.
func standard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".")
}

func nameOf(p string) string {
	base := path.Base(p)
	if strings.TrimLeft(base, "v0123456789") == "" && path.Dir(p) != "." { // such as math/rand/v2
		return path.Base(path.Dir(p))
	}
	return base
}
