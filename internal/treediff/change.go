package treediff

import "github.com/refward/refward/internal/odb"

// What git makes of modes (git-fast-import(1), "filemodify").
const (
	modeType      = 0o170000
	modeDir       = 0o040000
	modeFile      = 0o100644
	modeExec      = 0o100755
	modeLink      = 0o120000
	modeSubmodule = 0o160000
)

// A Change is one path that differs. On the side where it is not, mode and id are zero.
type Change struct {
	// Status is git's letter (git-diff-tree(1), "RAW OUTPUT FORMAT"): A added, D deleted, M content or mode modified, T type
	// changed, R renamed.
	Status  byte
	OldMode uint32 // canonical, as in the package comment
	Mode    uint32
	OldID   odb.ID // of a blob, or of a submodule's commit
	ID      odb.ID
	OldPath string // raw bytes; of a rename only
	Path    string // raw bytes
}

// canonical returns the mode that git makes of a stored one.
func canonical(mode uint32) uint32 {
	switch mode & modeType {
	case modeFile & modeType:
		if mode&0o100 != 0 {
			return modeExec
		}
		return modeFile
	case modeLink, modeDir:
		return mode & modeType
	}
	return modeSubmodule
}

// status returns the letter of a change that is no rename.
func (c *Change) status() byte {
	switch {
	case c.OldMode == 0:
		return 'A'
	case c.Mode == 0:
		return 'D'
	case c.OldMode&modeType != c.Mode&modeType:
		return 'T'
	}
	return 'M'
}
