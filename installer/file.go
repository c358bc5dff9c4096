package installer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// A Refusal is why the installer will not do what it was asked, and what to type instead.
type Refusal struct {
	Reason string // one line; of a policy that cannot be used, one for each error
	Hint   string // one line
}

func (r *Refusal) Error() string { return r.Reason + "\nhint: " + r.Hint }

func refuse(hint, format string, args ...any) error {
	return &Refusal{Reason: fmt.Sprintf(format, args...), Hint: hint}
}

// Did is what was done about one hook.
type Did string

// What can be done about a hook.
const (
	Installed Did = "installed"
	Chained   Did = "installed, and runs the hook that was there before"
	Updated   Did = "updated"
	Unchanged Did = "already installed"
	Removed   Did = "removed"
	Restored  Did = "removed, and the earlier hook is back"
	Kept      Did = "kept" // it is not as Refward wrote it
	Absent    Did = "not installed"
)

// A Step is what was done about one hook.
type Step struct {
	Hook    string // Git's name of the hook
	Path    string // the hook's file
	Did     Did
	Warning string // one line; "" = none
	Hint    string // one line; "" = none
}

// A Result is what an installation or a removal did.
type Result struct {
	Steps    []Step
	Notes    []string // what the hooks of a server run and by which policy, each one line
	Warnings []string // about all hooks, each one line
}

// A condition is what there is where a hook belongs.
type condition int

const (
	absent  condition = iota
	ours              // a shim, as we wrote it
	edited            // a shim that somebody changed since
	foreign           // anything else
)

type found struct {
	condition
	shim  shim
	text  string
	info  fs.FileInfo // of the path itself, not of where a symlink leads
	inert bool        // not executable: Git ignores it (githooks(5))
}

// look examines what is at path.
func look(path string) (found, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return found{}, nil
	}
	if err != nil {
		return found{}, err
	}
	f := found{condition: foreign, info: info}
	target, err := os.Stat(path)
	if err != nil || !target.Mode().IsRegular() {
		return f, nil // a dangling symlink or a directory
	}
	f.inert = runtime.GOOS != "windows" && target.Mode()&0o111 == 0
	data, err := os.ReadFile(path)
	if err != nil {
		return found{}, err
	}
	f.text = string(data)
	s, changed, is := parseShim(f.text)
	if !is {
		return f, nil
	}
	f.shim, f.condition = s, ours
	if changed || info.Mode()&fs.ModeSymlink != 0 {
		f.condition = edited // we write files: somebody moved it and linked to it
	}
	return f, nil
}

// A job is one shim that belongs at one path.
type job struct {
	path  string
	want  shim
	chain bool // a hook that is there is kept and run; otherwise it is in the way
	force bool // an edited shim is replaced
}

// check reports why the job cannot be done. It changes nothing.
func (j job) check() error {
	f, err := look(j.path)
	if err != nil {
		return err
	}
	chained := j.path + chainedSuffix
	kept, err := os.Lstat(chained)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	switch {
	case f.condition == edited && !j.force:
		return refuse("compare it with what you need, then write over it: add --force",
			"%s is Refward's hook, but somebody changed it", j.path)
	case f.condition == foreign && f.info.IsDir():
		return refuse("move it away: mv "+word(j.path)+" "+word(j.path+".old"), "%s is a directory", j.path)
	case f.condition == foreign && !j.chain:
		return refuse("see who needs it; to do without it: mv "+word(j.path)+" "+word(j.path+".old"),
			"%s is there already and is not Refward's", j.path)
	case f.condition == foreign && kept != nil && !sameHook(f.info, j.path, kept, chained):
		return refuse("see which of the two is needed, and move the other away: mv "+word(chained)+" "+word(chained+".old"),
			"%s is there from before, and so %s cannot be kept under that name", chained, filepath.Base(j.path))
	case f.condition == absent && kept != nil && j.chain:
		return refuse("put it back: mv "+word(chained)+" "+word(j.path)+" (or away, if nobody needs it); then install again",
			"%s is there from before, without Refward's hook", chained)
	}
	return nil
}

// sameHook reports whether an installation that was interrupted left the same hook under both names.
func sameHook(a fs.FileInfo, pathA string, b fs.FileInfo, pathB string) bool {
	if a.Mode()&b.Mode()&fs.ModeSymlink != 0 {
		to, err := os.Readlink(pathA)
		too, err2 := os.Readlink(pathB)
		return err == nil && err2 == nil && to == too
	}
	return os.SameFile(a, b)
}

// do writes the shim. There is no moment at which neither the earlier hook nor the shim is in place.
func (j job) do() (Step, error) {
	step := Step{Hook: j.want.hook, Path: j.path, Did: Installed}
	f, err := look(j.path)
	if err != nil {
		return step, err
	}
	switch f.condition {
	case ours, edited:
		if f.text == j.want.text() && !f.inert && f.info.Mode()&fs.ModeSymlink == 0 {
			step.Did = Unchanged
			return step, nil
		}
		step.Did = Updated
	case foreign:
		step.Did = Chained
		if err := duplicate(j.path, f.info, j.path+chainedSuffix); err != nil {
			return step, explain(err, j.path)
		}
		switch {
		case f.inert:
			step.Warning = "the earlier hook is not executable: Git ignored it, and so does Refward's"
		case strings.Contains(f.text, "$0") || strings.Contains(f.text, "${0"):
			step.Warning = "the earlier hook looks at its own name, which is now " + filepath.Base(j.path) + chainedSuffix
			step.Hint = "see that it still works: " + word(j.path+chainedSuffix)
		}
	}
	if err := write(j.path, j.want.text()); err != nil {
		return step, explain(err, j.path)
	}
	return step, nil
}

// duplicate gives the hook at path a second name, which must be free or already be a name of the same hook. A hard link
// keeps content, mode and owner. Where there are no hard links the hook is renamed, which leaves its own name empty for
// a moment.
func duplicate(path string, info fs.FileInfo, name string) error {
	if kept, err := os.Lstat(name); err == nil {
		if sameHook(info, path, kept, name) {
			return nil
		}
		return &fs.PathError{Op: "keep the hook as", Path: name, Err: fs.ErrExist}
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		to, err := os.Readlink(path)
		if err != nil {
			return err
		}
		return os.Symlink(to, name)
	}
	err := os.Link(path, name)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Rename(path, name)
}

// write replaces the file at path in one step. The temporary file's name begins with a dot, so that a delegate which
// runs hooks/pre-receive.d/* never sees it.
func write(path, text string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil { // less the umask, as git init does
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".refward-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Chmod(0o755)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// remove takes the shim at path out and puts back what was there before.
// The command is what to type to remove an edited shim all the same.
func remove(path, hook string, force bool, command string) (Step, error) {
	step := Step{Hook: hook, Path: path, Did: Absent}
	f, err := look(path)
	if err != nil {
		return step, err
	}
	chained := path + chainedSuffix
	_, err = os.Lstat(chained)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return step, err
	}
	kept := err == nil
	switch {
	case f.condition == absent || f.condition == foreign:
		if kept {
			step.Warning = chained + " is there from before, without Refward's hook"
			step.Hint = "if " + word(path) + " is not needed in its place: mv " + word(chained) + " " + word(path)
		}
		return step, nil
	case f.condition == edited && !force:
		step.Did = Kept
		step.Warning = "somebody changed this hook since Refward wrote it"
		step.Hint = "save what you need from it, then: " + command
		return step, nil
	case kept:
		step.Did = Restored
		err = os.Rename(chained, path)
	default:
		step.Did = Removed
		err = os.Remove(path)
	}
	return step, explain(err, path)
}

// explain says what to do where the system forbids to change a directory of hooks.
func explain(err error, path string) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		dir := filepath.Dir(path)
		return refuse("do it as the owner of the directory, or let yourself write there: chmod u+w "+word(dir),
			"cannot change %s: %s", dir, cause(err))
	}
	if err != nil {
		return fmt.Errorf("change %s: %w", path, err)
	}
	return nil
}

// cause is the innermost error: the paths around it are said already.
func cause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// word returns s as it can be typed into a shell, quoted where it must be.
func word(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("/._-+=:,@%", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return s
	}
	return quote(s)
}
