package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// MaxSearch is how far back [FindDecision] looks, in bytes, and so the greatest length of any line.
const MaxSearch = 8 << 20

// FindDecision returns the push id of the newest decision that let all the given ref updates in, among the last
// [MaxSearch] bytes of the log at path, and the updates as it has them. post-receive, which Git runs without a word from
// pre-receive, joins by it. Git may have applied fewer refs than were decided about, so the decision may hold others too.
// Protected is not compared, and of a name that holds the text redacted only what is around it: it stands for a secret,
// which post-receive has no other way to know.
//
// A log that is not there holds no decision; ok is then false and err nil.
func FindDecision(path string, refs []Ref, redacted string) (pushID string, decided []Ref, ok bool, err error) {
	if len(refs) == 0 {
		return "", nil, false, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, false, nil
	} else if err != nil {
		return "", nil, false, fmt.Errorf("open audit log: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err := regular(info, err); err != nil {
		return "", nil, false, fmt.Errorf("audit log %s: %w", path, err)
	}
	size := info.Size()
	// The decision is nearly always among the last lines; the window grows while it is not.
	for window := int64(64 << 10); ; window *= 8 {
		window = min(window, size, MaxSearch)
		tail := make([]byte, window)
		if _, err := f.ReadAt(tail, size-window); err != nil {
			return "", nil, false, fmt.Errorf("read audit log: %w", err)
		}
		if id, decided := newest(tail, refs, redacted); decided != nil {
			return id, decided, true, nil
		}
		if window == size || window == MaxSearch {
			return "", nil, false, nil
		}
	}
}

// newest looks through the lines of tail from the last. The first may have lost its beginning, and a killed writer may
// have left a fragment: what does not decode is no decision.
func newest(tail []byte, refs []Ref, redacted string) (string, []Ref) {
	needle := []byte(refs[0].New)
	for len(tail) > 0 {
		var line []byte
		i := bytes.LastIndexByte(tail, '\n')
		line, tail = tail[i+1:], tail[:max(i, 0)]
		if !bytes.Contains(line, needle) { // decoding is a hundred times slower
			continue
		}
		r, err := Decode(line)
		if err != nil || r.Kind != Decision || r.Verdict.Exit != 0 {
			continue
		}
		if decided := among(r.Refs, refs, redacted); decided != nil {
			return r.PushID, decided
		}
	}
	return "", nil
}

// among returns the decided updates that refs asks for, in its order, or nil when one is not there.
func among(decided, refs []Ref, redacted string) []Ref {
	type update struct{ ref, old, new string }
	plain := make(map[update]Ref, len(decided))
	var hidden []Ref
	for _, d := range decided {
		if redacted != "" && strings.Contains(d.Ref, redacted) {
			hidden = append(hidden, d)
		}
		plain[update{d.Ref, d.Old, d.New}] = d
	}
	found := make([]Ref, 0, len(refs))
	for _, r := range refs {
		// JSON holds U+FFFD for each byte that is no UTF-8, as does this conversion.
		name := string([]rune(r.Ref))
		d, ok := plain[update{name, r.Old, r.New}]
		if !ok {
			i := slices.IndexFunc(hidden, func(d Ref) bool {
				parts := strings.Split(d.Ref, redacted)
				return d.Old == r.Old && d.New == r.New && strings.HasPrefix(name, parts[0]) && strings.HasSuffix(name, parts[len(parts)-1])
			})
			if i < 0 {
				return nil
			}
			d = hidden[i]
		}
		found = append(found, d)
	}
	return found
}
