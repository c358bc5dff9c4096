package source

import (
	"context"
	"errors"
	"io"

	"github.com/refward/refward/analyzers"
)

var (
	// ErrNotExist says that an object, a revision or a path in it is not there. One that is there and cannot be read is never this.
	ErrNotExist = errors.New("not there")

	// ErrNotHere says that a tree names a file whose content is not in the repository, as in a partial clone, or is damaged.
	ErrNotHere = errors.New("its content is not here")

	// ErrUnsupported says that a repository has a format that the source does not read. Another source may.
	ErrUnsupported = errors.New("not a format that is read")

	// ErrTooMuch says that a push is larger than can be judged at once.
	ErrTooMuch = errors.New("push in parts")
)

// MaxTagChain bounds tags that point to tags. git has no limit; nobody needs more than two.
const MaxTagChain = 64

// A Source answers questions about one repository. It is safe for concurrent use.
type Source interface {
	Objects
	io.Closer

	// String names the source in logs.
	String() string

	// Find returns the object that a revision names (gitrevisions(7)): a full id, a full or short name of a ref, HEAD. A source may
	// know more, or return ErrUnsupported. With a path it returns what that revision's tree has there. ErrNotExist means that
	// revision or path are missing, not that something on the way cannot be read.
	Find(ctx context.Context, rev, path string) (Object, error)

	// SymbolicRef returns the full name of the ref that a symbolic ref stands for in the end, whether that exists yet or not, or "" when
	// name is not symbolic or not there.
	SymbolicRef(ctx context.Context, name string) (target string, err error)

	// Refs returns each stored ref with one of the names, or with a prefix that ends at a slash. A symbolic ref whose target does not
	// exist is among those that were asked for by name, with a Target and no ID.
	Refs(ctx context.Context, patterns []string) (map[string]Ref, error)

	// New returns the commits that the tips reach and the boundary does not: never fewer, and more only where clocks went
	// wrong and nothing but a walk through all of history would tell.
	New(ctx context.Context, tips []string, b Boundary) (*Graph, error)

	// IsAncestor reports whether the commit old is the commit new or an ancestor of it.
	IsAncestor(ctx context.Context, old, new string) (bool, error)

	// Compare fills in the entries of comparisons. Paths come in the order that trees have, except where a tree has another.
	Compare(ctx context.Context, list []*Comparison, r Renames) error

	// Files calls use for every entry below a tree that is no tree itself, at any depth.
	Files(ctx context.Context, tree string, use func(mode uint32, id, path string) error) error

	// Lines calls use for each run of added lines, in the order of the comparisons, which Compare has seen, and of their entries. None
	// has several parents, or content that is too large to be read whole. The hunks have no Commit and no Ref.
	Lines(ctx context.Context, list []*Comparison, use func(i int, h analyzers.Hunk) error) error
}

// Objects reads objects.
type Objects interface {
	// Info returns kind and size of an object by its full id.
	Info(ctx context.Context, id string) (Object, error)

	// Read returns an object with its content, or with nil content when it has more than limit bytes. Nobody may write to the content.
	Read(ctx context.Context, id string, limit int64) (Object, []byte, error)

	// InfoAll and ReadAll do that for many, without waiting in between. use is called for each id in turn, with ErrNotExist for an
	// object that is not there; any other error, and the first one that use returns, ends it.
	InfoAll(ctx context.Context, ids []string, use func(i int, o Object, err error) error) error
	ReadAll(ctx context.Context, ids []string, limit int64, use func(i int, o Object, data []byte, err error) error) error

	// Order sorts ids, in place, into an order in which objects are read fast.
	Order(ids []string) error
}

// An Object is what is known of an object without its content.
type Object struct {
	ID   string
	Kind string // "commit", "tree", "blob", "tag"
	Size int64  // bytes
}

// A Ref is what a repository has under a name.
type Ref struct {
	ID     string // "" = its target does not exist
	Target string // the ref that it stands for in the end, when it is symbolic; else ""
}

// A Boundary is what new commits are new to.
type Boundary struct {
	// All means everything that any ref of the repository reaches, HEAD included, as "git rev-list --all" has it.
	All bool

	// Tips returns the commits (or tags of such) that bound it, when not all do. It is not called where Near tells enough.
	Tips func(context.Context) ([]string, error)

	// Near are commits that are known to be within the boundary: as a rule the old ones of the refs that move.
	Near []string
}
