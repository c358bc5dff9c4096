package policy

// The exit codes of every Refward program, hook and command. docs/exit-codes.md and cmd/refward/doc.go say the same; a
// test holds the three together. Git treats each code but 0 as a refusal (githooks(5)).
const (
	ExitAccepted  = 0 // accepted
	ExitRefused   = 1 // refused by policy
	ExitUsage     = 2 // usage or policy file wrong
	ExitUnchecked = 3 // could not check
)
