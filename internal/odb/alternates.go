package odb

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	maxNesting        = 5       // git ignores the alternates of a directory that is nested deeper ("nesting too deep")
	maxDirs           = 1000    // object directories of one store; nobody has a tenth of that
	maxAlternatesSize = 1 << 20 // bytes of one info/alternates
)

// ParseAlternateDirs splits the value of GIT_ALTERNATE_OBJECT_DIRECTORIES into paths: a list separated by ':' (on
// Windows ';'), whose entries may be C-quoted (git(1), "GIT_ALTERNATE_OBJECT_DIRECTORIES").
func ParseAlternateDirs(env string) ([]string, error) {
	dirs := splitAlternates(env, os.PathListSeparator)
	if len(dirs) > maxDirs {
		return nil, fmt.Errorf("odb: GIT_ALTERNATE_OBJECT_DIRECTORIES names %d directories, at most %d are read", len(dirs), maxDirs)
	}
	for _, dir := range dirs {
		if strings.ContainsRune(dir, 0) {
			return nil, fmt.Errorf("odb: GIT_ALTERNATE_OBJECT_DIRECTORIES: %q has a zero byte", dir)
		}
	}
	return dirs, nil
}

// splitAlternates reads a list of paths the way git does: '#' begins a comment, an entry whose quoting is broken is taken as it
// stands, empty entries do not count.
func splitAlternates(list string, separator byte) []string {
	var paths []string
	for list != "" {
		var path string
		if quoted, rest, ok := unquote(list); ok {
			path = quoted
			if rest != "" {
				rest = rest[1:]
			}
			list = rest
		} else {
			path, list, _ = strings.Cut(list, string(separator))
			if strings.HasPrefix(path, "#") {
				path = ""
			}
		}
		if path != "" {
			paths = append(paths, path)
		}
	}
	return paths
}

var escapes = map[byte]byte{'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '\\': '\\', '"': '"'}

// unquote reads the C-quoted string that s begins with and returns what follows it.
func unquote(s string) (unquoted, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], true
		case c != '\\':
			b.WriteByte(c)
		case i+1 == len(s):
			return "", "", false
		case escapes[s[i+1]] != 0:
			i++
			b.WriteByte(escapes[s[i]])
		case i+3 < len(s) && s[i+1] >= '0' && s[i+1] <= '3' && isOctal(s[i+2]) && isOctal(s[i+3]):
			b.WriteByte((s[i+1]-'0')<<6 | (s[i+2]-'0')<<3 | (s[i+3] - '0'))
			i += 3
		default:
			return "", "", false
		}
	}
	return "", "", false
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

// A dir is one object directory.
type dir struct {
	path string // resolved
	rank int    // precedence, 0 = first
}

// directories finds all object directories that the given ones lead to, in order of precedence. The first must be there; git passes
// over others that are not, and so does this: an object that only they would have is then not found.
func directories(given []string) ([]*dir, error) {
	if len(given) == 0 {
		return nil, errors.New("odb: no object directory")
	}
	var found []*dir
	seen := map[string]bool{}
	var visit func(path string, depth int) error
	visit = func(path string, depth int) error {
		resolved, err := resolveDir(path)
		if errors.Is(err, fs.ErrNotExist) && len(found) > 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("odb: object directory: %w", err)
		}
		if seen[resolved] {
			return nil
		}
		if len(found) == maxDirs {
			return fmt.Errorf("odb: more than %d object directories", maxDirs)
		}
		seen[resolved] = true
		found = append(found, &dir{path: resolved, rank: len(found)})
		if depth > maxNesting {
			return nil
		}
		alternates, err := readAlternates(resolved)
		if err != nil {
			return err
		}
		for _, next := range alternates {
			if err := visit(next, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	for i, path := range given {
		if err := visit(path, min(i, 1)); err != nil { // to git, all but the first are alternates of the first
			return nil, err
		}
	}
	return found, nil
}

// resolveDir makes a path absolute and free of links. What is not a directory does not exist, as in git.
func resolveDir(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	resolved, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(resolved)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return resolved, nil
}

// readAlternates returns the directories that info/alternates of an object directory names.
func readAlternates(objects string) ([]string, error) {
	f, err := openRegular(filepath.Join(objects, "info", "alternates"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("odb: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxAlternatesSize+1))
	if err != nil {
		return nil, fmt.Errorf("odb: %w", err)
	}
	if len(data) > maxAlternatesSize {
		return nil, fmt.Errorf("odb: %s has more than %d bytes", f.Name(), maxAlternatesSize)
	}
	paths := splitAlternates(string(data), '\n')
	for i, path := range paths {
		if !filepath.IsAbs(path) {
			paths[i] = filepath.Join(objects, path)
		}
	}
	return paths, nil
}
