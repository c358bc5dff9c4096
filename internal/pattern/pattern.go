// Package pattern says what a regular expression costs before it is compiled.
//
// A few bytes ask for thousands of instructions: a{1000} is a thousand of them, and a policy file of a megabyte, which an attacker may
// push, can have a hundred and fifty million, of 40 bytes each. The syntax tree alone is small, and tells.
package pattern

import "regexp/syntax"

// MaxWeight is how much all expressions of one policy file may weigh together. The stock rules of gitleaks weigh a seventh of it.
const MaxWeight = 1 << 18

// Weight returns about how many instructions an expression (RE2) compiles to, at most far more than [MaxWeight]; 0 for what is none.
func Weight(expression string) int {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		// Some are compiled between brackets, and right only there.
		if tree, err = syntax.Parse("(?:"+expression+")", syntax.Perl); err != nil {
			return 0
		}
	}
	return weight(tree)
}

// weight needs no bound on its depth, nor on its result: the parser nests at most 1000 deep, and repeats at most 1000 times in all.
func weight(tree *syntax.Regexp) int {
	sum := 1 + len(tree.Rune)/2
	if tree.Op == syntax.OpLiteral {
		sum = len(tree.Rune)
	}
	for _, sub := range tree.Sub {
		sum += weight(sub)
	}
	if tree.Op == syntax.OpRepeat {
		sum *= max(tree.Max, tree.Min+1)
	}
	return sum
}
