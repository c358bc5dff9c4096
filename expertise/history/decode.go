package history

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	d := &varint.Reader{In: body[len(head):], Kind: ErrFormat}
	s := &Stored{x: Index{count: map[uint32]int{}}}
	d.In = d.In[copy(s.x.key[:], d.In):]
	s.x.Tip = d.Text()
	if n := len(s.x.Tip); n != 40 && n != 64 || strings.Trim(s.x.Tip, "0123456789abcdef") != "" {
		d.Fail("its tip is no id")
	}
	seen := map[people.Ident]bool{}
	for range d.Length(2) {
		id := people.Ident{Name: d.Text(), Mail: d.Text()}
		if seen[id] {
			d.Fail("somebody twice")
		}
		seen[id] = true
		s.x.idents = append(s.x.idents, id)
	}
	s.x.day = int64(d.Number(1 << 32)) // #nosec G115 -- bounded
	last := -1
	for range d.Length(2) {
		p := int(d.Number(uint64(activity.MaxPerson)))    // #nosec G115 -- bounded
		s.x.count[uint32(p)] = int(d.Number(MaxReviewed)) // #nosec G115 -- bounded
		if p <= last {
			d.Fail("people out of order")
		}
		last = p
	}
	s.state = []byte(d.Text())
	if len(d.In) > 0 {
		d.Fail("%d bytes too many", len(d.In))
	}
	if d.Err != nil {
		return nil, d.Err
	}
	return s, nil
}
