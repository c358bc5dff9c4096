package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/refward/refward/internal/policy"
)

// What a workflow command cannot hold as it is ("Workflow commands for GitHub Actions"; actions/toolkit, command.ts).
var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// github writes workflow commands, which GitHub Actions shows as annotations of the files.
func (v *view) github(w io.Writer) error {
	var b strings.Builder
	for _, f := range v.failures {
		kind := "error"
		if f.Softened {
			kind = "warning"
		}
		command(&b, kind, []string{"title", "could not check: " + f.Analyzer}, f.Reason)
	}
	for i := range v.report.Findings {
		f, raw := &v.report.Findings[i], v.raw[i]
		if f.Allowed != "" {
			continue // thousands of notices would hide what is new
		}
		kind := "warning"
		switch raw.Level {
		case policy.LevelBlock:
			kind = "error"
		case policy.LevelInfo:
			kind = "notice"
		}
		var properties []string
		if raw.Path != "" {
			properties = append(properties, "file", v.clean(raw.Path))
			if f.Line > 0 {
				properties = append(properties, "line", fmt.Sprint(f.Line), "endLine", fmt.Sprint(max(f.Line, f.EndLine)))
			}
			if f.Line > 0 && f.Column > 0 {
				properties = append(properties, "col", fmt.Sprint(f.Column))
			}
		}
		message := f.statement()
		if raw.Path == "" {
			message = v.title(raw) + ": " + message
		}
		if f.Commit != "" {
			message += " (in " + short(f.Commit) + ")"
		}
		if f.Denied != "" {
			message += "\nnot allowed: " + f.Denied
		}
		for _, s := range []string{f.Hint, f.Excerpt} {
			if s != "" {
				message += "\n" + s
			}
		}
		command(&b, kind, append(properties, "title", f.Rule), message)
	}
	for _, note := range v.Notes {
		command(&b, "warning", []string{"title", "allowances"}, v.clean(note))
	}
	for _, sentence := range v.allowed() {
		command(&b, "notice", []string{"title", "allowances"}, sentence)
	}
	for _, s := range v.skips {
		command(&b, "notice", []string{"title", "not examined: " + s.analyzer}, s.What+": "+s.Why)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write GitHub report: %w", err)
	}
	return nil
}

// command writes one workflow command; properties are names and values by turns.
func command(b *strings.Builder, kind string, properties []string, message string) {
	sep := " "
	b.WriteString("::" + kind)
	for i := 0; i+1 < len(properties); i += 2 {
		b.WriteString(sep + properties[i] + "=" + commandProperty.Replace(properties[i+1]))
		sep = ","
	}
	b.WriteString("::" + commandData.Replace(message) + "\n")
}
