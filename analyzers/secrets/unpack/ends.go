package unpack

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// xzMark begins an xz stream.
const xzMark = "\xfd7zXZ\x00"

const (
	xzHeaderSize = 12 // bytes
	xzFooterSize = 12
)

// xzEnd returns where the xz stream ends that data begins with, or the end of data. The library reads ahead and takes what comes next for
// damage. The footer and the index in front of it have checksums (The .xz File Format 1.1.0, 2.1.2 and 4).
func xzEnd(data []byte) int {
	for at := xzHeaderSize; ; {
		n := bytes.Index(data[min(at, len(data)):], []byte("YZ"))
		if n < 0 {
			return len(data)
		}
		at += n + 2
		footer := data[max(0, at-xzFooterSize):at]
		if len(footer) < xzFooterSize || at < xzHeaderSize+xzFooterSize || crc32.ChecksumIEEE(footer[4:10]) != binary.LittleEndian.Uint32(footer) {
			continue
		}
		size := (int64(binary.LittleEndian.Uint32(footer[4:])) + 1) * 4
		if end := int64(at - xzFooterSize); size >= 8 && size <= end-xzHeaderSize {
			index := data[end-size : end]
			if index[0] == 0 && crc32.ChecksumIEEE(index[:size-4]) == binary.LittleEndian.Uint32(index[size-4:]) {
				return at
			}
		}
	}
}
