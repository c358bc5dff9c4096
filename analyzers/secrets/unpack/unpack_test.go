package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// secret is what every test looks for. It is none, and no rule knows it.
var secret = strings.Join([]string{"needle", "in", "the", "haystack"}, "-")

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// through returns what a writer makes of a text.
func through(text string, open func(io.Writer) io.WriteCloser) string {
	var b bytes.Buffer
	w := open(&b)
	must(io.WriteString(w, text))
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

func gz(text string) string {
	return through(text, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

var compressors = map[string]func(string) string{
	"gzip": gz,
	"zlib": func(s string) string {
		return through(s, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
	},
	"xz": func(s string) string {
		return through(s, func(w io.Writer) io.WriteCloser { return must(xz.NewWriter(w)) })
	},
	"zstd": func(s string) string {
		return through(s, func(w io.Writer) io.WriteCloser { return must(zstd.NewWriter(w)) })
	},
	"lz4":    func(s string) string { return through(s, func(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) }) },
	"snappy": func(s string) string { return through(s, func(w io.Writer) io.WriteCloser { return s2.NewWriter(w) }) },
	// "bzip2 -9" of "needle-in-the-haystack\n": there is no writer in the standard library.
	"bzip2": func(string) string { return bz2 },
}

var bz2 = string(must(base64.StdEncoding.DecodeString("QlpoOTFBWSZTWXz+97MAAAlRgAAQAAIubQwgIAAiE0PQaBAAAgJVy/mLfgcmicwXou5IpwoSD5/e9mA=")))

// zipped returns a zip archive of names and texts in turns.
func zipped(namesAndTexts ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(namesAndTexts); i += 2 {
		must(io.WriteString(must(z.Create(namesAndTexts[i])), namesAndTexts[i+1]))
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// tarred does the same for tar.
func tarred(namesAndTexts ...string) string {
	var b bytes.Buffer
	z := tar.NewWriter(&b)
	for i := 0; i+1 < len(namesAndTexts); i += 2 {
		h := &tar.Header{Name: namesAndTexts[i], Mode: 0o644, Size: int64(len(namesAndTexts[i+1])), Typeflag: tar.TypeReg}
		if err := z.WriteHeader(h); err != nil {
			panic(err)
		}
		must(io.WriteString(z, namesAndTexts[i+1]))
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// found returns the paths of all texts with the secret, and what is unread.
func found(path, data string, l Limits) (paths, unread []string) {
	for t := range Texts(path, []byte(data), l) {
		if t.Unread != "" {
			unread = append(unread, t.Path+": "+t.Unread)
			if t.Data != nil || strings.ContainsFunc(t.Unread, func(r rune) bool { return r < ' ' || r > '~' }) {
				panic(fmt.Sprintf("%+v", t))
			}
		}
		if bytes.Contains(t.Data, []byte(secret)) {
			paths = append(paths, t.Path)
		}
	}
	return paths, unread
}

// check holds the places where the secret is, each once, against those that are wanted.
func check(t *testing.T, path, data string, want ...string) {
	t.Helper()
	paths, unread := found(path, data, Defaults())
	if paths = slices.Compact(paths); !slices.Equal(paths, want) || len(unread) > 0 {
		t.Errorf("found at %q, unread %q; want %q", paths, unread, want)
	}
}

// TestStreams finds the secret in each kind of stream, alone, behind another, in front of something else, around a tar, and in a binary.
func TestStreams(t *testing.T) {
	for name, compress := range compressors {
		t.Run(name, func(t *testing.T) {
			one := compress(secret + "\n")
			check(t, "a", one, "a")
			check(t, "dir/a.zip", "no zip", []string{}...)
			first := compress("first") // which a bzip2 stream does not have
			check(t, "a", gz("first")+one, "a")
			check(t, "a", first+one, "a")
			if name == "snappy" {
				if p, u := found("a", first+gz(secret), Defaults()); len(p) != 1 || len(u) != 1 {
					t.Errorf("in front of something else: found %q, unread %q", p, u)
				}
				return
			}
			for _, between := range []string{"", "\x00", "\x00\x00\x00\x00", "?", "\xffgarbage\x01"} {
				check(t, "a", first+between+gz(secret), "a")
			}
			check(t, "a", one+strings.Repeat("\x01garbage", 10)+zipped("in", secret), "a", "a!in")
			check(t, "a", gz(one), "a")
			if name == "zlib" {
				return // its mark is too short to be looked for
			}
			check(t, "a.png", "\x89PNG\r\n\x1a\n"+strings.Repeat("\x00\x01\x02", 99)+one+"\x00more", "a.png")
			check(t, "a.deb", "!<arch>\ndata"+strings.Repeat(" ", 56)+one, "a.deb")
			if name == "bzip2" {
				return
			}
			check(t, "a", compress(tarred("etc/x", secret, "inner.gz", gz(secret))), "a!etc/x", "a!inner.gz")
			if p, u := found("a", one[:len(one)-3], Defaults()); len(u) != 1 || name == "gzip" && len(p) != 1 {
				t.Errorf("cut off: found %q, unread %q", p, u)
			}
			large := compress(strings.Repeat("x", 100_000))
			middle := []byte(large)
			for i := len(large) / 3; i < len(large)/3+8; i++ {
				middle[i] ^= 0x55
			}
			if _, u := found("a", string(middle), Defaults()); len(u) == 0 {
				t.Error("damage is not reported")
			}
		})
	}
}

// TestNamedStreams reads formats that have no mark.
func TestNamedStreams(t *testing.T) {
	lz := through(secret, func(w io.Writer) io.WriteCloser { return must(lzma.NewWriter(w)) })
	br := through(secret, func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) })
	check(t, "a.lzma", lz, "a.lzma")
	check(t, "A.BR", br, "A.BR")
	check(t, "a.br", "a text with the wrong name\n")
	check(t, "a.lzma", "a text with the wrong name\n")
	if _, u := found("a.br", "\x00\xff\x00\xff\xfe"+strings.Repeat("\x81", 99), Defaults()); len(u) != 1 {
		t.Errorf("a damaged one: %q", u)
	}
}

// TestUnread names what is not read.
func TestUnread(t *testing.T) {
	seven := []byte("7z\xbc\xaf\x27\x1c\x00\x04" + strings.Repeat("\x00", 24))
	binary.LittleEndian.PutUint32(seven[8:], crc32.ChecksumIEEE(seven[12:32]))
	rar := "Rar!\x1a\x07\x01\x00\x00\x00\x00\x00\x04\x01\x00\x00"
	stub := "MZ" + strings.Repeat("\x90\x00", 500)
	for name, data := range map[string]string{
		"7z": string(seven), "rar": rar, "self-extracting 7z": stub + string(seven), "self-extracting rar": stub + rar,
		"7z without a right checksum": "7z\xbc\xaf\x27\x1c" + stub, "compress": "\x1f\x9d\x90aaaaaaaa", "lzip": "LZIP\x01aaaaaaaaaaa", "cab": "MSCF\x00\x00\x00\x00aaaa",
	} {
		if _, u := found("a", data, Defaults()); len(u) != 1 || !strings.HasSuffix(u[0], "which is not read") {
			t.Errorf("%s: %q", name, u)
		}
	}
	for name, data := range map[string]string{
		"7z": stub + "7z\xbc\xaf\x27\x1c" + stub, "rar": stub + "Rar!\x1a\x07\x00" + stub, "lzip": stub + "LZIP\x01" + stub, "gzip": stub + "\x1f\x8b\x08\x00" + stub,
		"zip": stub + "PK\x03\x04" + stub + "PK\x05\x06PK\x01\x02" + stub, "xz": stub + "\xfd7zXZ\x00" + stub, "zstd": stub + "\x28\xb5\x2f\xfd\x00\xff\xff\xff" + stub,
		"lz4": stub + "\x04\x22\x4d\x18" + stub, "bzip2": stub + "BZh91AY&SY" + stub,
	} {
		check(t, "a program that knows "+name, data)
	}
}

// TestNested goes as deep as it may, and says where it stops.
func TestNested(t *testing.T) {
	nested := func(n int) string {
		data := secret
		for range n {
			data = zipped("in", data)
		}
		return data
	}
	check(t, "a", nested(10), "a"+strings.Repeat("!in", 10))
	paths, unread := found("a", nested(11), Defaults())
	if len(paths) != 0 || len(unread) != 1 || !strings.Contains(unread[0], "nested more than 10 deep") {
		t.Errorf("found %q, unread %q", paths, unread)
	}
	check(t, "a.jar", zipped("x.war", zipped("y.tar.gz", gz(tarred("z.zip", zipped("f", secret))))), "a.jar!x.war!y.tar.gz!z.zip!f")
}

// TestTar goes through archives with something odd about them.
func TestTar(t *testing.T) {
	plain := tarred("first", "1", "dir/second", secret)
	withSize := func(block, size string) string {
		b := []byte(block)
		copy(b[124:136], size)
		copy(b[148:156], "        ")
		sum := 0
		for _, c := range b[:blockSize] {
			sum += int(c)
		}
		copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
		return string(b)
	}
	check(t, "a.tar", plain, "a.tar!dir/second")
	check(t, "a.tar", plain+tarred("third", secret), "a.tar!dir/second", "a.tar!third")
	check(t, "a.tar", plain+"garbage "+secret, "a.tar!dir/second", "a.tar")
	check(t, "a.tar", plain+"garbage "+gz(secret), "a.tar!dir/second", "a.tar")
	check(t, "a.tar", tarred(secret+strings.Repeat("/long", 40), "x"), "a.tar")
	check(t, "a.tgz", gz(tarred("x", "y\x00\x00")[:blockSize*2-100]+secret+strings.Repeat("\x00", 100-len(secret))), "a.tgz") // in what fills a block
	if p, u := found("a", gz(withSize(tarred("huge", secret)[:blockSize*2], "\x80\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00")), Defaults()); len(p) != 1 || len(u) == 0 {
		t.Errorf("1 TiB: found %q, unread %q", p, u)
	}
	if p, u := found("a", withSize(tarred("negative", secret), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), Defaults()); len(p) != 1 || len(u) == 0 {
		t.Errorf("a negative size: found %q, unread %q", p, u)
	}
	if p, u := found("a", plain[:len(plain)-blockSize*2-500], Defaults()); len(p) != 0 || len(u) == 0 {
		t.Errorf("cut off: found %q, unread %q", p, u)
	}
	// A device with a size: some take what follows for its content.
	device := []byte(tarred("device", secret))
	device[156] = '3'
	check(t, "a", gz(withSize(string(device), fmt.Sprintf("%011o", len(secret)))), "a")
}

// craft is a zip archive that zip.Writer would not make.
type craft struct {
	bytes.Buffer
	directory bytes.Buffer
	n         int
}

// add appends a member: its local header, and one in the directory if listed is a name.
func (c *craft) add(local, listed, text string, method, flags uint16) {
	at := c.Len()
	data := text
	if method == 8 {
		data = through(text, func(w io.Writer) io.WriteCloser { return must(flate.NewWriter(w, 9)) })
	}
	header := func(b *bytes.Buffer, sign string, name string) {
		b.WriteString(sign + "\x14\x00")
		_ = binary.Write(b, binary.LittleEndian, []uint16{flags, method, 0, 0})
		_ = binary.Write(b, binary.LittleEndian, []uint32{crc32.ChecksumIEEE([]byte(text)), uint32(len(data)), uint32(len(text))})
		_ = binary.Write(b, binary.LittleEndian, []uint16{uint16(len(name)), 0})
	}
	header(&c.Buffer, zipLocal, local)
	c.WriteString(local + data)
	if listed != "" {
		c.list(at, listed, method, flags, text, data)
	}
}

func (c *craft) list(at int, name string, method, flags uint16, text, data string) {
	c.n++
	b := &c.directory
	b.WriteString(zipCentral + "\x14\x00\x14\x00")
	_ = binary.Write(b, binary.LittleEndian, []uint16{flags, method, 0, 0})
	_ = binary.Write(b, binary.LittleEndian, []uint32{crc32.ChecksumIEEE([]byte(text)), uint32(len(data)), uint32(len(text))})
	_ = binary.Write(b, binary.LittleEndian, []uint16{uint16(len(name)), 0, 0, 0, 0, 0, 0})
	_ = binary.Write(b, binary.LittleEndian, uint32(at))
	b.WriteString(name)
}

func (c *craft) end(comment string) string {
	at := c.Len()
	c.Write(c.directory.Bytes())
	c.WriteString(zipEnd + "\x00\x00\x00\x00")
	_ = binary.Write(c, binary.LittleEndian, []uint16{uint16(c.n), uint16(c.n)})
	_ = binary.Write(c, binary.LittleEndian, []uint32{uint32(c.directory.Len()), uint32(at)})
	_ = binary.Write(c, binary.LittleEndian, uint16(len(comment)))
	c.WriteString(comment)
	return c.String()
}

func crafted(build func(c *craft)) string {
	c := &craft{}
	build(c)
	return c.end("")
}

// TestZip finds members wherever they hide.
func TestZip(t *testing.T) {
	one := zipped("in", secret)
	check(t, "a.zip", one, "a.zip!in")
	check(t, "a.png", "\x89PNG\r\n\x1a\n\x00\x00"+one, "a.png!in")
	check(t, "a", one+zipped("second", secret), "a!second", "a!in")
	check(t, "a", one+"trailing", "a!in")
	check(t, "a", crafted(func(c *craft) {
		c.add("listed", "listed", "text", 8, 0)
		c.add("stray", "", secret, 8, 0)
	}), "a!stray")
	check(t, "a", crafted(func(c *craft) { c.add("local", "central", secret, 8, 0) }), "a!central")
	check(t, "a", crafted(func(c *craft) { c.add(secret, "central", "text", 8, 0) }), "a") // among the names
	check(t, "a", crafted(func(c *craft) { c.add("stored", "stored", secret, 0, 0) }), "a!stored")
	check(t, "a", crafted(func(c *craft) {
		c.add("x", "x", "text", 8, 0)
		c.WriteString(gz(secret)) // between members
	}), "a")
	c := &craft{}
	c.add("x", "x", "text", 8, 0)
	check(t, "a", gz(c.end("comment "+secret)), "a")
	check(t, "a", crafted(func(c *craft) { // a member that two entries read in two ways
		c.add("x", "x", secret, 8, 0)
		c.list(0, "y", 0, 0, "0123456789", "0123456789")
	}), "a!x")
	check(t, "outer.zip", crafted(func(c *craft) { c.add("inner.zip", "inner.zip", one, 0, 0) }), "outer.zip!inner.zip!in")
	check(t, "a", one[:strings.Index(one, zipEnd)], "a!in") // without an end
	check(t, "a", one[:strings.Index(one, zipCentral)], "a!in")
	for name, data := range map[string]string{
		"encrypted":            crafted(func(c *craft) { c.add("x", "x", "text", 8, 1) }),
		"not read":             crafted(func(c *craft) { c.add("x", "x", "text", 9, 0) }),
		"where it is not":      crafted(func(c *craft) { c.list(1000, "x", 8, 0, "text", "text") }),
		"damaged":              crafted(func(c *craft) { c.add("x", "x", "\xff\xff\xff\xff\xff\xff", 0, 0); c.list(0, "y", 8, 0, "x", "x") }),
		"cut off":              one[:strings.Index(one, "in")+8],
		"encrypted, but stray": crafted(func(c *craft) { c.add("x", "x", "text", 8, 0); c.add("y", "", "text", 8, 1) }),
	} {
		why, _, _ := strings.Cut(name, ",")
		if _, u := found("a", data, Defaults()); len(u) != 1 || !strings.Contains(u[0], why) {
			t.Errorf("%s: %q", name, u)
		}
	}
}
