// Package audit keeps the record of what the gate decided: one line of JSON for each push that it judged, and one for
// each that Git then applied.
//
// It stands at the end of the server's flow: the receive hook appends the decision before it exits, so that no push is
// accepted without its record, and post-receive finds that decision again and appends what was applied. The format is
// docs/audit-format.md. A record names rules, places and fingerprints, never a message, an excerpt or a secret.
//
//	id := audit.NewPushID()
//	err := audit.Append(ctx, "/var/lib/refward/audit/app.jsonl", audit.Record{
//		Kind:   audit.Decision,
//		PushID: id,
//		Time:   time.Now(),
//		Refs:   []audit.Ref{{Ref: "refs/heads/main", Old: old, New: new, Protected: true}},
//	})
//	if err != nil {
//		return err // the push is refused: nothing enters without a record
//	}
package audit
