package commitwalk

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"iter"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

// A fixture is a bare repository whose objects the tests write by themselves and git reads.
type fixture struct {
	t      testing.TB
	dir    string
	env    []string
	packed map[odb.ID][]byte // entries of the pack in the making; nil = objects become loose
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: t.TempDir()}
	f.write("HEAD", "ref: refs/heads/main\n")
	f.write("config", "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tfsync = none\n")
	for _, dir := range []string{"refs", "objects/info", "objects/pack"} {
		if err := os.MkdirAll(filepath.Join(f.dir, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (f *fixture) objects() string { return filepath.Join(f.dir, "objects") }

func (f *fixture) write(name, text string) {
	f.t.Helper()
	name = filepath.Join(f.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		f.t.Fatal(err)
	}
	_ = os.Remove(name) // git's own files are read-only
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		f.t.Fatal(err)
	}
}

// refs replaces all refs.
func (f *fixture) refs(ids []odb.ID) {
	f.t.Helper()
	var b strings.Builder
	for i, id := range ids {
		fmt.Fprintf(&b, "%s refs/heads/r%07d\n", id, i)
	}
	f.write("packed-refs", b.String())
}

func (f *fixture) try(stdin string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = f.dir, strings.NewReader(stdin)
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + f.dir, "GIT_DIR=" + f.dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1",
	}, f.env...)
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

func idOf(kind odb.Kind, data string) odb.ID {
	return odb.ID(sha1.Sum(fmt.Appendf(nil, "%s %d\x00%s", kind, len(data), data)))
}

// object writes a loose object and returns its id.
func (f *fixture) object(kind odb.Kind, data string) odb.ID {
	f.t.Helper()
	id := idOf(kind, data)
	if f.packed != nil {
		f.packed[id] = slices.Concat(entryHead(kind, len(data)), deflate(data))
	} else {
		f.write("objects/"+id.String()[:2]+"/"+id.String()[2:], string(deflate(fmt.Sprintf("%s %d\x00%s", kind, len(data), data))))
	}
	return id
}

// deflate stores data as zlib does, without compression (RFC 1950 and 1951): a writer for each object would cost more than all else.
func deflate(data string) []byte {
	b := []byte{0x78, 0x01}
	for rest := data; ; {
		n := min(len(rest), 0xffff)
		final := byte(0)
		if n == len(rest) {
			final = 1
		}
		b = append(b, final, byte(n), byte(n>>8), ^byte(n), ^byte(n>>8))
		b = append(b, rest[:n]...)
		if rest = rest[n:]; final == 1 {
			return binary.BigEndian.AppendUint32(b, adler32.Checksum([]byte(data)))
		}
	}
}

// entryHead is what an object begins with in a pack (gitformat-pack(5)).
func entryHead(kind odb.Kind, size int) []byte {
	b := []byte{byte(kind)<<4 | byte(size&15)}
	for size >>= 4; size > 0; size >>= 7 {
		b[len(b)-1] |= 0x80
		b = append(b, byte(size&0x7f))
	}
	return b
}

// pack writes the pack and its index, which is much faster than a file for each object.
func (f *fixture) pack() {
	f.t.Helper()
	if len(f.packed) == 0 {
		return
	}
	ids := sorted(slices.Collect(maps.Keys(f.packed)))
	pack := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(len(ids)))
	index, offsets := []byte("\377tOc\x00\x00\x00\x02"), []byte{}
	for fan := range 256 {
		n, _ := slices.BinarySearchFunc(ids, fan, func(id odb.ID, fan int) int { return cmp.Compare(int(id[0]), fan+1) })
		index = binary.BigEndian.AppendUint32(index, uint32(n))
	}
	for _, id := range ids {
		index = append(index, id[:]...)
		offsets = binary.BigEndian.AppendUint32(offsets, uint32(len(pack)))
		pack = append(pack, f.packed[id]...)
	}
	sum := sha1.Sum(pack)
	index = slices.Concat(index, make([]byte, 4*len(ids)), offsets, sum[:]) // no CRC: nobody reads them
	own := sha1.Sum(index)
	name := fmt.Sprintf("objects/pack/pack-%x", sum)
	f.write(name+".pack", string(pack)+string(sum[:]))
	f.write(name+".idx", string(index)+string(own[:]))
	f.packed = nil
}

const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

// commitText is a commit object. The number makes it unlike any other.
func commitText(n int, date int64, parents ...odb.ID) string {
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", emptyTree)
	for _, p := range parents {
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	fmt.Fprintf(&b, "author A <a@example.com> 1 +0000\ncommitter C <c@example.com> %d +0000\n\nc%d\n", date, n)
	return b.String()
}

func (f *fixture) commit(n int, date int64, parents ...odb.ID) odb.ID {
	f.t.Helper()
	return f.object(odb.Commit, commitText(n, date, parents...))
}

func (f *fixture) tag(target odb.ID, kind odb.Kind) odb.ID {
	f.t.Helper()
	return f.object(odb.Tag, fmt.Sprintf("object %s\ntype %s\ntag v\ntagger T <t@example.com> 1 +0000\n\nv\n", target, kind))
}

// A line is a part of a history: count commits, one on top of the other, the last a branch of that name.
type line struct {
	from  string // the line that it branches off the end of; "" = a root
	name  string
	count int
	date  func(i int) int64
}

// lines writes lines as a pack, with their branches as the only refs, and returns the ids of each, oldest first.
func (f *fixture) lines(lines ...line) map[string][]odb.ID {
	f.t.Helper()
	f.packed = map[odb.ID][]byte{}
	ids := map[string][]odb.ID{}
	n, refs := 0, ""
	for _, l := range lines {
		var parents []odb.ID
		if l.from != "" {
			parents = []odb.ID{last(ids[l.from])}
		}
		for i := range l.count {
			n++
			parents = []odb.ID{f.commit(n, l.date(i), parents...)}
			ids[l.name] = append(ids[l.name], parents[0])
		}
		refs += fmt.Sprintf("%s refs/heads/%s\n", parents[0], l.name)
	}
	f.pack()
	f.write("packed-refs", refs)
	return ids
}

func last(ids []odb.ID) odb.ID { return ids[len(ids)-1] }

func (f *fixture) ids(out string) (ids []odb.ID) {
	f.t.Helper()
	for _, s := range strings.Fields(out) {
		id, err := odb.ParseID(s)
		if err != nil {
			f.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func open(t testing.TB, dirs ...string) *odb.Store {
	t.Helper()
	s, err := odb.Open(dirs, odb.Options{})
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

// walker returns a walker to which a commit-graph that cannot be used is an error, unless the options say otherwise.
func walker(t testing.TB, o Options) *Walker {
	t.Helper()
	if o.Warn == nil {
		o.Warn = func(err error) { t.Errorf("warned: %v", err) }
	}
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func list(ids []odb.ID) func() iter.Seq2[odb.ID, error] {
	return func() iter.Seq2[odb.ID, error] {
		return func(yield func(odb.ID, error) bool) {
			for _, id := range ids {
				if !yield(id, nil) {
					return
				}
			}
		}
	}
}

func which(tips []odb.ID) func([]odb.ID) (map[odb.ID]bool, error) {
	return func(ids []odb.ID) (map[odb.ID]bool, error) {
		found := map[odb.ID]bool{}
		for _, id := range ids {
			if slices.Contains(tips, id) {
				found[id] = true
			}
		}
		return found, nil
	}
}

func sorted(ids []odb.ID) []odb.ID {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b odb.ID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}
