package native

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/refward/refward/internal/commitwalk"
	"github.com/refward/refward/internal/gitio/source"
	"github.com/refward/refward/internal/odb"
	"github.com/refward/refward/internal/refstore"
	"github.com/refward/refward/internal/treediff"
)

// Options say which repository to open.
type Options struct {
	Dir     string                   // what relative paths of GIT_ALTERNATE_OBJECT_DIRECTORIES refer to
	GitDir  string                   // absolute path
	Common  string                   // likewise, of the directory that linked worktrees share, see CommonDir; "" = GitDir
	Getenv  func(name string) string // the environment that locates the repository's parts; paths in it are absolute but for alternates
	Other   source.Source            // asked what this source does not understand; nil = nobody
	Partial bool                     // read what a partial clone has; what it lacks is not there
	Warn    func(error)              // told of what is wrong and does no harm, such as a damaged commit-graph; nil = nobody is
}

// A Native is a [source.Source] that reads the files of a repository.
type Native struct {
	gitDir  string
	objects *odb.Store
	trees   *treediff.Cache
	commits *treediff.Cache
	refs    *refstore.Store
	shallow map[odb.ID]bool
	other   source.Source

	walking chan struct{} // holds one while the walker is in use, which is for one goroutine at a time
	walker  *commitwalk.Walker
}

var _ source.Source = (*Native)(nil)

// Sizes of caches in bytes. Along a history each tree is read as the new one, then as the old one; each commit is read to find which are
// new, to be judged, and for its tree.
const (
	treeCache   = 16 << 20
	commitCache = 16 << 20
	baseCache   = 48 << 20 // of what others are deltas against; git takes 96 MiB, which here saves little and costs 100 MB
)

// Open opens a repository. A format that it does not read is [source.ErrUnsupported].
func Open(o Options) (_ *Native, err error) {
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	common := cmp.Or(o.Common, o.GitDir)
	if err := checkFormat(filepath.Join(common, "config"), o.Partial); err != nil {
		return nil, err
	}
	noGraph := !graphAllowed(filepath.Join(common, "config"), o.Getenv)
	n := &Native{gitDir: o.GitDir, other: o.Other, walking: make(chan struct{}, 1)}
	if n.shallow, err = readShallow(common, o.Getenv("GIT_SHALLOW_FILE")); err != nil {
		return nil, err
	}
	if n.refs, err = refstore.Open(o.GitDir, common); err != nil {
		return nil, unsupported(err)
	}
	dirs, quarantine, err := objectDirs(o, common)
	if err != nil {
		return nil, err
	}
	store := odb.Options{CacheSize: baseCache, Verify: odb.VerifyNone} // what is stored already git believes too
	if quarantine != "" {
		store.Verify = odb.VerifyNew
	}
	if n.objects, err = odb.Open(dirs, store); err != nil {
		return nil, unsupported(err)
	}
	n.trees = treediff.NewCache(n.objects, odb.Tree, treeCache)
	n.commits = treediff.NewCache(n.objects, odb.Commit, commitCache)
	n.walker, err = commitwalk.New(commitwalk.Options{Objects: n.objects, Read: n.commits.Read, Quarantine: quarantine, Shallow: n.shallow, NoGraph: noGraph, Warn: o.Warn})
	if err != nil {
		return nil, errors.Join(unsupported(err), n.objects.Close())
	}
	return n, nil
}

// objectDirs returns the object directories in order of precedence and, if the first is one for what a push brings, its name.
func objectDirs(o Options, common string) (dirs []string, quarantine string, err error) {
	main := filepath.Join(common, "objects")
	first := o.Getenv("GIT_OBJECT_DIRECTORY")
	if first == "" {
		first = main
	}
	alternates, err := odb.ParseAlternateDirs(o.Getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES"))
	if err != nil {
		return nil, "", err
	}
	dirs = []string{first}
	for _, dir := range alternates {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(o.Dir, dir)
		}
		dirs = append(dirs, dir)
	}
	// git gives GIT_QUARANTINE_PATH the same value as GIT_OBJECT_DIRECTORY. In a chroot that is bound to other places the path may lead
	// nowhere; that there is one says enough.
	if o.Getenv("GIT_QUARANTINE_PATH") != "" && !sameDir(first, main) {
		quarantine = first
	}
	return dirs, quarantine, nil
}

func sameDir(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// Close closes all files.
func (n *Native) Close() error {
	n.walking <- struct{}{}
	defer n.walked()
	return errors.Join(n.walker.Close(), n.objects.Close())
}

// walk waits for the walker; walked gives it back.
func (n *Native) walk(ctx context.Context) error {
	select {
	case n.walking <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (n *Native) walked() { <-n.walking }

// String implements [source.Source].
func (n *Native) String() string { return "built-in reader" }

// unsupported makes an error one of package source's, if that is what it is.
func unsupported(err error) error {
	if errors.Is(err, odb.ErrUnsupported) {
		return fmt.Errorf("%w: %w", source.ErrUnsupported, err)
	}
	return err
}

// canAsk reports whether the other source may know what this one does not.
func (n *Native) canAsk(err error) bool {
	return n.other != nil && (errors.Is(err, odb.ErrUnsupported) || errors.Is(err, source.ErrUnsupported))
}

func ids(hex []string) ([]odb.ID, error) {
	out := make([]odb.ID, len(hex))
	for i, s := range hex {
		id, err := odb.ParseID(s)
		if err != nil {
			return nil, unsupported(err)
		}
		out[i] = id
	}
	return out, nil
}

func hexes(ids []odb.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
}

// done returns why ctx ended, or nil.
func done(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
