package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Decisions hands over each decision of the log at path, oldest first. Lines that are no records, such as what a killed writer left, are counted and
// passed over. A log that is not there is an error, since what nobody recorded cannot be looked at again.
func Decisions(path string, use func(Record) error) (torn int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("open audit log: %w", err)
	}
	defer f.Close()
	if err := regular(f.Stat()); err != nil {
		return 0, fmt.Errorf("audit log %s: %w", path, err)
	}
	in := bufio.NewReaderSize(f, 64<<10)
	for {
		line, err := wholeLine(in)
		if line = bytes.TrimSpace(line); len(line) > 0 {
			r, wrong := Decode(line)
			switch {
			case wrong != nil:
				torn++
			case r.Kind == Decision:
				if err := use(r); err != nil {
					return torn, err
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return torn, nil
		}
		if err != nil {
			return torn, fmt.Errorf("read audit log: %w", err)
		}
	}
}

// wholeLine returns the next line; of one that is longer than any record, nothing that decodes.
func wholeLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line) <= MaxSearch {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
