//go:build !unix

package allow

import "io/fs"

// openToAll is for permissions that mean something: elsewhere Go makes them up.
func openToAll(fs.FileMode) bool { return false }
