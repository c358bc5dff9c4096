// Package expertise knows who knows the code of a repository, and so who should review a change of it.
//
// The parts, in the order in which data flows:
//
//   - activity keeps decayed counts of who wrote and reviewed what, commit by commit.
//   - suggest ranks people for a change by them and by who owns the lines, and says why in words and figures.
//   - balance picks one person of a ranking, by how much everybody has to review already.
//   - ownership keeps the commit that each line comes from, and census says whose the lines are; treemap draws it.
//   - evaluate replays public histories through the two and says how often they are right, beside simple baselines.
//
// What it says is advice: no verdict depends on it. docs/expertise.md has the formulas and the figures.
package expertise
