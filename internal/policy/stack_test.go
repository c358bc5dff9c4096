package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/analyzers"
)

func TestOverlay(t *testing.T) {
	server := parse(t, "preset: observe\ncontact: a\ndeadline: 10s\ngates: {secrets/generic: late, dor/type: block}\n")
	own, err := Overlay(server, ".refward.yaml", []byte("gates: {dor: block}\nlimits: {findings: 9}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if own.Mode != Observe || own.Contact != "a" || own.Deadline != 10*time.Second || own.Limits != (Limits{32 << 20, 9}) ||
		own.Gates["secrets/generic"].Topic != Late || own.Gates["dor"].Topic != Block {
		t.Errorf("what the file does not say is not the base's: %s", own.Canonical())
	}
	if _, ok := own.Gates["dor/type"]; ok {
		t.Error("the base's key below the file's is still there")
	}
	if server.Gates["dor"].Topic != Warn || server.Limits.Findings != 5 {
		t.Error("the base was changed")
	}
	if got := own.Source(); got != ".refward.yaml over f over preset observe" {
		t.Errorf("source %q", got)
	}
	other, err := Overlay(server, ".refward.yaml", []byte("preset: strict\n"))
	if err != nil || other.Digest() != preset(t, "strict").Digest() {
		t.Errorf("a preset of its own is not the base: %v", err)
	}
	if _, err := Overlay(server, ".refward.yaml", []byte("mode: x\n")); err == nil || !strings.HasPrefix(err.Error(), ".refward.yaml:1:7: ") {
		t.Errorf("bad file: %v", err)
	}
	// The place of a key is its own file's.
	bad, err := Overlay(parse(t, "on_error: {dor: warn}\n"), "own", []byte("\non_error: {secrets: warn}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := bad.Check(testList()); err == nil || !strings.HasPrefix(err.Error(), "own:2:12: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func TestStack(t *testing.T) {
	server := parse(t, "protected: [main]\nmode: observe\nlimits: {blob: 1MiB}\naudit: {file: /srv/a}\n")
	own := parse(t, "protected: [dev]\ncontact: us\nfingerprint_key: k\ndeadline: 1ms\nlimits: {blob: 1, findings: 1}\naudit: {file: /srv/b}\n")
	s := Stack{server, own}
	if !s.IsProtected("refs/heads/main", "") || !s.IsProtected("refs/heads/dev", "") || s.IsProtected("refs/heads/x", "") {
		t.Error("not what any layer protects")
	}
	if s.Contact() != "us" || s.FingerprintKey() != "k" {
		t.Error("not the first layer that says")
	}
	// With these a later layer would loosen: it is not asked.
	if s.Deadline() != 0 || s.Limits() != server.Limits || s.AuditFile() != "/srv/a" {
		t.Errorf("a later layer set deadline %s, limits %v or audit %s", s.Deadline(), s.Limits(), s.AuditFile())
	}
	if got := s.Source(); got != "f over preset starter; f over preset starter" {
		t.Errorf("source %q", got)
	}
	if (Stack{server}).Digest() != server.Digest() || s.Digest() == server.Digest() || s.Digest() == (Stack{own, server}).Digest() {
		t.Error("digest does not tell the layers apart")
	}
	mode := func(modes ...Mode) Mode {
		var s Stack
		for _, m := range modes {
			s = append(s, &Policy{Mode: m})
		}
		return s.Mode()
	}
	if mode() != Enforce || mode(Off) != Off || mode(Off, Observe) != Observe || mode(Observe, Enforce, Off) != Enforce || mode("") != Enforce {
		t.Error("not the strictest mode")
	}
	none := Stack{}
	if none.Deadline() != 0 || none.Limits() != (Limits{}) || none.AuditFile() != "" || none.Contact() != "" {
		t.Error("no layers say something")
	}
}

func TestDigest(t *testing.T) {
	a := parse(t, "mode: observe\ngates: {dor: block, secrets: warn}\nlimits: {blob: 1MiB}\nprotected: [a, b]\n")
	same := parse(t, "# The same\nprotected:\n  - a\n  - 'b'\nlimits:\n  blob: 1048576\ngates:\n  secrets: {protected: warn, topic: warn}\n  dor: block\nmode: \"observe\"\nversion: 1\npreset: starter\n")
	if a.Digest() != same.Digest() {
		t.Errorf("the same policy, two digests:\n%s%s", a.Canonical(), same.Canonical())
	}
	if d := a.Digest(); len(d) != 7+64 || !strings.HasPrefix(d, "sha256:") {
		t.Errorf("got %q", d)
	}
	seen := map[string]string{}
	for _, file := range []string{"", "mode: off", "contact: x", "protected: []", "protected: [b]", "fingerprint_key: x", "deadline: 1s",
		"limits: {blob: 1}", "limits: {findings: 1}", "bots: [x]", "gates: {dor: block}", "gates: {dor/x: block}", "on_error: {dor: warn}",
		"audit: {file: /x}", "dor: {a: 1}", "dor: {a: \"1\"}", "preset: strict", "dor: {a: [1]}", "dor: {a: [~]}"} {
		d := parse(t, file).Digest()
		if other, ok := seen[d]; ok {
			t.Errorf("%q and %q have one digest", file, other)
		}
		seen[d] = file
	}
}

// TestLayersWeighTheirOwn: what an analyzer found with one layer's options is that layer's business alone, or a repository that
// has its own idea of a commit's type would be held to the server's, at its own stricter gate.
func TestLayersWeighTheirOwn(t *testing.T) {
	base := parse(t, "gates: {dor: warn}\n")
	own, err := Overlay(base, "own.yaml", []byte("gates: {dor: block}\n"))
	if err != nil {
		t.Fatal(err)
	}
	outcome := analyzers.Outcome{Analyzer: "dor", Result: analyzers.Result{Findings: []analyzers.Finding{{Rule: "type"}}}}
	for _, c := range []struct {
		layers []int
		want   Result
	}{{nil, Refused}, {[]int{AllLayers}, Refused}, {[]int{1}, Refused}, {[]int{0}, Accepted}} {
		in := Input{Change: &analyzers.Change{}, Outcomes: []analyzers.Outcome{outcome}, Layers: c.layers}
		if v := Decide(Stack{base, own}, in); v.Result != c.want || len(v.Findings) != 1 {
			t.Errorf("layers %v: %s with %d findings, want %s", c.layers, v.Result, len(v.Findings), c.want)
		}
	}
}
