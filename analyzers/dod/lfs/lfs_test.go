package lfs_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/refward/refward/analyzers/dod/lfs"
)

func TestTracked(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{
		".gitattributes": {Data: []byte("# art\n[attr]big filter=lfs -text\n*.psd filter=lfs diff=lfs merge=lfs -text\r\n*.iso big\n\"with space.bin\" filter=lfs\n" +
			"/top.bin filter=lfs\nart/** filter=lfs\nart/*.txt -filter\n!*.no filter=lfs\ndir/ filter=lfs\n*.{a,b} filter=lfs\n**/deep/x filter=lfs\na**b filter=lfs\n" +
			strings.Repeat("x", 2050) + " filter=lfs\n*.zip filter=other\n*.gz filter\n")},
		"src/.gitattributes":     {Data: []byte("*.psd !filter\n*.lib filter=lfs\nsub/*.o filter=lfs\n[attr]own filter=lfs\n*.own own\n")},
		"src/sub/.gitattributes": {Data: []byte("*.psd filter=lfs\n")},
	}
	a := lfs.New(tree)
	for path, want := range map[string]bool{
		"a.psd": true, "x/y/a.psd": true, "src/a.psd": false, "src/sub/a.psd": true, "a.iso": true, "with space.bin": true,
		"top.bin": true, "x/top.bin": false, "art/a/b": true, "art": false, "art/a.txt": false, "art/x/a.txt": true, "a.no": false, "dir/x": false,
		"x.{a,b}": true, "x.a": false, "deep/x": true, "p/q/deep/x": true, "aXXb": true, "a/b": false, "a.zip": false, "a.gz": false,
		"src/x.lib": true, "x.lib": false, "src/sub/m.o": true, "src/m.o": false, "src/m.own": false,
		"x\xff/a.psd": true, "new\nline.psd": true, strings.Repeat("x", 2050): false,
	} {
		got, err := a.Tracked(path)
		if err != nil || got != want {
			t.Errorf("%q: %v, error %v, want %v", path, got, err, want)
		}
	}
	if s := a.Skipped(); len(s) != 1 || s[0].What != "x\xff/.gitattributes" {
		t.Errorf("skipped %q", s)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	a := lfs.New(fstest.MapFS{
		".gitattributes":   {Data: []byte(strings.Repeat("*.x filter=lfs\n", 3000))},
		"b/.gitattributes": {Data: []byte("[[:alpha:]].y filter=lfs\n")},
		"c/.gitattributes": {Data: make([]byte, 2<<20)},
	})
	for _, path := range []string{"a.x", "b/a.x", "c/a.x"} {
		if got, err := a.Tracked(path); !got || err != nil {
			t.Errorf("%s: %v, error %v", path, got, err)
		}
	}
	if s := a.Skipped(); len(s) != 3 {
		t.Errorf("skipped %q", s)
	}
}

const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"

func TestPointer(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]bool{
		"": true, pointer: true,
		strings.Replace(pointer, "oid", "ext-0-x sha256:"+strings.Repeat("a", 64)+"\noid", 1): true,
		"\n" + pointer: false, pointer + "\x00 and the content": false, "version x\n": false,
		strings.Replace(pointer, "size", "x\nsize", 1):                           false,
		strings.Replace(pointer, "size", strings.Repeat("k v\n", 300)+"size", 1): false,
		strings.Replace(pointer, "v1", "v1\nnothing", 1):                         false,
	} {
		if got := lfs.Pointer([]byte(data)); got != want {
			t.Errorf("%q: %v", data, got)
		}
	}
}

// FuzzTracked: attributes that somebody pushes neither stop the check nor track what no line names.
func FuzzTracked(f *testing.F) {
	f.Add("*.psd filter=lfs", "a.psd")
	f.Add("\"\\303\\244[\" filter=lfs -filter", "x/y")
	f.Add("[attr]a filter=lfs\n**/** a", "\xff")
	f.Fuzz(func(t *testing.T, attributes, path string) {
		if strings.HasPrefix(path, "/") {
			return
		}
		got, err := lfs.New(fstest.MapFS{".gitattributes": {Data: []byte(attributes)}}).Tracked(path)
		if err != nil || got && !strings.Contains(attributes, "filter=lfs") {
			t.Errorf("%v, error %v", got, err)
		}
	})
}
