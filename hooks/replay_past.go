package hooks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/audit"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/report"
)

// A past is what happened.
type past struct {
	units  []pastUnit        // commits newest first, pushes oldest first
	ref    string            // whose policy applies; "" = of each push its own
	start  map[string]string // where the refs were before the first push of the log, by name
	others int               // records about other repositories
}

// A pastUnit is one change of the past: a commit of a branch's own line, or a push.
type pastUnit struct {
	number  int // among the units, from the newest
	id      string
	when    time.Time
	updates []analyzers.RefUpdate

	push   bool // as the log has it
	in     bool // it was let in
	pusher analyzers.Identity
	hidden bool              // a name of a ref was redacted: which one it was nobody knows
	refs   map[string]string // where the refs were then; set by each
}

// past lists what is to be judged.
func (p *replayer) past(ctx context.Context, o ReplayOptions) (*past, error) {
	if o.Pushes {
		return p.pushes(o)
	}
	old, new, ok := strings.Cut(o.Range, "..")
	switch {
	case strings.HasPrefix(new, "."):
		return nil, &usageError{fmt.Errorf("a range is OLD..NEW with two dots, not %q", o.Range)}
	case !ok:
		old, new = "", o.Range
	case old == "":
		old = "HEAD"
	}
	if new == "" {
		new = "HEAD"
	}
	out := &past{ref: o.Ref}
	if out.ref == "" {
		branch := "refs/heads/" + new
		if _, err := p.before.repo.Resolve(ctx, branch); err == nil && new != "HEAD" {
			out.ref = branch
		} else if out.ref, err = p.before.repo.HeadBranch(ctx); err != nil {
			return nil, err
		}
	}
	if out.ref == "" {
		return nil, &usageError{errors.New("HEAD is detached: say with --ref which ref's policy applies, such as --ref refs/heads/main")}
	}
	steps, err := p.before.repo.Steps(ctx, old, new)
	if errors.Is(err, gitio.ErrNotExist) {
		return nil, &usageError{err}
	}
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		if s.Committed.Before(o.Since) {
			continue
		}
		update := analyzers.RefUpdate{Old: s.Parent, New: s.Commit, Ref: out.ref}
		out.units = append(out.units, pastUnit{number: len(out.units), id: s.Commit, when: s.Committed, updates: []analyzers.RefUpdate{update}})
	}
	return out, nil
}

// pushes lists the pushes that the log of the repository has. Where a ref was before the first push that moves it, that push says.
func (p *replayer) pushes(o ReplayOptions) (*past, error) {
	if o.Range != "" {
		return nil, &usageError{errors.New("--pushes takes what the audit log has: leave out the range, and name a date with --since")}
	}
	out := &past{start: map[string]string{}}
	moved := map[string]bool{}
	path := p.before.auditFile()
	torn, err := audit.Decisions(path, func(r audit.Record) error {
		if !p.ours(path, r.Repository) {
			out.others++
			return nil
		}
		u := pastUnit{
			id: r.PushID, when: r.Time, push: true, in: r.Verdict.Exit == 0,
			pusher: analyzers.Identity{Name: r.Pusher.Name, Source: r.Pusher.Source, Key: r.Pusher.Key},
		}
		for _, ref := range r.Refs {
			name, err := report.UnquotePath(ref.Ref)
			u.hidden = u.hidden || err != nil || strings.Contains(name, report.Redacted)
			update := analyzers.RefUpdate{Old: ref.Old, New: ref.New, Ref: name}
			u.updates = append(u.updates, update)
			if !moved[name] && !update.Creates() {
				out.start[name] = ref.Old
			}
			moved[name] = true
		}
		out.units = append(out.units, u)
		return nil
	})
	if err != nil {
		return nil, &usageError{fmt.Errorf("%w\nhint: pushes are recorded where refward judges them: on the server, in its repository", err)}
	}
	if torn > 0 {
		p.before.Log.Warn().Int("lines", torn).Str("file", path).Msg("lines of the audit log that are no records")
	}
	// Numbers go from the newest; the order stays, since where the refs were follows from it.
	for i := range out.units {
		out.units[i].number = len(out.units) - 1 - i
	}
	return out.since(o.Since), nil
}

// unit returns the unit of a number.
func (p *past) unit(number int) *pastUnit {
	if p.start != nil {
		number = len(p.units) - 1 - number
	}
	return &p.units[number]
}

// since leaves out older pushes, and keeps where they left the refs.
func (p *past) since(when time.Time) *past {
	for len(p.units) > 0 && p.units[0].when.Before(when) {
		move(p.start, &p.units[0])
		p.units = p.units[1:]
	}
	return p
}

// ours reports whether a record is about the repository: a log in the repository itself is, and one of many repositories names it, by its path or by
// the end of it, which hosts call it.
func (p *replayer) ours(path, recorded string) bool {
	if path != p.before.stack.AuditFile() || recorded == p.before.repository() {
		return true
	}
	name, err := report.UnquotePath(recorded)
	dir := strings.TrimSuffix(strings.ReplaceAll(p.before.repo.Dir(), `\`, "/"), ".git")
	return err == nil && name != "" && strings.HasSuffix(dir, "/"+strings.TrimSuffix(name, ".git"))
}

// move takes the refs to where a push left them.
func move(refs map[string]string, u *pastUnit) {
	if !u.in {
		return
	}
	for _, update := range u.updates {
		if update.Deletes() {
			delete(refs, update.Ref)
		} else {
			refs[update.Ref] = update.New
		}
	}
}

// each hands over the units whose numbers are open, until use returns false.
func (p *past) each(open []int, use func(*pastUnit) bool) {
	if p.start == nil {
		for _, number := range open {
			if !use(p.unit(number)) {
				return
			}
		}
		return
	}
	wanted := make(map[int]bool, len(open))
	for _, number := range open {
		wanted[number] = true
	}
	refs := maps.Clone(p.start)
	for i := range p.units {
		u := &p.units[i]
		if wanted[u.number] {
			if u.in { // the log is not all: refs may have moved while no hook was there, and what was let in here be refused by another
				for _, update := range u.updates {
					if update.Creates() {
						delete(refs, update.Ref)
					} else {
						refs[update.Ref] = update.Old
					}
				}
			}
			at := *u
			at.refs = maps.Clone(refs)
			if !use(&at) {
				return
			}
		}
		move(refs, u)
	}
}
