// Package objectsig takes a commit or a tag apart into its signature and what that is over, as git does. Whose the key is, and whether it may sign, is
// another's question.
//
// It knows bytes only, and stands below whoever asks about signatures.
//
//	payload, signature := objectsig.Split(objectsig.Commit, raw, false)
package objectsig
