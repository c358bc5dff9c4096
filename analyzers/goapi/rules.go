package goapi

import "github.com/refward/refward/analyzers"

// The rules.
const (
	ruleBreaking   = "breaking-change"
	ruleIncomplete = "incomplete"
	ruleMissing    = "missing-types"
)

func documentation() []analyzers.Rule {
	return []analyzers.Rule{
		{
			ID:      ruleBreaking,
			Summary: "the change breaks who uses an exported Go API, and no commit of it says so",
			Why: "Whoever upgrades finds out when the build fails, or when a tool that reads commit messages has taken the release for a compatible one. " +
				"What is compatible is apidiff's word, which follows the Go 1 promise.",
			Fix: "keep what was exported beside the new, or declare the change: ! before the colon of a subject, or a footer BREAKING CHANGE: what to do",
			Example: "feat: open with options        finds: store.Open: changed from func(string) error to func(string, Options) error\n" +
				"feat!: open with options       is right, as is a footer: BREAKING CHANGE: Open takes Options",
		},
		{
			ID:      ruleIncomplete,
			Summary: "what a Go package exports could not be compared with what it did",
			Why: "It does not compile, it is larger than is read, or the time or memory that the policy allows was not enough. " +
				"What could not be compared may be broken.",
			Fix: "mend what does not compile, or raise goapi.cpu or goapi.memory in the policy",
			Example: "func Open( {}      finds: store/store.go:3: expected ')', found '{'\n" +
				"func Open() {}     is compared",
		},
		{
			ID:      ruleMissing,
			Summary: "something exported changed that has types of modules which are not known here",
			Why:     "Whether such a change breaks anybody cannot be said without the types. What else the package exports was compared.",
			Fix:     "run \"refward types fill\" on a machine with Go and carry the cache over with \"refward types export\" and \"import\"",
			Example: "func Open(o missing.Options) error     finds Open, when it takes missing.Settings now and nothing is known of module missing\n" +
				"refward types fill                     makes the module known",
		},
	}
}
