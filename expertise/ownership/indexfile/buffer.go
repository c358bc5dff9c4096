package indexfile

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync/atomic"
)

// A buffer is the body. Of a file that was opened, each block is read and checked when something of it is asked for. It is no mapping of the
// file, in which a reader is killed (SIGBUS, mmap(2)) when somebody cuts the file off, and which is changed under it by who writes into the file; a
// read then fails, or the checksum does.
type buffer struct {
	size   int
	sums   []byte // of the blocks
	from   io.ReaderAt
	at     int64                    // where the body begins there
	first  []byte                   // the first blocks, one behind the other
	blocks []atomic.Pointer[[]byte] // the others that were read, by their numbers
	whole  atomic.Pointer[[]byte]   // all of it, once somebody wanted that
}

// bytes returns a part, which is not to be changed.
func (b *buffer) bytes(from, to int) ([]byte, error) {
	if whole := b.whole.Load(); whole != nil {
		return (*whole)[from:to:to], nil
	}
	if to <= len(b.first) {
		return b.first[from:to:to], nil
	}
	var part []byte
	for i := from / blockSize; i*blockSize < to; i++ {
		block, err := b.block(i)
		if err != nil {
			return nil, err
		}
		start, end := max(from-i*blockSize, 0), min(to-i*blockSize, len(block))
		if block = block[start:end:end]; len(block) == to-from {
			return block, nil
		}
		if part == nil {
			part = make([]byte, 0, to-from)
		}
		part = append(part, block...)
	}
	return part, nil
}

// block returns a block, which two may read at the same time.
func (b *buffer) block(i int) ([]byte, error) {
	if known := b.blocks[i].Load(); known != nil {
		return *known, nil
	}
	block, err := b.read(i*blockSize, min((i+1)*blockSize, b.size))
	if err == nil {
		b.blocks[i].Store(&block)
	}
	return block, err
}

// begin reads the first bytes, and what else is in their blocks.
func (b *buffer) begin(n int) (err error) {
	if b.whole.Load() == nil {
		b.first, err = b.read(0, min((n+blockSize-1)/blockSize*blockSize, b.size))
	}
	return err
}

// all returns the body behind some head.
func (b *buffer) all(head []byte) ([]byte, error) {
	data := make([]byte, len(head)+b.size)
	copy(data, head)
	body := data[len(head):]
	if whole := b.whole.Load(); whole != nil {
		copy(body, *whole)
		return data, nil
	}
	if err := b.fill(body, 0); err != nil {
		return nil, err
	}
	b.whole.Store(&body)
	return data, nil
}

// read reads and checks whole blocks.
func (b *buffer) read(from, to int) ([]byte, error) {
	part := make([]byte, to-from)
	return part, b.fill(part, from)
}

func (b *buffer) fill(part []byte, from int) error {
	if n, err := b.from.ReadAt(part, b.at+int64(from)); n < len(part) {
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: it is cut off", ErrFormat)
		}
		return fmt.Errorf("index of owners: %w", err)
	}
	for i := from / blockSize; len(part) > 0; i++ {
		n := min(blockSize, len(part))
		if err := b.check(i, part[:n]); err != nil {
			return err
		}
		part = part[n:]
	}
	return nil
}

// check holds a block against its checksum.
func (b *buffer) check(i int, block []byte) error {
	if crc32.Checksum(block, castagnoli) != little.Uint32(b.sums[i*sumSize:]) {
		return fmt.Errorf("%w: it is damaged at %d", ErrFormat, b.at+int64(i)*blockSize)
	}
	return nil
}
