//go:build unix

package allow

import "io/fs"

// openToAll reports whether everybody on the machine may write to a file.
func openToAll(mode fs.FileMode) bool { return mode.Perm()&0o002 != 0 }
