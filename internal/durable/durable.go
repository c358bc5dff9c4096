// Package durable puts files in place so that whoever reads them sees the old one or the new one, whole, also after the machine has
// lost its power at any moment.
//
//	err := durable.Replace("/var/lib/refward/tracker.json", data, 0o644)
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Replace makes data the content of the file at path: a temporary file beside it is written, flushed to the disk and renamed
// (rename(2) is atomic). What was at path stays as it is when there is an error. A symbolic link at path is followed.
func Replace(path string, data []byte, mode fs.FileMode) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	// The name itself is in the directory (fsync(2), "Calling fsync() does not necessarily ensure that the entry in the directory
	// … has also reached disk"). It is in place, so that an error here is nobody's to clean up.
	if runtime.GOOS != "windows" {
		if dir, openErr := os.Open(filepath.Dir(path)); openErr == nil {
			_ = dir.Sync()
			_ = dir.Close()
		}
	}
	return nil
}
