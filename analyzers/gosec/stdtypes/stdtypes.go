// Package stdtypes has the types of Go's standard library, as programs for linux/amd64 without cgo see it, so that they are known where
// no Go is installed. They carry no positions.
//
// The file std.types is derived from the source of Go, which is under the licence in the file LICENSE beside it.
package stdtypes

import (
	"bufio"
	"bytes"
	"compress/flate"
	_ "embed" // for std.types
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"hash/crc32"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/tools/go/gcexportdata"
)

//go:generate go run ./gen

//go:embed std.types
var embedded []byte

// Has reports whether path is a package of the standard library that other modules can import.
func Has(path string) bool {
	_, ok := std().packages[path]
	return ok || path == "unsafe"
}

// Import returns the types of a package of the standard library, and puts them and those that they refer to into imports. The error
// for a path that it has not is fs.ErrNotExist. It is safe for concurrent use with different imports.
func Import(fset *token.FileSet, imports map[string]*types.Package, path string) (*types.Package, error) {
	s := std()
	if s.err != nil {
		return nil, s.err
	}
	return s.read(fset, imports, path)
}

// Paths returns the packages that Import knows, in order.
func Paths() []string { return append([]string(nil), std().paths...) }

// Release returns the release of Go whose standard library it is, such as "go1.26.8".
func Release() string { return std().release }

// std reads the index of what is embedded. A wrong one is the error of each Import: a program that does not need types must start.
var std = sync.OnceValue(func() *library {
	l, err := decode(embedded)
	if err != nil {
		return &library{err: fmt.Errorf("embedded types of the standard library: %w", err)}
	}
	return l
})

// A library is what std.types holds.
type library struct {
	release  string
	paths    []string // in order, with "unsafe"
	packages map[string]entry
	err      error
}

type entry struct {
	deflated []byte
	raw      int // bytes
	sum      uint32
}

// header begins std.types; see gen.
const header = "refward stdtypes 1 "

// maxRaw bounds what is inflated of one package, in bytes. The largest of Go 1.26 has 65,000.
const maxRaw = 16 << 20

var errFormat = errors.New("not in the format that is known")

func decode(data []byte) (*library, error) {
	r := bufio.NewReader(bytes.NewReader(data))
	first, err := r.ReadString('\n')
	fields, ok := strings.CutPrefix(first, header)
	release, number, _ := strings.Cut(strings.TrimSuffix(fields, "\n"), " ")
	n, numErr := strconv.Atoi(number)
	if err != nil || !ok || numErr != nil || n <= 0 || n > len(data) {
		return nil, errFormat
	}
	l := &library{release: release, packages: make(map[string]entry, n)}
	at := len(first) // of the first package's data, when the index has been read
	sizes := make([]int, 0, 256)
	for range n {
		line, err := r.ReadString('\n')
		f := strings.Fields(line)
		if err != nil || len(f) != 4 {
			return nil, fmt.Errorf("index ends early: %w", errFormat)
		}
		deflated, err1 := strconv.Atoi(f[1])
		raw, err2 := strconv.Atoi(f[2])
		sum, err3 := strconv.ParseUint(f[3], 16, 32)
		if err := errors.Join(err1, err2, err3); err != nil || deflated < 0 || deflated > len(data) || raw < 0 || raw > maxRaw {
			return nil, fmt.Errorf("sizes of %s: %w", f[0], errFormat)
		}
		at += len(line)
		l.paths = append(l.paths, f[0])
		l.packages[f[0]] = entry{raw: raw, sum: uint32(sum)}
		sizes = append(sizes, deflated)
	}
	for i, path := range l.paths {
		if sizes[i] > len(data)-at {
			return nil, fmt.Errorf("%s ends early: %w", path, errFormat)
		}
		e := l.packages[path]
		e.deflated = data[at : at+sizes[i]]
		l.packages[path] = e
		at += sizes[i]
	}
	if at != len(data) || len(l.packages) != n {
		return nil, fmt.Errorf("%d bytes too many: %w", len(data)-at, errFormat)
	}
	return l, nil
}

func (l *library) read(fset *token.FileSet, imports map[string]*types.Package, path string) (pkg *types.Package, err error) {
	imports["unsafe"] = types.Unsafe // which is not what the decoder would make of the name
	if pkg := imports[path]; pkg != nil && pkg.Complete() {
		return pkg, nil
	}
	e, ok := l.packages[path]
	if !ok {
		return nil, fmt.Errorf("package %s is not in the standard library of %s: %w", path, l.release, fs.ErrNotExist)
	}
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(e.deflated)), int64(e.raw)+1))
	if err == nil && (len(raw) != e.raw || crc32.ChecksumIEEE(raw) != e.sum) { // damaged data can send the decoder into endless recursion
		err = errFormat
	}
	if err != nil {
		return nil, fmt.Errorf("types of %s: %w", path, err)
	}
	defer func() {
		if r := recover(); r != nil {
			pkg, err = nil, fmt.Errorf("types of %s: %v", path, r)
		}
	}()
	if pkg, err = gcexportdata.Read(bytes.NewReader(raw), fset, imports, path); err != nil {
		return nil, fmt.Errorf("types of %s: %w", path, err)
	}
	return pkg, nil
}
