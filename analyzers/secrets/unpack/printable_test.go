package unpack

import "testing"

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "",
		"a printable line\n": "a printable line\n",
		"\x00\x01abcdef\x02ghijkl\n\x03short\x04": "abcdef ghijkl\n",
		"\x00\n\x01\n\xffabcdefg\xff":             "\n\nabcdefg ",
	} {
		if got := string(Printable([]byte(text))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if Binary([]byte("text")) || !Binary([]byte("te\x00t")) {
		t.Error("a NUL byte makes a file binary")
	}
}
