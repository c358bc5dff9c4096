package review

import "github.com/refward/refward/analyzers"

// The rules.
const (
	unapproved         = "unapproved"
	unattested         = "unattested"
	selfApproval       = "self-approval"
	staleApproval      = "stale-approval"
	approvalInvalid    = "approval-invalid"
	authorMerges       = "author-merges"
	approverMerges     = "approver-merges"
	mergerUnknown      = "merger-unknown"
	statementMalformed = "statement-malformed"
	statementRemoved   = "statement-removed"
	checkpoint25       = "checkpoint-25"
	checkpoint50       = "checkpoint-50"
	checkpoint75       = "checkpoint-75"
	checkpointOrder    = "checkpoint-order"
	checkpointByAuthor = "checkpoint-by-author"
	checkpointLarge    = "checkpoint-large"
	reviewAgain        = "review-again"
)

// The groups.
const (
	groupApproval  = "approval"
	groupMerger    = "merger"
	groupStatement = "statement"
	groupProgress  = "progress"
)

func rules() []analyzers.Rule {
	return append(append(approvalRules(), otherRules()...), progressRules()...)
}

func approvalRules() []analyzers.Rule {
	return []analyzers.Rule{
		{
			ID: unapproved, Group: groupApproval,
			Summary: "a commit was approved by nobody but those who made it",
			Why:     "Who makes a change does not see what is wrong with it. A trailer counts here, a signed approval too.",
			Fix:     "have another person read it, and sign: refward approve COMMIT; or amend with the trailer Reviewed-by: NAME <MAIL>",
			Example: "# found\nfix: round the other way\n# right\nfix: round the other way\n\nReviewed-by: Bob <bob@example.com>",
		},
		{
			ID: unattested, Group: groupApproval,
			Summary: "a commit has no signed approval of another person by a key that counts",
			Why:     "A trailer is text that anybody can type, the author too. A signature over the very commit is a fact.",
			Fix:     "push it to a topic branch; another person types git fetch, then refward approve --push COMMIT, with git config gpg.format ssh and user.signingKey set",
			Example: "# found: a trailer only\nReviewed-by: Bob <bob@example.com>\n# right: signed by bob\nrefs/refward/review/COMMIT/approval-0123456789abcdef",
		},
		{
			ID: selfApproval, Group: groupApproval,
			Summary: "the only approval is by somebody who made the change",
			Why:     "Four eyes are two persons. Co-authors and the committer have made it, too.",
			Fix:     "have somebody approve who has no part in it: refward approve COMMIT",
			Example: "# found\nAuthor: Ada <ada@example.com>\nReviewed-by: Ada <ada@example.com>\n# right\nAuthor: Ada <ada@example.com>\nReviewed-by: Bob <bob@example.com>",
		},
		{
			ID: staleApproval, Group: groupApproval,
			Summary: "an approval is of an older revision",
			Why:     "What came after it nobody has read. A clean merge of another branch is no such thing.",
			Fix:     "have the newest commit approved: refward approve COMMIT",
			Example: "# found: approved at b, and c is new\na - b (approved) - c\n# right\na - b - c (approved)",
		},
		{
			ID: approvalInvalid, Group: groupApproval,
			Summary: "the signature of a statement does not count",
			Why:     "The key is unknown, ran out or was called back, or the tag was changed: somebody may pretend to be another.",
			Fix:     "look at who made it, and state it anew with a key that counts",
			Example: "# found: signed with a key that identity.revoked lists\n# right: signed with the key that took its place\nrefward approve COMMIT",
		},
	}
}

func otherRules() []analyzers.Rule {
	return []analyzers.Rule{
		{
			ID: authorMerges, Group: groupMerger,
			Summary: "who pushes is an author of what comes in",
			Why:     "Where duties are separate, nobody brings their own work into a protected branch.",
			Fix:     "have somebody push it who has not written it",
			Example: "# found: pushed by ada\nAuthor: Ada <ada@example.com>\n# right: pushed by carol",
		},
		{
			ID: approverMerges, Group: groupMerger,
			Summary: "who pushes is one whose approval is needed",
			Why:     "Where author, approver and merger are three, one account that was taken over does not suffice to bring something in.",
			Fix:     "have somebody push it who has not approved of it, or one more approve",
			Example: "# found: approved by bob, pushed by bob\n# right: approved by bob, pushed by carol",
		},
		{
			ID: mergerUnknown, Group: groupMerger,
			Summary: "it is not known who pushes",
			Why:     "That author, approver and merger are three can be shown only where each is known.",
			Fix:     "push with your own account, and have it added to the file that identity.people names",
			Example: "# found: an account on the server that everybody shares\ngit push git@git.example.com:shop.git\n# right: a host that names who pushes, and a file that knows the login\npeople: {carol: {mails: [carol@example.com]}}",
		},
		{
			ID: statementMalformed, Group: groupStatement,
			Summary: "what is pushed as a statement about a commit is none",
			Why:     "Name of the ref, header and target must say the same, and it must be signed: otherwise it counts for nothing, and somebody relies on it.",
			Fix:     "make it with refward approve or refward progress",
			Example: "# found: a tag that is not signed\ngit tag -a -m approved x\n# right\nrefward approve COMMIT",
		},
		{
			ID: statementRemoved, Group: groupStatement,
			Summary: "a statement about a commit is deleted or moved",
			Why:     "That somebody approved of what came in could not be shown any more.",
			Fix:     "leave it where it is; ask those who own the repository when it must go",
			Example: "# found\ngit push origin --delete refs/refward/review/COMMIT/approval-0123456789abcdef\n# right: it stays, beside newer ones",
		},
	}
}

func progressRules() []analyzers.Rule {
	mark := func(id, percent string) analyzers.Rule {
		return analyzers.Rule{
			ID: id, Group: groupProgress,
			Summary: "nobody else has signed a review at " + percent + "% of the work",
			Why:     "What goes the wrong way is cheap to turn while it is small. How far the work is, the one who reviews declares: nothing can measure it.",
			Fix:     "another person reads what is there and types refward progress --push " + percent,
			Example: "# found: work that nobody has looked at until it was done\n# right: signed by bob, on a commit of the branch\nrefs/refward/review/COMMIT/progress-" + percent + "-0123456789abcdef",
		}
	}
	return []analyzers.Rule{
		mark(checkpoint25, "25"), mark(checkpoint50, "50"), mark(checkpoint75, "75"),
		{
			ID: checkpointOrder, Group: groupProgress,
			Summary: "a later review is of an older commit than an earlier one",
			Why:     "Reviews that were stated all at once, or backwards, did not go along with the work.",
			Fix:     "state the later review on a later commit",
			Example: "# found\na (50%) - b (25%)\n# right\na (25%) - b (50%)",
		},
		{
			ID: checkpointByAuthor, Group: groupProgress,
			Summary: "a review of work in progress is by an author of the change",
			Why:     "Who writes it cannot look at it from outside.",
			Fix:     "have somebody review it who has not written it",
			Example: "# found: ada wrote it and typed\nrefward progress 50\n# right: bob types it",
		},
		{
			ID: checkpointLarge, Group: groupProgress,
			Summary: "a large change had no review half way",
			Why:     "In more than a few hundred lines at once reviewers find little. review.large says how many.",
			Fix:     "have another person review the work half way: refward progress 50; or bring it in by parts",
			Example: "# found: 900 lines and an approval at the end\n# right: a review at 50% after 400 of them\nrefward progress 50",
		},
		{
			ID: reviewAgain, Group: groupProgress,
			Summary: "too much has changed since the last review",
			Why:     "A review speaks of what was there. review.again says how many lines may come after it.",
			Fix:     "have another person review what came since: refward progress, or refward approve",
			Example: "# found\na (75%) - 600 lines more\n# right\na (75%) - 600 lines more (approved)",
		},
	}
}
