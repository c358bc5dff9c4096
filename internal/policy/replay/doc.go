// Package replay counts what another policy would have changed: how many past changes it would have refused or let in that the present one did
// not, by which rules, in which months and of whom.
//
// It reads no repository and judges nothing: package hooks judges each past change by both policies and hands over a [Record] of it, free of secrets
// and of control characters. Here the records are kept in a file that an interrupted replay goes on from ([Open]), counted ([Tally]) and shown
// as text, JSON (docs/replay-format.md) or one page of HTML ([Result]).
//
//	tally := replay.NewTally()
//	for _, record := range records { // in any order
//		tally.Add(record)
//	}
//	err := tally.Result(about).Text(os.Stdout)
package replay
