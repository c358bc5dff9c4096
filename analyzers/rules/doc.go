// Package rules checks what a policy's own rules ask for: expressions over a change, written by who runs the repository or the server.
//
// It is one of the checks that hooks.Run hands a Change to. A rule says when it applies and what must then be so:
//
//	rules:
//	  api-docs:
//	    description: the API changes with its documentation
//	    if: 'class("feature") && any(files, .path startsWith "api/")'
//	    need: 'any(files, .path startsWith "docs/")'
//	    message: api/ changes and docs/ does not
//	    hint: describe the change in docs/
//	    each: change
//	    examples:
//	      - fail: {class: [feature], files: [{path: api/a.go}]}
//	      - pass: {class: [feature], files: [{path: api/a.go}, {path: docs/a.md}]}
//
// With "each: change", the default, it is asked once for each ref of a push or range, over the new commits of that ref together. With
// "each: commit" it is asked for each new commit, also of a history, and with "early: true" already when the commit is being made: once for the
// index, with files and an empty message, and once for the message, without files. A rule that speaks of files, commits or trailers is not
// asked about a ref that gains none, such as one that is deleted.
//
// # The language
//
// Expressions are those of expr-lang (https://expr-lang.org/docs/language-definition), with the names below, checked for names and types when
// the policy is read. What an expression can use:
//
//	class("bugfix")      the ref's change is of that class: bugfix feature security performance compliance emergency
//	classes              its classes, as a list
//	ref branch tag       full name of the ref; what follows refs/heads/ or refs/tags/, "" for other refs
//	protected            policy protects the ref
//	kind                 "commit" "message" "push" "range" "history"
//	created deleted      the ref is made or removed
//	fast_forward         its old commit is an ancestor of the new one; true for one that is made
//	files                changed paths of each commit: .path .old_path .status ("A" "M" "D" "R" "C" "T")
//	                     .old_mode .mode (numbers as git has them, such as 33188 for 100644)
//	commits              new commits, parents first: .id .subject .message .type .scope .breaking .trailers .author .committer
//	                     .merge .reverts .picks (ids of what is provably undone or repeated, or "")
//	commit               the one commit, only with "each: commit"
//	trailers             of all commits, in order: .key .value
//	trailer("Key")       value of the last trailer of that key, compared without case; "" if there is none
//	pusher               .name .emails .key .source, as far as the host says; source "" = it says nothing
//	options              push options (git push -o)
//
// author and committer have .name and .email. Of the language there are the operators, "let", lists, conditions, and all any none one filter
// map count len first last indexOf lastIndexOf hasPrefix hasSuffix trim trimPrefix trimSuffix int. "matches" wants a regular expression (RE2)
// in quotes; (?i) at its beginning ignores case.
//
// # Bounds
//
// An expression may be a stranger's: a repository brings rules in its .refward.yaml. Therefore nothing is there that makes texts longer,
// repeats or ranges, so that no value outgrows the change; length, size and patterns of expressions are bounded when they are read, and lists
// and steps when they are evaluated. Each round of a loop looks at the deadline. What exceeds a bound is an error of the check, which
// is never the same as finding nothing.
//
//	a, err := rules.New(options)
//	if err != nil {
//		return err // an expression does not compile; each analyzers.OptionError names the key
//	}
//	r, err := a.Run(ctx, change)
package rules
