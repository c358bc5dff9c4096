package flate

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/adler32"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// deflate compresses at a level of package compress/flate.
func deflate(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, level)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var levels = []int{flate.HuffmanOnly, flate.NoCompression, 1, 2, 3, 4, 5, 6, 7, 8, 9}

// standard decompresses with package compress/zlib and returns how many bytes of src it took.
func standard(src []byte) (result []byte, n int, err error) {
	r := bytes.NewReader(src)
	z, err := zlib.NewReader(r)
	if err != nil {
		return nil, 0, err
	}
	result, err = io.ReadAll(io.LimitReader(z, 1<<22))
	if len(result) == 1<<22 {
		return result, 0, errors.New("too long for a test")
	}
	return result, len(src) - r.Len(), err
}

// sameAsStandard holds Inflate and Head against package compress/zlib.
func sameAsStandard(t testing.TB, src []byte) {
	t.Helper()
	src = src[:len(src):len(src)]
	want, n, err := standard(src)
	if len(src) > 1 && src[1]&0x20 != 0 {
		err = zlib.ErrDictionary // one that has the checksum of nothing is let through there
	}
	if err != nil {
		for _, size := range []int{0, len(want), len(want) + 1, len(want) + 300} {
			if _, err := Inflate(make([]byte, size), src); err == nil {
				t.Fatalf("Inflate to %d bytes: no error; %v is expected; of %x", size, err, src[:min(len(src), 100)])
			}
		}
		return
	}
	got := bytes.Repeat([]byte{0xaa}, len(want))
	if m, err := Inflate(got, src); err != nil || m != n || !bytes.Equal(got, want) {
		t.Fatalf("Inflate: %d bytes taken, want %d; %v; as expected: %v", m, n, err, bytes.Equal(got, want))
	}
	if _, err := Inflate(make([]byte, len(want)+1), src); err != io.ErrUnexpectedEOF {
		t.Fatalf("Inflate to a byte more: %v", err)
	}
	if len(want) > 0 {
		if _, err := Inflate(make([]byte, len(want)-1), src); err != ErrLonger {
			t.Fatalf("Inflate to a byte less: %v", err)
		}
	}
	for _, size := range []int{0, 1, 20, 500, len(want) / 2, len(want) - 1, len(want), len(want) + 1} {
		if size < 0 {
			continue
		}
		head := make([]byte, size)
		if m, err := Head(head, src); err != nil || m != min(size, len(want)) || !bytes.Equal(head[:m], want[:m]) {
			t.Fatalf("Head of %d bytes: %d bytes, %v", size, m, err)
		}
	}
}

// samples are contents of many kinds.
func samples() [][]byte {
	r := rand.New(rand.NewPCG(7, 7))
	noise := func(n, symbols int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.IntN(symbols))
		}
		return b
	}
	skewed := make([]byte, 200_000) // some codes of 15 bits
	for i := range skewed {
		skewed[i] = byte(min(255, int(r.ExpFloat64()*8)))
	}
	far := noise(32768, 256)
	far = append(far, far...) // a copy over the whole window
	return [][]byte{nil, {0}, []byte("ab"), []byte("hello"), []byte("hello, hello, hello"), make([]byte, 100_000), noise(300, 256), noise(70_000, 256),
		noise(5000, 2), noise(5000, 40), bytes.Repeat([]byte("ab"), 1000), bytes.Repeat([]byte("abc"), 500), bytes.Repeat([]byte("abcdefg"), 500),
		bytes.Repeat([]byte("0123456789abcdefghijk"), 100), skewed, far, []byte(strings.Repeat("the quick brown fox jumps; ", 4) + "over the dog")}
}

func TestSameAsStandard(t *testing.T) {
	for _, sample := range samples() {
		for _, level := range levels {
			stream := deflate(t, sample, level)
			sameAsStandard(t, stream)
			sameAsStandard(t, append(stream, "what follows in the pack, for more than sixteen bytes"...))
		}
	}
}

// sources returns the names of some thousand files of the standard library.
func sources(t testing.TB) []string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src", "*", "*.go"))
	if err != nil || len(names) < 100 {
		t.Fatal(len(names), err)
	}
	return names
}

// TestSources reads the sources of the standard library, as a repository would have them.
func TestSources(t *testing.T) {
	for i, name := range sources(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sameAsStandard(t, deflate(t, data, []int{1, 6, 9, flate.HuffmanOnly}[i%4]))
	}
}

func TestTruncated(t *testing.T) {
	for _, sample := range samples() {
		for _, level := range []int{flate.HuffmanOnly, 0, 1, 6} {
			stream := deflate(t, sample, level)
			if len(stream) > 2000 {
				continue
			}
			for n := range stream {
				got := make([]byte, len(sample))
				if _, err := Inflate(got, stream[:n:n]); err != io.ErrUnexpectedEOF {
					t.Fatalf("level %d, %d of %d bytes: %v", level, n, len(stream), err)
				}
			}
		}
	}
}

func TestFlipped(t *testing.T) {
	for _, sample := range samples() {
		for _, level := range []int{flate.HuffmanOnly, 0, 1, 6} {
			stream := append(deflate(t, sample, level), "what follows in the pack"...)
			step := max(1, len(stream)/300, len(stream)*len(sample)/10_000_000)
			for i := 0; i < len(stream); i += step {
				stream[i] ^= 1 << (i % 8)
				sameAsStandard(t, stream)
				stream[i] ^= 1 << (i % 8)
			}
		}
	}
}

func FuzzInflate(f *testing.F) {
	for _, sample := range samples() {
		for _, level := range levels {
			if stream := deflate(f, sample, level); len(stream) < 4000 {
				f.Add(stream)
			}
		}
	}
	r := rand.New(rand.NewPCG(5, 5))
	for i := range 20 {
		stream, _ := randomBlock(r, 200, i%4 == 0)
		f.Add(stream)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		sameAsStandard(t, src)
		// The checksum would stop most of what is made up: let it be right.
		if want, n, _ := standard(src); n >= 6 && n <= len(src) {
			src = bytes.Clone(src[:n])
			binary.BigEndian.PutUint32(src[n-4:], adler32.Checksum(want))
			sameAsStandard(t, src)
		}
	})
}

func TestChecksum(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for n := range 3000 {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32() | r.Uint32()) // often 255
		}
		if got, want := checksum(b), adler32.Checksum(b); got != want {
			t.Fatalf("%d bytes: %x, want %x", n, got, want)
		}
	}
	b := bytes.Repeat([]byte{255}, 1<<20)
	if got, want := checksum(b), adler32.Checksum(b); got != want {
		t.Fatalf("%x, want %x", got, want)
	}
}
