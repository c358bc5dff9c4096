package message

import (
	"errors"
	"strings"
)

// A Header is the first line that Conventional Commits 1.0 asks for: type(scope)!: description.
type Header struct {
	Type        string // as written; "" = the line is no such header
	Scope       string // as written, without parentheses; may be ""
	Breaking    bool   // there is a ! before the colon
	Description string
}

// What keeps a line from being a Header. Each says so of the subject.
var (
	ErrNoType        = errors.New("does not begin with a type and a colon")
	ErrSpaceBefore   = errors.New("has a space between the type and the colon")
	ErrNoSpaceAfter  = errors.New("has no space behind the colon")
	ErrNoDescription = errors.New("has no description behind the colon")
	ErrNoColon       = errors.New("has no colon behind the scope")
	ErrEmptyScope    = errors.New("has an empty scope")
	ErrScope         = errors.New("has a scope that is not closed, or has parentheses in it")
	ErrMark          = errors.New("has its ! in the wrong place: it stands once, right before the colon")
)

// ParseHeader reads a subject (Conventional Commits 1.0, specification, items 1, 4, 5 and 13). If the error is not nil the Header has the
// type alone, which may be "".
func ParseHeader(subject string) (Header, error) {
	i := 0
	for i < len(subject) && (wordByte(subject[i]) || subject[i] == '_') {
		i++
	}
	if i == 0 || subject[0] < 'A' || subject[0] == '_' { // a letter comes first
		return Header{}, ErrNoType
	}
	h := Header{Type: subject[:i]}
	rest := subject[i:]
	failed := func(err error) (Header, error) {
		if err == ErrNoType {
			return Header{}, err
		}
		return Header{Type: h.Type}, err
	}
	if rest == "" {
		return failed(ErrNoType)
	}
	if bare := strings.TrimLeft(rest, " "); bare != rest {
		// "fix : x" was meant as a header; "fix the parser (again): x" was not.
		if end := strings.IndexByte(bare, ')'); strings.HasPrefix(bare, ":") ||
			strings.HasPrefix(bare, "(") && (strings.HasPrefix(bare[end+1:], ":") || strings.HasPrefix(bare[end+1:], "!:")) {
			return failed(ErrSpaceBefore)
		}
		return failed(ErrNoType)
	}
	if strings.HasPrefix(rest, "!(") && strings.Contains(rest, "):") {
		return failed(ErrMark)
	}
	if rest[0] == '(' {
		end := strings.IndexByte(rest, ')')
		if end < 0 || strings.IndexByte(rest[1:end], '(') >= 0 || strings.HasPrefix(rest[end+1:], ")") {
			return failed(ErrScope)
		}
		if h.Scope = rest[1:end]; strings.TrimSpace(h.Scope) == "" {
			return failed(ErrEmptyScope)
		}
		if rest = rest[end+1:]; !strings.HasPrefix(strings.TrimLeft(rest, "! "), ":") {
			return failed(ErrNoColon)
		}
	}
	switch mark := strings.TrimLeft(rest, "!"); len(rest) - len(mark) {
	case 0:
	case 1:
		h.Breaking, rest = true, mark
	default:
		if strings.HasPrefix(mark, ":") {
			return failed(ErrMark)
		}
	}
	after, ok := strings.CutPrefix(rest, ":")
	switch {
	case !ok && strings.HasPrefix(strings.TrimLeft(rest, " "), ":"):
		return failed(ErrSpaceBefore)
	case !ok:
		return failed(ErrNoType)
	case strings.TrimSpace(after) == "":
		return failed(ErrNoDescription)
	case after[0] == ':' || strings.HasPrefix(after, "//"): // std::string and URLs
		return failed(ErrNoType)
	case after[0] != ' ':
		return failed(ErrNoSpaceAfter)
	}
	h.Description = strings.TrimSpace(after)
	return h, nil
}
