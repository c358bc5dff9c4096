package gitio

import (
	"bytes"
	"strings"
	"testing"
)

const (
	id1 = "1111111111111111111111111111111111111111"
	id2 = "2222222222222222222222222222222222222222"
)

func FuzzDecodeCommit(f *testing.F) {
	f.Add([]byte("tree " + id1 + "\nparent " + id2 + "\n" + author + commit + "\nmessage\n"))
	f.Add([]byte("tree " + id1 + "\n" + author + commit + "gpgsig x\n \n y\n\nmessage"))
	f.Add([]byte("tree " + id1 + "\nauthor A <a@x> 99999999999999999999 +9999\ncommitter <> -1 -0000\n\n"))
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
