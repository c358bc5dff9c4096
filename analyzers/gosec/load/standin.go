package load

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"unicode"
)

// importsOf yields the imports of files, with the local name or "".
func importsOf(files []*ast.File, yield func(spec *ast.ImportSpec, path, local string)) {
	for _, f := range files {
		for _, spec := range f.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue
			}
			local := ""
			if spec.Name != nil {
				local = spec.Name.Name
			}
			yield(spec, p, local)
		}
	}
}

// qualifiers returns what stands before a dot in a file, without bodies of functions if those do not count.
func qualifiers(f *ast.File, bodies bool) map[string]bool {
	used := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			return bodies
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && (x.Obj == nil || x.Obj.Kind == ast.Pkg) {
				used[x.Name] = true
			}
		}
		return true
	})
	return used
}

// declared returns what files declare outside of functions.
func declared(files []*ast.File) map[string]bool {
	names := map[string]bool{}
	for _, f := range files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					names[d.Name.Name] = true
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						names[spec.Name.Name] = true
					case *ast.ValueSpec:
						for _, n := range spec.Names {
							names[n.Name] = true
						}
					}
				}
			}
		}
	}
	return names
}

// guessName returns the name that an unknown package probably has: one that its path suggests and the files use, else one that they use,
// nobody else has and the path contains, else what the path suggests. Where an import gives it a name of its own, it does not matter.
func guessName(importPath string, files []*ast.File) string {
	candidates := namesFor(importPath)
	var own map[string]bool
	for _, f := range files {
		imported, taken := false, map[string]bool{}
		importsOf([]*ast.File{f}, func(_ *ast.ImportSpec, p, local string) {
			switch {
			case p == importPath && local == "":
				imported = true
			case local != "":
				taken[local] = true
			case p != importPath:
				taken[namesFor(p)[0]] = true
			}
		})
		if !imported {
			continue
		}
		used := qualifiers(f, true)
		for _, name := range candidates {
			if used[name] {
				return name
			}
		}
		if own == nil {
			own = declared(files)
		}
		best := ""
		flat := strings.ToLower(strings.NewReplacer("-", "", "_", "", ".", "").Replace(importPath))
		for name := range used {
			if taken[name] || own[name] || types.Universe.Lookup(name) != nil || !strings.Contains(flat, strings.ToLower(strings.ReplaceAll(name, "_", ""))) {
				continue
			}
			if len(name) > len(best) || len(name) == len(best) && name < best {
				best = name
			}
		}
		if best != "" {
			return best
		}
	}
	return candidates[0]
}

// namesFor returns the names that a package with the path may have, the likeliest first.
func namesFor(importPath string) []string {
	parts := strings.Split(strings.Trim(importPath, "/"), "/")
	last := parts[len(parts)-1]
	if len(parts) > 1 && isMajor(last) {
		last = parts[len(parts)-2]
	}
	if before, version, ok := cutLast(last, ".v"); ok && isMajor("v"+version) {
		last = before
	}
	var names []string
	add := func(name string) {
		name = strings.Map(func(r rune) rune {
			if r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return '_'
		}, name)
		if token.IsIdentifier(name) {
			names = append(names, name)
		}
	}
	trimmed := last
	for _, affix := range []string{"go-", "go."} {
		trimmed = strings.TrimPrefix(trimmed, affix)
	}
	for _, affix := range []string{"-go", ".go", "-golang"} {
		trimmed = strings.TrimSuffix(trimmed, affix)
	}
	add(trimmed)
	add(strings.ReplaceAll(trimmed, "-", ""))
	add(last)
	add(strings.ReplaceAll(last, "-", ""))
	for _, piece := range strings.FieldsFunc(last, func(r rune) bool { return r == '-' || r == '.' }) {
		add(piece)
	}
	add("go" + trimmed)
	if names == nil {
		names = []string{"unknown"}
	}
	return names
}

func isMajor(s string) bool {
	if len(s) < 2 || s[0] != 'v' {
		return false
	}
	_, err := strconv.ParseUint(s[1:], 10, 32)
	return err == nil
}
