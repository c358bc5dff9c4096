// Package owners reads CODEOWNERS: who must be asked about a path.
//
// The file is the host's, and the host enforces it (GitHub Docs, "About code owners"). Here it is advice beside the advice: which of the people
// that the index suggests are owners, which owners it does not know, and which touched paths have none.
//
//	o, err := owners.Parse(ctx, ".github/CODEOWNERS", data)
//	report, err := o.Of(ctx, paths)
//	for path, owners := range report.Owners { … }
//	report.Gaps // paths without an owner
//
// A line that is malformed is skipped, as on GitHub, and named in [File.Problems]. Sections, with which GitLab parts its files, change what a
// line means: such a file is an error, which names the line.
//
// The file may come from whoever can push to the default branch. Its size, the number of its lines and the length of a pattern are bounded, patterns
// are matched in time linear in their length, and everything ends when ctx does.
package owners
