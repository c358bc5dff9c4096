package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/internal/tracker"
)

const trackerKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

// Where the snapshot is, and who signs it, is the administrator's to say.
func TestTracker(t *testing.T) {
	const text = "tracker:\n  file: /var/lib/refward/tracker.json\n  keys: [\"" + trackerKey + "\", /etc/refward/keys]\n  max_age: 90m\n  when_stale: skip\n"
	p, err := Parse("f", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if p.Tracker.MaxAge != 90*time.Minute || p.Tracker.WhenStale != tracker.Skip || len(p.Tracker.Keys) != 2 || !p.Tracker.On() {
		t.Errorf("%+v", p.Tracker)
	}
	again, err := Parse("again", p.Canonical())
	if err != nil || again.Digest() != p.Digest() || again.Tracker.File != p.Tracker.File {
		t.Errorf("the canonical form is another policy: %v\n%s", err, p.Canonical())
	}
	if q, _ := Parse("f", nil); q.Digest() == p.Digest() || q.Tracker.On() {
		t.Error("the tracker does not count in the digest")
	}
	over, err := Overlay(p, ".refward.yaml", []byte("tracker:\n  file: /tmp/mine\n  keys: [/tmp/key]\n"))
	if err != nil || over.Tracker.File != p.Tracker.File {
		t.Errorf("a repository names the tracker: %+v, %v", over, err)
	}
	for bad, want := range map[string]string{
		"tracker: {file: snapshot.json, keys: [/k]}": "f:1:11: tracker.file: want an absolute path",
		"tracker: {file: /snapshot.json}":            "tracker.file: name in tracker.keys who may sign it",
		"tracker: {keys: [ada]}":                     "tracker.keys[0]: want a public key",
		"tracker: {keys: [ssh-ed25519 AAAA]}":        "tracker.keys[0]: key:1: the key is damaged",
		"tracker: {max_age: -1s}":                    "tracker.max_age: want more than 0s",
		"tracker: {when_stale: ignore}":              `tracker.when_stale: "ignore" is none of use, skip, refuse`,
		"tracker: {optional: true}":                  `unknown key "optional"`,
		"tracker: /var/lib/refward/tracker.json":     "want a mapping",
	} {
		if _, err := Parse("f", []byte(bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", bad, err, want)
		}
	}
}
