package dod

import (
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers/dod/glob"
)

// A ban is one of Options.Forbidden.
type ban struct {
	path, except *glob.Set
	reason       string
}

func newBan(i int, f Forbidden, bad func(key, format string, args ...any)) ban {
	if strings.ContainsFunc(f.Reason, unprintable) {
		bad(fmt.Sprintf("forbidden[%d].reason", i), "it is not one line of text")
	}
	for j, g := range f.Except {
		if err := glob.Valid(g); err != nil {
			bad(fmt.Sprintf("forbidden[%d].except[%d]", i, j), "%s", err)
		}
	}
	b := ban{reason: f.Reason}
	b.path, _ = glob.Compile([]string{f.Path}) // each was asked about
	b.except, _ = glob.Compile(f.Except)
	return b
}

// banned returns why a file does not belong into a repository, when it does not.
func (k *checker) banned(path string) (reason string, found bool) {
	first := k.forbidden.Match(path)
	if first < 0 {
		return "", false
	}
	// An exception is one of its own entry: the others count all the same.
	for _, b := range k.bans[first:] {
		if b.path.Match(path) >= 0 && b.except.Match(path) < 0 {
			return b.reason, true
		}
	}
	return "", false
}
