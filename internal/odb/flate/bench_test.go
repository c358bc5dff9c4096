package flate

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	klauspost "github.com/klauspost/compress/zlib"
)

// A corpus is some streams like those of a repository.
type corpus struct {
	name    string
	results [][]byte
	streams [][]byte
	bytes   int64 // of the results
}

// corpora returns deltas of about a hundred bytes, trees of 1 to 5 KB, and source texts of 20 to 200 KB: those of the standard library.
func corpora(b *testing.B) []*corpus {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	text := corpus{name: "texts"}
	words := corpus{name: "deltas"}
	trees := corpus{name: "trees"}
	names := sources(b)
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		if len(data) > 3000 {
			words.add(delta(r, data))
		}
		if len(data) >= 20<<10 && len(data) <= 200<<10 && len(text.results) < 150 {
			text.add(data)
		}
	}
	for len(trees.results) < 300 {
		var tree []byte
		for range 25 + r.IntN(80) {
			tree = fmt.Appendf(tree, "100644 %s\x00", filepath.Base(names[r.IntN(len(names))]))
			for range 5 {
				tree = append(tree, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()))
			}
		}
		trees.add(tree)
	}
	return []*corpus{&words, &trees, &text}
}

// delta makes a few copies and insertions, of about a hundred bytes.
func delta(r *rand.Rand, base []byte) []byte {
	d := []byte{0x80 | byte(len(base)), 0x20, 0x81 | byte(len(base)), 0x20}
	for size := 50 + r.IntN(100); len(d) < size; {
		d = append(d, 0x80|0x33, byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.IntN(8)))
		n, at := 10+r.IntN(40), r.IntN(len(base)-100)
		d = append(append(d, byte(n)), base[at:at+n]...)
	}
	return d
}

func (c *corpus) add(result []byte) {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(result) // to memory
	_ = w.Close()
	c.results = append(c.results, result)
	c.streams = append(c.streams, append(out.Bytes(), make([]byte, 64)...)) // a pack goes on behind it
	c.bytes += int64(len(result))
}

// resetting is what both packages say that their readers are.
type resetting interface {
	io.Reader
	zlib.Resetter
}

func (c *corpus) read(b *testing.B, z resetting) {
	buf := make([]byte, 1<<20)
	var src bytes.Reader
	b.SetBytes(c.bytes)
	for b.Loop() {
		for i, stream := range c.streams {
			src.Reset(stream)
			if err := z.Reset(&src, nil); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(z, buf[:len(c.results[i])]); err != nil {
				b.Fatal(err)
			}
			if _, err := z.Read(buf[:1]); err != io.EOF {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkInflate(b *testing.B) {
	for _, c := range corpora(b) {
		b.Logf("%s: %d, %d bytes on average", c.name, len(c.results), c.bytes/int64(len(c.results)))
		b.Run(c.name+"/own", func(b *testing.B) {
			buf := make([]byte, 1<<20)
			b.SetBytes(c.bytes)
			for b.Loop() {
				for i, stream := range c.streams {
					if _, err := Inflate(buf[:len(c.results[i])], stream); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
		b.Run(c.name+"/klauspost", func(b *testing.B) {
			z, err := klauspost.NewReader(bytes.NewReader(c.streams[0]))
			if err != nil {
				b.Fatal(err)
			}
			c.read(b, z.(resetting))
		})
		b.Run(c.name+"/standard", func(b *testing.B) {
			z, err := zlib.NewReader(bytes.NewReader(c.streams[0]))
			if err != nil {
				b.Fatal(err)
			}
			c.read(b, z.(resetting))
		})
	}
}
