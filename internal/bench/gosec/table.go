package main

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers/gosec/catalog"
	"github.com/refward/refward/internal/bench/cost"
)

func cpu(c cost.Cost) float64  { return c.CPU }
func peak(c cost.Cost) float64 { return c.Tree }

// table prints what was measured.
func (b *bench) table(command *measured, ours []*measured) {
	base, whole := cost.Median(command.touched, cpu), cost.Median(command.all, cpu)
	fmt.Printf("| | CPU s, %d packages | peak MB | CPU s, everything | peak MB |\n|---|---|---|---|---|\n", len(b.dirs))
	fmt.Printf("| %s | %.2f | %.0f | %.2f | %.0f |\n", command.name, base, cost.Median(command.touched, peak), whole, cost.Median(command.all, peak))
	for _, m := range ours {
		c, a := cost.Median(m.touched, cpu), cost.Median(m.all, cpu)
		fmt.Printf("| %s | %.2f (1/%.1f; 1/%.1f of everything) | %.0f | %.2f (1/%.1f) | %.0f |\n", m.name, c, base/c, whole/c, cost.Median(m.touched, peak),
			a, whole/a, cost.Median(m.all, peak))
	}
	touched := func(f finding) bool { return slices.Contains(b.dirs, path.Dir(f.path)) }
	everything := func(finding) bool { return true }
	syntax := func(f finding) bool { return !needsSSA(f) }
	fmt.Printf("\n| findings | touched packages | all packages | rules about syntax | rules about SSA | more than gosec | of these, where gosec had type errors |\n")
	fmt.Println("|---|---|---|---|---|---|---|")
	fmt.Printf("| %s | %d | %d | %d | %d | | |\n", command.name, count(command.found, touched), count(command.found, everything),
		count(command.found, syntax), count(command.found, needsSSA))
	for _, m := range ours {
		more, excused := 0, 0
		for f, n := range m.found {
			if n -= command.found[f]; n > 0 {
				if more += n; command.broken[path.Dir(f.path)] {
					excused += n
				}
			}
		}
		fmt.Printf("| %s | %s | %s | %s | %s | %d | %d |\n", m.name, share(command.found, m.found, touched), share(command.found, m.found, everything),
			share(command.found, m.found, syntax), share(command.found, m.found, needsSSA), more, excused)
	}
	if len(command.broken) > 0 {
		fmt.Printf("\ngosec had type errors in %s\n", strings.Join(slices.Sorted(maps.Keys(command.broken)), ", "))
	}
}

// needsSSA reports whether a finding is one of an analyzer.
func needsSSA(f finding) bool {
	r, _ := catalog.Lookup(strings.ToUpper(f.rule))
	return r.SSA
}

func count(found map[finding]int, of func(finding) bool) int {
	n := 0
	for f, k := range found {
		if of(f) {
			n += k
		}
	}
	return n
}

// share says how many of the command's findings are among ours.
func share(theirs, ours map[finding]int, of func(finding) bool) string {
	same, all := 0, count(theirs, of)
	for f, n := range theirs {
		if of(f) {
			same += min(n, ours[f])
		}
	}
	if all == 0 {
		return "0 of 0"
	}
	return fmt.Sprintf("%d of %d (%.1f %%)", same, all, 100*float64(same)/float64(all))
}

// differences lists each finding that only one side has.
func (b *bench) differences(command *measured, ours []*measured) {
	for _, m := range ours {
		fmt.Printf("\n%s:\n", m.name)
		list := func(mark string, some, others map[finding]int) {
			for _, f := range slices.SortedFunc(maps.Keys(some), func(x, y finding) int {
				return cmp.Or(strings.Compare(x.path, y.path), x.line-y.line, x.column-y.column, strings.Compare(x.rule, y.rule))
			}) {
				if some[f] > others[f] {
					broken := ""
					if command.broken[path.Dir(f.path)] {
						broken = "; gosec had type errors"
					}
					fmt.Printf("%s %s:%d:%d %s %s (%d, %d%s)\n", mark, f.path, f.line, f.column, f.rule, f.text, some[f], others[f], broken)
				}
			}
		}
		list("-", command.found, m.found)
		list("+", m.found, command.found)
	}
}
