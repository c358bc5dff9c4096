package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode"

	"github.com/gofrs/flock"
)

// StateVersion is the version of the file that a replay goes on from.
const StateVersion = 1

// A Header is the first line of that file. A replay goes on only where all of it is as it was: records of another policy or another history
// would be counted together.
type Header struct {
	Version int      `json:"refward_replay"` // StateVersion
	Tool    string   `json:"tool_version"`
	Before  string   `json:"before"`   // digest of the present policy, with the repository's own
	After   string   `json:"after"`    // likewise of the other one
	Stored  string   `json:"stored"`   // full id of the commit from which the repository's own policy and its baseline come; "" = none
	Allow   string   `json:"allow"`    // digest of what the allow files of both policies say
	Units   int      `json:"units"`    // number of changes
	History string   `json:"history"`  // digest of their ids: the repository and the range
	Ref     string   `json:"ref"`      // whose policy applies; "" = of each push its own
	Only    []string `json:"only"`     // analyzers; empty = all
	GroupBy string   `json:"group_by"` // "author", "domain" or "none"
}

// differs says in words what of a header is not as the replay at hand has it; "" = all is.
func (h *Header) differs(now *Header) string {
	for _, c := range []struct{ what, was, is string }{
		{"version of the file", fmt.Sprint(h.Version), fmt.Sprint(now.Version)},
		{"version of refward", h.Tool, now.Tool},
		{"present policy (--against)", h.Before, now.Before},
		{"other policy (--policy)", h.After, now.After},
		{"tip of HEAD's branch", h.Stored, now.Stored},
		{"allow file", h.Allow, now.Allow},
		{"number of changes", fmt.Sprint(h.Units), fmt.Sprint(now.Units)},
		{"repository or range", h.History, now.History},
		{"ref (--ref)", h.Ref, now.Ref},
		{"list of analyzers (--only)", strings.Join(h.Only, ","), strings.Join(now.Only, ",")},
		{"grouping (--group-by)", h.GroupBy, now.GroupBy},
	} {
		if c.was != c.is {
			return fmt.Sprintf("it is of another %s: %q, now %q", c.what, c.was, c.is)
		}
	}
	return ""
}

// ErrState says that a file cannot be gone on from.
var ErrState = errors.New("the replay cannot go on from this file")

// maxLine bounds a line of the file, in bytes. A record with findings of every rule there is has some 20 kB.
const maxLine = 1 << 20

// A State is the file that an interrupted replay goes on from: a header and a record a line. It is safe for concurrent use.
type State struct {
	mu   sync.Mutex
	f    *os.File
	lock *flock.Flock
}

// Open opens the file at path, or makes it, and hands over each record that it holds. A last line without an end was being written when the
// replay was killed: it is cut off, and that change is judged again. ids are the changes' own, which the records must name. An error that wraps ErrState says what is
// wrong with the file, which is left as it is.
func Open(path string, h Header, ids func(unit int) string, use func(Record)) (s *State, err error) {
	h.Version = StateVersion
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the state of the replay: %w", err)
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	defer func() {
		if err != nil {
			err = errors.Join(err, lock.Close(), f.Close())
		}
	}()
	switch alone, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("lock the state of the replay: %w", err)
	case !alone:
		return nil, fmt.Errorf("%w: another replay writes to %s: wait for it, or name another file", ErrState, path)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("%w: %s is not a regular file", ErrState, path), err)
	}
	whole, err := Read(f, h, ids, use)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := f.Truncate(whole); err != nil {
		return nil, fmt.Errorf("cut off a torn line: %w", err)
	}
	if _, err := f.Seek(whole, io.SeekStart); err != nil {
		return nil, err
	}
	s = &State{f: f, lock: lock}
	if whole == 0 {
		return s, s.write(h)
	}
	return s, nil
}

// Read reads a state and returns how many bytes of it are whole lines; 0 = it is to be begun.
func Read(from io.Reader, h Header, ids func(unit int) string, use func(Record)) (whole int64, err error) {
	h.Version = StateVersion
	in := bufio.NewReaderSize(from, 64<<10)
	seen := map[int]bool{}
	for n := 1; ; n++ {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			if n == 1 && len(line) > 0 && !bytes.HasPrefix(line, []byte(headerStart)) && !strings.HasPrefix(headerStart, string(line)) {
				return 0, fmt.Errorf("%w: it is no state of a replay, and is left as it is", ErrState)
			}
			return whole, nil
		}
		if err != nil {
			return 0, fmt.Errorf("line %d: %w", n, err)
		}
		if n == 1 {
			var was Header
			if !bytes.HasPrefix(line, []byte(headerStart)) || json.Unmarshal(line, &was) != nil {
				return 0, fmt.Errorf("%w: it is no state of a replay, and is left as it is", ErrState)
			}
			if d := was.differs(&h); d != "" {
				return 0, fmt.Errorf("%w: %s", ErrState, d)
			}
			whole += int64(len(line))
			continue
		}
		var r Record
		if err := json.Unmarshal(line, &r); err != nil {
			return 0, fmt.Errorf("%w: line %d is no record: %w", ErrState, n, err)
		}
		if r.Unit < 0 || r.Unit >= h.Units || ids(r.Unit) != r.ID {
			return 0, fmt.Errorf("%w: line %d is about a change that is not among these: %q", ErrState, n, r.ID)
		}
		if strings.ContainsFunc(r.text(), unicode.IsControl) { // ours are escaped, and end on a terminal
			return 0, fmt.Errorf("%w: line %d has control characters, which a replay does not write", ErrState, n)
		}
		if whole += int64(len(line)); !seen[r.Unit] {
			seen[r.Unit] = true
			use(r)
		}
	}
}

// headerStart is how the first line begins: nothing else is taken for a state, and so nothing else is cut off or written to.
const headerStart = `{"refward_replay":`

// readLine returns a line with its end, or what is left and io.EOF.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, fmt.Errorf("%w: longer than %d bytes", ErrState, maxLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// Append writes a record at the end. It is with the operating system when Append returns, so that it outlives the process.
func (s *State) Append(r Record) error { return s.write(r) }

func (s *State) write(v any) error {
	line, err := json.Marshal(v)
	if err == nil && len(line) >= maxLine {
		err = fmt.Errorf("a line of %d bytes, at most %d", len(line), maxLine)
	}
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, err = s.f.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write the state of the replay: %w", err)
	}
	return nil
}

// Close closes the file. The file beside it by which two replays keep out of each other's way stays: taking it away would let a third one in.
func (s *State) Close() error { return errors.Join(s.f.Close(), s.lock.Close()) }
