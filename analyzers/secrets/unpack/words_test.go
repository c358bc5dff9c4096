package unpack

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	plain := "token = " + secret + "\n"
	umlaut := "# f\u00fcr den Laden\n" + plain
	std, raw, url := base64.StdEncoding.EncodeToString, base64.RawStdEncoding.EncodeToString, base64.RawURLEncoding.EncodeToString
	for name, text := range map[string]string{
		"UTF-8":                  std([]byte(umlaut)),
		"Latin-1":                std([]byte("# f\xfcr den Laden\n" + plain)),
		"UTF-8, at the start":    std([]byte("\u00e4\u00f6\u00fc\u00df " + plain)),
		"a mark at the start":    std([]byte("\ufeff" + plain)),
		"another script":         std([]byte(strings.Repeat("\u043f\u0430\u0440\u043e\u043b\u044c ", 9) + plain)),
		"the URL's alphabet":     url([]byte(umlaut + "\u00ff??>>")),
		"no padding":             raw([]byte(plain + "???>>>?")),
		"behind a slash":         "https://example.org/login/" + url([]byte(plain)),
		"behind a long path":     "https://example.org/a/b/some/long/way/to/it/" + url([]byte(plain)),
		"behind a hyphen":        "prefix-" + std([]byte(plain)),
		"behind a plus":          "a+" + std([]byte(plain)),
		"behind an underscore":   "some_name_" + std([]byte(plain)),
		"in front of a path":     url([]byte(plain)) + "/" + strings.Repeat("another/", 9),
		"in front of another":    url([]byte("some other text that is long")) + "-" + url([]byte(plain)),
		"wide, before something": "powershell -enc " + std([]byte(wide(plain, 2, binary.LittleEndian, false))) + " -wait",
	} {
		finds(t, name, Words, text, secret)
		finds(t, name+", between lines", Words, "first\nsomeLongFunctionNameThatIsAlone\nHERE \""+text+"\", x\nlast\n", secret)
	}
	for name, text := range map[string]string{
		"nothing": "", "prose": "Lorem ipsum dolor sit amet\n",
		"wide, which Unwrapped yields": std([]byte(wide(plain, 2, binary.LittleEndian, false))),
		"names":                        "someLongFunctionNameThatIsAlone another_quite_long_function_name path/to/some/file/somewhere\n",
		"a digest":                     "0123456789abcdef0123456789abcdef01234567\n",
		"a binary":                     std([]byte(strings.Repeat("\x8f\x01\xfe\x02a", 40))),
		"a short word":                 "x/" + raw([]byte("\u00fc short one")),
	} {
		finds(t, name, Words, text, "")
	}
}

// TestManyWords: a line with many words is one line for each of them.
func TestManyWords(t *testing.T) {
	word := base64.StdEncoding.EncodeToString([]byte("# f\u00fcr den Laden: x"))
	line := strings.Repeat("x: \""+word+"\", ", 20_000) + "\n"
	all := blocks(t, Words, "first\n"+line+line)
	if len(all) != 40_000 || all[19_999].Start != 6 || all[20_000].Start != 6+len(line) || all[20_000].End != 6+2*len(line) {
		t.Errorf("%d blocks", len(all))
	}
}

// FuzzWords: blocks are in order, within the text, and smaller than it.
func FuzzWords(f *testing.F) {
	encoded := base64.RawURLEncoding.EncodeToString([]byte("\u00fc " + secret))
	f.Add("a/" + encoded + "-" + encoded + "/x\n" + encoded)
	f.Fuzz(func(t *testing.T, text string) { blocks(t, Words, text) })
}
