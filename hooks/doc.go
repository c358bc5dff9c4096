// Package hooks is the middle of the flow: it takes what git gives a hook, has the change read, runs every analyzer on it at
// once, lets policy decide, records the decision, reports it and returns the exit code.
//
//	git's stdin ─► ParsePush ─► gitio.Repo.Push ─► Run ─► policy.Decide ─► audit.Append ─► report.Write ─► exit code
//
// The same [Gate] judges in the developer's hooks, in the server's pre-receive and in "refward check":
//
//	gate := hooks.Gate{Environ: os.Environ(), Stdin: os.Stdin, Stderr: os.Stderr, List: all.List(os.Environ()), Version: version}
//	os.Exit(gate.PreReceive(ctx))
package hooks
