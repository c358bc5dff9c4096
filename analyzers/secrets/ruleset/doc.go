// Package ruleset reads the rules by which secrets are found: TOML in the format of gitleaks, and how one such text lies over
// another. It knows what rules say; package detector knows what they find.
//
//	stock, err := ruleset.Stock()
//	…
//	rules, err := ruleset.Parse(text) // has "[extend] useDefault = true"
//	…
//	rules, err = rules.Over(stock)
//
// The library's own reader is not used. It counts extensions in a global that is never set back, so that from the third configuration
// in one process on the stock rules are silently missing; it reads through a global viper; it ignores keys that it does not know; and it
// compiles every pattern, which takes longer than most pushes.
package ruleset
