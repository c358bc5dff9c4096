package objects

import (
	"strings"
	"unicode/utf8"
)

// unsafe says why a checkout of path could write where it must not, or "". It holds the rules of git fsck (fsck.c,
// fsck_tree: fullPathname, emptyName, hasDot, hasDotdot, hasDotgit) whatever the machine it runs on, since the pusher's
// file system is not the victim's. Everything else, control characters and invalid UTF-8 included, is only unusual.
func unsafe(path string) string {
	if strings.HasPrefix(path, "/") {
		return "begins with a slash"
	}
	for name := range strings.SplitSeq(path, "/") {
		switch {
		case name == "":
			return "has an empty component"
		case name == ".":
			return `has the component "."`
		case name == "..":
			return `has the component ".."`
		case hfsDotGit(name):
			return "has a component that is .git on a file system that ignores case or invisible characters"
		}
		// A backslash separates directories on Windows (fsck.c, fsck_tree).
		for part := range strings.SplitSeq(name, `\`) {
			if ntfsDotGit(part) {
				return "has a component that is .git on Windows"
			}
		}
	}
	return ""
}

// ntfsDotGit reports whether NTFS takes name for .git: in any case, by its short name git~1, with trailing dots and
// spaces, or as an alternate data stream such as .git::$INDEX_ALLOCATION (path.c, is_ntfs_dotgit).
func ntfsDotGit(name string) bool {
	name, _, _ = strings.Cut(name, ":")
	name = strings.TrimRight(name, ". ")
	return strings.EqualFold(name, ".git") || strings.EqualFold(name, "git~1")
}

// hfsDotGit reports whether HFS+ takes name for .git: in any case, with code points that it ignores, and cut at invalid
// UTF-8 (utf8.c, is_hfs_dotgit and next_hfs_char).
func hfsDotGit(name string) bool {
	const want = ".git"
	n := 0
	for len(name) > 0 {
		r, size := utf8.DecodeRuneInString(name)
		if r == utf8.RuneError && size == 1 {
			break // Git stops there too
		}
		name = name[size:]
		if hfsIgnores(r) {
			continue
		}
		if n == len(want) {
			return false
		}
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		if r != rune(want[n]) {
			return false
		}
		n++
	}
	return n == len(want)
}

func hfsIgnores(r rune) bool {
	switch {
	case 0x200c <= r && r <= 0x200f, // zero-width joiners, direction marks
		0x202a <= r && r <= 0x202e, // direction embedding
		0x206a <= r && r <= 0x206f, // deprecated format characters
		r == 0xfeff:                // byte order mark
		return true
	}
	return false
}
