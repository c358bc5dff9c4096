package message

import (
	"strings"
)

// A Message is what a commit's message says. It is immutable.
type Message struct {
	Subject  string    // the first line that is not empty, without space around it
	Header   Header    // the subject as Conventional Commits reads it; the zero Header if it is none
	Body     string    // what stands between subject and trailers, without empty lines around it
	Trailers []Trailer // as "git interpret-trailers --parse" gives them
	Breaking bool      // declared by ! in the header, or by a footer BREAKING CHANGE or BREAKING-CHANGE
}

// A Header is the first line that Conventional Commits 1.0 asks for: type(scope)!: description.
type Header struct {
	Type        string // as written; "" = the line is no such header
	Scope       string // as written, without parentheses; may be ""
	Breaking    bool   // there is a ! before the colon
	Description string
}

// A Trailer is one line "Key: value" at the end of a message (git-interpret-trailers(1)), its continuation lines joined.
type Trailer struct {
	Key   string // as written
	Value string // without space around it
}

// Parse reads a message. It never fails: what is not there is empty.
func Parse(text string) Message {
	m := Message{}
	m.Subject, _, _ = strings.Cut(strings.TrimLeft(text, "\n"), "\n")
	m.Subject = strings.TrimSpace(m.Subject)
	return m
}

// Values returns the values of all trailers of that key, which git compares without case.
func (m *Message) Values(key string) []string {
	var values []string
	for _, t := range m.Trailers {
		if strings.EqualFold(t.Key, key) {
			values = append(values, t.Value)
		}
	}
	return values
}
