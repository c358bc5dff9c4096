// Refward judges what a commit or a push would bring into a repository before it is in, and refuses what the policy
// forbids: secrets, malformed objects, commits that are not ready.
//
// Usage:
//
//	refward [--log DEST] COMMAND [FLAGS] [ARGUMENTS]
//
// Flags come before arguments. The commands:
//
//	install, uninstall, doctor    put the client hooks into a clone, take them out, see how they are
//	server install|uninstall|doctor KIND DIR
//	                              the same for a repository on a server; KIND is plain or gitea
//	check staged|range|tree|history
//	                              judge without a hook: in CI, or to try a policy out
//	baseline [REV]                write down what a repository has already, so that only what is new is refused
//	hook NAME                     judge as a Git hook; the installed hooks call this
//	policy init|check|explain     write a commented policy, check one, or say what it makes of a change
//	policy schema                 print the JSON Schema of a policy, for editors
//	policy fetch SOURCE           hold the server's policy in a clone
//	tracker sync|status           make the signed snapshot of an issue tracker, see how it is
//	approve [REV]                 sign that you approve a commit, with all that leads to it
//	progress [25|50|75 [REV]]     sign that you have reviewed a branch that is done so far, or show who has
//	expertise index|show|owners|map|authors|forget
//	                              who wrote the lines of a repository, and what is kept of them
//	expertise evaluate FILE…      how good the suggestions of reviewers are, on histories whose reviewers are known
//	explain RULE                  why a rule exists and how to mend what it finds
//	types fill|export|import|status
//	                              keep the types of modules that Go code imports, for servers without Go
//
// The policy is the file of --policy, else of REFWARD_POLICY, else in a clone what policy fetch has brought, else
// /etc/refward/policy.yaml, else the preset starter; the repository's own .refward.yaml, at the tip of HEAD's branch, can tighten it.
//
// Repositories are read in this process; of those whose format it does not know (SHA-256, reftable, partial clones) git is asked.
// REFWARD_READER=git has git asked of all, REFWARD_READER=builtin of none.
//
// Types are kept in the directory of --cache, else of REFWARD_TYPES, else in /var/lib/refward/types where that is, else in
// refward/types in the user's cache directory.
//
// # Exit codes
//
//	0  accepted
//	1  refused by policy
//	2  usage or policy file wrong
//	3  could not check
//
// A hook that ends with anything but 0 makes git refuse (githooks(5)).
package main
