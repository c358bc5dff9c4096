// Package sourcetypes types packages of other modules and of the standard library from their source: what they declare, and none
// of what their functions do.
package sourcetypes

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Build says for which programs packages are typed: it decides which files belong to them.
type Build struct {
	GOOS, GOARCH string // "" = linux, amd64
	NoCgo        bool   // without files that import "C"
	Tags         []string
}

// String returns the build in a form that two equal ones share, such as "linux/amd64 cgo a,b".
func (b Build) String() string {
	s := b.os() + "/" + b.arch()
	if !b.NoCgo {
		s += " cgo"
	}
	if len(b.Tags) > 0 {
		tags := slices.Sorted(slices.Values(b.Tags))
		s += " " + strings.Join(slices.Compact(tags), ",")
	}
	return s
}

func (b Build) os() string   { return orElse(b.GOOS, "linux") }
func (b Build) arch() string { return orElse(b.GOARCH, "amd64") }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// Environ returns what the go command needs in its environment to choose the same files.
func (b Build) Environ() []string {
	cgo := "1"
	if b.NoCgo {
		cgo = "0"
	}
	return []string{"GOOS=" + b.os(), "GOARCH=" + b.arch(), "CGO_ENABLED=" + cgo}
}

// Files returns the names of the files of a directory of fsys that belong to a package, without those of tests. A directory that has
// none is fs.ErrNotExist.
func (b Build) Files(fsys fs.FS, dir string) ([]string, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("read directory: %w", err)
	}
	ctx := b.context(func(name string) (io.ReadCloser, error) { return fsys.Open(name) })
	var names []string
	for _, e := range entries {
		name := e.Name()
		if !e.Type().IsRegular() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if ok, err := ctx.MatchFile(dir, name); err == nil && ok {
			names = append(names, path.Join(dir, name))
		}
	}
	if names == nil {
		return nil, fmt.Errorf("%s has no Go files for %s: %w", dir, b, fs.ErrNotExist)
	}
	return names, nil
}

func (b Build) context(open func(string) (io.ReadCloser, error)) *build.Context {
	ctx := build.Default
	ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled, ctx.BuildTags = b.os(), b.arch(), !b.NoCgo, b.Tags
	ctx.JoinPath, ctx.OpenFile = path.Join, open
	return &ctx
}

// Match reports whether a file with a name and content belongs to a package; it may be one of a test.
func (b Build) Match(name string, data []byte) bool {
	ctx := b.context(func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil })
	ok, err := ctx.MatchFile(path.Dir(name), path.Base(name))
	return ok && err == nil
}

// sizes of what a word is on the machine, which constants can depend on.
func (b Build) sizes() types.Sizes {
	if s := types.SizesFor("gc", b.arch()); s != nil {
		return s
	}
	return types.SizesFor("gc", "amd64")
}

// maxFile is the size of the largest source file that is read, in bytes. The largest that generators leave in public modules have
// some 10 MB.
const maxFile = 32 << 20

// Parse parses the files of one package, up to the given number of bytes in all, which it subtracts from left. Their names in fset
// are those given. Files of another package in the same directory, such as "documentation", which no build includes, are left out.
func Parse(fset *token.FileSet, fsys fs.FS, names []string, left *int64) ([]*ast.File, error) {
	var files []*ast.File
	var wrong []error
	for _, name := range names {
		data, err := read(fsys, name, min(maxFile, *left))
		if err != nil {
			return nil, err
		}
		*left -= int64(len(data))
		file, err := parser.ParseFile(fset, name, data, parser.SkipObjectResolution)
		if err != nil {
			wrong = append(wrong, err)
		}
		if file != nil && file.Name.Name != "documentation" {
			files = append(files, file)
		}
	}
	return files, errors.Join(wrong...)
}

// ErrTooLarge says that there is more source than may be read.
var ErrTooLarge = errors.New("more source than is read")

func read(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: %w", name, ErrTooLarge)
	}
	return data, nil
}

// Check types the declarations of a package as far as that is possible; the error says what is wrong with them. It returns a
// package even so, unless there is nothing to return.
func (b Build) Check(fset *token.FileSet, path string, files []*ast.File, imports func(path string) (*types.Package, error)) (pkg *types.Package, err error) {
	defer func() { // of what other people wrote
		if r := recover(); r != nil {
			err = fmt.Errorf("type-check %s: %v", path, r)
		}
	}()
	var wrong error
	conf := types.Config{
		Importer: importer(imports), IgnoreFuncBodies: true, FakeImportC: true, Sizes: b.sizes(),
		Error: func(err error) {
			if wrong == nil {
				wrong = err
			}
		},
	}
	pkg, _ = conf.Check(path, fset, files, nil)
	if pkg != nil {
		pkg.MarkComplete()
	}
	return pkg, wrong
}

type importer func(path string) (*types.Package, error)

func (i importer) Import(path string) (*types.Package, error) { return i(path) }
