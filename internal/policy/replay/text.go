package replay

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

const (
	textRules  = 10 // lines of each list in the text, which is to fit on a screen
	textGroups = 5
	textMonths = 12
)

// Text writes the result for a terminal: about one screen.
func (r *Result) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", r.Span(), r.Headline())
	fmt.Fprintf(&b, "  present policy  %s (mode %s)\n  other policy    %s (mode %s)\n", r.Before.Source, r.Before.Mode, r.After.Source, r.After.Mode)
	if len(r.Scope.Only) > 0 {
		fmt.Fprintf(&b, "  with            %s only\n", strings.Join(r.Scope.Only, ", "))
	}
	fmt.Fprintf(&b, "\nnewly refused   %7d  %s\nnewly accepted  %7d  %s\nunchanged       %7d  %s\nnewly unchecked %7d\nnever checked   %7d\n",
		r.Changes.NewlyRefused, r.share(r.Changes.NewlyRefused), r.Changes.NewlyAccepted, r.share(r.Changes.NewlyAccepted),
		r.Changes.Unchanged, r.share(r.Changes.Unchanged), r.Changes.NewlyUnchecked, r.Changes.Unchecked)
	if r.NotReplayed.Units > 0 {
		fmt.Fprintf(&b, "could not be replayed: %d, whose objects are not there any more\n", r.NotReplayed.Units)
		for _, e := range r.NotReplayed.Examples {
			fmt.Fprintf(&b, "  %s  %s\n", e.Short(), e.Reason)
		}
	}
	if r.Scope.OtherRepositories > 0 {
		fmt.Fprintf(&b, "records of other repositories in the log: %d\n", r.Scope.OtherRepositories)
	}
	if r.Before.Observed+r.After.Observed > 0 {
		fmt.Fprintf(&b, "only observed, and refused if it were enforced: %d before, %d after\n", r.Before.Observed, r.After.Observed)
	}
	if r.Before.Softened+r.After.Softened > 0 {
		fmt.Fprintf(&b, "checks that failed and that the policy lets pass: %d before, %d after\n", r.Before.Softened, r.After.Softened)
	}
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	r.textRules(t)
	r.textFailures(t)
	textNamed(t, "class", r.Classes, len(r.Classes), textGroups)
	if r.Scope.GroupBy != "none" {
		textNamed(t, "author "+strings.TrimPrefix(r.Scope.GroupBy, "author"), r.Groups, r.GroupsTotal, textGroups)
	}
	textNamed(t, "month", r.Months[max(0, len(r.Months)-textMonths):], len(r.Months), textMonths)
	if len(r.Paths) > 0 {
		fmt.Fprintf(t, "\npath\tnewly refused\n")
		for _, p := range r.Paths[:min(len(r.Paths), textGroups)] {
			fmt.Fprintf(t, "  %s\t%d\n", p.Path, p.NewlyRefused)
		}
		more(t, r.PathsTotal-textGroups)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Result) textRules(t io.Writer) {
	var moving []Rule
	for _, rule := range r.Rules {
		if rule.NewlyRefused+rule.NewlyAccepted > 0 {
			moving = append(moving, rule)
		}
	}
	if len(moving) == 0 {
		return
	}
	fmt.Fprintf(t, "\nrule\tnewly refuses\talone\tno longer refuses\tfor example\n")
	for _, rule := range moving[:min(len(moving), textRules)] {
		example := ""
		if len(rule.Examples) > 0 {
			example = rule.Examples[0].Short() + " " + rule.Examples[0].Subject
		}
		fmt.Fprintf(t, "  %s\t%d\t%d\t%d\t%s\n", rule.Rule, rule.NewlyRefused, rule.Alone, rule.NewlyAccepted, cut(example, 60))
	}
	more(t, len(moving)-textRules)
}

func (r *Result) textFailures(t io.Writer) {
	if len(r.Failures) == 0 {
		return
	}
	fmt.Fprintf(t, "\ncheck that could not be completed\tbefore\tafter\tfor example\n")
	for _, f := range r.Failures {
		example := ""
		if len(f.Examples) > 0 {
			example = f.Examples[0].Short() + " " + f.Examples[0].Reason
		}
		fmt.Fprintf(t, "  %s\t%d\t%d\t%s\n", f.Analyzer, f.Before, f.After, cut(example, 60))
	}
}

func textNamed(t io.Writer, what string, list []Named, total, most int) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(t, "\n%s\tchanges\tnewly refused\tnewly accepted\tnewly unchecked\n", what)
	for _, n := range list[:min(len(list), most)] {
		fmt.Fprintf(t, "  %s\t%d\t%d\t%d\t%d\n", n.Name, n.Units, n.NewlyRefused, n.NewlyAccepted, n.NewlyUnchecked)
	}
	more(t, total-most)
}

func more(t io.Writer, n int) {
	if n > 0 {
		fmt.Fprintf(t, "  … %d more: --format json has them\n", n)
	}
}

// Headline says the most important in one sentence.
func (r *Result) Headline() string {
	if r.Judged == 0 {
		return "nothing to judge"
	}
	if r.Changes.Changed() == 0 {
		return "nothing would have changed"
	}
	return fmt.Sprintf("%d newly refused, %d newly accepted", r.Changes.NewlyRefused, r.Changes.NewlyAccepted)
}

// Span says what was judged.
func (r *Result) Span() string {
	what := strings.TrimSuffix(r.Scope.Kind, "s")
	if r.Judged != 1 {
		what = r.Scope.Kind
	}
	s := fmt.Sprintf("%d %s", r.Judged, what)
	if r.Scope.Ref != "" {
		s += " to " + r.Scope.Ref
	}
	if r.Scope.From != "" {
		s += fmt.Sprintf(" from %s to %s", r.Scope.From[:len("2006-01-02")], r.Scope.To[:len("2006-01-02")])
	}
	return s
}

// share is a number of changes in per cent of those that were judged.
func (r *Result) share(n int) string {
	if r.Judged == 0 {
		return ""
	}
	return fmt.Sprintf("%5.1f %%", 100*float64(n)/float64(r.Judged))
}

// Short is an id as it is shown: of a commit its first 12 digits.
func (e Example) Short() string {
	if len(e.ID) >= 40 {
		return e.ID[:12]
	}
	return e.ID
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
