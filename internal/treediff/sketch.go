package treediff

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"math/bits"
	"slices"
)

// chunkSize is how many bytes of a line are compared as one.
const chunkSize = 64

// A chunk is all occurrences of one text in a file.
type chunk struct {
	hash  uint64
	bytes int64 // how often, times its length
}

// A sketch is a file as the bag of its chunks, by which it is compared without regard to their order.
type sketch struct {
	size   int64   // bytes
	chunks []chunk // by hash
}

func newSketch(seed maphash.Seed, data []byte) sketch {
	s := sketch{size: int64(len(data))}
	full := 1 << 16
	for len(data) > 0 {
		if len(s.chunks) >= full { // a file of empty lines has more chunks than memory for them
			s.merge()
			full = max(full, 2*len(s.chunks))
		}
		n := bytes.IndexByte(data[:min(chunkSize, len(data))], '\n') + 1
		if n == 0 {
			n = min(chunkSize, len(data))
		}
		text, ended := bytes.CutSuffix(data[:n], []byte("\n"))
		data = data[n:]
		if ended { // by a line end of whichever kind
			text = bytes.TrimSuffix(text, []byte("\r"))
			n = len(text) + 1
		}
		s.chunks = append(s.chunks, chunk{maphash.Bytes(seed, text), int64(n)})
	}
	s.merge()
	return s
}

// merge makes one of the chunks of one text.
func (s *sketch) merge() {
	slices.SortFunc(s.chunks, func(a, b chunk) int { return cmp.Compare(a.hash, b.hash) })
	distinct := s.chunks[:0]
	for _, c := range s.chunks {
		if last := len(distinct) - 1; last >= 0 && distinct[last].hash == c.hash {
			distinct[last].bytes += c.bytes
		} else {
			distinct = append(distinct, c)
		}
	}
	s.chunks = distinct
}

// common returns the bytes that two files have in common.
func (s sketch) common(t sketch) (n int64) {
	a, b := s.chunks, t.chunks
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].hash < b[0].hash:
			a = a[1:]
		case a[0].hash > b[0].hash:
			b = b[1:]
		default:
			n += min(a[0].bytes, b[0].bytes)
			a, b = a[1:], b[1:]
		}
	}
	return n
}

// An index says which files have a chunk.
type index struct {
	sizes    []int64   // bytes of each file
	postings []posting // by hash
	starts   []int32   // of the postings whose hash begins with these bits
	shift    int
	scores   []int64 // of one comparison, for each file
}

type posting struct {
	chunk
	file int32
}

// add adds the next file.
func (x *index) add(s sketch) {
	for _, c := range s.chunks {
		x.postings = append(x.postings, posting{c, int32(len(x.sizes))}) // #nosec G115 -- source.MaxRenames bounds the files
	}
	x.sizes = append(x.sizes, s.size)
}

// sort ends the adding.
func (x *index) sort() {
	slices.SortFunc(x.postings, func(a, b posting) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.file, b.file))
	})
	width := bits.Len(uint(len(x.postings)))
	x.shift = 64 - width
	x.starts = make([]int32, 1<<width+1)
	for _, p := range x.postings {
		x.starts[p.hash>>x.shift+1]++
	}
	for i := 1; i < len(x.starts); i++ {
		x.starts[i] += x.starts[i-1]
	}
	x.scores = make([]int64, len(x.sizes))
}

// compare calls use with each file of the index that has something in common with s, and how many bytes. It returns how many
// postings it looked at.
func (x *index) compare(s sketch, use func(file int, common int64)) (work int64) {
	var files []int32
	for _, c := range s.chunks {
		bucket := c.hash >> x.shift
		for _, p := range x.postings[x.starts[bucket]:x.starts[bucket+1]] {
			work++
			if p.hash != c.hash {
				continue
			}
			if x.scores[p.file] == 0 {
				files = append(files, p.file)
			}
			x.scores[p.file] += min(p.bytes, c.bytes)
		}
	}
	for _, f := range files {
		use(int(f), x.scores[f])
		x.scores[f] = 0
	}
	return work
}
