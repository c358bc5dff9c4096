// Package native reads a repository's files in this process: objects through odb, refs through refstore, history through commitwalk, trees through
// treediff and lines through linediff. It needs no git program, no /dev/null, no home and no writable directory, and it costs no process.
//
// What it does not know (SHA-256, reftable, partial clones, extensions of the format that are newer than it), it refuses to open
// with [source.ErrUnsupported]; what it meets only later, such as a revision expression, it passes on to another source where there is one.
//
//	n, err := native.Open(native.Options{GitDir: gitDir, Dir: dir, Getenv: os.Getenv})
//	if errors.Is(err, source.ErrUnsupported) {
//		... // ask git
//	}
//	defer n.Close()
package native
