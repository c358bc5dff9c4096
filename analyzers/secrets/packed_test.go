package secrets

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
)

func zipOf(t *testing.T, name, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipOf(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, text)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// stored is a change that is what the test says, where what a builder makes is not enough.
type stored struct {
	files []analyzers.File
	hunks []analyzers.Hunk
	data  map[string]string // by blob
	read  []string          // blobs
}

func (s *stored) Files(context.Context) iter.Seq2[analyzers.File, error] { return all(s.files) }
func (s *stored) Hunks(context.Context) iter.Seq2[analyzers.Hunk, error] { return all(s.hunks) }

func (s *stored) Blobs(_ context.Context, want func(analyzers.File) bool) iter.Seq2[analyzers.Blob, error] {
	var blobs []analyzers.Blob
	for _, f := range s.files {
		if f.Status == 'D' || !slices.ContainsFunc(s.files, func(g analyzers.File) bool { return g.Blob == f.Blob && want(g) }) {
			continue
		}
		i := slices.IndexFunc(blobs, func(b analyzers.Blob) bool { return b.ID == f.Blob })
		if i < 0 {
			i = len(blobs)
			s.read = append(s.read, f.Blob)
			blobs = append(blobs, analyzers.Blob{ID: f.Blob, Data: []byte(s.data[f.Blob])})
		}
		blobs[i].Files = append(blobs[i].Files, f)
	}
	return all(blobs)
}

func all[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// unpacked returns where each text with the word is, and what is unread.
func unpacked(t *testing.T, c analyzers.Content, word string) []string {
	t.Helper()
	p := newPacking()
	for h, err := range c.Hunks(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		p.note(h)
	}
	var where []string
	for u, err := range p.texts(t.Context(), c) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range u.at {
			if u.unread != "" {
				where = append(where, fmt.Sprintf("%s%s: %s", f.Path, u.inner, u.unread))
			} else if bytes.Contains(u.text, []byte(word)) {
				where = append(where, fmt.Sprintf("%.2s%s %s%s", f.Commit, f.Ref, f.Path, u.inner))
			}
		}
	}
	return where
}

// TestPackedFiles builds changes in which the content of an archive is new in different ways, and some in which it is not.
func TestPackedFiles(t *testing.T) {
	const word = "needle"
	z, g := zipOf(t, "dir/in", word), gzipOf(t, word+strings.Repeat(" ", 600))
	file := func(commit, status, path, blob, old string) analyzers.File {
		return analyzers.File{Commit: commit, Status: status[0], Path: path, Blob: blob, OldBlob: old, Mode: 0o100644}
	}
	whole := func(f analyzers.File, data string) analyzers.Hunk {
		return analyzers.Hunk{Commit: f.Commit, Ref: f.Ref, Path: f.Path, Start: 1, Text: []byte(data), Head: analyzers.HeadOf([]byte(data))}
	}
	part := func(f analyzers.File, line int, text, head string) analyzers.Hunk {
		h := analyzers.Hunk{Commit: f.Commit, Path: f.Path, Start: line, Text: []byte(text)}
		if head != "" {
			h.Head = []byte(head)
		}
		return h
	}
	added := file("c1", "A", "a.zip", "z", "0")
	prose := strings.Repeat("a line of text\n", 60)
	for name, test := range map[string]struct {
		files []analyzers.File
		hunks []analyzers.Hunk
		want  []string
		read  int
	}{
		"added": {[]analyzers.File{added}, []analyzers.Hunk{whole(added, z)}, []string{"c1 a.zip!dir/in"}, 1},
		"another name": {[]analyzers.File{file("c1", "A", "a.txt", "z", "0")}, []analyzers.Hunk{whole(file("c1", "A", "a.txt", "z", "0"), z)},
			[]string{"c1 a.txt!dir/in"}, 1},
		"added, then deleted": {[]analyzers.File{added, {Commit: "c2", Status: 'D', Path: "a.zip", Blob: "0", OldBlob: "z"}}, []analyzers.Hunk{whole(added, z)},
			[]string{"c1 a.zip!dir/in"}, 1},
		"added, then renamed": {[]analyzers.File{added, file("c2", "R", "b.zip", "z", "z")}, []analyzers.Hunk{whole(added, z)}, []string{"c1 a.zip!dir/in"}, 1},
		"renamed: it is old":  {[]analyzers.File{file("c1", "R", "b.zip", "z", "z")}, nil, nil, 0},
		"another mode":        {[]analyzers.File{file("c1", "M", "a.zip", "z", "z")}, nil, nil, 0},
		"at two places": {[]analyzers.File{added, file("c2", "A", "b", "z", "0")}, []analyzers.Hunk{whole(added, z), whole(file("c2", "A", "b", "z", "0"), z)},
			[]string{"c1 a.zip!dir/in", "c2 b!dir/in"}, 1},
		"behind a tag": {[]analyzers.File{{Ref: "refs/tags/x", Status: 'A', Blob: "z", OldBlob: "0"}}, []analyzers.Hunk{whole(analyzers.File{Ref: "refs/tags/x"}, z)},
			[]string{"refs/tags/x !dir/in"}, 1},
		"changed behind its first line": {[]analyzers.File{file("c1", "M", "a", "g", "old")}, []analyzers.Hunk{part(file("c1", "M", "a", "", ""), 3, "abc", g[:20])},
			[]string{"c1 a"}, 1},
		"changed, and its first bytes are not known": {[]analyzers.File{file("c1", "M", "a", "g", "old")}, []analyzers.Hunk{part(file("c1", "M", "a", "", ""), 3, "abc", "")},
			[]string{"c1 a"}, 1},
		"only lines are gone":  {[]analyzers.File{file("c1", "M", "a", "g", "old")}, nil, []string{"c1 a"}, 1},
		"a merge of old lines": {[]analyzers.File{file("c3", "M", "a", "g", "old")}, nil, []string{"c3 a"}, 1},
		"behind a text": {[]analyzers.File{file("c1", "A", "a.sh", "sfx", "0")}, []analyzers.Hunk{whole(file("c1", "A", "a.sh", "", ""), prose+z)},
			[]string{"c1 a.sh!dir/in"}, 1},
		"changed behind a text": {[]analyzers.File{file("c1", "M", "a.sh", "sfx", "old")}, []analyzers.Hunk{part(file("c1", "M", "a.sh", "", ""), 61, z, prose[:512])},
			[]string{"c1 a.sh!dir/in"}, 1},
		"a text":                 {[]analyzers.File{file("c1", "A", "a.sh", "text", "0")}, []analyzers.Hunk{whole(file("c1", "A", "a.sh", "", ""), prose)}, nil, 0},
		"a text, changed":        {[]analyzers.File{file("c1", "M", "a.sh", "text", "old")}, []analyzers.Hunk{part(file("c1", "M", "a.sh", "", ""), 3, "abc\n", prose[:512])}, nil, 0},
		"a text of any language": {[]analyzers.File{file("c1", "M", "a.sh", "text", "old")}, []analyzers.Hunk{part(file("c1", "M", "a.sh", "", ""), 3, "caf\u00e9 \u043f\n", prose[:511]+"\xc3")}, nil, 0},
		"too large":              {[]analyzers.File{added}, []analyzers.Hunk{{Commit: "c1", Path: "a.zip", Unread: "larger than 32 MiB"}}, nil, 0},
		"damaged": {[]analyzers.File{file("c1", "A", "a.gz", "bad", "0")}, []analyzers.Hunk{whole(file("c1", "A", "a.gz", "", ""), g[:30])},
			[]string{"c1 a.gz", "a.gz: a gzip stream: cut off"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := &stored{files: test.files, hunks: test.hunks, data: map[string]string{"z": z, "g": g, "sfx": prose + z, "text": prose, "bad": g[:30]}}
			if got := unpacked(t, c, word); !slices.Equal(got, test.want) || len(c.read) != test.read {
				t.Errorf("found %q in %d blobs, want %q in %d", got, len(c.read), test.want, test.read)
			}
		})
	}
}

// TestPackedStops: an interrupted search, and content that cannot be read, are errors.
func TestPackedStops(t *testing.T) {
	c := analyzerstest.Change(analyzerstest.Commit("x", analyzerstest.Binary("a.zip", zipOf(t, "a", "x")), analyzerstest.Binary("b.zip", zipOf(t, "b", "x"))))
	if got := unpacked(t, c, "x"); len(got) != 2 {
		t.Errorf("found %q", got)
	}
	p := newPacking()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	var last error
	for _, err := range p.texts(ctx, c) {
		n++
		last = err
		cancel()
	}
	if n != 2 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d texts, then %v", n, last)
	}
}

// TestForms finds a word in whatever a text can be encoded in, and at the right line.
func TestForms(t *testing.T) {
	const word = "needle in a haystack"
	wide := func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			b.Write([]byte{c, 0})
		}
		return b.String()
	}
	encode := func(s string, width int) string {
		s = base64.StdEncoding.EncodeToString([]byte(s))
		var b strings.Builder
		for ; len(s) > width; s = s[width:] {
			b.WriteString(s[:width] + "\n")
		}
		return b.String() + s + "\n"
	}
	octets := func(s string) (out string) {
		for _, c := range []byte(s) {
			out += fmt.Sprintf(`\x%02x`, c)
		}
		return out
	}
	plain := "first\n" + word + "\n" + strings.Repeat("more\n", 30)
	for name, test := range map[string]struct {
		text, at string
	}{
		"wide":                    {wide(plain), "1+"},
		"wrapped":                 {"x\ny\n" + encode(plain, 60), "2"},
		"wrapped twice":           {"x\n" + encode(encode(plain, 76), 64), "1"},
		"wide, wrapped":           {"x\n" + encode(wide(plain), 64), "1"},
		"wrapped, wide":           {wide("x\ny\nz\n" + encode(plain, 64)), "3"},
		"gzip":                    {"\n\n\n" + encode(gzipOf(t, plain), 1000), "3"},
		"zip of a wide text":      {"\n" + encode(zipOf(t, "dir/in", wide(plain)), 64), "1!dir/in"},
		"gzip of wrapped base64":  {"\n" + encode(gzipOf(t, encode(plain, 64)), 64), "1"},
		"second of two":           {encode(strings.Repeat("other\n", 30), 64) + "\n\n" + encode(plain, 64), "6"},
		"escapes":                 {"x\ny\n" + octets(word), "2"},
		"a string with line ends": {"x\n{\"a\": \"b\\nneedlesAndMore: " + word + "\"}", "1"},
		"a line that goes on":     {"x\nsome_needle_\\\nof_a_" + word, "1"},
		"a word of base64":        {"x\ny: " + encode("f\u00fcr "+word, 1000) + "z", "1"},
		"behind a slash":          {"\n\nhttps://example.org/login/" + encode("a "+word, 1000), "2"},
		"a dump":                  {"x\n" + hex.Dump([]byte(plain)), "1"},
		"a dump of gzip":          {"x\n" + hex.Dump([]byte(gzipOf(t, plain))), "1"},
		"escapes, wrapped":        {"x\n" + encode("more\n"+octets(plain), 64), "1"},
		"wrapped, in a string":    {"x\n\"" + strings.ReplaceAll(encode(plain, 64), "\n", "\\n") + "\"", "1"},
		"wide, a dump":            {wide("x\ny\n" + hex.Dump([]byte(plain))), "2"},
		"too deep":                {encode(encode(encode(encode(encode(encode(encode(plain, 64), 64), 64), 64), 64), 64), 64), "unread"},
		"plain, which is no form": {plain, ""},
	} {
		got := ""
		for f := range forms([]byte(test.text)) {
			if i := bytes.Index(f.text, []byte(word)); i >= 0 {
				got = fmt.Sprint(f.line) + f.inner
				if f.same {
					got = fmt.Sprint(f.line+bytes.Count(f.text[:i], []byte("\n"))) + "+"
				}
			}
			if f.unread != "" {
				got = "unread"
			}
		}
		if got != test.at {
			t.Errorf("%s: at %q, want %q", name, got, test.at)
		}
	}
	bomb := gzipOf(t, strings.Repeat("\x00", 40<<20))
	unread := 0
	for f := range forms([]byte(strings.Repeat("x: "+encode(bomb, 1<<20)+"\n", 3))) {
		if f.unread != "" {
			unread++
		}
	}
	if unread != 3 {
		t.Errorf("%d of 3 bombs are reported", unread)
	}
	for f := range forms([]byte("for example H4sIAAAAAAAAA6tWKkktLlGyUlAqS8wpTtVRKi1OLYrPTFGyUgIA...\n")) {
		if f.unread != "" {
			t.Errorf("an example: %s", f.unread)
		}
	}
}

func (*stored) Trees(context.Context, int) (analyzers.Trees, error) { return analyzers.Trees{}, nil }
