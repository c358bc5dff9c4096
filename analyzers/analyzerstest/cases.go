package analyzerstest

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/refward/refward/analyzers"
)

// A testCase is a change and what an analyzer is to say of it.
type testCase struct {
	change   *analyzers.Change
	findings []expected
	skipped  []string
	err      string            // text of the run's error; "" = none
	names    map[string]string // ids of commits and tags, by name
}

// expected is one line of a want section.
type expected struct {
	rule, path, at string // at: commit or ref
	line, column   int    // 0 = any
}

// parser turns the sections of a case into a change.
type parser struct {
	*builder
	names map[string]string // ids of commits and tags, by name
	refs  bool              // the case has refs of its own
	c     *testCase
}

func parseCase(data []byte) (*testCase, error) {
	archive := txtar.Parse(data)
	if strings.TrimSpace(string(archive.Comment)) == "" {
		return nil, errors.New("no description before the first section")
	}
	names := map[string]string{}
	p := &parser{builder: newBuilder(), names: names, c: &testCase{names: names}}
	wanted := false
	for _, f := range archive.Files {
		kind, arg, _ := strings.Cut(f.Name, " ")
		text, err := expand(string(f.Data))
		if err == nil {
			arg, err = expand(arg)
		}
		if err == nil {
			err = p.section(kind, strings.TrimSpace(arg), text)
		}
		if err != nil {
			return nil, fmt.Errorf("section %q: %w", f.Name, err)
		}
		wanted = wanted || kind == "want"
	}
	if !wanted {
		return nil, errors.New("no want section")
	}
	if !p.refs {
		p.defaultRefs()
	}
	for i := range p.c.findings {
		if id, ok := names[p.c.findings[i].at]; ok {
			p.c.findings[i].at = id
		}
	}
	p.c.change = p.finish()
	return p.c, nil
}

var lineRE = regexp.MustCompile(` @([1-9][0-9]*)$`)

func (p *parser) section(kind, arg, text string) error {
	if p.last() == "" {
		switch kind {
		case "added", "binary", "unread", "changed", "deleted", "renamed":
			p.change.Kind = analyzers.KindCommit
		}
	}
	switch kind {
	case "added", "binary":
		f := Added(arg, text)
		if m := lineRE.FindStringSubmatch(arg); m != nil {
			n, _ := strconv.Atoi(m[1])
			f = AddedAt(strings.TrimSuffix(arg, m[0]), n, text)
		}
		f.hunks[0].Binary = kind == "binary"
		p.file(f)
	case "before":
		if _, twice := p.memory.before[arg]; twice || arg == "" {
			return errors.New("want the path of another file")
		}
		Before(arg, text)(p.builder)
	case "changed":
		p.file(Changed(arg, text))
	case "unread":
		p.file(Unread(arg, strings.TrimSpace(text)))
	case "deleted":
		p.file(Deleted(arg))
	case "renamed":
		from, to, ok := strings.Cut(arg, " => ")
		if !ok {
			return errors.New("want OLD => NEW")
		}
		p.file(Renamed(from, to))
	case "commit":
		return p.commitSection(text)
	case "tag":
		return p.tagSection(arg, text)
	case "ref":
		return p.refSection(arg, text)
	case "change":
		return p.changeSection(text)
	case "want":
		return p.wantSection(text)
	default:
		return errors.New("unknown kind of section")
	}
	return nil
}

// headers calls set for each "key: value" line up to the first empty one, and returns the text after that.
func headers(text string, set func(key, value string) error) (string, error) {
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		if line == "" {
			break
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			return "", fmt.Errorf("%q is not a header (an empty line ends them)", line)
		}
		if err := set(key, strings.TrimSpace(value)); err != nil {
			return "", fmt.Errorf("%s: %w", key, err)
		}
	}
	return text, nil
}

var errHeader = errors.New("unknown header")

// name returns the id of a named commit or tag.
func (p *parser) name(name string) string {
	if id, ok := p.names[name]; ok {
		return id
	}
	return ID(name)
}

func (p *parser) commitSection(text string) error {
	name := fmt.Sprintf("c%d", len(p.change.Commits)+1)
	c := &analyzers.Commit{}
	if last := p.last(); last != "" {
		c.Parents = []string{last}
	}
	body, err := headers(text, func(key, value string) (err error) {
		switch key {
		case "id":
			name = value
		case "parents":
			c.Parents = nil
			for _, n := range strings.Fields(value) {
				c.Parents = append(c.Parents, p.name(n))
			}
		case "author":
			c.Author, err = signature(value)
		case "committer":
			c.Committer, err = signature(value)
		case "reverts":
			c.Reverts = p.name(value)
		case "picks":
			c.Picks = p.name(value)
		case "latest":
			c.Latest, err = time.Parse(time.RFC3339, value)
		case "defects":
			c.Defects = append(c.Defects, value)
		default:
			err = errHeader
		}
		return err
	})
	if err != nil {
		return err
	}
	c.ID, c.Message = ID(name), body
	p.names[name] = c.ID
	p.commit(c)
	return nil
}

func signature(value string) (analyzers.Signature, error) {
	name, mail, ok := strings.Cut(strings.TrimSuffix(value, ">"), " <")
	if !ok {
		return person, fmt.Errorf("want Name <mail>")
	}
	return analyzers.Signature{Name: name, Email: mail, When: person.When}, nil
}

func (p *parser) tagSection(name, text string) error {
	Tag(name, "")(p.builder)
	t := p.change.Tags[len(p.change.Tags)-1]
	body, err := headers(text, func(key, value string) (err error) {
		switch key {
		case "id":
			t.ID = ID(value)
		case "target":
			t.Target = p.name(value)
		case "type":
			t.Type = value
		case "tagger":
			t.Tagger, err = signature(value)
		case "defects":
			t.Defects = append(t.Defects, value)
		default:
			err = errHeader
		}
		return err
	})
	t.Message = body
	t.Raw = fmt.Appendf(nil, "object %s\ntype %s\ntag %s\ntagger %s\n\n%s", t.Target, t.Type, t.Name, stamp(t.Tagger), body)
	p.names[name] = t.ID
	return err
}

func (p *parser) refSection(name, text string) error {
	p.refs = true
	r := analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Old: zeroID, New: p.last(), Ref: name}, FastForward: true, Target: "commit"}
	index := func(value string, find func(id string) int) (list []int, err error) {
		for _, n := range strings.Fields(value) {
			i := find(p.name(n))
			if i < 0 {
				return nil, fmt.Errorf("nothing above is named %s", n)
			}
			list = append(list, i)
		}
		return list, nil
	}
	_, err := headers(text, func(key, value string) (err error) {
		switch key {
		case "old":
			r.Old = p.name(value)
		case "new":
			r.New = p.name(value)
			if value == "none" {
				r.New, r.Target = zeroID, ""
			}
		case "target":
			r.Target = value
		case "protected":
			r.Protected, err = strconv.ParseBool(value)
		case "rewinds":
			var rewinds bool
			rewinds, err = strconv.ParseBool(value)
			r.FastForward = !rewinds
		case "commits":
			r.Commits, err = index(value, func(id string) int {
				for i, c := range p.change.Commits {
					if c.ID == id {
						return i
					}
				}
				return -1
			})
		case "tags":
			r.Tags, err = index(value, func(id string) int {
				for i, t := range p.change.Tags {
					if t.ID == id {
						return i
					}
				}
				return -1
			})
		default:
			err = errHeader
		}
		return err
	})
	p.change.Refs = append(p.change.Refs, r)
	return err
}

func (p *parser) changeSection(text string) error {
	_, err := headers(text, func(key, value string) (err error) {
		switch key {
		case "kind":
			p.change.Kind = analyzers.Kind(value)
		case "pusher":
			name, source, _ := strings.Cut(value, " ")
			p.change.Pusher = analyzers.Identity{Name: name, Source: source}
		case "option":
			p.change.Options = append(p.change.Options, value)
		default:
			err = errHeader
		}
		return err
	})
	return err
}

func (p *parser) wantSection(text string) error {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if what, ok := strings.CutPrefix(line, "skip: "); ok {
			p.c.skipped = append(p.c.skipped, what)
			continue
		}
		if what, ok := strings.CutPrefix(line, "error: "); ok {
			p.c.err = what
			continue
		}
		e, err := parseExpected(line)
		if err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		p.c.findings = append(p.c.findings, e)
	}
	return nil
}

var placeRE = regexp.MustCompile(`^(.+?)(?::([0-9]+))?(?::([0-9]+))?$`)

// parseExpected reads RULE PLACE [COMMIT-OR-REF].
func parseExpected(line string) (e expected, err error) {
	var rest string
	e.rule, rest, _ = strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	if prefix, err := strconv.QuotedPrefix(rest); err == nil {
		e.path, _ = strconv.Unquote(prefix)
		rest = "x" + rest[len(prefix):]
	}
	word := strings.Fields(rest)
	if len(word) == 0 || len(word) > 2 {
		return e, errors.New("want RULE PLACE [COMMIT-OR-REF]")
	}
	m := placeRE.FindStringSubmatch(word[0])
	if e.path == "" && m[1] != "-" {
		e.path = m[1]
	}
	e.line, _ = strconv.Atoi(m[2])
	e.column, _ = strconv.Atoi(m[3])
	if len(word) == 2 {
		e.at = word[1]
	}
	return e, nil
}
