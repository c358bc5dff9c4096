// Package reviewers has the section "reviewers" of a policy: whether a push is answered with who could review it, who is not to be suggested, and who is
// whom. The section decides nothing about a push, and nothing that it says is a gate.
//
// It is a package of its own because a policy is read without knowing of histories and people; packages expertise/... use it.
package reviewers
