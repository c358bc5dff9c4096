// Package secrets finds tokens, keys and passwords that a change would bring: in added lines, in the messages of commits
// and tags, and in the names of tags.
//
// It is the analyzer "secrets" of the flow: internal/gitio makes the Change, hooks.Run calls Analyzer.Run, and policy
// gates the findings by rule or by group. The rules are those of gitleaks, whose library runs in this process, so that a
// rule keeps the name it has there ("github-pat") and added lines are judged as "gitleaks git" judges them. Beyond
// gitleaks, which reads "git log -p", it reads whatever Change.Hunks yields: merges, files that attributes or a NUL byte
// hide, and messages.
//
// There are three groups. The rules of "provider" know a secret by its own shape, such as the prefix ghp_; those of
// "generic" by what stands around it, such as a variable's name, and therefore err more often; "unexamined" has one rule,
// for lines that could not be read.
//
//	analyzer, err := secrets.New(secrets.Options{
//		Config: "[extend]\nuseDefault = true\n[[rules]]\nid = \"acme-key\"\nregex = '''acme_[0-9a-f]{32}'''\n",
//	})
//	if err != nil {
//		return err // the configuration is wrong
//	}
//	result, err := analyzer.Run(ctx, change)
package secrets
