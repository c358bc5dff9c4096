package ownership

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/refward/refward/expertise/ownership/indexfile"
	"github.com/refward/refward/internal/durable"
	"github.com/refward/refward/internal/gitio"
)

// PartPath returns where a build keeps what it has found so far, given the directory that a repository's worktrees share. See Options.Part.
func PartPath(common string) string { return filepath.Join(common, "refward", "ownership.part") }

const (
	partMagic = "RFWPART\n"
	// partVersion is to change with what a part holds and with how lines are followed: half of the one and half of the other is neither.
	partVersion = 1
	partHead    = len(partMagic) + 8 // then the version and a CRC-32C of the rest
	maxPart     = 4 << 30            // bytes

	defaultPartEvery = 10 * time.Second
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A part is what a build has found between two commits of its walk. Who goes on from it asks the commits that are asked for lines, as an update
// does: what lies above them has given all it has, so the place in the walk need not be known.
type part struct {
	Head    indexfile.Head
	Walked  int
	IDs     []byte   // of the commits that own lines, one behind the other
	Lines   []int32  // of each file
	Owners  []int32  // of each file: how many runs follow, then owner and lines of each
	Commits []string // that are asked for lines
	Paths   []string // of each commit, see Runs
	Runs    []int32  // of each commit: how many paths; of each path: how many runs; of each run: file, final, cur, n
}

// head says what the owners at a tip are found with.
func (e *engine) head(tip string) indexfile.Head {
	return indexfile.Head{Tip: tip, Ignored: e.o.IgnoreRevs, Edge: e.edge, IgnoreSpace: e.o.IgnoreSpace, MaxBlob: e.o.MaxBlob}
}

// A keeper writes parts of a build from time to time.
type keeper struct {
	path  string
	every time.Duration
	tip   string
	last  time.Time
}

// keep writes a part, if it is time. A build does not fail because nothing could be kept of it: it then is as one that keeps nothing.
func (k *keeper) keep(e *engine) {
	if k == nil || k.path == "" || time.Since(k.last) < k.every {
		return
	}
	data, err := e.part(k.tip)
	if err == nil {
		if err = os.MkdirAll(filepath.Dir(k.path), 0o750); err == nil {
			err = durable.Replace(k.path, data, 0o640)
		}
	}
	if k.last = time.Now(); err != nil {
		k.path = ""
	}
}

// part returns what was found so far, as its file has it.
func (e *engine) part(tip string) ([]byte, error) {
	p := part{Head: e.head(tip), Walked: e.walked}
	for _, id := range e.ids {
		raw, err := hex.DecodeString(id)
		if err != nil {
			return nil, fmt.Errorf("commit %q: %w", id, err)
		}
		p.IDs = append(p.IDs, raw...)
	}
	for i := range e.files {
		f := &e.files[i]
		p.Lines = append(p.Lines, f.lines)
		at := len(p.Owners)
		p.Owners = append(p.Owners, 0)
		for _, owner := range f.owner {
			if p.Owners[at] == 0 || p.Owners[len(p.Owners)-2] != owner {
				p.Owners = append(p.Owners, owner, 0)
				p.Owners[at]++
			}
			p.Owners[len(p.Owners)-1]++
		}
	}
	for commit, pending := range e.state {
		p.Commits = append(p.Commits, commit)
		p.Runs = append(p.Runs, int32(len(pending))) // #nosec G115 -- fewer than 2³¹ paths
		for path, runs := range pending {
			p.Paths = append(p.Paths, path)
			p.Runs = append(p.Runs, int32(len(runs))) // #nosec G115 -- fewer than 2³¹ lines
			for _, r := range runs {
				p.Runs = append(p.Runs, r.file, r.final, r.cur, r.n)
			}
		}
	}
	var b bytes.Buffer
	b.WriteString(partMagic)
	b.Write(make([]byte, 8))
	if err := gob.NewEncoder(&b).Encode(&p); err != nil {
		return nil, fmt.Errorf("part of an index: %w", err)
	}
	data := b.Bytes()
	binary.LittleEndian.PutUint32(data[len(partMagic):], partVersion)
	binary.LittleEndian.PutUint32(data[len(partMagic)+4:], crc32.Checksum(data[partHead:], castagnoli))
	return data, nil
}

// readPart reads a part; nil = there is none, or what is there is of no use.
func readPart(path string) *part {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() > maxPart {
		return nil
	}
	f, err := os.Open(path) // #nosec G304 -- the caller's own
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxPart))
	if err != nil {
		return nil
	}
	return parsePart(data)
}

func parsePart(data []byte) *part {
	if len(data) < partHead || string(data[:len(partMagic)]) != partMagic || binary.LittleEndian.Uint32(data[len(partMagic):]) != partVersion ||
		binary.LittleEndian.Uint32(data[len(partMagic)+4:]) != crc32.Checksum(data[partHead:], castagnoli) {
		return nil
	}
	var p part
	if gob.NewDecoder(bytes.NewReader(data[partHead:])).Decode(&p) != nil {
		return nil
	}
	return &p
}

// of reports whether the part was found with what an engine works with.
func (p *part) of(e *engine) bool {
	h := e.head(p.Head.Tip)
	return p.Head.IgnoreSpace == h.IgnoreSpace && p.Head.MaxBlob == h.MaxBlob && slices.Equal(p.Head.Ignored, h.Ignored) && slices.Equal(p.Head.Edge, h.Edge)
}

var errPart = errors.New("not a part of this build")

// resume goes on from a part: every line of the files has an owner, or exactly one commit is asked for it. After an error the engine is of no use.
func (e *engine) resume(p *part) error {
	size := len(p.Head.Tip) / 2
	if size == 0 || len(p.IDs)%size != 0 || len(p.Lines) != len(e.files) || p.Walked < 0 {
		return errPart
	}
	for id := range slices.Chunk(p.IDs, size) {
		e.commit(hex.EncodeToString(id))
	}
	if len(e.ids) != len(p.IDs)/size {
		return errPart // one is there twice
	}
	rest := p.Owners
	next := func(list *[]int32, n int) []int32 {
		if n < 0 || n > len(*list) {
			return nil
		}
		part := (*list)[:n]
		*list = (*list)[n:]
		return part
	}
	open := make([]int, len(e.files)) // lines without an owner
	for i := range e.files {
		f := &e.files[i]
		count := next(&rest, 1)
		if len(count) == 0 || p.Lines[i] != f.lines {
			return errPart
		}
		open[i] = int(f.lines)
		if count[0] == 0 {
			continue
		}
		runs := next(&rest, 2*int(count[0]))
		f.owner = make([]int32, 0, f.lines)
		for ; len(runs) > 0; runs = runs[2:] {
			owner, n := runs[0], runs[1]
			if owner < unset || int(owner) >= len(e.ids) || n < 1 || int(n) > int(f.lines)-len(f.owner) {
				return errPart
			}
			for range n {
				f.owner = append(f.owner, owner)
			}
			if owner != unset {
				open[i] -= int(n)
			}
		}
		if len(f.owner) != int(f.lines) {
			return errPart
		}
	}
	if len(rest) > 0 {
		return errPart
	}
	return e.resumePending(p, open)
}

func (e *engine) resumePending(p *part, open []int) error {
	asked := make([][]bool, len(e.files)) // by line
	at, path := 0, 0
	next := func() int32 {
		if at++; at > len(p.Runs) {
			return -1
		}
		return p.Runs[at-1]
	}
	for _, commit := range p.Commits {
		paths := next()
		if paths < 1 || int(paths) > len(p.Paths)-path || e.state[commit] != nil || len(commit) != len(p.Head.Tip) {
			return errPart
		}
		for _, name := range p.Paths[path : path+int(paths)] {
			count := next()
			if count < 1 || int(count) > (len(p.Runs)-at)/4 {
				return errPart
			}
			runs := make([]run, count)
			for i := range runs {
				r := run{next(), next(), next(), next()}
				if r.file < 0 || int(r.file) >= len(e.files) || r.final < 0 || r.cur < 0 || r.n < 1 || r.final > e.files[r.file].lines-r.n {
					return errPart
				}
				f := &e.files[r.file]
				if asked[r.file] == nil {
					asked[r.file] = make([]bool, f.lines)
				}
				for line := r.final; line < r.final+r.n; line++ {
					if asked[r.file][line] || f.owner != nil && f.owner[line] != unset {
						return errPart
					}
					asked[r.file][line] = true
				}
				open[r.file] -= int(r.n)
				runs[i] = r
			}
			e.ask(commit, name, runs)
		}
		path += int(paths)
	}
	for _, n := range open {
		if n != 0 {
			return errPart
		}
	}
	if at != len(p.Runs) || path != len(p.Paths) {
		return errPart
	}
	e.walked = p.Walked
	return nil
}

// fromPart goes on from a part of a build of a tip, or of an ancestor of it, which then is brought up to date. ok is false where it cannot.
func fromPart(ctx context.Context, repo *gitio.Repo, tip string, o Options) (index *Index, ok bool, err error) {
	p := readPart(o.Part)
	if p == nil || len(p.Head.Tip) != len(tip) {
		return nil, false, nil
	}
	if p.Head.Tip != tip {
		if _, err := repo.Info(ctx, p.Head.Tip); errors.Is(err, gitio.ErrNotExist) {
			return nil, false, nil
		}
		if is, err := repo.IsAncestor(ctx, p.Head.Tip, tip); err != nil || !is {
			return nil, false, nil // a build finds out what is wrong
		}
	}
	index, err = build(ctx, repo, p.Head.Tip, o, p)
	if errors.Is(err, errPart) {
		return nil, false, nil
	}
	if err == nil && p.Head.Tip != tip {
		o.Part = ""
		index, err = Update(ctx, repo, index, tip, o)
	}
	return index, true, err
}

// RemovePart removes what a build has kept, once its index is written.
func RemovePart(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("part of an index: %w", err)
	}
	return nil
}
