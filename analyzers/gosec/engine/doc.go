// Package engine runs gosec's rules and analyzers on packages that were read out of a tree.
//
// It reports what gosec's program reports of the same packages in a checkout, with four differences, each for a reason:
//
//   - Comments that suppress are applied here, not by gosec, which goes through them in the random order of a map: where the lines of two
//     such comments overlap it says one thing in one run and another in the next. Here a finding is suppressed if any comment says so, which
//     agrees with gosec wherever gosec agrees with itself.
//   - A package that is imported with back quotes is known to the rules.
//   - A panic of a rule or an analyzer costs what that one would have found, not the process.
//   - What can cost more than there is, is not begun: see limits.go, resolve.go and shape.go. Whatever did not run is in Result.Reduced.
//
// A stack overflow and memory that runs out end the process; this is why the engine belongs in a process of its own. What is known to
// overflow the stack is looked for before, so that it is named and does not just end the process.
package engine
