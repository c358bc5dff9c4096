package installer

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// format is the version of the shims' text; doctor calls a shim of another one stale.
const format = 2

// chainedSuffix ends the name of the hook that was there before ours.
const chainedSuffix = ".refward-chained"

// A flavour is a kind of shim.
type flavour string

const (
	clientShim flavour = "client" // in a repository: the earlier hook, then refward
	globalShim flavour = "global" // for all of a user's repositories: the repository's own hook, then refward
	passShim   flavour = "pass"   // for all of a user's repositories: the repository's own hook only
	serverShim flavour = "server" // behind plain Git: the earlier hook, then refward-receive
	giteaShim  flavour = "gitea"  // one of several that a delegate runs: refward-receive only
)

// A shim is what distinguishes one of our scripts from another.
type shim struct {
	format  int
	flavour flavour
	hook    string // Git's name of the hook
	program string // absolute path
	policy  string // absolute path; "" = the program's own default. Servers only
}

// text returns the script. Names of shell variables begin with refward_ so that the hooks it runs get their
// environment unchanged; the script calls nothing but the shell, cat, and (for a user's global hooks) git and grep.
func (s shim) text() string {
	policy, command := "", `"$refward_program" hook @HOOK@ "$@"`
	if s.flavour == serverShim || s.flavour == giteaShim {
		command = `"$refward_program" @HOOK@`
		if s.policy != "" {
			policy, command = "refward_policy=@POLICY@\n", `"$refward_program" --policy "$refward_policy" @HOOK@`
		}
	}
	var body string
	switch s.flavour {
	case clientShim:
		body = programPart + besidePart + chainPart + runPart + endPart + missingClientPart
	case globalShim:
		body = programPart + repositoryPart + ownShimPart + chainPart + runPart + endPart + missingGlobalPart
	case passShim:
		body = repositoryPart + passPart
	case serverShim:
		body = programPart + policy + besidePart + chainPart + runPart + endPart
	case giteaShim:
		body = programPart + policy + unchainedPart + runPart + endPart
	}
	if s.flavour == serverShim || s.flavour == giteaShim {
		if s.hook == "pre-receive" {
			body += missingPreReceivePart
		} else {
			body += missingPostReceivePart
		}
	}
	capture := ""
	if readsStdin(s.hook) {
		capture = capturePart
	}
	body = strings.NewReplacer("@CAPTURE@", capture, "@COMMAND@", command, "@EARLIER@", s.earlier()).Replace(body)
	// The paths come last and in one pass: a path that looks like a mark is left as it is.
	body = strings.NewReplacer("@HOOK@", s.hook, "@PROGRAM@", quote(s.program), "@POLICY@", quote(s.policy)).Replace(body)
	head := fmt.Sprintf("#!/bin/sh\n# refward-shim %d %s %s\n", format, s.flavour, s.hook)
	return head + fmt.Sprintf("# sha256 %x\n", sha256.Sum256([]byte(head+body))) + body
}

// earlier returns the script's part that says that the other hook refused: it comes last, for Refward may have accepted.
func (s shim) earlier() string {
	what := "error: the hook @HOOK@ that was here before refused"
	switch {
	case s.flavour == giteaShim:
		return ""
	case s.flavour == globalShim:
		what = "error: the repository's own hook @HOOK@ refused"
	case s.hook == "post-receive": // the refs have moved
		what = "warning: the hook @HOOK@ that was here before failed"
	}
	return strings.ReplaceAll(earlierPart, "@WHAT@", what)
}

// readsStdin reports whether Git writes to the hook's standard input (githooks(5)).
func readsStdin(hook string) bool {
	return hook == "pre-push" || hook == "pre-receive" || hook == "post-receive"
}

const programPart = `# Refward put this here, and updates and removes it. Checks of your own belong into another file.
refward_program=@PROGRAM@
`

const besidePart = `case $0 in
*/*) refward_chained=${0%/*}/@HOOK@.refward-chained ;;
*) refward_chained=./@HOOK@.refward-chained ;;
esac
`

const repositoryPart = `# core.hooksPath names this directory, so Git does not look for the repository's own hook: it is run from here.
# Outside a repository there is none.
refward_common=$(git rev-parse --git-common-dir 2>/dev/null) || refward_common=/dev/null
refward_chained=$refward_common/hooks/@HOOK@
`

const ownShimPart = `# Where Refward is installed in the repository too, it must not run twice.
if grep -q '^# refward-shim ' "$refward_chained" 2>/dev/null; then
	refward_chained=$refward_chained.refward-chained
fi
`

const passPart = `if [ -f "$refward_chained" ] && [ -x "$refward_chained" ]; then
	exec "$refward_chained" "$@"
fi
exit 0
`

const chainPart = `refward_status=0
unset refward_input

# Runs a command with the standard input that Git gave to this hook.
refward_feed() {
	if [ "${refward_input+set}" ]; then
		printf %s "$refward_input" 2>/dev/null | "$@"
	else
		"$@"
	fi
}

# The hook that was here before goes first, since it may change what is to be judged. Its refusal counts; Refward
# runs all the same, so that everything is reported at once.
if [ -f "$refward_chained" ] && [ -x "$refward_chained" ]; then
@CAPTURE@	refward_feed "$refward_chained" "$@" || refward_status=$?
fi
`

const capturePart = `	# $(…) drops the line ends at the end: a dot keeps them.
	refward_input=$(cat && printf .) || exit 3
	refward_input=${refward_input%.}
`

const unchainedPart = `refward_status=0
refward_feed() { "$@"; }
`

// A shell runs an empty file as a script that succeeds, and so an empty program would accept everything: hence -s. 126
// and 127 are the shell's own statuses for a program that it cannot start.
const runPart = `
refward_own=127
if [ -f "$refward_program" ] && [ -x "$refward_program" ] && [ -s "$refward_program" ]; then
	refward_feed @COMMAND@
	refward_own=$?
fi
`

const earlierPart = `if [ "$refward_status" -ne 0 ]; then
	printf '%s\n' "@WHAT@ (exit $refward_status)" >&2
fi
`

const endPart = `@EARLIER@case $refward_own in
0) exit "$refward_status" ;;
126 | 127) ;;
*) exit "$refward_own" ;;
esac
`

const missingClientPart = `printf '%s\n' "warning: cannot run $refward_program: Refward's @HOOK@ check is left out" >&2
if [ -f "$refward_chained" ]; then
	refward_undo="mv '$refward_chained' '$0'"
else
	refward_undo="rm '$0'"
fi
printf '%s\n' "hint: install Refward again and run \"refward install\", or take this hook out: $refward_undo" >&2
exit "$refward_status"
`

const missingGlobalPart = `printf '%s\n' "warning: cannot run $refward_program: Refward's @HOOK@ check is left out" >&2
printf '%s\n' "hint: install Refward again and run \"refward install --global\", or take its hooks out: git config --global --unset core.hooksPath" >&2
exit "$refward_status"
`

const missingPreReceivePart = `printf '%s\n' "error: cannot run $refward_program: the push is refused, for nothing could check it" >&2
printf '%s\n' "hint: tell the administrator of this server; \"refward server doctor\" says what is wrong" >&2
exit 3
`

const missingPostReceivePart = `printf '%s\n' "warning: cannot run $refward_program: Refward's @HOOK@ work is left out" >&2
printf '%s\n' "hint: tell the administrator of this server; \"refward server doctor\" says what is wrong" >&2
exit "$refward_status"
`

// quote returns s as one word of a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// unquote undoes quote; anything else comes back as "".
func unquote(s string) string {
	if len(s) < 2 || s[0] != '\'' || s[len(s)-1] != '\'' {
		return ""
	}
	return strings.ReplaceAll(s[1:len(s)-1], `'\''`, "'")
}

// parseShim recognises a script of ours, of this or another format. Edited means that it is not as we wrote it.
func parseShim(text string) (s shim, edited, ours bool) {
	m := regexp.MustCompile(`(?m)^# refward-shim (\d+) ([a-z]+) ([a-z0-9-]+)\r?$`).FindStringSubmatch(text)
	if m == nil {
		return shim{}, false, false
	}
	s = shim{flavour: flavour(m[2]), hook: m[3]}
	s.format, _ = strconv.Atoi(m[1]) // digits; one too large for an int is no format of ours either
	if v := regexp.MustCompile(`(?m)^refward_program=(.*)$`).FindStringSubmatch(text); v != nil {
		s.program = unquote(v[1])
	}
	if v := regexp.MustCompile(`(?m)^refward_policy=(.*)$`).FindStringSubmatch(text); v != nil {
		s.policy = unquote(v[1])
	}
	at := regexp.MustCompile(`(?m)^# sha256 ([0-9a-f]{64})\n`).FindStringSubmatchIndex(text)
	if at == nil {
		return s, true, true
	}
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(text[:at[0]]+text[at[1]:])))
	return s, sum != text[at[2]:at[3]], true
}
