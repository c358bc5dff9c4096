package installer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// recordable says whether the user who asks can append to the record of a repository's decisions, without which every
// push is refused. It says little of another user, such as the one that runs Git, who is taken to own the repository.
func (s Server) recordable(record, repo string) Diagnosis {
	d := Diagnosis{Subject: record, State: OK}
	err := tryAppend(record)
	me := os.Geteuid()
	owner, known := ownerOf(repo)
	another := known && owner != me
	switch {
	case err != nil && (!another || me == 0 || !errors.Is(err, fs.ErrPermission)):
		d.State = Broken
		d.Detail = fmt.Sprintf("%s cannot write the record of decisions, and so every push is refused: %v", userName(me), err)
		d.Hint = "give the file and its directory to the user that runs Git, or name another one in the policy (audit.file)"
	case err != nil:
		d.State, d.Detail = Unseen, fmt.Sprintf("%s cannot write the record of decisions (%v)", userName(me), err)
	case another:
		d.State, d.Detail = Unseen, fmt.Sprintf("%s can write the record of decisions", userName(me))
	default:
		d.Detail = fmt.Sprintf("the record of decisions, which %s can write; the user that runs Git must be able to", userName(me))
	}
	if d.State == Unseen {
		d.Detail += fmt.Sprintf("; the repository belongs to %s, and whether the user that runs Git can write it is not known", userName(owner))
		d.Hint = "as the user that runs Git: " + s.command("doctor", repo).plain()
	}
	return d
}

// tryAppend reports why this user cannot append to the file at path, which need not be there, as a hook would: under a
// lock in a file beside it, making the directories that are missing. It leaves nothing behind.
func tryAppend(path string) error {
	dir := filepath.Dir(path)
	for _, f := range []struct {
		path string
		flag int
	}{{path, os.O_RDWR | os.O_APPEND}, {path + ".lock", os.O_RDONLY}} {
		info, err := os.Stat(f.path) // asked before opening, which would wait at a FIFO
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := tryCreate(dir); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is not a regular file", f.path)
		}
		file, err := os.OpenFile(f.path, f.flag, 0)
		if err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return nil
}

// tryCreate reports why no file can be made in dir, or dir itself not.
func tryCreate(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if parent := filepath.Dir(dir); parent != dir {
			return tryCreate(parent)
		}
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return &fs.PathError{Op: "write into", Path: dir, Err: syscall.ENOTDIR}
	}
	trial, err := os.MkdirTemp(dir, ".refward-*")
	if err != nil {
		return &fs.PathError{Op: "write into", Path: dir, Err: cause(err)}
	}
	return os.Remove(trial)
}

// userName names a user as people do, where the system knows. "user" goes before, for one of them is called nobody.
func userName(uid int) string {
	if uid < 0 {
		return "this user" // Windows has no such numbers
	}
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return "user " + u.Username
	}
	return fmt.Sprintf("user %d", uid)
}
