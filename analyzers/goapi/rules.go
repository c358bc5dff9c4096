package goapi

import "github.com/refward/refward/analyzers"

// The rules.
const (
	ruleBreaking   = "breaking-change"
	ruleIncomplete = "incomplete"
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
			Why: "It does not compile, types of other modules are not known, or the time or memory that the policy allows was not enough. " +
				"What could not be compared may be broken.",
			Fix: "mend what does not compile, fill the cache of types (refward types --help), or raise goapi.cpu or goapi.memory in the policy",
			Example: "func Open(o missing.Options) error     finds: the types of module example.com/missing are not known\n" +
				"refward types fill                     makes them known",
		},
	}
}
