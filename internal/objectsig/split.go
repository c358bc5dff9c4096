package objectsig

import (
	"bytes"
	"strconv"
	"time"
)

// The headers that hold a commit's signature, in repositories of SHA-1 and of SHA-256 (gitformat-signature(5), "Commit signatures", and
// git's hash-function-transition, "Signed Commits").
const (
	headerSHA1   = "gpgsig"
	headerSHA256 = "gpgsig-sha256"
)

// The first lines of a signature (gitformat-signature(5)).
const (
	BeginSSH     = "-----BEGIN SSH SIGNATURE-----"
	BeginPGP     = "-----BEGIN PGP SIGNATURE-----"
	BeginMessage = "-----BEGIN PGP MESSAGE-----"
	BeginX509    = "-----BEGIN SIGNED MESSAGE-----"
)

// A Kind is a kind of object that can be signed.
type Kind string

// The kinds.
const (
	Commit Kind = "commit"
	Tag    Kind = "tag"
)

// Split parts a raw object into what is signed and the signature, as git does; signature is nil when there is none. sha256 says in which
// object format the repository is: the other format's signature is not over these bytes, and does not count.
//
// A commit's signature is in its headers, without the space that begins each further line; every header whose name begins with gpgsig is
// outside of what is signed. A signature inside of a mergetag header is text like any other. A tag's signature is the end of its text, from the last line
// that begins one (gitformat-signature(5)).
func Split(kind Kind, raw []byte, sha256 bool) (payload, signature []byte) {
	header := headerSHA1
	if sha256 {
		header = headerSHA256
	}
	if kind == Commit {
		return splitHeaders(raw, header)
	}
	at := lastSignature(raw)
	if at < 0 {
		return raw, nil
	}
	payload, _ = splitHeaders(raw[:at], header)
	return payload, raw[at:]
}

// What becomes of the lines of a header.
const (
	keptHeader    = iota // signed
	ownHeader            // the signature
	droppedHeader        // a signature over other bytes
)

func splitHeaders(raw []byte, header string) (payload, signature []byte) {
	payload = make([]byte, 0, len(raw))
	fate := keptHeader
	for len(raw) > 0 {
		line := raw
		if end := bytes.IndexByte(raw, '\n'); end >= 0 {
			line = raw[:end+1]
		}
		if line[0] == '\n' {
			return append(payload, raw...), signature
		}
		raw = raw[len(line):]
		text := line
		if line[0] == ' ' {
			text = line[1:] // goes on with the header above
		} else if after, ok := bytes.CutPrefix(line, []byte(header+" ")); ok {
			fate, text = ownHeader, after
		} else if bytes.HasPrefix(line, []byte(headerSHA1)) {
			fate = droppedHeader
		} else {
			fate = keptHeader
		}
		switch fate {
		case keptHeader:
			payload = append(payload, line...)
		case ownHeader:
			signature = append(signature, text...)
		}
	}
	return payload, signature
}

// lastSignature returns where the last line stands that begins a signature; -1 = nowhere.
func lastSignature(raw []byte) int {
	last := -1
	for at := 0; at < len(raw); {
		if line := raw[at:]; FormatOf(line) != "" {
			last = at
		}
		end := bytes.IndexByte(raw[at:], '\n')
		if end < 0 {
			break
		}
		at += end + 1
	}
	return last
}

// FormatOf returns the first line of a signature that text begins with; "" = it begins with none.
func FormatOf(text []byte) string {
	for _, begin := range []string{BeginSSH, BeginPGP, BeginMessage, BeginX509} {
		if bytes.HasPrefix(text, []byte(begin)) {
			return begin
		}
	}
	return ""
}

// SignedAt returns the date that the signed text itself gives, the committer's or the tagger's, by which git has ssh-keygen judge the
// validity of a key (git-config(1), gpg.ssh.allowedSignersFile). The zero time means that it gives none.
func SignedAt(kind Kind, payload []byte) time.Time {
	name := []byte("committer ")
	if kind == Tag {
		name = []byte("tagger ")
	}
	for line := range bytes.Lines(payload) {
		if line[0] == '\n' {
			break
		}
		rest, ok := bytes.CutPrefix(line, name)
		if !ok {
			continue
		}
		fields := bytes.Fields(rest[bytes.LastIndexByte(rest, '>')+1:])
		if len(fields) == 0 {
			break
		}
		seconds, err := strconv.ParseInt(string(fields[0]), 10, 64)
		if err != nil || seconds <= 0 {
			break
		}
		return time.Unix(seconds, 0)
	}
	return time.Time{}
}
