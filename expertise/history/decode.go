package history

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/internal/durable"
	"github.com/refward/refward/internal/varint"
)

// ErrFormat says that a file is no index of activity, or is damaged, or of another version. It is to be built anew.
var ErrFormat = errors.New("not an index of activity")

const (
	magic   = "refward history\n"
	version = 4
	// maxFile is the size in bytes of the largest file that is read.
	maxFile = 1 << 30
)

// Path returns where the index of a repository is kept, given the directory that its linked worktrees share.
func Path(common string) string { return filepath.Join(common, "refward", "activity.idx") }

// Write puts an index in place at once; readers see the old one or the new one. The directory is made.
func (x *Index) Write(path string) error {
	data, err := x.Bytes()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o750)
	}
	if err == nil {
		err = durable.Replace(path, data, 0o640)
	}
	if err != nil {
		return fmt.Errorf("index of activity: %w", err)
	}
	return nil
}

// Bytes returns what Write writes: magic, version, tip, what decides who is who (the options and the .mailmap), the edge, counts of the day, the state, the people, the idents,
// and the SHA-256 of all before it. Numbers are as in [binary.AppendUvarint], texts have their length before them.
func (x *Index) Bytes() ([]byte, error) {
	if x.file != nil {
		return slices.Clone(x.file), nil
	}
	state, err := x.State.MarshalBinary()
	if err != nil {
		return nil, err
	}
	dir, err := x.People.MarshalBinary()
	if err != nil {
		return nil, err
	}
	out := append([]byte(magic), version)
	text := func(s []byte) { out = append(binary.AppendUvarint(out, uint64(len(s))), s...) }
	text([]byte(x.Tip))
	text(x.rules.options)
	text(x.rules.mailmap)
	text(x.edge)
	out = binary.AppendUvarint(out, uint64(x.day)) // #nosec G115 -- not negative
	counts := x.counts()
	out = binary.AppendUvarint(out, uint64(len(counts)))
	for _, p := range counts {
		out = binary.AppendUvarint(out, uint64(p))
		out = binary.AppendUvarint(out, uint64(x.count[p])) // #nosec G115 -- not negative
	}
	text(state)
	text(dir)
	text(x.idents)
	sum := sha256.Sum256(out)
	return append(out, sum[:]...), nil
}

// counts returns the authors of the day in ascending order.
func (x *Index) counts() []uint32 {
	out := make([]uint32, 0, len(x.count))
	for p := range x.count {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// appendIdents appends idents in the order of their numbers, each with how many commits it made.
func appendIdents(out []byte, list []people.Ident, commits []int) []byte {
	for i, id := range list {
		for _, s := range []string{id.Name, id.Mail} {
			out = append(binary.AppendUvarint(out, uint64(len(s))), s...)
		}
		out = binary.AppendUvarint(out, uint64(commits[i])) // #nosec G115 -- not negative
	}
	return out
}

// readIdents reads what appendIdents wrote.
func readIdents(data []byte) (list []people.Ident, commits []int, err error) {
	d := &varint.Reader{In: data, Kind: ErrFormat}
	for len(d.In) > 0 {
		list = append(list, people.Ident{Name: d.Text(), Mail: d.Text()})
		commits = append(commits, int(d.Number(math.MaxInt32))) // #nosec G115 -- bounded
	}
	return list, commits, d.Err
}

// Open reads a file. What is in it is read further where it is asked. The error is ErrFormat where there is a file and it is not one that Write wrote,
// whole; fs.ErrNotExist where there is none.
func Open(path string) (*Index, error) {
	f, err := os.Open(path) // #nosec G304 -- the caller's own
	if err != nil {
		return nil, fmt.Errorf("index of activity: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("index of activity: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s: %w: more than %d bytes", path, ErrFormat, maxFile)
	}
	data := make([]byte, info.Size()) // files are replaced and never change
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("index of activity: %s: %w", path, err)
	}
	x, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return x, nil
}

// decode reads what Bytes returned, and nothing else.
func decode(data []byte) (*Index, error) {
	head := append([]byte(magic), version)
	if len(data) < len(head)+sha256.Size || !bytes.Equal(data[:len(head)], head) {
		return nil, fmt.Errorf("%w of version %d", ErrFormat, version)
	}
	body := data[:len(data)-sha256.Size]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], data[len(body):]) {
		return nil, fmt.Errorf("%w: the checksum is wrong", ErrFormat)
	}
	d := &varint.Reader{In: body[len(head):], Kind: ErrFormat}
	x := &Index{Tip: d.Text(), count: map[uint32]int{}, file: data}
	if n := len(x.Tip); n != 40 && n != 64 || strings.Trim(x.Tip, "0123456789abcdef") != "" {
		d.Fail("its tip is no id")
	}
	x.rules = &rules{options: d.Bytes(), mailmap: d.Bytes()}
	x.edge = d.Bytes()
	x.day = int64(d.Number(1 << 32)) // #nosec G115 -- bounded
	last := -1
	for range d.Length(2) {
		p := int(d.Number(uint64(activity.MaxPerson)))  // #nosec G115 -- bounded
		x.count[uint32(p)] = int(d.Number(MaxReviewed)) // #nosec G115 -- bounded
		if p <= last {
			d.Fail("people out of order")
		}
		last = p
	}
	state, dir := d.Bytes(), d.Bytes()
	x.idents = d.Bytes()
	if len(d.In) > 0 {
		d.Fail("%d bytes too many", len(d.In))
	}
	if d.Err != nil {
		return nil, d.Err
	}
	var err error
	if x.State, err = activity.Open(state); err == nil {
		x.People, err = people.Read(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return x, nil
}

// optionsFile is how options are kept.
type optionsFile struct {
	Aliases []people.Alias `json:"aliases,omitempty"`
	Bots    []string       `json:"bots,omitempty"`
	Domains [][]string     `json:"domains,omitempty"`
}

// rulesOf puts down what decides who is who.
func rulesOf(mailmap []byte, o people.Options) (*rules, error) {
	text, err := json.Marshal(optionsFile{o.Aliases, o.Bots, o.Domains})
	return &rules{options: text, mailmap: mailmap}, err
}

// people returns the options of the package people.
func (r *rules) people() (people.Options, error) {
	r.once.Do(func() {
		var o optionsFile
		if err := json.Unmarshal(r.options, &o); err != nil {
			r.err = fmt.Errorf("%w: its options: %w", ErrFormat, err)
		}
		r.parsed = people.Options{Mailmap: people.ParseMailmap(r.mailmap), Aliases: o.Aliases, Bots: o.Bots, Domains: o.Domains}
	})
	return r.parsed, r.err
}
