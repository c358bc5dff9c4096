package language

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"

	"github.com/refward/refward/analyzers/dod/lang"
)

// tableText has lines of three fields, parted by tabs: "name" or "ext", the name of a file or its end from a dot on in small letters, the
// language; and lines "doc", a regular expression of documentation.
//
//go:embed table.txt
var tableText string

type table struct {
	byName, byExt map[string]string
	known         map[string]string // by name in small letters
	docs          *regexp.Regexp
	code          *lang.Table
}

// load reads the table once. The lines are our own, held by a test.
var load = sync.OnceValue(func() *table {
	t := &table{byName: make(map[string]string, 512), byExt: make(map[string]string, 2048), known: make(map[string]string, 1024)}
	var docs []string
	for line := range strings.Lines(tableText) {
		kind, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		key, name, _ := strings.Cut(rest, "\t")
		switch kind {
		case "name":
			t.byName[key] = name
		case "ext":
			t.byExt[key] = name
		case "doc":
			docs = append(docs, key)
			continue
		}
		t.known[strings.ToLower(name)] = name
	}
	t.docs = regexp.MustCompile(strings.Join(docs, "|"))
	t.code, _ = lang.New(nil) // errors are of what a policy adds
	return t
})

// Of returns the language of a path, or "" if its name tells none.
func Of(path string) string {
	t := load()
	name := path[strings.LastIndexByte(path, '/')+1:]
	if l := t.byName[name]; l != "" {
		return l
	}
	// The longest end that is known: "x.html.erb" is of ".html.erb". No end that is known has more than three dots.
	lowered := strings.ToLower(name[max(0, len(name)-64):])
	end := len(lowered)
	best := ""
	for range 3 {
		if end = strings.LastIndexByte(lowered[:end], '.'); end < 0 {
			break
		}
		if l := t.byExt[lowered[end:]]; l != "" {
			best = l
		}
	}
	if best != "" {
		return best
	}
	// "Dockerfile.dev" and "Makefile.in" are what stands before the dot, for the few names that are used so.
	for _, prefix := range []string{"Dockerfile", "Containerfile", "Makefile", "Jenkinsfile"} {
		if strings.HasPrefix(name, prefix+".") {
			return t.byName[prefix]
		}
	}
	return ""
}

// Named returns the language that somebody means by a name in any case, or by an extension such as "py", for a query.
func Named(s string) (language string, ok bool) {
	t := load()
	s = strings.ToLower(strings.TrimSpace(s))
	if l := t.known[s]; l != "" {
		return l, true
	}
	if s == "golang" {
		return "Go", true
	}
	l := t.byExt["."+strings.TrimPrefix(s, ".")]
	return l, l != ""
}

// Generated reports whether a path is one of files that nobody wrote for this project: written by a tool, among them a package manager's locks,
// or copied from elsewhere (as analyzers/dod/lang has it). Who touched it knows nothing of it for that.
//
// These are the generated files of a census, and of --generated. The ranking leaves out others, too: its side paths (activity.Generated), which the model
// was fitted without.
func Generated(path string) bool {
	t := load()
	return t.code.Generated(path) || t.code.Lock(path)
}

// Documentation reports whether a path is one of documentation by its directory or name, as Linguist has it, or a text in a markup for prose.
func Documentation(path string) bool {
	switch Of(path) {
	case "Markdown", "reStructuredText", "AsciiDoc", "Text", "Roff":
		return true
	}
	return load().docs.MatchString(path)
}
