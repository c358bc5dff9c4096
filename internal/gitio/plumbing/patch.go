package plumbing

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/refward/refward/analyzers"
)

// patchOptions make diff-tree and diff-index print every added line, whatever attributes and configuration say of the
// path: --text for files that git would call binary, no external programs, one line of output for one line of content.
var patchOptions = []string{
	"-p", "-U0", "--find-renames", "--text", "--no-ext-diff", "--no-textconv", "--no-color", "--full-index", "--no-abbrev",
	"--src-prefix=a/", "--dst-prefix=b/", "--inter-hunk-context=0", "--ignore-submodules=none", "--submodule=short",
	"--diff-algorithm=myers", "--indent-heuristic", // configuration and attributes choose others, which align repeated lines differently
}

// A patchReader reads a stream of patches with -U0: for each commit its id on a line (diff-tree --stdin --always), then a
// section for each file. Lines are counted as each hunk announces them, so that no content can pass for a header.
type patchReader struct {
	r      *bufio.Reader
	idLen  int    // digits of an object id
	commit string // of the section that is being read
	path   string // likewise; "" while the header is being read
	blob   string // likewise: the id of the new version, of a submodule's commit, or zeros
	gone   bool   // the section is a deletion
	module bool   // the section is a submodule, whose line git makes up
}

// next returns the next run of added lines, or a hunk without text and path when a new commit begins. It returns io.EOF at the end.
func (p *patchReader) next() (analyzers.Hunk, error) {
	for {
		line, err := p.headerLine()
		if err != nil {
			return analyzers.Hunk{}, err
		}
		switch {
		case bytes.HasPrefix(line, []byte("diff --git ")):
			p.path, p.blob, p.gone, p.module = "", "", false, false
		case bytes.HasPrefix(line, []byte("new file mode 160000")):
			p.module = true
		case bytes.HasPrefix(line, []byte("index ")):
			if p.blob, err = p.newID(line[len("index "):]); err != nil {
				return analyzers.Hunk{}, err
			}
			p.module = p.module || bytes.HasSuffix(line, []byte(" 160000"))
		case bytes.HasPrefix(line, []byte("+++ ")):
			if p.path, p.gone, err = newPath(line[4:]); err != nil {
				return analyzers.Hunk{}, err
			}
		case bytes.HasPrefix(line, []byte("@@ ")):
			h, err := p.hunk(line)
			if err != nil {
				return h, err
			}
			if len(h.Text) > 0 && !p.module {
				return h, nil
			}
		case isID(string(line), p.idLen):
			p.commit, p.path = string(line), ""
			return analyzers.Hunk{}, nil
		}
		// Everything else is a header that says nothing about added lines: modes, similarity, "---".
	}
}

// headerLine reads a line of a header without its end. Only paths make such a line long.
func (p *patchReader) headerLine() ([]byte, error) {
	line, err := readUntil(p.r, '\n')
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("patch: %w", err)
	}
	return line, err
}

// newID reads the second id of an "index" line, "OLD..NEW" or "OLD..NEW MODE".
func (p *patchReader) newID(s []byte) (string, error) {
	ids, _, _ := bytes.Cut(s, []byte(" "))
	_, id, _ := bytes.Cut(ids, []byte(".."))
	if !isID(string(id), p.idLen) {
		return "", fmt.Errorf("patch: index %q", s[:min(len(s), 200)])
	}
	return string(id), nil
}

// newPath reads the path of a "+++" line. git ends it with a TAB when it has white space.
func newPath(s []byte) (path string, gone bool, err error) {
	s = bytes.TrimSuffix(s, []byte("\t"))
	if string(s) == "/dev/null" {
		return "", true, nil
	}
	if path, err = unquotePath(s); err != nil {
		return "", false, err
	}
	if len(path) < 3 || path[:2] != "b/" {
		return "", false, fmt.Errorf("patch: path %q", s)
	}
	return path[2:], false, nil
}

// hunk reads the lines that "@@ -a,b +c,d @@" announces.
func (p *patchReader) hunk(head []byte) (analyzers.Hunk, error) {
	h := analyzers.Hunk{Path: p.path, Blob: p.blob}
	head = bytes.Clone(head[:min(len(head), 100)]) // what follows is a line of the content, for people
	fields := bytes.Fields(head)
	if len(fields) < 4 || len(fields[1]) < 2 || len(fields[2]) < 2 {
		return h, fmt.Errorf("patch: hunk %q", head)
	}
	_, removed, err := span(fields[1][1:])
	if err != nil {
		return h, fmt.Errorf("patch: hunk %q: %w", head, err)
	}
	start, added, err := span(fields[2][1:])
	if err != nil {
		return h, fmt.Errorf("patch: hunk %q: %w", head, err)
	}
	if p.path == "" && !p.gone {
		return h, fmt.Errorf("patch: hunk %q outside a file", head)
	}
	h.Start = start
	for removed > 0 || added > 0 {
		c, err := p.r.ReadByte()
		if err != nil {
			return h, fmt.Errorf("patch: %w", io.ErrUnexpectedEOF)
		}
		switch {
		case c == '-' && removed > 0:
			removed--
			err = p.skipLine()
		case c == '+' && added > 0:
			added--
			h.Text, err = p.appendLine(h.Text)
		case c == '\\':
			err = p.skipLine() // "\ No newline at end of file", of the removed side
		default:
			return h, fmt.Errorf("patch: line of hunk %q begins with %q", head, c)
		}
		if err != nil {
			return h, err
		}
	}
	if c, err := p.r.Peek(1); err == nil && c[0] == '\\' {
		if len(h.Text) > 0 {
			h.Text = h.Text[:len(h.Text)-1]
		}
		if err := p.skipLine(); err != nil {
			return h, err
		}
	}
	h.Binary = bytes.IndexByte(h.Text, 0) >= 0
	return h, nil
}

// appendLine appends the rest of the line with its end.
func (p *patchReader) appendLine(text []byte) ([]byte, error) {
	for {
		part, err := p.r.ReadSlice('\n')
		text = append(text, part...)
		if err == nil {
			return text, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, fmt.Errorf("patch: %w", io.ErrUnexpectedEOF)
		}
	}
}

func (p *patchReader) skipLine() error {
	for {
		_, err := p.r.ReadSlice('\n')
		if err == nil {
			return nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("patch: %w", io.ErrUnexpectedEOF)
		}
	}
}

// span reads "start,count", where a count of 1 may be left out.
func span(s []byte) (start, count int, err error) {
	a, b, found := bytes.Cut(s, []byte(","))
	if start, err = strconv.Atoi(string(a)); err != nil || start < 0 {
		return 0, 0, fmt.Errorf("bad range %q", s)
	}
	if !found {
		return start, 1, nil
	}
	if count, err = strconv.Atoi(string(b)); err != nil || count < 0 {
		return 0, 0, fmt.Errorf("bad range %q", s)
	}
	return start, count, nil
}
