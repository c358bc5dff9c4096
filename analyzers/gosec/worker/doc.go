// Package worker does the jobs of the check: it reads packages out of a tree, has gosec look at them, and makes those whose types are not
// complete good enough for that. It is what the program refward-gosec is made of.
//
// All packages go through one stage before the first goes through the next, the cheap and certain ones first: when time runs out, it is the
// last stage that is missing.
package worker
