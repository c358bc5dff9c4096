//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb/odbtest"
)

// maxResident is what judging any of these pushes may take, in bytes. The system counts what the test itself had when it started the
// program, so this is far above what the program needs (36 to 220 MB).
const maxResident = 600 << 20

// TestHugePush judges what is large, deep or a lie, by the whole program: what can be read is, what cannot be is refused with the reason.
func TestHugePush(t *testing.T) {
	secret := "token=" + fakeSecrets()["GHP"] + "\n"
	file := func(p *odbtest.Pack, id string) string {
		return p.AddCommit("feat: more (#1)", p.Add("tree", odbtest.Entry("100644", "file", id)))
	}
	found := []string{"block secrets/github-pat, line "}
	lie := strings.Repeat("ab", 20)
	tebibyte := []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x20}
	for _, test := range []struct {
		name  string
		pack  func(d *delivery, p *odbtest.Pack) (tip string)
		exit  int
		words []string
		blind bool // git sees nothing wrong
	}{
		{"nothing of it", func(_ *delivery, p *odbtest.Pack) string { return file(p, p.Add("blob", "mode=test\n")) }, 0, nil, false},
		{"a file of 2 GiB", func(_ *delivery, p *odbtest.Pack) string { return file(p, p.AddGigantic()) }, 1,
			[]string{"file file block secrets/unread", "2147483648 bytes, at most 33554432 are read"}, false},
		{"a loose one", func(d *delivery, p *odbtest.Pack) string {
			path := filepath.Join(d.quarantine, odbtest.GiganticID[:2], odbtest.GiganticID[2:])
			data := odbtest.Zeros(fmt.Sprintf("blob %d\x00", odbtest.GiganticSize), odbtest.GiganticSize>>22)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, data, 0o444)); err != nil {
				t.Fatal(err)
			}
			return file(p, odbtest.GiganticID)
		}, 1, []string{"file file block secrets/unread", "2147483648 bytes, at most 33554432 are read"}, false},
		{"10,000 directories", func(_ *delivery, p *odbtest.Pack) string {
			tree := p.Add("tree", odbtest.Entry("100644", "x", p.Add("blob", secret)))
			for range 10_000 {
				tree = p.Add("tree", odbtest.Entry("40000", "d", tree))
			}
			return p.AddCommit("feat: deep (#1)", tree)
		}, 1, append(found, strings.Repeat("d/", 10_000)+"x"), false},
		{"one more in a folder of 1,000,000 files", func(d *delivery, p *odbtest.Pack) string {
			old, entries := odbtest.NewPack(), wide(p.Add("blob", "good\n"))
			old.Add("blob", "good\n")
			base := old.AddCommit("feat: wide (#1)", old.Add("tree", entries))
			d.store(old, base)
			return p.AddCommit("feat: one more (#1)", p.Add("tree", entries+odbtest.Entry("100644", "g", p.Add("blob", secret))), base)
		}, 1, append(found, "file g "), false},
		{"5,000 deltas", func(_ *delivery, p *odbtest.Pack) string {
			text := "base\n"
			id := p.Add("blob", text)
			for i := range 5000 {
				suffix := fmt.Sprintf("%d\n", i)
				if i == 4999 {
					suffix = secret
				}
				next := odbtest.ID("blob", text+suffix)
				p.Append(next, id, len(text), suffix)
				text, id = text+suffix, next
			}
			return file(p, id)
		}, 1, append(found, "line 5001"), false},
		{"a file of 1 TiB", func(_ *delivery, p *odbtest.Pack) string {
			p.Delta(lie, p.Add("blob", "hello"), append(append([]byte{5}, tebibyte...), 0x90, 5))
			return file(p, lie)
		}, 1, []string{"file file block secrets/unread", "1099511627776 bytes"}, false},
		{"a tree of 1 TiB", func(_ *delivery, p *odbtest.Pack) string {
			base := odbtest.Entry("100644", "x", p.Add("blob", secret))
			p.Delta(lie, p.Add("tree", base), append(append([]byte{byte(len(base))}, tebibyte...), 0x90, byte(len(base))))
			return p.AddCommit("feat: more (#1)", lie)
		}, 3, []string{"could not check: secrets: ", "could not check: objects: ", "109951162777"}, false},
		{"a commit of 1 TiB", func(_ *delivery, p *odbtest.Pack) string {
			base := file(p, p.Add("blob", secret))
			p.Delta(lie, base, append(append([]byte{0xff, 1}, tebibyte...), 0x90, 0xff))
			return lie
		}, 3, []string{"could not check: refward: ", lie}, false},
		{"other content than the name says", func(_ *delivery, p *odbtest.Pack) string {
			p.Lie(lie, "blob", "good\n")
			return file(p, lie)
		}, 3, []string{"could not check: secrets: ", lie, "it is not what was stored under this name"}, true},
		{"another tree", func(_ *delivery, p *odbtest.Pack) string {
			p.Lie(lie, "tree", odbtest.Entry("100644", "x", p.Add("blob", "good\n")))
			return p.AddCommit("feat: more (#1)", lie)
		}, 3, []string{"could not check: secrets: ", lie, "it is not what was stored under this name"}, true},
		{"no blob", func(_ *delivery, p *odbtest.Pack) string { return file(p, lie) }, 3, []string{"could not check: secrets: ", lie}, false},
		{"alternates in a circle", func(d *delivery, p *odbtest.Pack) string {
			for _, dir := range []string{d.objects, d.quarantine} {
				path := filepath.Join(dir, "info", "alternates")
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(d.quarantine+"\n"+d.objects+"\n"), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			return file(p, p.Add("blob", secret))
		}, 1, found, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := deliver(t, "")
			p := odbtest.NewPack()
			tip := test.pack(d, p)
			d.pack(p)
			for _, reader := range []string{"builtin", "git"} {
				j := d.judge(reader, tip)
				if reader == "git" && test.blind { // it believes the names, which index-pack has made of the content
					continue
				}
				wants(t, j, test.exit, test.words...)
				if strings.Contains(j.said, secret) || j.memory > maxResident {
					t.Errorf("with %s: %d bytes of memory, and the secret was said: %t", reader, j.memory, strings.Contains(j.said, secret))
				}
			}
		})
	}
}

// wide returns a tree of a million files.
func wide(id string) string {
	var entries strings.Builder
	rest := odbtest.Entry("", "", id)[1:]
	for i := range 1_000_000 {
		fmt.Fprintf(&entries, "100644 f%06d%s", i, rest)
	}
	return entries.String()
}

// TestTruncatedPack cuts off the pack of a push that was fine.
func TestTruncatedPack(t *testing.T) {
	d := deliver(t, "")
	p := odbtest.NewPack()
	tip := p.AddCommit("feat: more (#1)", p.Add("tree", odbtest.Entry("100644", "file", p.Add("blob", "good\n"))))
	path := d.pack(p)
	for _, reader := range []string{"builtin", "git"} {
		wants(t, d.judge(reader, tip), 0)
	}
	info, err := os.Stat(path)
	if err == nil {
		err = errors.Join(os.Chmod(path, 0o644), os.Truncate(path, info.Size()-1))
	}
	if err != nil {
		t.Fatal(err)
	}
	wants(t, d.judge("builtin", tip), 3, "could not check: refward: ", path, "truncated")
	wants(t, d.judge("git", tip), 3, "could not check: refward: ")
}
