// Package checksum says of a text that looks like a secret whether it can be one, without asking anybody: many tokens carry
// a checksum of themselves, and others a form that their issuer's own program insists on.
//
// It is asked by package secrets about each finding, by the identifier of the gitleaks rule that made it, and its answer
// becomes analyzers.Finding.Validity. Policy makes a warning of what is [Invalid], so that the answer errs on the other side:
//
//   - [Valid] needs a checksum that is right. A form that is right proves nothing and stays [Unknown].
//   - [Invalid] needs the issuer's word, in code or in writing, that every token of exactly this shape has the checksum or the
//     form. What others found out about a checksum can only make a token valid.
//   - A token that was cut short, that goes on beyond what the rule matched, or that has a shape of yesterday or tomorrow, is
//     Unknown.
//
// What is known about whom, and from where, stands beside the code. Looked at, and Unknown for good: Slack, Stripe, OpenAI,
// Hugging Face, RubyGems, Databricks, Doppler, Dynatrace and others whose tokens are random throughout; access key ids of AWS,
// which name an account and have no checksum; fine-grained tokens of GitHub and the tokens of Cloudflare from 2026 on, which
// have a checksum of which nobody says how it is made.
//
//	switch checksum.Validity("github-pat", token) {
//	case checksum.Valid: // it was issued, if perhaps revoked since
//	case checksum.Invalid: // made up, mistyped, or broken on purpose
//	}
package checksum
