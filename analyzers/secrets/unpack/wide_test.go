package unpack

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// wide returns a text in UTF-16 or UTF-32.
func wide(text string, size int, order binary.ByteOrder, bom bool) string {
	if bom {
		text = "\ufeff" + text
	}
	var b bytes.Buffer
	for _, r := range text {
		if size == 4 {
			_ = binary.Write(&b, order, r)
			continue
		}
		for _, u := range utf16.Encode([]rune{r}) {
			_ = binary.Write(&b, order, u)
		}
	}
	return b.String()
}

// TestNarrow makes ASCII of each wide encoding, whatever is around it and wherever it was cut.
func TestNarrow(t *testing.T) {
	text := "first line\nkey = \"" + secret + "\"\r\n\tlast\n"
	for _, size := range []int{2, 4} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, bom := range []bool{false, true} {
				name := fmt.Sprintf("UTF-%d %v, mark %v", 8*size, order, bom)
				in := wide(text, size, order, bom)
				narrow, ok := Narrow([]byte(in))
				mark := ""
				if bom {
					mark = strings.ReplaceAll(wide("", size, order, true), "\x00", "")
				}
				if got := strings.ReplaceAll(string(narrow), "\x00", ""); !ok || got != mark+text {
					t.Errorf("%s: %t, %q", name, ok, narrow)
				}
				for _, around := range []string{"plain\n", "\xff\x00\xff", "caf\u00e9 \x01\x02"} {
					narrow, ok := Narrow([]byte(around + in + around))
					if !ok || !bytes.Contains(narrow, []byte(text[:len(text)-1])) || !bytes.HasPrefix(narrow, []byte(around)) || !bytes.HasSuffix(narrow, []byte(around)) {
						t.Errorf("%s between %q: %t, %q", name, around, ok, narrow)
					}
				}
				// git cuts behind each byte 0x0A: any run of lines may be all that is new.
				lines := strings.SplitAfter(in, "\n")
				for i := range lines {
					for j := i + 1; j <= len(lines); j++ {
						part := strings.Join(lines[i:j], "")
						narrow, _ := Narrow([]byte(part))
						if strings.Contains(part, wide(secret, size, order, false)) && !bytes.Contains(narrow, []byte(secret)) {
							t.Errorf("%s, lines %d to %d: %q", name, i, j, narrow)
						}
						if narrow != nil && bytes.Count(narrow, []byte("\n")) != strings.Count(part, "\n") {
							t.Errorf("%s, lines %d to %d: another number of lines in %q", name, i, j, narrow)
						}
					}
				}
			}
		}
	}
	for _, mixed := range []string{wide("\u043f\u0430\u0440\u043e\u043b\u044c = "+secret+" \u2026", 2, binary.LittleEndian, true), wide("\u0a0a\u010a"+secret, 2, binary.BigEndian, false)} {
		if narrow, ok := Narrow([]byte(mixed)); !ok || !bytes.Contains(narrow, []byte(secret)) || bytes.Count(narrow, []byte("\n")) != strings.Count(mixed, "\n") {
			t.Errorf("%q: %q", mixed, narrow)
		}
	}
	for _, other := range []string{"", "plain text", "\x00", "\x00\x00\x00\x00", "a\x00b\x00c", "\x00\x01\x00\x02\x00\x03\x00\x04\x00\x05\x00\x06\x00\x07\x00\x08\x00\x09",
		"seven\x00\x00words\x00\x00with\x00\x00two", "a\x00b\x00c\x00d\x00e\x00f\x00g", strings.Repeat("path/\x00", 20), strings.Repeat("\xff\x00", 50)} {
		if narrow, ok := Narrow([]byte(other)); ok || narrow != nil {
			t.Errorf("%q became %q", other, narrow)
		}
	}
}

// wrap breaks a text into lines of some length, each with something in front and behind.
func wrap(text string, width int, front, behind string) string {
	var b strings.Builder
	for len(text) > 0 {
		n := min(width, len(text))
		b.WriteString(front + text[:n] + behind + "\n")
		text = text[n:]
	}
	return b.String()
}

// TestUnwrapped decodes base64 over several lines, in the ways in which such lines stand in files.
func TestUnwrapped(t *testing.T) {
	plain := "user = admin\npassword = " + secret + "\n" + strings.Repeat("more settings\n", 9)
	encoded := base64.StdEncoding.EncodeToString([]byte(plain))
	url := base64.RawURLEncoding.EncodeToString([]byte(plain + "\u00ff\u00fe\u07ff"))
	for name, text := range map[string]string{
		"PEM":                 "-----BEGIN MESSAGE-----\n" + wrap(encoded, 64, "", "") + "-----END MESSAGE-----\n",
		"MIME":                "Content-Transfer-Encoding: base64\n\n" + wrap(encoded, 76, "", "\r") + "\nrest\n",
		"YAML":                "data:\n  key: >-\n" + wrap(encoded, 70, "    ", "") + "  other: value\n",
		"Python":              "x = (\n" + wrap(encoded, 60, "    \"", "\"") + ")\n",
		"Java":                "String x =\n" + wrap(encoded, 60, "\t\t\"", "\" +") + "\t\t\"\";\n",
		"Java with line ends": "String x =\n" + wrap(encoded, 60, "\t\t\"", `\n" +`) + "\t\t\"\";\n",
		"C":                   "char *x = \"" + strings.TrimPrefix(wrap(encoded, 60, "    \"", "\""), "    \"") + ";\n",
		"shell":               "x=" + wrap(encoded, 72, "", "\\"),
		"JSON":                "[\n" + wrap(encoded, 80, "  \"", "\",") + "]\n",
		"a comment":           "/*\n" + wrap(encoded, 64, " * ", "") + " */\n",
		"mail":                wrap(encoded, 64, "> ", ""),
		"short lines":         wrap(encoded, 40, "", ""),
		"long lines":          wrap(encoded, 100, "", ""),
		"odd lengths":         encoded[:33] + "\n" + encoded[33:90] + "\n" + encoded[90:] + "\n",
		"the URL's alphabet":  wrap(url, 64, "", ""),
		"no line end":         strings.TrimSuffix(wrap(encoded, 64, "", ""), "\n"),
		"a digest in front":   strings.Repeat("0123abcd", 5) + "\n" + wrap(encoded, 64, "", ""),
		"a line of its kind":  strings.Repeat("x", 17) + "\n" + wrap(encoded, 64, "", ""),
		"twice":               encoded + "\n" + encoded[:8] + "\n" + wrap(encoded, 64, "", "") + wrap(encoded, 60, "", ""),
	} {
		found := false
		total := 0
		for b := range Unwrapped([]byte(text)) {
			total += len(b.Data)
			if bytes.Contains(b.Data, []byte(secret)) {
				found = true
				if lines := text[b.Start:b.End]; !strings.Contains(lines, encoded[80:90]) && !strings.Contains(lines, url[80:90]) || b.Start > 0 && text[b.Start-1] != '\n' {
					t.Errorf("%s: it stands in %q", name, lines)
				}
			}
		}
		if !found {
			t.Errorf("%s: not found", name)
		}
		if total > len(text) {
			t.Errorf("%s: %d bytes out of %d", name, total, len(text))
		}
	}
	packed := base64.StdEncoding.EncodeToString([]byte(gz(plain)))
	for name, text := range map[string]string{
		"a line":                packed,
		"a value":               "release: " + packed + "\n",
		"in front of a comment": "x: \"" + packed + "\" # compressed\n",
		"in JSON":               `{"a": "` + packed + `", "b": 1}` + "\n",
		"lines":                 wrap(packed, 60, "", ""),
		"zip":                   base64.StdEncoding.EncodeToString([]byte(zipped("a", plain))),
		"a command":             "powershell -enc " + base64.StdEncoding.EncodeToString([]byte(wide(plain, 2, binary.LittleEndian, false))),
	} {
		n := 0
		for b := range Unwrapped([]byte(text)) {
			n++
			where, _ := found("", string(b.Data), Defaults())
			narrow, _ := Narrow(b.Data)
			if len(where) != 1 && !bytes.Contains(narrow, []byte(secret)) {
				t.Errorf("%s: %q", name, b.Data)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d blocks", name, n)
		}
	}
	random := make([]byte, 0, 4000)
	for i := range 1000 {
		random = binary.LittleEndian.AppendUint32(random, uint32(i)*2654435761) //nolint:gosec // wraps around
	}
	for name, text := range map[string]string{
		"nothing": "", "prose": strings.Repeat("Lorem ipsum dolor sit amet\n", 9), "one line that others decode": encoded + "\n",
		"names":          strings.Repeat("someLongFunctionNameThatIsAlone\nanotherQuiteLongFunctionName\n", 9),
		"digests":        strings.Repeat("0123456789abcdef0123456789abcdef01234567\n", 9),
		"a binary":       wrap(base64.StdEncoding.EncodeToString(random), 64, "", ""),
		"a picture's":    "QlpoO\nH4sI\nUEsDB\n",
		"apart":          strings.ReplaceAll(wrap(encoded, 20, "", ""), "\n", "\n\n"),
		"with one space": wrap(encoded[:60], 30, "a ", " b"),
	} {
		for b := range Unwrapped([]byte(text)) {
			t.Errorf("%s became %q", name, b.Data)
		}
	}
}
