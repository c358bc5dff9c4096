package unpack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
)

// A Text is the content of one member of an archive or of a compressed stream, or why there is none.
type Text struct {
	// Path is that of the file, then the name of each member on the way, joined by [Separator]: raw bytes, as they are written there. A
	// compressed stream has no name of its own.
	Path string

	Data  []byte // the receiver may keep it and must not write to it
	Names bool   // Data are names and comments in the archive at Path, one on a line, so that numbers of lines mean nothing

	// Unread says in plain words, without bytes of the file, why something at Path is missing. Data is nil then.
	Unread string

	// Damaged says that Unread is about bytes that are not what their format asks for: no other program would read them either.
	Damaged bool
}

// Separator stands between the path of an archive and the name of a member, as gitleaks has it.
const Separator = "!"

// Limits bound what is unpacked of one file.
type Limits struct {
	Depth   int   // archives and streams in each other; a tar.gz has two
	Total   int64 // bytes of all output, at all depths
	Free    int64 // bytes of output that are allowed whatever the size of the file
	Ratio   int64 // bytes of output beyond them for each byte of the file
	Member  int64 // bytes of one member, which is held in memory
	Members int   // at all depths
	Window  int64 // bytes of earlier output that a decompressor may ask to have at hand
}

// Defaults returns limits that few honest files reach. 42.zip has 16 members in 5 layers and 4.5 PB; zlib reaches a ratio of 1030; xz -9 and zstd -19
// ask for windows of 64 MiB and 8 MiB; charts of Helm are six deep where they have charts with charts of their own.
func Defaults() Limits {
	return Limits{Depth: 10, Total: 256 << 20, Free: 16 << 20, Ratio: 200, Member: 64 << 20, Members: 10_000, Window: 64 << 20}
}

// Texts yields what can be read in a file, in the order in which it is found: nothing if the file is not packed. The path is used to name
// the texts, and for formats that have no mark of their own. The same file gives the same texts.
func Texts(path string, data []byte, l Limits) iter.Seq[Text] {
	return func(yield func(Text) bool) {
		w := &walker{limits: l, yield: yield, left: min(l.Total, l.Free+l.Ratio*int64(len(data)))}
		w.content(path, data, 1)
	}
}

// A walker unpacks one file.
type walker struct {
	limits  Limits
	yield   func(Text) bool
	stopped bool  // the receiver wants no more
	over    bool  // a limit is reached: nothing more is read, and what was read is still yielded
	left    int64 // bytes that may still be put out
	members int
	probes  int
	idle    idle
}

// maxProbes bounds the places that look like the beginning of a stream and are none.
const maxProbes = 10_000

// put yields a text.
func (w *walker) put(t Text) {
	if !w.stopped && !w.yield(t) {
		w.stopped = true
	}
}

// done reports whether to begin nothing more.
func (w *walker) done() bool { return w.over || w.stopped }

func (w *walker) unread(path, format string, args ...any) {
	w.put(Text{Path: path, Unread: fmt.Sprintf(format, args...)})
}

// damaged reports what does not keep to its format.
func (w *walker) damaged(path, format string, args ...any) {
	w.put(Text{Path: path, Unread: fmt.Sprintf(format, args...), Damaged: true})
}

// exceed reports a limit that ends the work on the whole file.
func (w *walker) exceed(path, format string, args ...any) {
	if !w.done() {
		w.over = true
		w.unread(path, format+": the rest is not examined", args...)
	}
}

// content unpacks a text that was yielded, or the file itself.
func (w *walker) content(path string, data []byte, depth int) {
	if w.done() || len(data) == 0 {
		return
	}
	f := formatOf(path, data)
	if f == nil {
		w.carve(path, data, depth)
		return
	}
	w.open(path, f, data, depth)
}

// open unpacks data as a format, and what comes behind it as something of its own.
func (w *walker) open(path string, f *format, data []byte, depth int) {
	if w.tooDeep(path, depth) {
		return
	}
	switch {
	case f.archive == zipArchive:
		w.zip(path, data, depth)
	case f.archive == tarArchive:
		w.tar(path, bytes.NewReader(data), depth)
	case f.stream != nil:
		w.rest(path, data[w.stream(path, f, data, depth):], depth)
	default:
		w.unread(path, "%s, which is not read", f.name)
		w.carve(path, data[1:], depth)
	}
}

// tooDeep reports a nesting that is not followed.
func (w *walker) tooDeep(path string, depth int) bool {
	if depth > w.limits.Depth {
		w.unread(path, "nested more than %d deep", w.limits.Depth)
	}
	return depth > w.limits.Depth
}

// rest goes on behind a stream. A name says nothing of what is there.
func (w *walker) rest(path string, data []byte, depth int) {
	for !w.done() {
		data = bytes.TrimLeft(data, "\x00")
		f := markOf(data)
		switch {
		case len(data) == 0:
			return
		case f == nil:
			w.carve(path, data, depth)
			return
		case f.stream == nil:
			w.open(path, f, data, depth)
			return
		}
		data = data[w.stream(path, f, data, depth):]
	}
}

// member yields what r has and unpacks it. size is what the archive says of it, or negative.
func (w *walker) member(path string, r io.Reader, size int64, depth int) {
	data, err := w.read(r, size)
	if len(data) > 0 {
		w.put(Text{Path: path, Data: data})
		w.content(path, data, depth)
	}
	w.ends(path, "the member", err)
}

// errMember says that a member is larger than what is held in memory.
var errMember = errors.New("more bytes than one member may have")

// ends reports why something could not be read to its end, unless that was said when a limit was reached.
func (w *walker) ends(path, what string, err error) {
	switch {
	case err == nil || w.done():
	case errors.Is(err, errMember), errors.Is(err, errWindow), errors.Is(err, errMethod):
		w.unread(path, "%s: %v", what, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		w.damaged(path, "%s: cut off", what)
	default: // not in the words of the libraries, which have bytes of the file in them
		w.damaged(path, "%s: damaged", what)
	}
}

// maxNames is the size in bytes of one text of names.
const maxNames = 1 << 20

// names yields names, comments and the like, each on a line.
func (w *walker) names(path string, list ...[]byte) {
	var text []byte
	for _, name := range list {
		if len(name) == 0 {
			continue
		}
		text = append(append(text, bytes.ReplaceAll(name, []byte("\n"), []byte(" "))...), '\n')
		if len(text) > maxNames {
			w.put(Text{Path: path, Names: true, Data: text})
			text = nil
		}
	}
	if len(text) > 0 {
		w.put(Text{Path: path, Names: true, Data: text})
	}
}

// counted reports a member, and whether there may be so many.
func (w *walker) counted(path string) bool {
	if w.members++; w.members > w.limits.Members {
		w.exceed(path, "more than %d members", w.limits.Members)
	}
	return !w.done()
}

// A metered reader counts all output against the limits. It ends, and the walker with it, when too much was put out.
type metered struct {
	w    *walker
	path string
	r    io.Reader
	err  error // of r, if it is not io.EOF
}

func (m *metered) Read(p []byte) (int, error) {
	w := m.w
	if w.done() {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := m.r.Read(p[:min(int64(len(p)), max(w.left, 0)+1)])
	if w.left -= int64(n); w.left < 0 {
		n--
		l := w.limits
		w.exceed(m.path, "more output than %d bytes, or than %d and %d times the size of the file", l.Total, l.Free, l.Ratio)
		return n, io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		m.err = err
	}
	return n, err
}

// What is set aside for a member before anything was read, in bytes: where its size is not known, and at most, whatever an archive says of it.
const (
	firstRead = 4 << 10
	mostFirst = 256 << 10
)

// read reads a member as far as the limits go.
func (w *walker) read(r io.Reader, size int64) (data []byte, err error) {
	if size < 0 {
		size = firstRead
	}
	data = make([]byte, 0, min(size, mostFirst)+1)
	for {
		if len(data) == cap(data) {
			data = slices.Grow(data, len(data))
		}
		room := data[len(data):cap(data)]
		room = room[:min(int64(len(room)), w.limits.Member+1-int64(len(data)))]
		n, err := r.Read(room)
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > w.limits.Member:
			return data[:w.limits.Member], errMember
		case err == io.EOF:
			return data, nil
		case err != nil:
			return data, err
		}
	}
}

// maxName is as much of a member's name as a path shows, in bytes. The whole name is among the names.
const maxName = 1024

func join(path string, name []byte) string {
	return path + Separator + string(name[:min(len(name), maxName)])
}
