package plumbing

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

const (
	id1 = "1111111111111111111111111111111111111111"
	id2 = "2222222222222222222222222222222222222222"
)

// readPatches returns all that a patchReader reads.
func readPatches(data []byte) ([]analyzers.Hunk, error) {
	p := &patchReader{r: bufio.NewReaderSize(bytes.NewReader(data), 16), idLen: 40}
	var hunks []analyzers.Hunk
	for {
		h, err := p.next()
		if err == io.EOF {
			return hunks, nil
		}
		if err != nil {
			return hunks, err
		}
		h.Commit = p.commit
		hunks = append(hunks, h)
	}
}

// quotePath quotes a path as git does (quote.c).
func quotePath(path string) string {
	var b strings.Builder
	plain := true
	for _, c := range []byte(path) {
		at := strings.IndexByte("\a\b\f\n\r\t\v\"\\", c)
		switch {
		case at >= 0:
			b.WriteString(`\` + `abfnrtv"\`[at:at+1])
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
			continue
		}
		plain = false
	}
	if plain {
		return path
	}
	return `"` + b.String() + `"`
}

// writePatches is the inverse of readPatches.
func writePatches(hunks []analyzers.Hunk) []byte {
	var b bytes.Buffer
	for _, h := range hunks {
		if h.Path == "" {
			b.WriteString(h.Commit + "\n")
			continue
		}
		name := quotePath("b/" + h.Path)
		if name[0] != '"' && strings.Contains(name, " ") {
			name += "\t"
		}
		fmt.Fprintf(&b, "diff --git %s %s\n", name, name)
		if h.Blob != "" {
			fmt.Fprintf(&b, "index %s..%s\n", id1, h.Blob)
		}
		fmt.Fprintf(&b, "+++ %s\n", name)
		lines := slices.Collect(strings.Lines(string(h.Text)))
		fmt.Fprintf(&b, "@@ -1,1 +%d,%d @@ func\n-gone\n\\ No newline at end of file\n", h.Start, len(lines))
		for _, line := range lines {
			b.WriteString("+" + string(line))
		}
		if !bytes.HasSuffix(h.Text, []byte("\n")) {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
	return b.Bytes()
}

func FuzzPatchReader(f *testing.F) {
	f.Add([]byte(id1 + "\ndiff --git a/x b/x\nindex " + id1 + ".." + id2 + " 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1 @@ f\n-a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"))
	f.Add([]byte("diff --git \"a/\\t\" \"b/\\t\"\n+++ \"b/\\t\"\n@@ -0,0 +1,2 @@\n+@@ -1 +1 @@\n++++ b/y\n@@ -5 +6,0 @@\n-x\n" + id2 + "\n"))
	f.Add([]byte("diff --git a/m b/m\nnew file mode 160000\n--- /dev/null\n+++ b/m\n@@ -0,0 +1 @@\n+Subproject commit " + id1 + "\n"))
	f.Add([]byte("diff --git a/m b/m\ndeleted file mode 100644\n--- a/m\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"))
	f.Add([]byte("diff --git a/x b/x\nindex 1..2\n+++ b/x\n@@ -1 +1 @@\n+x\n"))
	f.Add([]byte("@@ -1 +1 @@\n+x\n"))
	f.Add([]byte("+++ b/x\n@@ -1 +1,99999999999999999999 @@\n+x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		hunks, err := readPatches(data)
		if err != nil {
			return
		}
		commit := ""
		for i, h := range hunks {
			if h.Path == "" {
				commit = h.Commit
				continue
			}
			if len(h.Text) == 0 && h.Commit == commit {
				t.Fatalf("hunk %d is empty: %+v", i, h)
			}
			if !bytes.Contains(data, h.Text[:bytes.IndexByte(append(h.Text[:len(h.Text):len(h.Text)], '\n'), '\n')]) || h.Commit != commit {
				t.Fatalf("hunk %d is not in the input: %+v", i, h)
			}
		}
		again, err := readPatches(writePatches(hunks))
		if err != nil || !reflect.DeepEqual(again, hunks) {
			t.Fatalf("%v\n%+v\n%+v", err, hunks, again)
		}
	})
}

func writeRaw(e source.Entry) string {
	score := ""
	if e.Status == 'R' || e.Status == 'C' {
		score = "099\x00" + e.Old
	}
	return fmt.Sprintf(":%06o %06o %s %s %c%s\x00%s\x00", e.Sides[0].Mode, e.Sides[1].Mode, e.Sides[0].ID, e.Sides[1].ID, e.Status, score, e.Path)
}

func FuzzRaw(f *testing.F) {
	head := ":100644 100755 " + id1 + " " + id2
	f.Add([]byte(head + " M\x00path\x00"))
	f.Add([]byte(head + " R090\x00old\x00new\nname\x00" + head + " D\x00x\x00"))
	f.Add([]byte(head + " \x00x\x00"))
	f.Add([]byte(":" + head + " MM\x00x\x00"))
	f.Add([]byte(":040000 040000 " + id1 + " " + id2 + " \x94\x00x\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		in := bufio.NewReaderSize(bytes.NewReader(data), 16)
		for {
			e, err := readRaw(in)
			if err != nil {
				return
			}
			again, err := readRaw(bufio.NewReader(strings.NewReader(writeRaw(e))))
			if err != nil || !reflect.DeepEqual(again, e) {
				t.Fatalf("%v\n%+v\n%+v", err, e, again)
			}
		}
	})
}

func FuzzRawCommits(f *testing.F) {
	entry := ":100644 100755 " + id1 + " " + id2 + " M\x00path\x00"
	f.Add([]byte(id1 + "\x00" + entry + entry + id2 + "\x00"))
	f.Add([]byte(id1 + "\x00" + id2 + "\x00" + entry))
	f.Add([]byte(id1 + "\x00" + entry))
	f.Add([]byte(entry))
	f.Add([]byte(id2 + "\x00" + id1 + "\x00"))
	f.Add([]byte(id1 + "\x00" + id2 + "\x00" + id2 + "\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		asked := []string{id1, id2}
		entries := make([][]source.Entry, len(asked))
		read := func(data []byte, into [][]source.Entry) error {
			return readRawCommits(bufio.NewReaderSize(bytes.NewReader(data), 16), asked, func(i int, e source.Entry) error { into[i] = append(into[i], e); return nil })
		}
		if read(data, entries) != nil {
			return
		}
		var b bytes.Buffer
		for i, id := range asked {
			if !bytes.Contains(data, []byte(id+"\x00")) {
				t.Fatalf("%s is accepted without an answer", id)
			}
			b.WriteString(id + "\x00")
			for _, e := range entries[i] {
				b.WriteString(writeRaw(e))
			}
		}
		again := make([][]source.Entry, len(asked))
		if err := read(b.Bytes(), again); err != nil || !reflect.DeepEqual(again, entries) {
			t.Fatalf("%v\n%+v\n%+v", err, entries, again)
		}
	})
}

func FuzzUnquotePath(f *testing.F) {
	for _, name := range []string{"a b", "\t", "\n", `"`, `\`, "\x01\xff", "ü", "..", ".git", "a\r"} {
		f.Add(name)
		f.Add(quotePath(name))
	}
	f.Add(`"\400"`)
	f.Add(`"\`)
	f.Add(`"a"b"`)
	f.Fuzz(func(t *testing.T, path string) {
		if path != "" && path[0] != '"' {
			if got, err := unquotePath([]byte(quotePath(path))); got != path || err != nil {
				t.Fatalf("%q, quoted %s, gives %q, %v", path, quotePath(path), got, err)
			}
		}
		if got, err := unquotePath([]byte(path)); err == nil && quotePath(path) == path && got != path {
			t.Fatalf("%q needs no quotes and gives %q", path, got)
		}
	})
}
