package refstore

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/refward/refward/internal/odb"
)

// maxLoose bounds a loose ref in bytes. The longest that git writes is a symbolic ref to a name as long as a path may be.
const maxLoose = 8 << 10

// A value is what a loose ref says: an id, or the name of another ref.
type value struct {
	id     odb.ID
	target string
}

// loose reads a loose ref. What is not there, or is a directory, may be in packed-refs.
func (s *Store) loose(name string) (v value, ok bool, err error) {
	path := s.path(name)
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if v, ok, err = linked(path); ok || err != nil {
			return v, ok, wrapLoose(name, err)
		}
		info, err = os.Stat(path)
	}
	switch {
	case isAbsent(err):
		return value{}, false, nil
	case err != nil:
		return value{}, false, wrapLoose(name, err)
	case info.IsDir():
		return value{}, false, nil
	case !info.Mode().IsRegular():
		return value{}, false, wrapLoose(name, errNotRegular)
	}
	return s.looseFile(name)
}

// linked reads a ref that is a symbolic link, as core.preferSymlinkRefs makes them (git-config(1)): the text of the link is a name.
// Any other link is followed.
func linked(path string) (v value, ok bool, err error) {
	target, err := os.Readlink(path)
	if isAbsent(err) {
		return value{}, false, nil
	}
	if err != nil {
		return value{}, false, err
	}
	target = filepath.ToSlash(target)
	if !strings.HasPrefix(target, "refs/") || !ValidName(target) {
		return value{}, false, nil
	}
	return value{target: target}, true, nil
}

// looseFile reads a ref from the file that is there, or was a moment ago.
func (s *Store) looseFile(name string) (v value, ok bool, err error) {
	data, err := readSmall(s.path(name), maxLoose)
	if isAbsent(err) {
		return value{}, false, nil // packed meanwhile, or deleted
	}
	if err == nil {
		v, err = parseLoose(data)
	}
	return v, err == nil, wrapLoose(name, err)
}

func wrapLoose(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("loose ref %q: %w", name, err)
}

// parseLoose reads the content of a loose ref (gitrepository-layout(5), "refs"). White space at its end does not matter, nor does
// what follows an id after white space: FETCH_HEAD has that.
func parseLoose(data []byte) (value, error) {
	data = bytes.TrimRight(data, " \t\n\r")
	if name, ok := bytes.CutPrefix(data, []byte("ref:")); ok {
		target := string(bytes.TrimLeft(name, " \t\n\r"))
		if !ValidName(target) {
			return value{}, fmt.Errorf("%.80q is not the name of a ref", target)
		}
		return value{target: target}, nil
	}
	if end := bytes.IndexAny(data, " \t\n\r"); end >= 0 {
		data = data[:end]
	}
	if len(data) == 0 {
		return value{}, errors.New("it has no id")
	}
	id, err := parseID(data)
	return value{id: id}, err
}

// parseID reads an id. That of no object is not one.
func parseID(text []byte) (odb.ID, error) {
	id, err := odb.ParseID(string(text))
	if err == nil && id == (odb.ID{}) {
		err = errors.New("it names no object")
	}
	return id, err
}

// isAbsent reports whether an error says that there is no such file. A file may stand where a directory would have to be.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

var (
	errNotRegular = errors.New("not a regular file") // opening a pipe would wait
	errTooLong    = errors.New("longer than any that git writes")
)

// openRegular opens a file.
func openRegular(path string) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s: %w", path, errNotRegular)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w", path, errNotRegular)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}
