package template

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"
	"unicode"

	"github.com/refward/refward/analyzers"
)

//go:embed files
var files embed.FS

// maxFile is how large a template may be, and maxText how long a checklist, in bytes.
const (
	maxFile = 64 << 10
	maxText = 256 << 10
)

// A Gate is one that applies to the change.
type Gate struct {
	Rule  string
	Level string // as the policy has it: "block", "warn", …
}

// A Change is what a checklist is about.
type Change struct {
	Classes   []analyzers.Class
	Gates     []Gate
	Languages []string // as package language names them; those without a template are left out of the text
}

// A Set is the templates of checklists. It is immutable.
type Set struct{ root *template.Template }

// New returns the templates, with those of a folder (nil = none) in place of the product's own. Errors name file and line, all of them.
func New(folder fs.FS) (*Set, error) {
	own, err := fs.Sub(files, "files")
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	s := &Set{template.New("").Option("missingkey=error")}
	s.root.Funcs(template.FuncMap{"part": s.part, "join": strings.Join})
	for _, from := range []fs.FS{own, folder} {
		if from == nil {
			continue
		}
		if err := s.add(from); err != nil {
			return nil, err
		}
	}
	var errs []error
	for _, t := range s.root.Templates() { // what is wrong only when it runs shall be wrong now
		switch dir, _ := path.Split(t.Name()); {
		case t.Name() == "checklist.tmpl":
			_, err = s.Checklist(Change{analyzers.Classes(), []Gate{{"a/b", "block"}}, []string{"Go"}})
		case dir == "class/":
			_, err = s.part("class", strings.TrimSuffix(path.Base(t.Name()), ".tmpl"))
		case dir == "language/":
			_, err = s.part("language", strings.TrimSuffix(path.Base(t.Name()), ".tmpl"))
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// add reads the templates of a folder.
func (s *Set) add(from fs.FS) error {
	var errs []error
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		switch dir, base := path.Split(name); {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case strings.HasPrefix(base, "."):
			return nil
		case path.Ext(name) != ".tmpl":
			errs = append(errs, fmt.Errorf("%s: a template's name ends in .tmpl", name))
			return nil
		case dir == "" && base != "checklist.tmpl":
			errs = append(errs, fmt.Errorf("%s: of the templates above only checklist.tmpl is used", name))
			return nil
		case dir == "class/" && !slices.Contains(analyzers.Classes(), analyzers.Class(strings.TrimSuffix(base, ".tmpl"))):
			errs = append(errs, fmt.Errorf("%s: no class has this name: there are %v", name, analyzers.Classes()))
			return nil
		case dir == "language/" && slug(strings.TrimSuffix(base, ".tmpl")) != strings.TrimSuffix(base, ".tmpl"):
			errs = append(errs, fmt.Errorf("%s: no language comes to this: it would be %s.tmpl", name, slug(strings.TrimSuffix(base, ".tmpl"))))
			return nil
		case dir != "" && dir != "class/" && dir != "language/":
			errs = append(errs, fmt.Errorf("%s: is in no folder that is used: class, language", name))
			return nil
		}
		data, err := fs.ReadFile(from, name)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("read template %s: %w", name, err))
		case len(data) > maxFile:
			errs = append(errs, fmt.Errorf("%s: has %d bytes, at most %d", name, len(data), maxFile))
		default:
			if _, err := s.root.New(name).Parse(string(data)); err != nil {
				errs = append(errs, wrong(err))
			}
		}
		return nil
	})
	return errors.Join(append(errs, err)...)
}

// wrong says an error of text/template as FILE:LINE: message.
func wrong(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "template: ")) // it has the file and line in front, and nothing to unwrap
}

// part returns what a class or language asks for, or "" if there is nothing.
func (s *Set) part(kind, name string) (string, error) {
	t := s.root.Lookup(kind + "/" + slug(name) + ".tmpl")
	if t == nil {
		return "", nil
	}
	var b limited
	if err := t.Execute(&b, name); err != nil {
		return "", wrong(err)
	}
	return strings.TrimRight(b.String(), "\n"), nil
}

// slug returns the name of a file for a name.
func slug(name string) string {
	name = strings.NewReplacer(`\`, "", "+", "p", "#", "sharp", " ", "-").Replace(strings.ToLower(name))
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' {
			return r
		}
		return -1
	}, name)
}

// Checklist returns the text. The same change gives the same text.
func (s *Set) Checklist(c Change) (string, error) {
	safe := Change{}
	for _, class := range c.Classes {
		safe.Classes = append(safe.Classes, analyzers.Class(escape(string(class))))
	}
	for _, g := range c.Gates {
		safe.Gates = append(safe.Gates, Gate{escape(g.Rule), escape(g.Level)})
	}
	for _, l := range c.Languages {
		if e := escape(l); !slices.Contains(safe.Languages, e) {
			safe.Languages = append(safe.Languages, e)
		}
	}
	var b limited
	if err := s.root.ExecuteTemplate(&b, "checklist.tmpl", struct {
		Change
		Classes []string
	}{safe, text(safe.Classes)}); err != nil {
		return "", wrong(err)
	}
	return b.String(), nil
}

func text(classes []analyzers.Class) []string {
	var list []string
	for _, c := range classes {
		list = append(list, string(c))
	}
	return list
}

// escape returns a text that Markdown shows as it is, on one line. Every mark of ASCII may have a backslash in front (CommonMark, "Backslash escapes").
func escape(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			b.WriteRune('\uFFFD') // also what would turn the direction of a line round
			continue
		case r == '@':
			b.WriteString("\\@\u2060") // a word joiner, not seen: hosts look for mentions in what Markdown has become
			continue
		case strings.ContainsRune("\\`*_{}[]()<>#+!|~&$:", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// limited is a buffer that takes no more than a checklist may have.
type limited struct{ bytes.Buffer }

// Write refuses what is too long.
func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxText {
		return 0, fmt.Errorf("the text has more than %d bytes", maxText)
	}
	return l.Buffer.Write(p)
}
