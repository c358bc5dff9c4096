package history

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/internal/durable"
)

// ErrFormat says that a file is no index of activity, or is damaged, or of another version. It is to be built anew.
var ErrFormat = errors.New("not an index of activity")

const (
	magic   = "refward history\n"
	version = 1
	// maxFile is the size in bytes of the largest file that is read.
	maxFile = 1 << 30
)

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

// A Stored is what a file holds: an index but for who is who, which the .mailmap of its tip says.
type Stored struct {
	x     Index
	state []byte
}

// Open reads a file. The error is ErrFormat where there is a file and it is not one that Write wrote, whole; fs.ErrNotExist where there is none.
func Open(path string) (*Stored, error) {
	f, err := os.Open(path) // #nosec G304 -- the caller's own
	if err != nil {
		return nil, fmt.Errorf("index of activity: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("index of activity: %w", err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: %w: more than %d bytes", path, ErrFormat, maxFile)
	}
	s, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

type decoder struct {
	in  []byte
	bad bool
}

func (d *decoder) number(most uint64) uint64 {
	n, size := binary.Uvarint(d.in)
	if size <= 0 || n > most || size > 1 && d.in[size-1] == 0 {
		d.bad, d.in = true, nil
		return 0
	}
	d.in = d.in[size:]
	return n
}

// length reads a length; what it counts has at least size bytes each.
func (d *decoder) length(size int) int {
	n := d.number(uint64(len(d.in)))
	if n > uint64(len(d.in)/size) { // #nosec G115 -- a length
		d.bad, d.in = true, nil
		return 0
	}
	return int(n) // #nosec G115 -- at most the number of bytes
}

func (d *decoder) text() string {
	n := d.length(1)
	s := string(d.in[:n])
	d.in = d.in[n:]
	return s
}

// decode reads what Bytes returned, and nothing else.
func decode(data []byte) (*Stored, error) {
	head := append([]byte(magic), version)
	if len(data) < len(head)+2*sha256.Size || !bytes.Equal(data[:len(head)], head) {
		return nil, fmt.Errorf("%w of version %d", ErrFormat, version)
	}
	body := data[:len(data)-sha256.Size]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], data[len(body):]) {
		return nil, fmt.Errorf("%w: the checksum is wrong", ErrFormat)
	}
	d := &decoder{in: body[len(head):]}
	s := &Stored{x: Index{count: map[uint32]int{}}}
	d.in = d.in[copy(s.x.key[:], d.in):]
	s.x.Tip = d.text()
	if n := len(s.x.Tip); n != 40 && n != 64 || strings.Trim(s.x.Tip, "0123456789abcdef") != "" {
		d.bad = true
	}
	seen := map[people.Ident]bool{}
	for range d.length(2) {
		id := people.Ident{Name: d.text(), Mail: d.text()}
		d.bad = d.bad || seen[id]
		seen[id] = true
		s.x.idents = append(s.x.idents, id)
	}
	s.x.day = int64(d.number(1 << 32)) // #nosec G115 -- bounded
	last := -1
	for range d.length(2) {
		p := int(d.number(uint64(activity.MaxPerson)))    // #nosec G115 -- bounded
		s.x.count[uint32(p)] = int(d.number(MaxReviewed)) // #nosec G115 -- bounded
		d.bad = d.bad || p <= last
		last = p
	}
	s.state = []byte(d.text())
	if d.bad || len(d.in) > 0 {
		return nil, fmt.Errorf("%w: it is not as one is written", ErrFormat)
	}
	return s, nil
}
