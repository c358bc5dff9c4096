// Package message reads the message of a commit or tag as git and Conventional Commits do: trailers, header, body and footers.
//
// It knows texts only, no objects and no policy, so that checks, the classification of changes and the index of expertise read a message
// alike:
//
//	m := message.Parse(commit.Message)
//	if m.Header.Type == "feat" && len(m.Values("Risk")) == 0 { … }
//
// Trailers are what "git interpret-trailers --parse" prints with git's default configuration (git-interpret-trailers(1)), byte for byte; a
// test holds it against git. Two texts that no one writes are read otherwise: behind the line "---" a scissors line (git-commit(1),
// "--cleanup=scissors"), at which git 2.39 does not come to an end, counts for nothing; and a message whose very first line is "Conflicts:"
// gets no list of files at its end forgiven.
//
// Footers are those of Conventional Commits 1.0, which are something else: a value may have several paragraphs, "#" separates too, and
// everything behind the first footer belongs to one.
package message
