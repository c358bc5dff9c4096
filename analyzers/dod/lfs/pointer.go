package lfs

import (
	"bytes"
	"regexp"
)

// MaxPointer is the size that a pointer does not reach, in bytes (Git LFS, docs/spec.md: "less than 1024 bytes").
const MaxPointer = 1024

// The first version line is the one of today; the other is of releases before Git LFS 1.0, which are still read.
var pointerRE = regexp.MustCompile(`\Aversion (https://git-lfs\.github\.com/spec/v1|https://hawser\.github\.com/spec/v1|http://git-media\.io/v/2)\n` +
	`([a-z0-9.-]+ [^\n]+\n)*?oid sha256:[0-9a-f]{64}\n([a-z0-9.-]+ [^\n]+\n)*?size [0-9]+\n?\z`)

// Pointer reports whether the content is a pointer. An empty file is its own (docs/spec.md).
func Pointer(data []byte) bool {
	return len(data) == 0 || len(data) < MaxPointer && bytes.HasPrefix(data, []byte("version ")) && pointerRE.Match(data)
}
