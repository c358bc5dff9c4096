package unpack

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// FuzzTexts: no file makes it panic, say more than the limits allow, or say another thing the next time.
func FuzzTexts(f *testing.F) {
	for _, compress := range compressors {
		f.Add("a", []byte(compress(secret)))
	}
	f.Add("a.zip", []byte(zipped("a", secret, "b", gz(secret))))
	f.Add("a.tar", []byte(tarred("a", secret, "b.zip", zipped("x", "y"))))
	f.Add("a.tgz", []byte(gz(tarred("a", secret))+"\x00garbage"+gz("x")))
	f.Add("a", []byte(crafted(func(c *craft) { c.add("a", "b", "x", 8, 0); c.add("c", "", "y", 0, 8); c.list(7, "z", 93, 0, "", "") })))
	f.Add("a.br", []byte("\x0b\x02\x80"))
	f.Add("a.lzma", []byte("\x5d\x00\x00\x10\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00"))
	f.Fuzz(func(t *testing.T, path string, data []byte) {
		l := Limits{Depth: 3, Total: 1 << 20, Free: 1 << 16, Ratio: 10, Member: 1 << 18, Members: 50, Window: 1 << 20}
		read := func() (said []string, output int64) {
			for u := range Texts(path, data, l) {
				said = append(said, fmt.Sprintf("%+v", u))
				if !u.Names {
					output += int64(len(u.Data))
				}
				switch {
				case (u.Data == nil) == (u.Unread == ""):
					t.Errorf("%+v is neither or both", u)
				case !strings.HasPrefix(u.Path, path):
					t.Errorf("%+v is not in %q", u, path)
				case strings.ContainsFunc(u.Unread, func(r rune) bool { return r < ' ' || r > '~' }):
					t.Errorf("%q is not plain", u.Unread)
				}
			}
			return said, output
		}
		said, output := read()
		if output > min(l.Total, l.Free+l.Ratio*int64(len(data)))+int64(l.Depth*len(data)) { // a tar is output once more
			t.Errorf("%d bytes out of %d", output, len(data))
		}
		again, _ := read()
		if fmt.Sprint(said) != fmt.Sprint(again) {
			t.Errorf("another time, another answer: %v, %v", said, again)
		}
		Packed(path, data[:min(len(data), 512)])
	})
}

// FuzzNarrow: only NUL bytes go, lines stay, and a second time changes nothing that matters.
func FuzzNarrow(f *testing.F) {
	f.Add([]byte(wide(secret+"\nsecond line", 2, binary.LittleEndian, true)))
	f.Add([]byte("x\n" + wide(secret, 4, binary.BigEndian, false) + "\x00\x00\xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		narrow, ok := Narrow(text)
		if !ok {
			if narrow != nil {
				t.Errorf("%q is not nil", narrow)
			}
			return
		}
		without := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte{0}, nil) }
		if len(narrow) >= len(text) || !bytes.Equal(without(narrow), without(text)) {
			t.Errorf("%q became %q", text, narrow)
		}
	})
}

// FuzzUnwrapped: blocks are in order, within the text, and smaller than it.
func FuzzUnwrapped(f *testing.F) {
	encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(secret+"\n", 9)))
	f.Add([]byte(wrap(encoded, 60, "  \"", "\" +")))
	f.Add([]byte("x: \"" + base64.StdEncoding.EncodeToString([]byte(gz(secret))) + "\" # y\n" + wrap(encoded, 33, "", `\n\`)))
	f.Fuzz(func(t *testing.T, text []byte) {
		total, last := 0, 0
		for b := range Unwrapped(text) {
			total += len(b.Data)
			if b.Start < last || b.End <= b.Start || b.End > len(text) || b.Start > 0 && text[b.Start-1] != '\n' || b.Data == nil {
				t.Errorf("block from %d to %d, after %d", b.Start, b.End, last)
			}
			last = b.Start
		}
		if total > len(text) {
			t.Errorf("%d bytes out of %d", total, len(text))
		}
	})
}
