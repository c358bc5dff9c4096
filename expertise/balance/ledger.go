package balance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/internal/durable"
)

const (
	// Window is how long, in seconds, an assignment counts as load.
	Window = 14 * 86400
	// maxLedger bounds the file: 100,000 assignments in two weeks.
	maxLedger = 16 << 20
	// Patience is how long Update waits for its turn. One turn takes milliseconds.
	Patience = 10 * time.Second
	retry    = 20 * time.Millisecond
)

var (
	// ErrBusy says that others have the lock of a ledger all the time. The text names the lock.
	ErrBusy = errors.New("another process has the lock")
	// ErrDamaged says that a file is no ledger. The text names it.
	ErrDamaged = errors.New("not a list of assignments")
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
	p, _, ok := l.of(change)
	return p, ok
}

// of returns to whom a change was assigned, and when.
func (l *Ledger) of(change string) (p activity.PersonID, at int64, ok bool) {
	i := slices.IndexFunc(l.Assignments, func(a Assignment) bool { return a.Change == change })
	if i < 0 {
		return 0, 0, false
	}
	return l.Assignments[i].Person, l.Assignments[i].At, true
}

// Renumber gives people the numbers that of says they have now, by the mail of an assignment; false = who is meant is not known, and what was assigned
// is forgotten. It is asked with the number that was stored, since of a mail that people share only that says whom of them it was.
func (l *Ledger) Renumber(of func(mail string, stored activity.PersonID) (activity.PersonID, bool)) {
	l.Assignments = slices.DeleteFunc(l.Assignments, func(a Assignment) bool {
		_, ok := of(a.Mail, a.Person)
		return a.Mail != "" && !ok
	})
	for i, a := range l.Assignments {
		if p, ok := of(a.Mail, a.Person); ok && a.Mail != "" {
			l.Assignments[i].Person = p
		}
	}
}

// Add notes an assignment, and forgets what is older than the [Window]. A change that was assigned before is assigned anew.
func (l *Ledger) Add(a Assignment) {
	l.Assignments = slices.DeleteFunc(l.Assignments, func(b Assignment) bool { return b.Change == a.Change || b.At <= a.At-Window })
	l.Assignments = append(l.Assignments, a)
}

// Forget removes what was assigned until a time, in unix seconds, and returns how much that was.
func (l *Ledger) Forget(until int64) int {
	n := len(l.Assignments)
	l.Assignments = slices.DeleteFunc(l.Assignments, func(a Assignment) bool { return a.At <= until })
	return n - len(l.Assignments)
}

// Update reads the ledger in a file, forgets what is older than the [Window] or, by a clock that was wrong, more than a day ahead of now, lets
// change change it, and puts it back, while a lock beside the file keeps others out. A file that is not there is an empty ledger. When
// change fails, the file stays as it was. Errors: [ErrBusy] when others have the lock for longer than [Patience], or until ctx is done, and [ErrDamaged].
func Update(ctx context.Context, path string, now time.Time, change func(*Ledger) error) (err error) {
	unlock, err := lock(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	l, err := Read(path)
	if err != nil {
		return err
	}
	l.Forget(now.Unix() - Window)
	l.Assignments = slices.DeleteFunc(l.Assignments, func(a Assignment) bool { return a.At > now.Unix()+86400 })
	if err := change(l); err != nil {
		return err
	}
	return l.write(path)
}

// Expire removes from the ledger in a file what was assigned until a time, in unix seconds, and the file where nothing is left of it. It returns
// how much it removed, and whether the file is gone. Errors are those of [Update].
func Expire(ctx context.Context, path string, until int64) (n int, gone bool, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil // and no lock is made for it
	}
	unlock, err := lock(ctx, path)
	if err != nil {
		return 0, false, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	l, err := Read(path)
	if err != nil {
		return 0, false, err
	}
	n = l.Forget(until)
	switch {
	case len(l.Assignments) == 0:
		err = os.Remove(path)
		if errors.Is(err, fs.ErrNotExist) {
			return 0, false, nil
		}
		return n, err == nil, err
	case n == 0:
		return 0, false, nil
	}
	return n, false, l.write(path)
}

// write puts a ledger in its file. Whoever calls it has the lock.
func (l *Ledger) write(path string) error {
	data, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if len(data) >= maxLedger { // nobody could read it
		return fmt.Errorf("write %s: more than %d bytes", path, maxLedger)
	}
	return durable.Replace(path, append(data, '\n'), 0o600)
}

// lock keeps other processes out. A lock ends with the process that holds it (flock(2)), so that none is left behind by one that was killed.
func lock(ctx context.Context, path string) (unlock func() error, err error) {
	patient, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	l := flock.New(path+".lock", flock.SetPermissions(0o600))
	_, err = l.TryLockContext(patient, retry)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %s: %w", ErrBusy, l.Path(), ctx.Err())
	case patient.Err() != nil:
		return nil, fmt.Errorf("%w for more than %v: %s", ErrBusy, Patience, l.Path())
	default:
		return nil, fmt.Errorf("lock %s: %w", l.Path(), err)
	}
	return l.Unlock, nil
}

// Read reads a ledger; one that is not there is empty. The error is [ErrDamaged] where the file is none. It takes no lock: files are replaced whole.
func Read(path string) (*Ledger, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Ledger{Version: 1}, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > maxLedger {
		return nil, fmt.Errorf("%w: %s: %d bytes, at most %d", ErrDamaged, path, info.Size(), maxLedger)
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
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
	}
	if l.Version != 1 {
		return nil, fmt.Errorf("%w: %s: version %d, want 1", ErrDamaged, path, l.Version)
	}
	for _, a := range l.Assignments {
		if a.Person > activity.MaxPerson || a.At < 0 {
			return nil, fmt.Errorf("%w: %s: person %d at %d is out of range", ErrDamaged, path, a.Person, a.At)
		}
	}
	return l, nil
}
