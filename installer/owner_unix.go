//go:build unix

package installer

import (
	"os"
	"syscall"
)

// ownerOf returns the user who owns the file at path, if that is known.
func ownerOf(path string) (uid int, known bool) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, false
	}
	stat, is := info.Sys().(*syscall.Stat_t)
	if !is {
		return 0, false
	}
	return int(stat.Uid), true
}
