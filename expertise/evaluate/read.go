package evaluate

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/suggest"
)

// What a data set may hold at most. The largest public one has a hundredth of it.
const (
	maxLine    = 16 << 20 // bytes
	maxBytes   = 1 << 30  // of text
	maxCommits = 2_000_000
	maxFiles   = 1000      // listed for one commit
	maxPeople  = 1000      // listed for one commit, of a kind
	maxCount   = 1<<31 - 1 // lines, files
	maxTime    = 1<<32 - 1 // unix seconds; the year 2106
)

// A record is one commit of a data set.
type record struct {
	event          activity.Event
	touched, whole []suggest.Lines
	time           int64 // unix seconds: the greatest commit time so far
	cut            int64 // unix seconds: what may be seen for a query about it
}

// A dataSet is the history of one repository.
type dataSet struct {
	name    string
	bots    map[activity.PersonID]bool
	records []*record
}

// read reads a data set: JSON lines, compressed with gzip or not.
func read(path string) (*dataSet, error) {
	f, err := os.Open(path) // #nosec G304 -- the file is named on the command line
	if err != nil {
		return nil, err
	}
	defer f.Close()
	name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".gz"), ".jsonl")
	return decode(f, path, name)
}

func decode(r io.Reader, path, name string) (*dataSet, error) {
	in := bufio.NewReader(r)
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		in = bufio.NewReader(z)
	}
	limited := &io.LimitedReader{R: in, N: maxBytes}
	lines := bufio.NewScanner(limited)
	lines.Buffer(make([]byte, 1<<16), maxLine)
	d := &dataSet{name: name, bots: map[activity.PersonID]bool{}}
	p := parser{set: d, paths: map[string]string{}}
	n := 1
	for ; lines.Scan(); n++ {
		if err := p.line(lines.Bytes(), n == 1); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("%s:%d: the line is longer than %d bytes", path, n, maxLine)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("%s:%d: the file ends in the middle: it was not written or copied whole", path, n)
	case err != nil:
		return nil, fmt.Errorf("%s:%d: %w", path, n, err)
	case limited.N <= 0:
		return nil, fmt.Errorf("%s:%d: there is more text than %d bytes", path, n, maxBytes)
	case n == 1:
		return nil, fmt.Errorf("%s:1: the file is empty, want a line of people", path)
	}
	return d, nil
}

// A parser makes records of lines.
type parser struct {
	set    *dataSet
	people int64
	index  int64
	last   int64
	paths  map[string]string // one copy of each
}

type peopleLine struct {
	Type   string            `json:"type"`
	N      *int64            `json:"n"`
	Bots   []int64           `json:"bots"`
	People []json.RawMessage `json:"people"`
}

type commitLine struct {
	I  *int64     `json:"i"`
	H  string     `json:"h"`
	Ct *int64     `json:"ct"`
	At *int64     `json:"at"`
	A  *int64     `json:"a"`
	Co []int64    `json:"co"`
	R  []int64    `json:"r"`
	M  int        `json:"m"`
	F  []fileItem `json:"f"`
	Nf int64      `json:"nf"`
	Bl [][2]int64 `json:"bl"`
	Fb [][2]int64 `json:"fb"`
}

// A fileItem is [path, added, deleted, status, old path if R].
type fileItem struct {
	path, old, status string
	added, deleted    int64
}

func (f *fileItem) UnmarshalJSON(b []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil || len(parts) != 4 && len(parts) != 5 {
		return fmt.Errorf("a file is %s, want [path, added, deleted, status, old path if renamed]", excerpt(b))
	}
	for i, to := range []any{&f.path, &f.added, &f.deleted, &f.status, &f.old}[:len(parts)] {
		if err := json.Unmarshal(parts[i], to); err != nil {
			return fmt.Errorf("a file is %s, want [path, added, deleted, status, old path if renamed]", excerpt(b))
		}
	}
	return nil
}

func excerpt(b []byte) string {
	if len(b) > 60 {
		return string(b[:60]) + "…"
	}
	return string(b)
}

func strictly(b []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the object")
	}
	return nil
}

func (p *parser) line(b []byte, first bool) error {
	if first {
		return p.header(b)
	}
	var c commitLine
	if err := strictly(b, &c); err != nil {
		return err
	}
	if len(p.set.records) == maxCommits {
		return fmt.Errorf("there are more than %d commits", maxCommits)
	}
	return p.commit(&c)
}

func (p *parser) header(b []byte) error {
	var h peopleLine
	if err := strictly(b, &h); err != nil {
		return fmt.Errorf("the line of people: %w", err)
	}
	if h.Type != "people" || h.N == nil {
		return errors.New(`want a line {"type":"people","n":N,"bots":[…],"people":[…]}`)
	}
	if *h.N < 0 || *h.N > int64(activity.MaxPerson)+1 {
		return fmt.Errorf("n is %d, want 0 to %d", *h.N, int64(activity.MaxPerson)+1)
	}
	if len(h.People) > 0 && int64(len(h.People)) != *h.N {
		return fmt.Errorf("n is %d, and there are %d people", *h.N, len(h.People))
	}
	p.people, p.index = *h.N, -1
	bots, err := p.persons("bots", h.Bots, int(maxCount))
	for _, b := range bots {
		p.set.bots[b] = true
	}
	return err
}

func (p *parser) person(what string, id int64) (activity.PersonID, error) {
	if id < 0 || id >= p.people {
		return 0, fmt.Errorf("%s: person %d, and there are %d", what, id, p.people)
	}
	return activity.PersonID(id), nil // #nosec G115 -- below MaxPerson
}

func (p *parser) persons(what string, ids []int64, most int) ([]activity.PersonID, error) {
	if len(ids) > most {
		return nil, fmt.Errorf("%s: %d people, at most %d", what, len(ids), most)
	}
	out := make([]activity.PersonID, len(ids))
	for i, id := range ids {
		var err error
		if out[i], err = p.person(what, id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func count(what string, n int64) (int, error) {
	if n < 0 || n > maxCount {
		return 0, fmt.Errorf("%s is %d, want 0 to %d", what, n, maxCount)
	}
	return int(n), nil
}

func (p *parser) owners(what string, pairs [][2]int64) ([]suggest.Lines, error) {
	if len(pairs) > maxPeople {
		return nil, fmt.Errorf("%s: %d people, at most %d", what, len(pairs), maxPeople)
	}
	var out []suggest.Lines
	for _, pair := range pairs {
		id, err := p.person(what, pair[0])
		if err != nil {
			return nil, err
		}
		n, err := count(what, pair[1])
		if err != nil {
			return nil, err
		}
		out = append(out, suggest.Lines{Person: id, Count: n})
	}
	return out, nil
}

// intern keeps one copy of each path.
func (p *parser) intern(path string) string {
	if s, ok := p.paths[path]; ok {
		return s
	}
	p.paths[path] = path
	return path
}
