package unpack

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// dumped writes lines of 16 bytes as a program for dumps does: the offset, the bytes, the characters.
func dumped(text, offset, group string, size int, column string) string {
	var b strings.Builder
	for at := 0; at < len(text); at += 16 {
		line := text[at:min(at+16, len(text))]
		fmt.Fprintf(&b, offset, at)
		digits := ""
		for i := 0; i < len(line); i += size {
			digits += fmt.Sprintf(group, line[i:min(i+size, len(line))])
			if column == " |%s|" && i == 7 {
				digits += " "
			}
		}
		b.WriteString(digits)
		if column != "" {
			shown := strings.Map(func(r rune) rune {
				if r == '\n' {
					return '.'
				}
				return r
			}, line)
			fmt.Fprintf(&b, "%*s"+column, (16-len(line))*3, "", shown)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestDumped(t *testing.T) {
	plain := "user = admin\npassword = " + secret + "\n"
	solid := hex.EncodeToString([]byte(plain))
	umlaut := hex.EncodeToString([]byte("f\u00fcr " + plain))
	pairs := strings.TrimSuffix(each(plain, "%02x "), " ")
	swapped := []byte(plain + "\n"[:len(plain)%2])
	for i := 0; i+1 < len(swapped); i += 2 {
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
	}
	for name, text := range map[string]string{
		"xxd -p":               wrap(solid, 60, "", ""),
		"xxd -p, quoted":       wrap(solid, 60, `  "`, `" +`),
		"xxd -p, in a comment": wrap(solid, 60, "# ", ""),
		"short lines":          wrap(solid, 22, "", ""),
		"CRLF":                 wrap(solid, 60, "", "\r"),
		"xxd":                  dumped(plain, "%08x: ", "%x ", 2, " %s"),
		"xxd -g1":              dumped(plain, "%08x: ", "%x ", 1, " %s"),
		"xxd -g4":              dumped(plain, "%08x: ", "%x ", 4, " %s"),
		"xxd -i":               wrap(each(plain, "0x%02x, "), 72, "  ", ""),
		"xxd -u":               strings.ToUpper(dumped(plain, "%08x: ", "%x ", 2, "")),
		"hexdump -C":           dumped(plain, "%08x  ", "%x ", 1, " |%s|") + fmt.Sprintf("%08x\n", len(plain)),
		"hexdump":              dumped(string(swapped), "%07x", " %x", 2, "") + fmt.Sprintf("%07x\n", len(plain)),
		"od -A x -t x1":        dumped(plain, "%06x", " %x", 1, "") + fmt.Sprintf("%06x\n", len(plain)),
		"od -t x1":             dumped(plain, "%07o", " %x", 1, "") + fmt.Sprintf("%07o\n", len(plain)),
		"od -An -t x1":         regexp.MustCompile(`(?m)^0\d+`).ReplaceAllString(dumped(plain, "%07o", " %x", 1, ""), ""),
		"pairs":                "HERE key: " + pairs + " # end",
		"colons":               "HERE key=" + strings.ReplaceAll(pairs, " ", ":"),
		"an array":             "HERE var x = []byte{" + each(plain, "0x%02x, ") + "}",
		"on one line, umlaut":  "HERE x: \"" + umlaut + "\", y",
		"behind another":       "HERE " + strings.Repeat("0123456789abcdef", 3) + " " + umlaut,
		"wide":                 "HERE x " + hex.EncodeToString([]byte(wide(plain, 2, binary.LittleEndian, false))),
	} {
		finds(t, name, Dumped, text, secret)
		if !strings.Contains(text, "HERE") {
			finds(t, name+", between lines", Dumped, "first\n\n"+text+"\nlast\n", secret)
		}
	}
	packed := wrap(hex.EncodeToString([]byte(gz(plain))), 60, "", "")
	if all := blocks(t, Dumped, packed); len(all) != 1 || !bytes.Equal(all[0].Data, []byte(gz(plain))) {
		t.Errorf("a gzip stream: %+v", all)
	}
	for name, text := range map[string]string{
		"nothing":                     "",
		"prose":                       strings.Repeat("a bad cafe: dead beef, added\n", 9),
		"one line that others decode": solid + "\n",
		"digests":                     strings.Repeat("da39a3ee5e6b4b0d3255bfef95601890afd80709\n", 9),
		"a UUID":                      strings.Repeat("6ba7b810-9dad-11d1-80b4-00c04fd430c8\n", 9),
		"addresses":                   strings.Repeat("52:54:00:12:34:56\n", 9),
		"numbers":                     strings.Repeat("40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56\n", 9),
		"few bytes":                   "\"0x67, 0x68, 0x70, 0x5f, 0x41\"\n",
		"a binary":                    wrap(hex.EncodeToString([]byte(strings.Repeat("\x8f\x01\xfe\x02a", 40))), 60, "", ""),
		"an offset":                   "00000000: 6768\n",
		"an offset of nothing":        strings.Repeat("00000000: 676 no digits 0123456789: xyz\n", 9),
		"odd digits":                  strings.Repeat("676 870 5f4 676 870 5f4 676 870 5f4\n", 9),
		"indentation":                 strings.Repeat(strings.Repeat(" ", 40)+"a\n", 9),
	} {
		finds(t, name, Dumped, text, "")
	}
}

// FuzzDumped: blocks are in order, within the text, and smaller than it.
func FuzzDumped(f *testing.F) {
	f.Add(dumped(secret+secret, "%08x  ", "%x ", 1, " |%s|") + "*\n00000020\n")
	f.Add(wrap(each(secret, "0x%x, "), 60, "\"", "") + wrap(hex.EncodeToString([]byte(secret+"\u00fc")), 60, "x ", " y"))
	f.Fuzz(func(t *testing.T, text string) { blocks(t, Dumped, text) })
}
