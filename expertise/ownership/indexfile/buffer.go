package indexfile

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
	"sync/atomic"
)

// A buffer is the bytes of the body. Of a file that was opened, each block is read and checked when something of it is asked for: the memory has room for
// all, and the system gives it none before that. It is no mapping of the file, in which a reader would crash (SIGBUS) when somebody cuts the
// file off, and which would be changed under it by who writes into the file; a read then fails, or the checksum does.
type buffer struct {
	data  []byte
	sums  []byte // of the blocks
	from  io.ReaderAt
	at    int64         // where the body begins there
	mu    sync.Mutex    // for reading
	there []atomic.Bool // by block; nil = all are
}

// bytes returns a part, which is not to be changed.
func (b *buffer) bytes(from, to int) ([]byte, error) {
	if b.there != nil && from < to {
		for i := from / blockSize; i <= (to-1)/blockSize; i++ {
			if !b.there[i].Load() {
				if err := b.read(i, (to-1)/blockSize); err != nil {
					return nil, err
				}
				break
			}
		}
	}
	return b.data[from:to:to], nil
}

// read reads the blocks from first to last that are not there, as many at once as follow each other.
func (b *buffer) read(first, last int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := first; i <= last; {
		if b.there[i].Load() {
			i++
			continue
		}
		past := i + 1
		for past <= last && !b.there[past].Load() {
			past++
		}
		part := b.data[i*blockSize : min(past*blockSize, len(b.data))]
		if n, err := b.from.ReadAt(part, b.at+int64(i)*blockSize); n < len(part) {
			if errors.Is(err, io.EOF) {
				return fmt.Errorf("%w: it is cut off", ErrFormat)
			}
			return fmt.Errorf("index of owners: %w", err)
		}
		for ; i < past; i++ {
			if err := b.check(i); err != nil {
				return err
			}
			b.there[i].Store(true)
		}
	}
	return nil
}

// check holds a block against its checksum.
func (b *buffer) check(i int) error {
	block := b.data[i*blockSize : min((i+1)*blockSize, len(b.data))]
	if crc32.Checksum(block, castagnoli) != little.Uint32(b.sums[i*sumSize:]) {
		return fmt.Errorf("%w: it is damaged at %d", ErrFormat, b.at+int64(i)*blockSize)
	}
	return nil
}
