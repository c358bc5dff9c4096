// Package balance names one person of a ranking, so that not everything goes to the one who knows most.
//
// The ranking that people see stays as it is. For the assignment a person's probability, the softmax of the score, is divided by
// (1 + load/mean)^0.5, load being what one was assigned in the last 14 days. Who has too many open reviews is passed over. It is always one
// person and never a team: what everybody is asked for, nobody does.
//
//	choice, ok := balance.Choose(ranking, balance.Load{Assigned: ledger.Assigned(now), Open: open}, balance.Defaults())
//
// A [Ledger] keeps who was assigned what, in a file that several processes may use at once.
package balance
