package analyzerstest

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/refward/refward/analyzers"
)

// ID returns the full object id that stands for a name such as "c1" in built changes.
func ID(name string) string {
	sum := sha1.Sum([]byte(name))
	return hex.EncodeToString(sum[:])
}

var zeroID = strings.Repeat("0", 40)

// A Part is something that a Change brings.
type Part func(*builder)

// A File is a changed file with its added lines.
type File struct {
	file  analyzers.File
	hunks []analyzers.Hunk
	whole *string // the text, of which the hunks are to be found; else nil
}

// Added returns a file whose lines are all new.
func Added(path, text string) File {
	f := AddedAt(path, 1, text)
	f.file.Status = 'A'
	return f
}

// AddedAt returns a file that gains lines from the given line on.
func AddedAt(path string, line int, text string) File {
	f := File{file: analyzers.File{Path: path, Status: 'M', Mode: 0o100644, OldMode: 0o100644}}
	f.hunks = []analyzers.Hunk{{Path: path, Start: line, Text: []byte(text)}}
	return f
}

// Binary returns a new file whose text "git log -p" would not show.
func Binary(path, text string) File {
	f := Added(path, text)
	f.hunks[0].Binary = true
	return f
}

// Unread returns a new file whose lines cannot be read.
func Unread(path, why string) File {
	f := Added(path, "")
	f.hunks[0].Text, f.hunks[0].Unread = nil, why
	return f
}

// Deleted returns a file that is gone.
func Deleted(path string) File {
	return File{file: analyzers.File{Path: path, Status: 'D', OldMode: 0o100644, Blob: zeroID, OldBlob: ID("old " + path)}}
}

// Renamed returns a file that has another name and the same content.
func Renamed(from, to string) File {
	id := ID("same " + from)
	return File{file: analyzers.File{Path: to, OldPath: from, Status: 'R', Mode: 0o100644, OldMode: 0o100644, Blob: id, OldBlob: id}}
}

// Commit brings a commit, the child of the one before, with the name "c1", "c2" and so on.
func Commit(message string, files ...File) Part {
	return func(b *builder) {
		c := &analyzers.Commit{ID: ID(fmt.Sprintf("c%d", len(b.change.Commits)+1)), Message: message}
		if n := len(b.change.Commits); n > 0 {
			c.Parents = []string{b.change.Commits[n-1].ID}
		}
		b.commit(c)
		for _, f := range files {
			b.file(f)
		}
	}
}

// Index makes the change one of the index, which holds the files: what pre-commit judges.
func Index(files ...File) Part {
	return func(b *builder) {
		b.change.Kind = analyzers.KindCommit
		for _, f := range files {
			b.file(f)
		}
	}
}

// Message makes the change one of a message alone: what commit-msg judges.
func Message(text string) Part {
	return func(b *builder) {
		b.change.Kind = analyzers.KindMessage
		b.commit(&analyzers.Commit{Message: text})
	}
}

// Tag brings an annotated tag of the last commit.
func Tag(name, message string) Part {
	return func(b *builder) {
		t := &analyzers.Tag{ID: ID("tag " + name), Name: name, Type: "commit", Target: b.last(), Message: message, Tagger: person}
		t.Raw = fmt.Appendf(nil, "object %s\ntype commit\ntag %s\ntagger %s\n\n%s", t.Target, name, stamp(person), message)
		b.change.Tags = append(b.change.Tags, t)
	}
}

// Change returns a push of what the parts bring to refs/heads/main and, for each tag, to refs/tags. The caller may alter
// it before use. An Index or a Message makes it a change of that kind.
func Change(parts ...Part) *analyzers.Change {
	b := newBuilder()
	for _, p := range parts {
		p(b)
	}
	b.defaultRefs()
	return b.finish()
}

// The person and date of git's own test suite.
var person = analyzers.Signature{Name: "A U Thor", Email: "author@example.com", When: time.Unix(1112911993, 0).UTC()}

func stamp(s analyzers.Signature) string {
	return fmt.Sprintf("%s <%s> %d +0000", s.Name, s.Email, s.When.Unix())
}

type builder struct {
	change *analyzers.Change
	memory *memory
	blobs  map[string]int // index into memory.blobs
}

func newBuilder() *builder {
	m := &memory{}
	m.change = &analyzers.Change{Kind: analyzers.KindPush, Content: m}
	return &builder{change: m.change, memory: m, blobs: map[string]int{}}
}

func (b *builder) last() string {
	if n := len(b.change.Commits); n > 0 {
		return b.change.Commits[n-1].ID
	}
	return ""
}

func (b *builder) commit(c *analyzers.Commit) {
	c.Tree = ID("tree " + c.ID)
	if c.Author.Name == "" {
		c.Author = person
	}
	if c.Committer.Name == "" {
		c.Committer = person
	}
	if c.ID != "" {
		c.Raw = fmt.Appendf(nil, "tree %s\n", c.Tree)
		for _, p := range c.Parents {
			c.Raw = fmt.Appendf(c.Raw, "parent %s\n", p)
		}
		c.Raw = fmt.Appendf(c.Raw, "author %s\ncommitter %s\n\n%s", stamp(c.Author), stamp(c.Committer), c.Message)
	}
	b.change.Commits = append(b.change.Commits, c)
}

// file adds f to the last commit, or to the index when there is none. Another hunk of the same file joins the first.
func (b *builder) file(f File) {
	merge := false
	if n := len(b.change.Commits); n > 0 {
		merge = b.change.Commits[n-1].Merge()
	}
	f.file.Commit = b.last()
	for i := range f.hunks {
		f.hunks[i].Commit, f.hunks[i].Merge = f.file.Commit, merge
	}
	if n := len(b.memory.files); n > 0 && len(f.hunks) > 0 {
		if last := &b.memory.files[n-1]; last.file.Path == f.file.Path && last.file.Commit == f.file.Commit {
			last.file.Status = 'M'
			last.hunks = append(last.hunks, f.hunks...)
			return
		}
	}
	b.memory.files = append(b.memory.files, f)
}

func (b *builder) defaultRefs() {
	main := analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Old: zeroID, New: b.last(), Ref: "refs/heads/main"},
		FastForward: true, Target: "commit"}
	for i := range b.change.Commits {
		main.Commits = append(main.Commits, i)
	}
	b.change.Refs = append(b.change.Refs, main)
	for i, t := range b.change.Tags {
		b.change.Refs = append(b.change.Refs, analyzers.RefChange{FastForward: true, Target: "tag", Tags: []int{i},
			RefUpdate: analyzers.RefUpdate{Old: zeroID, New: t.ID, Ref: "refs/tags/" + t.Name}})
	}
}

// finish gives every file its blob: the added lines, with the lines that the file had before around them, or empty ones; and each hunk its
// id and head.
func (b *builder) finish() *analyzers.Change {
	reached := map[string]map[string]bool{}
	for i := range b.memory.files {
		f := &b.memory.files[i]
		if reached[f.file.Commit] == nil {
			reached[f.file.Commit] = b.memory.reach(f.file.Commit)
		}
		b.memory.apply(f, reached[f.file.Commit])
		if f.file.Status == 'D' || f.file.Status == 'R' {
			continue
		}
		v := b.memory.last(f.file.Path)
		for j := range f.hunks {
			f.hunks[j].Head, f.hunks[j].Blob = analyzers.HeadOf(v.data), f.file.Blob
		}
		n, ok := b.blobs[f.file.Blob]
		if !ok {
			n = len(b.memory.blobs)
			b.blobs[f.file.Blob] = n
			b.memory.blobs = append(b.memory.blobs, analyzers.Blob{ID: f.file.Blob, Size: int64(len(v.data)), Data: v.data, Unread: v.unread})
		}
		b.memory.blobs[n].Files = append(b.memory.blobs[n].Files, f.file)
	}
	return b.change
}

// memory is an analyzers.Content that is all there.
type memory struct {
	change   *analyzers.Change // that it is the content of
	files    []File
	blobs    []analyzers.Blob
	before   map[string]version   // by path
	versions map[string][]version // by path, in the order of the change
}

func (m *memory) Files(ctx context.Context) iter.Seq2[analyzers.File, error] {
	return sequence(ctx, func(yield func(analyzers.File) bool) {
		for _, f := range m.files {
			if !yield(f.file) {
				return
			}
		}
	})
}

func (m *memory) Hunks(ctx context.Context) iter.Seq2[analyzers.Hunk, error] {
	return sequence(ctx, func(yield func(analyzers.Hunk) bool) {
		for _, f := range m.files {
			for _, h := range f.hunks {
				if !yield(h) {
					return
				}
			}
		}
	})
}

func (m *memory) Blobs(ctx context.Context, want func(analyzers.File) bool) iter.Seq2[analyzers.Blob, error] {
	return sequence(ctx, func(yield func(analyzers.Blob) bool) {
		wanted := map[string]bool{}
		for _, f := range m.files {
			if f.file.Status != 'D' && (want == nil || want(f.file)) {
				wanted[f.file.Blob] = true
			}
		}
		for _, b := range m.blobs {
			if wanted[b.ID] && !yield(b) {
				return
			}
		}
	})
}

// sequence ends seq with the context's error once the context is done.
func sequence[T any](ctx context.Context, seq iter.Seq[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v := range seq {
			if err := ctx.Err(); err != nil {
				var zero T
				yield(zero, err)
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}
