package odb

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A fixture is a bare repository in a temporary directory, driven by real git without the host's configuration.
type fixture struct {
	t   testing.TB
	dir string
	env []string
}

func newFixture(t testing.TB, options ...string) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: t.TempDir()}
	f.git("", append([]string{"init", "-q", "--bare", "-b", "main", "--template="}, options...)...)
	return f
}

func (f *fixture) objects() string { return filepath.Join(f.dir, "objects") }

func (f *fixture) command(stdin string, args ...string) *exec.Cmd {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = f.dir, strings.NewReader(stdin)
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + f.dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1",
	}, f.env...)
	return cmd
}

func (f *fixture) try(stdin string, args ...string) (string, error) {
	cmd := f.command(stdin, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out), err
}

func (f *fixture) git(stdin string, args ...string) string {
	f.t.Helper()
	out, err := f.try(stdin, args...)
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

// history imports commits with files that change a little each time: what git makes deltas of. Dates are pinned.
func (f *fixture) history(seed uint64, commits, files, size int) {
	f.t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	content := make([][]byte, files)
	for i := range content {
		content[i] = text(r, size)
	}
	var b strings.Builder
	for n := range commits {
		fmt.Fprintf(&b, "commit refs/heads/main%d\ncommitter A U Thor <a@example.com> %d +0000\ndata 9\nsubject %d\n", seed, 1_700_000_000+n, n%10)
		if n == 0 {
			b.WriteString("M 100644 inline empty\ndata 0\n\n")
		}
		for range 1 + files/4 {
			i := r.IntN(files)
			at := r.IntN(len(content[i]))
			content[i] = slices.Concat(content[i][:at], text(r, 40), content[i][min(len(content[i]), at+r.IntN(60)):])
			fmt.Fprintf(&b, "M 100644 inline d%d/f%d.txt\ndata %d\n%s\n", i%3, i, len(content[i]), content[i])
		}
	}
	fmt.Fprintf(&b, "tag v%d\nfrom refs/heads/main%d\ntagger A U Thor <a@example.com> 1700000000 +0000\ndata 4\nnote\n", seed, seed)
	f.git(b.String(), "fast-import", "--quiet", "--force")
}

func text(r *rand.Rand, size int) []byte {
	b := make([]byte, 0, size+1)
	for len(b) < size {
		b = append(b, fmt.Sprintf("%x ", r.Uint32N(1<<20))...)
		if r.IntN(8) == 0 {
			b = append(b, '\n')
		}
	}
	return b[:size]
}

// unpack makes every object loose.
func (f *fixture) unpack() {
	f.t.Helper()
	for _, name := range f.packs() {
		moved := filepath.Join(f.dir, filepath.Base(name))
		if err := os.Rename(name, moved); err != nil {
			f.t.Fatal(err)
		}
		data, err := os.ReadFile(moved)
		if err != nil {
			f.t.Fatal(err)
		}
		os.Remove(strings.TrimSuffix(name, ".pack") + ".idx")
		f.git(string(data), "unpack-objects", "-q")
	}
}

func (f *fixture) packs() []string {
	names, err := filepath.Glob(filepath.Join(f.objects(), "pack", "*.pack"))
	if err != nil {
		f.t.Fatal(err)
	}
	return names
}

type object struct {
	kind string
	data string
}

// all returns every object as git sees it.
func (f *fixture) all() map[string]object {
	f.t.Helper()
	out := f.git("", "cat-file", "--batch", "--batch-all-objects")
	objects := map[string]object{}
	for out != "" {
		var id, kind string
		var size int
		head, rest, _ := strings.Cut(out, "\n")
		if _, err := fmt.Sscan(head, &id, &kind, &size); err != nil {
			f.t.Fatalf("%q: %v", head, err)
		}
		objects[id] = object{kind, rest[:size]}
		out = rest[size+1:]
	}
	return objects
}

func open(t testing.TB, o Options, dirs ...string) *Store {
	t.Helper()
	s, err := Open(dirs, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func id(t testing.TB, s string) ID {
	t.Helper()
	id, err := ParseID(strings.TrimSpace(s))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// idOf hashes an object.
func idOf(kind Kind, data []byte) (id ID) {
	h := newHash(kind, int64(len(data)))
	h.Write(data)
	h.Sum(id[:0])
	return id
}

func deflate(data []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(data) // to memory
	_ = w.Close()
	return b.Bytes()
}

// A packWriter writes packs that git would not.
type packWriter struct {
	bytes.Buffer
	ids     []ID
	offsets map[ID]int64
	count   int // -1 = as many as there are
	version uint32
}

func newPackWriter() *packWriter {
	w := &packWriter{offsets: map[ID]int64{}, count: -1, version: 2}
	w.Write(make([]byte, packHead))
	return w
}

// add appends an entry that claims a kind and a size.
func (w *packWriter) add(id ID, kind Kind, size uint64, rest ...[]byte) int64 {
	off := int64(w.Len())
	w.ids = append(w.ids, id)
	w.offsets[id] = off
	c := byte(kind)<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		w.WriteByte(c | 0x80)
		c = byte(size & 0x7f)
	}
	w.WriteByte(c)
	for _, b := range rest {
		w.Write(b)
	}
	return off
}

func (w *packWriter) blob(data string) ID {
	id := idOf(Blob, []byte(data))
	w.add(id, Blob, uint64(len(data)), deflate([]byte(data)))
	return id
}

// back writes the distance to a base.
func back(n int64) []byte {
	b := []byte{byte(n & 0x7f)}
	for n >>= 7; n > 0; n >>= 7 {
		n--
		b = append([]byte{byte(n&0x7f) | 0x80}, b...)
	}
	return b
}

func varint(n uint64) []byte { return binary.AppendUvarint(nil, n) }

// appending is the delta that puts a suffix behind a base of up to 64 KiB.
func appending(base int, suffix string) []byte {
	b := append(varint(uint64(base)), varint(uint64(base+len(suffix)))...)
	if base > 0 {
		b = append(b, 0x80|0x10|0x20, byte(base), byte(base>>8))
	}
	return append(append(b, byte(len(suffix))), suffix...)
}

// write writes pack and index into an object directory and returns the path of the pack.
func (w *packWriter) write(t testing.TB, objects string) string {
	t.Helper()
	pack := bytes.Clone(w.Bytes())
	n := w.count
	if n < 0 {
		n = len(w.ids)
	}
	copy(pack, "PACK")
	binary.BigEndian.PutUint32(pack[4:], w.version)
	binary.BigEndian.PutUint32(pack[8:], uint32(n))
	sum := sha1.Sum(pack)
	pack = append(pack, sum[:]...)

	ids := slices.Clone(w.ids)
	slices.SortFunc(ids, func(a, b ID) int { return bytes.Compare(a[:], b[:]) })
	idx := append([]byte(signatureV2), 0, 0, 0, 2)
	for fan := range 256 {
		upTo := 0
		for _, id := range ids {
			if int(id[0]) <= fan {
				upTo++
			}
		}
		idx = binary.BigEndian.AppendUint32(idx, uint32(upTo))
	}
	for _, id := range ids {
		idx = append(idx, id[:]...)
	}
	idx = append(idx, make([]byte, 4*len(ids))...) // no CRC: nobody reads them
	for _, id := range ids {
		idx = binary.BigEndian.AppendUint32(idx, uint32(w.offsets[id]))
	}
	idx = append(idx, sum[:]...)
	own := sha1.Sum(idx)
	idx = append(idx, own[:]...)

	dir := filepath.Join(objects, "pack")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, fmt.Sprintf("pack-%08x%032x.pack", crc32.ChecksumIEEE(pack), 0))
	writeFile(t, name, pack)
	writeFile(t, strings.TrimSuffix(name, ".pack")+".idx", idx)
	return name
}

func writeFile(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(name) // git's own are read-only
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
}
