package hooks

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/refward/refward/analyzers"
)

// counted counts how often its files were read.
type counted struct {
	analyzers.Content
	n    int
	err  error
	read int
}

func (c *counted) Files(context.Context) iter.Seq2[analyzers.File, error] {
	return func(yield func(analyzers.File, error) bool) {
		c.read++
		for i := range c.n {
			if !yield(analyzers.File{Path: string(rune('a' + i%26))}, nil) {
				return
			}
		}
		if c.err != nil {
			yield(analyzers.File{}, c.err)
		}
	}
}

func TestKeptFiles(t *testing.T) {
	read := func(ctx context.Context, c analyzers.Content, most int) (n int, err error) {
		for _, err := range c.Files(ctx) {
			if err != nil {
				return n, err
			}
			if n++; n == most {
				break
			}
		}
		return n, nil
	}
	for _, tt := range []struct {
		name    string
		of      counted
		first   int // files that the first reader takes; 0 = all
		reading int // times that three readers read
	}{
		{"to the end", counted{n: 3}, 0, 1},
		{"none", counted{}, 0, 1},
		{"not to the end", counted{n: 3}, 2, 2},
		{"with an error", counted{n: 3, err: errors.New("gone")}, 0, 3},
		{"too many", counted{n: maxKeptFiles + 1}, 0, 3},
		{"as many as are kept", counted{n: maxKeptFiles}, 0, 1},
	} {
		k := &kept{Content: &tt.of}
		for i := range 3 {
			most := 0
			if i == 0 {
				most = tt.first
			}
			n, err := read(t.Context(), k, most)
			if want := tt.of.n; most == 0 && n != want || (err != nil) != (tt.of.err != nil) {
				t.Errorf("%s: reader %d got %d files of %d, %v", tt.name, i, n, want, err)
			}
		}
		if tt.of.read != tt.reading {
			t.Errorf("%s: read %d times, want %d", tt.name, tt.of.read, tt.reading)
		}
	}
	// Whoever has no time left is told so, from memory too.
	k := &kept{Content: &counted{n: 3}}
	if _, err := read(t.Context(), k, 0); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := read(ctx, k, 0); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d files, %v", n, err)
	}
}

// lines counts how often its added lines were read.
type lines struct {
	analyzers.Content
	text []byte
	n    int
	read int
}

func (l *lines) Hunks(context.Context) iter.Seq2[analyzers.Hunk, error] {
	return func(yield func(analyzers.Hunk, error) bool) {
		l.read++
		for i := range l.n {
			if !yield(analyzers.Hunk{Start: i + 1, Text: l.text}, nil) {
				return
			}
		}
	}
}

func TestKeptLines(t *testing.T) {
	for _, tt := range []struct{ size, n, reading int }{{10, 3, 1}, {maxKeptLines / 3, 2, 1}, {maxKeptLines / 3, 3, 3}} {
		of := &lines{text: make([]byte, tt.size), n: tt.n}
		k := &kept{Content: of}
		for range 3 {
			n := 0
			for h, err := range k.Hunks(t.Context()) {
				if n++; err != nil || h.Start != n || len(h.Text) != tt.size {
					t.Fatalf("hunk %d: %d, %d bytes, %v", n, h.Start, len(h.Text), err)
				}
			}
			if n != tt.n {
				t.Errorf("got %d hunks of %d", n, tt.n)
			}
		}
		if of.read != tt.reading {
			t.Errorf("%d hunks of %d bytes: read %d times, want %d", tt.n, tt.size, of.read, tt.reading)
		}
		for h := range k.Hunks(t.Context()) { // whoever made the text may need it for something else
			if tt.reading == 1 && len(h.Text) > 0 && &h.Text[0] == &of.text[0] {
				t.Error("the text of another is kept")
			}
		}
	}
}
