package dor_test

import (
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dor"
)

// BenchmarkMessages reports messages per minute, of which a large import brings a million. The first is a mixture as histories have it, of 1 to
// 40 lines, with all rules on; the others are extremes.
func BenchmarkMessages(b *testing.B) {
	const line = "This paragraph says why the change is needed and what was measured.\n"
	body := "\n\n" + strings.Repeat(line, 12)
	var mixture []string
	for i := range 40 {
		text := "fix(parser): accept tabs in front of a value (#12)\n"
		if i%7 == 3 {
			text = "Accept tabs in front of a value\n"
		}
		if i > 0 {
			text += "\n" + strings.Repeat(line, i)
		}
		if i%3 == 0 {
			text += "\nRefs: ABC-12\nRisk: low\nAcceptance: tabs are accepted\nSigned-off-by: A U Thor <author@example.com>\n"
		}
		mixture = append(mixture, text)
	}
	for _, bench := range []struct {
		name  string
		texts []string
	}{
		{"mixture", mixture},
		{"good", []string{"fix(parser): accept tabs in front of a value (#12)" + body}},
		{"key in the last line", []string{"fix(parser): accept tabs in front of a value" + body + "\nRefs: ABC-12\n"}},
		{"nothing right", []string{"Accept tabs in front of a value" + body}},
		{"only look-alikes", []string{"fix: x" + strings.Repeat("UTF-8 https://example.org/ABC-1,#2 ", 24)}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			c := &analyzers.Change{Kind: analyzers.KindPush}
			ref := analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Ref: "refs/heads/main"}}
			for i := range 1000 {
				c.Commits = append(c.Commits, message(bench.texts[i%len(bench.texts)]).Commits...)
				ref.Commits = append(ref.Commits, i)
			}
			c.Refs = append(c.Refs, ref)
			opts := dor.Defaults()
			opts.BodyLineMax, opts.BodyRequired, opts.Scopes = 100, []string{"feat"}, []string{"parser"}
			a := analyzer(b, opts)
			for b.Loop() {
				if _, err := a.Run(b.Context(), c); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*1000/b.Elapsed().Minutes(), "messages/min")
		})
	}
}
