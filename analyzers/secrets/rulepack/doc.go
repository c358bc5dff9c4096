// Package rulepack holds rules of Refward's own for the analyzer "secrets", in the format of gitleaks: passwords, keys and
// hashes in the configuration files of clients, servers, frameworks and clouds, which the stock rules of gitleaks miss, and,
// in a part of its own, payment cards and personal identifiers.
//
// The analyzer puts Config on top of the stock rules, and Personal as well where the policy asks for that. A rule's tags say
// what the format of gitleaks has no word for: "provider" (it knows the secret by its own shape, or by a file that is there
// to hold it), "generic" (by a name beside it, so that it errs more often) or "personal". A number with check digits is a
// finding only if Check says that they are right; no pattern can.
//
//	text := rulepack.Config() // TOML: append its rules and allowlists to those of the stock configuration
//	…
//	if !rulepack.Check(finding.RuleID, finding.Secret) {
//		continue // digits that happen to look like a card number
//	}
package rulepack
