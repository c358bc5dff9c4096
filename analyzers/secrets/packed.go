package secrets

import (
	"context"
	"fmt"
	"hash/maphash"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/secrets/unpack"
)

// A packing finds the files of a change that may be archives or compressed streams, or hold some, while its hunks are read, and
// unpacks them. Added lines do not tell what is in such a file: one new line can change all of its content, and so can lines that are gone.
type packing struct {
	limits unpack.Limits
	seed   maphash.Seed
	look   map[uint64]bool // by place, for every file that has hunks: whether to unpack it
	last   uint64          // the place of the hunk before
	moved  map[uint64]bool // by place: what is in it is new to the rules, though its content is old
}

func newPacking() *packing {
	return &packing{limits: unpack.Defaults(), seed: maphash.MakeSeed(), look: map[uint64]bool{}, moved: map[uint64]bool{}}
}

// note takes notice of a hunk. Every hunk of a change has to come by.
func (p *packing) note(h analyzers.Hunk) {
	key := p.key(h.Commit, h.Ref, h.Path)
	look, seen := p.look[key]
	switch {
	case look:
	case seen && key == p.last && h.Head != nil: // it is that of the hunk before
		look = !isText(h.Text)
	default:
		look = mayBePacked(h)
	}
	p.look[key], p.last = look, key
}

// move takes notice of a file that was moved out of where the configuration allows more.
func (p *packing) move(f analyzers.File) { p.moved[p.key(f.Commit, f.Ref, f.Path)] = true }

// key stands for a place. A change can have millions of files, and its author cannot find two places with one key without the seed.
func (p *packing) key(commit, ref, path string) uint64 {
	return maphash.Comparable(p.seed, [3]string{commit, ref, path})
}

// mayBePacked reports whether there may be more in the file than its lines show: by its name, its first bytes, or bytes that text does not
// have, since an archive can be behind anything. Where its first bytes are not known, that is so for all that the hunk does not show.
func mayBePacked(h analyzers.Hunk) bool {
	if h.Unread != "" {
		return false // which is reported as it is
	}
	head := h.Head
	if head == nil && h.Start == 1 {
		head = analyzers.HeadOf(h.Text)
	}
	if h.Head == nil && len(head) < analyzers.HeadSize {
		return true
	}
	return unpack.Packed(h.Path, head) || !isText(head) || !isText(h.Text)
}

// isText reports whether there are only bytes that text has. Every mark of an archive or a stream has others, or is followed by some.
func isText(b []byte) bool {
	high := false
	for _, c := range b {
		switch {
		case c >= ' ' && c < utf8.RuneSelf, c == '\n', c == '\t':
		case c >= utf8.RuneSelf:
			high = true
		case strings.IndexByte("\r\f\v\b\x1b", c) < 0:
			return false
		}
	}
	return !high || validHalf(b)
}

// validHalf reports whether b is UTF-8, but for a character that is cut in two at its end.
func validHalf(b []byte) bool {
	for i := 0; i < utf8.UTFMax && i < len(b); i++ {
		if utf8.Valid(b[:len(b)-i]) {
			return true
		}
	}
	return false
}

// wants reports whether a file has to be unpacked. One that has no hunk has another content all the same: lines are gone, or a merge put
// lines of its parents together in a new way.
func (p *packing) wants(f analyzers.File) bool {
	key := p.key(f.Commit, f.Ref, f.Path)
	if f.Blob == f.OldBlob {
		return p.moved[key] // else it is another name or mode
	}
	look, seen := p.look[key]
	return look || !seen || p.moved[key]
}

// A packedText is the content of one member, or why there is none.
type packedText struct {
	at     []analyzers.File // every place of the packed file that is new, never empty
	inner  string           // what comes behind the path of each: "!dir/b.txt", or "" for a compressed file and for names
	text   []byte           // nil if it could not be examined
	names  bool             // text has no lines, but names and comments
	unread string           // why text is nil, in one line of plain words

	damaged bool // unread is about bytes that no other program would read either
}

// seen reports whether a file has hunks.
func (p *packing) seen(f analyzers.File) bool {
	_, seen := p.look[p.key(f.Commit, f.Ref, f.Path)]
	return seen
}

// texts unpacks the files that may be packed, each content once, after all hunks were noted.
func (p *packing) texts(ctx context.Context, c analyzers.Content) iter.Seq2[packedText, error] {
	return func(yield func(packedText, error) bool) {
		for b, err := range c.Blobs(ctx, p.wants) {
			if err != nil {
				yield(packedText{}, fmt.Errorf("read packed files: %w", err))
				return
			}
			if !p.unpack(ctx, b, yield) {
				return
			}
		}
	}
}

// unpack yields what is in one blob. It returns false when that is to be the last one.
func (p *packing) unpack(ctx context.Context, b analyzers.Blob, yield func(packedText, error) bool) bool {
	var at []analyzers.File
	name := ""
	for _, f := range b.Files {
		if !p.wants(f) {
			continue
		}
		at = append(at, f)
		if name == "" && unpack.Packed(f.Path, nil) {
			name = f.Path // tells more than others
		}
	}
	if b.Unread != "" {
		// A file with a hunk says so itself.
		return p.anyHunk(at) || yield(packedText{at: at, unread: b.Unread}, nil)
	}
	head := analyzers.HeadOf(b.Data)
	any := false
	for t := range unpack.Texts(name, b.Data, p.limits) {
		any = true
		// A file that says what it is, and is not right, may be read by a program that asks less of it.
		t.Damaged = t.Damaged && !(t.Path == name && unpack.Packed("", head)) && !unpack.Packed(t.Path, nil)
		if err := ctx.Err(); err != nil {
			yield(packedText{}, err)
			return false
		}
		inner := strings.TrimPrefix(t.Path, name)
		if !yield(packedText{at: at, inner: inner, text: t.Data, names: t.Names, unread: t.Unread, damaged: t.Damaged}, nil) {
			return false
		}
	}
	if !any && unpack.Packed("", head) {
		return yield(packedText{at: at, unread: "it begins like an archive or a compressed file, and nothing in it can be read"}, nil)
	}
	return true
}

// anyHunk reports whether one of the files has a hunk.
func (p *packing) anyHunk(files []analyzers.File) bool {
	for _, f := range files {
		if p.seen(f) {
			return true
		}
	}
	return false
}
