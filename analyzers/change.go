package analyzers

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"
)

// A Kind is where a Change comes from.
type Kind string

// The kinds of Change.
const (
	KindCommit  Kind = "commit"  // the index, about to become a commit
	KindMessage Kind = "message" // the message of a commit about to be made
	KindPush    Kind = "push"    // ref updates that a client asks for
	KindRange   Kind = "range"   // the commits of a revision range
	KindTree    Kind = "tree"    // everything at one revision, as if new
	KindHistory Kind = "history" // every commit reachable from a revision
)

// A Change is everything that a commit, a push, a range, a tree or a history would bring in. It is immutable, and its
// methods are safe for concurrent use.
type Change struct {
	Kind    Kind
	Refs    []RefChange // one per ref of the push, in the client's order; for other kinds, the ref whose policy applies
	Commits []*Commit   // new commits of all refs, parents first
	Tags    []*Tag      // new annotated tags, outermost first
	Pusher  Identity
	Options []string // push options (git push -o), in order
	Content          // files, lines and blobs, read on demand
}

// Content is what a Change brings beyond its commits. Each call reads anew; the sequences stop at the first error, which
// is their last element. Implementations are safe for concurrent use.
type Content interface {
	// Files yields the changed paths of each new commit against its first parent (for a merge: paths that differ from
	// every parent), parents first, and the entries of trees and blobs that a ref reaches without a commit.
	Files(context.Context) iter.Seq2[File, error]

	// Hunks yields runs of added lines, in the order of Files. For a merge these are lines that are in no parent.
	Hunks(context.Context) iter.Seq2[Hunk, error]

	// Blobs yields the distinct blobs of Files that are wanted, each once, with all their paths, in the order that reads fastest.
	// A blob is wanted if want is true of one of its files; nil wants all. What nobody wants is not read. want is called for
	// each file with content, in the order of Files, before the first blob comes.
	Blobs(ctx context.Context, want func(File) bool) iter.Seq2[Blob, error]

	// Trees returns all files of a ref, before and after; ref is an index into Change.Refs. Nothing is read of a Tree before someone looks into
	// it, and nothing any more once ctx has ended.
	Trees(ctx context.Context, ref int) (Trees, error)
}

// Trees are the files of one ref before and after a Change.
type Trees struct {
	Commit string // full id of the commit that After belongs to; "" = the index
	After  Tree   // nil: the ref is deleted, or names no commit
	// Before has the tree of each commit at which the new ones begin, the line of first parents first, which is After's own where none is
	// new; for the index, of the parents of the commit in the making. What one of them has was there before. No two are the same. At most
	// eight are told: what came with a further one counts as new. Without any, everything is new.
	Before []Tree
}

// A Tree is a directory tree as Git stores it, to be read only and safe for concurrent use. It keeps to io/fs: what has a name that
// fs.ValidPath refuses is not there, which [Content.Files] tells. Symbolic links and submodules are listed with their mode and
// cannot be opened, nor can a file that is larger than is read: the error is then ErrTooLarge. What cannot be read is never fs.ErrNotExist;
// that includes a directory in which one name stands for two different things, which git would not write.
type Tree interface {
	fs.ReadDirFS
	fs.ReadFileFS
}

// ErrTooLarge says that a file of a Tree has more bytes than are read of one.
var ErrTooLarge = errors.New("larger than is read")

// A RefUpdate is one line that Git gives to pre-receive: a request to move a ref (githooks(5), "pre-receive").
type RefUpdate struct {
	Old string // full id that the client claims the ref has; zeros = the ref is to be created
	New string // full id that the ref is to get; zeros = the ref is to be deleted
	Ref string // full name, such as "refs/heads/main"; raw bytes
}

// Creates reports whether the update makes a new ref.
func (u RefUpdate) Creates() bool { return IsZero(u.Old) }

// Deletes reports whether the update removes a ref.
func (u RefUpdate) Deletes() bool { return IsZero(u.New) }

// IsZero reports whether id is the all-zero id that stands for "no object", in either object format.
func IsZero(id string) bool { return id != "" && strings.Trim(id, "0") == "" }

// A RefChange is a RefUpdate with what is known about it.
type RefChange struct {
	RefUpdate
	Protected   bool   // policy protects the ref; its commits are those new to all protected refs
	FastForward bool   // Old is an ancestor of New; also true for a created ref
	Target      string // type of the object that New names: "commit", "tag", "tree", "blob"; "" for a deletion
	Commits     []int  // indexes into Change.Commits: what this ref would gain
	Tags        []int  // indexes into Change.Tags

	// Reviews reads the signed statements about what the ref would gain, stored ones and those of the same push, oldest target first; nil where
	// it gains no commits. It may be called at any time, by several at once.
	Reviews func(context.Context) (Reviews, error)

	// Classes are the kinds of change that policy takes this for, in the order of the constants, each once; at least one, once the
	// Change was classified.
	Classes []Classification
}

// ReviewPrefix begins the names of the refs that hold signed statements about commits. Such a ref is named ReviewPrefix, the full id of the
// commit, "/", and what tells the statements about one commit apart.
const ReviewPrefix = "refs/refward/review/"

// A Review is a signed statement of somebody's about one commit: an annotated tag under [ReviewPrefix], as "refward approve" and "refward progress"
// make it. Nobody has looked at its signature yet.
type Review struct {
	Ref  string // full name of the ref that holds it; raw bytes
	Tag  *Tag   // Tag.Target is the commit that it is about, whatever the name of the ref says
	New  bool   // the push at hand brings it
	Tree string // full id of the tree of the commit
	Tip  bool   // it is about the ref's new tip itself

	// Squash says that it is about a commit that the ref does not gain, whose tree the new tip has, and which contains what the new commits begin
	// at: the same change, told in other commits. The same tree on top of anything younger would undo that.
	Squash bool

	Lines int64 // lines added and removed between the commit and the ref's new tip; -1 = binary files or too much to count
}

// Reviews are the statements about what one ref gains.
type Reviews struct {
	List   []Review
	Unread int // statements beyond what is read of one Change
}

// A Class is a kind of change, by which policy chooses its gates.
type Class string

// The classes.
const (
	Bugfix      Class = "bugfix"
	Feature     Class = "feature" // what is nothing else
	Security    Class = "security"
	Performance Class = "performance"
	Compliance  Class = "compliance"
	Emergency   Class = "emergency"
)

// Classes lists the classes in their fixed order.
func Classes() []Class { return []Class{Bugfix, Feature, Security, Performance, Compliance, Emergency} }

// Choices lists the classes, for a policy file.
func (Class) Choices() []string {
	var names []string
	for _, c := range Classes() {
		names = append(names, string(c))
	}
	return names
}

// A Classification is one class of a change, and what made it so.
type Classification struct {
	Class  Class
	Reason string // one line, such as "auth/login.go matches **/auth/**"
}

// A Commit is a commit object.
type Commit struct {
	ID        string   // full hexadecimal id; "" while the commit is being made
	Raw       []byte   // the object's bytes, for signatures; nil while the commit is being made
	Tree      string   // full id
	Parents   []string // full ids
	Author    Signature
	Committer Signature
	Message   string   // as stored; encoding is the author's
	Reverts   string   // full id of an older commit whose change this one provably undoes; else ""
	Defects   []string // what is malformed about the object; empty for one that git would write

	// Picks is the full id of an older commit that this one provably repeats, as "git cherry-pick -x" does: the same lines removed and added
	// in the same paths, the same author, and the same message but for the line that names the original (and a sign-off of the committer's
	// behind it). The original was judged before: it is not among the new commits, and a protected branch reaches it where the push goes
	// to. A server looks at its branches; a client at the remote-tracking refs of the remote and the old ids of the protected branches that
	// it pushes; a range at the remote-tracking refs of "origin" or of the only remote, at the branches where no remote is tracked, and at
	// OLD for a protected branch. "" = it is not so, or is not known.
	Picks string

	// Latest is the latest committer date among the commit, its new ancestors and the parents at which these begin, like the corrected commit
	// date in git's commit-graph: a date forged into the past is seen through where the parents are younger. Only the commit's own for
	// KindTree, zero while the commit is being made.
	Latest time.Time
}

// Merge reports whether git takes the commit for a merge: it has several parents.
func (c *Commit) Merge() bool { return len(c.Parents) > 1 }

// Joins reports whether the commit joins two histories. Naming one parent twice, which git commit-tree refuses and git hash-object does
// not, joins nothing.
func (c *Commit) Joins() bool {
	return slices.ContainsFunc(c.Parents, func(p string) bool { return p != c.Parents[0] })
}

// Subject returns the first line of the message.
func (c *Commit) Subject() string {
	s, _, _ := strings.Cut(strings.TrimLeft(c.Message, "\n"), "\n")
	return s
}

// A Signature says who made an object, and when, in the words of the one who made it: it proves nothing.
type Signature struct {
	Name, Email string
	When        time.Time
}

// A Tag is an annotated tag object.
type Tag struct {
	ID      string // full id
	Raw     []byte
	Name    string // as written in the object, which need not be the ref's
	Target  string // full id of the tagged object
	Type    string // its type: "commit", "tree", "blob", "tag"
	Tagger  Signature
	Message string
	Defects []string
}

// An Identity is who pushes, as far as the host says.
type Identity struct {
	Name   string   // login
	Emails []string // may be empty
	Key    string   // fingerprint or id of the key that authenticated the connection; may be ""
	Source string   // how it is known: "github", "gitea", "gitlab", "gitolite", "http", "ssh", "os", or "" = not at all
}

// Among reports whether the host says that this is one of them: by login, or by the fingerprint of a key ("SHA256:…"). What a commit says of
// its author is nothing of the kind, and where nobody says who pushes, it is none of them.
func (i Identity) Among(them map[string]bool) bool {
	return i.Source != "" && (i.Name != "" && them[i.Name] || strings.HasPrefix(i.Key, "SHA256:") && them[i.Key])
}

// A File is one changed path of one commit.
type File struct {
	Commit  string // full id; "" = index, or reached through Ref only
	Ref     string // the ref, when no commit leads to the file; else ""
	Status  byte   // 'A'dded, 'M'odified, 'D'eleted, 'R'enamed, 'C'opied, 'T'ype changed
	Path    string // raw bytes; for a deletion, the path that is gone; "" for a blob that a ref names directly
	OldPath string // where a rename or copy came from; else ""
	Mode    uint32 // Git's mode, such as 0o100644, 0o120000 (symlink), 0o160000 (submodule), 0o040000 (a directory without files); 0 for a deletion
	OldMode uint32
	Blob    string // full id of the content; zeros for a deletion
	OldBlob string
}

// HeadSize is how many bytes of a file tell what format it has: a tar archive says so in byte 257 to 511 only.
const HeadSize = 512

// HeadOf returns what Hunk.Head has of a file with the given content.
func HeadOf(data []byte) []byte { n := min(len(data), HeadSize); return data[:n:n] }

// A Hunk is a run of added lines of one file.
type Hunk struct {
	Commit string // full id; "" = index, or reached through Ref only
	Ref    string // the ref, when no commit leads to the file; else ""
	Merge  bool   // the commit is a merge: "git log -p" would not have shown the lines
	Binary bool   // Text has a NUL byte: "git log -p" would hide the file
	Path   string // raw bytes
	Blob   string // full id of the new version of the file, also where Text is nil; "" = not known, as of an unmerged file
	Start  int    // 1-based number of the first line
	Text   []byte // the added lines, with their line ends; the receiver may keep it and must not write to it

	// Head are the first bytes of the new version of the file, HeadSize of them or all that it has. nil means that they are not known,
	// which says nothing of the file: who needs them then reads the blob. The receiver must not write to them.
	Head []byte

	// Unread says why Text is nil although something was added, such as "larger than 32 MiB". It is "" when Text is
	// everything. An analyzer that needs the lines reports the file as not examined.
	Unread string
}

// A Blob is a distinct new blob.
type Blob struct {
	ID     string
	Size   int64  // bytes
	Files  []File // every place where it occurs, in the order of Files
	Data   []byte // whole content; the receiver may keep it and must not write to it
	Unread string // why Data is nil; else ""
}

// RefsOfTag returns the refs that bring the tag with the given index, or "" alone if none does: policy may treat each in its own
// way, so that a finding about a tag is stated for every one.
func (c *Change) RefsOfTag(tag int) []string {
	var refs []string
	for _, r := range c.Refs {
		if slices.Contains(r.Tags, tag) {
			refs = append(refs, r.Ref)
		}
	}
	if refs == nil {
		return []string{""}
	}
	return refs
}
