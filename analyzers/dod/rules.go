package dod

import "github.com/refward/refward/analyzers"

func rules() []analyzers.Rule {
	const commit = "git commit --amend for the newest commit, git rebase -i and \"edit\" for older ones"
	return []analyzers.Rule{
		{
			ID:      testsTouched,
			Summary: "code gains lines, and no test does",
			Why:     "Code without a test is changed by the next person without knowing what it has to keep doing. Proved is that a test file gained a line, not that it tests this.",
			Fix:     "add or extend a test in any commit of the change, or exempt the path (dod.tests.exempt)",
			Example: "found:\n  lex.go        | 12 ++++++++++++\nright:\n  lex.go        | 12 ++++++++++++\n  lex_test.go   |  9 +++++++++",
		},
		{
			ID:      docsTouched,
			Group:   groupDocs,
			Summary: "code gains lines, and no documentation does",
			Why:     "A feature that is written down nowhere is found by nobody.",
			Fix:     "write about it in a file that dod.docs.paths names, such as README.md or docs/",
			Example: "found:\n  cmd/serve.go  | 40 +++++\nright:\n  cmd/serve.go  | 40 +++++\n  docs/serve.md |  6 +++",
		},
		{
			ID:      changelogTouched,
			Group:   groupDocs,
			Summary: "code gains lines, and no changelog does",
			Why:     "Who upgrades wants to know what changes for them, and nobody remembers it at the time of the release.",
			Fix:     "add a line to CHANGELOG.md, or a file where the project collects them (dod.changelog.paths)",
			Example: "found:\n  cmd/serve.go  | 40 +++++\nright:\n  cmd/serve.go  | 40 +++++\n  CHANGELOG.md  |  1 +",
		},
		{
			ID:      rollback,
			Summary: "a migration has no way back",
			Why:     "When a release has to be taken back, the data has to go back with it, and that is no time to find out how.",
			Fix:     "write the other direction (X.down.sql beside X.up.sql, -- +goose Down, def down, def downgrade, exports.down), or say in a trailer \"Rollback: …\" how it is undone",
			Example: "found:\n  db/migrations/7_owner.up.sql\nright:\n  db/migrations/7_owner.up.sql\n  db/migrations/7_owner.down.sql",
		},
		{
			ID:      signOff,
			Group:   groupHistory,
			Summary: "the author has not signed off the commit",
			Why:     "By the line the author certifies the right to submit the change (Developer Certificate of Origin 1.1). It proves that somebody wrote the line, not who.",
			Fix:     "git commit --amend --signoff for the newest commit, git rebase --signoff BASE for older ones",
			Example: "found:\n  Author: A U Thor <author@example.com>\n  fix: count lines\nright:\n  fix: count lines\n\n  Signed-off-by: A U Thor <author@example.com>",
		},
		{
			ID:      wip,
			Group:   groupHistory,
			Summary: "the subject marks unfinished work",
			Why:     "fixup!, squash! and amend! are notes to git rebase, and WIP says that the change is not done by its author's own word.",
			Fix:     "git rebase -i --autosquash for fixup!, squash! and amend!; finish and reword what is in progress",
			Example: "found:\n  fixup! fix: count lines\n  WIP parser\nright:\n  fix: count lines",
		},
		{
			ID:      size,
			Summary: "the change is too large to be reviewed at once",
			Why:     "The more lines a review has, the less it finds in each. Lines of all commits count, but for generated files and lock files.",
			Fix:     "push it in parts that make sense alone",
			Example: "found:\n  40 files changed, 2413 insertions(+)\nright:\n  6 files changed, 310 insertions(+)",
		},
		{
			ID:      forbiddenFile,
			Group:   groupContent,
			Summary: "a file that does not belong into a repository",
			Why:     "What a build, an editor or the system makes is different on every machine, and stays in the history for ever.",
			Fix:     "git rm --cached FILE and a line in .gitignore; " + commit,
			Example: "found:\n  src/.DS_Store\n  web/node_modules/x/index.js\nright:\n  .gitignore",
		},
		{
			ID:      conflictMarker,
			Group:   groupContent,
			Summary: "added lines are a merge conflict that nobody resolved",
			Why:     "Git leaves both versions between its markers for somebody to choose; with them the file means nothing.",
			Fix:     "choose what is to stay and remove the markers; " + commit,
			Example: "found:\n  <<<<<<< HEAD\n  limit = 10\n  =======\n  limit = 20\n  >>>>>>> topic\nright:\n  limit = 20",
		},
		{
			ID:      largeBinary,
			Group:   groupContent,
			Summary: "a large file is binary, or too large to be looked into",
			Why:     "Every clone fetches every version of it, for ever, and nobody can see what changes from one to the next.",
			Fix:     "git lfs track and commit it again, or keep it outside of the repository; " + commit,
			Example: "found:\n  art/title.psd | Bin 0 -> 48211345 bytes\nright:\n  art/title.psd | 3 +++   (a pointer of Git LFS)",
		},
		{
			ID:      lfsMissing,
			Group:   groupContent,
			Summary: "a file that belongs to Git LFS is in the repository itself",
			Why:     "Whoever commits without Git LFS installed commits the content, and everybody else sees the file as changed from then on.",
			Fix:     "git lfs install, then git add --renormalize FILE; " + commit,
			Example: "found:\n  .gitattributes: *.psd filter=lfs\n  title.psd: 8BPS…\nright:\n  title.psd: version https://git-lfs.github.com/spec/v1 …",
		},
		{
			ID:      perfEvidence,
			Summary: "code gains lines, and nothing shows a measurement",
			Why:     "What is said to be faster was slower more than once. Proved is that a benchmark gained a line or that a trailer says something, not that it is faster.",
			Fix:     "add or change a benchmark, or say what was measured in a trailer \"Perf-Evidence: …\"",
			Example: "found:\n  perf: sort in place\nright:\n  perf: sort in place\n\n  Perf-Evidence: BenchmarkSort 212ms -> 140ms (n=10)",
		},
	}
}
