package gitio

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// PushOptions say how to read a push.
type PushOptions struct {
	// Protected reports whether policy protects a ref, given its full name and that of HEAD's branch. nil = none is.
	Protected func(ref, head string) bool

	// Floor reports whether the server's own policy protects a ref, whatever the repository's says; nil = as Protected.
	Floor func(ref, head string) bool

	Pusher analyzers.Identity

	// Remote is the name of the remote that a client pushes to, "" on the server. A client does not have the refs of the
	// server: what the remote-tracking refs and the updates' old ids reach counts as known there.
	Remote string

	// Past says where the refs were when a push of the past was judged: full ids, by name. It takes the place of what the repository has now,
	// and nobody holds the updates' old ids against it. nil = the push is of now.
	Past map[string]string
}

// ErrStale says that a client's claim about a ref's old value is not what the repository has. It is either a race with another
// push or a forged boundary: with "0→EVIL topic" and "EVIL→0 ghost" in one push, "EVIL --not <olds>" is empty.
var ErrStale = errors.New("the ref is not where the client says")

// Push reads what the ref updates of a push would bring in.
func (r *Repo) Push(ctx context.Context, updates []analyzers.RefUpdate, o PushOptions) (*analyzers.Change, error) {
	options, err := pushOptions(r.getenv)
	if err != nil {
		return nil, err
	}
	head, err := r.HeadBranch(ctx)
	if err != nil {
		return nil, err
	}
	p := &push{repo: r, protected: func(ref string) bool { return o.Protected != nil && o.Protected(ref, head) }, remote: o.Remote, past: o.Past, head: head}
	if p.floor = p.protected; o.Floor != nil {
		p.floor = func(ref string) bool { return o.Floor(ref, head) }
	}
	p.change = &analyzers.Change{Kind: analyzers.KindPush, Pusher: o.Pusher, Options: options}
	for _, u := range updates {
		if err := checkUpdate(u); err != nil {
			return nil, err
		}
		p.change.Refs = append(p.change.Refs, analyzers.RefChange{RefUpdate: u, Protected: p.protected(u.Ref)})
	}
	if err := p.read(ctx); err != nil {
		return nil, err
	}
	return p.change, nil
}

// checkUpdate holds what becomes an argument of git against what git takes for an id or the name of a ref.
func checkUpdate(u analyzers.RefUpdate) error {
	for _, id := range []string{u.Old, u.New} {
		if !isID(id, 40) && !isID(id, 64) {
			return fmt.Errorf("%q: %q is not a full object id", u.Ref, id)
		}
	}
	if !strings.HasPrefix(u.Ref, "refs/") || strings.ContainsAny(u.Ref, "\n\x00") {
		return fmt.Errorf("%q is not the full name of a ref", u.Ref)
	}
	return nil
}

// A push is a Change in the making.
type push struct {
	repo      *Repo
	change    *analyzers.Change
	protected func(ref string) bool
	floor     func(ref string) bool // by the server's own policy
	remote    string
	past      map[string]string
	head      string                // full name of the branch that HEAD names, or ""
	stored    map[string]source.Ref // the refs of the push and HEAD's branch, by name
	tips      []string              // commit that each ref would point to after peeling tags, or ""
	targets   []target
}

func (p *push) read(ctx context.Context) error {
	if p.remote == "" && p.past == nil {
		if err := p.checkOld(ctx); err != nil {
			return err
		}
	}
	if err := p.peel(ctx); err != nil {
		return err
	}
	g, err := p.newCommits(ctx)
	if err != nil {
		return err
	}
	if p.change.Commits, err = p.repo.commits(ctx, g.Order); err != nil {
		return err
	}
	if err := p.checkEdges(ctx, g); err != nil {
		return err
	}
	if err := p.repo.proveReverts(ctx, p.change.Commits, g); err != nil {
		return err
	}
	if err := p.repo.provePicks(ctx, p.change.Commits, g, p.branches); err != nil {
		return err
	}
	if err := p.repo.setLatest(ctx, p.change.Commits, g); err != nil {
		return err
	}
	if err := p.fastForwards(ctx, g); err != nil {
		return err
	}
	p.setReviews()
	tips := make([]tip, len(p.change.Refs))
	for i := range p.change.Refs {
		tips[i] = tipOf(&p.change.Refs[i], p.tips[i])
	}
	p.change.Content = &content{src: p.repo, maxBlob: p.repo.maxBlob, commits: p.change.Commits, parents: g.Parents, targets: p.targets, tips: tips}
	return nil
}

// checkEdges refuses a push that cuts a new commit off from a parent that is there all the same: where shallow pushes are let in
// (git-config(1), "receive.shallowUpdate"), the pusher says where his history ends, and what is behind it would not be judged.
func (p *push) checkEdges(ctx context.Context, g *source.Graph) error {
	for _, k := range p.change.Commits {
		if len(g.Parents[k.ID]) > 0 || p.remote != "" {
			continue
		}
		for _, parent := range k.Parents {
			if _, err := p.repo.Info(ctx, parent); err == nil {
				return fmt.Errorf("commit %s is cut off from its parent %s, which is there: push from a complete clone", k.ID, parent)
			} else if !errors.Is(err, ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// checkOld holds each claimed old id against the stored ref.
func (p *push) checkOld(ctx context.Context) error {
	var names []string
	for _, ref := range p.change.Refs {
		names = append(names, ref.Ref)
	}
	if p.head != "" {
		names = append(names, p.head)
	}
	var err error
	if p.stored, err = p.repo.refs(ctx, names); err != nil {
		return err
	}
	for _, ref := range p.change.Refs {
		stored, ok := p.stored[ref.Ref]
		is := stored.ID
		if !ok {
			is = zeros(ref.Old)
		}
		if stored.Target != "" {
			// git moves the target. Under this name the push would be judged by the rules of another ref.
			return fmt.Errorf("%s: %w %s: push to that", ref.Ref, ErrSymbolic, stored.Target)
		}
		if is != ref.Old {
			return fmt.Errorf("%s: %w: it says %s, the repository has %s", ref.Ref, ErrStale, ref.Old, is)
		}
	}
	return nil
}

// peel finds what each new value is, reading the tags on the way.
func (p *push) peel(ctx context.Context) error {
	refs := p.change.Refs
	p.tips = make([]string, len(refs))
	var ids []string
	var at []int
	for i, ref := range refs {
		if !ref.Deletes() {
			ids, at = append(ids, ref.New), append(at, i)
		}
	}
	err := p.repo.InfoAll(ctx, ids, func(k int, o source.Object, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", refs[at[k]].Ref, err)
		}
		refs[at[k]].Target = o.Kind
		return nil
	})
	if err != nil {
		return err
	}
	tags := map[string]int{}
	for i := range refs {
		ref := &refs[i]
		id, kind := ref.New, ref.Target
		for n := 0; kind == "tag"; n++ {
			if n == source.MaxTagChain {
				return fmt.Errorf("%s: more than %d tags point to each other", ref.Ref, source.MaxTagChain)
			}
			k, seen := tags[id]
			if !seen {
				t, err := p.repo.tag(ctx, id)
				if err != nil {
					return fmt.Errorf("%s: %w", ref.Ref, err)
				}
				k = len(p.change.Tags)
				tags[id] = k
				p.change.Tags = append(p.change.Tags, t)
			}
			ref.Tags = append(ref.Tags, k)
			named := p.change.Tags[k].Target
			if !isID(named, len(id)) { // it could be any expression
				return fmt.Errorf("%s: tag %s names no object", ref.Ref, id)
			}
			// The kind comes from the object, not from what the tag says of it.
			o, err := p.repo.Info(ctx, named)
			if err != nil {
				return fmt.Errorf("%s: tag %s: %w", ref.Ref, id, err)
			}
			id, kind = o.ID, o.Kind
		}
		switch kind {
		case "commit":
			p.tips[i] = id
		case "tree", "blob":
			p.targets = append(p.targets, target{ref: ref.Ref, id: id, kind: kind})
		}
	}
	return nil
}

// maxRefCommits bounds the new commits of all refs, each counted for every ref that brings it: a push of 5,000 branches along
// 2,000 commits.
const maxRefCommits = 10_000_000

// ErrSymbolic says that a push names a ref that is not one of its own.
var ErrSymbolic = errors.New("it stands for")

// newCommits finds the commits of all refs: for a protected ref those that no protected ref has, so that what was let
// through to a topic branch is judged again; for the others those that no ref has. To refs that the server itself protects only such refs
// vouch: a repository that called all of its topics protected would have them vouch for what was let through to them.
func (p *push) newCommits(ctx context.Context) (*source.Graph, error) {
	classes := []struct {
		counts func(ref string) bool
		tips   []string
		graph  *source.Graph
	}{{counts: nil}, {counts: p.protected}, {counts: p.floor}}
	classOf := func(ref *analyzers.RefChange) int {
		switch {
		case !ref.Protected:
			return 0
		case !p.floor(ref.Ref):
			return 1
		}
		return 2
	}
	for i := range p.change.Refs {
		if p.tips[i] != "" {
			class := &classes[classOf(&p.change.Refs[i])]
			class.tips = append(class.tips, p.tips[i])
		}
	}
	all := &source.Graph{}
	for i := range classes {
		class := &classes[i]
		known, err := p.boundary(ctx, class.counts)
		if err != nil {
			return nil, err
		}
		if class.graph, err = p.repo.New(ctx, class.tips, known); err != nil {
			return nil, err
		}
		all = all.Union(class.graph)
	}
	index := make(map[string]int, len(all.Order))
	for i, id := range all.Order {
		index[id] = i
	}
	total := 0
	shared := make([]map[string][]int, len(classes)) // by tip: many refs of a push may have the same
	for i := range shared {
		shared[i] = map[string][]int{}
	}
	for i := range p.change.Refs {
		class := classOf(&p.change.Refs[i])
		g := classes[class].graph
		commits, known := shared[class][p.tips[i]]
		if !known {
			for _, id := range g.Reachable(p.tips[i]) {
				commits = append(commits, index[id])
			}
			slices.Sort(commits)
			shared[class][p.tips[i]] = commits
			if total += len(commits); total > maxRefCommits {
				return nil, fmt.Errorf("the refs of the push have more than %d commits together: %w", maxRefCommits, source.ErrTooMuch)
			}
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
		}
		p.change.Refs[i].Commits = slices.Clip(commits)
	}
	return all, nil
}

// fastForwards finds for each update whether the old commit is an ancestor of the new one. Most often the graph of new
// commits shows it.
func (p *push) fastForwards(ctx context.Context, g *source.Graph) error {
	var open []int
	var olds []string
	for i := range p.change.Refs {
		ref := &p.change.Refs[i]
		switch {
		case ref.Creates():
			ref.FastForward = true
		case ref.Deletes() || p.tips[i] == "":
		case g.Reaches(p.tips[i], ref.Old):
			ref.FastForward = true
		default:
			open, olds = append(open, i), append(olds, ref.Old)
		}
	}
	// A client may not have the old commit, and a tag may have moved: neither is a fast-forward.
	commit := map[string]bool{}
	err := p.repo.InfoAll(ctx, olds, func(_ int, o source.Object, err error) error {
		if errors.Is(err, ErrNotExist) {
			return nil
		}
		commit[o.ID] = o.Kind == "commit"
		return err
	})
	if err != nil {
		return err
	}
	open = slices.DeleteFunc(open, func(i int) bool { return !commit[p.change.Refs[i].Old] })
	if len(open) > 1 { // one question for all; an old commit that no new one reaches needs no other
		olds = nil
		var tips []string
		for _, i := range open {
			olds, tips = append(olds, p.change.Refs[i].Old), append(tips, p.tips[i])
		}
		left, err := p.repo.New(ctx, olds, source.Boundary{Near: tips})
		if err != nil {
			return err
		}
		open = slices.DeleteFunc(open, func(i int) bool { _, ok := left.Parents[p.change.Refs[i].Old]; return ok })
	}
	for _, i := range open {
		ref := &p.change.Refs[i]
		if ref.FastForward, err = p.repo.isAncestor(ctx, g, ref.Old, p.tips[i]); err != nil {
			return err
		}
	}
	return nil
}
