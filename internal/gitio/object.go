package gitio

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/refward/refward/analyzers"
)

// maxHeaderObject is the size of the largest commit or tag that is read, in bytes, and maxHeaders that of all commits of a push. git
// itself has no limit; the largest messages in public histories are some 100 kB, and 5,000 ordinary commits have 5 MB.
const (
	maxHeaderObject = 1 << 20 // Repo.maxHeader
	maxHeaders      = 256 << 20
)

// decodeCommit reads a commit object. It never fails: what git would not have written is listed in Defects, and the rest is
// read as git reads it: tree and parents where they belong, the first of each other header.
func decodeCommit(id string, raw []byte) *analyzers.Commit {
	headers, message, defects := splitObject(raw)
	c := &analyzers.Commit{ID: id, Raw: raw, Message: message}
	order := ""
	for _, h := range headers {
		switch h.name {
		case "tree":
			if order += "t"; order == "t" {
				c.Tree = h.value
			}
		case "parent":
			if order += "p"; strings.Trim(order[1:], "p") == "" && isID(h.value, len(id)) {
				c.Parents = append(c.Parents, h.value)
			}
		case "author":
			if order += "a"; strings.Count(order, "a") == 1 {
				c.Author = decodeSignature(h)
			}
		case "committer":
			if order += "c"; strings.Count(order, "c") == 1 {
				c.Committer = decodeSignature(h)
			}
		default:
			if !strings.Contains(order, "c") {
				order += "?" // git-fsck(1) wants the four together
			}
		}
		if d := h.defect(len(id)); d != "" {
			defects = append(defects, d)
		}
	}
	if !strings.HasPrefix(order, "t") || strings.TrimLeft(order[1:], "p") != "ac" {
		defects = append(defects, "headers are not tree, parents, author, committer")
	}
	c.Defects = defects
	return c
}

// decodeTag reads a tag object, with the same leniency as decodeCommit. git takes object, type and name from the first three
// lines and looks nowhere else (tag.c).
func decodeTag(id string, raw []byte) *analyzers.Tag {
	headers, message, defects := splitObject(raw)
	t := &analyzers.Tag{ID: id, Raw: raw, Message: message}
	order := ""
	for _, h := range headers {
		switch h.name {
		case "object":
			if order += "o"; order == "o" {
				t.Target = h.value
			}
		case "type":
			if order += "y"; order == "oy" {
				t.Type = h.value
			}
		case "tag":
			if order += "n"; order == "oyn" {
				t.Name = h.value
			}
		case "tagger":
			if order += "g"; strings.Count(order, "g") == 1 {
				t.Tagger = decodeSignature(h)
			}
		default:
			if !strings.Contains(order, "n") {
				order += "?"
			}
		}
		if d := h.defect(len(id)); d != "" {
			defects = append(defects, d)
		}
	}
	if order != "oyng" && order != "oyn" { // tags of 2005 have no tagger
		defects = append(defects, "headers are not object, type, tag, tagger")
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

// signature is what git-fsck(1) accepts of a name, a mail address and a time.
var signature = regexp.MustCompile(`^[^<>\n]*<[^<>\n]*> (0|[1-9][0-9]*) [+-][0-9]{4}$`)

// defect says what is wrong with the value of a header, or "".
func (h header) defect(idLen int) string {
	switch h.name {
	case "tree", "parent", "object":
		if !isID(h.value, idLen) {
			return fmt.Sprintf("header %q is not an object id", h.name)
		}
	case "author", "committer", "tagger":
		if !signature.MatchString(h.value) {
			return fmt.Sprintf("header %q is not a name, a mail address and a time", h.name)
		}
	}
	return ""
}

// decodeSignature reads "Name <mail> seconds zone".
func decodeSignature(h header) analyzers.Signature {
	var s object.Signature
	s.Decode([]byte(h.value))
	return analyzers.Signature{Name: s.Name, Email: s.Email, When: s.When}
}

// isID reports whether s is a full lower-case hexadecimal id of n digits.
func isID(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}
