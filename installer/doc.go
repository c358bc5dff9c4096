// Package installer puts Refward's hooks in and takes them out: into a repository, for every repository of a user, and
// behind a plain Git or Gitea server. It also says whether they are still in force.
//
// It stands before the flow. What it leaves behind is a shim, a short shell script that Git runs as a hook and that
// runs the program, which does the judging:
//
//	git commit ──► .git/hooks/pre-commit (shim) ──► pre-commit.refward-chained, the hook that was there before
//	                                            └─► refward hook pre-commit
//
// Both run and either can refuse. A shim carries a checksum of itself, so that an edited one is recognised and neither
// overwritten nor deleted without being asked to. On a client a missing program warns and lets through, since nobody
// relies on client hooks; on a server it refuses.
//
//	done, err := installer.Client{Program: "/usr/local/bin/refward"}.Install(ctx)
//	for _, s := range done.Steps {
//		fmt.Println(s.Hook, s.Did) // pre-commit installed
//	}
package installer
