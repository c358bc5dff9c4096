package secrets

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A span is a part of a text, as offsets.
type span struct{ start, end int }

// union returns the parts of the text that hold secrets, without overlap, in order.
func union(hits []hit) []span {
	var all []span
	for _, h := range hits {
		if h.Start >= 0 {
			all = append(all, h.secret)
		}
	}
	slices.SortFunc(all, func(a, b span) int { return a.start - b.start })
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && s.start < out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
		} else {
			out = append(out, s)
		}
	}
	return out
}

// firstAfter returns the index of the first span that ends after an offset.
func firstAfter(spans []span, offset int) int {
	i, _ := slices.BinarySearchFunc(spans, offset, func(s span, at int) int {
		if s.end <= at {
			return -1
		}
		return 1
	})
	return i
}

const (
	maxExcerpt = 120 // bytes
	maxLead    = 40  // bytes of them before the secret
	ellipsis   = "…"
)

// excerpt returns the line that holds the secret of h, with every secret hidden, cut to maxExcerpt bytes around it.
func excerpt(text string, h hit, hidden []span) string {
	i := firstAfter(hidden, h.secret.start)
	mask := ellipsis
	whole := h.secret
	if i < len(hidden) {
		whole = hidden[i]
		if whole == h.secret {
			mask = redact(text[whole.start:whole.end])
		}
	}
	lead := show(text, lineStart(text, whole.start), whole.start, hidden, h)
	if len(lead) > maxLead {
		lead = ellipsis + cutFront(lead, maxLead-len(ellipsis))
	}
	out := lead + mask
	tail := show(text, whole.end, lineEnd(text, whole.end), hidden, h)
	if room := maxExcerpt - len(out); len(tail) > room {
		tail = cutBack(tail, room-len(ellipsis)) + ellipsis
	}
	return out + tail
}

// redact returns what may be shown of a secret: up to four of its first characters, which tell tokens of one provider
// apart, but never more than a quarter, and nothing of a short one.
func redact(secret string) string {
	shown := ""
	if len(secret) > 12 {
		shown = clean(cutBack(secret, min(4, len(secret)/4)))
	}
	return shown + ellipsis
}

// show returns a part of the text outside of the secret of h, with other secrets hidden.
func show(text string, start, end int, hidden []span, h hit) string {
	var b strings.Builder
	i := firstAfter(hidden, start)
	for ; i < len(hidden) && hidden[i].start < end; i++ {
		if hidden[i].start > start {
			b.WriteString(text[start:hidden[i].start])
		}
		b.WriteString(ellipsis)
		start = min(hidden[i].end, end)
	}
	b.WriteString(text[start:end])
	out := b.String()
	if h.Secret != "" {
		out = strings.ReplaceAll(out, h.Secret, ellipsis) // the same again, where no rule matched
	}
	return clean(out)
}

// clean makes a text one that a terminal shows and does not obey.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return '.'
		}
		return r
	}, s)
}

// lineStart returns the start of the line, or of as much of it as an excerpt can show: a line may be as long as a file,
// and hold many secrets.
func lineStart(text string, at int) int {
	start := max(0, at-2*maxExcerpt)
	return start + strings.LastIndexByte(text[start:at], '\n') + 1
}

// lineEnd returns the end of the line without a carriage return, or of as much of it as an excerpt can show.
func lineEnd(text string, at int) int {
	end := min(len(text), at+2*maxExcerpt)
	if n := strings.IndexByte(text[at:end], '\n'); n >= 0 {
		end = at + n
	}
	if end > at && text[end-1] == '\r' {
		end--
	}
	return end
}

// cutBack returns up to n bytes from the start of s, without half a character.
func cutBack(s string, n int) string {
	n = min(max(n, 0), len(s))
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// cutFront returns up to n bytes from the end of s, without half a character.
func cutFront(s string, n int) string {
	at := max(len(s)-n, 0)
	for at < len(s) && !utf8.RuneStart(s[at]) {
		at++
	}
	return s[at:]
}

const (
	minPart  = 16  // bytes of a line of a secret that is worth hiding on its own
	maxParts = 128 // lines; an RSA key of 4,096 bits has 51
)

// secretTexts returns the texts that must not leave the process: the secret; as it is written, if it is encoded; and the
// lines of one that has several, since others may quote one line.
func secretTexts(text string, h hit) []string {
	texts := []string{strings.Clone(h.Secret)}
	if h.wholeEncoded {
		longest := ""
		for _, word := range strings.FieldsFunc(text[h.secret.start:h.secret.end], func(r rune) bool {
			return unicode.IsSpace(r) || strings.ContainsRune("\"'`", r)
		}) {
			if len(word) > len(longest) {
				longest = word
			}
		}
		if longest != "" {
			texts = append(texts, strings.Clone(longest))
		}
	}
	if strings.Contains(h.Secret, "\n") {
		for part := range strings.Lines(h.Secret) {
			part = strings.TrimSpace(part)
			if len(part) >= minPart && !strings.HasPrefix(part, "-----") && len(texts) < maxParts {
				texts = append(texts, strings.Clone(part))
			}
		}
	}
	slices.Sort(texts[1:])
	return slices.Compact(texts)
}
