// Package secrets finds tokens, keys and passwords that a change would bring: in added lines, in the messages of commits
// and tags, and in the names of tags.
//
// It is the analyzer "secrets" of the flow: internal/gitio makes the Change, hooks.Run calls Analyzer.Run, and policy
// gates the findings by rule or by group. The rules are those of gitleaks, so that a rule keeps the name it has there
// ("github-pat"), and those of our own packs; package detector finds what they say. Beyond gitleaks, which reads "git log -p",
// it reads whatever Change.Hunks yields, merges and files that attributes or a NUL byte hide among it; messages, headers and
// names; what stands in a text in another form, and in archives (package unpack); and the whole of a file where a hunk has
// only a part of a key. The mode "gitleaks" leaves all that out.
//
// There are four groups. The rules of "provider" know a secret by its own shape, such as the prefix ghp_, or by a file that holds
// nothing else; those of "generic" by what stands around it, such as a variable's name, and therefore err more often;
// "personal" are payment cards and identifiers of persons; "unexamined" has one rule, for what could not be read.
//
//	analyzer, err := secrets.New(secrets.Options{
//		Config: "[extend]\nuseDefault = true\n[[rules]]\nid = \"acme-key\"\nregex = '''acme_[0-9a-f]{32}'''\n",
//	})
//	if err != nil {
//		return err // the configuration is wrong
//	}
//	result, err := analyzer.Run(ctx, change)
package secrets
