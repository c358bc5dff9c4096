package indexfile

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
)

// A Change is a file that is other than in the old index, or new, or gone.
type Change struct {
	Path string
	Blob string // id; "" = the file is gone
	Runs []Run  // whose commits are those of the old index by their numbers there, and from its Commits on what is added
}

// A patch makes an index out of another.
type patch struct {
	old      *File // nil = there is none
	raw      []byte
	idLen    int
	changes  []Change
	plan     []planned
	commits  commits
	idents   idents
	names    [][]byte // of the changed files
	runs     [][]byte
	tip      string
	ignored  string
	edge     string
	head     Head
	pathSize int
	nameSize int
	runSize  int
}

// A planned file is one of the old index or a changed one.
type planned struct{ old, change int }

// Encode makes the file of the index that has the files of an old one, or nil, but for the changes, which are in the order of their paths. Added are
// commits, of which the old index may have some. What the changes do not touch is copied.
func Encode(head Head, old *File, changes []Change, added []Commit) (*File, error) {
	p := &patch{old: old, head: head, idLen: len(head.Tip) / 2, changes: changes}
	data, err := p.encode(added)
	if err == nil {
		var f *File
		if f, err = parse(data); err == nil {
			return f, nil
		}
	}
	if !errors.Is(err, ErrFormat) {
		err = fmt.Errorf("index of owners: %w", err)
	}
	return nil, err
}

func (p *patch) encode(added []Commit) (_ []byte, err error) {
	if p.tip, err = p.ids(p.head.Tip); err != nil {
		return nil, err
	}
	if p.ignored, err = p.ids(p.head.Ignored...); err != nil {
		return nil, err
	}
	if p.edge, err = p.ids(p.head.Edge...); err != nil {
		return nil, err
	}
	if p.old != nil {
		if p.old.idLen != p.idLen {
			return nil, errors.New("ids are of another length")
		}
		if p.raw, err = p.old.Bytes(); err != nil {
			return nil, err
		}
	}
	if err := p.commits.begin(p, added); err != nil {
		return nil, err
	}
	if err := p.merge(); err != nil {
		return nil, err
	}
	p.commits.number()
	if err := p.idents.number(p); err != nil {
		return nil, err
	}
	p.lines()
	return p.assemble()
}

// area returns all of an area of the old index.
func (p *patch) area(i int) []byte {
	if p.old == nil {
		return nil
	}
	return p.raw[int(p.old.body.at)+p.old.first[i]:][:p.old.past[i]-p.old.first[i]]
}

// ids returns the bytes of ids.
func (p *patch) ids(list ...string) (string, error) {
	var all strings.Builder
	for _, id := range list {
		raw, err := hex.DecodeString(id)
		if err == nil && (len(raw) != p.idLen || len(raw) != 20 && len(raw) != 32) {
			err = errors.New("not of the length of the others")
		}
		if err != nil {
			return "", fmt.Errorf("id %q: %w", id, err)
		}
		all.Write(raw)
	}
	return all.String(), nil
}

// merge lists the files, and notes the commits that they name.
func (p *patch) merge() error {
	n := 0
	if p.old != nil {
		n = p.old.Len()
	}
	p.plan = make([]planned, 0, n+len(p.changes))
	names := p.area(nameArea)
	before := ""
	next := 0 // of the old files
	keep := func(past int) error {
		for ; next < past; next++ {
			from, to := p.old.span(next, pathEnd)
			p.pathSize += to - from
			from, to = p.old.span(next, runEnd)
			p.runSize += to - from
			from, to = p.old.span(next, nameEnd)
			p.nameSize += to - from
			if from%4 != 0 || to%4 != 0 {
				return fmt.Errorf("%w: commits of %q", ErrFormat, p.old.path(next))
			}
			for ; from < to; from += 4 {
				if !p.commits.use(int(little.Uint32(names[from:]))) {
					return fmt.Errorf("%w: owners of %q", ErrFormat, p.old.path(next))
				}
			}
			p.plan = append(p.plan, planned{next, -1})
		}
		return nil
	}
	for i, c := range p.changes {
		if i > 0 && c.Path <= before {
			return fmt.Errorf("%q comes after %q", c.Path, before)
		}
		before = c.Path
		if p.old != nil {
			at, there := p.old.Find(c.Path)
			if at < next {
				return fmt.Errorf("%w: paths out of order", ErrFormat)
			}
			if err := keep(at); err != nil {
				return err
			}
			if there {
				next++
			}
		}
		if c.Blob == "" {
			continue
		}
		for _, r := range c.Runs {
			if r.Commit != Unknown && !p.commits.use(int(p.commits.resolve(r.Commit))) || r.Lines < 1 {
				return fmt.Errorf("lines of %q: %d of commit %d", c.Path, r.Lines, r.Commit)
			}
		}
		p.pathSize += len(c.Path)
		p.plan = append(p.plan, planned{-1, i})
	}
	return keep(n)
}

// lines encodes the lines of the changed files.
func (p *patch) lines() {
	p.names, p.runs = make([][]byte, len(p.changes)), make([][]byte, len(p.changes))
	place := map[int32]uint64{}
	for i, c := range p.changes {
		clear(place)
		place[Unknown] = 0
		var names, runs []byte
		lines := uint64(0)
		flush := func(name uint64) {
			if lines > 0 {
				runs = binary.AppendUvarint(binary.AppendUvarint(runs, name), lines)
			}
		}
		last := uint64(0)
		for _, r := range c.Runs {
			owner := p.commits.resolve(r.Commit)
			name, ok := place[owner]
			if !ok {
				name = uint64(len(place))
				place[owner] = name
				names = little.AppendUint32(names, p.commits.place[owner])
			}
			if name != last {
				flush(last)
				lines = 0
			}
			last = name
			lines += uint64(r.Lines) // #nosec G115 -- 1 and more
		}
		flush(last)
		p.names[i], p.runs[i] = names, runs
		p.nameSize += len(names)
		p.runSize += len(runs)
	}
}

// assemble puts all together.
func (p *patch) assemble() ([]byte, error) {
	sizes := [numAreas]int{
		ignoredTable: len(p.ignored), edgeTable: len(p.edge), fileTable: len(p.plan) * entrySize(fileTable, p.idLen),
		commitTable: p.commits.n * entrySize(commitTable, p.idLen), identTable: len(p.idents.order) * entrySize(identTable, p.idLen),
		pathArea: p.pathSize, nameArea: p.nameSize, runArea: p.runSize, textArea: p.idents.size,
	}
	body := int64(0)
	for _, n := range sizes {
		body += int64(n)
	}
	blocks := (body + blockSize - 1) / blockSize
	headSize := fixedSize + int64(p.idLen) + blocks*sumSize + sumSize
	if headSize+body > maxFile {
		return nil, fmt.Errorf("%d bytes are more than its file can have", headSize+body)
	}
	data := make([]byte, headSize, headSize+body)
	data = append(append(data, p.ignored...), p.edge...)
	data = p.files(data)
	data = p.commits.append(data, &p.idents)
	data = p.idents.append(data)
	names := p.area(nameArea)
	p.each(nameEnd, p.names, names, func(part []byte, copied bool) {
		from := len(data)
		if data = append(data, part...); copied {
			for part = data[from:]; len(part) > 0; part = part[4:] {
				little.PutUint32(part, p.commits.place[little.Uint32(part)])
			}
		}
	})
	p.each(runEnd, p.runs, p.area(runArea), func(part []byte, _ bool) { data = append(data, part...) })

	if int64(len(data)) != headSize+body {
		return nil, fmt.Errorf("%w: its parts do not fit", ErrFormat)
	}
	copy(data, magic)
	little.PutUint32(data[8:], version)
	flags := uint32(p.idLen) // #nosec G115 -- 20 or 32
	if p.head.IgnoreSpace {
		flags |= 1 << 8
	}
	little.PutUint32(data[12:], flags)
	little.PutUint64(data[16:], uint64(len(data)))
	little.PutUint64(data[24:], uint64(p.head.MaxBlob)) // #nosec G115 -- more than 0
	for i, n := range sizes {
		if i < tables {
			n /= entrySize(i, p.idLen)
		}
		little.PutUint32(data[32+4*i:], uint32(n)) // #nosec G115 -- less than the size of the file
	}
	at := fixedSize + copy(data[fixedSize:], p.tip)
	for from := headSize; from < int64(len(data)); from += blockSize {
		little.PutUint32(data[at:], crc32.Checksum(data[from:min(from+blockSize, int64(len(data)))], castagnoli))
		at += sumSize
	}
	little.PutUint32(data[at:], crc32.Checksum(data[:at], castagnoli))
	return data, nil
}

// files appends the table of the files and their paths.
func (p *patch) files(data []byte) []byte {
	var path, name, run uint32
	size := func(i, end int) uint32 {
		from, to := p.old.span(i, end)
		return uint32(to - from) // #nosec G115 -- not negative
	}
	for _, f := range p.plan {
		if f.change < 0 {
			data = append(data, p.old.entry(f.old)[:p.idLen]...)
			path, name, run = path+size(f.old, pathEnd), name+size(f.old, nameEnd), run+size(f.old, runEnd)
		} else {
			id, _ := p.ids(p.changes[f.change].Blob) // commits.begin has checked it
			data = append(data, id...)
			path += uint32(len(p.changes[f.change].Path)) // #nosec G115 -- the size of the file is checked
			name += uint32(len(p.names[f.change]))        // #nosec G115 -- likewise
			run += uint32(len(p.runs[f.change]))          // #nosec G115 -- likewise
		}
		data = little.AppendUint32(little.AppendUint32(little.AppendUint32(data, path), name), run)
	}
	for _, f := range p.plan {
		if f.change < 0 {
			data = append(data, p.old.path(f.old)...)
		} else {
			data = append(data, p.changes[f.change].Path...)
		}
	}
	return data
}

// each calls use for what the files have in an area, those of the old index that follow each other together.
func (p *patch) each(end int, changed [][]byte, old []byte, use func(part []byte, copied bool)) {
	for i := 0; i < len(p.plan); i++ {
		f := p.plan[i]
		if f.change >= 0 {
			use(changed[f.change], false)
			continue
		}
		from, to := p.old.span(f.old, end)
		for i+1 < len(p.plan) && p.plan[i+1].change < 0 && p.plan[i+1].old == p.plan[i].old+1 {
			i++
			_, to = p.old.span(p.plan[i].old, end)
		}
		use(old[from:to], true)
	}
}
