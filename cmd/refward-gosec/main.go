// Command refward-gosec is the helper by which refward and refward-receive look at Go code. They start it when a change touches Go files, and
// speak with it over its standard input and output; it is of no use to anybody else. It must be in the same directory as they are.
package main

import (
	"fmt"
	"os"

	"github.com/refward/refward/analyzers/gosec/wire"
	"github.com/refward/refward/analyzers/gosec/worker"
)

func main() {
	if len(os.Args) != 2 || os.Args[1] != "serve" {
		_, _ = fmt.Fprintln(os.Stderr, "error: refward and refward-receive start this program to look at Go code\nhint: keep it in the directory where they are")
		os.Exit(wire.ExitProtocol)
	}
	// Libraries that print would write between what is said to the check: apidiff prints what it did not expect.
	out := os.Stdout
	os.Stdout = os.Stderr
	if err := worker.Serve(os.Stdin, out, os.Exit); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(wire.ExitProtocol)
	}
}
