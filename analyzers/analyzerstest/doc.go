// Package analyzerstest holds what the tests of every analyzer share: the contract suite, readable cases without git,
// and changes built in memory.
//
// It stands beside the flow: only tests import it. [Suite] checks what hooks.Run and policy rely on, for any analyzer:
//
//	func TestContract(t *testing.T) { analyzerstest.Suite(t, dor.New(dor.Defaults())) }
//
// [Run] runs one case per txtar file. A case is a change and what the analyzer is to say of it:
//
//	A TODO without a name is found in the file that adds it, at its line.
//
//	-- commit --
//	id: c1
//
//	feat: parse options
//	-- added cmd/main.go --
//	package main
//
//	// TODO: options
//	-- added cmd/flags.go @40 --
//	// these lines are added from line 40 on
//	-- want --
//	anonymous cmd/main.go:3 c1
//
// A name such as "added cmd/main.go" says what a section is; it belongs to the commit above it, or to the index when
// there is none. The sections, with their optional headers, which an empty line separates from the text:
//
//	commit            id parents author committer reverts picks latest defects; then the message
//	added PATH [@N]   added lines, from line 1 or N; several for one path are several hunks
//	binary PATH [@N]  the same, of a file that "git log -p" would not show
//	before PATH       a file as it was before the change; no other was there
//	changed PATH      the new text of a file, in whole; the lines that it did not have before are the added ones
//	unread PATH       lines were added that cannot be read; the text says why
//	deleted PATH      no lines
//	renamed OLD => NEW   no lines
//	tag NAME          id target type tagger defects; then the message
//	ref NAME          old new target protected rewinds commits tags; without any, refs/heads/main gains every commit
//	                  and refs/tags/NAME each tag
//	change            kind pusher option
//	want              one line for each finding, in any order
//
// The trees of a ref ([analyzers.Trees]) have the files that were there before and, after its commits, what these make of them: lines that are
// added from line N on push the others down. Where a file was not there before, empty lines stand before them.
//
// Names of commits stand for ids (see [ID]). A line of want is a rule, a place (PATH, PATH:LINE, PATH:LINE:COLUMN; "-" is
// no path) and, if it has one, the commit or ref; a path with spaces is quoted as in Go. "skip: WHAT" expects something
// to be reported as not examined, "error: TEXT" that the run fails.
//
// No file needs to hold a token that a scanner would take for a real one, since texts may have placeholders:
//
//	${fake ghp_ alnum 36}           prefix, alphabet, number of characters; see Fake
//	${fake ghp_ alnum 36 other}     another one
//	${base64 fake ghp_ alnum 36}    encoded
//	${"\r\x00"}                     a Go string, for bytes that an editor would not keep
package analyzerstest
