package balance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/gofrs/flock"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/internal/durable"
)

const (
	// Window is how long, in seconds, an assignment counts as load.
	Window = 14 * 86400
	// maxLedger bounds the file: 100,000 assignments in two weeks.
	maxLedger = 16 << 20
)

// An Assignment says who was asked for what.
type Assignment struct {
	At     int64             `json:"at"` // unix seconds
	Person activity.PersonID `json:"person"`
	Change string            `json:"change"` // what identifies the change, so that it is assigned once

	// Mail says who the person is where numbers are given anew, as by another .mailmap; "" = the number holds.
	Mail string `json:"mail,omitempty"`
}

// A Ledger is what was assigned lately, oldest first.
type Ledger struct {
	Version     int          `json:"version"`
	Assignments []Assignment `json:"assignments"`
}

// Assigned returns how many changes each person was assigned in the [Window] before a time.
func (l *Ledger) Assigned(at int64) map[activity.PersonID]int {
	out := map[activity.PersonID]int{}
	for _, a := range l.Assignments {
		if a.At <= at && a.At > at-Window {
			out[a.Person]++
		}
	}
	return out
}

// Of returns to whom a change was assigned.
func (l *Ledger) Of(change string) (activity.PersonID, bool) {
	i := slices.IndexFunc(l.Assignments, func(a Assignment) bool { return a.Change == change })
	if i < 0 {
		return 0, false
	}
	return l.Assignments[i].Person, true
}

// Renumber gives people the numbers that of says they have now, by their mails; false = nobody has the mail, and what was assigned is forgotten.
func (l *Ledger) Renumber(of func(mail string) (activity.PersonID, bool)) {
	l.Assignments = slices.DeleteFunc(l.Assignments, func(a Assignment) bool {
		_, ok := of(a.Mail)
		return a.Mail != "" && !ok
	})
	for i, a := range l.Assignments {
		if p, ok := of(a.Mail); ok && a.Mail != "" {
			l.Assignments[i].Person = p
		}
	}
}

// Add notes an assignment, and forgets what is older than the [Window]. A change that was assigned before is assigned anew.
func (l *Ledger) Add(a Assignment) {
	l.Assignments = slices.DeleteFunc(l.Assignments, func(b Assignment) bool { return b.Change == a.Change || b.At <= a.At-Window })
	l.Assignments = append(l.Assignments, a)
}

// Update reads the ledger in a file, lets change change it, and puts it back, while a lock beside the file keeps others out. A file that
// is not there is an empty ledger. When change fails, the file stays as it was.
func Update(path string, change func(*Ledger) error) (err error) {
	lock := flock.New(path + ".lock")
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	l, err := Read(path)
	if err != nil {
		return err
	}
	if err := change(l); err != nil {
		return err
	}
	data, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return durable.Replace(path, append(data, '\n'), 0o600)
}

// Read reads a ledger; one that is not there is empty. It takes no lock: files are replaced whole.
func Read(path string) (*Ledger, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Ledger{Version: 1}, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > maxLedger {
		return nil, fmt.Errorf("%s: %d bytes, at most %d", path, info.Size(), maxLedger)
	}
	data, err := os.ReadFile(path) // #nosec G304 -- the administrator names it
	if err != nil {
		return nil, err
	}
	return decode(path, data)
}

func decode(path string, data []byte) (*Ledger, error) {
	l := &Ledger{}
	if err := json.Unmarshal(data, l); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if l.Version != 1 {
		return nil, fmt.Errorf("%s: version %d, want 1", path, l.Version)
	}
	for _, a := range l.Assignments {
		if a.Person > activity.MaxPerson || a.At < 0 {
			return nil, fmt.Errorf("%s: person %d at %d is out of range", path, a.Person, a.At)
		}
	}
	return l, nil
}
