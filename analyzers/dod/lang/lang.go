package lang

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dod/glob"
)

// A Table knows languages. It is immutable.
type Table struct {
	byExt                    map[string]*entry
	any, generated, lockfile *glob.Set
}

type entry struct {
	name          string
	tests         *glob.Set
	inside, bench *regexp.Regexp // nil = none
}

// New returns the table with what a policy adds to it, by the name of the language. Errors are [analyzers.OptionError] with keys
// such as "NAME.tests[0]".
func New(more map[string]Language) (*Table, error) {
	all := defaults()
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, &analyzers.OptionError{Key: key, Msg: fmt.Sprintf(format, args...)})
	}
	owner := map[string]string{} // language by extension
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, ext := range all[name].Extensions {
			owner[ext] = name
		}
	}
	offset := map[string]int{} // how many of the tests come from the table itself
	for _, name := range slices.Sorted(maps.Keys(more)) {
		add, l := more[name], all[name]
		offset[name] = len(l.Tests)
		for i, ext := range add.Extensions {
			key := fmt.Sprintf("%s.extensions[%d]", name, i)
			clean := strings.TrimPrefix(ext, ".")
			switch {
			case clean == "" || strings.ContainsAny(clean, "./*?[]{}"):
				bad(key, "%q is not the end of a name from its last dot on, such as \"go\"", ext)
			case owner[clean] != "" && owner[clean] != name:
				bad(key, "%q is %s already", ext, owner[clean])
			default:
				owner[clean] = name
				l.Extensions = append(l.Extensions, clean)
			}
		}
		if l.Tests = slices.Concat(l.Tests, add.Tests); add.Inside != "" {
			l.Inside = add.Inside
		}
		if add.Bench != "" {
			l.Bench = add.Bench
		}
		if len(l.Extensions) == 0 {
			bad(name, "a language without extensions is never found")
		}
		all[name] = l
	}
	t := &Table{byExt: map[string]*entry{}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		l := all[name]
		e := &entry{name: name}
		var err error
		if e.tests, err = glob.Compile(l.Tests); err != nil {
			for _, g := range split(err) {
				bad(fmt.Sprintf("%s.tests[%d]", name, g.At-offset[name]), "%s", g.Msg)
			}
		}
		for _, re := range []struct {
			key, text string
			into      **regexp.Regexp
		}{{"inside", l.Inside, &e.inside}, {"bench", l.Bench, &e.bench}} {
			if re.text == "" {
				continue
			}
			if *re.into, err = regexp.Compile(re.text); err != nil {
				bad(name+"."+re.key, "%s", err)
			} else if (*re.into).MatchString("") {
				bad(name+"."+re.key, "%q matches every line", re.text)
			}
		}
		for _, ext := range l.Extensions {
			t.byExt[ext] = e
		}
	}
	for _, own := range []struct {
		globs []string
		into  **glob.Set
	}{{anyTests, &t.any}, {generated, &t.generated}, {locks, &t.lockfile}} {
		var err error
		if *own.into, err = glob.Compile(own.globs); err != nil {
			errs = append(errs, err)
		}
	}
	return t, errors.Join(errs...)
}

// split returns the errors that glob.Compile joined.
func split(err error) []*glob.Error {
	var list []*glob.Error
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if g := (*glob.Error)(nil); errors.As(e, &g) {
				list = append(list, g)
			}
		}
	}
	return list
}

// A File is what a path tells of a file.
type File struct {
	Language string // "" = it is no code
	Test     bool   // the language's tools take it for a test
	entry    *entry
}

// Of returns what a path tells.
func (t *Table) Of(path string) File {
	name := path[strings.LastIndexByte(path, '/')+1:]
	e := t.byExt[name[strings.LastIndexByte(name, '.')+1:]]
	if e == nil || !strings.Contains(name, ".") {
		return File{}
	}
	return File{Language: e.name, Test: e.tests.Has(path) || t.any.Has(path), entry: e}
}

// TestInside reports whether the lines hold a test, in a language whose tests stand beside the code.
func (f File) TestInside(lines []byte) bool {
	return f.entry != nil && f.entry.inside != nil && f.entry.inside.Match(lines)
}

// BenchInside reports whether the lines hold a benchmark.
func (f File) BenchInside(lines []byte) bool {
	return f.entry != nil && f.entry.bench != nil && f.entry.bench.Match(lines)
}

// Generated reports whether the path is one that tools write, or one of code that came from elsewhere.
func (t *Table) Generated(path string) bool { return t.generated.Has(path) }

// Lock reports whether a package manager writes the file.
func (t *Table) Lock(path string) bool { return t.lockfile.Has(path) }

// generatedRE is the line by which tools mark what they write ("go help generate"), in the comments of other languages too.
var generatedRE = regexp.MustCompile(`(?m)^\W{0,8}(Code generated .*DO NOT EDIT|@generated\b)`)

// SaysGenerated reports whether the first bytes of a file say that a tool wrote it.
func SaysGenerated(head []byte) bool {
	// The expression alone would cost more than all other questions about a file.
	return (bytes.Contains(head, []byte("DO NOT EDIT")) || bytes.Contains(head, []byte("@generated"))) && generatedRE.Match(head)
}
