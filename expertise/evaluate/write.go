package evaluate

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// WriteJSON writes a report as JSON: every key always present, shares from 0 to 1.
func WriteJSON(w io.Writer, r *Report) error { return asJSON(w, r) }

// WriteJSON writes distributions as JSON: every key always present, shares from 0 to 1.
func (r *Distributions) WriteJSON(w io.Writer) error { return asJSON(w, r) }

func asJSON(w io.Writer, r any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// WriteText writes a report as a table for people, in per cent: the model, and below it the baselines.
func WriteText(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-28s %7s %6s %6s %6s %6s %8s %9s %8s %6s\n", "", "queries", "top-1", "top-3", "top-5", "MRR", "expert@1", "departed", "busiest", "Gini")
	for _, x := range append(r.Repositories[:len(r.Repositories):len(r.Repositories)], Repository{"macro", r.Macro}) {
		row(&b, clean(x.Name), x.Figures)
		for _, name := range Baselines {
			row(&b, "  "+strings.ReplaceAll(name, "_", " "), x.Baselines[name])
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func row(b *strings.Builder, name string, f Figures) {
	p := func(v float64) float64 { return 100 * v }
	fmt.Fprintf(b, "%-28s %7d %6.1f %6.1f %6.1f %6.3f %8.1f %9.1f %8.1f %6.2f\n", name, f.Queries, p(f.Top1), p(f.Top3), p(f.Top5), f.MRR, p(f.Expert1), p(f.Departed1), p(f.Busiest), f.Gini)
}

// WriteText writes distributions as a table for people, in per cent: who stands first in the ranking, and below that who was named by
// each exponent of the load, without a limit of open reviews and with it.
func (r *Distributions) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-28s %7s %6s %8s %9s %8s %6s %7s %7s %6s %5s\n", "", "queries", "hit@1", "expert@1", "departed", "busiest", "Gini", "passed", "nobody", "rank", "open")
	line := func(name string, n Named) {
		fmt.Fprintf(&b, "%-28s %7d %6.1f %8.1f %9.1f %8.1f %6.2f %7.1f %7.1f %6.2f %5d\n", name, n.Queries, 100*n.Hit, 100*n.Expert, 100*n.Departed, 100*n.Busiest, n.Gini,
			100*n.Passed, 100*n.Nobody, n.MeanRank, n.MostOpen)
	}
	for _, x := range append(r.Repositories[:len(r.Repositories):len(r.Repositories)], r.Macro) {
		line(clean(x.Name), x.First)
		for _, a := range x.Assigned {
			limit := "no limit"
			if a.MaxOpen > 0 {
				limit = fmt.Sprintf("at most %d", a.MaxOpen)
			}
			line(fmt.Sprintf("  exponent %g, %s", a.Exponent, limit), a.Named)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// clean makes a file's name fit for a terminal.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, name)
}
