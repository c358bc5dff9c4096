package unpack

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"path"
	"slices"
	"strings"
)

// A format is a kind of archive or compressed stream.
type format struct {
	name   string   // as a sentence would have it
	marks  []string // with which it begins
	suffix string   // of names, for one without a mark; it is told by the name alone

	check  func(data []byte) bool // looks closer, where a mark alone says little
	inside func(data []byte) bool // looks closer in the middle of a file, where a mark can be there by chance

	archive archive // or
	stream  opener  // or neither: it is reported as not read
}

// An archive is a format with members of its own.
type archive int

const (
	zipArchive archive = iota + 1
	tarArchive
)

// formats are the kinds that are told apart.
var formats = [...]format{
	{name: "a zip archive", marks: []string{zipLocal, zipEnd, "PK\x07\x08PK", "PK00PK"}, archive: zipArchive},
	{name: "a gzip stream", marks: []string{gzipMark}, check: gzipHeader, stream: openGzip},
	{name: "a bzip2 stream", marks: []string{"BZh"}, check: bzip2Header, stream: openBzip2},
	{name: "an xz stream", marks: []string{xzMark}, inside: xzHeader, stream: openXz},
	{name: "a zstd stream", marks: []string{"\x28\xb5\x2f\xfd"}, inside: zstdFrame, stream: openZstd},
	{name: "an lz4 stream", marks: []string{"\x04\x22\x4d\x18", "\x02\x21\x4c\x18"}, stream: openLz4},
	{name: "a snappy stream", marks: []string{"\xff\x06\x00\x00sNaPpY", "\xff\x06\x00\x00S2sTwO"}, stream: openS2},
	{name: "a zlib stream", marks: []string{"\x78\x01", "\x78\x5e", "\x78\x9c", "\x78\xda"}, check: zlibBegins, stream: openZlib},
	{name: "an lzma stream", suffix: ".lzma", stream: openLzma},
	{name: "an lzma stream", suffix: ".tlz", stream: openLzma},
	{name: "a brotli stream", suffix: ".br", stream: openBrotli},
	{name: "a 7z archive", marks: []string{"7z\xbc\xaf\x27\x1c"}, inside: sevenZipHeader},
	{name: "a rar archive", marks: []string{"Rar!\x1a\x07\x00", "Rar!\x1a\x07\x01\x00"}, inside: rarHeader},
	{name: "a file of compress", marks: []string{"\x1f\x9d"}, check: compressHeader},
	{name: "an lzip stream", marks: []string{"LZIP\x01"}},
	{name: "an lzop stream", marks: []string{"\x89LZO\x00\r\n\x1a\n"}},
	{name: "a cabinet archive", marks: []string{"MSCF\x00\x00\x00\x00"}},
	{name: "a xar archive", marks: []string{"xar!\x00\x1c"}},
	{name: "a squashfs image", marks: []string{"hsqs"}, check: squashfsHeader},
	{name: "a tar archive", archive: tarArchive},
}

// plain are the marks of what holds streams one after the other, with nothing around them that hides a text: ar (deb), cpio, rpm. The
// streams are found by their own marks.
var plain = []string{"!<arch>\n", "070701", "070702", "070707", "\xc7\x71", "\xed\xab\xee\xdb"}

// suffixes of files that hold streams, though not always at the beginning.
var suffixes = []string{
	".zip", ".jar", ".war", ".ear", ".aar", ".apk", ".aab", ".ipa", ".xpi", ".crx", ".vsix", ".nupkg", ".whl", ".egg", ".jmod", ".hpi", ".jpi", ".par",
	".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".xltx", ".pptx", ".pptm", ".odt", ".ods", ".odp", ".epub", ".kmz", ".3mf", ".sketch", ".nbm", ".oxt",
	".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tzst", ".taz", ".tlz", ".gem", ".crate", ".unitypackage", ".ova", ".gz", ".bz2", ".xz", ".zst", ".lz4", ".sz",
	".z", ".lz", ".lzo", ".7z", ".rar", ".cab", ".xar", ".deb", ".udeb", ".ipk", ".a", ".ar", ".cpio", ".rpm", ".lzma", ".br", ".run", ".bundle", ".svgz",
}

// Packed reports whether a file may be an archive or a compressed stream: by its first bytes, of which there should be 512 unless the
// file is shorter, or by its name, since some formats have no mark and a zip may have anything in front of it. A file for which it is
// false can still hold one in its middle, which [Texts] finds.
func Packed(name string, head []byte) bool {
	if slices.Contains(suffixes, strings.ToLower(path.Ext(name))) {
		return true
	}
	for _, p := range plain {
		if bytes.HasPrefix(head, []byte(p)) {
			return true
		}
	}
	return markOf(head) != nil || zlibHeader(head) || isTar(head)
}

// formatOf returns the format of a file, or nil if it has none at its beginning.
func formatOf(name string, data []byte) *format {
	if f := markOf(data); f != nil {
		return f
	}
	ext := strings.ToLower(path.Ext(name))
	for i := range formats {
		f := &formats[i]
		if f.suffix != "" && f.suffix == ext || f.archive == tarArchive && isTar(data) {
			return f
		}
	}
	return nil
}

// markOf returns the format whose mark data begins with, or nil.
func markOf(data []byte) *format {
	for i := range formats {
		f := &formats[i]
		for _, m := range f.marks {
			if bytes.HasPrefix(data, []byte(m)) && (f.check == nil || f.check(data)) {
				return f
			}
		}
	}
	return nil
}

// gzipMark begins a gzip member that is compressed by deflate, and there is no other.
const gzipMark = "\x1f\x8b\x08"

// gzipHeader: the flags that RFC 1952 does not know must not be set.
func gzipHeader(d []byte) bool { return len(d) > 3 && d[3]&0xe0 == 0 }

// xzHeader: the flags have a checksum.
func xzHeader(d []byte) bool {
	return len(d) >= xzHeaderSize && crc32.ChecksumIEEE(d[6:8]) == binary.LittleEndian.Uint32(d[8:])
}

// maxBlocks is how many blocks of a zstd frame are looked at before it is taken for one.
const maxBlocks = 64

// zstdFrame: the header has no reserved bit, and blocks of a known type follow it, up to the last one or to where data ends (RFC 8878, 3.1.1).
func zstdFrame(d []byte) bool {
	if len(d) < 6 {
		return false
	}
	flags := d[4]
	at := 5 + [...]int{0, 1, 2, 4}[flags&3] + [...]int{0, 2, 4, 8}[flags>>6]
	if single := flags&0x20 != 0; !single {
		at++ // the window
	} else if flags>>6 == 0 {
		at++ // the content's size
	}
	for range maxBlocks {
		if at+3 > len(d) {
			return flags&8 == 0
		}
		header := int(d[at]) | int(d[at+1])<<8 | int(d[at+2])<<16
		kind, size := header>>1&3, header>>3
		if kind == 3 || size > 128<<10 || flags&8 != 0 {
			return false
		}
		if header&1 != 0 {
			return true
		}
		if kind == 1 {
			size = 1 // repeated
		}
		at += 3 + size
	}
	return true
}

// bzip2Header: a level, then the mark of a block or of the end.
func bzip2Header(d []byte) bool {
	return len(d) > 9 && d[3] >= '1' && d[3] <= '9' && (string(d[4:10]) == "1AY&SY" || string(d[4:10]) == "\x17\x72\x45\x38\x50\x90")
}

func compressHeader(d []byte) bool {
	return len(d) > 2 && d[2]&0x60 == 0 && d[2]&0x1f >= 9 && d[2]&0x1f <= 16
}

// sevenZipHeader: the header has a checksum.
func sevenZipHeader(d []byte) bool {
	return len(d) >= 32 && crc32.ChecksumIEEE(d[12:32]) == binary.LittleEndian.Uint32(d[8:])
}

// rarHeader: the main header, or that of the encryption, comes first.
func rarHeader(d []byte) bool {
	if len(d) < 12 {
		return false
	}
	if d[6] == 0 {
		return d[9] == 0x73
	}
	return len(d) > 14 && (d[13] == 1 || d[13] == 4 || d[14] == 1 || d[14] == 4)
}

// zlibHeader is all that RFC 1950 says of the beginning, which text can have.
func zlibHeader(d []byte) bool {
	return len(d) > 2 && d[0] == 0x78 && (d[1] == 0x01 || d[1] == 0x5e || d[1] == 0x9c || d[1] == 0xda)
}

// squashfsHeader: of version 4, all that is in use.
func squashfsHeader(d []byte) bool { return len(d) > 96 && d[28] == 4 && d[29] == 0 && d[30] == 0 }
