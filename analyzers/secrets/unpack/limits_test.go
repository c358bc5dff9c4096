package unpack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/ulikunitz/xz/lzma"
)

// cost is what one file leads to.
type cost struct {
	texts, unread int
	output        int64  // bytes, without names
	allocated     uint64 // bytes, freed or not
	last          string // why the last one is unread
}

func costOf(data string, l Limits) (c cost) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for t := range Texts("a", []byte(data), l) {
		c.texts++
		if !t.Names {
			c.output += int64(len(t.Data))
		}
		if t.Unread != "" {
			c.unread++
			c.last = t.Unread
		}
	}
	runtime.ReadMemStats(&after)
	c.allocated = after.TotalAlloc - before.TotalAlloc
	return c
}

// TestBombs unpacks files that are made to cost much. Each is reported, with little output, and with no more memory than a
// few times that.
func TestBombs(t *testing.T) {
	l := Defaults()
	l.Total, l.Free, l.Ratio, l.Member, l.Window = 8<<20, 1<<20, 20, 4<<20, 1<<20
	zeros := strings.Repeat("\x00", 1<<20)
	nested := zeros
	for range 3 {
		var in []string
		for i := range 10 {
			in = append(in, fmt.Sprint(i), nested)
		}
		nested = zipped(in...)
	}
	overlapping := crafted(func(c *craft) {
		c.add("x", "x", zeros, 8, 0)
		for i := range 9000 {
			c.list(0, "x", 8, 0, "", strings.Repeat("x", i))
		}
	})
	headers := crafted(func(c *craft) { // the content of each member goes on behind the next one's header, as a stored block
		for range 500 {
			c.WriteString(zipLocal + "\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 4) + "\x00\x00\x10\x00\x00\x00\x10\x00\x01\x00\x00\x00x")
		}
		c.WriteString(strings.Repeat("x", 1<<20))
	})
	xzLarge := []byte(compressors["xz"](secret))
	xzLarge[xzHeaderSize+4] = 40 // 4 GiB
	size := (int(xzLarge[xzHeaderSize]) + 1) * 4
	binary.LittleEndian.PutUint32(xzLarge[xzHeaderSize+size-4:], crc32.ChecksumIEEE(xzLarge[xzHeaderSize:xzHeaderSize+size-4]))
	lzLarge := []byte(through(secret, func(w io.Writer) io.WriteCloser { return must(lzma.NewWriter(w)) }))
	binary.LittleEndian.PutUint32(lzLarge[1:], 1<<31)
	many := make([]string, 0, 50_000)
	for i := range 25_000 {
		many = append(many, fmt.Sprint(i), "x")
	}
	for name, data := range map[string]string{
		"gzip":                       gz(strings.Repeat("\x00", 20<<20)),
		"nested zips":                nested,
		"one member many times":      overlapping,
		"members in each other":      headers,
		"many members":               zipped(many...),
		"many members of tar":        tarred(many...),
		"many streams":               strings.Repeat(gz("x")+"\x00", 25_000),
		"many beginnings of streams": strings.Repeat("\x1f\x8b\x08\x00aaaaaa", 1_000_000),
		"long streams of nothing":    strings.Repeat("\x1f\x8b\x08\x08aaaaaa", 100_000) + "\x00" + strings.Repeat("\x00\x00\x00\xff\xff", 1_000_000),
		"many directories":           strings.Repeat(zipEnd+strings.Repeat("\x00", 18), 1_000_000),
		"many members of zip":        strings.Repeat(zipLocal+"\x14\x00\x00\x00\x08\x00"+strings.Repeat("\x00", 16)+"\x01\x00\x00\x00x", 1_000_000),
		"the window of xz":           string(xzLarge),
		"the windows of xz":          strings.Repeat(string(xzLarge), 20_000),
		"the window of zstd":         "\x28\xb5\x2f\xfd\x00\xa0" + strings.Repeat("\x00", 100),
		"xz without an end":          strings.Repeat(string(xzLarge[:xzHeaderSize]), 1_000_000),
	} {
		t.Run(name, func(t *testing.T) {
			c := costOf(data, l)
			if c.unread == 0 {
				t.Errorf("nothing is unread: %+v", c)
			}
			if c.output > l.Total {
				t.Errorf("more output than allowed: %+v", c)
			}
			if limit := uint64(256 << 20); c.allocated > limit {
				t.Errorf("more memory than %d bytes: %+v", limit, c)
			}
			if c.texts > 2*l.Members+maxProbes {
				t.Errorf("%+v", c)
			}
		})
	}
	t.Run("the window of lzma", func(t *testing.T) {
		for u := range Texts("a.lzma", lzLarge, l) {
			if !strings.Contains(u.Unread, "more memory") {
				t.Errorf("%+v", u)
			}
		}
	})
}

// TestLimits reaches each limit and stays just below it.
func TestLimits(t *testing.T) {
	data := zipped("a", strings.Repeat("x", 1000), "b", gz(strings.Repeat("y", 1000)), "c", secret)
	whole := Limits{Depth: 2, Total: 10_000, Free: 10_000, Ratio: 1, Member: 1000, Members: 100, Window: 1 << 20}
	if paths, unread := found("z", data, whole); len(paths) != 1 || len(unread) != 0 {
		t.Errorf("within the limits: found %q, unread %q", paths, unread)
	}
	for why, change := range map[string]func(l *Limits){
		"nested more than 1 deep": func(l *Limits) { l.Depth = 1 },
		"more output":             func(l *Limits) { l.Total = 1500 },
		"of the file":             func(l *Limits) { l.Free = 1000 },
		"one member may have":     func(l *Limits) { l.Member = 999 },
		"more than 2 members":     func(l *Limits) { l.Members = 2 },
	} {
		l := whole
		change(&l)
		_, unread := found("z", data, l)
		if len(unread) == 0 || !strings.Contains(strings.Join(unread, "\n"), why) {
			t.Errorf("%s: %q", why, unread)
		}
	}
	// What is beyond the limit for one member does not hide the next one.
	l := whole
	l.Member = 999
	for _, data := range []string{data, tarred("a", strings.Repeat("x", 1500), "c", secret), gz(tarred("a", strings.Repeat("x", 1500), "c", secret))} {
		if paths, unread := found("z", data, l); len(paths) != 1 || len(unread) == 0 {
			t.Errorf("a large member: found %q, unread %q", paths, unread)
		}
	}
	// What was read before a limit was reached is yielded.
	for u := range Texts("z", []byte(gz(secret+strings.Repeat("\x00", 1<<20))), whole) {
		if u.Unread == "" && !bytes.Contains(u.Data, []byte(secret)) {
			t.Errorf("%+v", u)
		}
	}
}

// TestEarlyEnd stops the receiver after each text.
func TestEarlyEnd(t *testing.T) {
	data := []byte(zipped("a", "x", "b", gz(tarred("c", "y", "d", "z"))) + gz("more"))
	total := 0
	for range Texts("z", data, Defaults()) {
		total++
	}
	for stop := 1; stop <= total; stop++ {
		n := 0
		for range Texts("z", data, Defaults()) {
			if n++; n == stop {
				break
			}
		}
	}
	if total < 6 {
		t.Errorf("%d texts", total)
	}
}
