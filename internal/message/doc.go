// Package message reads the message of a commit or tag as git and Conventional Commits do: trailers, header, body and footers.
//
// It knows texts only, no objects and no policy, so that checks, the classification of changes and the index of expertise read a message
// alike:
//
//	m := message.Parse(commit.Message)
//	if m.Header.Type == "feat" && m.Value("Risk") == "" { … }
package message
