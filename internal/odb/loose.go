package odb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/refward/refward/internal/odb/flate"
)

// maxLooseHead is the most that the head of a loose object takes, as in git.
const maxLooseHead = 32

var errGarbage = errors.New("there is garbage after it")

// A looseFile is an object in a file of its own, read once from its beginning.
type looseFile struct {
	dir  *dir
	id   ID
	f    *os.File
	in   *inflater
	kind Kind
	size int64 // bytes
}

// openLoose opens the file of an object; it returns nil when the directory has none.
func openLoose(d *dir, id ID) (*looseFile, error) {
	name := id.String()
	f, err := openRegular(filepath.Join(d.path, name[:2], name[2:]))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("odb: %w", err)
	}
	return &looseFile{dir: d, id: id, f: f}, nil
}

// hasLoose reports whether a directory has a file for an object.
func hasLoose(d *dir, id ID) (bool, error) {
	name := id.String()
	_, err := os.Stat(filepath.Join(d.path, name[:2], name[2:]))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("odb: %w", err)
	}
	return true, nil
}

func (l *looseFile) close() {
	_ = l.f.Close() // only read
	if l.in != nil {
		l.in.release()
		l.in = nil
	}
}

func (l *looseFile) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("odb: loose object %s: %w", l.f.Name(), err)
}

// stat returns the size of the file, which is a regular one.
func (l *looseFile) stat() (int64, error) {
	info, err := l.f.Stat()
	if err != nil {
		return 0, l.wrap(err)
	}
	if !info.Mode().IsRegular() {
		return 0, l.wrap(errors.New("this is not a regular file"))
	}
	return info.Size(), nil
}

// start reads the head. What follows in the stream is the content.
func (l *looseFile) start() error {
	stored, err := l.stat()
	if err != nil {
		return err
	}
	l.in = inflaterPool.Get().(*inflater)
	if err := l.in.openReader(l.f); err != nil {
		return l.wrap(err)
	}
	var head [maxLooseHead]byte
	for n := range head {
		if err := l.in.fill(head[n : n+1]); err != nil {
			return l.wrap(err)
		}
		if head[n] == 0 {
			if l.kind, l.size, err = parseLooseHead(head[:n]); err == nil {
				err = checkExpansion(l.size, stored)
			}
			return l.wrap(err)
		}
	}
	return l.wrap(errors.New("it does not begin with a type and a size"))
}

// parseLooseHead reads "blob 12", without the zero byte that ends it.
func parseLooseHead(head []byte) (Kind, int64, error) {
	for kind := Commit; kind <= Tag; kind++ {
		word := kind.String() + " "
		if len(head) <= len(word) || string(head[:len(word)]) != word {
			continue
		}
		digits := head[len(word):]
		var size int64
		for i, c := range digits {
			if c < '0' || c > '9' || i > 0 && size == 0 || size > (math.MaxInt64-9)/10 {
				return 0, 0, fmt.Errorf("its size is %q", digits)
			}
			size = size*10 + int64(c-'0')
		}
		return kind, size, nil
	}
	return 0, 0, fmt.Errorf("it begins with %q, not with a type and a size", head)
}

// read reads head and content.
func (l *looseFile) read(limit int64) ([]byte, error) {
	stored, err := l.stat()
	if err != nil {
		return nil, err
	}
	if stored > maxPooled {
		if err := l.start(); err != nil {
			return nil, err
		}
		return l.rest(limit)
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	*buf = sized(*buf, stored)
	if _, err := io.ReadFull(l.f, *buf); err != nil {
		return nil, l.wrap(unexpected(err))
	}
	data, err := l.parse(*buf, limit)
	return data, l.wrap(err)
}

// parse reads head and content out of the whole file.
func (l *looseFile) parse(file []byte, limit int64) ([]byte, error) {
	var buf [maxLooseHead]byte
	n, err := flate.Head(buf[:], file)
	end := bytes.IndexByte(buf[:n], 0)
	switch {
	case end >= 0: // should there be an error behind it, then the content has it
	case err != nil:
		return nil, err
	case n < len(buf):
		return nil, io.ErrUnexpectedEOF
	default:
		return nil, errors.New("it does not begin with a type and a size")
	}
	if l.kind, l.size, err = parseLooseHead(buf[:end]); err != nil {
		return nil, err
	}
	if err := checkExpansion(l.size, int64(len(file))); err != nil {
		return nil, err
	}
	if l.size > limit {
		return nil, tooLarge(l.size, limit)
	}
	head := int64(end + 1)
	data := make([]byte, head+l.size)
	n, err = flate.Inflate(data, file)
	if err != nil {
		return nil, err
	}
	if n < len(file) {
		return nil, errGarbage
	}
	return data[head:], nil
}

// rest reads the content after start.
func (l *looseFile) rest(limit int64) ([]byte, error) {
	if l.size > limit {
		return nil, l.wrap(tooLarge(l.size, limit))
	}
	data := make([]byte, l.size)
	if err := l.in.fill(data); err != nil {
		return nil, l.wrap(err)
	}
	return data, l.wrap(l.finish())
}

// finish checks that stream and file end with the content.
func (l *looseFile) finish() error {
	if err := l.in.end(); err != nil {
		return err
	}
	if _, err := l.in.src.ReadByte(); err == nil {
		return errGarbage
	} else if err != io.EOF {
		return err
	}
	return nil
}
