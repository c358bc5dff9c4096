package message

import "strings"

// CoAuthors returns the mails of all whom trailers Co-authored-by name, in whatever case the key is written. It is generous: who is named in an odd
// way has still made the change, and must not pass for another person. A value that has several mails names them all.
func (m *Message) CoAuthors() []string {
	var list []string
	for _, value := range m.Values("Co-authored-by") {
		list = append(list, mails(value)...)
	}
	return list
}

// Mail returns the first mail of "Name <mail>", or of a text without angle brackets; "" where nothing has an @.
func Mail(value string) string {
	if list := mails(value); len(list) > 0 {
		return list[0]
	}
	return ""
}

// mails returns what has an @ between white space, angle brackets and what else can stand around a mail in a list or a link.
func mails(value string) []string {
	var list []string
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(space+"<>()[],;\"", r) }) {
		word = strings.Trim(word, "'.")
		if len(word) > len("mailto:") && strings.EqualFold(word[:len("mailto:")], "mailto:") {
			word = word[len("mailto:"):]
		}
		if strings.Contains(word, "@") {
			list = append(list, word)
		}
	}
	return list
}
