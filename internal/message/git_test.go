package message_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/internal/message"
)

// fragments are lines and parts of lines at which readers of trailers go wrong.
var fragments = []string{
	"subject", "feat(x)!: y", "Key: value", "Key:value", "Key : value", "Key\t :value", "Key:", "Key: ", "key-2: a: b", "K\u00e9y: x", "Two words: x", "-: x", ": x",
	"9: x", "A_b: c", "Key: \tvalue \t", "Key: caf\u00e9 \xff", "Key:\vvalue\f", "Key= value", "Key #1",
	"Signed-off-by: A <a@example.com>", "signed-off-by: A", "Signed-off-by:", "Signed-off-by: ", " Signed-off-by: A", "(cherry picked from commit 1234)",
	"(cherry picked from commit", "Co-authored-by: B <b@example.com>",
	" continued", "\tcontinued: x", "  ", "\t", " ", "\f", "\v", " : x", "\r", "\rx", "Key: v\r", "x\ry: z", "Key: a\\",
	"# comment", "#", "#Key: value", " # indented", "text", "more text, and more", "https://example.com/a", "BREAKING CHANGE: x", "BREAKING-CHANGE: x",
	"---", "--- ", "---\t", "---\r", "---x", "----", " ---", "--", "--- a/file", "diff --git a b",
	"# ------------------------ >8 ------------------------", " ------------------------ >8 ------------------------",
	"Conflicts:", "Conflicts: ", "\tfile", "Conflicts:\r", "; semicolon",
}

// written makes a message of fragments. Blank lines and trailers come often, so that many have a block.
func written(r *rand.Rand) string {
	var b strings.Builder
	if r.IntN(4) > 0 {
		b.WriteString("subject\n\n")
	}
	part := fragments
	if r.IntN(2) == 0 { // few different ones, so that blocks come to be
		part = nil
		for range 2 + r.IntN(4) {
			part = append(part, fragments[r.IntN(len(fragments))])
		}
		part = append(part, "Key: value", "Signed-off-by: A <a@example.com>")
	}
	for range r.IntN(14) {
		if r.IntN(5) > 0 {
			b.WriteString(part[r.IntN(len(part))])
		}
		b.WriteByte('\n')
	}
	text := b.String()
	if r.IntN(5) == 0 {
		text = strings.TrimSuffix(text, "\n")
	}
	if r.IntN(8) == 0 {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

// different reports whether doc.go says that git and Parse read the text otherwise.
func different(text string) bool {
	if strings.HasPrefix(text, "Conflicts:") {
		return true
	}
	at := strings.Index("\n"+text, "\n---")
	return at >= 0 && strings.Contains(text[at:], ">8")
}

// TestTrailersAsGit holds trailers against git, which takes several files at once and prints what is in each, one after another. In a batch
// that git reads otherwise each message is then tried alone.
func TestTrailersAsGit(t *testing.T) {
	texts := []string{"", "\n", "s", "s\n\nA: b", "s\n\nA: b\n---", "s\n\nA: b\n---\n", "A: b\n", "\nA: b\n", "\n\nA: b\n", "#c\n\ns\n\nA: b\n",
		"s\n\nA: b\nx\ny\nz\n", "s\n\nSigned-off-by: b\nx\ny\nz\n", "s\n\nSigned-off-by: b\nx\ny\nz\na\n", "s\n\nA: b\n#c\n d\n", "s\n\nA: b\n\nConflicts:\n\tx\n\n\ty\n#z\n",
		"s\n\nA: b\x00c: d\nE: f\n", "s\n\n(cherry picked from commit x)\nx\nA: b\n", "s\n\nA: b\n  \n c\n", "s\n\n c\nA: b\n", "s\n\nA:\n b\n\tc\n"}
	history, err := exec.Command("git", "log", "-z", "--max-count=3000", "--format=%B").Output()
	if err == nil { // a copy of the sources has no history
		texts = append(texts, strings.Split(string(history), "\x00")...)
	}
	r := rand.New(rand.NewPCG(1, 2)) // the same texts each time
	for range 8000 {
		texts = append(texts, written(r))
	}
	dir := t.TempDir()
	blocks, wrong := 0, 0
	const batch = 250
	for start := 0; start < len(texts); start += batch {
		var list []string
		for _, text := range texts[start:min(start+batch, len(texts))] {
			if !different(text) {
				list = append(list, text)
			}
		}
		var names []string
		var want strings.Builder
		for i, text := range list {
			name := filepath.Join(dir, string(rune('a'+i/26))+string(rune('a'+i%26)))
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
			list := message.Parse(text).Trailers
			if len(list) > 0 {
				blocks++
			}
			want.WriteString(printed(list))
		}
		if string(parsed(t, dir, names...)) == want.String() {
			continue
		}
		for i, text := range list {
			got, git := printed(message.Parse(text).Trailers), string(parsed(t, dir, names[i]))
			if got != git {
				t.Errorf("%q:\n%q, git has\n%q", text, got, git)
				if wrong++; wrong == 10 {
					t.FailNow()
				}
			}
		}
	}
	t.Logf("%d of %d messages have trailers", blocks, len(texts))
	if blocks < len(texts)/10 {
		t.Errorf("only %d messages have trailers: the test says little", blocks)
	}
}

func parsed(t *testing.T, dir string, files ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"interpret-trailers", "--parse"}, files...)...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1", "HOME=" + dir, "GIT_CEILING_DIRECTORIES=" + filepath.Dir(dir)}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git interpret-trailers: %v: %s", err, errs.Bytes())
	}
	return out
}

// printed writes trailers as git does.
func printed(list []message.Trailer) string {
	var b strings.Builder
	for _, t := range list {
		b.WriteString(t.Key + ": " + t.Value + "\n")
	}
	return b.String()
}
