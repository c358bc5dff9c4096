//go:build unix

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/testscript"
)

// forms are the ways to write the same content otherwise, by the names that scripts know them by.
var forms = map[string]func([]byte) []byte{
	"base64":    func(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) },
	"base64url": func(b []byte) []byte { return []byte(base64.RawURLEncoding.EncodeToString(b)) },
	"hex":       func(b []byte) []byte { return []byte(hex.EncodeToString(b)) },
	"percent":   func(b []byte) []byte { return each(b, "%%%02X") },
	"escapes":   func(b []byte) []byte { return each(b, `\u%04x`) }, // as JSON and many languages have them
	"octets":    func(b []byte) []byte { return each(b, `\x%02x`) }, // as C and shells have them
	"wrapped":   func(b []byte) []byte { return wrapped(b, 76) },    // lines of 76 characters, as base64(1) prints
	"dump":      func(b []byte) []byte { return wrapped(b, 60) },    // and of 60, as xxd(1) does
	"gzip": func(b []byte) []byte {
		out, _ := archive("a.gz", []entry{{"", b}}) // in memory nothing fails
		return out
	},
	"cr":      func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r")) },
	"bom":     func(b []byte) []byte { return append([]byte("\ufeff"), b...) },
	"utf16le": func(b []byte) []byte { return units(b, binary.LittleEndian) },
	"utf16be": func(b []byte) []byte { return units(b, binary.BigEndian) },
	"utf32le": func(b []byte) []byte {
		out, _ := binary.Append(nil, binary.LittleEndian, []rune(string(b)))
		return out
	},
}

func each(text []byte, format string) []byte {
	var out []byte
	for _, b := range text {
		out = fmt.Appendf(out, format, b)
	}
	return out
}

func wrapped(text []byte, width int) []byte {
	var out []byte
	for line := range slices.Chunk(text, width) {
		out = append(append(out, line...), '\n')
	}
	return out
}

func units(text []byte, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(string(text))) {
		out = order.AppendUint16(out, u)
	}
	return out
}

func reform(ts *testscript.TestScript, content []byte, names []string) []byte {
	for _, name := range names {
		form := forms[name]
		if form == nil {
			ts.Fatalf("no form %q, only %s", name, strings.Join(slices.Sorted(maps.Keys(forms)), " "))
		}
		content = form(content)
	}
	return content
}

// cmdEncode is "encode NAME TEXT FORM…": NAME becomes the text in one form after the other. It counts as a secret of the script.
func cmdEncode(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) > 2, "encode NAME TEXT FORM…")
	text := string(reform(ts, []byte(args[1]), args[2:]))
	w := worldOf(ts)
	w.secrets = append(w.secrets, text)
	ts.Setenv(args[0], text)
}

// cmdRecode is "recode FILE FORM…": the file gets one form after the other.
func cmdRecode(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) > 1, "recode FILE FORM…")
	path := ts.MkAbs(args[0])
	ts.Check(os.WriteFile(path, reform(ts, []byte(ts.ReadFile(args[0])), args[1:]), 0o644))
}

// cmdFill is "fill FILE SIZE [TEXT]": a file of one line, of SIZE bytes of words and then the text.
func cmdFill(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2 || len(args) == 3, "fill FILE SIZE [TEXT]")
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	const words = "lorem ipsum "
	line := strings.Repeat(words, size/len(words)+1)[:size] + strings.Join(args[2:], "") + "\n"
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(line), 0o644))
}

// cmdPack is "pack [-deep N] FILE NAME=SOURCE…": an archive with the sources under these names, of the kind that the end of FILE says:
// .zip, .jar and the like, .tar, .tar.gz, .gz. With -deep it is put into another one of its kind N times.
func cmdPack(ts *testscript.TestScript, neg bool, args []string) {
	const usage = "pack [-deep N] FILE NAME=SOURCE…"
	deep := 0
	if len(args) > 1 && args[0] == "-deep" {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		deep, args = n, args[2:]
	}
	need(ts, neg, len(args) > 1, usage)
	var entries []entry
	for _, arg := range args[1:] {
		name, source, ok := strings.Cut(arg, "=")
		need(ts, neg, ok, usage)
		entries = append(entries, entry{name, []byte(ts.ReadFile(source))})
	}
	name := filepath.Base(args[0])
	data, err := archive(name, entries)
	for range deep {
		ts.Check(err)
		data, err = archive(name, []entry{{name, data}})
	}
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

// An entry is a file of an archive.
type entry struct {
	name    string
	content []byte
}

func archive(name string, entries []entry) ([]byte, error) {
	var b bytes.Buffer
	var err error
	compressed, isTar := io.WriteCloser(nil), strings.HasSuffix(name, ".tar")
	switch {
	case strings.HasSuffix(name, ".tar.gz"):
		compressed, isTar = gzip.NewWriter(&b), true
	case strings.HasSuffix(name, ".gz"):
		compressed = gzip.NewWriter(&b)
	}
	switch {
	case isTar && compressed != nil:
		err = errors.Join(writeTar(compressed, entries), compressed.Close())
	case isTar:
		err = writeTar(&b, entries)
	case compressed != nil:
		_, err = compressed.Write(entries[0].content)
		err = errors.Join(err, compressed.Close())
	default:
		err = writeZip(&b, entries)
	}
	return b.Bytes(), err
}

func writeTar(w io.Writer, entries []entry) error {
	out := tar.NewWriter(w)
	for _, e := range entries {
		if err := out.WriteHeader(&tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.content))}); err != nil {
			return err
		}
		if _, err := out.Write(e.content); err != nil {
			return err
		}
	}
	return out.Close()
}

func writeZip(w io.Writer, entries []entry) error {
	out := zip.NewWriter(w)
	for _, e := range entries {
		f, err := out.Create(e.name)
		if err != nil {
			return err
		}
		if _, err := f.Write(e.content); err != nil {
			return err
		}
	}
	return out.Close()
}
