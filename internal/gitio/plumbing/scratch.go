package plumbing

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha1" // #nosec G505 -- git's names of objects
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
	"github.com/refward/refward/internal/gitio/source"
)

// A Scratch lets git compare any blobs of a repository with each other, in the numbers of a whole history. Only trees can be handed to a
// git that keeps running, so it makes trees of the blobs, in an object directory of its own that has the repository's as an alternate. Nothing
// is written to the repository. It is for one caller at a time.
type Scratch struct {
	git  *Git // whose children see the trees
	dir  string
	lock *flock.Flock    // of the directory; whoever gets it finds that its owner is dead
	made map[string]bool // directories in it
	same *renamer
}

// NewScratch makes the directory, which Close removes.
func (g *Git) NewScratch() (*Scratch, error) {
	common := cmp.Or(g.commonDir, g.gitDir)
	dir, lock, err := scratchDir(filepath.Join(common, "refward"))
	if err != nil {
		return nil, fmt.Errorf("directory for trees: %w", err)
	}
	objects := filepath.Join(common, "objects")
	alternates := ""
	env := make([]string, 0, len(g.env)+2)
	for _, kv := range g.env {
		name, value, _ := strings.Cut(kv, "=")
		switch {
		case name == "GIT_OBJECT_DIRECTORY" && value != "":
			objects = value
		case name == "GIT_ALTERNATE_OBJECT_DIRECTORIES":
			alternates = value
		case name != "GIT_QUARANTINE_PATH" && name != "GIT_OBJECT_DIRECTORY":
			env = append(env, kv)
		}
	}
	list := QuoteAlternate(objects)
	if alternates != "" {
		list += string(os.PathListSeparator) + alternates
	}
	own := *g
	own.env = append(env, "GIT_OBJECT_DIRECTORY="+dir, "GIT_ALTERNATE_OBJECT_DIRECTORIES="+list)
	own.objects = &catFile{git: &own}
	return &Scratch{git: &own, dir: dir, lock: lock, made: map[string]bool{}}, nil
}

// QuoteAlternate writes a path as git reads it in its list of alternates (git(1), GIT_ALTERNATE_OBJECT_DIRECTORIES), and in the file of them, a
// line each.
func QuoteAlternate(path string) string {
	if !strings.ContainsAny(path, "\"\\\n"+string(os.PathListSeparator)) || os.PathListSeparator == ';' {
		return path
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(path) + `"`
}

// Close ends what runs and removes the directory.
func (s *Scratch) Close() error {
	if s.same != nil {
		s.same.v.close()
	}
	err := s.lock.Close() // first: a file that is open is not removed everywhere
	return errors.Join(err, os.RemoveAll(s.dir))
}

// A treeEntry is a name in a tree that is written.
type treeEntry struct {
	name string
	source.Side
}

// tree stores a tree as a loose object and returns its id. Names come in the order of their bytes.
func (s *Scratch) tree(entries []treeEntry) (string, error) {
	var body bytes.Buffer
	sha2 := false
	for _, e := range entries {
		id, err := hex.DecodeString(e.ID)
		if err != nil {
			return "", fmt.Errorf("object id %q: %w", e.ID, err)
		}
		sha2 = len(id) == sha256.Size
		body.WriteString(strconv.FormatUint(uint64(e.Mode), 8))
		body.WriteByte(' ')
		body.WriteString(e.name)
		body.WriteByte(0)
		body.Write(id)
	}
	data := append(fmt.Appendf(nil, "tree %d\x00", body.Len()), body.Bytes()...)
	id := ""
	if sha2 {
		sum := sha256.Sum256(data)
		id = hex.EncodeToString(sum[:])
	} else {
		sum := sha1.Sum(data) // #nosec G401 -- as above
		id = hex.EncodeToString(sum[:])
	}
	dir := filepath.Join(s.dir, id[:2])
	if !s.made[id[:2]] {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", fmt.Errorf("write tree: %w", err)
		}
		s.made[id[:2]] = true
	}
	if err := os.WriteFile(filepath.Join(dir, id[2:]), stored(data), 0o600); err != nil {
		return "", fmt.Errorf("write tree: %w", err)
	}
	return id, nil
}

// stored writes data as zlib does that compresses nothing (RFC 1950, and RFC 1951, 3.2.4). A zlib.Writer makes tables first that are far larger
// than most trees.
func stored(data []byte) []byte {
	const most = 1<<16 - 1
	out := make([]byte, 0, len(data)+5*(len(data)/most+1)+6)
	out = append(out, 0x78, 0x01)
	for rest, last := data, false; !last; {
		n := min(len(rest), most)
		last = n == len(rest)
		final := byte(0)
		if last {
			final = 1
		}
		out = append(out, final)
		out = binary.LittleEndian.AppendUint16(out, uint16(n))  // #nosec G115 -- at most 65,535
		out = binary.LittleEndian.AppendUint16(out, ^uint16(n)) // #nosec G115 -- as above
		out = append(out, rest[:n]...)
		rest = rest[n:]
	}
	return binary.BigEndian.AppendUint32(out, adler32.Checksum(data))
}

// remove forgets trees that nobody asks for again.
func (s *Scratch) remove(ids ...string) {
	for _, id := range ids {
		_ = os.Remove(filepath.Join(s.dir, id[:2], id[2:])) // at the latest Close removes it
	}
}

// A LineHunk says which lines of a new version stand for which of the old one. Lines count from 0.
type LineHunk struct{ Old, OldLines, New, NewLines int32 }

// A BlobPair is two versions of a file, by the ids of blobs.
type BlobPair struct{ Old, New string }

// Blobs of one tree: few enough that a tree is small beside them, many enough that it costs nothing.
const pairsPerTree = 200

// lineOptions make the diff that blame makes: git's default algorithm with its indent heuristic, all content taken for text.
var lineOptions = []string{"diff-tree", "-r", "--stdin", "-p", "-U0", "--inter-hunk-context=0", "--text", "--no-ext-diff", "--no-textconv", "--no-color",
	"--diff-algorithm=myers", "--indent-heuristic", "--src-prefix=a/", "--dst-prefix=b/", "--no-renames", "--no-relative", "--full-index", "--ws-error-highlight=none", "--no-color-moved"}

// Hunks calls use for each hunk between the blobs of each pair, in order. Every blob must be there: ask before. Two blobs that are the same, or
// the same but for what ignoreSpace ("-w") ignores, have no hunk.
func (s *Scratch) Hunks(ctx context.Context, list []BlobPair, ignoreSpace bool, use func(i int, h LineHunk) error) error {
	if len(list) == 0 {
		return nil
	}
	var in strings.Builder
	var ids []string
	defer func() { s.remove(ids...) }()
	for from := 0; from < len(list); from += pairsPerTree {
		var sides [2][]treeEntry
		for i := from; i < min(from+pairsPerTree, len(list)); i++ {
			name := fmt.Sprintf("%09d", i)
			sides[0] = append(sides[0], treeEntry{name, source.Side{Mode: 0o100644, ID: list[i].Old}})
			sides[1] = append(sides[1], treeEntry{name, source.Side{Mode: 0o100644, ID: list[i].New}})
		}
		for k := range sides {
			id, err := s.tree(sides[k])
			if err != nil {
				return err
			}
			ids = append(ids, id)
			in.WriteString(id + " \n"[k:k+1])
		}
	}
	args := lineOptions[:len(lineOptions):len(lineOptions)]
	if ignoreSpace {
		args = append(args, "-w")
	}
	git, err := s.git.start(ctx, strings.NewReader(in.String()), args...)
	if err != nil {
		return err
	}
	if err := readHunks(bufio.NewReaderSize(git, 1<<18), len(list), use); err != nil {
		return git.fail(err)
	}
	return git.wait()
}

// readHunks reads patches of files whose names are numbers.
func readHunks(r *bufio.Reader, n int, use func(i int, h LineHunk) error) error {
	at := -1
	for {
		line, err := r.ReadSlice('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("patch: %w", errors.Join(io.ErrUnexpectedEOF, err))
		}
		if name, ok := bytes.CutPrefix(line, []byte("diff --git a/")); ok {
			was := at
			at = 0
			for _, c := range name[:min(9, len(name))] {
				at = at*10 + int(c-'0')
			}
			if at <= was || at >= n {
				return fmt.Errorf("patch: %.80q is not a file that was asked for", line)
			}
			continue
		}
		if !bytes.HasPrefix(line, []byte("@@ -")) {
			continue
		}
		h, ok := parseLineHunk(line)
		if !ok || at < 0 {
			return fmt.Errorf("patch: hunk %.80q", line)
		}
		if err := use(at, h); err != nil {
			return err
		}
		for left := int(h.OldLines) + int(h.NewLines); left > 0; {
			c, err := r.ReadByte()
			for err == nil {
				if _, err = r.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
					break
				}
				err = nil
			}
			if err != nil {
				return fmt.Errorf("patch: %w", errors.Join(io.ErrUnexpectedEOF, err))
			}
			switch c {
			case '+', '-':
				left--
			case '\\': // "No newline at end of file"
			default:
				return fmt.Errorf("patch: a line that begins with %q", c)
			}
		}
	}
}

// parseLineHunk reads "@@ -1,2 +3,4 @@ …". Of no lines the number is that of the line before.
func parseLineHunk(line []byte) (h LineHunk, ok bool) {
	rest := line[len("@@ -"):]
	number := func() (n int32, ok bool) {
		i := 0
		for ; i < len(rest) && i < 10 && rest[i] >= '0' && rest[i] <= '9'; i++ {
			n = n*10 + int32(rest[i]-'0')
		}
		rest = rest[i:]
		return n, i > 0 && n >= 0
	}
	side := func() (start, lines int32, ok bool) {
		start, ok = number()
		lines = 1
		if ok && len(rest) > 0 && rest[0] == ',' {
			rest = rest[1:]
			lines, ok = number()
		}
		if lines > 0 {
			start--
		}
		return start, lines, ok && start >= 0
	}
	if h.Old, h.OldLines, ok = side(); !ok || !bytes.HasPrefix(rest, []byte(" +")) {
		return h, false
	}
	rest = rest[2:]
	if h.New, h.NewLines, ok = side(); !ok || !bytes.HasPrefix(rest, []byte(" @@")) {
		return h, false
	}
	return h, true
}

// A renamer is a diff-tree that keeps running.
type renamer struct{ v *conversation }

func (v *conversation) close() { _ = v.end(); v.kill() }

// A Moved is a file that a commit has and a parent has not, or the other way round.
type Moved struct {
	Path string
	source.Side
}

// Renames returns for each added file the deleted one that git holds it for, or -1 (gitdiffcore(7), "diffcore-rename", at half of the
// content). Both lists are in the order of their paths and have blobs that are there.
func (s *Scratch) Renames(ctx context.Context, deleted, added []Moved) ([]int, error) {
	from := make([]int, len(added))
	for i := range from {
		from[i] = -1
	}
	if len(deleted) == 0 || len(added) == 0 {
		return from, nil
	}
	var ids [2]string
	at := map[string]int{}
	for k, list := range [][]Moved{deleted, added} {
		entries := make([]treeEntry, len(list))
		for i, m := range list {
			entries[i] = treeEntry{m.Path, m.Side}
			if k == 0 {
				at[m.Path] = i
			}
		}
		id, err := s.tree(entries)
		if err != nil {
			return nil, err
		}
		ids[k] = id
	}
	defer s.remove(ids[:]...)
	if s.same == nil {
		c := &catFile{git: s.git}
		v, err := c.start("diff-tree", "-r", "--stdin", "--raw", "-z", "--no-abbrev", "-M50%", "-l1000", "--no-relative")
		if err != nil {
			return nil, err
		}
		s.same = &renamer{v: v}
	}
	v := s.same.v
	stop := context.AfterFunc(ctx, v.kill)
	defer stop()
	err := v.renames(ids, func(e source.Entry) {
		if i, ok := slices.BinarySearchFunc(added, e.Path, func(m Moved, path string) int { return strings.Compare(m.Path, path) }); ok {
			from[i] = at[e.Old]
		}
	})
	if err != nil {
		_ = v.end()
		s.same = nil
		if ctx.Err() != nil {
			return nil, fmt.Errorf("git diff-tree: %w", context.Cause(ctx))
		}
		return nil, fmt.Errorf("git diff-tree: find renames: %w", v.reason(err))
	}
	return from, nil
}

// renames asks for one comparison. git repeats a line that is no request, and flushes what it has said.
func (v *conversation) renames(ids [2]string, use func(source.Entry)) error {
	if _, err := io.WriteString(v.in, ids[0]+" "+ids[1]+"\nend\n"); err != nil {
		return err
	}
	line, err := v.out.ReadString('\n')
	if err != nil {
		return err
	}
	if line != ids[0]+" "+ids[1]+"\n" {
		return fmt.Errorf("git says %.200q", line)
	}
	for {
		c, err := v.out.Peek(1)
		if err != nil {
			return err
		}
		if c[0] != ':' {
			line, err := v.out.ReadString('\n')
			if err == nil && line != "end\n" {
				err = fmt.Errorf("git says %.200q", line)
			}
			return err
		}
		e, err := readRaw(v.out)
		if err != nil {
			return err
		}
		if e.Status == 'R' {
			use(e)
		}
	}
}
