package odb

import (
	"fmt"
	"io"
	"os"
)

// A file is a pack or an index: mapped into memory where the system can, else read piece by piece.
type file struct {
	name   string
	size   int64  // bytes
	data   []byte // the whole content, or nil
	mapped bool   // data is a mapping
	f      *os.File
}

// openRegular opens what is a regular file: opening a pipe would wait for somebody to write to it.
func openRegular(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	return os.Open(name)
}

// openFile opens a file. Without a mapping, one that is to be whole is read into memory, the other stays open.
func openFile(name string, whole, noMap bool) (*file, error) {
	f, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	r := &file{name: name, size: info.Size(), f: f}
	if !noMap && r.size > 0 && r.size == int64(int(r.size)) {
		if data, err := mapFile(f, int(r.size)); err == nil {
			f.Close()
			r.data, r.mapped, r.f = data, true, nil
			return r, nil
		}
	}
	if !whole {
		return r, nil
	}
	defer f.Close()
	r.f = nil
	if r.data, err = io.ReadAll(f); err != nil {
		return nil, err
	}
	r.size = int64(len(r.data))
	return r, nil
}

// at returns the bytes from off on, at most len(buf) of them; buf may be where they are.
func (f *file) at(off int64, buf []byte) ([]byte, error) {
	if off < 0 || off > f.size {
		return nil, io.ErrUnexpectedEOF
	}
	n := min(int64(len(buf)), f.size-off)
	if f.f == nil {
		return f.data[off : off+n], nil
	}
	if _, err := f.f.ReadAt(buf[:n], off); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return buf[:n], nil
}

// span returns the bytes from off to end of a file that is in memory.
func (f *file) span(off, end int64) ([]byte, error) {
	if off < 0 || off > end || end > f.size {
		return nil, io.ErrUnexpectedEOF
	}
	return f.data[off:end], nil
}

func (f *file) close() error {
	var err error
	if f.mapped {
		err = unmapFile(f.data)
	}
	if f.f != nil {
		err = f.f.Close()
	}
	f.data, f.f, f.mapped, f.size = nil, nil, false, 0
	return err
}
