package detector

// keywords finds every occurrence of many words in a text at once, whatever the case of ASCII letters: the automaton of
// Aho and Corasick ("Efficient string matching", 1975) with all transitions spelled out, over classes of bytes.
type keywords struct {
	words   []string // lower case
	class   [256]uint8
	classes int
	next    []uint16 // by state*classes + class; with ending set where a word ends in the state that it names
	ends    [][]int  // by state: the words that end there
}

// maxStates is how many states fit beside the mark.
const (
	ending    = 1 << 15
	maxStates = ending
)

// newKeywords returns the automaton of some words in ASCII or any other bytes, upper case letters in lower case. It returns nil
// when they are too many or too long for its tables.
func newKeywords(words []string) *keywords {
	k := &keywords{words: words, classes: 1}
	total := 1
	for _, w := range words {
		total += len(w)
		for _, c := range []byte(w) {
			if k.class[c] == 0 {
				if k.classes == 255 {
					return nil
				}
				k.class[c] = uint8(k.classes) // #nosec G115 -- below 255
				k.classes++
			}
		}
	}
	if total > maxStates {
		return nil
	}
	for c := byte('A'); c <= 'Z'; c++ {
		k.class[c] = k.class[c+'a'-'A']
	}
	n := k.classes
	k.next = make([]uint16, n, total*n)
	k.ends = make([][]int, 1, total)
	for i, w := range words {
		s := 0
		for _, c := range []byte(w) {
			at := s*n + int(k.class[c])
			if k.next[at] == 0 {
				k.next[at] = uint16(len(k.ends)) // #nosec G115 -- below maxStates
				k.next = k.next[:len(k.next)+n]
				k.ends = append(k.ends, nil)
			}
			s = int(k.next[at])
		}
		k.ends[s] = append(k.ends[s], i)
	}
	k.close()
	return k
}

// close fills in where to go on when a word breaks off: to the longest end of what was read that begins a word.
func (k *keywords) close() {
	n := k.classes
	fail := make([]uint16, len(k.ends))
	queue := make([]uint16, 0, len(k.ends))
	for c := range n {
		if s := k.next[c]; s != 0 {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		s := int(queue[0])
		queue = queue[1:]
		f := int(fail[s])
		for c := range n {
			at := s*n + c
			if t := k.next[at]; t != 0 {
				fail[t] = k.next[f*n+c]
				k.ends[t] = append(k.ends[t], k.ends[fail[t]]...)
				queue = append(queue, t)
			} else {
				k.next[at] = k.next[f*n+c]
			}
		}
	}
	for i, s := range k.next {
		if len(k.ends[s]) > 0 {
			k.next[i] |= ending
		}
	}
}

// find calls found for every occurrence, with the number of the word and the offset of its end.
func (k *keywords) find(text string, found func(word, end int)) {
	next, n := k.next, k.classes
	s := 0
	for i := 0; i < len(text); i++ {
		t := next[s*n+int(k.class[text[i]])]
		if t >= ending {
			t &^= ending
			for _, w := range k.ends[t] {
				found(w, i+1)
			}
		}
		s = int(t)
	}
}

// has reports whether a text has one of the words.
func (k *keywords) has(text string) bool {
	s := 0
	for i := 0; i < len(text); i++ {
		t := k.next[s*k.classes+int(k.class[text[i]])]
		if t >= ending {
			return true
		}
		s = int(t)
	}
	return false
}
