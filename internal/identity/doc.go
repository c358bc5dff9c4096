// Package identity says who pushes, and which kind of host runs the hook, from the variables that the host sets for it.
//
// It stands at the entrance of the server's flow: the receive hook puts [FromEnv] into the Change as its Pusher, and
// chooses its deadline by [Host], since GitHub Enterprise Server gives all hooks of a push five seconds together
// (GitHub Docs, "About pre-receive hooks", "Performance and pre-receive hooks").
//
// The variables are worth what the host is worth. A host that owns the connection (GitHub, Gitea, GitLab, gitolite, a web
// server) sets them itself; somebody with a shell account on a plain server can set any of them, but could as well
// write to the repository without any hook.
//
//	who := identity.FromEnv(os.Getenv)
//	if who.Source == "" {
//		// nobody vouches for the pusher
//	}
//
// It also says what the signature of a commit or tag is worth ([Verifier]), by the files that a policy names ([Config]): git's own answer, without
// its two programs for each signature.
package identity
