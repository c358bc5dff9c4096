// Package balance names one person of a ranking, so that not everything goes to the one who knows most.
//
// The ranking that people see stays as it is. For the assignment a person's probability, the softmax of the score, is divided by
// (1 + load/mean)^0.5, load being what one was assigned in the last 14 days. Who has too many open reviews is passed over. It is always one
// person and never a team: what everybody is asked for, nobody does.
//
//	err := balance.Update(ctx, path, time.Now(), func(l *balance.Ledger) error {
//		named, ok := l.Assign(balance.Request{Change: branch, At: now, Ranking: ranking, Reviewers: balance.Reviewers(state, query)}, balance.Defaults())
//		…
//	})
//
// A [Ledger] keeps who was assigned what, in a file that several processes may use at once. Package evaluate replays histories through [Ledger.Assign].
package balance
