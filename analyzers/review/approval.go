package review

import (
	"context"
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/attest"
)

// A gain is what one ref gains, and who has approved of it.
type gain struct {
	ref      *analyzers.RefChange
	signed   []*approver
	named    [][]person // of each new commit: by trailers
	progress []checkpoint
	invalid  []analyzers.Finding

	any      []bool // of each new commit: whether enough have approved, by any evidence
	attested []bool // by signatures
}

// An approver is somebody who has signed approvals that count.
type approver struct {
	person
	covers []bool   // of the new commits
	ids    []string // of the commits that were approved, the oldest first
}

// gain reads the statements about what a ref gains.
func (v *reviewer) gain(ctx context.Context, ref *analyzers.RefChange) (*gain, error) {
	g := &gain{ref: ref, named: make([][]person, len(ref.Commits))}
	var reviews analyzers.Reviews
	if v.signatures && ref.Reviews != nil {
		var err error
		if reviews, err = ref.Reviews(ctx); err != nil {
			return g, fmt.Errorf("read statements about %s: %w", analyzers.Shorten(ref.Ref, maxShown), err)
		}
		if reviews.Unread > 0 {
			v.skipped = append(v.skipped, analyzers.Skip{What: "statements", Why: fmt.Sprintf("%d more than are read", reviews.Unread)})
		}
	}
	v.within(g, func() {
		v.readStatements(g, reviews.List)
		v.readTrailers(g)
		g.any, g.attested = v.enough(g, true, nil), v.enough(g, false, nil)
	})
	return g, nil
}

// within runs f while v.at has the places of the ref's commits.
func (v *reviewer) within(g *gain, f func()) {
	for n, i := range g.ref.Commits {
		v.at[i] = n
	}
	f()
	for _, i := range g.ref.Commits {
		v.at[i] = -1
	}
}

func (v *reviewer) readStatements(g *gain, reviews []analyzers.Review) {
	place := make(map[string]int, len(g.ref.Commits))
	if len(reviews) > 0 {
		for n, i := range g.ref.Commits {
			place[v.change.Commits[i].ID] = n
		}
	}
	for i := range reviews {
		s := &reviews[i]
		kind, _ := attest.Of(s.Ref, s.Tag)
		if kind == "" {
			continue // a release is no approval, nor is what says one thing and points to another
		}
		commit := s.Tag.Target
		signature := v.signature(s.Tag)
		if signature.Good && (signature.Owns == nil || !signature.Owns(s.Tag.Tagger.Email)) {
			signature.Good, signature.Status = false, "the key is not that of "+shown(s.Tag.Tagger.Email) // whoever signs says who it is
		}
		if !signature.Good {
			g.invalid = append(g.invalid, invalid(g.ref.Ref, s.Tag, signature))
			continue
		}
		by := signedBy(s.Tag, signature)
		n, new := place[commit]
		if !new {
			n = -1
		}
		if percent := attest.Progress(kind); percent != 0 {
			g.progress = append(g.progress, checkpoint{percent: percent, by: by, at: n, rank: i, commit: commit, lines: s.Lines})
			continue
		}
		a := g.approver(by)
		a.ids = append(a.ids, commit)
		switch {
		case new:
			v.cover(g, a, n)
		case s.Squash: // what the ref becomes is what was approved
			for n := range a.covers {
				a.covers[n] = true
			}
		}
		g.progress = append(g.progress, checkpoint{by: by, at: n, rank: i, commit: commit, lines: s.Lines})
	}
}

func (g *gain) approver(by person) *approver {
	for _, a := range g.signed {
		if a.same(&by) {
			return a
		}
	}
	a := &approver{person: by, covers: make([]bool, len(g.ref.Commits))}
	g.signed = append(g.signed, a)
	return a
}

// cover marks a commit and all new ones that are its ancestors.
func (v *reviewer) cover(g *gain, a *approver, n int) {
	todo := []int{n}
	for len(todo) > 0 {
		n = todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if a.covers[n] {
			continue
		}
		a.covers[n] = true
		for _, parent := range v.parents[g.ref.Commits[n]] {
			if parent >= 0 && v.at[parent] >= 0 {
				todo = append(todo, v.at[parent])
			}
		}
	}
}

// readTrailers finds who is named as a reviewer of each commit, by itself or by the merge that brings it.
func (v *reviewer) readTrailers(g *gain) {
	for n, i := range g.ref.Commits {
		if len(v.people[i].reviewers) == 0 {
			continue
		}
		var by []person
		for _, mail := range v.people[i].reviewers {
			by = append(by, v.named(mail))
		}
		g.named[n] = append(g.named[n], by...)
		if !v.change.Commits[i].Merge() {
			continue
		}
		had := v.reach(v.parents[i][:1], nil)
		for parent := range v.reach(v.parents[i][1:], had) {
			g.named[v.at[parent]] = append(g.named[v.at[parent]], by...)
			v.steps += len(by)
		}
	}
}

// reach returns the commits of the ref at hand that some reach, but for those of without.
func (v *reviewer) reach(from []int, without map[int]bool) map[int]bool {
	seen := map[int]bool{}
	todo := append([]int(nil), from...)
	for len(todo) > 0 {
		if v.steps >= maxSteps { // what is not found counts as not approved
			v.skipped = append(v.skipped, analyzers.Skip{What: "trailers of merges", Why: "more merges than are followed"})
			break
		}
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if i < 0 || v.at[i] < 0 || seen[i] || without[i] {
			continue
		}
		seen[i] = true
		v.steps++
		todo = append(todo, v.parents[i]...)
	}
	return seen
}

// enough reports of each new commit whether enough persons have approved who have not made it, and are not the one to leave out. A merge of something
// that has enough, and has all that the merge joins, into what it stands on brings nothing but that, and needs nobody. Any other merge decides something:
// which side to take of what both have.
func (v *reviewer) enough(g *gain, trailers bool, without func(*person) bool) []bool {
	ok := make([]bool, len(g.ref.Commits))
	for n, i := range g.ref.Commits {
		if brings := v.brings[i]; brings >= 0 && v.at[brings] >= 0 && ok[v.at[brings]] {
			ok[n] = true
			continue
		}
		var by []*person
		count := func(p *person) {
			if v.among(p, v.people[i].made) || without != nil && without(p) {
				return
			}
			for _, q := range by {
				if q.same(p) {
					return
				}
			}
			by = append(by, p)
		}
		for _, a := range g.signed {
			if a.covers[n] {
				count(&a.person)
			}
		}
		if trailers {
			for p := range g.named[n] {
				count(&g.named[n][p])
			}
		}
		ok[n] = len(by) >= v.opts.Approvals
	}
	return ok
}

// approval returns what is wrong with who has approved.
func (v *reviewer) approval(g *gain) []analyzers.Finding {
	var list []analyzers.Finding
	if n := missing(g.any); n > 0 {
		list = append(list, v.found(g, unapproved, groupApproval, g.any,
			v.approve(g)+"; or a trailer Reviewed-by where that is enough",
			"%d of %d new commits have no approval of %s", n, len(g.any), others(v.opts.Approvals)))
		if by, ok := v.selfApproved(g); ok {
			list = append(list, v.found(g, selfApproval, groupApproval, g.any, v.approve(g),
				"the approval of %s is of somebody who has made the change", shown(by)))
		}
	}
	if !v.signatures {
		return list
	}
	if n := missing(g.attested); n > 0 {
		list = append(list, v.found(g, unattested, groupApproval, g.attested, v.approve(g),
			"%d of %d new commits have no signed approval of %s that counts", n, len(g.attested), others(v.opts.Approvals)))
		if a := v.stale(g); a != nil {
			list = append(list, v.found(g, staleApproval, groupApproval, g.attested, v.approve(g),
				"%s has approved of %.12s, and not of what came after it", shown(a.name), a.ids[len(a.ids)-1]))
		}
	}
	if missing(g.attested) > 0 { // else nobody needs them: a stranger's statement must not keep anything out
		list = append(list, g.invalid...)
	}
	return list
}

// selfApproved returns who has approved where nobody has who did not make it.
func (v *reviewer) selfApproved(g *gain) (string, bool) {
	for n, i := range g.ref.Commits {
		if g.any[n] {
			continue
		}
		own, other := "", false
		look := func(p *person) {
			if v.among(p, v.people[i].made) {
				own = p.name
			} else {
				other = true
			}
		}
		for _, a := range g.signed {
			if a.covers[n] {
				look(&a.person)
			}
		}
		for p := range g.named[n] {
			look(&g.named[n][p])
		}
		if own != "" && !other {
			return own, true
		}
	}
	return "", false
}

// stale returns somebody who might approve of a commit that lacks it, and has approved of another revision alone.
func (v *reviewer) stale(g *gain) *approver {
	for n, i := range g.ref.Commits {
		for _, a := range g.signed {
			if !g.attested[n] && !a.covers[n] && !v.among(&a.person, v.people[i].made) {
				return a
			}
		}
	}
	return nil
}

// merger returns what is wrong with who pushes.
func (v *reviewer) merger(g *gain) []analyzers.Finding {
	if !v.pushers || v.change.Kind != analyzers.KindPush {
		return nil
	}
	who, known, why := v.directory.Pusher(v.change.Pusher)
	if !known {
		return []analyzers.Finding{{
			Rule: mergerUnknown, Group: groupMerger, Severity: analyzers.Medium, Ref: g.ref.Ref, Key: mergerUnknown + "\x00" + v.change.Pusher.Name,
			Message: "it is not known who pushes: " + analyzers.Shorten(why, 3*maxShown), Hint: "push with your own account, or ask the administrators to add it",
		}}
	}
	var list []analyzers.Finding
	is := person{name: who.Login, logins: loginsOf(who.Login), owns: who.Owns}
	others := make([]bool, len(g.ref.Commits))
	for n, i := range g.ref.Commits {
		others[n] = !v.among(&is, v.people[i].authors)
	}
	if missing(others) > 0 {
		list = append(list, v.found(g, authorMerges, groupMerger, others, "have somebody push it who has not written it",
			"%s pushes and is an author of what comes in", shown(who.Login)))
	}
	// Whoever is counted as an approver must not be missed where the pusher is left out.
	var left []bool
	v.within(g, func() { left = v.enough(g, true, func(p *person) bool { return is.same(p) }) })
	for n := range left {
		left[n] = left[n] || !g.any[n]
	}
	if missing(left) > 0 {
		list = append(list, v.found(g, approverMerges, groupMerger, left, "have somebody push it who has not approved of it, or one more approve",
			"%s pushes, and is who has approved of it", shown(who.Login)))
	}
	return list
}

// approve says what another person is to type. A commit that was refused is nowhere but where it was made: it goes to a topic first.
func (v *reviewer) approve(g *gain) string {
	return v.ask(g, "approve --push")
}

func (v *reviewer) ask(g *gain, command string) string {
	tip := v.change.Commits[g.ref.Commits[len(g.ref.Commits)-1]].ID // all others are its ancestors
	return fmt.Sprintf("push it to a topic branch; somebody who has no part in it then types: git fetch && refward %s %.12s", command, tip)
}

// found makes the one finding of a rule about a ref; ok tells the commits that are not meant.
func (v *reviewer) found(g *gain, rule, group string, ok []bool, hint, format string, args ...any) analyzers.Finding {
	key := []string{rule, g.ref.Ref}
	for n, i := range g.ref.Commits {
		if n < len(ok) && !ok[n] {
			k := v.change.Commits[i]
			key = append(key, k.Author.Email, k.Subject())
			break
		}
	}
	return analyzers.Finding{
		Rule: rule, Group: group, Severity: analyzers.Medium, Ref: g.ref.Ref, Hint: hint,
		Message: fmt.Sprintf(format, args...), Key: strings.Join(key, "\x00"),
	}
}

func missing(ok []bool) int {
	n := 0
	for _, is := range ok {
		if !is {
			n++
		}
	}
	return n
}

func others(n int) string {
	if n == 1 {
		return "another person"
	}
	return fmt.Sprintf("%d other persons", n)
}
