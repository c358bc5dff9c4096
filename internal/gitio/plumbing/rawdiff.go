package plumbing

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
)

// readRaw reads one entry of "--raw -z" output (git-diff-tree(1), "RAW OUTPUT FORMAT"). It returns io.EOF at a clean end, and no path of
// a directory that has entries: "-t" lists all directories, and long paths of deep ones would be much to keep.
func readRaw(r *bufio.Reader) (source.Entry, error) {
	var e source.Entry
	head, err := readField(r)
	if err != nil {
		return e, err
	}
	f := strings.Split(head, " ")
	if len(f) != 5 || !strings.HasPrefix(head, ":") || !isStatus(f[4]) || !isID(f[2], len(f[2])) || !isID(f[3], len(f[2])) {
		return e, fmt.Errorf("raw diff: entry %.200q", head)
	}
	for i, m := range []string{f[0][1:], f[1]} {
		mode, err := strconv.ParseUint(m, 8, 32)
		if err != nil {
			return e, fmt.Errorf("raw diff: mode in %.200q: %w", head, err)
		}
		e.Sides = append(e.Sides, source.Side{Mode: uint32(mode), ID: f[2+i]})
	}
	e.Status = f[4][0]
	renamed := e.Status == 'R' || e.Status == 'C'
	if old, result := &e.Sides[0], e.Result(); old.Mode&source.ModeType == source.ModeDir || result.Mode&source.ModeType == source.ModeDir {
		if renamed {
			err = skipField(r) // git renames directories too
		}
		if err == nil && source.IsEmptyTree(result.ID) {
			*old, e.Status = source.Side{ID: strings.Repeat("0", len(old.ID))}, 'A'
			e.Path, err = readField(r)
		} else if err == nil {
			err = skipField(r)
		}
	} else if e.Path, err = readField(r); err == nil && renamed {
		e.Old = e.Path
		e.Path, err = readField(r)
	}
	if err == io.EOF {
		err = fmt.Errorf("raw diff: %w", io.ErrUnexpectedEOF)
	}
	return e, err
}

// isStatus tells whether s is what git says of an entry: one of its letters, then the score of a rename, a copy or a rewrite in per cent.
func isStatus(s string) bool {
	if s == "" || !strings.Contains("ACDMRTUX", s[:1]) {
		return false
	}
	return strings.Trim(s[1:], "0123456789") == ""
}

// readField reads up to the next NUL. It returns io.EOF when nothing is left.
func readField(r *bufio.Reader) (string, error) {
	field, err := readUntil(r, 0)
	if err != nil {
		if err != io.EOF {
			err = fmt.Errorf("raw diff: %w", err)
		}
		return "", err
	}
	return string(field), nil
}

// skipField reads on behind the next NUL.
func skipField(r *bufio.Reader) error {
	for {
		_, err := r.ReadSlice(0)
		switch {
		case err == nil:
			return nil
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

// readUntil reads up to a delimiter and returns what is before it, valid until the next read.
func readUntil(r *bufio.Reader, delim byte) ([]byte, error) {
	field, err := r.ReadSlice(delim)
	if errors.Is(err, bufio.ErrBufferFull) {
		field = bytes.Clone(field)
		for errors.Is(err, bufio.ErrBufferFull) && len(field) <= source.MaxPath {
			var more []byte
			more, err = r.ReadSlice(delim)
			field = append(field, more...)
		}
	}
	switch {
	case len(field) > source.MaxPath:
		return nil, fmt.Errorf("a path of more than %d bytes", source.MaxPath)
	case err == io.EOF && len(field) > 0:
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, err
	}
	return field[:len(field)-1], nil
}

// readRawCommits reads "diff-tree --stdin --always --raw -z" output: for each line that was asked for the id of its commit, then
// the entries. It fails when a commit is not answered: diff-tree says nothing of one that it can't read, and ends well.
func readRawCommits(r *bufio.Reader, asked []string, use func(i int, e source.Entry) error) error {
	for at := -1; ; {
		c, err := r.Peek(1)
		if err == io.EOF {
			if at+1 < len(asked) {
				return fmt.Errorf("nothing said of commit %s: %w", asked[at+1], io.ErrUnexpectedEOF)
			}
			return nil
		}
		if err != nil {
			return err
		}
		if c[0] == ':' && at >= 0 {
			e, err := readRaw(r)
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			if err != nil {
				return err
			}
			if err := use(at, e); err != nil {
				return err
			}
			continue
		}
		id, err := readField(r)
		if err != nil {
			return err
		}
		if at++; at >= len(asked) || id != asked[at] {
			return fmt.Errorf("raw diff: %.80q is not the commit that was asked for", id)
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
		if s[i] == '"' {
			return "", fmt.Errorf("path %q: a quote inside", s)
		}
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
