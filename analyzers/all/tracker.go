package all

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/refward/refward/analyzers/dor"
	"github.com/refward/refward/internal/signed"
	"github.com/refward/refward/internal/tracker"
)

// trackerOf returns the tracker that a policy names; nil when it names none.
func trackerOf(c tracker.Config) dor.Tracker {
	if !c.On() {
		return nil
	}
	t := &issues{config: c}
	t.open = sync.OnceValues(t.read)
	return t
}

// issues answers for the snapshot of a tracker, which is read when the first question comes: most pushes that a server sees are judged
// by it, most commits on a clone are not.
type issues struct {
	config tracker.Config
	open   func() (*tracker.File, error)
}

func (t *issues) read() (*tracker.File, error) {
	keys, err := signed.Collect(t.config.Keys)
	if err != nil {
		return nil, err
	}
	return tracker.Open(t.config.File, keys)
}

func (t *issues) About() (dor.About, error) {
	f, err := t.open()
	if t.config.Optional && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)) {
		return dor.About{Stale: "there is no snapshot of the tracker on this machine", Silent: true}, nil
	}
	if err != nil {
		return dor.About{}, err
	}
	about := dor.About{Partial: !f.Complete}
	age := time.Since(f.TakenAt)
	switch {
	case age < -ahead:
		return dor.About{}, fmt.Errorf("the snapshot %s was taken in the future, at %s: see which clock is wrong", t.config.File, f.TakenAt.Format(time.RFC3339))
	case age <= t.config.Age():
		return about, nil
	}
	about.Stale = fmt.Sprintf("it was taken at %s, and is to be at most %s old", f.TakenAt.Format(time.RFC3339), t.config.Age())
	switch t.config.WhenStale {
	case tracker.Skip:
		about.Silent = true
	case tracker.Refuse:
		return dor.About{}, errors.New("the snapshot is stale: " + about.Stale)
	}
	return about, nil
}

// ahead is how far another machine's clock may be before this one's.
const ahead = 10 * time.Minute

func (t *issues) Issue(key string) (dor.Issue, bool, error) {
	f, err := t.open()
	if err != nil {
		return dor.Issue{}, false, err
	}
	issue, known, err := f.Issue(key)
	return dor.Issue{State: issue.State, Acceptance: issue.Acceptance}, known, err
}
