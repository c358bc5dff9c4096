package detector

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A tail tells, at an anchor, whether what follows it, or what comes before it, can be the rest of a match, and how far that reaches. It may
// say yes too often and too far, never no, and never too near: what a pattern says of word boundaries and ends of lines is left
// out, a character outside of ASCII is any such, and what is very long counts as fitting. Most of the words that patterns
// look for are followed by something else; to see that this way takes a few bytes, where the expression itself would be tried
// at every place before the word. A tail is safe for concurrent use.
type tail struct {
	parts    []*syntax.Regexp
	backward bool // it is read from its end
	class    [256]uint8
	classes  int
	steps    []step
	cut      bool    // steps are missing: it can say nothing
	start    []int32 // closure of the first step

	mu   sync.Mutex
	idle []*lazy // a sync.Pool would lose what they know at each garbage collection
}

// A step of a tail takes one byte, or none.
type step struct {
	bytes *[256]bool // nil: takes none
	next  [2]int32   // steps to go on with; the second only where none is taken, -1 if there is no other
}

const (
	fits     = 0 // the number of the step that ends a match
	maxSteps = 4096
)

// newTail returns the tail of what follows an anchor, or backward that of what comes before it.
func newTail(parts []*syntax.Regexp, backward bool) *tail {
	t := &tail{parts: parts, backward: backward, steps: []step{{next: [2]int32{-1, -1}}}}
	start := t.all(parts, fits)
	t.start = slices.Clone(newClosure(t).of(start))
	t.classify()
	return t
}

// add returns the number of a new step, or any when there are enough.
func (t *tail) add(s step) int32 {
	if len(t.steps) >= maxSteps {
		t.cut = true
		return fits
	}
	t.steps = append(t.steps, s)
	return int32(len(t.steps) - 1) // #nosec G115 -- below maxSteps
}

// all returns the first step of parts that follow each other, before next.
func (t *tail) all(parts []*syntax.Regexp, next int32) int32 {
	for i := range parts {
		next = t.one(t.nth(parts, i), next)
	}
	return next
}

// nth returns the part before i others, from the end in which a text is read last.
func (t *tail) nth(parts []*syntax.Regexp, i int) *syntax.Regexp {
	if t.backward {
		return parts[i]
	}
	return parts[len(parts)-1-i]
}

func (t *tail) one(re *syntax.Regexp, next int32) int32 {
	switch re.Op {
	case syntax.OpNoMatch:
		return t.add(step{bytes: new([256]bool), next: [2]int32{next, -1}})
	case syntax.OpLiteral:
		for i := range re.Rune {
			r := re.Rune[i]
			if !t.backward {
				r = re.Rune[len(re.Rune)-1-i]
			}
			ranges := []rune{r, r}
			if re.Flags&syntax.FoldCase != 0 {
				ranges = nil
				for f := unicode.SimpleFold(r); ; f = unicode.SimpleFold(f) {
					ranges = append(ranges, f, f)
					if f == r {
						break
					}
				}
			}
			next = t.char(ranges, next)
		}
		return next
	case syntax.OpCharClass:
		return t.char(re.Rune, next)
	case syntax.OpAnyChar:
		return t.char([]rune{0, unicode.MaxRune}, next)
	case syntax.OpAnyCharNotNL:
		return t.char([]rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}, next)
	case syntax.OpCapture:
		return t.one(re.Sub[0], next)
	case syntax.OpConcat:
		return t.all(re.Sub, next)
	case syntax.OpAlternate:
		first := t.one(re.Sub[0], next)
		for _, sub := range re.Sub[1:] {
			first = t.add(step{next: [2]int32{first, t.one(sub, next)}})
		}
		return first
	case syntax.OpQuest:
		return t.add(step{next: [2]int32{t.one(re.Sub[0], next), next}})
	case syntax.OpStar:
		return t.loop(re.Sub[0], next)
	case syntax.OpPlus:
		return t.one(re.Sub[0], t.loop(re.Sub[0], next))
	case syntax.OpRepeat:
		if re.Max < 0 {
			next = t.loop(re.Sub[0], next)
		}
		for range re.Max - re.Min {
			next = t.add(step{next: [2]int32{t.one(re.Sub[0], next), next}})
		}
		for range re.Min {
			next = t.one(re.Sub[0], next)
		}
		return next
	}
	return next // empty, or an assertion
}

// loop repeats a pattern any number of times.
func (t *tail) loop(re *syntax.Regexp, next int32) int32 {
	again := t.add(step{next: [2]int32{next, -1}})
	if again == fits {
		return fits
	}
	body := t.one(re, again)
	t.steps[again].next[1] = body
	return again
}

// char takes one character of some ranges: a byte of ASCII, or up to four bytes of any other.
func (t *tail) char(ranges []rune, next int32) int32 {
	var ascii [256]bool
	other := false
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := ranges[i]; r <= min(ranges[i+1], unicode.MaxASCII); r++ {
			ascii[r] = true
		}
		for r := max(ranges[i], utf8.RuneSelf); r <= ranges[i+1] && !other; r++ {
			other = !isFold(r) // where one of those is, anchors are not asked
		}
	}
	first := t.add(step{bytes: &ascii, next: [2]int32{next, -1}})
	if !other {
		return first
	}
	var high [256]bool
	for b := utf8.RuneSelf; b < 256; b++ {
		high[b] = true
	}
	more := next
	for range utf8.UTFMax {
		taken := t.add(step{bytes: &high, next: [2]int32{more, -1}})
		more = t.add(step{next: [2]int32{taken, next}})
		first = t.add(step{next: [2]int32{first, taken}})
	}
	return first
}

// A closure collects the steps that take a byte and are reached without one, and the end.
type closure struct {
	*tail
	met     []uint32 // by step: the number of the set that it was last met for
	set     uint32
	stack   []int32
	reached []int32
}

func newClosure(t *tail) *closure { return &closure{tail: t, met: make([]uint32, len(t.steps))} }

// of returns the set that begins with some steps, in order. It is overwritten by the next call.
func (c *closure) of(from ...int32) []int32 {
	c.set++
	c.stack, c.reached = append(c.stack[:0], from...), c.reached[:0]
	for len(c.stack) > 0 {
		s := c.stack[len(c.stack)-1]
		c.stack = c.stack[:len(c.stack)-1]
		if s < 0 || c.met[s] == c.set {
			continue
		}
		c.met[s] = c.set
		if step := &c.tail.steps[s]; s == fits || step.bytes != nil {
			c.reached = append(c.reached, s)
		} else {
			c.stack = append(c.stack, step.next[0], step.next[1])
		}
	}
	slices.Sort(c.reached)
	return c.reached
}

// classify gives bytes that no step tells apart the same number.
func (t *tail) classify() {
	t.classes = 1
	done := map[[256]bool]bool{}
	for _, s := range t.steps {
		if s.bytes == nil || done[*s.bytes] {
			continue
		}
		done[*s.bytes] = true
		split := map[uint8]uint8{} // class → class of those of its bytes that the step takes
		var in, out [256]int
		for b := range 256 {
			if s.bytes[b] {
				in[t.class[b]]++
			} else {
				out[t.class[b]]++
			}
		}
		for b := range 256 {
			c := t.class[b]
			if !s.bytes[b] || out[c] == 0 || in[c] == 0 {
				continue
			}
			if _, ok := split[c]; !ok {
				split[c] = uint8(t.classes) // #nosec G115 -- at most one class for each byte
				t.classes++
			}
			t.class[b] = split[c]
		}
	}
}

// maxReach is how many bytes a tail looks at. Many anchors before one long text would make it look at that again for each.
const maxReach = 1024

// reach returns how many bytes a match can take of a text, from its beginning, or backward from its end; -1 if it cannot be one. If that is
// maxReach, it may be more.
func (t *tail) reach(text string) int {
	if t.cut {
		return maxReach
	}
	l := t.take()
	defer t.put(l)
	return l.run(text)
}

func (t *tail) take() *lazy {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.idle)
	if n == 0 {
		return newLazy(t)
	}
	l := t.idle[n-1]
	t.idle = t.idle[:n-1]
	return l
}

func (t *tail) put(l *lazy) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle = append(t.idle, l)
}

// A lazy is the deterministic automaton of a tail, made as far as texts need it.
type lazy struct {
	*tail
	closure *closure
	from    []int32
	states  map[string]int32
	sets    [][]int32
	ends    []bool  // by state: a match can end there
	next    []int32 // by state*classes + class; 0 = not known yet
	key     []byte
}

// States have numbers from 2; 0 is one that is not known yet.
const (
	dead  = 1
	first = 2
)

// maxLazy is how many states are kept before the table is begun anew.
const maxLazy = 4096

func newLazy(t *tail) *lazy {
	l := &lazy{tail: t, closure: newClosure(t)}
	l.reset()
	return l
}

func (l *lazy) reset() {
	l.states = map[string]int32{}
	l.sets = make([][]int32, first, 16)
	l.ends = make([]bool, first, 16)
	l.next = make([]int32, first*l.classes, 16*l.classes)
}

func (l *lazy) run(text string) int {
	fit := false
	s := l.state(l.start)
	for i := 0; ; i++ {
		if s == dead {
			if fit {
				return i - 1
			}
			return -1
		}
		fit = fit || l.ends[s]
		if i == maxReach {
			return maxReach
		}
		if i == len(text) {
			if fit {
				return i
			}
			return -1
		}
		b := text[i]
		if l.backward {
			b = text[len(text)-1-i]
		}
		c := int(l.class[b])
		t := l.next[int(s)*l.classes+c]
		if t == 0 {
			t = l.step(s, c, b)
		}
		s = t
	}
}

// state returns the number of a set of steps, in order.
func (l *lazy) state(set []int32) int32 {
	if len(set) == 0 {
		return dead
	}
	l.key = l.key[:0]
	for _, s := range set {
		l.key = binary.LittleEndian.AppendUint16(l.key, uint16(s)) // #nosec G115 -- below maxSteps
	}
	if s, ok := l.states[string(l.key)]; ok {
		return s
	}
	if len(l.sets) >= maxLazy {
		l.reset()
	}
	s := int32(len(l.sets)) // #nosec G115 -- below maxLazy
	l.states[string(l.key)] = s
	l.sets = append(l.sets, slices.Clone(set))
	l.ends = append(l.ends, set[0] == fits)
	l.next = append(l.next, make([]int32, l.classes)...)
	return s
}

// step finds where a state goes with a byte, and notes it.
func (l *lazy) step(from int32, class int, b byte) int32 {
	l.from = l.from[:0]
	for _, s := range l.sets[from] {
		if s != fits && l.steps[s].bytes[b] {
			l.from = append(l.from, l.steps[s].next[0])
		}
	}
	set := l.closure.of(l.from...)
	sets := len(l.sets)
	to := l.state(set)
	if len(l.sets) >= sets { // else the table was begun anew, and from is gone
		l.next[int(from)*l.classes+class] = to
	}
	return to
}
