package message

import (
	"strings"
)

// A Trailer is one line "Key: value" at the end of a message (git-interpret-trailers(1)), its continuation lines joined.
type Trailer struct {
	Key   string // as written
	Value string // without space around it
}

// space is what git takes for white space in a message; a form feed is none.
const space = " \t\r\n"

// A lineKind is what a line can be for the block of trailers.
type lineKind int

const (
	other     lineKind = iota
	blank              // nothing but white space
	comment            // begins with the comment character
	indented           // continues what is above
	keyed              // "Key: value"
	generated          // what git itself writes, by which it knows a block among other text
)

// kindOf says what a line is, which comes without its line end.
func kindOf(line string) lineKind {
	switch {
	case line == "":
		return blank
	case line[0] == '#':
		return comment
	case strings.Trim(line, space) == "":
		return blank
	case strings.IndexByte(space, line[0]) >= 0:
		return indented
	case strings.HasPrefix(line, "Signed-off-by: "), strings.HasPrefix(line, "(cherry picked from commit "):
		return generated
	case separator(line) > 0:
		return keyed
	}
	return other
}

// separator returns where the colon behind a key stands, or -1. A key has ASCII letters, digits and dashes, and may have space behind it.
func separator(line string) int {
	i := 0
	for i < len(line) && wordByte(line[i]) {
		i++
	}
	if i == 0 {
		return -1
	}
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	if i < len(line) && line[i] == ':' {
		return i
	}
	return -1
}

func wordByte(c byte) bool {
	return c == '-' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// above returns where the line begins that ends at end, and its text without the line end.
func above(text string, end int) (start int, line string) {
	if line = text[:end]; strings.HasSuffix(line, "\n") {
		line = line[:end-1]
	}
	start = strings.LastIndexByte(line, '\n') + 1
	return start, line[start:]
}

// block returns where the block of trailers of a message begins and ends. Where there is none, both are the end of what a block could
// have stood above.
//
// It is the last paragraph, and never the first, which is the title. Either all of it are trailers, or git wrote one of them and at least
// a quarter are trailers.
func block(text string) (start, end int) {
	end = blockEnd(text)
	title := titleEnd(text[:end])
	trailers, others, pending := 0, 0, 0 // pending: lines that continue a trailer, or something else, above them
	known, inside := false, false
	for at := end; at > title; {
		begin, line := above(text, at)
		switch kindOf(line) {
		case comment:
			others, pending = others+pending, 0
		case blank:
			if !inside {
				break
			}
			if others += pending; trailers > 0 && (others == 0 || known && 3*trailers >= others) {
				return at, end
			}
			return end, end
		case generated:
			known, inside = true, true
			trailers, pending = trailers+1, 0
		case keyed:
			inside = true
			trailers, pending = trailers+1, 0
		case indented:
			inside = true
			pending++
		default:
			inside = true
			others, pending = others+pending+1, 0
		}
		at = begin
	}
	return end, end
}

// titleEnd returns where the first blank line begins that is not above everything else: comments do not end the title.
func titleEnd(text string) int {
	for at := 0; at < len(text); {
		next := lineEnd(text, at)
		if kindOf(strings.TrimSuffix(text[at:next], "\n")) == blank {
			return at
		}
		at = next
	}
	return len(text)
}

// cutLine is the line above which "git commit -v" keeps the message.
const cutLine = "# ------------------------ >8 ------------------------\n"

// blockEnd returns where the part of a message ends in which trailers can be: above a patch, which "---" begins, above scissors, and above
// what git itself puts below a message: comments, empty lines and the names of files with conflicts.
func blockEnd(text string) int {
	if i := strings.IndexByte(text, 0); i >= 0 {
		text = text[:i] // where git's texts end
	}
	for at := 0; ; {
		if rest := text[at:]; len(rest) > 3 && rest[:3] == "---" && strings.IndexByte(space, rest[3]) >= 0 {
			text = text[:at]
			break
		}
		i := strings.Index(text[at:], "\n---")
		if i < 0 {
			break
		}
		at += i + 1
	}
	if strings.HasPrefix(text, cutLine) {
		return 0
	}
	if i := strings.Index(text, "\n"+cutLine); i >= 0 {
		text = text[:i+1]
	}
	end, files := len(text), false // files: a line that is the name of a file, if "Conflicts:" stands above it
	for at := len(text); at > 0; {
		begin, line := above(text, at)
		switch {
		case line == "Conflicts:" && at > begin+len(line): // with its line end
			files, end = false, begin
		case line == "" || line[0] == '#':
			if !files {
				end = begin
			}
		case line[0] == '\t':
			files = true
		default:
			return end
		}
		at = begin
	}
	return end
}

// trailers reads the lines of a block.
func trailers(text string) []Trailer {
	var list []Trailer
	open, value := false, 0 // whether the line above is a trailer or continues one, and where its value begins
	for start := 0; start < len(text); {
		next := lineEnd(text, start)
		line := text[start:next]
		begin := start
		start = next
		if strings.IndexByte(space, line[0]) >= 0 {
			if open {
				list[len(list)-1].Value = text[value:next] // unfolded below
			}
			continue
		}
		at := separator(line)
		if open = at > 0; open {
			value = begin + at + 1
			list = append(list, Trailer{Key: strings.TrimRight(line[:at], space), Value: text[value:next]})
		}
	}
	for i := range list {
		list[i].Value = unfold(strings.Trim(list[i].Value, space))
	}
	return list
}

// unfold joins lines: the line end and the indent of the next one become one space.
func unfold(value string) string {
	if strings.IndexByte(value, '\n') < 0 {
		return value
	}
	var b strings.Builder
	for i, line := range strings.Split(value, "\n") {
		if i > 0 {
			b.WriteByte(' ')
			line = strings.TrimLeft(line, space)
		}
		b.WriteString(line)
	}
	return b.String()
}
