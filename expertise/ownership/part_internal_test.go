package ownership

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func id(c string) string { return strings.Repeat(c, 40) }

// halfway returns an engine that has found some owners: of the two files of testPart, the first of 5 lines.
func halfway() *engine {
	e := &engine{o: Options{IgnoreRevs: []string{id("4")}}.clean(), edge: []string{id("5")}, state: map[string]pending{}, number: map[string]int32{}, walked: 7}
	e.files = []tipFile{{path: "a", lines: 5}, {path: "b", lines: 3}, {path: "empty"}}
	e.own(e.commit(id("1")), []run{{0, 1, 1, 2}})
	e.own(unknown, []run{{0, 4, 9, 1}})
	e.ask(id("2"), "a", []run{{0, 0, 0, 1}})
	e.ask(id("2"), "c", []run{{0, 3, 40, 1}, {1, 0, 0, 1}})
	e.ask(id("3"), "b", []run{{1, 1, 1, 2}})
	return e
}

// begun returns an engine of the same files that has found nothing.
func begun() *engine {
	e := halfway()
	e.state, e.number, e.ids, e.walked = map[string]pending{}, map[string]int32{}, nil, 0
	for i := range e.files {
		e.files[i].owner = nil
	}
	return e
}

func (e *engine) equal(f *engine) bool {
	if len(e.state) != len(f.state) || !slices.Equal(e.ids, f.ids) || e.walked != f.walked {
		return false
	}
	for commit, p := range e.state {
		if len(p) != len(f.state[commit]) {
			return false
		}
		for path, runs := range p {
			if !slices.Equal(runs, f.state[commit][path]) {
				return false
			}
		}
	}
	return slices.EqualFunc(e.files, f.files, func(a, b tipFile) bool { return slices.Equal(a.owner, b.owner) })
}

func TestPart(t *testing.T) {
	data, err := halfway().part(id("9"))
	if err != nil {
		t.Fatal(err)
	}
	p := parsePart(data)
	e := begun()
	if p == nil || !p.of(e) || p.Head.Tip != id("9") {
		t.Fatalf("%+v", p)
	}
	if err := e.resume(p); err != nil || !e.equal(halfway()) {
		t.Fatalf("%v: %+v", err, e)
	}
	for n := range data {
		flipped := bytes.Clone(data)
		flipped[n] ^= 1 << (n % 8)
		if parsePart(data[:n]) != nil || parsePart(flipped) != nil {
			t.Errorf("cut off or flipped at %d, it is taken", n)
		}
	}
	for what, change := range map[string]func(e *engine){
		"space":   func(e *engine) { e.o.IgnoreSpace = true },
		"size":    func(e *engine) { e.o.MaxBlob = 1 },
		"ignored": func(e *engine) { e.o.IgnoreRevs = nil },
		"edge":    func(e *engine) { e.edge = nil },
	} {
		e := begun()
		if change(e); p.of(e) {
			t.Errorf("%s is another", what)
		}
	}
	for what, change := range map[string]func(p *part){
		"a line of nobody":       func(p *part) { p.Runs[slices.Index(p.Runs, 40)+1] = 0 },
		"an unknown owner":       func(p *part) { p.Owners[3] = 5 },
		"a line with two owners": func(p *part) { p.Owners[2]++; p.Owners[4]-- },
		"other files":            func(p *part) { p.Lines[1] = 4 },
		"one more file":          func(p *part) { p.Lines = append(p.Lines, 1) },
		"a commit twice":         func(p *part) { p.IDs = append(p.IDs, p.IDs...) },
		"half an id":             func(p *part) { p.IDs = p.IDs[1:] },
		"no commit":              func(p *part) { p.Commits[0] = "x" },
		"paths":                  func(p *part) { p.Paths = append(p.Paths, "d") },
		"runs":                   func(p *part) { p.Runs = append(p.Runs, 1) },
		"fewer runs":             func(p *part) { p.Runs = p.Runs[:len(p.Runs)-1] },
		"fewer owners":           func(p *part) { p.Owners = p.Owners[:len(p.Owners)-1] },
	} {
		p := parsePart(data)
		change(p)
		if begun().resume(p) == nil {
			t.Errorf("%s: it goes on", what)
		}
	}
	dir := t.TempDir()
	if readPart(dir) != nil || readPart(filepath.Join(dir, "none")) != nil || readPart("") != nil {
		t.Error("what is no part is one")
	}
}

// FuzzPart: no bytes make an engine panic, and one that goes on is one that could have got there.
func FuzzPart(f *testing.F) {
	data, err := halfway().part(id("9"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data[partHead:])
	f.Fuzz(func(t *testing.T, body []byte) {
		data := append([]byte(partMagic), make([]byte, 8)...)
		binary.LittleEndian.PutUint32(data[len(partMagic):], partVersion)
		binary.LittleEndian.PutUint32(data[len(partMagic)+4:], crc32.Checksum(body, castagnoli))
		p := parsePart(append(data, body...))
		if p == nil {
			return
		}
		e := begun()
		if e.resume(p) != nil {
			return
		}
		lines := 0
		for _, f := range e.files {
			for _, owner := range f.owner {
				if owner != unset {
					lines++
				}
			}
		}
		for _, pending := range e.state {
			for _, runs := range pending {
				for _, r := range runs {
					lines += int(r.n)
				}
			}
		}
		if lines != 8 {
			t.Errorf("%d lines of 8", lines)
		}
		again, err := e.part(p.Head.Tip)
		if err != nil {
			return // a tip that is no id is found out when it is asked about
		}
		g := begun()
		if err := g.resume(parsePart(again)); err != nil || !g.equal(e) {
			t.Errorf("it is another when it is kept: %v", err)
		}
	})
}
