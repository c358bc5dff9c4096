// Package activity keeps who wrote and reviewed what in a history, as sums that decay with time.
//
// A [State] takes one [Event] for each commit, parents first, and answers what package suggest asks. It can be stored and read back, and
// goes on from there as if it had never been interrupted:
//
//	s := activity.New(isBot)
//	for _, e := range events {
//		if err := s.Apply(&e); err != nil {
//			return err
//		}
//	}
//	data, err := s.MarshalBinary()
//
// Whoever only asks reads nothing but what it asks for ([Open]).
//
// For a signal, a key and a person there is a value v and a time: v ← v·2^(-Δt/half-life) + w, where w = min(1, 10/files of the commit).
// Commits of more than 200 files are no evidence for who knows them; merges none at all, since their commits were counted. A rename
// carries a file's sums over. Deleted files, bots, and reviews of one's own commits are not counted.
//
// What has decayed below 1/1024 counts as absent and is dropped, so that memory is bounded by what happened in the last years.
package activity
