// Package plumbing reads a repository by asking git's own plumbing commands. It is the source for every format that git knows and package
// native does not, for the index, and for what only git itself can tell of its configuration. The commands run with
// whatever could blind them switched off: replace refs, external diffs, attributes, configuration.
//
//	g := plumbing.New(plumbing.Options{Dir: dir, GitDir: gitDir, Environ: environ})
//	defer g.Close()
//	graph, err := g.New(ctx, []string{tip}, source.Boundary{All: true})
package plumbing
