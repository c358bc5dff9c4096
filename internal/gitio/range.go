package gitio

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// A Scope says what to look at outside a push.
type Scope struct {
	Ref       string // full name of the ref whose policy applies; "" = HEAD's branch
	Protected func(ref, head string) bool
	Floor     func(ref, head string) bool // as of PushOptions
	Pusher    analyzers.Identity
}

// Range reads the commits of "OLD..NEW": those that NEW reaches and OLD does not. It gives what a push that moves the ref
// from OLD to NEW would, when nothing else is known on the server.
func (r *Repo) Range(ctx context.Context, old, new string, s Scope) (*analyzers.Change, error) {
	oldID, err := r.Resolve(ctx, old)
	if err != nil {
		return nil, err
	}
	newID, err := r.Resolve(ctx, new)
	if err != nil {
		return nil, err
	}
	return r.ofRef(ctx, analyzers.KindRange, oldID, newID, s)
}

// History reads every commit that a revision reaches, each against its parents.
func (r *Repo) History(ctx context.Context, rev string, s Scope) (*analyzers.Change, error) {
	id, err := r.Resolve(ctx, rev)
	if err != nil {
		return nil, err
	}
	return r.ofRef(ctx, analyzers.KindHistory, zeros(id), id, s)
}

// ErrShallow says that a shallow clone does not have all the commits that were asked for.
var ErrShallow = errors.New("the history is cut off")

func (r *Repo) ofRef(ctx context.Context, kind analyzers.Kind, old, new string, s Scope) (*analyzers.Change, error) {
	change, err := r.scoped(ctx, kind, old, new, s)
	if err != nil {
		return nil, err
	}
	var boundary source.Boundary
	if !analyzers.IsZero(old) {
		boundary.Near = []string{old}
	}
	g, err := r.New(ctx, []string{new}, boundary)
	if err != nil {
		return nil, err
	}
	if change.Commits, err = r.commits(ctx, g.Order); err != nil {
		return nil, err
	}
	ref := &change.Refs[0]
	for i, k := range change.Commits {
		if len(k.Parents) != len(g.Parents[k.ID]) {
			return nil, fmt.Errorf("%w at commit %s: run \"git fetch --unshallow\"", ErrShallow, k.ID)
		}
		ref.Commits = append(ref.Commits, i)
	}
	ref.FastForward = true
	if !ref.Creates() {
		if ref.FastForward, err = r.isAncestor(ctx, g, old, new); err != nil {
			return nil, err
		}
	}
	now := tipOf(ref, new)
	now.whole = kind == analyzers.KindHistory
	change.Content = &content{src: r, maxBlob: r.maxBlob, commits: change.Commits, parents: g.Parents, tips: []tip{now}}
	if err := r.proveReverts(ctx, change.Commits, g); err != nil {
		return nil, err
	}
	branches := func(ctx context.Context) ([]string, error) {
		head, err := r.HeadBranch(ctx)
		if err != nil || s.Protected == nil {
			return nil, err
		}
		floor := s.Floor
		if floor == nil {
			floor = s.Protected
		}
		return r.rangeBranches(ctx, func(ref string) bool { return floor(ref, head) }, ref)
	}
	if err := r.provePicks(ctx, change.Commits, g, branches); err != nil {
		return nil, err
	}
	if kind == analyzers.KindRange && len(change.Commits) > 0 {
		ref.Reviews = once(func(ctx context.Context) (analyzers.Reviews, error) {
			s, err := r.statements(ctx, nil)
			if s == nil || err != nil {
				return analyzers.Reviews{}, err
			}
			return s.about(ctx, change.Commits, ref, new, nil)
		})
	}
	return change, r.setLatest(ctx, change.Commits, g)
}

// Tree reads everything at one revision as if all of it were new.
func (r *Repo) Tree(ctx context.Context, rev string, s Scope) (*analyzers.Change, error) {
	id, err := r.Resolve(ctx, rev)
	if err != nil {
		return nil, err
	}
	change, err := r.scoped(ctx, analyzers.KindTree, zeros(id), id, s)
	if err != nil {
		return nil, err
	}
	if change.Commits, err = r.commits(ctx, []string{id}); err != nil {
		return nil, err
	}
	change.Refs[0].Commits, change.Refs[0].FastForward = []int{0}, true
	change.Commits[0].Latest = change.Commits[0].Committer.When
	tree := target{commit: id, id: change.Commits[0].Tree, kind: "tree"}
	change.Content = &content{src: r, maxBlob: r.maxBlob, targets: []target{tree}, tips: []tip{{commit: id, whole: true}}}
	return change, nil
}

// scoped begins a Change of one ref.
func (r *Repo) scoped(ctx context.Context, kind analyzers.Kind, old, new string, s Scope) (*analyzers.Change, error) {
	head, err := r.HeadBranch(ctx)
	if err != nil {
		return nil, err
	}
	ref := s.Ref
	if ref == "" {
		ref = head
	}
	if ref == "" {
		ref = "HEAD"
	}
	change := &analyzers.Change{Kind: kind, Pusher: s.Pusher}
	change.Refs = []analyzers.RefChange{{
		RefUpdate: analyzers.RefUpdate{Old: old, New: new, Ref: ref},
		Protected: s.Protected != nil && s.Protected(ref, head),
		Target:    "commit",
	}}
	return change, nil
}

// Staged reads what the index would commit: the file that GIT_INDEX_FILE names, since "git commit -a" and "git commit PATH" use
// another one than .git/index while their hooks run.
func (r *Repo) Staged(ctx context.Context, environ []string, s Scope) (*analyzers.Change, error) {
	parents, err := r.nextParents(ctx, environ)
	if err != nil {
		return nil, err
	}
	if len(parents) == 0 {
		empty, err := r.emptyTree(ctx)
		if err != nil {
			return nil, err
		}
		parents = []string{empty}
	}
	change, err := r.scoped(ctx, analyzers.KindCommit, "", "", s)
	if err != nil {
		return nil, err
	}
	change.Refs[0].Target = ""
	change.Content = &content{src: r.git, objects: r.Source, maxBlob: r.maxBlob, staged: parents}
	return change, nil
}

// emptyTree returns the id of the tree without entries, which git knows without storing it, in the repository's format.
func (r *Repo) emptyTree(ctx context.Context) (string, error) {
	out, err := r.git.Output(ctx, nil, "hash-object", "-t", "tree", "--stdin")
	return strings.TrimSpace(string(out)), err
}

// Message reads the message of the commit in the making, which CleanMessage has cleaned as git will.
func (r *Repo) Message(ctx context.Context, environ []string, message string, s Scope) (*analyzers.Change, error) {
	parents, err := r.nextParents(ctx, environ)
	if err != nil {
		return nil, err
	}
	change, err := r.scoped(ctx, analyzers.KindMessage, "", "", s)
	if err != nil {
		return nil, err
	}
	change.Refs[0].Target = ""
	change.Refs[0].Commits = []int{0}
	change.Commits = []*analyzers.Commit{{Message: message, Parents: parents}}
	change.Content = Nothing{}
	return change, nil
}
