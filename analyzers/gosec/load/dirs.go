package load

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Dirs returns the directories that have Go files, in order, as the gosec program takes them from "./...": also those that the go command
// leaves out, such as testdata and what begins with a dot or an underscore, but nothing in directories named vendor or .git. (The program
// looks for these names anywhere in a path, and so leaves out "invendory" too; here it is there.) A directory can still have no package:
// Package then returns ErrNoGo. What cannot be listed is an error, and more directories than may be are ErrLimit.
func (l *Loader) Dirs(ctx context.Context) ([]string, error) {
	var found []string
	todo := []string{"."}
	for seen := 1; len(todo) > 0; {
		dir := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		entries, err := fs.ReadDir(l.cfg.Tree, dir)
		if err != nil {
			return nil, fmt.Errorf("list directories: %w", err)
		}
		has := false
		for _, e := range entries {
			name := e.Name()
			if !e.IsDir() {
				has = has || l.isSource(name)
				continue
			}
			if name == "vendor" || name == ".git" {
				continue
			}
			if seen++; seen > l.cfg.Limits.Dirs {
				return nil, fmt.Errorf("list directories: %w", ErrLimit)
			}
			todo = append(todo, path.Join(dir, name))
		}
		if has {
			found = append(found, dir)
		}
	}
	slices.Sort(found)
	return found, nil
}

// isSource reports whether a file with the name could belong to a package.
func (l *Loader) isSource(name string) bool {
	return strings.HasSuffix(name, ".go") && name[0] != '_' && name[0] != '.' && (l.cfg.Tests || !strings.HasSuffix(name, "_test.go"))
}
