package native

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/config"

	"github.com/refward/refward/internal/gitio/source"
	"github.com/refward/refward/internal/odb"
)

// knownExtensions are those that change nothing for who only reads objects and the refs of all worktrees (gitrepository-layout(5) and
// git-config(1), "extensions"). The values that are listed are the only ones that are known.
var knownExtensions = map[string]string{
	"noop": "", "noop-v1": "", "preciousobjects": "", "worktreeconfig": "", "relativeworktrees": "",
	"objectformat": "sha1", "refstorage": "files",
}

const (
	maxConfig  = 1 << 20  // bytes of a repository's configuration
	maxShallow = 64 << 20 // bytes of a shallow file
)

// checkFormat refuses repositories whose configuration says that they are more than this package reads. git looks for that in this file only
// and follows no includes from it (setup.c; git-config(1), "core.repositoryFormatVersion"). partial says that a partial clone is read, too.
func checkFormat(path string, partial bool) error {
	data, err := readFile(path, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("configuration of the repository: %w", err)
	}
	doubt := func(format string, args ...any) error {
		return fmt.Errorf("%s: %w: %s", path, source.ErrUnsupported, fmt.Sprintf(format, args...))
	}
	var c config.Config
	if err := decode(data, &c); err != nil {
		return doubt("it is not understood: %v", err)
	}
	if v := c.Section("core").Option("repositoryformatversion"); v != "" && v != "0" && v != "1" {
		return doubt("format version %q", v)
	}
	for _, o := range c.Section("extensions").Options {
		only, known := knownExtensions[strings.ToLower(o.Key)]
		if partial && strings.EqualFold(o.Key, "partialClone") {
			continue
		}
		if !known || only != "" && !strings.EqualFold(o.Value, only) {
			return doubt("extension %s = %q", o.Key, o.Value)
		}
	}
	if len(c.Section("extensions").Subsections) > 0 {
		return doubt("extensions with parts")
	}
	for _, s := range c.Section("remote").Subsections {
		if !partial && (s.HasOption("promisor") || s.HasOption("partialclonefilter")) {
			return doubt("remote %q promises objects that are not here", s.Name)
		}
	}
	return nil
}

// graphAllowed reports whether commit-graphs may be used: core.commitGraph is not false in any configuration that git would read
// (git-config(1), "FILES"). Whether another file overrides it is not looked at, since without graphs nothing is missed.
func graphAllowed(own string, getenv func(string) string) bool {
	files := []string{own}
	if getenv("GIT_CONFIG_NOSYSTEM") == "" {
		files = append(files, cmp.Or(getenv("GIT_CONFIG_SYSTEM"), "/etc/gitconfig"))
	}
	if global := getenv("GIT_CONFIG_GLOBAL"); global != "" {
		files = append(files, global)
	} else if home := getenv("HOME"); home != "" {
		files = append(files, filepath.Join(home, ".gitconfig"), filepath.Join(cmp.Or(getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config")), "git", "config"))
	}
	for _, file := range files {
		data, err := readFile(file, maxConfig)
		if err != nil {
			continue // as a rule it is not there
		}
		var c config.Config
		if decode(data, &c) != nil {
			return false
		}
		core := c.Section("core")
		if core.HasOption("commitgraph") && !slices.Contains([]string{"true", "yes", "on", "1"}, strings.ToLower(core.Option("commitgraph"))) {
			return false
		}
	}
	count, _ := strconv.Atoi(getenv("GIT_CONFIG_COUNT")) // git refuses one that is no number
	for i := range min(count, 1000) {
		if strings.EqualFold(getenv("GIT_CONFIG_KEY_"+strconv.Itoa(i)), "core.commitgraph") {
			return false
		}
	}
	return !strings.Contains(strings.ToLower(getenv("GIT_CONFIG_PARAMETERS")), "commitgraph")
}

// decode reads a configuration. The library is not ours and the file may be anything.
func decode(data []byte, c *config.Config) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return config.NewDecoder(bytes.NewReader(data)).Decode(c)
}

// readShallow reads the commits at which a shallow repository ends (gitrepository-layout(5), "shallow").
func readShallow(common, file string) (map[odb.ID]bool, error) {
	if file == "" {
		file = filepath.Join(common, "shallow")
	}
	data, err := readFile(file, maxShallow)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("shallow file: %w", err)
	}
	edge := map[odb.ID]bool{}
	for line := range strings.Lines(string(data)) {
		id, err := odb.ParseID(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, fmt.Errorf("shallow file %s: %w", file, unsupported(err))
		}
		edge[id] = true
	}
	return edge, nil
}

// CommonDir returns the directory that linked worktrees share (gitrepository-layout(5), "commondir"), given the value of GIT_COMMON_DIR.
func CommonDir(gitDir, environ string) (string, error) {
	if environ != "" {
		return filepath.Clean(environ), nil
	}
	data, err := readFile(filepath.Join(gitDir, "commondir"), 1<<16)
	if errors.Is(err, fs.ErrNotExist) {
		return gitDir, nil
	}
	if err != nil {
		return "", fmt.Errorf("common directory: %w", err)
	}
	common := strings.TrimRight(string(data), "\r\n")
	if !filepath.IsAbs(common) {
		common = filepath.Join(gitDir, common)
	}
	return filepath.Clean(common), nil
}

// Discover finds a git directory without git: the one that a ".git" file names, if that is given, else the one around a directory (git(1),
// "GIT_DIR"). It looks at no configuration, so whose the directory is does not matter.
func Discover(gitFile, dir string) (string, error) {
	if gitFile != "" {
		return readGitFile(gitFile)
	}
	for at := dir; ; at = filepath.Dir(at) {
		dotGit := filepath.Join(at, ".git")
		if info, err := os.Stat(dotGit); err == nil && !info.IsDir() {
			return readGitFile(dotGit)
		}
		for _, candidate := range []string{dotGit, at} {
			if isGitDir(candidate) {
				return candidate, nil
			}
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no git repository in %s or above it", dir)
		}
	}
}

// readGitFile returns the directory that a ".git" file names (gitrepository-layout(5)).
func readGitFile(path string) (string, error) {
	data, err := readFile(path, 1<<16)
	if err != nil {
		return "", fmt.Errorf("git file: %w", err)
	}
	dir, ok := strings.CutPrefix(strings.TrimRight(string(data), "\r\n"), "gitdir: ")
	if !ok {
		return "", fmt.Errorf("git file %s names no directory", path)
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(filepath.Dir(path), dir)
	}
	if !isGitDir(dir) {
		return "", fmt.Errorf("git file %s: %s is not a git repository", path, dir)
	}
	return filepath.Clean(dir), nil
}

func isGitDir(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, "HEAD"))
	if err != nil {
		return false
	}
	common, err := CommonDir(dir, "")
	if err != nil {
		return false
	}
	for _, name := range []string{"objects", "refs"} {
		if info, err := os.Stat(filepath.Join(common, name)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// readFile reads a regular file of a bounded size.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s has more than %d bytes", path, limit)
	}
	return data, err
}
