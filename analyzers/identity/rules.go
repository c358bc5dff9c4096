package identity

import "github.com/refward/refward/analyzers"

// The rules.
const (
	unsigned           = "unsigned"
	bad                = "signature-bad"
	unknown            = "signature-unknown"
	expired            = "signature-expired"
	revoked            = "signature-revoked"
	signerNotCommitter = "signer-not-committer"
	committerNotPusher = "committer-not-pusher"
	pusherUnknown      = "pusher-unknown"
)

// The groups.
const (
	groupSignature = "signature"
	groupPusher    = "pusher"
)

func rules() []analyzers.Rule {
	return []analyzers.Rule{
		{
			ID: unsigned, Group: groupSignature,
			Summary: "a commit or an annotated tag has no signature",
			Why:     "Who made a commit is text that anybody can type: git config user.email is all that it takes to be somebody else.",
			Fix:     "git commit -S, git tag -s; git config commit.gpgSign true does so always",
			Example: "# found\ngit commit -m \"fix: round the other way\"\n# right\ngit commit -S -m \"fix: round the other way\"",
		},
		{
			ID: bad, Group: groupSignature,
			Summary: "a signature is not over this commit or tag, was made for another purpose, or cannot be read",
			Why:     "The object was changed after it was signed, or a signature was copied from elsewhere.",
			Fix:     "look at who made it, then sign anew: git commit --amend -S",
			Example: "# found: a signed commit, of which a tool has changed the message\ngit filter-branch --msg-filter 'sed s/a/b/'\n# right: what rewrites also signs\ngit rebase --exec 'git commit --amend --no-edit -S' BASE",
		},
		{
			ID: unknown, Group: groupSignature,
			Summary: "a signature is by a key that may not sign",
			Why:     "Anybody can make a key and sign with it. It says something only when it is known whose it is.",
			Fix:     "sign with the key that the administrators know, or ask them to add yours to identity.allowed_signers or identity.keyring",
			Example: "# found: a new key that nobody has heard of\ngit config user.signingKey ~/.ssh/new.pub\n# right: the key is in the file of allowed signers\nada@example.com ssh-ed25519 AAAA…",
		},
		{
			ID: expired, Group: groupSignature,
			Summary: "a signature is by a key that was not valid",
			Why:     "Keys have an end so that one that was lost and not missed stops to count.",
			Fix:     "have the key's time extended where it is still yours, or sign with a new one",
			Example: "# found: signed in 2025\nada@example.com valid-before=\"20240101Z\" ssh-ed25519 AAAA…\n# right: signed in 2023",
		},
		{
			ID: revoked, Group: groupSignature,
			Summary: "a signature is by a key that was revoked",
			Why:     "Somebody else may have the key: whatever it signs may be theirs, whenever it says that it was made.",
			Fix:     "sign with another key, after having looked at each commit",
			Example: "# found: the key is in the file that identity.revoked names\n# right: signed with the key that took its place\ngit config user.signingKey ~/.ssh/id_2026.pub",
		},
		{
			ID: signerNotCommitter, Group: groupSignature,
			Summary: "a signature is by somebody else than the committer",
			Why:     "A good signature under another's name misleads who reads the history.",
			Fix:     "git config user.email the address that belongs to the key, then git commit --amend -S --reset-author",
			Example: "# found: signed by the key of ada@example.com\ncommitter Bob <bob@example.com> 1700000000 +0000\n# right\ncommitter Ada <ada@example.com> 1700000000 +0000",
		},
		{
			ID: committerNotPusher, Group: groupPusher,
			Summary: "a new commit is of another committer than who pushes",
			Why:     "Whoever pushes answers for what comes in. Commits that a ref has already are not asked again, nor those that their committer has signed.",
			Fix:     "git config user.email an address that the server knows as yours; let others push what is theirs",
			Example: "# found: pushed by ada\ncommitter Bob <bob@example.com> 1700000000 +0000\n# right\ncommitter Ada <ada@example.com> 1700000000 +0000",
		},
		{
			ID: pusherUnknown, Group: groupPusher,
			Summary: "it is not known who pushes",
			Why:     "A push by nobody in particular cannot be asked about later.",
			Fix:     "push with your own account, and have it added to the file that identity.people names",
			Example: "# found: an account on the server that everybody shares\ngit push git@git.example.com:shop.git\n# right: a host that names who pushes, and a file that knows the login\npeople: {ada: {mails: [ada@example.com]}}",
		},
	}
}
