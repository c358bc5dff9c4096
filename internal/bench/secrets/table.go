package main

import (
	"fmt"

	"github.com/refward/refward/internal/bench/cost"
)

const header = `| added lines | search | CPU s | gitleaks / this | wall s | largest process, MB | all processes, MB | gitleaks / this |
|---|---|--:|--:|--:|--:|--:|--:|`

// row returns a row of the table: the medians of what one search took, beside that of gitleaks.
func row(what, name string, costs, gitleaks []cost.Cost) string {
	cpu := func(c cost.Cost) float64 { return c.CPU }
	wall := func(c cost.Cost) float64 { return c.Wall }
	peak := func(c cost.Cost) float64 { return c.Peak }
	tree := func(c cost.Cost) float64 { return c.Tree }
	of := func(f func(cost.Cost) float64) float64 { return cost.Median(costs, f) }
	ratio := func(f func(cost.Cost) float64) float64 { return cost.Median(gitleaks, f) / max(of(f), 1e-9) }
	return fmt.Sprintf("| %s | %s | %.3f | %.2f | %.3f | %.0f | %.0f | %.2f |",
		what, name, of(cpu), ratio(cpu), of(wall), of(peak), of(tree), ratio(tree))
}
