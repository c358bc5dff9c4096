// Package page writes the result of a replay as one page for a browser.
//
// It stands behind [replay]: the server's hook, which knows how to replay, need not know how to draw.
package page

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"github.com/refward/refward/internal/policy/replay"
)

//go:embed page.html
var pageText string

// parsed is one self-contained page: no script, nothing that is loaded. html/template escapes what the repository chose.
var parsed = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"percent": func(n, of int) string {
			if of == 0 {
				return "0 %"
			}
			return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
		},
		"moving": func(r replay.Rule) bool { return r.NewlyRefused+r.NewlyAccepted > 0 },
		"only":   func(list []string) string { return strings.Join(list, ", ") },
		"sub":    func(a, b int) int { return a - b },
		"table":  func(caption, head string, list []replay.Named) namedTable { return namedTable{caption, head, list} },
	}).Parse(pageText))
})

// A namedTable is what the template of a table of names is given.
type namedTable struct {
	Caption, Head string
	List          []replay.Named
}

// Write writes a result as one page.
func Write(w io.Writer, r *replay.Result) error {
	err := parsed().Execute(w, struct {
		*replay.Result
		Span, Headline string
		Chart          chart
	}{r, r.Span(), r.Headline(), chartOf(r.Months)})
	if err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	return nil
}

const (
	chartMonths = 60 // columns that are still told apart
	chartHeight = 140
	chartStep   = 14
)

// A chart is a bar for each month: of the changes, how many are newly refused, newly accepted, not checked any more, or as before.
type chart struct {
	Width, Height int
	Bars          []bar
	Cut           bool // older months are left out
	Most          int  // changes of the highest bar
}

type bar struct {
	X, Width int
	Month    replay.Named
	Parts    []part
	Year     string // at the first month of one
}

type part struct {
	Y, Height float64
	Kind      string
}

func chartOf(months []replay.Named) chart {
	c := chart{Height: chartHeight}
	if len(months) > chartMonths {
		months, c.Cut = months[len(months)-chartMonths:], true
	}
	for _, m := range months {
		c.Most = max(c.Most, m.Units)
	}
	year := ""
	for i, m := range months {
		b := bar{X: i * chartStep, Width: chartStep - 3, Month: m}
		if y, _, _ := strings.Cut(m.Name, "-"); y != year {
			year, b.Year = y, y
		}
		y := float64(chartHeight)
		for _, p := range []struct {
			kind string
			n    int
		}{
			{"refused", m.NewlyRefused}, {"accepted", m.NewlyAccepted}, {"unchecked", m.NewlyUnchecked + m.Unchecked}, {"same", m.Unchanged},
		} {
			if p.n == 0 {
				continue
			}
			height := float64(chartHeight) * float64(p.n) / float64(c.Most)
			y -= height
			b.Parts = append(b.Parts, part{Y: y, Height: height, Kind: p.kind})
		}
		c.Bars = append(c.Bars, b)
	}
	c.Width = max(len(months)*chartStep, 40)
	return c
}
