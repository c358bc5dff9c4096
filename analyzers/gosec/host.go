package gosec

import (
	"os"
	"path/filepath"
)

// A Host says what there is on the machine. Nothing of it comes from the repository.
type Host struct {
	Helper      string // absolute path of the helper program; "" = HelperName beside the running program
	Types       string // directory of the type cache; "" = none
	ModuleCache string // directory of Go's module cache; "" = none
}

// systemTypes is where the type cache of a server is.
const systemTypes = "/var/lib/refward/types"

// TypesDir returns the directory of the type cache that is used when none is named: that of REFWARD_TYPES, else /var/lib/refward/types when
// there is one, else refward/types in the user's cache directory. It is "" when there is no such place.
func TypesDir(getenv func(string) string) string {
	if dir := getenv("REFWARD_TYPES"); dir != "" {
		return dir
	}
	if info, err := os.Stat(systemTypes); err == nil && info.IsDir() {
		return systemTypes
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "refward", "types")
}
