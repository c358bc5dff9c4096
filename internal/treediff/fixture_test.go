package treediff

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

// A memory is a Source that a test fills, with any bytes as a tree. It counts what is read.
type memory struct {
	kinds map[odb.ID]odb.Kind
	data  map[odb.ID][]byte
	reads int
	most  int // reads; 0 = any number
}

var errMost = errors.New("too many reads")

func newMemory() *memory {
	return &memory{kinds: map[odb.ID]odb.Kind{}, data: map[odb.ID][]byte{}}
}

func (m *memory) Read(id odb.ID, limit int64) (odb.Kind, []byte, error) {
	if m.reads++; m.most > 0 && m.reads > m.most {
		return 0, nil, errMost
	}
	data, ok := m.data[id]
	if !ok {
		return 0, nil, fmt.Errorf("%s: %w", id, odb.ErrNotFound)
	}
	if int64(len(data)) > limit {
		return 0, nil, odb.ErrTooLarge
	}
	return m.kinds[id], data, nil
}

func (m *memory) content(id odb.ID) ([]byte, error) {
	_, data, err := m.Read(id, 1<<30)
	return data, err
}

// add keeps an object under its name.
func (m *memory) add(kind odb.Kind, data []byte) odb.ID {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", kind, len(data))
	h.Write(data)
	id := odb.ID(h.Sum(nil))
	m.kinds[id], m.data[id] = kind, data
	return id
}

func (m *memory) blob(text string) odb.ID { return m.add(odb.Blob, []byte(text)) }

// tree adds a tree of entries in the given order.
func (m *memory) tree(entries ...string) odb.ID {
	return m.add(odb.Tree, []byte(strings.Join(entries, "")))
}

// entry returns the bytes of one entry, which may be anything.
func entry(mode, name string, id odb.ID) string { return mode + " " + name + "\x00" + string(id[:]) }

// A repository is a bare one in a temporary directory, for real git without the host's configuration.
type repository struct {
	t   testing.TB
	dir string
}

// repository writes the objects of m as a pack (gitformat-pack(5)), which git takes as it is.
func (m *memory) repository(t testing.TB) *repository {
	t.Helper()
	r := &repository{t, t.TempDir()}
	r.git("", "init", "-q", "--bare", "--template=")
	var pack bytes.Buffer
	pack.WriteString("PACK")
	pack.Write(binary.BigEndian.AppendUint32([]byte{0, 0, 0, 2}, uint32(len(m.data))))
	w, err := zlib.NewWriterLevel(nil, zlib.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	for id, data := range m.data {
		size := len(data)
		c := byte(m.kinds[id])<<4 | byte(size&15)
		for size >>= 4; size > 0; size >>= 7 {
			pack.WriteByte(c | 0x80)
			c = byte(size & 0x7f)
		}
		pack.WriteByte(c)
		w.Reset(&pack)
		_, _ = w.Write(data) // to memory
		_ = w.Close()
	}
	sum := sha1.Sum(pack.Bytes())
	pack.Write(sum[:])
	r.git(pack.String(), "index-pack", "--stdin", "--threads=1")
	return r
}

func (r *repository) try(stdin string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = r.dir, strings.NewReader(stdin)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "GIT_DIR=" + r.dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_NO_REPLACE_OBJECTS=1"}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out), err
}

func (r *repository) git(stdin string, args ...string) string {
	r.t.Helper()
	out, err := r.try(stdin, args...)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// store opens the objects of the repository.
func (r *repository) store() *odb.Store {
	r.t.Helper()
	s, err := odb.Open([]string{filepath.Join(r.dir, "objects")}, odb.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := s.Close(); err != nil {
			r.t.Error(err)
		}
	})
	return s
}

// A couple is two trees to compare.
type couple struct{ old, new odb.ID }

// diffs asks one git for the differences of each couple, in the same order.
func (r *repository) diffs(couples []couple, renames string) [][]Change {
	r.t.Helper()
	var in strings.Builder
	for _, c := range couples {
		fmt.Fprintf(&in, "%s %s\n", c.old, c.new)
	}
	out := r.git(in.String(), "diff-tree", "--stdin", "-r", "--raw", "-z", "--no-abbrev", "-l1000", "--ignore-submodules=none", renames)
	br := bufio.NewReader(strings.NewReader(out))
	all := make([][]Change, len(couples))
	for i, c := range couples {
		head, err := br.ReadString('\n')
		if want := fmt.Sprintf("%s %s\n", c.old, c.new); err != nil || head != want {
			r.t.Fatalf("git diff-tree: %q, %v, want %q", head, err, want)
		}
		for {
			if b, err := br.Peek(1); err == io.EOF || err == nil && b[0] != ':' {
				break
			}
			all[i] = append(all[i], readChange(r.t, br))
		}
	}
	return all
}

// readChange reads an entry of git's raw output.
func readChange(t testing.TB, r *bufio.Reader) Change {
	t.Helper()
	field := func() string {
		s, err := r.ReadString(0)
		if err != nil {
			t.Fatal(err)
		}
		return s[:len(s)-1]
	}
	head := strings.Fields(field()[1:])
	mode := func(s string) uint32 {
		m, err := strconv.ParseUint(s, 8, 32)
		if err != nil {
			t.Fatal(err)
		}
		return uint32(m)
	}
	id := func(s string) (id odb.ID) {
		if _, err := hex.Decode(id[:], []byte(s)); err != nil {
			t.Fatal(err)
		}
		return id
	}
	c := Change{Status: head[4][0], OldMode: mode(head[0]), Mode: mode(head[1]), OldID: id(head[2]), ID: id(head[3]), Path: field()}
	if c.Status == 'R' || c.Status == 'C' {
		c.OldPath, c.Path = c.Path, field()
	}
	return c
}

// diff collects what Diff reports.
// diff returns the changes that git lists too: all but empty directories.
func diff(src Source, old, new odb.ID) ([]Change, error) {
	all, err := diffAll(src, old, new)
	return slices.DeleteFunc(all, func(c Change) bool { return c.Mode == modeDir }), err
}

func diffAll(src Source, old, new odb.ID) ([]Change, error) {
	var all []Change
	err := Diff(context.Background(), src, old, new, func(c Change) error {
		all = append(all, c)
		return nil
	})
	return all, err
}

// String shows a change in a test's message, nearly as git does.
func (c Change) String() string {
	return fmt.Sprintf("\n%06o %06o %.7s %.7s %c %.80q %.80q", c.OldMode, c.Mode, c.OldID, c.ID, c.Status, c.OldPath, c.Path)
}
