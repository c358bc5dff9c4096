package goapi

import (
	"go/build/constraint"
	"path"
	"slices"
	"strings"
)

// What "go tool dist list" knows.
var (
	systems = set("aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1 windows")

	architectures = set("386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm")
)

func set(words string) map[string]bool {
	s := map[string]bool{}
	for _, w := range strings.Fields(words) {
		s[w] = true
	}
	return s
}

// suffixes returns what a file's name says of where it is built, such as "_linux_amd64".
func suffixes(name string) string {
	parts := strings.Split(strings.TrimSuffix(path.Base(name), ".go"), "_")
	if len(parts) < 2 {
		return ""
	}
	said := ""
	for _, p := range parts[max(1, len(parts)-2):] {
		if systems[p] || architectures[p] {
			said += "_" + p
		}
	}
	return said
}

// buildable reports whether any build may take a file with a constraint. A build that is told of a tag of its own, such as ignore, is none: what it
// takes is promised to nobody.
func buildable(x constraint.Expr, tags []string) bool {
	yes, _ := possible(x, tags)
	return yes
}

// possible reports whether a constraint can be true, and whether it can be false.
func possible(x constraint.Expr, tags []string) (yes, no bool) {
	switch x := x.(type) {
	case *constraint.NotExpr:
		no, yes = possible(x.X, tags)
		return yes, no
	case *constraint.AndExpr:
		y1, n1 := possible(x.X, tags)
		y2, n2 := possible(x.Y, tags)
		return y1 && y2, n1 || n2
	case *constraint.OrExpr:
		y1, n1 := possible(x.X, tags)
		y2, n2 := possible(x.Y, tags)
		return y1 || y2, n1 && n2
	case *constraint.TagExpr:
		if slices.Contains(tags, x.Tag) {
			return true, false
		}
		known := systems[x.Tag] || architectures[x.Tag] || slices.Contains([]string{"unix", "cgo", "gc", "gccgo"}, x.Tag) || strings.HasPrefix(x.Tag, "go1.") ||
			strings.Contains(x.Tag, ".") // such as amd64.v3
		return known, true
	}
	return true, true
}
