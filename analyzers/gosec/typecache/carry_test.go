package typecache

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"
)

func TestExportImport(t *testing.T) {
	from, to := open(t, t.TempDir()), open(t, filepath.Join(t.TempDir(), "new"))
	all := sample(t, from)
	put(t, from, modB, map[string]Package{"example.com/A/sub": all["example.com/A/sub"]})
	var archive, again bytes.Buffer
	if err := from.Export(&archive); err != nil {
		t.Fatal(err)
	}
	got, err := to.Import(t.Context(), bytes.NewReader(archive.Bytes()))
	if want := []module.Version{modA, modB}; err != nil || !slices.Equal(got, want) {
		t.Fatalf("imported %v, %v", got, err)
	}
	if err := to.Export(&again); err != nil || !bytes.Equal(archive.Bytes(), again.Bytes()) {
		t.Errorf("what was imported is not what was exported: %v", err)
	}
	if _, err := to.Package(token.NewFileSet(), map[string]*types.Package{}, modB, "example.com/A/sub"); err != nil {
		t.Error(err)
	}
	again.Reset()
	if err := from.Export(&again, modB); err != nil || again.Len() >= archive.Len() {
		t.Errorf("one module has %d bytes of %d: %v", again.Len(), archive.Len(), err)
	}
	if err := from.Export(io.Discard, module.Version{Path: "example.com/none", Version: "v1.0.0"}); err == nil {
		t.Error("exported what is not there")
	}
}

func TestHostileArchives(t *testing.T) {
	from := open(t, t.TempDir())
	sample(t, from)
	file, err := from.whole(modA)
	if err != nil {
		t.Fatal(err)
	}
	const name = "example.com/!a@v1.2.3.types"
	damaged := bytes.Clone(file)
	damaged[len(damaged)-3] ^= 1
	entry := func(h tar.Header, data []byte) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		h.Size = int64(len(data))
		if err := errors.Join(w.WriteHeader(&h), func() error { _, err := w.Write(data); return err }(), w.Close()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	regular := func(name string, data []byte) []byte {
		return entry(tar.Header{Typeflag: tar.TypeReg, Name: name}, data)
	}
	good := regular(name, file)
	huge := bytes.Clone(good)
	copy(huge[124:136], "77777777777\x00") // the size; the sum of the header is then wrong too
	for what, archive := range map[string][]byte{
		"empty":        {},
		"no archive":   []byte(strings.Repeat("hello ", 200)),
		"torn":         good[:700],
		"huge":         huge,
		"escape":       regular("../"+name, file),
		"absolute":     regular("/"+name, file),
		"inner escape": regular("example.com/../"+name, file),
		"other name":   regular("wanted.txt", []byte("example.com/x v1.0.0 2024-01-01\n")),
		"lock":         regular(".lock", nil),
		"other module": regular("example.com/b@v1.2.3.types", file),
		"damaged":      regular(name, damaged),
		"not types":    regular(name, []byte("hello")),
		"link":         entry(tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: "/etc/passwd"}, nil),
		"hard link":    entry(tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: "/etc/passwd"}, nil),
		"directory":    entry(tar.Header{Typeflag: tar.TypeDir, Name: "example.com/"}, nil),
	} {
		dir := filepath.Join(t.TempDir(), "cache")
		c := open(t, dir)
		got, err := c.Import(t.Context(), bytes.NewReader(archive))
		if !errors.Is(err, ErrArchive) && !errors.Is(err, ErrDamaged) || len(got) != 0 {
			t.Errorf("%s: imported %v, %v", what, got, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: something was written", what)
		}
	}
	if got, err := open(t, t.TempDir()).Import(t.Context(), bytes.NewReader(good)); err != nil || len(got) != 1 {
		t.Errorf("the archive that they are made of: %v, %v", got, err)
	}
}

func TestWanted(t *testing.T) {
	dir := t.TempDir()
	if err := open(t, filepath.Join(dir, "none")).Want([]module.Version{modA}, time.Now()); err == nil {
		t.Error("noted in a directory that is not there")
	}
	c := open(t, dir)
	day := time.Date(2024, 5, 6, 23, 0, 0, 0, time.UTC)
	want := func(list ...module.Version) {
		t.Helper()
		if err := c.Want(list, day); err != nil {
			t.Fatal(err)
		}
	}
	want(modB, modA, modB)
	want(modA, module.Version{Path: "example.com/x\nexample.com/y", Version: "v1.0.0"}, module.Version{Path: "../../x", Version: "v1.0.0"}, module.Version{Path: "example.com/x"})
	data, err := os.ReadFile(filepath.Join(dir, WantedName))
	if text := "example.com/b/v2 v2.0.0-20240101000000-abcdefabcdef 2024-05-06\nexample.com/A v1.2.3 2024-05-06\n"; err != nil || string(data) != text {
		t.Errorf("the list is %q, %v", data, err)
	}
	sample(t, c) // modA, which is then no longer wanted
	list, err := c.Wanted()
	if err != nil || len(list) != 1 || list[0].Module != modB || list[0].Since.Format(time.DateOnly) != "2024-05-06" {
		t.Errorf("wanted is %v, %v", list, err)
	}

	// What is torn or foreign does no harm.
	if err := os.WriteFile(filepath.Join(dir, WantedName), []byte("x\n\x00\nexample.com/c v1.0.0 yesterday\nexample.com/d v1."), 0o600); err != nil {
		t.Fatal(err)
	}
	want(modB)
	if list, err := c.Wanted(); err != nil || len(list) != 1 || list[0].Module != modB {
		t.Errorf("after a torn line: %v, %v", list, err)
	}

	// A push adds a few, and all pushes together no more than fits.
	var many []module.Version
	for i := range 20_000 {
		many = append(many, module.Version{Path: fmt.Sprintf("example.com/invented/by/a/pusher/%d", i), Version: "v1.0.0"})
	}
	want(many...)
	if list, err := c.Wanted(); err != nil || len(list) != 1+maxWantedOnce {
		t.Errorf("one push has added %d, %v", len(list)-1, err)
	}
	line := []byte("example.com/some/module v1.0.0 2024-05-06\n")
	if err := os.WriteFile(filepath.Join(dir, WantedName), bytes.Repeat(line, maxWanted/len(line)), 0o600); err != nil {
		t.Fatal(err)
	}
	want(many...)
	if info, err := os.Stat(filepath.Join(dir, WantedName)); err != nil || info.Size() > maxWanted {
		t.Errorf("the list has grown: %v, %v", info.Size(), err)
	}
}
