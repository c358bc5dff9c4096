package treemap

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/dustin/go-humanize"
)

// A Node is a directory or file.
type Node struct {
	Name string // without directories; any bytes

	// Lines and Files count everything below, too. What the children do not have is shown as the directory's own files.
	Lines, Files int64

	Top           float64   // share of the lines that the person with most has, 0 to 1; below 0 = not known
	Owners        []Share   // who has most, in that order; three are shown
	LastChange    time.Time // zero = not known
	DepartedShare float64   // share of the lines by people who have left, 0 to 1; below 0 = not known
	Children      []*Node
}

// A Share is a part of a directory's lines by one person.
type Share struct {
	Label string // what the page calls the person; a pseudonym is fine
	Share float64
}

// MaxNodes is how many directories a page shows; those without children and what is collapsed come to as many again at most.
const MaxNodes = 1500

const (
	maxDepth = 24  // a browser's parser has a bound of its own at 512
	maxName  = 120 // letters of a name or label
)

// A cell is what is shown of a node, or of several small ones.
type cell struct {
	name, path string
	lines      int64
	files      int64
	node       *Node // nil = several
	depth      int
	cells      []*cell
	at, part   Rect
	hidden     bool
}

// shown returns the cells of a tree.
func shown(root *Node) *cell {
	var sizes []int64
	var walk func(n *Node, depth int)
	walk = func(n *Node, depth int) {
		if n == nil || depth > maxDepth {
			return
		}
		sizes = append(sizes, n.Lines)
		for _, k := range n.Children {
			walk(k, depth+1)
		}
	}
	walk(root, 0)
	slices.Sort(sizes)
	least := int64(0)
	if len(sizes) > MaxNodes {
		least = max(sizes[len(sizes)-MaxNodes-1], 0)
	}
	return grow(root, "", least, 0)
}

// grow returns the cell of a node with all below it that have more lines than least.
func grow(n *Node, above string, least int64, depth int) *cell {
	c := &cell{name: clean(n.Name), lines: n.Lines, files: n.Files, node: n, depth: depth}
	for len(n.Children) == 1 && n.Children[0] != nil && n.Children[0].Lines == n.Lines && depth > 0 && len(c.name) < maxName { // "src/main/java" is one step
		n = n.Children[0]
		c.name, c.node = c.name+"/"+clean(n.Name), n
	}
	if c.path = c.name; above != "" {
		c.path = above + "/" + c.name
	}
	below := c.path
	if depth == 0 {
		below = ""
	}
	rest, more := n.Lines, &cell{path: c.path, depth: depth + 1}
	count := int64(0)
	for _, k := range n.Children {
		if k == nil || k.Lines <= 0 {
			continue
		}
		rest -= k.Lines
		if k.Lines <= least || depth >= maxDepth {
			count++
			more.lines += k.Lines
			more.files += k.Files
			continue
		}
		c.cells = append(c.cells, grow(k, below, least, depth+1))
	}
	if len(c.cells) == 0 {
		return c // nothing below is large enough: the directory stands for all
	}
	slices.SortStableFunc(c.cells, func(a, b *cell) int {
		if a.lines != b.lines {
			if a.lines > b.lines {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	if rest > 0 {
		own := &cell{name: "files here", path: c.path + " (files here)", lines: rest, node: &Node{Top: -1, DepartedShare: -1}, depth: depth + 1}
		c.cells = append(c.cells, own)
	}
	if count > 0 {
		more.name = fmt.Sprintf("%s more", humanize.Comma(count))
		more.path = c.path + " (" + more.name + ")"
		c.cells = append(c.cells, more)
	}
	return c
}

// clean returns a name that can be shown: valid, on one line, not endless, and without what turns the direction of a line round.
func clean(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxName {
			b.WriteRune('…')
			break
		}
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
	}
	return b.String()
}

// share returns a step of a scale of five, and the share in words. A share that is not known has no step.
func share(v float64) (step int, words string) {
	if math.IsNaN(v) || v < 0 {
		return -1, "not known"
	}
	v = min(v, 1)
	return min(int(v*5), 4), fmt.Sprintf("%.0f %%", v*100)
}

// ages are the steps of the scale of ages; what is older is the last step.
var ages = []time.Duration{30 * 24 * time.Hour, 90 * 24 * time.Hour, 365 * 24 * time.Hour, 730 * 24 * time.Hour}

func age(last, now time.Time) (step int, words string) {
	if last.IsZero() {
		return -1, "not known"
	}
	step = slices.IndexFunc(ages, func(d time.Duration) bool { return now.Sub(last) < d })
	if step < 0 {
		step = len(ages)
	}
	return step, last.UTC().Format(time.DateOnly)
}
