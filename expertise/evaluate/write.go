package evaluate

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// WriteJSON writes a report as JSON: every key always present, shares from 0 to 1.
func WriteJSON(w io.Writer, r *Report) error {
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

// clean makes a file's name fit for a terminal.
func clean(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, name)
}
