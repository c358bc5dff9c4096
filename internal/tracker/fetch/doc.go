// Package fetch asks an issue tracker for what a snapshot of it needs: Jira, Gitea or GitHub, over their REST interfaces.
//
// A timer runs it, never a hook: nobody who pushes waits for a tracker. It bounds what it reads, how often it asks again and how long it
// waits, and leaves a tracker alone that fails too often (a circuit breaker). An error means that there is no snapshot: half of one would
// call the other half unknown.
//
//	s, err := fetch.Fetch(ctx, fetch.Options{Kind: "jira", URL: "https://jira.example.com", Projects: []string{"ABC"}})
//	if err != nil {
//		return err // the former snapshot stays
//	}
//	return s.Write(path, signer)
package fetch
