package refstore

import "strings"

// ValidName reports whether git takes a name for that of a ref, be it of one level as HEAD is (git-check-ref-format(1)).
func ValidName(name string) bool {
	if name == "@" || strings.HasSuffix(name, ".") {
		return false
	}
	for {
		part, rest, more := strings.Cut(name, "/")
		if !validPart(part) {
			return false
		}
		if !more {
			return true
		}
		name = rest
	}
}

// validPart checks what stands between two slashes. A name that ends with a dot is the caller's to find.
func validPart(part string) bool {
	if part == "" || part[0] == '.' || strings.HasSuffix(part, ".lock") {
		return false
	}
	for i := range len(part) {
		switch c := part[i]; {
		case c <= ' ' || c == 0x7f:
			return false
		case c == '~' || c == '^' || c == ':' || c == '?' || c == '*' || c == '[' || c == '\\':
			return false
		case i > 0 && (c == '.' && part[i-1] == '.' || c == '{' && part[i-1] == '@'):
			return false
		}
	}
	return true
}

// perWorktree are the folders below refs/ that each worktree has of its own (git-worktree(1), "REFS").
var perWorktree = [...]string{"refs/bisect/", "refs/rewritten/", "refs/worktree/"}

// ofWorktree reports whether a ref belongs to one worktree: what is below those folders, and names such as HEAD.
func ofWorktree(name string) bool {
	for _, dir := range perWorktree {
		if strings.HasPrefix(name, dir) {
			return true
		}
	}
	for i := range len(name) {
		if c := name[i]; (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
