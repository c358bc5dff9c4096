package load

import (
	"go/types"
	"io/fs"
	"testing"
	"testing/fstest"
)

// TestShared: a Loader takes over the types that another one has read, as long as import paths mean the same to both.
func TestShared(t *testing.T) {
	t.Parallel()
	tree := func(mod, line string) fs.FS {
		return fstest.MapFS{
			"go.mod": {Data: []byte("module example.com/m\n\ngo 1.24\n" + mod)},
			"a.go":   {Data: []byte("package m\n\nimport \"bytes\"\n\n" + line + "\n")},
		}
	}
	shared := NewShared()
	buffer := func(tree fs.FS) types.Object {
		l, err := New(Config{Tree: tree, Shared: shared})
		if err != nil {
			t.Fatal(err)
		}
		p, err := l.Package(t.Context(), ".")
		if err != nil {
			t.Fatal(err)
		}
		if p.IllTyped {
			t.Fatal(p.TypeErrors)
		}
		return p.Types.Imports()[0].Scope().Lookup("Buffer")
	}
	first := buffer(tree("", "var b bytes.Buffer"))
	if second := buffer(tree("", "var c bytes.Buffer")); second != first {
		t.Error("what both import is read twice")
	}
	if other := buffer(tree("require example.com/x v1.0.0\n", "var c bytes.Buffer")); other == first {
		t.Error("types are shared where an import path could mean another version")
	}
	if again := buffer(tree("", "var d bytes.Buffer")); again != first {
		t.Error("what was read is gone")
	}
	for _, version := range []string{"v1.1.0", "v1.2.0", "v1.3.0", "v1.4.0"} {
		buffer(tree("require example.com/x "+version+"\n", "var d bytes.Buffer"))
	}
	if again := buffer(tree("", "var d bytes.Buffer")); again == first {
		t.Error("what nobody uses any more is kept")
	}
}
