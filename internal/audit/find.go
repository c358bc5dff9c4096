package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// MaxSearch is how far back [FindDecision] looks, in bytes, and so the greatest length of any line.
const MaxSearch = 8 << 20

// FindDecision returns the push id of the newest decision that let all the given ref updates in, among the last
// [MaxSearch] bytes of the log at path. post-receive, which Git runs without a word from pre-receive, joins by it. Git may
// have applied fewer refs than were decided about, so the decision may hold others too. Protected is not compared.
//
// A log that is not there holds no decision; ok is then false and err nil.
func FindDecision(path string, refs []Ref) (pushID string, ok bool, err error) {
	if len(refs) == 0 {
		return "", false, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	} else if err != nil {
		return "", false, fmt.Errorf("open audit log: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err := regular(info, err); err != nil {
		return "", false, fmt.Errorf("audit log %s: %w", path, err)
	}
	size := info.Size()
	// The decision is nearly always among the last lines; the window grows while it is not.
	for window := int64(64 << 10); ; window *= 8 {
		window = min(window, size, MaxSearch)
		tail := make([]byte, window)
		if _, err := f.ReadAt(tail, size-window); err != nil {
			return "", false, fmt.Errorf("read audit log: %w", err)
		}
		if id, ok := newest(tail, refs); ok {
			return id, true, nil
		}
		if window == size || window == MaxSearch {
			return "", false, nil
		}
	}
}

// newest looks through the lines of tail from the last. The first may have lost its beginning, and a killed writer may
// have left a fragment: what does not decode is no decision.
func newest(tail []byte, refs []Ref) (string, bool) {
	needle := []byte(refs[0].New)
	for len(tail) > 0 {
		var line []byte
		i := bytes.LastIndexByte(tail, '\n')
		line, tail = tail[i+1:], tail[:max(i, 0)]
		if !bytes.Contains(line, needle) { // decoding is a hundred times slower
			continue
		}
		r, err := Decode(line)
		if err == nil && r.Kind == Decision && r.Verdict.Exit == 0 && containsAll(r.Refs, refs) {
			return r.PushID, true
		}
	}
	return "", false
}

func containsAll(decided, refs []Ref) bool {
	type update struct{ ref, old, new string }
	set := make(map[update]bool, len(decided))
	for _, d := range decided {
		set[update{d.Ref, d.Old, d.New}] = true
	}
	for _, r := range refs {
		// JSON holds U+FFFD for each byte that is no UTF-8, as does this conversion.
		if !set[update{string([]rune(r.Ref)), r.Old, r.New}] {
			return false
		}
	}
	return true
}
