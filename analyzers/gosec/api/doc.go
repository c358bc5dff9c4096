// Package api compares what two versions of a package export, with apidiff, and claims nothing about types that are not known.
//
//	changes, unknown, err := api.Compare(before, after)
//
// It knows types only: where they come from is for package load, what a change means for the policy.
package api
