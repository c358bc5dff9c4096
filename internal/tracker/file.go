package tracker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/refward/refward/internal/signed"
)

// A File is a snapshot as it was read: verified, and its issues not decoded yet. It is immutable and safe for concurrent use.
type File struct {
	Head
	Key signed.Key // that signed it

	text  []byte
	lines []int // where the line of each issue begins in text; the last one, where the closing brackets do
}

// Open reads the snapshot at path, which one of keys must have signed.
func Open(path string, keys signed.Keys) (*File, error) {
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("read the tracker's snapshot: %w", err)
	}
	f, err := Parse(data, keys)
	if err != nil {
		return nil, fmt.Errorf("read the tracker's snapshot %s: %w", path, err)
	}
	return f, nil
}

func read(path string) ([]byte, error) {
	// Asked before opening: a FIFO would hold a push until somebody writes into it.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	if info.Size() > MaxBytes {
		return nil, fmt.Errorf("%s: more than %d MiB", path, MaxBytes>>20)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, 0, info.Size()+1) // one more, so that its end is seen without another piece of memory
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, err
		case len(data) > MaxBytes:
			return nil, fmt.Errorf("%s: more than %d MiB", path, MaxBytes>>20)
		case len(data) == cap(data):
			data = slices.Grow(data, len(data))
		}
	}
}

// armor is how the signature begins. In JSON no line does.
const armor = "\n-----BEGIN "

// Parse reads a snapshot with its signature. It keeps data.
func Parse(data []byte, keys signed.Keys) (*File, error) {
	from := max(0, len(data)-signed.MaxSignature)
	at := bytes.LastIndex(data[from:], []byte(armor))
	if at < 0 {
		return nil, signed.ErrUnsigned
	}
	at += from + 1
	key, err := keys.Verify(signed.Tracker, data[:at], data[at:])
	if err != nil {
		return nil, err
	}
	f := &File{Key: key, text: data[:at]}
	return f, f.index()
}

// index reads the head and finds the lines of the issues. They must be in order: what is looked up by halves in a list that is not would
// be missing.
func (f *File) index() error {
	end := bytes.IndexByte(f.text, '\n')
	if end < 0 || !bytes.HasSuffix(f.text[:end], []byte(issuesKey)) || !bytes.HasSuffix(f.text, []byte(tail)) {
		return errors.New("it is not laid out as docs/tracker.md says: one issue a line, between the head's line and }}")
	}
	head := string(f.text[:end-len(issuesKey)]) + "}"
	if err := decode([]byte(head), &f.Head); err != nil {
		return fmt.Errorf("its head: %w", err)
	}
	if err := f.validate(); err != nil {
		return err
	}
	last := len(f.text) - len(tail) + 1 // where }} begins
	if f.Count > last/5 {               // "A":{}, and the like: nothing is shorter
		return fmt.Errorf("it says that it has %d issues, for which it is too short", f.Count)
	}
	f.lines = make([]int, 0, f.Count+1)
	var previous []byte
	for at := end + 1; at < last; {
		f.lines = append(f.lines, at)
		next := at + bytes.IndexByte(f.text[at:], '\n') + 1 // there is one: tail begins with it
		key := f.keyAt(at)
		if !ValidKey(key) || bytes.Compare(key, previous) <= 0 {
			return fmt.Errorf("line %d: keys are not in order, or %.70q is none", len(f.lines)+1, key)
		}
		if comma := f.text[next-2] == ','; comma != (next < last) {
			return fmt.Errorf("line %d: a comma is missing, or one too many", len(f.lines)+1)
		}
		previous, at = key, next
	}
	if len(f.lines) != f.Count {
		return fmt.Errorf("it has %d issues and says %d", len(f.lines), f.Count)
	}
	f.lines = append(f.lines, last)
	return nil
}

// keyAt returns the key of the line that begins at an offset, or nothing.
func (f *File) keyAt(at int) []byte {
	text := f.text[at:min(len(f.text), at+MaxKey+3)]
	if len(text) == 0 || text[0] != '"' {
		return nil
	}
	key, rest, ok := bytes.Cut(text[1:], []byte(`":`))
	if !ok || len(rest) == 0 {
		return nil
	}
	return key
}

// Issue returns an issue; known is false when the snapshot has none with that key.
func (f *File) Issue(key string) (issue Issue, known bool, err error) {
	issues := f.lines[:f.Count]
	i, found := slices.BinarySearchFunc(issues, key, func(at int, key string) int { return strings.Compare(string(f.keyAt(at)), key) })
	if !found {
		return Issue{}, false, nil
	}
	issue, err = f.issue(i, key)
	return issue, true, err
}

func (f *File) issue(i int, key string) (issue Issue, err error) {
	text := f.text[f.lines[i]+len(key)+3 : f.lines[i+1]]
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte(","))
	if err := decode(text, &issue); err != nil {
		return Issue{}, fmt.Errorf("issue %s: %w", key, err)
	}
	return issue, issue.validate(key)
}

// Snapshot decodes all issues.
func (f *File) Snapshot() (*Snapshot, error) {
	s := &Snapshot{Head: f.Head, Issues: make(map[string]Issue, f.Count)}
	for i, at := range f.lines[:f.Count] {
		key := string(f.keyAt(at))
		issue, err := f.issue(i, key)
		if err != nil {
			return nil, err
		}
		s.Issues[key] = issue
	}
	return s, nil
}

// decode reads one JSON value into a struct, with its keys and nothing behind it.
func decode(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind it")
	}
	return nil
}
