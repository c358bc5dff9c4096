package secrets

import (
	"bytes"
	"fmt"
	"iter"

	"github.com/refward/refward/analyzers/secrets/unpack"
)

// maxForms is how deep a text can be in others: base64 in a gzip in base64.
const maxForms = 5

// A form is a text that stands in another one in a way that no rule reads.
type form struct {
	text   []byte // nil if it could not be examined
	line   int    // of the outer text, counted from 0, where it begins
	same   bool   // it has the lines of the outer text, whose numbers are those of its own plus line
	inner  string // the place in what was packed, such as "!dir/b.txt", or ""
	unread string // why text is nil, in one line of plain words
}

// forms yields what else there is in a text: the text itself without the NUL bytes of UTF-16 and UTF-32, lines without their escapes, base64
// and hexadecimal that the detector does not decode, what is packed in these, and so on within all of them. Damaged base64 is not reported: documents have the beginning of some for an example.
func forms(text []byte) iter.Seq[form] {
	return func(yield func(form) bool) {
		l := unpack.Defaults()
		f := former{limits: l, yield: yield}
		f.limits.Total = min(l.Total, l.Free+l.Ratio*int64(len(text)))
		f.in(form{text: text, same: true}, maxForms)
	}
}

// A former goes through the forms of one text.
type former struct {
	limits unpack.Limits // what is left of them for all that is packed in it
	yield  func(form) bool
}

// in goes through the forms in a text. It returns false when the receiver wants no more.
func (f *former) in(outer form, depth int) bool {
	if depth == 0 {
		return !f.more(outer.text) || f.yield(form{line: outer.line, inner: outer.inner, unread: fmt.Sprintf("encoded more than %d times", maxForms)})
	}
	text := outer.text
	if narrow, ok := unpack.Narrow(text); ok {
		text = narrow
		if !f.yield(form{text: narrow, line: outer.line, same: outer.same, inner: outer.inner}) {
			return false
		}
	}
	for _, e := range encodings {
		if !f.blocks(outer, text, e, depth) {
			return false
		}
	}
	return true
}

// more reports whether there are forms in a text.
func (f *former) more(text []byte) bool {
	for _, e := range encodings {
		for range e.blocks(text) {
			return true
		}
	}
	return false
}

// An encoding is a way in which texts stand in others.
type encoding struct {
	blocks func([]byte) iter.Seq[unpack.Block]
	packed bool // what it yields may be packed
}

var encodings = [...]encoding{{unpack.Unwrapped, true}, {unpack.Words, false}, {unpack.Dumped, true}, {unpack.Unescaped, false}}

// blocks goes through what stands in one encoding in a text, which is outer's. It returns false when the receiver wants no more.
func (f *former) blocks(outer form, text []byte, e encoding, depth int) bool {
	line, counted := outer.line, 0 // that of an offset
	for b := range e.blocks(text) {
		if outer.same {
			start := max(b.Start, counted)
			line += bytes.Count(text[counted:start], []byte{'\n'})
			counted = start
		}
		inside := form{text: b.Data, line: line, inner: outer.inner}
		if !f.yield(inside) || !f.in(inside, depth-1) || e.packed && !f.packed(inside, depth-1) {
			return false
		}
	}
	return true
}

// packed goes through what is packed in a text. It returns false when the receiver wants no more.
func (f *former) packed(outer form, depth int) bool {
	for t := range unpack.Texts("", outer.text, f.limits) {
		f.limits.Total = max(0, f.limits.Total-int64(len(t.Data)))
		if t.Damaged {
			continue
		}
		inside := form{text: t.Data, line: outer.line, inner: outer.inner + t.Path, unread: t.Unread}
		if !f.yield(inside) || t.Data != nil && !f.in(inside, depth) {
			return false
		}
	}
	return true
}
