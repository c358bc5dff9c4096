package dor

import (
	"strings"

	"github.com/refward/refward/analyzers"
)

// The rules. One of each trailer that the options name follows, trailer-NAME.
const (
	issueKey       = "issue-key"
	commitType     = "type"
	scope          = "scope"
	scopeMissing   = "scope-missing"
	subjectLength  = "subject-length"
	subjectEmpty   = "subject-empty"
	subjectCase    = "subject-case"
	subjectPeriod  = "subject-period"
	bodySeparator  = "body-separator"
	bodyLineLength = "body-line-length"
	bodyMissing    = "body-missing"
	breakingFooter = "breaking-footer"
	branchName     = "branch-name"

	trailerPrefix = "trailer-"
)

// The groups, by which policy can gate several rules at once.
const (
	groupMessage  = "message"
	groupIssue    = "issue"
	groupTrailers = "trailers"
	groupBranch   = "branch"
)

func groupOf(rule string) string {
	switch {
	case rule == issueKey:
		return groupIssue
	case rule == branchName:
		return groupBranch
	case strings.HasPrefix(rule, trailerPrefix):
		return groupTrailers
	}
	return groupMessage
}

func (k *checker) rules() []analyzers.Rule {
	const reword = "git commit --amend for the newest commit, git rebase -i and \"reword\" for older ones"
	list := []analyzers.Rule{
		{
			ID:      issueKey,
			Summary: "the message names no issue",
			Why:     "Whoever reads the line later asks why it is there; the issue answers, and shows that somebody asked for the change.",
			Fix:     "name the issue anywhere in the message, such as \"Refs: #12\": " + reword,
			Example: "fix: accept tabs\n\nfix: accept tabs (#12)",
		},
		{
			ID:      commitType,
			Summary: "the subject does not begin with an allowed type",
			Why:     "Changelogs, version numbers and policy follow from the type (Conventional Commits 1.0).",
			Fix:     "write the subject as type(scope): description, such as \"fix(parser): accept tabs\": " + reword,
			Example: "Accept tabs\nfix:accept tabs\nfix(): accept tabs\n\nfix: accept tabs\nfix(parser)!: accept tabs",
		},
		{
			ID:      scope,
			Summary: "the scope is none of those that policy lists",
			Why:     "Changelogs are sorted by scope; two spellings of one part make two chapters.",
			Fix:     "name one of the parts that dor.scopes lists, or leave the scope out: " + reword,
			Example: "fix(prser): accept tabs\n\nfix(parser): accept tabs",
		},
		{
			ID:      scopeMissing,
			Summary: "the subject names no scope",
			Why:     "Where many work in one repository, each looks for the commits of their own part.",
			Fix:     "name the part behind the type, in parentheses: " + reword,
			Example: "fix: accept tabs\n\nfix(parser): accept tabs",
		},
		{
			ID:      subjectLength,
			Summary: "the subject is too long",
			Why:     "Lists of commits cut long subjects, so that the end is read by nobody.",
			Fix:     "say the essence in the subject and the rest after an empty line: " + reword,
			Example: "fix: accept tabs in front of a value, since editors write them, and the documentation says so too\n\nfix: accept tabs in front of a value",
		},
		{
			ID:      subjectEmpty,
			Summary: "the first line of the message is empty",
			Why:     "Nobody finds a commit without a subject.",
			Fix:     "give the commit a subject: " + reword,
			Example: "(an empty message)\n\nfix: accept tabs",
		},
		{
			ID:      subjectCase,
			Summary: "the description begins with a letter of the wrong case",
			Why:     "A changelog is a list of descriptions, and reads as one when all begin alike.",
			Fix:     "begin the description as dor.subject_case says; names such as README.md and HTTP stay as they are: " + reword,
			Example: "fix: Accept tabs\n\nfix: accept tabs\nfix: HTTP accepts tabs",
		},
		{
			ID:      subjectPeriod,
			Summary: "the subject ends with a full stop",
			Why:     "A subject is a title, which has none, and no character of it is to spare.",
			Fix:     "take the full stop away: " + reword,
			Example: "fix: accept tabs.\n\nfix: accept tabs",
		},
		{
			ID:      bodySeparator,
			Summary: "no empty line is between subject and body",
			Why:     "git takes all lines up to the first empty one for the subject, and shows them as one long line (git-commit(1), \"DISCUSSION\").",
			Fix:     "leave the second line empty: " + reword,
			Example: "fix: accept tabs\nEditors write them.\n\nfix: accept tabs\n(an empty line)\nEditors write them.",
		},
		{
			ID:      bodyLineLength,
			Summary: "a line of the body is too long",
			Why:     "git log shows a body as it is; a terminal breaks its long lines in the middle of words.",
			Fix:     "break the lines of the body; those with a URL or without a space, and trailers, may be longer: " + reword,
			Example: "(a line of 120 characters, where dor.body_line_max is 100)\n\n(two lines of 60)",
		},
		{
			ID:      bodyMissing,
			Summary: "a commit of this type needs a body",
			Why:     "The subject says what was done. Why it was done is what nobody can find out later.",
			Fix:     "say why, behind an empty line: " + reword,
			Example: "feat: accept tabs\n\nfeat: accept tabs\n(an empty line)\nEditors write them.",
		},
		{
			ID:      breakingFooter,
			Summary: "a line looks like the footer BREAKING CHANGE and is none",
			Why:     "Tools that choose the next version read the footer; one that they do not recognise breaks its users without a word.",
			Fix:     "write \"BREAKING CHANGE: what changes\" behind an empty line, in upper case, with colon and space, or put ! before the colon of the subject: " + reword,
			Example: "breaking change: tabs are refused\nBREAKING CHANGE tabs are refused\n\nBREAKING CHANGE: tabs are refused",
		},
		{
			ID:      branchName,
			Summary: "the branch has a name that policy does not allow",
			Why:     "The name says whose work it is and what for, as long as the branch is not merged, and what may be cleaned up.",
			Fix:     "git branch -m NAME, push that branch, and delete the other one",
			Example: "Tabs (where dor.branches is \"(feature|fix)/[a-z0-9-]+\")\n\nfix/tabs",
		},
	}
	for i := range list {
		list[i].Group = groupOf(list[i].ID)
	}
	for i := range k.trailers {
		list = append(list, k.trailers[i].doc(reword))
	}
	return list
}

// doc describes the rule of one trailer.
func (t *trailer) doc(reword string) analyzers.Rule {
	r := analyzers.Rule{
		ID:      t.rule,
		Group:   groupTrailers,
		Summary: "the trailer " + t.name + " is missing, or its value is not allowed",
		Why:     "What is said in a trailer can be counted, searched and held against a rule; what is said in prose can only be read.",
		Fix:     "end the message with " + t.example() + " in a last paragraph of its own: " + reword,
		Example: t.name + ":\n\n" + t.line(),
	}
	if !t.required {
		r.Summary = "the trailer " + t.name + " has a value that is not allowed"
	}
	return r
}
