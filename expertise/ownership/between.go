package ownership

import (
	"bytes"
	"hash/maphash"

	"github.com/refward/refward/internal/gitio"
)

// A middle is what two versions of a file have between the lines that both begin with and those that both end with. Whatever a diff says, it is
// about these lines, and about the few next to them that a difference can be moved over without saying anything else
// (git-diff(1), "--indent-heuristic"). So most lines of most versions are known to be the same without a diff.
type middle struct {
	hunk  gitio.LineHunk // all of it as one difference
	above int32          // how many of the lines before it may take part
	below int32          // and of those behind it
	sure  bool           // it is one difference, and can be nowhere else: whatever git's diff is like, it says hunk
}

const (
	// maxSlide bounds the lines that are looked at beside a middle. Where it is not enough, all of them may take part.
	maxSlide = 64
	// maxSure is the size of the largest middle that is looked through for lines in common.
	maxSure = 10_000 // lines of both versions
)

// everything is more lines than a file has.
const everything = 1 << 30

var eol = []byte("\n")

// between compares two versions, which are not the same.
func between(old, new []byte) middle {
	head := commonHead(old, new)
	tail := commonTail(old[head:], new[head:])
	a, b := old[head:len(old)-tail], new[head:len(new)-tail]
	first := int32(bytes.Count(new[:head], eol)) // #nosec G115 -- at most MaxBlob
	m := middle{hunk: gitio.LineHunk{Old: first, OldLines: countLines(a), New: first, NewLines: countLines(b)}}
	has := func(line []byte) bool { return hasLine(a, line) || hasLine(b, line) }
	for at := head; at > 0; m.above++ {
		start := lineStart(new, at)
		if !has(new[start:at]) {
			break
		}
		if m.above == maxSlide {
			m.above = everything
			break
		}
		at = start
	}
	for at := len(new) - tail; at < len(new); m.below++ {
		end := lineEnd(new, at)
		if !has(new[at:end]) {
			break
		}
		if m.below == maxSlide {
			m.below = everything
			break
		}
		at = end
	}
	m.sure = m.above == 0 && m.below == 0 && m.hunk.OldLines+m.hunk.NewLines <= maxSure && !inCommon(a, b)
	return m
}

// countLines counts lines; the last one may lack its line feed.
func countLines(b []byte) int32 {
	n := bytes.Count(b, eol)
	if len(b) > 0 && b[len(b)-1] != '\n' {
		n++
	}
	return int32(n) // #nosec G115 -- at most MaxBlob
}

// inCommon reports whether a line of a may be one of b.
func inCommon(a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	seed := maphash.MakeSeed()
	of := make(map[uint64]bool)
	for at := 0; at < len(a); {
		end := lineEnd(a, at)
		of[maphash.Bytes(seed, a[at:end])] = true
		at = end
	}
	for at := 0; at < len(b); {
		end := lineEnd(b, at)
		if of[maphash.Bytes(seed, b[at:end])] {
			return true
		}
		at = end
	}
	return false
}

// hasLine reports whether a text that begins with a line has a line.
func hasLine(text, line []byte) bool {
	for at := 0; ; {
		i := bytes.Index(text[at:], line)
		if i < 0 {
			return false
		}
		i += at
		end := i + len(line)
		if (i == 0 || text[i-1] == '\n') && (line[len(line)-1] == '\n' || end == len(text)) {
			return true
		}
		at = i + 1
	}
}

// lineEnd returns where the line that begins at the offset ends, after its line feed if it has one.
func lineEnd(b []byte, at int) int {
	if n := bytes.IndexByte(b[at:], '\n'); n >= 0 {
		return at + n + 1
	}
	return len(b)
}

// lineStart returns where the line begins that ends at the offset, which is not 0.
func lineStart(b []byte, end int) int { return bytes.LastIndexByte(b[:end-1], '\n') + 1 }

// step is how many bytes are compared at once before the first difference is looked for.
const compared = 256

// commonHead returns the size of the lines that both texts begin with.
func commonHead(a, b []byte) int {
	n, i := min(len(a), len(b)), 0
	for i+compared <= n && bytes.Equal(a[i:i+compared], b[i:i+compared]) {
		i += compared
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return bytes.LastIndexByte(a[:i], '\n') + 1
}

// commonTail returns the size of the lines that both texts end with.
func commonTail(a, b []byte) int {
	n, i := min(len(a), len(b)), 0
	x, y := a[len(a)-n:], b[len(b)-n:]
	for i+compared <= n && bytes.Equal(x[n-i-compared:n-i], y[n-i-compared:n-i]) {
		i += compared
	}
	for i < n && x[n-i-1] == y[n-i-1] {
		i++
	}
	begins := func(t []byte) bool { return len(t) == i || t[len(t)-i-1] == '\n' }
	if begins(a) && begins(b) {
		return i
	}
	k := bytes.IndexByte(a[len(a)-i:], '\n')
	if k < 0 {
		return 0
	}
	return i - k - 1
}
