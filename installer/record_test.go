package installer

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/refward/refward/internal/audit"
)

// TestTryAppendIsAsGoodAsAppending holds the trial against the real thing, which makes what the trial only tries.
func TestTryAppendIsAsGoodAsAppending(t *testing.T) {
	w := newWorld(t)
	file := w.file("a file", "x", 0o644)
	written := filepath.Join(w.root, "log", "audit.jsonl")
	if err := audit.Append(t.Context(), written, audit.Record{Kind: audit.Decision}); err != nil {
		t.Fatal(err)
	}
	locked := w.file("locked/audit.jsonl", "", 0o644)
	if err := os.Mkdir(locked+".lock", 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		written:                            true,
		filepath.Join(w.root, "new.jsonl"): true,
		filepath.Join(w.root, "a", "b", "c", "x.jsonl"): true,
		filepath.Join(file, "x.jsonl"):                  false,
		filepath.Join(file, "a", "b", "x.jsonl"):        false,
		filepath.Join(w.root, "locked"):                 false, // a directory
		locked:                                          false,
	} {
		before := names(t, w.root)
		err := tryAppend(path)
		equal(t, "what is there after trying "+path, names(t, w.root), before)
		equal(t, path+" can be written", err == nil, want)
		appended := audit.Append(t.Context(), path, audit.Record{Kind: audit.Decision})
		equal(t, path+" was written", appended == nil, want)
	}
}

// names lists everything below a directory.
func names(t *testing.T, dir string) string {
	t.Helper()
	all := ""
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		all += path + "\n"
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestServerDoctorTriesTheRecord(t *testing.T) {
	g := newGate(t, Plain)
	g.put()
	record := g.file("var/audit.jsonl", "", 0o644)
	g.ReadPolicy = func(path string) (PolicyFacts, error) { return PolicyFacts{File: path, Record: record}, nil }
	equal(t, "the policy's record", g.states(g.Doctor(context.Background())), "pre-receive: ok\npost-receive: ok\nROOT/var/audit.jsonl: ok\n")
	record = filepath.Join(record, "audit.jsonl")
	all, err := g.Doctor(context.Background())
	equal(t, "an impossible place", g.states(all, err), "pre-receive: ok\npost-receive: ok\nROOT/var/audit.jsonl/audit.jsonl: broken\n")
	equal(t, "is a problem", all[2].Problem(), true)
	contains(t, "detail", all[2].Detail, "cannot write the record of decisions, and so every push is refused", "not a directory")
	contains(t, "hint", all[2].Hint, "audit.file")

	record = ""
	if err := os.MkdirAll(filepath.Join(g.Dir, "refward", "audit.jsonl"), 0o755); err != nil {
		t.Fatal(err)
	}
	contains(t, "a directory in its place", g.states(g.Doctor(context.Background())), "it's.git/refward/audit.jsonl: broken\n")
}
