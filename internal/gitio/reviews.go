package gitio

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// Bounds on what is looked at for statements about commits. A statement that goes unseen lets nothing in that would not come in without it.
const (
	maxReviews       = 10_000   // tags that are read of one Change
	maxReviewTargets = 20_000   // commits that have statements, whose trees are held against a new tip's
	maxReviewBases   = 8        // commits at which a squashed change may begin
	maxReviewMatches = 16       // commits with a tip's tree, each at the cost of a question about ancestors per base
	maxReviewCounts  = 8        // targets, of one tip, whose distance is counted in lines
	maxReviewFiles   = 5_000    // that differ between a target and a tip, for their lines to be counted
	maxReviewBytes   = 64 << 20 // of these files' versions
)

// A statement is a ref under analyzers.ReviewPrefix, as it would be after the push.
type statement struct {
	ref, id string
	new     bool
}

// statements are those of a repository, by the commit that the name of their ref has. What a tag says of itself is asked only of those few
// that matter.
type statements struct {
	repo  *Repo
	of    map[string][]statement
	named []string          // the commits, sorted
	trees map[string]string // of such of them as were read; "" = there is no such commit
	read  int               // tags so far

	tagged map[string][]analyzers.Review // by commit, once read
}

// statements returns the stored statements, as the updates would leave them; nil when there are none.
func (r *Repo) statements(ctx context.Context, updates []analyzers.RefChange) (*statements, error) {
	stored, err := r.refs(ctx, []string{analyzers.ReviewPrefix})
	if err != nil {
		return nil, err
	}
	now := make(map[string]statement, len(stored))
	for name, ref := range stored {
		if ref.ID != "" {
			now[name] = statement{ref: name, id: ref.ID}
		}
	}
	for _, u := range updates {
		switch {
		case !strings.HasPrefix(u.Ref, analyzers.ReviewPrefix):
		case u.Deletes():
			delete(now, u.Ref)
		default:
			now[u.Ref] = statement{ref: u.Ref, id: u.New, new: true}
		}
	}
	s := &statements{repo: r, of: map[string][]statement{}, trees: map[string]string{}, tagged: map[string][]analyzers.Review{}}
	for name, one := range now {
		commit, _, ok := strings.Cut(strings.TrimPrefix(name, analyzers.ReviewPrefix), "/")
		if ok && (isID(commit, 40) || isID(commit, 64)) {
			s.of[commit] = append(s.of[commit], one)
		}
	}
	if len(s.of) == 0 {
		return nil, nil
	}
	for commit, list := range s.of {
		slices.SortFunc(list, func(a, b statement) int { return strings.Compare(a.ref, b.ref) })
		s.named = append(s.named, commit)
	}
	slices.Sort(s.named)
	return s, nil
}

// setReviews has the statements about what the refs of a push would gain read when somebody asks: most policies do not.
func (p *push) setReviews() {
	var gaining []int
	for i := range p.change.Refs {
		if ref := &p.change.Refs[i]; len(ref.Commits) > 0 && !strings.HasPrefix(ref.Ref, analyzers.ReviewPrefix) {
			gaining = append(gaining, i)
		}
	}
	all := once(func(ctx context.Context) (map[int]analyzers.Reviews, error) { return p.reviews(ctx, gaining) })
	for _, i := range gaining {
		p.change.Refs[i].Reviews = func(ctx context.Context) (analyzers.Reviews, error) {
			reviews, err := all(ctx)
			return reviews[i], err
		}
	}
}

// once returns f's first answer that is no error, from then on. One asks at a time.
func once[T any](f func(context.Context) (T, error)) func(context.Context) (T, error) {
	var mu sync.Mutex
	var answer T
	known := false
	return func(ctx context.Context) (T, error) {
		mu.Lock()
		defer mu.Unlock()
		if known {
			return answer, nil
		}
		got, err := f(ctx)
		if err == nil {
			answer, known = got, true
		}
		return got, err
	}
}

// reviews finds the statements about what refs would gain, by the refs' places.
func (p *push) reviews(ctx context.Context, gaining []int) (map[int]analyzers.Reviews, error) {
	s, err := p.repo.statements(ctx, p.change.Refs)
	if s == nil || err != nil {
		return nil, err
	}
	older, err := p.topics(ctx, s, gaining)
	if err != nil {
		return nil, err
	}
	type gain struct {
		tip   string
		first *int // of the commits, which refs that gain the same share
	}
	all := map[int]analyzers.Reviews{}
	shared := map[gain]analyzers.Reviews{} // many refs of a push may have the same tip
	for _, i := range gaining {
		ref := &p.change.Refs[i]
		key := gain{p.tips[i], &ref.Commits[0]}
		reviews, known := shared[key]
		if !known {
			if reviews, err = s.about(ctx, p.change.Commits, ref, p.tips[i], older); err != nil {
				return nil, fmt.Errorf("%s: %w", ref.Ref, err)
			}
			shared[key] = reviews
		}
		all[i] = reviews
	}
	return all, nil
}

// topics returns the commits of topics that no protected ref has, those that the topics had before the push included; nil where no statement
// is about one of the latter, or nothing is protected, when that would be all of history.
func (p *push) topics(ctx context.Context, s *statements, gaining []int) (*source.Graph, error) {
	var tips []string
	for _, i := range gaining {
		if !p.change.Refs[i].Protected {
			tips = append(tips, p.tips[i])
		}
	}
	if len(tips) == 0 {
		return nil, nil
	}
	known, err := p.boundary(ctx, p.protected)
	if err != nil {
		return nil, err
	}
	if len(known.Near) == 0 {
		if known.Tips == nil {
			return nil, nil
		}
		if all, err := known.Tips(ctx); err != nil || len(all) == 0 {
			return nil, err
		}
	}
	slices.Sort(tips)
	g, err := p.repo.New(ctx, slices.Compact(tips), known)
	if err != nil {
		return nil, err
	}
	fresh := make(map[string]bool, len(p.change.Commits))
	for _, k := range p.change.Commits {
		fresh[k.ID] = true
	}
	if !slices.ContainsFunc(s.named, func(id string) bool { _, in := g.Parents[id]; return in && !fresh[id] }) {
		return nil, nil
	}
	return g, nil
}

// about returns the statements about what one ref gains: those whose commit is among its new ones, or among those of its topic that are older,
// and those whose commit has the tree of the new tip and whose change is the same.
func (s *statements) about(ctx context.Context, commits []*analyzers.Commit, ref *analyzers.RefChange, tip string, topics *source.Graph) (analyzers.Reviews, error) {
	fresh := make(map[string]int, len(ref.Commits))
	tree := ""
	for at, i := range ref.Commits {
		fresh[commits[i].ID] = at
		if commits[i].ID == tip {
			tree = commits[i].Tree
		}
	}
	older := map[string]int{}
	if topics != nil && !ref.Protected {
		reached := map[string]bool{}
		for _, id := range topics.Reachable(tip) {
			reached[id] = true
		}
		for at, id := range topics.Order {
			if reached[id] {
				older[id] = at - len(topics.Order) // before all that are new
			}
		}
	}
	type place struct {
		commit string
		at     int
	}
	var targets []place
	var others []string
	for _, id := range s.named {
		if at, in := fresh[id]; in {
			s.trees[id] = commits[ref.Commits[at]].Tree
			targets = append(targets, place{id, at})
		} else if at, in := older[id]; in {
			targets = append(targets, place{id, at})
			others = append(others, id)
		} else if len(others) < maxReviewTargets {
			others = append(others, id)
		}
	}
	if err := s.readTrees(ctx, others); err != nil {
		return analyzers.Reviews{}, err
	}
	same, err := s.squashed(ctx, commits, ref, tree, fresh, others)
	if err != nil {
		return analyzers.Reviews{}, err
	}
	for _, id := range same {
		if _, in := older[id]; !in {
			targets = append(targets, place{id, len(fresh)})
		}
	}
	slices.SortStableFunc(targets, func(a, b place) int { return a.at - b.at })
	var reviews analyzers.Reviews
	for _, t := range targets {
		list, unread, err := s.tags(ctx, t.commit)
		if err != nil {
			return analyzers.Reviews{}, err
		}
		reviews.Unread += unread
		for _, v := range list {
			v.Tip, v.Squash = t.commit == tip, slices.Contains(same, t.commit)
			reviews.List = append(reviews.List, v)
		}
	}
	return reviews, s.count(ctx, reviews.List, tip)
}

// readTrees reads the trees of commits, all in one go. A commit that is not there, or is none, has none.
func (s *statements) readTrees(ctx context.Context, ids []string) error {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, known := s.trees[id]; return known })
	return s.repo.ReadAll(ctx, ids, s.repo.maxHeader, func(i int, o source.Object, raw []byte, err error) error {
		switch {
		case errors.Is(err, ErrNotExist):
			s.trees[ids[i]] = ""
			return nil
		case err != nil:
			return err
		case o.Kind == "commit" && raw != nil:
			s.trees[ids[i]] = decodeCommit(o.ID, raw).Tree
		default:
			s.trees[ids[i]] = ""
		}
		return nil
	})
}

// squashed returns those of the commits whose change is the ref's, made into other commits: they have the same tree, and what the ref's new
// commits begin at are ancestors of theirs. Without the latter an approved tree that is older than what came in meanwhile would undo that, as
// if somebody had approved of it.
func (s *statements) squashed(ctx context.Context, commits []*analyzers.Commit, ref *analyzers.RefChange, tree string, fresh map[string]int, ids []string) ([]string, error) {
	var matches []string
	for _, id := range ids {
		if tree != "" && s.trees[id] == tree && len(matches) < maxReviewMatches {
			matches = append(matches, id)
		}
	}
	if len(matches) == 0 {
		return nil, nil
	}
	var bases []string
	for _, i := range ref.Commits {
		for _, parent := range commits[i].Parents {
			if _, new := fresh[parent]; !new && !slices.Contains(bases, parent) {
				if bases = append(bases, parent); len(bases) > maxReviewBases {
					return nil, nil
				}
			}
		}
	}
	if len(bases) == 0 { // it begins at nothing, so that nothing says that the approved change begins there too
		return nil, nil
	}
	var same []string
	for _, id := range matches {
		all := true
		for _, base := range bases {
			is, err := s.repo.isAncestor(ctx, &source.Graph{}, base, id)
			if err != nil {
				return nil, err
			}
			if all = is; !all {
				break
			}
		}
		if all {
			same = append(same, id)
		}
	}
	return same, nil
}

// tags reads the statements about one commit, and says how many it leaves unread. What is no tag, or a tag of something else than its name says, is no
// statement. Several refs that hold one tag state one thing.
func (s *statements) tags(ctx context.Context, commit string) (reviews []analyzers.Review, unread int, err error) {
	if known, is := s.tagged[commit]; is {
		return known, 0, nil
	}
	var list []statement
	var ids []string
	seen := map[string]bool{}
	for _, one := range s.of[commit] {
		switch {
		case seen[one.id]:
		case s.read >= maxReviews:
			unread++
		default:
			s.read++
			list, ids = append(list, one), append(ids, one.id)
		}
		seen[one.id] = true
	}
	err = s.repo.ReadAll(ctx, ids, s.repo.maxHeader, func(i int, o source.Object, raw []byte, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", list[i].ref, err)
		}
		if o.Kind != "tag" || raw == nil {
			return nil
		}
		if tag := decodeTag(o.ID, raw); tag.Type == "commit" && tag.Target == commit {
			reviews = append(reviews, analyzers.Review{Ref: list[i].ref, Tag: tag, New: list[i].new, Tree: s.trees[commit], Lines: -1})
		}
		return nil
	})
	if err == nil && unread == 0 {
		s.tagged[commit] = reviews
	}
	return reviews, unread, err
}

// count sets Lines, for the youngest targets.
func (s *statements) count(ctx context.Context, reviews []analyzers.Review, tip string) error {
	lines := map[string]int64{}
	for i := range slices.Backward(reviews) {
		v := &reviews[i]
		n, known := lines[v.Tag.Target]
		if !known {
			if len(lines) == maxReviewCounts {
				return nil
			}
			var err error
			if n, err = s.repo.changedLines(ctx, v.Tag.Target, tip); err != nil {
				return err
			}
			lines[v.Tag.Target] = n
		}
		v.Lines = n
	}
	return nil
}

// changedLines counts the lines that are added and removed between two commits; -1 where a file has no lines, or there is too much to read.
func (r *Repo) changedLines(ctx context.Context, from, to string) (int64, error) {
	if from == to {
		return 0, nil
	}
	both := []*source.Comparison{{Commit: to, Parents: []string{from}}, {Commit: from, Parents: []string{to}}}
	if err := r.Compare(ctx, both, source.Renames{Find: true, MaxBlob: r.maxBlob}); err != nil {
		return 0, err
	}
	var sides []source.Side
	for _, k := range both {
		if len(k.Entries) > maxReviewFiles {
			return -1, nil
		}
		for _, e := range k.Entries {
			sides = append(sides, e.Sides...)
		}
	}
	sizes := map[string]int64{}
	if err := (&content{src: r}).measure(ctx, sides, sizes); err != nil {
		return 0, err
	}
	total := int64(0)
	for _, size := range sizes {
		if total += size; size > r.maxBlob || total > maxReviewBytes {
			return -1, nil
		}
	}
	both = slices.DeleteFunc(both, func(k *source.Comparison) bool { return len(k.Entries) == 0 })
	n := int64(0)
	err := r.Lines(ctx, both, func(_ int, h analyzers.Hunk) error {
		if h.Binary || h.Unread != "" {
			n = -1
			return errStopped
		}
		n += int64(lineCount(h.Text))
		return nil
	})
	if err != nil && !errors.Is(err, errStopped) {
		return 0, err
	}
	return n, nil
}
