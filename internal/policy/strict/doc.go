// Package strict decodes YAML for people who must be told at once about every slip.
//
// It stands under package policy, which reads policy files with it, and knows nothing of policies. It is stricter than the
// library that it parses with: an unknown key, a number where text is wanted, a missing value, an anchor or a second
// document are errors, each with its place and what was probably meant; and it goes on after an error, so that a file can
// be mended in one go. What is read may be an attacker's: size, number of tokens and depth are bounded.
//
//	doc, err := strict.Document("policy.yaml", data)
//	if err != nil {
//		return err
//	}
//	d := strict.Decoder{File: "policy.yaml"}
//	d.Struct("", doc, reflect.ValueOf(&into).Elem(), nil)
//	return d.Errs.Err()
package strict
