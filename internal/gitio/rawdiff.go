package gitio

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/refward/refward/analyzers"
)

// A rawEntry is one line of git's raw diff format (git-diff-tree(1), "RAW OUTPUT FORMAT"), of a comparison with one parent
// or, in combined format, with several.
type rawEntry struct {
	modes  []uint32 // of the parents, then of the result
	blobs  []string // ids, likewise
	status string   // a letter for each parent, and a similarity in the simple format
	old    string   // path before a rename; else ""
	path   string   // raw bytes
}

// readRaw reads one entry of "--raw -z" output, whose leading colons are still there. It returns io.EOF at a clean end.
func readRaw(r *bufio.Reader) (rawEntry, error) {
	var e rawEntry
	head, err := r.ReadString(0)
	if err == io.EOF && head == "" {
		return e, io.EOF
	}
	if err != nil {
		return e, fmt.Errorf("raw diff: %w", io.ErrUnexpectedEOF)
	}
	head = strings.TrimSuffix(head, "\x00")
	fields := strings.TrimLeft(head, ":")
	parents := len(head) - len(fields)
	f := strings.Split(fields, " ")
	if parents == 0 || len(f) != 2*(parents+1)+1 {
		return e, fmt.Errorf("raw diff: entry %q", head)
	}
	for _, m := range f[:parents+1] {
		mode, err := strconv.ParseUint(m, 8, 32)
		if err != nil {
			return e, fmt.Errorf("raw diff: mode in %q: %w", head, err)
		}
		e.modes = append(e.modes, uint32(mode))
	}
	e.blobs, e.status = f[parents+1:2*(parents+1)], f[2*(parents+1)]
	if e.path, err = r.ReadString(0); err == nil && parents == 1 && (e.status[0] == 'R' || e.status[0] == 'C') {
		e.old = strings.TrimSuffix(e.path, "\x00")
		e.path, err = r.ReadString(0)
	}
	if err != nil {
		return e, fmt.Errorf("raw diff: %w", io.ErrUnexpectedEOF)
	}
	e.path = strings.TrimSuffix(e.path, "\x00")
	return e, nil
}

// file returns the entry as a File, against its first parent.
func (e rawEntry) file(commit string) analyzers.File {
	last := len(e.modes) - 1
	return analyzers.File{
		Commit: commit, Status: e.status[0], Path: e.path, OldPath: e.old,
		Mode: e.modes[last], OldMode: e.modes[0], Blob: e.blobs[last], OldBlob: e.blobs[0],
	}
}

// readRawCommits reads "diff-tree --stdin --raw -z" output: ids of commits, each followed by its entries. With -z each
// id ends with NUL too.
func readRawCommits(r *bufio.Reader, idLen int, use func(commit string, e rawEntry) error) error {
	commit := ""
	for {
		c, err := r.Peek(1)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if c[0] == ':' {
			e, err := readRaw(r)
			if err != nil {
				return err
			}
			if err := use(commit, e); err != nil {
				return err
			}
			continue
		}
		if commit, err = r.ReadString(0); err != nil {
			return fmt.Errorf("raw diff: %w", io.ErrUnexpectedEOF)
		}
		if commit = strings.TrimSuffix(commit, "\x00"); !isID(commit, idLen) {
			return fmt.Errorf("raw diff: %.80q is not a commit", commit)
		}
	}
}

// unquotePath undoes git's C-style quoting of a path in a patch header (git-config(1), core.quotePath).
func unquotePath(s []byte) (string, error) {
	if len(s) == 0 || s[0] != '"' {
		return string(s), nil
	}
	if len(s) < 2 || s[len(s)-1] != '"' {
		return "", fmt.Errorf("path %q: quote is not closed", s)
	}
	s = s[1 : len(s)-1]
	var out bytes.Buffer
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out.WriteByte(s[i])
			continue
		}
		if i++; i == len(s) {
			return "", fmt.Errorf("path %q: nothing after the backslash", s)
		}
		if k := strings.IndexByte(`abfnrtv"\`, s[i]); k >= 0 {
			out.WriteByte("\a\b\f\n\r\t\v\"\\"[k])
			continue
		}
		if i+3 > len(s) {
			return "", fmt.Errorf("path %q: octal number is cut", s)
		}
		n, err := strconv.ParseUint(string(s[i:i+3]), 8, 8)
		if err != nil {
			return "", fmt.Errorf("path %q: %w", s, err)
		}
		out.WriteByte(byte(n))
		i += 2
	}
	return out.String(), nil
}
