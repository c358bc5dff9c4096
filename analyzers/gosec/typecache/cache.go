// Package typecache keeps the types of packages of other modules on disk, where no Go and no network is needed to read them.
//
// A cache is a directory with one file per version of a module. It is filled outside of hooks, on a machine that has Go, and what it
// holds decides what is found: who can write to it must be trusted, and pushes cannot.
package typecache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	"golang.org/x/tools/go/gcexportdata"

	"github.com/refward/refward/analyzers/gosec/stdtypes"
)

// ErrDamaged says that a file of the cache cannot be used: it is torn, was changed, or is in a format that is not known. Types that
// it would have are missing, so that such an error is fs.ErrNotExist too.
var ErrDamaged = errors.New("not a whole file of types in the format that is known")

// A Cache is a directory of types. It is safe for concurrent use, also by several programs.
type Cache struct {
	dir string

	mu     sync.Mutex
	root   *os.Root // nil: there is no directory yet
	opened map[module.Version]*opened
}

// opened is the index of a file, as long as it is the same file.
type opened struct {
	info fs.FileInfo
	file *index
}

// Open opens the cache in a directory. One that is not there is empty; the first Put makes it.
func Open(dir string) (*Cache, error) {
	if dir == "" {
		return nil, errors.New("no directory for types")
	}
	c := &Cache{dir: dir, opened: map[module.Version]*opened{}}
	root, err := os.OpenRoot(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open types: %w", err)
	}
	c.root = root
	return c, nil
}

// Close lets go of the directory.
func (c *Cache) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.root == nil {
		return nil
	}
	err := c.root.Close()
	c.root = nil
	return err
}

// Dir returns the directory, as it was given.
func (c *Cache) Dir() string { return c.dir }

// suffix ends the name of a file of types.
const suffix = ".types"

// ModulePath returns the path that a version of a module has below a cache, this one or the go command's, slash-separated. What can be no module
// is fs.ErrNotExist.
func ModulePath(mod module.Version) (string, error) {
	path, err := module.EscapePath(mod.Path)
	var version string
	if err == nil {
		version, err = module.EscapeVersion(mod.Version)
	}
	if err != nil || !semver.IsValid(mod.Version) {
		return "", fmt.Errorf("%q is no version of a module: %w", mod.Path+"@"+mod.Version, fs.ErrNotExist)
	}
	return path + "@" + version, nil
}

// fileName returns the name of a module's file.
func fileName(mod module.Version) (string, error) {
	path, err := ModulePath(mod)
	if err != nil {
		return "", err
	}
	return path + suffix, nil
}

// moduleOf is the inverse of fileName.
func moduleOf(name string) (module.Version, bool) {
	escaped, ok := strings.CutSuffix(name, suffix)
	escapedPath, escapedVersion, at := strings.Cut(escaped, "@")
	path, err1 := module.UnescapePath(escapedPath)
	version, err2 := module.UnescapeVersion(escapedVersion)
	if !ok || !at || err1 != nil || err2 != nil || !semver.IsValid(version) {
		return module.Version{}, false
	}
	return module.Version{Path: path, Version: version}, true
}

// open opens a module's file and reads its index.
func (c *Cache) open(mod module.Version) (*os.File, *index, error) {
	name, err := fileName(mod)
	if err != nil {
		return nil, nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.root == nil {
		return nil, nil, fmt.Errorf("types of %s: %w", mod, fs.ErrNotExist)
	}
	f, err := c.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, nil, fmt.Errorf("types of %s: %w", mod, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("types of %s: %w", mod, err), f.Close())
	}
	if o := c.opened[mod]; o != nil && os.SameFile(o.info, info) && o.info.Size() == info.Size() && o.info.ModTime().Equal(info.ModTime()) {
		return f, o.file, nil
	}
	file, err := readIndex(f, info.Size())
	if err == nil && (file.Module != mod.Path || file.Version != mod.Version) {
		err = fmt.Errorf("is of %s@%s: %w", file.Module, file.Version, ErrDamaged)
	}
	if err != nil {
		return nil, nil, errors.Join(damaged(mod, err), f.Close())
	}
	c.opened[mod] = &opened{info, file}
	return f, file, nil
}

// damaged makes an error of what is wrong with a file.
func damaged(mod module.Version, err error) error {
	return &damageError{fmt.Errorf("types of %s: %w", mod, err)}
}

// A damageError is also fs.ErrNotExist, without saying so to the reader.
type damageError struct{ error }

func (e *damageError) Unwrap() []error { return []error{e.error, fs.ErrNotExist} }

// Has reports whether there are types of a version of a module.
func (c *Cache) Has(mod module.Version) bool {
	f, _, err := c.open(mod)
	return err == nil && f.Close() == nil
}

// Package returns the types of a package, and puts them and those that they refer to into imports, as gcexportdata.Read does. What is
// not there, or is damaged, is fs.ErrNotExist.
//
// The types bring parts of the packages that they refer to, as these were when the types were made (see About).
func (c *Cache) Package(fset *token.FileSet, imports map[string]*types.Package, mod module.Version, path string) (*types.Package, error) {
	if pkg := imports[path]; pkg != nil && pkg.Complete() {
		return pkg, nil
	}
	f, file, err := c.open(mod)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	e, ok := file.find(path)
	if !ok {
		return nil, fmt.Errorf("types of %s in %s: %w", path, mod, fs.ErrNotExist)
	}
	data, err := file.read(f, e)
	if err != nil {
		return nil, damaged(mod, fmt.Errorf("%s: %w", path, err))
	}
	imports["unsafe"] = types.Unsafe
	for _, r := range file.refs(e) {
		if r.Module.Path != stdModule || r.Module.Version == stdtypes.Release() {
			continue
		}
		// First comes, first counts: the standard library is the one that is embedded.
		if _, err := stdtypes.Import(fset, imports, r.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	pkg, err := decode(fset, imports, path, data)
	if err != nil {
		return nil, damaged(mod, err)
	}
	return pkg, nil
}

// An About says what there is of a package.
type About struct {
	Build   string // what it was typed for, see sourcetypes.Build
	Partial string // why the types are not complete; "" = they are

	// Refs are the packages of other modules of which the types bring parts, and the versions that these parts are of. Who has another
	// version of one must import that package first: what is in imports already is not replaced.
	Refs []Ref
}

// About returns what Package would return the types of.
func (c *Cache) About(mod module.Version, path string) (About, error) {
	f, file, err := c.open(mod)
	if err != nil {
		return About{}, err
	}
	defer f.Close()
	e, ok := file.find(path)
	if !ok {
		return About{}, fmt.Errorf("types of %s in %s: %w", path, mod, fs.ErrNotExist)
	}
	refs := slices.DeleteFunc(file.refs(e), func(r Ref) bool { return r.Module.Path == stdModule })
	return About{file.Build, e.Partial, refs}, nil
}

// Packages returns the packages of a module of which there are types, and of each, why they are not complete, or "".
func (c *Cache) Packages(mod module.Version) (map[string]string, error) {
	f, file, err := c.open(mod)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all := make(map[string]string, len(file.Packages))
	for _, e := range file.Packages {
		all[e.Path] = e.Partial
	}
	return all, nil
}

// decode is gcexportdata.Read, which does not recover from everything.
func decode(fset *token.FileSet, imports map[string]*types.Package, path string, data []byte) (pkg *types.Package, err error) {
	defer func() {
		if r := recover(); r != nil {
			pkg, err = nil, fmt.Errorf("%s: %v: %w", path, r, ErrDamaged)
		}
	}()
	pkg, err = gcexportdata.Read(bytes.NewReader(data), fset, imports, path)
	if err != nil {
		err = fmt.Errorf("%w: %w", err, ErrDamaged)
	}
	return pkg, err
}

// List returns what there are files of, in order, also damaged ones.
func (c *Cache) List() ([]module.Version, error) {
	c.mu.Lock()
	root := c.root
	c.mu.Unlock()
	if root == nil {
		return nil, nil
	}
	var list []module.Version
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if mod, ok := moduleOf(name); err == nil && ok && d.Type().IsRegular() {
			list = append(list, mod)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list types: %w", err)
	}
	module.Sort(list)
	return list, nil
}

// Put adds packages to what there is of a version of a module; complete types are not replaced by incomplete ones, and what there is
// for another build is dropped. Readers see the file as it was or as it is then.
func (c *Cache) Put(ctx context.Context, mod module.Version, build string, packages map[string]Package) error {
	name, err := fileName(mod)
	if err != nil {
		return err
	}
	root, unlock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	all := maps.Clone(packages)
	if f, file, err := c.open(mod); err == nil {
		if file.Build == build {
			for _, e := range file.Packages {
				data, err := file.read(f, e)
				if p, ok := packages[e.Path]; err == nil && (!ok || e.Partial == "" && p.Partial != "") {
					all[e.Path] = Package{Data: data, Refs: file.refs(e), Partial: e.Partial}
				}
			}
		}
		_ = f.Close()
	}
	data, err := encodeFile(mod, build, all)
	if err != nil {
		return fmt.Errorf("types of %s: %w", mod, err)
	}
	if err := replace(root, filepath.FromSlash(name), data); err != nil {
		return fmt.Errorf("write types of %s: %w", mod, err)
	}
	return nil
}

// Remove drops what there is of a version of a module.
func (c *Cache) Remove(ctx context.Context, mod module.Version) error {
	name, err := fileName(mod)
	if err != nil {
		return err
	}
	root, unlock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := root.Remove(filepath.FromSlash(name)); err != nil {
		return fmt.Errorf("remove types of %s: %w", mod, err)
	}
	return nil
}

// lockRetry is how often a waiting writer tries again.
const lockRetry = 20 * time.Millisecond

// lock makes the directory when it is not there, and waits until no other writer is in it.
func (c *Cache) lock(ctx context.Context) (*os.Root, func(), error) {
	root, err := c.make()
	if err != nil {
		return nil, nil, fmt.Errorf("make directory for types: %w", err)
	}
	lock := flock.New(filepath.Join(c.dir, ".lock"), flock.SetPermissions(0o644))
	// A lock that nobody holds is taken, however little time is left: ctx bounds the waiting.
	if taken, err := lock.TryLock(); err == nil && taken {
		return root, func() { _ = lock.Close() }, nil
	}
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return nil, nil, fmt.Errorf("lock %s: %w", c.dir, err)
	}
	return root, func() { _ = lock.Close() }, nil
}

func (c *Cache) make() (*os.Root, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.root != nil {
		return c.root, nil
	}
	err := os.MkdirAll(c.dir, 0o755)
	if err == nil {
		c.root, err = os.OpenRoot(c.dir)
	}
	return c.root, err
}

// replace writes a file as a whole or not at all. The caller holds the lock, so that one name for what is not finished is enough.
func replace(root *os.Root, name string, data []byte) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	temp := name + ".tmp"
	f, err := root.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = root.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(temp))
	}
	return nil
}
