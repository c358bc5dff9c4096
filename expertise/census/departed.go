package census

import (
	"context"
	"slices"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/internal/gitio"
)

// DepartedAfter is how long before the tip somebody has made their last commit who counts as departed.
const DepartedAfter = 365 * 24 * time.Hour

// pastOld is how many generations of older commits in a row are looked behind for younger ones. A parent is older than its child but where a
// clock was wrong: one that was would otherwise hide all that came before it. git-rev-list(1), "--since", looks at a few as well; in git's own history 10 are a quarter more commits
// to read than 0, and 32 three times as many.
const pastOld = 10

// findDeparted marks who has made no commit for a long time. Who has lines here is not who has made the last commits: what they wrote may be gone.
// People are joined over those who have lines and those who have made these commits.
func (c *Census) findDeparted(ctx context.Context, repo *gitio.Repo) error {
	recent, err := c.recentAuthors(ctx, repo)
	if err != nil {
		return err
	}
	n := c.names
	if err := n.all(); err != nil {
		return err
	}
	dir, err := people.Join(slices.Concat(n.authors, recent), n.options)
	if err != nil {
		return err
	}
	active := make([]bool, dir.Len())
	for _, id := range recent {
		active[dir.Of(id)] = true
	}
	for _, p := range n.known {
		p.gone = true
	}
	for a, p := range n.known {
		if active[dir.Of(n.authors[a])] {
			p.gone = false
		}
	}
	c.departed = true
	return nil
}

// A generation is commits that are the same number of steps from the tip.
type generation struct {
	ids  []string
	left map[string]int // of each commit that was reached: how many more old generations are looked behind from there
}

func (g *generation) reach(id string, left int) {
	if was, seen := g.left[id]; !seen || left > was {
		g.left[id] = left
		g.ids = append(g.ids, id)
	}
}

// recentAuthors returns the authors of the commits that the tip reaches and that were made within DepartedAfter of it: authored, and not
// committed before that either, which takes a clock that was wrong. It walks back from the tip for as long as there may be any.
func (c *Census) recentAuthors(ctx context.Context, repo *gitio.Repo) ([]people.Ident, error) {
	edge, err := repo.ShallowEdge()
	if err != nil {
		return nil, err
	}
	since := c.Date.Add(-DepartedAfter)
	authors, seen := []people.Ident(nil), map[people.Ident]bool{}
	parents := map[string][]string{}
	recent := map[string]bool{}
	g := generation{left: map[string]int{}}
	g.reach(c.Tip, pastOld)
	for len(g.ids) > 0 {
		ids := g.ids
		g.ids = nil
		slices.Sort(ids)
		ids = slices.Compact(ids)
		unread := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, known := parents[id]; return known })
		err := repo.CommitHeads(ctx, unread, func(i int, head *analyzers.Commit) error {
			id := unread[i]
			parents[id] = head.Parents
			if _, cut := slices.BinarySearch(edge, id); cut {
				parents[id] = nil
			}
			if recent[id] = !head.Committer.When.Before(since); recent[id] && !head.Author.When.Before(since) {
				who := people.Ident{Name: head.Author.Name, Mail: head.Author.Email}
				if !seen[who] {
					seen[who] = true
					authors = append(authors, who)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			left := g.left[id] - 1
			if recent[id] {
				left = pastOld
			}
			if left < 0 {
				continue
			}
			for _, p := range parents[id] {
				g.reach(p, left)
			}
		}
	}
	return authors, nil
}
