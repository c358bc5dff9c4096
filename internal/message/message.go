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
	Footers  []Footer  // as Conventional Commits reads them
	Breaking bool      // declared by ! in the header, or by a footer BREAKING CHANGE or BREAKING-CHANGE

	SubjectLine int // 1-based number of the subject's line; 0 = there is no subject
	BodyLine    int // 1-based number of the first line of Body; 0 = there is no body
}

// Parse reads a message. It never fails: what is not there is empty. The time is in proportion to the length.
func Parse(text string) Message {
	m := Message{}
	start, after := subject(text)
	if m.Subject = strings.TrimSpace(text[start:after]); m.Subject != "" {
		m.SubjectLine = 1 + strings.Count(text[:start], "\n")
	}
	if h, err := ParseHeader(m.Subject); err == nil {
		m.Header = h
	}

	begin, end := block(text)
	last := len(text)
	if m.Trailers = trailers(text[begin:end]); len(m.Trailers) > 0 {
		last = max(begin, after)
	}
	first := after
	for first < last { // empty lines above the body
		next := lineEnd(text, first)
		if strings.TrimSpace(text[first:next]) != "" {
			break
		}
		first = min(next, last)
	}
	if m.Body = strings.TrimRight(text[first:last], " \t\r\n"); m.Body != "" {
		m.BodyLine = 1 + strings.Count(text[:first], "\n")
	}

	m.Footers = footers(text[:max(after, end)], after)
	m.Breaking = m.Header.Breaking
	for i := range m.Footers {
		m.Breaking = m.Breaking || m.Footers[i].Breaking()
	}
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

// subject returns where the first line that is not blank begins, and where the one after it does.
func subject(text string) (start, after int) {
	for start < len(text) {
		after = lineEnd(text, start)
		if strings.TrimSpace(text[start:after]) != "" {
			return start, after
		}
		start = after
	}
	return len(text), len(text)
}

// lineEnd returns where the line after the one at start begins.
func lineEnd(text string, start int) int {
	if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
		return start + i + 1
	}
	return len(text)
}
