package load

import (
	"context"
	"errors"
	"fmt"
	"go/build"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// A Config says what a Loader loads.
type Config struct {
	Tree         fs.FS
	GOOS, GOARCH string // "" = linux, amd64
	Tags         []string
	Cgo          bool      // files that import "C" belong to packages, and those for builds without cgo do not
	Tests        bool      // files of tests belong to packages
	Modules      []Modules // who may know the types of other modules, the first to ask first
	Limits       Limits

	Shared *Shared // types that other Loaders have read; nil = none

	// Wanted is told, once, of each version of a module whose types a package needs and nobody knows. May be nil.
	Wanted func(module.Version)
}

// Limits are how much is read. Zero stands for the default.
type Limits struct {
	FileBytes    int64 // of one source file; default 8 MiB
	PackageBytes int64 // of the source files of one package; default 16 MiB
	Files        int   // Go files in one directory; default 4,096
	Packages     int   // packages that are parsed by one Loader, targets and what they import; default 10,000
	Imports      int   // longest chain of packages of the tree that import each other; default 500
	Dirs         int   // directories that Dirs goes through; default 100,000
	Depth        int   // of nested syntax; default 10,000
}

func (l Limits) orDefaults() Limits {
	set(&l.FileBytes, 8<<20)
	set(&l.PackageBytes, 16<<20)
	set(&l.Files, 4096)
	set(&l.Packages, 10_000)
	set(&l.Imports, 500)
	set(&l.Dirs, 100_000)
	set(&l.Depth, 10_000)
	return l
}

func set[T int | int64](v *T, fallback T) {
	if *v <= 0 {
		*v = fallback
	}
}

// ErrNoGo says that a directory has no Go files for the build.
var ErrNoGo = errors.New("no Go files for the build")

// ErrLimit says that something is larger than is read.
var ErrLimit = errors.New("more than is read")

// A Loader loads packages of one tree. They share their FileSet and the types of what they import, which it keeps: of the packages that
// it returned it keeps nothing. It is not safe for concurrent use, nor are the packages' Check functions with it.
type Loader struct {
	cfg    Config
	fset   *token.FileSet
	sizes  types.Sizes
	build  build.Context
	mods   map[string]*mod // nearest go.mod, by directory; nil = none
	works  map[string]*work
	roots  []*root // the one used last at the end
	hasGo  map[string]bool
	parsed int // packages
	wanted map[module.Version]bool
}

// maxRoots is how many sets of imported types are kept: a repository can have hundreds of modules, each of which may see other versions.
const maxRoots = 4

// New returns a Loader. An error says what is wrong with the Config.
func New(cfg Config) (*Loader, error) {
	if cfg.Tree == nil {
		return nil, errors.New("load: no tree")
	}
	if cfg.GOOS == "" {
		cfg.GOOS = "linux"
	}
	if cfg.GOARCH == "" {
		cfg.GOARCH = "amd64"
	}
	cfg.Limits = cfg.Limits.orDefaults()
	if cfg.Shared == nil {
		cfg.Shared = NewShared()
	}
	sizes := types.SizesFor("gc", cfg.GOARCH)
	if sizes == nil {
		return nil, fmt.Errorf("load: the architecture %q is not known", cfg.GOARCH)
	}
	b := build.Default
	if cfg.GOARCH != b.GOARCH { // such as amd64.v1
		b.ToolTags = slices.DeleteFunc(slices.Clone(b.ToolTags), func(tag string) bool { return strings.HasPrefix(tag, b.GOARCH+".") })
	}
	b.GOOS, b.GOARCH, b.CgoEnabled, b.BuildTags = cfg.GOOS, cfg.GOARCH, cfg.Cgo, slices.Clone(cfg.Tags)
	b.GOROOT, b.GOPATH, b.Dir, b.InstallSuffix, b.Compiler, b.UseAllFiles = "", "", "", "", "gc", false
	b.JoinPath = path.Join
	b.SplitPathList = func(string) []string { return nil }
	b.IsAbsPath = func(string) bool { return false }
	b.HasSubdir = func(string, string) (string, bool) { return "", false }
	return &Loader{
		cfg: cfg, fset: cfg.Shared.fset, sizes: sizes, build: b,
		mods: map[string]*mod{}, works: map[string]*work{}, hasGo: map[string]bool{}, wanted: map[module.Version]bool{},
	}, nil
}

// Package returns the package of a directory without those of Packages that come after it.
func (l *Loader) Package(ctx context.Context, dir string) (*Package, error) {
	packages, err := l.load(ctx, dir, 1)
	if err != nil {
		return nil, err
	}
	return packages[0], nil
}

// Packages returns the packages of a directory: the one that builds use, then any others that its files name in their package clauses,
// which no build accepts, then that of external tests. The error is ErrNoGo when the build selects no files there, fs.ErrNotExist when
// there is no such directory, and ErrLimit when more packages have been loaded than may be.
func (l *Loader) Packages(ctx context.Context, dir string) ([]*Package, error) {
	return l.load(ctx, dir, 0)
}

func (l *Loader) load(ctx context.Context, dir string, most int) ([]*Package, error) {
	if !fs.ValidPath(dir) {
		return nil, &fs.PathError{Op: "load", Path: dir, Err: fs.ErrInvalid}
	}
	if l.parsed >= l.cfg.Limits.Packages {
		return nil, fmt.Errorf("load %s: %d packages are loaded: %w", dir, l.parsed, ErrLimit)
	}
	l.parsed++
	s, err := l.selectFiles(ctx, dir, l.cfg.Tests)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", dir, err)
	}
	m, err := l.module(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", dir, err)
	}
	r, err := l.root(ctx, m, dir)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", dir, err)
	}
	groups := l.parseTargets(ctx, s)
	if len(groups) == 0 {
		return nil, fmt.Errorf("load %s: %w", dir, ErrNoGo)
	}
	if most > 0 {
		groups = groups[:min(most, len(groups))]
	}
	var packages []*Package
	for _, g := range groups {
		p, err := r.target(ctx, s, g, packages)
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", dir, err)
		}
		packages = append(packages, p)
	}
	return packages, nil
}
