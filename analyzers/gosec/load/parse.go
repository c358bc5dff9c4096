package load

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers/gosec/load/bounds"
)

// A group are the files of a directory that have one package clause.
type group struct {
	name     string
	external bool // external tests
	files    []*ast.File
	errors   scanner.ErrorList
	problems []Problem
}

const (
	targetMode    = parser.ParseComments | parser.AllErrors // gosec's rules need the objects that the parser resolves
	signatureMode = parser.SkipObjectResolution | parser.AllErrors
)

// parse parses a source under its name in the tree. An *ast.File is there unless the file has to be left out.
//
// Line directives have no effect, for they would let a source choose where findings in it are reported: the parser writes down what they
// say in a FileSet of its own, of which nothing but the starts of lines is taken over.
func (l *Loader) parse(name string, src []byte, mode parser.Mode) (file *ast.File, list scanner.ErrorList, problem *Problem) {
	var tokens bounds.Tokens
	if mode == signatureMode {
		src, tokens = bounds.WithoutBodies(src)
	} else {
		tokens = bounds.Scan(src)
	}
	if tokens.Depth > l.cfg.Limits.Depth || tokens.Square > bounds.MaxSquare {
		return nil, nil, l.tooDeep(name)
	}
	base := l.fset.Base()
	scratch := token.NewFileSet()
	if base > 1 {
		scratch.AddFile("", 1, base-2) // the next file begins at base
	}
	defer func() {
		if r := recover(); r != nil {
			file, list, problem = nil, nil, &Problem{Kind: Syntax, Path: name, Detail: oneLine(fmt.Sprint("the parser stops: ", r))}
		}
	}()
	file, err := parser.ParseFile(scratch, name, src, mode)
	parsed := scratch.File(token.Pos(base))
	if file == nil || parsed == nil || parsed.Base() != base {
		return nil, nil, &Problem{Kind: Syntax, Path: name, Detail: "not parsed"}
	}
	own := l.fset.AddFile(NamePrefix+name, base, len(src))
	own.SetLines(parsed.Lines())
	if errors.As(err, &list) {
		for _, e := range list {
			e.Pos = own.PositionFor(own.Pos(min(max(e.Pos.Offset, 0), len(src))), false)
		}
		first := list[0]
		problem = &Problem{Kind: Syntax, Path: name, Line: first.Pos.Line, Detail: oneLine(first.Msg)}
	}
	if deeper(file, l.cfg.Limits.Depth) {
		return nil, nil, l.tooDeep(name)
	}
	return file, list, problem
}

func (l *Loader) tooDeep(name string) *Problem {
	return &Problem{Kind: Limit, Path: name, Detail: fmt.Sprintf("not read: nested more than %d deep, or brackets in brackets more than %d",
		l.cfg.Limits.Depth, bounds.MaxSquare)}
}

// deeper reports whether a file's syntax is nested deeper than limit.
func deeper(f *ast.File, limit int) bool {
	depth, deep := 0, false
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			depth--
			return false
		}
		deep = deep || depth >= limit
		if !deep {
			depth++
		}
		return !deep
	})
	return deep
}

// parseTargets parses the files of a selection and puts them into groups: that of the package first, external tests last.
func (l *Loader) parseTargets(ctx context.Context, s *selection) []*group {
	main := &group{name: s.name, problems: slices.Clone(s.problems)}
	groups := []*group{main}
	for _, name := range s.files {
		src, ok := s.sources[name]
		if !ok || ctx.Err() != nil {
			continue
		}
		file, list, problem := l.parse(path.Join(s.dir, name), src, targetMode)
		if file == nil || file.Name == nil || file.Name.Name == "" { // no package clause
			if problem == nil {
				problem = &Problem{Kind: Syntax, Path: path.Join(s.dir, name), Line: 1, Detail: "no package clause"}
			}
			main.problems = append(main.problems, *problem)
			main.errors = append(main.errors, list...)
			continue
		}
		g := main
		if file.Name.Name != s.name || s.external[name] {
			i := slices.IndexFunc(groups[1:], func(g *group) bool { return g.name == file.Name.Name })
			if i < 0 {
				groups = append(groups, &group{name: file.Name.Name, external: s.external[name]})
				i = len(groups) - 2
			}
			g = groups[1+i]
			g.external = g.external && s.external[name]
		}
		g.files = append(g.files, file)
		g.errors = append(g.errors, list...)
		if problem != nil {
			g.problems = append(g.problems, *problem)
		}
	}
	if len(main.files) == 0 && len(groups) > 1 && len(main.problems) > 0 {
		groups[1].problems = append(groups[1].problems, main.problems...)
	}
	return l.arrange(s, groups)
}

// arrange drops an empty group, puts external tests last, and says of the rest that they should not be there.
func (l *Loader) arrange(s *selection, groups []*group) []*group {
	if len(groups[0].files) == 0 && (len(groups) > 1 || len(groups[0].problems) == 0) {
		groups = groups[1:]
	}
	slices.SortStableFunc(groups, func(a, b *group) int {
		switch {
		case a.external == b.external:
			return 0
		case a.external:
			return 1
		}
		return -1
	})
	var names []string
	for _, g := range groups {
		if !g.external {
			names = append(names, g.name)
		}
	}
	if len(names) > 1 {
		for _, g := range groups {
			if !g.external {
				g.problems = append(g.problems, Problem{Kind: Types, Path: s.dir,
					Detail: oneLine("files of more than one package in the directory: " + strings.Join(names, ", "))})
			}
		}
	}
	return groups
}
