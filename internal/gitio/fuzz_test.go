package gitio

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/internal/gitio/source"
)

const (
	id1 = "1111111111111111111111111111111111111111"
	id2 = "2222222222222222222222222222222222222222"
)

func FuzzDecodeCommit(f *testing.F) {
	f.Add([]byte("tree " + id1 + "\nparent " + id2 + "\n" + author + commit + "\nmessage\n"))
	f.Add([]byte("tree " + id1 + "\n" + author + commit + "gpgsig x\n \n y\n\nmessage"))
	f.Add([]byte("tree " + id1 + "\nauthor A <a@x> 99999999999999999999 +9999\ncommitter <> -1 -0000\n\n"))
	f.Add([]byte("tree " + id1 + "\n0 \nauthor <> 0 +0000\ncommitter <> 0 +0000\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		c := decodeCommit(id1, raw)
		if !bytes.Equal(c.Raw, raw) || !strings.HasSuffix(string(raw), c.Message) {
			t.Fatalf("not the object: %+v", c)
		}
		for _, p := range c.Parents {
			if !isID(p, 40) {
				t.Fatalf("parent %q", p)
			}
		}
		if len(c.Defects) > 0 {
			return
		}
		head := "tree " + c.Tree + "\n"
		for _, p := range c.Parents {
			head += "parent " + p + "\n"
		}
		if !isID(c.Tree, 40) || !bytes.HasPrefix(raw, []byte(head+"author ")) || bytes.IndexByte(raw, 0) >= 0 {
			t.Fatalf("no defects in %q", raw)
		}
	})
}

func FuzzDecodeTag(f *testing.F) {
	f.Add([]byte("object " + id1 + "\ntype commit\ntag v1\ntagger" + who + "\n\nmessage\n"))
	f.Add([]byte("object " + id1 + "\ntype commit\ntag v1\nobject " + id2 + "\n\nmessage"))
	f.Add([]byte("object " + id1 + "\n0 \ntype commit\ntag v1\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		tag := decodeTag(id1, raw)
		if !bytes.Equal(tag.Raw, raw) || !strings.HasSuffix(string(raw), tag.Message) {
			t.Fatalf("not the object: %+v", tag)
		}
		if len(tag.Defects) > 0 {
			return
		}
		if !isID(tag.Target, 40) || !bytes.HasPrefix(raw, []byte("object "+tag.Target+"\ntype "+tag.Type+"\ntag "+tag.Name+"\n")) {
			t.Fatalf("no defects in %q", raw)
		}
	})
}

// FuzzTree reads any bytes as a tree, in both hash functions: what is accepted is a sequence of entries that make up the same bytes, and a
// directory of it has each entry that a file system may have, once.
func FuzzTree(f *testing.F) {
	for _, size := range []int{20, 32} {
		id := strings.Repeat("\x00", size-1) + " "
		f.Add("", size)
		f.Add("100644 a.go\x00"+id+"40000 a\x00"+id+"100755 a0\x00"+id, size)
		f.Add("120000 z\x00"+id+"160000 m\x00"+id+"100644 a\x00"+id+"100644 a\x00"+id, size)
		f.Add("100644 \x00"+id+"0 ..\x00"+id+"777777777777 a/b\x00"+id+"100644 \xff\x00"+id, size)
		f.Add("100644 a\x00"+id[1:], size)
		f.Add(" a\x00"+id, size)
	}
	f.Fuzz(func(t *testing.T, raw string, size int) {
		if size != 32 {
			size = 20
		}
		var back strings.Builder
		var entries []treeEntry
		err := parseTree(raw, size, func(mode, name, id string) error {
			if mode == "" || strings.Trim(mode, "01234567") != "" || strings.Contains(name, "\x00") || len(id) != size {
				t.Fatalf("entry %q %q %q", mode, name, id)
			}
			back.WriteString(mode + " " + name + "\x00" + id)
			entries = append(entries, treeEntry{name, id, treeMode(mode)})
			return nil
		})
		if err != nil {
			if !errors.Is(err, errTree) || !strings.HasPrefix(raw, back.String()) {
				t.Fatalf("%v after %q", err, back.String())
			}
			return
		}
		if back.String() != raw {
			t.Fatalf("read %q, not %q", back.String(), raw)
		}
		d, err := newDirectory(slices.Clone(entries))
		for _, e := range entries {
			switch e.mode {
			case modeFile, modeExec, modeLink, source.ModeDir, source.ModeSubmodule:
			default:
				t.Fatalf("mode %o", e.mode)
			}
			may := fs.ValidPath("x/"+e.name+"/x") && !strings.Contains(e.name, "/")
			if got, ok := d.find(e.name); err == nil && (ok != may || ok && got != e) {
				t.Fatalf("%+v: %+v, %v", e, got, ok)
			}
		}
		for i := 1; i < len(d); i++ {
			if d[i-1].name >= d[i].name {
				t.Fatalf("%q before %q", d[i-1].name, d[i].name)
			}
		}
	})
}
