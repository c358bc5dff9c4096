package hooks

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/refward/refward/analyzers"
)

// Bounds on what a push may ask for. git has none; the largest mirror pushes seen in the wild have some 50,000 refs.
const (
	maxUpdates = 200_000
	maxLine    = 64 << 10 // bytes of one line on stdin
)

// ParsePush reads what git gives pre-receive and post-receive on stdin: for each ref a line
// "<old id> SP <new id> SP <ref> LF" (githooks(5), "pre-receive"). Anything else is an error: a line that is not understood is a
// ref update that nobody judges.
func ParsePush(r io.Reader) ([]analyzers.RefUpdate, error) {
	var updates []analyzers.RefUpdate
	seen := map[string]bool{}
	err := eachLine(r, func(line string) error {
		old, rest, ok := strings.Cut(line, " ")
		id, ref, ok2 := strings.Cut(rest, " ")
		if !ok || !ok2 {
			return errors.New("want OLD NEW REF")
		}
		u := analyzers.RefUpdate{Old: old, New: id, Ref: ref}
		if err := checkUpdate(u); err != nil {
			return err
		}
		if seen[ref] {
			return fmt.Errorf("%q is updated twice", ref)
		}
		if len(updates) > 0 && len(updates[0].Old) != len(old) {
			return errors.New("ids of two object formats in one push")
		}
		seen[ref] = true
		updates = append(updates, u)
		return nil
	})
	return updates, err
}

// ParsePrePush reads what git gives pre-push on stdin: for each ref a line
// "<local ref> SP <local id> SP <remote ref> SP <remote id> LF" (githooks(5), "pre-push"). The remote id is what the server just
// said that the ref has.
func ParsePrePush(r io.Reader) ([]analyzers.RefUpdate, error) {
	var updates []analyzers.RefUpdate
	err := eachLine(r, func(line string) error {
		f := strings.Split(line, " ")
		if len(f) < 4 {
			return errors.New("want LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID")
		}
		// The local name may be any revision expression, with spaces too, so the line is read from its end.
		f = f[len(f)-3:]
		u := analyzers.RefUpdate{Old: f[2], New: f[0], Ref: f[1]}
		updates = append(updates, u)
		return checkUpdate(u)
	})
	return updates, err
}

// eachLine calls use for each line, which must end with LF.
func eachLine(r io.Reader, use func(line string) error) error {
	in := bufio.NewReaderSize(r, maxLine)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		switch {
		case err == io.EOF && len(line) == 0:
			return nil
		case err == io.EOF:
			return fmt.Errorf("stdin line %d: cut off before its end: %.80q", n, line)
		case errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("stdin line %d: longer than %d bytes", n, maxLine)
		case err != nil:
			return fmt.Errorf("stdin line %d: %w", n, err)
		case n > maxUpdates:
			return fmt.Errorf("stdin: more than %d ref updates in one push", maxUpdates)
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		if err := use(string(line)); err != nil {
			return fmt.Errorf("stdin line %d: %w: %.200q", n, err, line)
		}
	}
}

func checkUpdate(u analyzers.RefUpdate) error {
	switch {
	case !isID(u.Old) || !isID(u.New) || len(u.Old) != len(u.New):
		return errors.New("not two full object ids")
	case u.Creates() && u.Deletes():
		return errors.New("neither an old id nor a new one")
	case !isRefName(u.Ref):
		return fmt.Errorf("%q is not the name of a ref", u.Ref)
	}
	return nil
}

// isID reports whether s is a full object id, SHA-1 or SHA-256.
func isID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// isRefName reports whether s is a full ref name by the rules of git-check-ref-format(1). git itself checks them only
// after pre-receive, so that a name with wildcards would reach the plumbing.
func isRefName(s string) bool {
	if !strings.HasPrefix(s, "refs/") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") || strings.Contains(s, "@{") {
		return false
	}
	for part := range strings.SplitSeq(s, "/") {
		if part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`~^:?*[\`, r) }) < 0
}
