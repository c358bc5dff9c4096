package odb

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrNotFound says that no directory of the store has the object. An object that is there but cannot be read is never this.
	ErrNotFound = errors.New("object not found")

	// ErrTooLarge says that an object, or one that it is a delta against, is larger than the caller or the options allow.
	ErrTooLarge = errors.New("object too large")

	// ErrUnsupported says that the store has a format that this package does not read and git may.
	ErrUnsupported = errors.New("not supported by the built-in reader")

	// ErrClosed says that the store is closed.
	ErrClosed = errors.New("odb: the store is closed")
)

const (
	defaultCacheSize = 96 << 20  // bytes; git's core.deltaBaseCacheLimit
	defaultMaxSize   = 512 << 20 // bytes; git's core.bigFileThreshold
)

// Options of a [Store]. The zero value is good.
type Options struct {
	CacheSize int64 // bytes of objects kept because others are deltas against them; 0 = 96 MiB, negative = none
	MaxSize   int64 // bytes; larger objects, deltas and bases of deltas are ErrTooLarge; one call holds at most three of them; 0 = 512 MiB
	Verify    Verify

	noMap bool // for tests: read files as on a system without mappings
}

// A Store reads the objects of one or more object directories. It is safe for concurrent use.
type Store struct {
	opts  Options
	dirs  []*dir
	cache *cache

	life   sync.RWMutex // held for reading while a mapping is in use
	closed bool

	packs   atomic.Pointer[[]*pack]
	scanMu  sync.Mutex
	scanned map[*dir]time.Time // the pack directory's time of change, when it tells anything
	known   map[string]bool    // paths of open indexes
}

// Open opens the store of some object directories, which come in order of precedence (in a hook the quarantine first), each followed by
// its alternates. The caller closes it. A pack that cannot be opened is an error, since it may hold anything.
func Open(dirs []string, o Options) (*Store, error) {
	if o.CacheSize == 0 {
		o.CacheSize = defaultCacheSize
	}
	if o.MaxSize <= 0 {
		o.MaxSize = defaultMaxSize
	}
	found, err := directories(dirs)
	if err != nil {
		return nil, err
	}
	s := &Store{opts: o, dirs: found, cache: newCache(o.CacheSize), scanned: map[*dir]time.Time{}, known: map[string]bool{}}
	s.packs.Store(&[]*pack{})
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open() (err error) {
	defer s.end(&err, s.begin(&err))
	_, err = s.scan()
	return err
}

// Close unmaps everything. It waits for calls under way; later ones are ErrClosed.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	s.closed = true
	s.cache.drop()
	var err error
	for _, p := range *s.packs.Load() {
		err = errors.Join(err, p.close())
	}
	s.packs.Store(&[]*pack{})
	return err
}

// Dirs returns the object directories of the store with links resolved, in order of precedence.
func (s *Store) Dirs() []string {
	paths := make([]string, len(s.dirs))
	for i, d := range s.dirs {
		paths[i] = d.path
	}
	return paths
}

// begin and end go around everything that touches a mapping. A read of a mapping fails as a fault when the disk does or when the
// file has shrunk; end makes it an error.
//
//	defer s.end(&err, s.begin(&err))
func (s *Store) begin(err *error) (before bool) {
	s.life.RLock()
	if s.closed {
		*err = ErrClosed
	}
	return debug.SetPanicOnFault(true) // of this goroutine only
}

func (s *Store) end(err *error, before bool) {
	fault := recover()
	debug.SetPanicOnFault(before)
	s.life.RUnlock()
	if fault == nil {
		return
	}
	if _, ok := fault.(interface{ Addr() uintptr }); !ok {
		panic(fault)
	}
	*err = fmt.Errorf("odb: read a mapped pack or index: %v: the disk failed, or the file has shrunk", fault)
}

// scan looks for packs that are not open yet and reports whether there were any. Packs that are gone stay open.
func (s *Store) scan() (bool, error) {
	s.scanMu.Lock()
	defer s.scanMu.Unlock()
	var fresh []*pack
	abort := func(err error) (bool, error) {
		for _, p := range fresh {
			delete(s.known, p.idx.name)
			_ = p.close() // never used
		}
		return false, err
	}
	for _, d := range s.dirs {
		path := filepath.Join(d.path, "pack")
		start := time.Now()
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return abort(fmt.Errorf("odb: %w", err))
		}
		if last, ok := s.scanned[d]; ok && last.Equal(info.ModTime()) {
			continue
		}
		delete(s.scanned, d)
		entries, err := os.ReadDir(path)
		if err != nil {
			return abort(fmt.Errorf("odb: %w", err))
		}
		complete := true
		for _, e := range entries {
			name := filepath.Join(path, e.Name())
			if !strings.HasSuffix(name, ".idx") || s.known[name] {
				continue
			}
			p, err := openPack(d, name, s.opts.noMap)
			if errors.Is(err, fs.ErrNotExist) {
				complete = false
				continue
			}
			if err != nil {
				return abort(err)
			}
			s.known[name] = true
			if i, err := e.Info(); err == nil {
				p.mtime = i.ModTime()
			}
			fresh = append(fresh, p)
		}
		// A directory that changed just now may change again without a new time.
		if complete && start.Sub(info.ModTime()) > 2*time.Second {
			s.scanned[d] = info.ModTime()
		}
	}
	if len(fresh) == 0 {
		return false, nil
	}
	all := append(slices.Clone(*s.packs.Load()), fresh...)
	slices.SortStableFunc(all, func(a, b *pack) int { // as git: nearest first, youngest first
		return cmp.Or(cmp.Compare(a.dir.rank, b.dir.rank), b.mtime.Compare(a.mtime), strings.Compare(a.name, b.name))
	})
	s.packs.Store(&all)
	return true, nil
}

// found is where an object is: in a pack, or in a file of its own, which whoever asked closes.
type found struct {
	place
	loose *looseFile
}

func (f *found) close() {
	if f.loose != nil {
		f.loose.close()
	}
}

func (f *found) dir() *dir {
	if f.loose != nil {
		return f.loose.dir
	}
	return f.pack.dir
}

// locate finds an object, or returns ErrNotFound.
func (s *Store) locate(id ID) (found, error) {
	at, err := s.inPacks(id)
	if at.pack != nil || err != nil {
		return found{place: at}, err
	}
	for _, d := range s.dirs {
		loose, err := openLoose(d, id)
		if err != nil {
			return found{}, err
		}
		if loose != nil {
			return found{loose: loose}, nil
		}
	}
	if more, err := s.scan(); err != nil {
		return found{}, err
	} else if more {
		if at, err = s.inPacks(id); at.pack != nil || err != nil {
			return found{place: at}, err
		}
	}
	return found{}, fmt.Errorf("odb: %s: %w", id, ErrNotFound)
}

// inPacks finds an object in the packs that are open; without one the pack is nil.
func (s *Store) inPacks(id ID) (place, error) {
	for _, p := range *s.packs.Load() {
		if off, ok, err := p.find(id); ok || err != nil {
			return place{p, off}, err
		}
	}
	return place{}, nil
}
