package typecache

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/tools/go/gcexportdata"

	"github.com/refward/refward/analyzers/gosec/stdtypes"
)

// A file of types is
//
//	magic        "refward types 1\n"
//	length       4 bytes, big-endian: of the deflated index
//	sum          32 bytes: SHA-256 of the deflated index
//	index        JSON, deflated
//	packages     export data, each deflated, in the order of the index and without gaps
//
// The index has the SHA-256 of each package as it is in the file, so that one can be read without the others.

// magic begins every file, and names its format.
const magic = "refward types 1\n"

// Limits in bytes. The largest package that was met, an SDK for a cloud, has some 5 MB.
const (
	maxRaw   = 64 << 20  // of a package, inflated
	maxIndex = 32 << 20  // of an index, inflated
	maxFile  = 512 << 20 // of a file
)

const headerSize = len(magic) + 4 + sha256.Size

// A Package is the types of one package, encoded.
type Package struct {
	Data    []byte // export data, as gcexportdata.Write makes it, without positions
	Refs    []Ref  // packages that Data has parts of, without those of the same module, in the order of their paths
	Partial string // why the types are not complete, in one line; "" = they are
}

// A Ref is a package of a version of a module.
type Ref struct {
	Path   string
	Module module.Version // zero: of no version of a module
}

// stdModule stands for the standard library in a Ref, whose version then is a release of Go.
const stdModule = "std"

// index is what a file of types says about itself.
type index struct {
	Module   string   `json:"module"`
	Version  string   `json:"version"`
	Build    string   `json:"build"`
	Modules  []string `json:"modules,omitempty"` // path@version; entries refer to them by number
	Packages []entry  `json:"packages"`          // in the order of their paths

	base int64 // where the packages begin
}

type entry struct {
	Path    string `json:"path"`
	Size    int    `json:"size"` // deflated, in bytes
	Raw     int    `json:"raw"`  // inflated
	Sum     []byte `json:"sum"`  // SHA-256, deflated
	Refs    []ref  `json:"refs,omitempty"`
	Partial string `json:"partial,omitempty"`

	at int64 // offset in the file
}

type ref struct {
	Path   string `json:"p"`
	Module int    `json:"m"` // index into Modules; -1 = of no version of a module
}

func (x *index) find(path string) (entry, bool) {
	i, ok := slices.BinarySearchFunc(x.Packages, path, func(e entry, path string) int { return strings.Compare(e.Path, path) })
	if !ok {
		return entry{}, false
	}
	return x.Packages[i], true
}

func (x *index) refs(e entry) []Ref {
	refs := make([]Ref, 0, len(e.Refs))
	for _, r := range e.Refs {
		var mod module.Version
		if r.Module >= 0 && r.Module < len(x.Modules) {
			mod.Path, mod.Version, _ = strings.Cut(x.Modules[r.Module], "@")
		}
		refs = append(refs, Ref{r.Path, mod})
	}
	return refs
}

// readIndex reads and checks everything that is before the packages, and that they are as long as they must be.
func readIndex(r io.ReaderAt, size int64) (*index, error) {
	head := make([]byte, headerSize)
	if n, err := r.ReadAt(head, 0); n < len(head) {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, fmt.Errorf("ends early: %w", ErrDamaged)
	}
	if string(head[:len(magic)]) != magic {
		return nil, fmt.Errorf("begins with %q: %w", head[:len(magic)], ErrDamaged)
	}
	length := int64(binary.BigEndian.Uint32(head[len(magic):]))
	if length > size-int64(headerSize) || size > maxFile {
		return nil, fmt.Errorf("has %d bytes: %w", size, ErrDamaged)
	}
	deflated := make([]byte, length)
	if n, err := r.ReadAt(deflated, int64(headerSize)); n < len(deflated) {
		return nil, fmt.Errorf("read index: %w", err)
	}
	if sum := sha256.Sum256(deflated); !bytes.Equal(sum[:], head[len(magic)+4:]) {
		return nil, fmt.Errorf("index was changed: %w", ErrDamaged)
	}
	data, err := inflate(deflated, maxIndex)
	x := &index{base: int64(headerSize) + length}
	if err == nil {
		err = json.Unmarshal(data, x)
	}
	if err != nil {
		return nil, fmt.Errorf("index: %w: %w", err, ErrDamaged)
	}
	at := x.base
	for i := range x.Packages {
		e := &x.Packages[i]
		if e.Size < 0 || e.Size > maxFile || e.Raw < 0 || e.Raw > maxRaw || i > 0 && e.Path <= x.Packages[i-1].Path {
			return nil, fmt.Errorf("index has a wrong entry for %q: %w", e.Path, ErrDamaged)
		}
		e.at = at
		at += int64(e.Size)
	}
	if at != size {
		return nil, fmt.Errorf("has %d bytes and not %d: %w", size, at, ErrDamaged)
	}
	return x, nil
}

// read returns the export data of a package.
func (x *index) read(r io.ReaderAt, e entry) ([]byte, error) {
	deflated := make([]byte, e.Size)
	if n, err := r.ReadAt(deflated, e.at); n < len(deflated) {
		return nil, fmt.Errorf("ends early: %w: %w", err, ErrDamaged)
	}
	if sum := sha256.Sum256(deflated); !bytes.Equal(sum[:], e.Sum) {
		return nil, fmt.Errorf("was changed: %w", ErrDamaged)
	}
	data, err := inflate(deflated, int64(e.Raw))
	if err == nil && len(data) != e.Raw {
		err = fmt.Errorf("has %d bytes and not %d", len(data), e.Raw)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, ErrDamaged)
	}
	return data, nil
}

func inflate(data []byte, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = errors.New("inflates to more than it may")
	}
	return raw, err
}

func deflate(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// encodeFile returns a file of types; equal packages make equal files.
func encodeFile(mod module.Version, build string, packages map[string]Package) ([]byte, error) {
	x := index{Module: mod.Path, Version: mod.Version, Build: build}
	numbers := map[string]int{}
	var body bytes.Buffer
	for _, path := range slices.Sorted(maps.Keys(packages)) {
		p := packages[path]
		if len(p.Data) > maxRaw {
			return nil, fmt.Errorf("%s has %d bytes of types, at most %d are kept", path, len(p.Data), maxRaw)
		}
		deflated, err := deflate(p.Data)
		if err != nil {
			return nil, fmt.Errorf("compress %s: %w", path, err)
		}
		sum := sha256.Sum256(deflated)
		e := entry{Path: path, Size: len(deflated), Raw: len(p.Data), Sum: sum[:], Partial: p.Partial}
		for _, r := range p.Refs {
			n := -1
			if r.Module.Path != "" {
				name, known := r.Module.Path+"@"+r.Module.Version, false
				if n, known = numbers[name]; !known {
					n = len(x.Modules)
					numbers[name] = n
					x.Modules = append(x.Modules, name)
				}
			}
			e.Refs = append(e.Refs, ref{r.Path, n})
		}
		x.Packages = append(x.Packages, e)
		body.Write(deflated)
	}
	text, err := json.Marshal(x)
	if err != nil {
		return nil, err
	}
	deflated, err := deflate(text)
	if err != nil {
		return nil, err
	}
	length := len(deflated)
	if size := headerSize + length + body.Len(); len(text) > maxIndex || size > maxFile || length > maxFile {
		return nil, fmt.Errorf("%d bytes are too many", size)
	}
	sum := sha256.Sum256(deflated)
	out := append([]byte(magic), binary.BigEndian.AppendUint32(nil, uint32(length))...)
	return slices.Concat(out, sum[:], deflated, body.Bytes()), nil
}

// Encode encodes a package of a module. moduleOf tells to which version of a module another package belongs; the zero value is that
// of none.
func Encode(pkg *types.Package, mod module.Version, moduleOf func(path string) module.Version) (p Package, err error) {
	defer func() {
		if r := recover(); r != nil { // types that do not hold together
			err = fmt.Errorf("encode types of %s: %v", pkg.Path(), r)
		}
	}()
	var out bytes.Buffer
	// Without a FileSet: positions would name files of this machine, and nothing looks at them.
	if err := gcexportdata.Write(&out, nil, pkg); err != nil {
		return p, fmt.Errorf("encode types of %s: %w", pkg.Path(), err)
	}
	p.Data = out.Bytes()
	imports := map[string]*types.Package{}
	if _, err := decode(token.NewFileSet(), imports, pkg.Path(), p.Data); err != nil { // what cannot be read is not worth keeping
		return p, fmt.Errorf("encode types: %w", err)
	}
	for _, path := range slices.Sorted(maps.Keys(imports)) {
		if path == pkg.Path() || imports[path].Scope().Len() == 0 {
			continue
		}
		r := Ref{Path: path}
		if !stdtypes.Has(path) {
			r.Module = moduleOf(path)
		}
		if r.Module == (module.Version{}) && inStd(path) {
			r.Module = module.Version{Path: stdModule, Version: stdtypes.Release()}
		}
		if r.Module != mod {
			p.Refs = append(p.Refs, r)
		}
	}
	return p, nil
}

// inStd reports whether a package that belongs to no module is of the standard library, which has some that nobody can import.
func inStd(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return stdtypes.Has(path) || first == "vendor" || !strings.Contains(first, ".") && strings.Contains("/"+path+"/", "/internal/")
}
