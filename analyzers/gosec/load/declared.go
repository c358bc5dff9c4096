package load

import (
	"context"
	"fmt"
	"go/ast"
	"go/types"
	"path"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers/gosec/load/bounds"
)

// A Declared is what the package of a directory declares, without what is in its functions.
type Declared struct {
	Types    *types.Package
	Files    []string  // paths in the tree of the files that the build takes, sorted
	Problems []Problem // why that is not complete; in a fixed order
}

// Declared returns what the package declares that builds use, without tests. The error is as that of Packages. What imports of a package are not known
// are Problems of the kind Missing, and types that come from there are invalid ones.
func (l *Loader) Declared(ctx context.Context, dir string) (*Declared, error) {
	d, err := l.declared(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", dir, err)
	}
	return d, nil
}

func (l *Loader) declared(ctx context.Context, dir string) (*Declared, error) {
	if l.parsed >= l.cfg.Limits.Packages {
		return nil, fmt.Errorf("%d packages are loaded: %w", l.parsed, ErrLimit)
	}
	l.parsed++
	s, err := l.selectFiles(ctx, dir, false)
	if err != nil {
		return nil, err
	}
	m, err := l.module(ctx, dir)
	if err != nil {
		return nil, err
	}
	r, err := l.root(ctx, m, dir)
	if err != nil {
		return nil, err
	}
	d := &Declared{Problems: slices.Clone(s.problems)}
	var files []*ast.File
	size := 0
	for _, name := range s.files {
		src, ok := s.sources[name]
		if !ok {
			continue // a problem says why
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		at := path.Join(dir, name)
		d.Files = append(d.Files, at)
		file, _, problem := l.parse(at, src, signatureMode)
		if problem != nil {
			d.Problems = append(d.Problems, *problem)
		}
		switch {
		case file == nil || file.Name == nil:
		case file.Name.Name != s.name:
			d.Problems = append(d.Problems, Problem{Kind: Types, Path: at, Line: 1, Detail: "files of more than one package in the directory"})
		default:
			files = append(files, file)
			size += len(src)
		}
	}
	slices.Sort(d.Files)
	imp := newImporter(ctx, &scope{r: r}, dir, files)
	imp.prune()
	if wrong, _ := bounds.Measure(files, size, imp.cost); wrong != "" {
		d.Problems = append(d.Problems, Problem{Kind: Limit, Path: dir, Detail: wrong})
		files = nil
	}
	var errs []types.Error
	d.Types, errs = l.check(imp, r.pathOf(ctx, dir), s.name, files, nil)
	d.Types.MarkComplete()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.Problems = append(d.Problems, imp.problems...)
	importsOf(files, func(_ *ast.ImportSpec, p, _ string) {
		if p == "C" {
			d.Problems = append(d.Problems, missingC())
		}
	})
	for _, e := range errs {
		if strings.HasPrefix(e.Msg, "\t") || len(imp.missing) > 0 && strings.HasPrefix(e.Msg, "undefined: ") {
			continue // goes on with the error before; may be a name that a package has which is not there, and leaves an invalid type
		}
		pos := l.fset.PositionFor(e.Pos, false)
		name := strings.TrimPrefix(pos.Filename, NamePrefix)
		if name == "" {
			name = dir
		}
		d.Problems = append(d.Problems, Problem{Kind: Types, Path: name, Line: pos.Line, Detail: oneLine(e.Msg)})
	}
	d.Problems = inOrder(append(d.Problems, r.problems...))
	return d, nil
}

// Place returns the path in the tree and the line of an object that a Loader with the same Shared has declared, or "".
func (l *Loader) Place(obj types.Object) (name string, line int) {
	if obj == nil || !obj.Pos().IsValid() {
		return "", 0
	}
	pos := l.fset.PositionFor(obj.Pos(), false)
	name, ok := strings.CutPrefix(pos.Filename, NamePrefix)
	if !ok {
		return "", 0 // export data tells the names of other machines
	}
	return name, pos.Line
}
