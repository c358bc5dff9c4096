package indexfile

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

const (
	magic   = "RFWOWN\r\n" // a transfer that changes line ends is noticed
	version = 3

	fixedSize = 68 // of the head, in bytes: what comes before the id of the tip
	sumSize   = 4

	// blockSize is how much of the body one checksum is of, in bytes: what is read at least. A question about one file reads some ten blocks; the
	// checksums of a file of 1 GiB are 256 KiB.
	blockSize = 1 << 14

	// maxFile is the size in bytes of the largest file.
	maxFile = 1 << 30
)

// Tables of the body, each of entries of one size; then the areas of what has many sizes.
const (
	ignoredTable = iota
	edgeTable
	fileTable
	commitTable
	identTable
	tables
)

const (
	pathArea = tables + iota // paths
	nameArea                 // numbers of commits, of each file
	runArea                  // lines
	textArea                 // names and mails
	numAreas
)

// bodyOrder is the order of tables and areas in the file. What tells the files comes first: it is always read.
var bodyOrder = [numAreas]int{ignoredTable, edgeTable, fileTable, pathArea, commitTable, identTable, textArea, nameArea, runArea}

// entrySize returns the size in bytes of the entries of a table, for ids of n bytes.
func entrySize(table, n int) int { return [tables]int{n, n, n + 12, n + 24, 8}[table] }

// Where the ends stand in an entry of a file, behind its id.
const (
	pathEnd = 4 * iota
	nameEnd
	runEnd
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	little     = binary.LittleEndian
)

// ErrFormat says that a file is no index of owners, or is damaged, or of another version. It is to be built anew.
var ErrFormat = errors.New("not an index of owners")

// Unknown is the Commit of a Run whose owner cannot be told.
const Unknown int32 = -1

// A Head says what the owners were found with.
type Head struct {
	Tip         string   // full id of the commit whose files these are
	Ignored     []string // full ids, ascending
	Edge        []string // likewise: where a shallow history ended
	IgnoreSpace bool
	MaxBlob     int64 // bytes
}

// A Signature says who made something and when.
type Signature struct {
	Name  string // as the commit has it, no mailmap applied
	Email string
	When  time.Time // seconds, UTC
}

// An Ident is a name and a mail.
type Ident struct{ Name, Email string }

// A Commit owns lines.
type Commit struct {
	ID        string
	Author    Signature
	Committer Signature
}

// A Run is lines that follow each other and have one owner.
type Run struct {
	Commit int32 // by its number; or Unknown
	Lines  int   // 1 or more
}
