package main

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/refward/refward/internal/bench/cost"
)

func cpu(c cost.Cost) float64  { return c.CPU }
func peak(c cost.Cost) float64 { return c.Tree }

// table prints what was measured.
func (b *bench) table(command *measured, ours []*measured) {
	touched := func(f finding) bool { return slices.Contains(b.dirs, path.Dir(f.path)) }
	everything := func(finding) bool { return true }
	fmt.Println("| | CPU s, the range | peak MB | CPU s, everything | peak MB | findings, touched packages | all packages |")
	fmt.Println("|---|---|---|---|---|---|---|")
	base, whole := cost.Median(command.touched, cpu), cost.Median(command.all, cpu)
	fmt.Printf("| %s | %.2f | %.0f | %.2f | %.0f | %d | %d |\n", command.name, base, cost.Median(command.touched, peak), whole, cost.Median(command.all, peak),
		count(command.found, touched), count(command.found, everything))
	for _, m := range ours {
		c, a := cost.Median(m.touched, cpu), cost.Median(m.all, cpu)
		fmt.Printf("| %s | %.2f (%.2f×; %.3f× of everything) | %.0f | %.2f (%.2f×) | %.0f | %s | %s |\n", m.name, c, c/base, c/whole, cost.Median(m.touched, peak),
			a, a/whole, cost.Median(m.all, peak), share(command.found, m.found, touched), share(command.found, m.found, everything))
	}
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

// share says how many of the command's findings are among ours, and how many of ours are not among the command's.
func share(theirs, ours map[finding]int, of func(finding) bool) string {
	same, all := 0, count(theirs, of)
	for f, n := range theirs {
		if of(f) {
			same += min(n, ours[f])
		}
	}
	if all == 0 {
		return fmt.Sprintf("0 of 0, %d more", count(ours, of))
	}
	return fmt.Sprintf("%d of %d (%.1f %%), %d more", same, all, 100*float64(same)/float64(all), count(ours, of)-same)
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
					fmt.Printf("%s %s:%d:%d %s %s (%d, %d)\n", mark, f.path, f.line, f.column, f.rule, f.text, some[f], others[f])
				}
			}
		}
		list("-", command.found, m.found)
		list("+", m.found, command.found)
	}
}
