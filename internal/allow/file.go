package allow

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/refward/refward/internal/policy/strict"
)

// A File is an administrator's allow file, in the order in which it is written.
type File struct {
	Version int     `yaml:"version"` // of the format: 1
	Allow   []Entry `yaml:"allow"`
}

// An Entry allows one finding in some repositories.
type Entry struct {
	Fingerprint string `yaml:"fingerprint"` // as reports print it
	Repository  string `yaml:"repository"`  // glob; see [File.For]
	Rule        string `yaml:"rule"`        // "analyzer/rule", which the finding must then have; may be ""
	Reason      string `yaml:"reason"`      //
	By          string `yaml:"by"`          // who decided it
	Expires     string `yaml:"expires"`     // last day on which it counts, in UTC, such as 2027-01-31; or "never"
}

// forever is the word for an entry without an end: nobody writes one by leaving something out.
const forever = "never"

// MaxFile is the size of the largest allow file, in bytes.
const MaxFile = strict.MaxBytes

// ErrUnsafe says that a file can be changed by anybody who has an account on the machine.
var ErrUnsafe = errors.New("anybody may write to it")

// Load reads the allow file at path: a regular file of at most [MaxFile] bytes that not everybody may write to. An error about its
// content is of type strict.Errors, with places.
func Load(path string) (*File, error) {
	// Asked before opening: a FIFO would hold a push until somebody writes into it.
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read allow file: %w", err)
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("read allow file %s: not a regular file", path)
	case openToAll(info.Mode()):
		return nil, fmt.Errorf("read allow file %s: %w (chmod o-w)", path, ErrUnsafe)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read allow file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read allow file: %w", err)
	}
	return Parse(path, data)
}

// Parse reads an allow file; name is for messages. An error is of type strict.Errors.
func Parse(name string, data []byte) (*File, error) {
	doc, err := strict.Document(name, data)
	if err != nil {
		return nil, err
	}
	file := &File{Version: 1}
	d := strict.Decoder{File: name, At: map[string]strict.Place{}}
	d.Struct("", doc, reflect.ValueOf(file).Elem(), nil)
	if file.Version != 1 {
		d.Errs = append(d.Errs, d.At["version"].Error("write 1, or use a newer refward", "version: there is no version %d", file.Version))
	}
	for i := range file.Allow {
		check(&d, fmt.Sprintf("allow[%d]", i), &file.Allow[i])
	}
	if err := d.Errs.Err(); err != nil {
		return nil, err
	}
	return file, nil
}

var (
	fingerprintRE = regexp.MustCompile(`^[0-9a-f]{32}$`)
	ruleRE        = regexp.MustCompile(`^[a-z][a-z0-9-]*/[a-z0-9]+([-_.][a-z0-9]+)*$`)
)

// check looks at what types do not say. An entry in which something is missing would allow more than its author meant, or nothing.
func check(d *strict.Decoder, path string, e *Entry) {
	bad := func(key, hint, format string, args ...any) {
		at, ok := d.At[path+"."+key]
		if !ok {
			at = d.At[path]
		}
		if slices.ContainsFunc(d.Errs, func(e *strict.Error) bool { return e.Line == at.Line }) {
			return // the decoder has said what is wrong there
		}
		d.Errs = append(d.Errs, at.Error(hint, path+"."+key+": "+format, args...))
	}
	if !fingerprintRE.MatchString(e.Fingerprint) {
		bad("fingerprint", "as reports print it", "want 32 digits 0-9 and a-f")
	}
	switch {
	case e.Repository == "":
		bad("repository", `"*" stands for all`, "want the repository that it is for")
	case len(e.Repository) > 255 || strings.ContainsAny(e.Repository, "{}") || !doublestar.ValidatePattern(e.Repository):
		bad("repository", "", "%q is not a glob", e.Repository)
	}
	if e.Rule != "" && !ruleRE.MatchString(e.Rule) {
		bad("rule", "", "%q is not analyzer/rule", e.Rule)
	}
	if !isReason(e.Reason) || !printable(e.Reason) {
		bad("reason", "", "want a reason, on one line of at most %d characters", maxText)
	}
	if e.By == "" || !printable(e.By) {
		bad("by", "", "want who decided it")
	}
	if _, err := e.end(); e.Expires != forever && err != nil {
		bad("expires", `write "never" if it has no end`, "want the last day on which it counts, such as 2027-01-31")
	}
}

const maxText = 200 // characters of a reason

func printable(s string) bool {
	return len([]rune(s)) <= maxText && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// For returns the entries for a repository that has any of the names: what its host calls it ("owner/name"), and its path on the
// server, in which slashes separate. In a glob "*" and "?" do not cross a slash, "**" does; "*" alone stands for every repository.
func (f *File) For(names []string) []Entry {
	if f == nil {
		return nil
	}
	var mine []Entry
	for _, e := range f.Allow {
		if e.Repository == "*" || slices.ContainsFunc(names, func(name string) bool {
			return name != "" && doublestar.MatchUnvalidated(e.Repository, name)
		}) {
			mine = append(mine, e)
		}
	}
	return mine
}

// Draft returns an allow file for findings, for an administrator to fill in: what is empty in it, [Parse] refuses. Of the names that
// a repository may have, the shortest stands in it.
func Draft(list []Known, names []string) []byte {
	name := ""
	for _, n := range names {
		if n != "" && (name == "" || len(n) < len(name)) {
			name = n
		}
	}
	var b strings.Builder
	b.WriteString("# Fill in reason, by and expires (such as 2027-01-31, or never), and hold repository against what your host calls it.\n" +
		"version: 1\n")
	if len(list) > 0 {
		b.WriteString("allow:\n")
	}
	for _, k := range list {
		fmt.Fprintf(&b, "  # %s\n  - fingerprint: %q\n    repository: %q\n    rule: %s\n    reason: \"\"\n    by: \"\"\n    expires: \"\"\n",
			cmp.Or(k.Path, "in no file"), k.Fingerprint, name, k.Rule)
	}
	return []byte(b.String())
}

// end returns the moment from which the entry does not count any more.
func (e *Entry) end() (time.Time, error) {
	day, err := time.Parse(time.DateOnly, e.Expires)
	return day.AddDate(0, 0, 1), err
}

// allows says why the entry, which has the finding's fingerprint, lets it stay, or why it does not.
func (e *Entry) allows(rule string, now time.Time) (allowed, denied string) {
	end, err := e.end()
	switch {
	case e.Rule != "" && e.Rule != rule:
		return "", fmt.Sprintf("the allow file has its fingerprint for %s", e.Rule)
	case e.Expires == forever:
		return fmt.Sprintf("allow file, by %s: %s", e.By, e.Reason), ""
	case err != nil || !now.Before(end):
		return "", fmt.Sprintf("the allowance by %s expired on %s", e.By, e.Expires)
	}
	return fmt.Sprintf("allow file until %s, by %s: %s", e.Expires, e.By, e.Reason), ""
}
