// Command secrets compares the search for secrets with the gitleaks command, on the same commits and in turn:
//
//	gitleaks    the command of the version whose library we use, with its stock rules
//	parity      our search with these rules, in the lines that the command sees: not merges, binary files and messages
//	full        all that "refward check range --only secrets" does
//
// It does so for a range, for about the last hundred commits of it and for the last one, and prints the medians as a table: CPU
// seconds (user and system, of the program and all that it starts), wall seconds, the memory of the largest process and of all
// processes at once, and how many times more of both gitleaks takes. The machine's speed does not matter to the ratios.
//
// Then it holds the findings of gitleaks and parity against each other, place by place: the same commits, files, rules, lines,
// columns and secrets, equally often. It prints every difference, and fails if there is one.
//
//	go run ./internal/bench/secrets -repo ~/src/git.git -range v2.40.0..v2.41.0
//
// The repository should be a bare one: in another, a .gitattributes file of the work tree can hide files from gitleaks.
package main
