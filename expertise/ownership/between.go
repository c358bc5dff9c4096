package ownership

import (
	"bytes"

	"github.com/refward/refward/internal/gitio"
)

// A middle is what two versions of a file have between the lines that both begin with and those that both end with. Whatever a diff says, it is
// about these lines, and about the few next to them that a difference can be moved over without saying anything else
// (git-diff(1), "--indent-heuristic"). So most lines of most versions are known to be the same without a diff.
type middle struct {
	hunk   gitio.LineHunk // all of it, with the lines beside it that may take part
	exact  bool           // hunks are those of a shortest diff, and all shortest diffs agree on the new lines that are not among unsure
	hunks  []gitio.LineHunk
	unsure []span
}

// everything is more lines than a file has.
const everything = 1 << 30

var eol = []byte("\n")

// between compares two versions, which are not the same.
func (d *differ) between(was, is *blob) middle {
	old, new := was.data, is.data
	head := commonHead(old, new)
	tail := commonTail(old[head:], new[head:])
	d.old.blob, d.new.blob, d.old.text, d.new.text = was, is, old, new
	if countLines(old[head:len(old)-tail])+countLines(new[head:len(new)-tail]) > maxShortest {
		return middle{hunk: gitio.LineHunk{OldLines: countLines(old), NewLines: countLines(new)}}
	}
	d.read(head, tail)
	d.widen(head, tail)
	first := int32(bytes.Count(new[:d.new.at(0)], eol)) // #nosec G115 -- at most MaxBlob
	m := middle{hunk: gitio.LineHunk{Old: first, OldLines: d.old.lines(), New: first, NewLines: d.new.lines()}}
	d.shortest(&m)
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

// lineEnd returns where the line that begins at the offset ends, after its line feed if it has one.
func lineEnd(b []byte, at int) int {
	if n := bytes.IndexByte(b[at:], '\n'); n >= 0 {
		return at + n + 1
	}
	return len(b)
}

// lineStart returns where the line begins that ends at the offset, which is not 0.
func lineStart(b []byte, end int) int { return bytes.LastIndexByte(b[:end-1], '\n') + 1 }

// compared is how many bytes are compared at once before the first difference is looked for.
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
