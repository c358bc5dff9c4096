package tracker_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/internal/signed"
	"github.com/refward/refward/internal/tracker"
)

var day = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// pair makes a key that signs, and the keys that may.
func pair(t testing.TB) (*signed.Signer, signed.Keys) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	signer, err := signed.LoadSigner(path)
	if err != nil {
		t.Fatal(err)
	}
	return signer, signed.Keys{signer.Public()}
}

func sample(n int) *tracker.Snapshot {
	s := &tracker.Snapshot{Head: tracker.Head{
		Kind: "jira", Source: "https://jira.example.com", Projects: []string{"ABC"}, TakenAt: day, Complete: true,
	}, Issues: map[string]tracker.Issue{}}
	for i := range n {
		s.Issues[fmt.Sprintf("ABC-%d", i+1)] = tracker.Issue{
			State: []string{"Ready", "In Progress", "Done <ok> & \"closed\""}[i%3], Acceptance: i%2 == 0, Type: "Story", Updated: day,
		}
	}
	return s
}

func sign(t testing.TB, signer *signed.Signer, text string) []byte {
	t.Helper()
	sig, err := signer.Sign(signed.Tracker, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte(text), sig...)
}

func TestWriteAndRead(t *testing.T) {
	t.Parallel()
	signer, keys := pair(t)
	for _, n := range []int{0, 1, 2, 100} {
		path := filepath.Join(t.TempDir(), "tracker.json")
		s := sample(n)
		if err := s.Write(path, signer); err != nil {
			t.Fatal(err)
		}
		f, err := tracker.Open(path, keys)
		if err != nil {
			t.Fatalf("%d issues: %v", n, err)
		}
		for key, want := range s.Issues {
			if got, known, err := f.Issue(key); err != nil || !known || got != want {
				t.Errorf("%s: %+v %v %v, want %+v", key, got, known, err, want)
			}
		}
		for _, key := range []string{"", "ABC-0", "ABC-101", "ABC", "#1", "ZZZ-1", "ABC-1\":{", strings.Repeat("A", 100)} {
			if _, known, err := f.Issue(key); known || err != nil {
				t.Errorf("%q is known: %v", key, err)
			}
		}
		all, err := f.Snapshot()
		if err != nil || !reflect.DeepEqual(all.Issues, s.Issues) || f.Count != n || !f.TakenAt.Equal(day) || !f.Complete {
			t.Errorf("%+v, %v", all, err)
		}
		// Written again it is the same, whatever the order of the map.
		again, err := all.Encode()
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(data, again) {
			t.Errorf("another text: %v", err)
		}
	}
}

// TestVerifiedByOpenSSH: the signature in a file is one that ssh-keygen verifies, as docs/tracker.md shows.
func TestVerifiedByOpenSSH(t *testing.T) {
	t.Parallel()
	signer, keys := pair(t)
	dir := t.TempDir()
	if err := sample(3).Write(filepath.Join(dir, "tracker.json"), signer); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "allowed"), []byte("timer "+keys[0].String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `sed '/^-----BEGIN/,$d' tracker.json > text && sed -n '/^-----BEGIN/,$p' tracker.json > text.sig &&
ssh-keygen -Y verify -f allowed -I timer -n refward-tracker -s text.sig < text`)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTampered(t *testing.T) {
	t.Parallel()
	signer, keys := pair(t)
	path := filepath.Join(t.TempDir(), "tracker.json")
	if err := sample(3).Write(path, signer); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Each byte of the text counts.
	text := bytes.Index(good, []byte("-----BEGIN"))
	for i := range text {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if _, err := tracker.Parse(bad, keys); err == nil {
			t.Fatalf("byte %d (%q) does not count", i, good[i])
		}
	}
	_, others := pair(t)
	if _, err := tracker.Parse(good, others); !errors.Is(err, signed.ErrUnknownKey) {
		t.Errorf("another key: %v", err)
	}
	for name, data := range map[string][]byte{
		"empty": {}, "no signature": good[:text], "text behind": append(bytes.Clone(good), "x"...), "cut off": good[:len(good)-30],
		"a line more": append([]byte("{}\n"), good...),
	} {
		if _, err := tracker.Parse(data, keys); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := tracker.Open(filepath.Dir(path), keys); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v", err)
	}
}

const head = `{"version":1,"kind":"jira","source":"https://jira.example.com","projects":[],"settings":"","taken_at":"2024-05-06T07:08:09Z","complete":true,"count":%d,"issues":{`

func issueLine(key string) string {
	return "\n\"" + key + `":{"state":"Ready","acceptance":true,"type":"","updated":"2024-05-06T07:08:09Z"}`
}

// TestLayout: also who may sign has to write what docs/tracker.md says, since an issue that cannot be found would count as unknown.
func TestLayout(t *testing.T) {
	t.Parallel()
	signer, keys := pair(t)
	h := func(n int) string { return fmt.Sprintf(head, n) }
	for name, c := range map[string]struct{ text, err string }{
		"right":           {h(2) + issueLine("A-1") + "," + issueLine("A-2") + "\n}}\n", ""},
		"none":            {h(0) + "\n}}\n", ""},
		"not in order":    {h(2) + issueLine("A-2") + "," + issueLine("A-1") + "\n}}\n", "line 3: keys are not in order"},
		"twice":           {h(2) + issueLine("A-1") + "," + issueLine("A-1") + "\n}}\n", "line 3: keys are not in order"},
		"two on a line":   {h(2) + issueLine("A-1") + "," + issueLine("A-2")[1:] + "\n}}\n", "has 1 issues and says 2"},
		"spaces":          {h(1) + "\n  " + issueLine("A-1")[1:] + "\n}}\n", "line 2"},
		"no comma":        {h(2) + issueLine("A-1") + issueLine("A-2") + "\n}}\n", "a comma is missing"},
		"one too many":    {h(1) + issueLine("A-1") + ",\n}}\n", "one too many"},
		"count":           {h(1) + issueLine("A-1") + "," + issueLine("A-2") + "\n}}\n", "has 2 issues and says 1"},
		"count, hostile":  {h(1<<40) + issueLine("A-1") + "\n}}\n", "too short"},
		"negative count":  {h(-1) + "\n}}\n", "count -1"},
		"no layout":       {`{"version":1,"issues":{}}` + "\n", "laid out"},
		"of the future":   {strings.Replace(h(0), `"version":1`, `"version":2`, 1) + "\n}}\n", "no version 2"},
		"an unknown key":  {strings.Replace(h(0), `"kind"`, `"secret":1,"kind"`, 1) + "\n}}\n", "unknown field"},
		"control in head": {strings.Replace(h(0), `jira"`, `ji\u001bra"`, 1) + "\n}}\n", "kind"},
		"no time":         {strings.Replace(h(0), "2024-05-06T07:08:09Z", "0001-01-01T00:00:00Z", 1) + "\n}}\n", "when it was taken"},
		"a bad key":       {h(1) + issueLine(`A\u0041`) + "\n}}\n", "line 2"},
	} {
		f, err := tracker.Parse(sign(t, signer, c.text), keys)
		if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	// What is wrong within a line is found when somebody asks for it.
	for _, bad := range []string{`{"state":"Ready","title":"x"}`, `{"state":""}`, `{"state":"a\u001bb"}`, `{"state":"Ready"}{}`, `{`, `null`} {
		f, err := tracker.Parse(sign(t, signer, h(1)+"\n\"A-1\":"+bad+"\n}}\n"), keys)
		if err != nil {
			t.Errorf("%s: %v", bad, err)
			continue
		}
		if _, known, err := f.Issue("A-1"); !known || err == nil {
			t.Errorf("%s: no error", bad)
		}
		if _, err := f.Snapshot(); err == nil {
			t.Errorf("%s: no error in the whole", bad)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	signer, keys := pair(t)
	path := filepath.Join(t.TempDir(), "tracker.json")
	if err := sample(1).Write(path, signer); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*tracker.Snapshot){
		"key":     func(s *tracker.Snapshot) { s.Issues["A 1"] = tracker.Issue{State: "open"} },
		"quote":   func(s *tracker.Snapshot) { s.Issues[`A"1`] = tracker.Issue{State: "open"} },
		"state":   func(s *tracker.Snapshot) { s.Issues["A-1"] = tracker.Issue{State: "a\nb"} },
		"nothing": func(s *tracker.Snapshot) { s.Issues["A-1"] = tracker.Issue{} },
		"time":    func(s *tracker.Snapshot) { s.TakenAt = time.Time{} },
		"kind":    func(s *tracker.Snapshot) { s.Kind = "" },
	} {
		s := sample(1)
		change(s)
		if err := s.Write(path, signer); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	if f, err := tracker.Open(path, keys); err != nil || f.Count != 1 {
		t.Errorf("the good one is gone: %v", err)
	}
}

// FuzzParse: what is read of any signed text is found again, and written again it reads the same.
func FuzzParse(f *testing.F) {
	signer, keys := pair(f)
	text, err := sample(3).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(fmt.Sprintf(head, 0) + "\n}}\n"))
	f.Add([]byte(fmt.Sprintf(head, 2) + issueLine("A-1") + "," + issueLine("A-2") + "\n}}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		sig, err := signer.Sign(signed.Tracker, text)
		if err != nil {
			t.Fatal(err)
		}
		file, err := tracker.Parse(append(bytes.Clone(text), sig...), keys)
		if err != nil {
			return
		}
		s, err := file.Snapshot()
		if err != nil {
			return
		}
		if len(s.Issues) != file.Count {
			t.Fatalf("%d issues, it says %d", len(s.Issues), file.Count)
		}
		for key, want := range s.Issues {
			if got, known, err := file.Issue(key); !known || err != nil || !got.Updated.Equal(want.Updated) || got.State != want.State {
				t.Fatalf("%s: %+v %v %v, want %+v", key, got, known, err, want)
			}
		}
		again, err := s.Encode()
		if err != nil {
			t.Fatalf("cannot be written: %v", err)
		}
		if sig, err = signer.Sign(signed.Tracker, again); err != nil {
			t.Fatal(err)
		}
		if _, err = tracker.Parse(append(again, sig...), keys); err != nil {
			t.Fatalf("%v\n%s", err, again)
		}
	})
}

// BenchmarkOpen is what a push pays that names three issues of 100,000.
func BenchmarkOpen(b *testing.B) {
	signer, keys := pair(b)
	path := filepath.Join(b.TempDir(), "tracker.json")
	if err := sample(100_000).Write(path, signer); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		f, err := tracker.Open(path, keys)
		if err != nil {
			b.Fatal(err)
		}
		for _, key := range []string{"ABC-1", "ABC-77777", "ABC-100001"} {
			if _, known, err := f.Issue(key); err != nil || known != (key != "ABC-100001") {
				b.Fatal(key, known, err)
			}
		}
	}
}
