package detector

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A tail tells, at an anchor, whether what follows it can be the rest of a match. It may say yes too often, never no: what a pattern says of
// word boundaries and ends of lines is left out, a character outside of ASCII is any such, and what is very long counts as
// fitting. Most of the words that patterns look for are followed by something else; to see that this way takes a few bytes,
// where the expression itself would be tried at every place before the word. A tail is safe for concurrent use.
type tail struct {
	class   [256]uint8
	classes int
	steps   []step
	start   []int32   // closure of the first step
	pool    sync.Pool // of *lazy
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

// newTail returns the tail of what follows an anchor.
func newTail(parts []*syntax.Regexp) *tail {
	t := &tail{steps: []step{{next: [2]int32{-1, -1}}}}
	start := t.all(parts, fits)
	t.start = t.closure(nil, start)
	slices.Sort(t.start)
	t.classify()
	t.pool.New = func() any { return newLazy(t) }
	return t
}

// add returns the number of a new step, or that of the end when there are enough.
func (t *tail) add(s step) int32 {
	if len(t.steps) >= maxSteps {
		return fits
	}
	t.steps = append(t.steps, s)
	return int32(len(t.steps) - 1)
}

// all returns the first step of parts that follow each other, before next.
func (t *tail) all(parts []*syntax.Regexp, next int32) int32 {
	for _, p := range slices.Backward(parts) {
		next = t.one(p, next)
	}
	return next
}

func (t *tail) one(re *syntax.Regexp, next int32) int32 {
	switch re.Op {
	case syntax.OpNoMatch:
		return t.add(step{bytes: new([256]bool), next: [2]int32{next, -1}})
	case syntax.OpLiteral:
		for _, r := range slices.Backward(re.Rune) {
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
		other = other || ranges[i+1] > unicode.MaxASCII
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

// closure adds to a set the steps that take a byte and are reached without one, and the end.
func (t *tail) closure(set []int32, from int32) []int32 {
	stack := []int32{from}
	seen := map[int32]bool{}
	for len(stack) > 0 {
		s := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if s < 0 || seen[s] {
			continue
		}
		seen[s] = true
		if s == fits || t.steps[s].bytes != nil {
			set = append(set, s)
			continue
		}
		stack = append(stack, t.steps[s].next[0], t.steps[s].next[1])
	}
	return set
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
				split[c] = uint8(t.classes)
				t.classes++
			}
			t.class[b] = split[c]
		}
	}
}

// fits reports whether a text can begin with the rest of a match.
func (t *tail) fits(text string) bool {
	l := t.pool.Get().(*lazy)
	defer t.pool.Put(l)
	return l.run(text)
}

// A lazy is the deterministic automaton of a tail, made as far as texts need it.
type lazy struct {
	*tail
	states map[string]int32
	sets   [][]int32
	next   []int32 // by state*classes + class; 0 = not known yet
	key    []byte
}

// The states that end a run; those that do not have numbers from 2.
const (
	dead   = -1
	fitted = -2
	first  = 2
)

// maxLazy is how many states are kept before the table is begun anew.
const maxLazy = 4096

func newLazy(t *tail) *lazy {
	l := &lazy{tail: t}
	l.reset()
	return l
}

func (l *lazy) reset() {
	l.states = map[string]int32{}
	l.sets = make([][]int32, first, 16)
	l.next = make([]int32, first*l.classes, 16*l.classes)
}

func (l *lazy) run(text string) bool {
	s := l.state(l.start)
	for i := 0; s > 0; i++ {
		if i == len(text) {
			return false
		}
		c := int(l.class[text[i]])
		t := l.next[int(s)*l.classes+c]
		if t == 0 {
			t = l.step(s, c, text[i])
		}
		s = t
	}
	return s == fitted
}

// state returns the number of a set of steps, in order.
func (l *lazy) state(set []int32) int32 {
	if len(set) == 0 {
		return dead
	}
	if set[0] == fits {
		return fitted
	}
	l.key = l.key[:0]
	for _, s := range set {
		l.key = binary.LittleEndian.AppendUint16(l.key, uint16(s))
	}
	if s, ok := l.states[string(l.key)]; ok {
		return s
	}
	if len(l.sets) >= maxLazy {
		l.reset()
	}
	s := int32(len(l.sets))
	l.states[string(l.key)] = s
	l.sets = append(l.sets, set)
	l.next = append(l.next, make([]int32, l.classes)...)
	return s
}

// step finds where a state goes with a byte, and notes it.
func (l *lazy) step(from int32, class int, b byte) int32 {
	var set []int32
	for _, s := range l.sets[from] {
		if l.steps[s].bytes[b] {
			set = l.closure(set, l.steps[s].next[0])
		}
	}
	slices.Sort(set)
	set = slices.Compact(set)
	sets := len(l.sets)
	to := l.state(set)
	if len(l.sets) >= sets { // else the table was begun anew, and from is gone
		l.next[int(from)*l.classes+class] = to
	}
	return to
}
