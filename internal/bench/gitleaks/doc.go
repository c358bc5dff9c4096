// Package gitleaks runs the gitleaks command, of the version whose library go.mod requires, and brings what it reports into the
// form of our findings, so that both can be held against each other place by place. Tests and "make bench-secrets" use it.
//
//	program, err := gitleaks.Build(ctx, ".cache/tools")
//	cmd := gitleaks.Command(ctx, program, "repo.git", "main~100..main", "report.json")
//	…
//	list, err := gitleaks.Read("report.json")
//	differences := gitleaks.Compare(gitleaks.Normal(list, hunks, whole), gitleaks.Ours(findings))
package gitleaks
