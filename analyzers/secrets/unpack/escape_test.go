package unpack

import (
	"bytes"
	"fmt"
	"iter"
	"strings"
	"testing"
)

// each writes every byte of a text in some format.
func each(text, format string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

// blocks returns what a form has in a text, and checks what every form promises.
func blocks(t *testing.T, form func([]byte) iter.Seq[Block], text string) (all []Block) {
	t.Helper()
	total, last := 0, 0
	for b := range form([]byte(text)) {
		all = append(all, b)
		total += len(b.Data)
		whole := b.Start >= last && b.End > b.Start && b.End <= len(text) &&
			(b.Start == 0 || text[b.Start-1] == '\n') && (b.End == len(text) || text[b.End-1] == '\n')
		if !whole {
			t.Errorf("a block from %d to %d, after %d, in %q", b.Start, b.End, last, text)
		}
		last = b.Start
	}
	if total > len(text) {
		t.Errorf("%d bytes out of %d: %q", total, len(text), text)
	}
	var again []Block
	for b := range form([]byte(text)) {
		again = append(again, b)
	}
	if fmt.Sprint(again) != fmt.Sprint(all) {
		t.Errorf("another time, another answer: %v, %v", all, again)
	}
	return all
}

// finds checks that a form has a block with the lines that begin with "HERE", and with the secret, or none without it.
func finds(t *testing.T, name string, form func([]byte) iter.Seq[Block], text, want string) {
	t.Helper()
	all := blocks(t, form, text)
	if want == "" {
		if len(all) > 0 {
			t.Errorf("%s: %q became %q", name, text, all[0].Data)
		}
		return
	}
	for _, b := range all {
		if bytes.Contains(bytes.ReplaceAll(b.Data, []byte{0}, nil), []byte(want)) {
			if !strings.HasPrefix(text[b.Start:], "HERE") && strings.Contains(text, "HERE") {
				t.Errorf("%s: it stands in %q", name, text[b.Start:b.End])
			}
			return
		}
	}
	t.Errorf("%s: not found in %q: %+v", name, text, all)
}

// TestUnescaped decodes a secret in each kind of escape, and leaves alone what only looks like one, or what no rule would miss.
func TestUnescaped(t *testing.T) {
	half, rest := secret[:20], secret[20:]
	for name, text := range map[string]string{
		"C":                   each(secret, `\x%02x`),
		"one of them":         half + `\x` + fmt.Sprintf("%x", rest[0]) + rest[1:],
		"octal":               each(secret, `\%03o`),
		"octal, as echo":      each(secret, `\0%03o`),
		"Rust":                each(secret, `\u{%x}`),
		"Perl":                each(secret, `\x{%x}`),
		"Python":              each(secret, `\U%08x`),
		"JSON, beside others": `a\nsome_long_name ` + each(secret, `\u%04x`),
		"a line of a string":  `{"source": "region = eu\n` + secret + `\nx"}`,
		"two backslashes":     `{"source": "region = eu\\n` + secret + `"}`,
		"a quote behind":      `"{\"key\": \"` + secret + `\"}"`,
		"Markdown":            strings.ReplaceAll(secret[:8]+"_"+secret[8:], "_", `\_`),
		"HTML":                each(secret, "&#%d;"),
		"HTML, hex":           each(secret, "&#x%X;"),
		"XML":                 "key=&quot;" + secret + "&quot;",
		"an entity's name":    half + "&lowbar;" + rest,
		"a mail":              each(secret, "=%02X"),
		"a mail's sign":       "token=3D" + secret,
		"a mail's line":       "HERE token " + half + "=\n" + rest + "\nnext",
		"a mail's line, CRLF": "HERE token " + half + "=\r\n" + rest + "\r\nnext",
		"shell":               "HERE export TOKEN=" + half + "\\\n" + rest + "\nnext",
		"shell, CRLF":         "HERE export TOKEN=" + half + "\\\r\n" + rest + "\r\nnext",
		"YAML":                "HERE token: \"" + half + "\\\n    " + rest + "\"\nnext",
		"three lines":         "HERE x=" + half[:9] + "\\\n" + half[9:] + "\\\n" + rest,
	} {
		want := secret
		switch name {
		case "Markdown":
			want = secret[:8] + "_" + secret[8:]
		case "an entity's name":
			want = half + "_" + rest
		case "two backslashes":
			want = `\n` + secret
		case "a line of a string":
			want = "\n" + secret + "\n"
		}
		finds(t, name, Unescaped, text, want)
		if !strings.Contains(text, "HERE") {
			finds(t, name+", between lines", Unescaped, "first\nx := \"a\\n\"\nHERE "+text+"\nlast\n", want)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "prose": "Lorem ipsum dolor sit amet, consectetur\n", "a format": `fmt.Printf("%s of some_long_name\n", x)`,
		"a short word":     `"a\nb\tc"`,
		"a regexp":         `regexp.MustCompile("\\d+\\s*(\\w+)")`,
		"not ASCII":        `"\xe2\x80\xa6 \u2026"`,
		"zeros":            `"\x00\x01\x02" "\0"`,
		"a sole \\u":       each(secret, `\u%04x`),
		"a command":        "docker run \\\n    --rm \\\n    some_long_image_name\n",
		"a macro":          "#define X(a) \\\n  do_something_with(a) \\\n",
		"Go":               "x := &some_long_name_of_a_type{a: b&c}\n",
		"numbers":          "<img width=640 height=48 some_long_name=40>",
		"a query":          "?a=1&some_long_name_of_it=abc&b=2",
		"a digest":         "h1:" + strings.Repeat("a", 43) + "=\nexample.org/some_long_name v1.0.0\n",
		"base64":           "c29tZQ==\nsome_long_name_of_something\n",
		"no token is cut":  "a = \\\nsome_long_name_of_something\n",
		"marks at the end": "\\", "an ampersand": "&", "an equals sign": "some_long_name_of_it=",
	} {
		finds(t, name, Unescaped, text, "")
	}
}

// FuzzUnescaped: blocks are in order, within the text, and smaller than it.
func FuzzUnescaped(f *testing.F) {
	f.Add(each(secret, `\x%02x`) + "\n" + each(secret, "&#%d;") + `\U0010ffff\u{110000}\400\\\`)
	f.Add("a" + each(secret, "=%02X") + "=\n" + secret + "\\\n  " + secret + "&nGt;&lt;&nLt;")
	f.Fuzz(func(t *testing.T, text string) { blocks(t, Unescaped, text) })
}
