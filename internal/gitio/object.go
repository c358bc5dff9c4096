package gitio

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/refward/refward/analyzers"
)

// maxHeaderObject is the size of the largest commit or tag that is read, in bytes. git itself has no limit; the largest
// messages in public histories are below 1 MiB.
const maxHeaderObject = 16 << 20

// decodeCommit reads a commit object. It never fails: what git would not have written is listed in Defects, and the
// rest is read as git reads it, which takes the first of each header.
func decodeCommit(id string, raw []byte) *analyzers.Commit {
	headers, message, defects := splitObject(raw)
	c := &analyzers.Commit{ID: id, Raw: raw, Message: message}
	order := ""
	for _, h := range headers {
		switch h.name {
		case "tree":
			if c.Tree == "" {
				c.Tree = h.value
			}
			order += "t"
		case "parent":
			c.Parents = append(c.Parents, h.value)
			order += "p"
		case "author":
			c.Author, defects = decodeSignature(h, defects)
			order += "a"
		case "committer":
			c.Committer, defects = decodeSignature(h, defects)
			order += "c"
		default:
			continue
		}
		if h.name == "tree" || h.name == "parent" {
			if !isID(h.value, len(id)) {
				defects = append(defects, fmt.Sprintf("header %q is not an object id", h.name))
			}
		}
	}
	if strings.TrimLeft(strings.TrimPrefix(order, "t"), "p") != "ac" || !strings.HasPrefix(order, "t") {
		defects = append(defects, "headers are not tree, parents, author, committer")
	}
	c.Defects = defects
	return c
}

// decodeTag reads a tag object, with the same leniency as decodeCommit.
func decodeTag(id string, raw []byte) *analyzers.Tag {
	headers, message, defects := splitObject(raw)
	t := &analyzers.Tag{ID: id, Raw: raw, Message: message}
	order := ""
	for _, h := range headers {
		switch h.name {
		case "object":
			t.Target, order = h.value, order+"o"
		case "type":
			t.Type, order = h.value, order+"y"
		case "tag":
			t.Name, order = h.value, order+"n"
		case "tagger":
			t.Tagger, defects = decodeSignature(h, defects)
			order += "g"
		}
	}
	if order != "oyng" && order != "oyn" { // tags of 2005 have no tagger
		defects = append(defects, "headers are not object, type, tag, tagger")
	}
	if !isID(t.Target, len(id)) {
		defects = append(defects, `header "object" is not an object id`)
	}
	t.Defects = defects
	return t
}

// A header is one header of a commit or tag, its continuation lines joined.
type header struct{ name, value string }

// splitObject splits a commit or tag at the first empty line into headers and message (gitformat-signature(5)).
func splitObject(raw []byte) (headers []header, message string, defects []string) {
	head, body, found := bytes.Cut(raw, []byte("\n\n"))
	if !found {
		head = bytes.TrimSuffix(raw, []byte("\n"))
		if len(head) == len(raw) {
			defects = append(defects, "headers do not end")
		}
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		defects = append(defects, "a NUL byte") // git shows nothing of a message behind it
	}
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		if rest, ok := bytes.CutPrefix(line, []byte(" ")); ok && len(headers) > 0 {
			headers[len(headers)-1].value += "\n" + string(rest)
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(" "))
		if !ok || len(name) == 0 {
			defects = append(defects, "a header without a value")
			continue
		}
		headers = append(headers, header{string(name), string(value)})
	}
	return headers, string(body), defects
}

// decodeSignature reads "Name <mail> seconds zone".
func decodeSignature(h header, defects []string) (analyzers.Signature, []string) {
	var s object.Signature
	s.Decode([]byte(h.value))
	open, end := strings.IndexByte(h.value, '<'), strings.LastIndexByte(h.value, '>')
	if open < 0 || end < open || len(strings.Fields(h.value[end+1:])) != 2 {
		defects = append(defects, fmt.Sprintf("header %q is not a name, a mail address and a time", h.name))
	}
	return analyzers.Signature{Name: s.Name, Email: s.Email, When: s.When}, defects
}

// isID reports whether s is a full lower-case hexadecimal id of n digits.
func isID(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}
