package unpack

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// An opener begins to decompress src. The reader ends where the last stream of the format does, and leaves src at what comes next, or a
// little before.
type opener func(w *walker, src *source) (io.ReadCloser, error)

// stream yields what a compressed stream holds. It returns how many bytes of data that took, one if there is no telling.
func (w *walker) stream(path string, f *format, data []byte, depth int) (used int) {
	if w.tooDeep(path, depth) || !w.counted(path) {
		return len(data)
	}
	src := newSource(data)
	r, err := f.stream(w, src)
	if err != nil {
		w.fails(path, f, data, err)
		return 1
	}
	defer func() { _ = r.Close() }() // gives memory back, and has nothing to say
	if g, ok := r.(*gzipReader); ok {
		defer func() { w.names(path, g.names...) }()
	}
	out := &metered{w: w, path: path, r: r}
	in := bufio.NewReaderSize(out, 16<<10)
	if head, _ := in.Peek(blockSize); isTar(head) {
		if !w.tooDeep(path, depth+1) {
			w.tar(path, in, depth+1)
		}
	} else {
		content, err := w.read(in, -1)
		if len(content) > 0 {
			w.put(Text{Path: path, Data: content})
			w.content(path, content, depth+1)
		}
		if out.err == nil {
			w.ends(path, f.name, err)
		}
	}
	if out.err != nil {
		w.charge(src.at())
		w.fails(path, f, data, out.err)
		return 1
	}
	if w.done() {
		return len(data)
	}
	return max(1, src.at())
}

// fails reports a stream that ends early. A name alone makes no stream of a text.
func (w *walker) fails(path string, f *format, data []byte, err error) {
	if f.suffix != "" && bytes.IndexByte(data, 0) < 0 && mostlyText(data) {
		return
	}
	w.ends(path, f.name, err)
}

// errWindow says that a stream asks for more memory than it may have.
var errWindow = errors.New("it asks for more memory than it may have")

// carve looks for what begins in the middle of a content: archives behind a program that unpacks them, behind a picture, in an ar or an rpm.
func (w *walker) carve(path string, data []byte, depth int) {
	if bytes.Contains(data, []byte(zipLocal)) || bytes.Contains(data, []byte(zipEnd)) {
		w.zip(path, data, depth)
		return
	}
	w.streams(path, data, depth)
}

// minCarved is the length in bytes of the shortest mark that is looked for everywhere.
const minCarved = 3

// streams does that for all formats but zip.
func (w *walker) streams(path string, data []byte, depth int) {
	for i := range formats {
		f := &formats[i]
		if f.archive != 0 || f.stream == nil && f.inside == nil {
			continue
		}
		for _, mark := range f.marks {
			if len(mark) >= minCarved {
				w.streamsOf(path, f, []byte(mark), data, depth)
			}
		}
	}
}

func (w *walker) streamsOf(path string, f *format, mark, data []byte, depth int) {
	for !w.done() {
		at := bytes.Index(data, mark)
		if at < 0 {
			return
		}
		data = data[at:]
		used := 1
		switch {
		case f.check != nil && !f.check(data), f.inside != nil && !f.inside(data):
		case f.stream == nil:
			if w.probed(path) {
				w.unread(path, "%s, which is not read", f.name)
			}
		case w.probe(path, f, data):
			used = w.stream(path, f, data, depth)
		}
		data = data[used:]
	}
}

// charge counts bytes of the file that were gone through and may be gone through again. A stream can be long and have no output.
func (w *walker) charge(n int) { w.probes += n >> 16 }

// probed counts a place that may be the beginning of something, and reports whether there may be so many.
func (w *walker) probed(path string) bool {
	if w.probes++; w.probes > maxProbes {
		w.exceed(path, "more than %d places that look like packed data", maxProbes)
	}
	return !w.done()
}

// minProbe is the output in bytes that shows that a mark is no chance.
const minProbe = 64

// probe reports whether a stream begins at a mark.
func (w *walker) probe(path string, f *format, data []byte) bool {
	if !w.probed(path) {
		return false
	}
	src := newSource(data)
	r, err := f.stream(w, src)
	if err != nil {
		return errors.Is(err, errWindow)
	}
	defer func() { _ = r.Close() }()
	var out [minProbe]byte
	n, err := io.ReadFull(r, out[:])
	w.charge(src.at())
	return err == nil || errors.Is(err, errWindow) || n > 0 && r.(interface{ ended() bool }).ended()
}
