// Gen types the standard library of the Go installation that it runs in and writes what package stdtypes embeds.
//
// Usage:
//
//	go generate ./analyzers/gosec/stdtypes
package main

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"hash/crc32"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/tools/go/gcexportdata"

	"github.com/refward/refward/analyzers/gosec/sourcetypes"
)

func main() {
	log.SetFlags(0)
	root, err := goroot()
	if err == nil {
		err = write(root)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// write writes into the working directory, where go generate is run.
func write(root string) error {
	data, err := generate(root)
	if err != nil {
		return err
	}
	return os.WriteFile("std.types", data, 0o600)
}

// header begins the file; the Go release follows, and the number of packages.
const header = "refward stdtypes 1"

// generate types the public packages and returns them in the form that package stdtypes reads: a line "header release count", a line
// "path deflated raw sum" for each package, its sizes being in bytes and the CRC-32 of what is inflated, and the deflated export data in
// the same order.
func generate(root string) ([]byte, error) {
	s := newStd(root)
	paths, err := s.public()
	if err != nil {
		return nil, err
	}
	var index, body bytes.Buffer
	fmt.Fprintf(&index, "%s %s %d\n", header, runtime.Version(), len(paths))
	for _, path := range paths {
		pkg, err := s.typed(path, "")
		if err != nil {
			return nil, err
		}
		var raw bytes.Buffer
		// Without a FileSet: positions would name files of this machine, and are a third of the size.
		if err := gcexportdata.Write(&raw, nil, pkg); err != nil {
			return nil, fmt.Errorf("export %s: %w", path, err)
		}
		before := body.Len()
		w, err := flate.NewWriter(&body, flate.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err = w.Write(raw.Bytes()); err == nil {
			err = w.Close()
		}
		if err != nil {
			return nil, fmt.Errorf("compress %s: %w", path, err)
		}
		fmt.Fprintf(&index, "%s %d %d %08x\n", path, body.Len()-before, raw.Len(), crc32.ChecksumIEEE(raw.Bytes()))
	}
	return append(index.Bytes(), body.Bytes()...), nil
}

// std types packages of a GOROOT.
type std struct {
	fsys  fs.FS
	fset  *token.FileSet
	build sourcetypes.Build
	done  map[string]*types.Package
	left  int64
}

func newStd(root string) *std {
	return &std{
		fsys: os.DirFS(filepath.Join(root, "src")), fset: token.NewFileSet(), done: map[string]*types.Package{"unsafe": types.Unsafe},
		build: sourcetypes.Build{NoCgo: true}, // as for a static program; with cgo the same names are exported
		left:  1 << 30,
	}
}

// public returns the packages that other modules can import, in order.
func (s *std) public() (paths []string, err error) {
	err = fs.WalkDir(s.fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		switch name := d.Name(); {
		case path == ".":
			return nil
		case name == "internal", name == "testdata", path == "cmd", path == "vendor", strings.HasPrefix(name, "_"), strings.HasPrefix(name, "."):
			return fs.SkipDir
		case path == "builtin", path == "unsafe": // of which go/types knows itself
			return nil
		}
		if _, err := s.build.Files(s.fsys, path); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		paths = append(paths, path)
		return nil
	})
	slices.Sort(paths)
	return paths, err
}

// typed returns a package that is imported by the package in a directory of the source.
func (s *std) typed(path, from string) (*types.Package, error) {
	if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
		path = "vendor/" + path
	}
	if pkg, ok := s.done[path]; ok {
		if pkg == nil {
			return nil, fmt.Errorf("%s imports %s in a cycle", from, path)
		}
		return pkg, nil
	}
	s.done[path] = nil
	names, err := s.build.Files(s.fsys, path)
	if err != nil {
		return nil, err
	}
	files, err := sourcetypes.Parse(s.fset, s.fsys, names, &s.left)
	if err != nil {
		return nil, err
	}
	pkg, err := s.build.Check(s.fset, path, files, func(p string) (*types.Package, error) { return s.typed(p, path) })
	if err != nil {
		return nil, err
	}
	s.done[path] = pkg
	return pkg, nil
}

// goroot returns the folder of the Go installation that the go command in PATH is of.
func goroot() (string, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOROOT: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
