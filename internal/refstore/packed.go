package refstore

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/internal/odb"
)

const (
	maxLine     = 64 << 10  // bytes of a line of packed-refs
	maxUnsorted = 256 << 20 // bytes of a packed-refs that has to be sorted in memory; git has sorted it since 2006
	hexLen      = 2 * len(odb.ID{})
)

// A packed is an open packed-refs file (git-pack-refs(1)). It is read piece by piece: git never changes a file of this name but renames a new
// one over it, so what is open stays as it was. A mapping would save the copy, a fifth of what BenchmarkRefs takes to search 100,000 refs, for
// page faults that cost more, and for a fault in place of an error when the disk fails.
type packed struct {
	f      io.ReaderAt
	size   int64
	start  int64 // of the first line after the header
	sorted bool  // by name
	info   fs.FileInfo
	close  func() error
}

// openPacked opens packed-refs, or returns nil where there is none.
func (s *Store) openPacked() (*packed, error) {
	f, info, err := openRegular(filepath.Join(s.commonDir, "packed-refs"))
	if isAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("packed-refs: %w", err)
	}
	p, err := newPacked(f, info.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	p.info, p.close = info, f.Close
	return p, nil
}

// newPacked reads the header, a line that files of old lack: "# pack-refs with:" and what git did as it wrote the file.
func newPacked(f io.ReaderAt, size int64) (*packed, error) {
	p := &packed{f: f, size: size}
	l := p.lines(0, probe)
	line, _, err := l.next()
	if err == io.EOF {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	if traits, ok := bytes.CutPrefix(line, []byte("# pack-refs with:")); ok {
		p.start = int64(len(line)) + 1
		p.sorted = slices.Contains(strings.Fields(string(traits)), "sorted")
	}
	return p, nil
}

// lines reads lines from some place on.
func (p *packed) lines(from int64, size int) *lines {
	return &lines{p: p, off: from, room: make([]byte, min(int64(size), max(p.size-from, 1)))}
}

// A lines is a place in packed-refs.
type lines struct {
	p    *packed
	off  int64  // in the file, of what follows buf
	buf  []byte // read and not consumed yet, in room
	room []byte
}

// next returns the line that follows, valid until the next call, and where it begins. The last one is followed by io.EOF.
func (l *lines) next() (line []byte, at int64, err error) {
	searched := 0
	for {
		if n := bytes.IndexByte(l.buf[searched:], '\n'); n >= 0 {
			n += searched
			line, at = l.buf[:n], l.off-int64(len(l.buf))
			if n > maxLine {
				return nil, at, badLine(at, line, "it is too long")
			}
			l.buf = l.buf[n+1:]
			return line, at, nil
		}
		searched = len(l.buf)
		if err := l.fill(); err != nil {
			return nil, l.off - int64(len(l.buf)), err
		}
	}
}

// fill reads on, to where consumed lines were.
func (l *lines) fill() error {
	begin := l.off - int64(len(l.buf))
	switch {
	case l.off == l.p.size && len(l.buf) == 0:
		return io.EOF
	case l.off == l.p.size:
		return badLine(begin, l.buf, "it has no end")
	case len(l.buf) > maxLine:
		return badLine(begin, l.buf, "it is too long")
	}
	room := l.room
	if len(l.buf) > len(room)/2 {
		room = make([]byte, 2*len(room))
	}
	n := copy(room, l.buf)
	more := room[n : n+int(min(int64(len(room)-n), l.p.size-l.off))]
	if got, err := l.p.f.ReadAt(more, l.off); got < len(more) {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("read packed-refs at byte %d: %w", l.off, err)
	}
	l.room, l.buf, l.off = room, room[:n+len(more)], l.off+int64(len(more))
	return nil
}

// badLine says what is wrong with a line.
func badLine(at int64, line []byte, why string) error {
	return fmt.Errorf("packed-refs: the line at byte %d, %.120q: %s", at, line, why)
}

// parseRef reads a line with an id and a name.
func parseRef(line []byte, at int64) (Ref, error) {
	if len(line) <= hexLen || line[hexLen] != ' ' {
		if len(line) > 64 && line[64] == ' ' {
			return Ref{}, fmt.Errorf("packed-refs: SHA-256 ids: %w", odb.ErrUnsupported)
		}
		return Ref{}, badLine(at, line, "it is not an id, a space and a name")
	}
	id, err := parseID(line[:hexLen])
	if err != nil {
		return Ref{}, badLine(at, line, err.Error())
	}
	name := string(line[hexLen+1:])
	if !strings.HasPrefix(name, "refs/") || !ValidName(name) {
		return Ref{}, badLine(at, line, "this is not the name of a ref")
	}
	return Ref{Name: name, ID: id}, nil
}

// isPeeled reports whether a line says what the tag of the line before it stands for.
func isPeeled(line []byte) bool { return len(line) > 0 && line[0] == '^' }

func parsePeeled(line []byte, at int64) (odb.ID, error) {
	id, err := parseID(line[1:])
	if err != nil {
		err = badLine(at, line, err.Error())
	}
	return id, err
}

// refs calls visit with each ref from some place on, until it says that it wants no more.
func (p *packed) refs(from int64, size int, visit func(Ref) (bool, error)) error {
	l := p.lines(from, size)
	var last Ref
	for {
		line, at, err := l.next()
		if err != nil && err != io.EOF {
			return err
		}
		if err == nil && isPeeled(line) {
			if last.Name == "" || last.Peeled != (odb.ID{}) {
				return badLine(at, line, "there is no ref before it")
			}
			if last.Peeled, err = parsePeeled(line, at); err != nil {
				return err
			}
			continue
		}
		if last.Name != "" {
			if more, err := visit(last); !more || err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if last, err = parseRef(line, at); err != nil {
			return err
		}
	}
}

// find looks for a ref: in a sorted file by halving it, else by reading all.
func (p *packed) find(name string) (found Ref, ok bool, err error) {
	if !p.sorted {
		err = p.refs(p.start, pieceSize, func(r Ref) (bool, error) {
			if r.Name != name {
				return true, nil
			}
			if ok {
				return false, fmt.Errorf("packed-refs: %s is there twice", name)
			}
			found, ok = r, true
			return true, nil
		})
		return found, ok, err
	}
	from, err := p.seek(name)
	if err != nil {
		return Ref{}, false, err
	}
	err = p.refs(from, linear, func(r Ref) (bool, error) {
		if ok = r.Name == name; ok {
			found = r
		}
		return r.Name < name, nil
	})
	return found, ok, err
}

const (
	pieceSize = 64 << 10 // bytes read at once where all is read
	linear    = 4 << 10  // bytes that are read rather than halved
	probe     = 256      // bytes read at first where a line or two are wanted
)

// seek returns a place in a sorted file, the beginning of a line, before which all names are less than the given one and which is near
// to the first that is not.
func (p *packed) seek(name string) (int64, error) {
	low, high := p.start, p.size // names of lines that begin before low are less, those of lines that begin at high or after are not
	for high-low > linear {
		middle := low + (high-low)/2
		at, ref, err := p.refAfter(middle)
		switch {
		case err == io.EOF:
			high = middle + 1
		case err != nil:
			return 0, err
		case at >= high || ref.Name >= name:
			high = middle + 1
		default:
			low = at
		}
	}
	return low, nil
}

// refAfter returns the first ref whose line begins after some byte, or io.EOF.
func (p *packed) refAfter(off int64) (int64, Ref, error) {
	l := p.lines(off, probe)
	if _, _, err := l.next(); err != nil {
		return 0, Ref{}, err
	}
	for {
		line, at, err := l.next()
		if err != nil {
			return 0, Ref{}, err
		}
		if isPeeled(line) {
			continue
		}
		ref, err := parseRef(line, at)
		return at, ref, err
	}
}

// all calls visit with the refs from a prefix on, in the order of their names.
func (p *packed) all(prefix string, visit func(Ref) (bool, error)) error {
	last := ""
	inOrder := func(r Ref) (bool, error) {
		if r.Name <= last {
			return false, fmt.Errorf("packed-refs: %s is there twice, or not in order", r.Name)
		}
		last = r.Name
		return visit(r)
	}
	if p.sorted {
		from, err := p.seek(prefix)
		if err != nil {
			return err
		}
		return p.refs(from, pieceSize, func(r Ref) (bool, error) {
			if r.Name < prefix {
				return true, nil
			}
			return inOrder(r)
		})
	}
	if p.size > maxUnsorted {
		return fmt.Errorf("packed-refs: %d bytes are not sorted, at most %d are read: git pack-refs --all sorts them", p.size, maxUnsorted)
	}
	var refs []Ref
	err := p.refs(p.start, pieceSize, func(r Ref) (bool, error) {
		if strings.HasPrefix(r.Name, prefix) {
			refs = append(refs, r)
		}
		return true, nil
	})
	slices.SortFunc(refs, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) })
	for _, r := range refs {
		if err != nil {
			return err
		}
		var more bool
		if more, err = inOrder(r); !more {
			return err
		}
	}
	return err
}
