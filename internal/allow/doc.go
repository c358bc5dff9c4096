// Package allow knows what may stay although an analyzer found it: the administrator's allow file, the repository's baseline of old
// findings, a .gitleaksignore, and the comments that authors write on a line.
//
// It stands between the repository and policy.Decide: hooks gathers a [Set] of what counts in this place, by the policy's section
// "allow", and Decide asks it about each finding:
//
//	set := &allow.Set{Entries: file.For(names), Baseline: baseline, Inline: allow.Always, Now: time.Now()}
//	allowed, denied := set.Of("secrets", &finding, fingerprint)
//
// The package does no input or output apart from [Load], and a Set is not changed by asking it.
package allow
