package refstore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
)

const (
	maxEntries = 5_000_000 // files and folders below refs/ that one walk looks at
	maxName    = 4 << 10   // bytes; as long as a path is
)

// A walk goes through the loose refs below a folder.
type walk struct {
	store   *Store
	prefix  string
	visit   func(name string, v value) error
	entries int
}

// walk visits each loose ref whose name begins with a prefix, in no order. An error of visit ends it.
func (s *Store) walk(prefix string, visit func(name string, v value) error) error {
	w := &walk{store: s, prefix: prefix, visit: visit}
	return w.dir(prefix[:strings.LastIndexByte(prefix, '/')+1])
}

// dir visits a folder, whose name ends with a slash. Its subfolders come after it is closed: however deep they are, one is open at a time.
func (w *walk) dir(name string) error {
	if len(name) > maxName {
		return fmt.Errorf("loose refs: %.80q…: folders too deep", name)
	}
	path := w.store.path(name)
	info, err := os.Stat(path) // opening a pipe would wait
	if name != "refs/" && (isAbsent(err) || err == nil && !info.IsDir()) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("loose refs: %w", err)
	}
	f, err := os.Open(path)
	if isAbsent(err) && name != "refs/" {
		return nil // empty, and gone meanwhile
	}
	if err != nil {
		return fmt.Errorf("loose refs: %w", err)
	}
	var dirs []string
	for err == nil {
		var entries []fs.DirEntry
		entries, err = f.ReadDir(1024)
		for _, e := range entries {
			isDir, err := w.entry(name+e.Name(), e)
			if err != nil {
				f.Close()
				return err
			}
			if isDir {
				dirs = append(dirs, name+e.Name()+"/")
			}
		}
	}
	f.Close()
	if errors.Is(err, syscall.ENOTDIR) && name != "refs/" { // a ref has taken the folder's place
		return nil
	}
	if err != io.EOF {
		return fmt.Errorf("loose refs: %w", err)
	}
	if name == "refs/" && w.store.gitDir != w.store.commonDir {
		dirs = slices.DeleteFunc(dirs, ofWorktree) // those of the main worktree, found in the common directory
		dirs = append(dirs, perWorktree[:]...)
	}
	for _, dir := range dirs {
		if !strings.HasPrefix(dir, w.prefix) && !strings.HasPrefix(w.prefix, dir) {
			continue
		}
		if err := w.dir(dir); err != nil {
			return err
		}
	}
	return nil
}

// entry visits a ref, or reports that an entry is a folder. Files whose names are no refs are passed over, as git does with a warning; links
// to nowhere too.
func (w *walk) entry(name string, e fs.DirEntry) (isDir bool, err error) {
	if w.entries++; w.entries > maxEntries {
		return false, fmt.Errorf("loose refs: more than %d files", maxEntries)
	}
	if !validPart(e.Name()) {
		return false, nil
	}
	mode := e.Type()
	link := mode&fs.ModeSymlink != 0
	if link {
		info, err := os.Stat(w.store.path(name))
		if isAbsent(err) || errors.Is(err, syscall.ELOOP) {
			return false, nil
		}
		if err != nil {
			return false, wrapLoose(name, err)
		}
		if mode = info.Mode().Type(); info.IsDir() {
			return true, w.checkLoop(name, info)
		}
	}
	if mode.IsDir() {
		return true, nil
	}
	if !strings.HasPrefix(name, w.prefix) || strings.HasSuffix(name, ".") {
		return false, nil
	}
	if !mode.IsRegular() {
		return false, wrapLoose(name, errNotRegular)
	}
	read := w.store.looseFile
	if link {
		read = w.store.loose
	}
	v, ok, err := read(name)
	if ok {
		err = w.visit(name, v)
	}
	return false, err
}

// checkLoop refuses a link that leads to a folder that it is in: git goes round in it until the system refuses the path.
func (w *walk) checkLoop(name string, to fs.FileInfo) error {
	for i := range len(name) {
		if name[i] != '/' {
			continue
		}
		info, err := os.Stat(w.store.path(name[:i]))
		if err == nil && os.SameFile(info, to) {
			return fmt.Errorf("loose refs: the link %q leads to a folder that it is in", name)
		}
	}
	return nil
}
