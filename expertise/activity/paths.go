package activity

import (
	"regexp"
	"strings"
)

// Dir returns the directory of a path as git writes it: "" is the root, which is its own directory.
func Dir(path string) string {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)]
}

// Ext returns a path's extension with its dot, or "".
func Ext(path string) string {
	base := path[strings.LastIndexByte(path, '/')+1:]
	if i := strings.LastIndexByte(base, '.'); i >= 0 {
		return base[i:]
	}
	return ""
}

var generated = regexp.MustCompile(`(?i)(^|/)(vendor|node_modules|third_party|third-party|testdata|__snapshots__)/|` +
	`\.(lock|sum|pb\.go|min\.js|snap|svg|png|json\.gz)$|(^|/)(package-lock\.json|yarn\.lock|go\.sum|go\.mod|DEPS|CHANGELOG(\.md)?)$`)

// Generated are the side paths of the ranking, which the model was fitted without. They are not the generated files of a census (language.Generated), which
// are another list: what a side path has may well be lines that somebody wrote, such as test data or go.mod. To make the two one would be to fit anew.
//
// Generated reports whether a path is one that nobody writes by hand or that everybody touches: vendored and generated files, lock files,
// change logs. Who touched it says little about who should read it.
func Generated(path string) bool { return generated.MatchString(path) }
