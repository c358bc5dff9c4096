package engine

import (
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/securego/gosec/v2"

	"github.com/refward/refward/analyzers/gosec/wire"
)

// suppressing are comments before, in and after code, of which some suppress.
var suppressing = []string{
	"// #nosec", "//#nosec", "/* #nosec */", "// #nosec G401", "// #nosec G401,G501 -- why it is right", "// #nosecG401", "//   #nosec   G401 G404",
	"// why\n// #nosec G401", "// see #nosec\n// #nosec G401", "// why #nosec", "/*\n * #nosec G401\n */", "/*\n#nosec G401\n*/", "// #nosec block",
	"// #nosec block G401", "// #nosec G40", "// #nosec G4O1", "// #nosec G401--", "// #nosec --- why", "// #nosec -- -- why", "// #nosec because G401 is old",
	"//gosec:disable", "//gosec:disable G401 -- why", "// gosec:disable G401", "//gosec:disabled", "//gosec:disable\tG401", "//gosec:disable  G501",
	"//nolint:gosec // #nosec", "//nolint:gosec\n// #nosec G401", "// #nosec G501\n//gosec:disable G401", "//gosec:disable G401\n// why", "// #NOSEC",
	"//go:build linux\n// #nosec", "// #nosec\r\n// G401", "// \u00a0#nosec", "// #nosec G401 #nosec G501", "// nosec", "// #otter G401", "//#otter",
	"//\n//\t#nosec G401", "// -- #nosec", "// #nosec G401\n// G501 -- why\n// not", "/* a */ /* #nosec */", "// G401 #nosec", "// #nosec -- G401",
}

// places are where such a comment can stand.
var places = []string{
	"COMMENT\npackage a\n\nimport \"crypto/md5\"\n\nvar h = md5.New()\n",
	"COMMENT\n\npackage a\n\nimport \"crypto/md5\"\n\nvar h = md5.New()\n",
	"package a\n\nCOMMENT\nimport \"crypto/md5\"\n\nvar h = md5.New()\n",
	"package a\n\nimport \"crypto/md5\" COMMENT\n\nvar h = md5.New()\n",
	"package a\n\nimport \"crypto/md5\"\n\nCOMMENT\nvar h = md5.New()\n",
	"package a\n\nimport \"crypto/md5\"\n\nCOMMENT\n\nvar h = md5.New()\n",
	"package a\n\nimport \"crypto/md5\"\n\nvar h = md5.New() COMMENT\nvar i = md5.New()\n",
	"package a\n\nimport \"crypto/md5\"\n\nfunc f() {\n\tCOMMENT\n\tmd5.New()\n\tmd5.New()\n}\n",
	"package a\n\nimport \"crypto/md5\"\n\nCOMMENT\nfunc f(n int) int8 {\n\tmd5.New()\n\treturn int8(n)\n}\n",
	"package a\n\nimport \"crypto/md5\"\n\nfunc f() {\n\tif true { COMMENT\n\t\tmd5.New()\n\t}\n\tmd5.New()\n}\n\nCOMMENT\n",
	"package a\n\nimport \"crypto/md5\"\n\nvar h = []any{\n\tmd5.New(), COMMENT\n\tmd5.New(),\n\t1,\n}\n",
}

// aFew rules find something in these places.
var aFew = []string{"G401", "G501", "G115"}

// TestNosec holds what comments suppress against gosec, and that each comment that does is listed.
func TestNosec(t *testing.T) {
	settings := map[string]any{"global": map[string]any{"#nosec": "otter"}}
	seen := 0
	for n, options := range []Options{{}, {RequireRules: true}, {RequireReason: true}, {IgnoreNosec: true}, {Settings: settings}} {
		options.Include = aFew
		e := newEngine(t, options)
		conf := gosec.NewConfig()
		for o, on := range map[gosec.GlobalOption]bool{
			gosec.NoSecRequireRules: options.RequireRules, gosec.NoSecRequireJustification: options.RequireReason, gosec.Nosec: options.IgnoreNosec,
		} {
			if on {
				conf.SetGlobal(o, "true")
			}
		}
		if options.Settings != nil {
			conf.SetGlobal(gosec.NoSecAlternative, "otter")
		}
		for i, place := range places {
			if n > 0 && i%5 != n%5 {
				continue // all places with the options that there are by default
			}
			for j, comment := range suppressing {
				if testing.Short() && (i+j)%3 > 0 {
					continue
				}
				src := strings.ReplaceAll(place, "COMMENT", comment)
				if p := typed(map[string]string{"a.go": src}, nil); p == nil || len(p.Errors) > 0 {
					continue // the comment has taken what stands after it
				}
				seen += holdNosec(t, e, conf, src)
			}
		}
	}
	if seen < 150 {
		t.Errorf("only %d findings suppressed", seen)
	}
}

func holdNosec(t *testing.T, e *Engine, conf gosec.Config, src string) int {
	t.Helper()
	p := typed(map[string]string{"a.go": src}, nil)
	if p == nil {
		return 0
	}
	r := all(t, e, p)
	reported, suppressed := mine(r)
	reported, suppressed = withoutCode(reported), withoutCode(suppressed)
	least, leastOf := theirsWith(p.Package, conf, aFew...)
	if !maps.Equal(reported, least) || !maps.Equal(suppressed, leastOf) {
		most, mostOf := maps.Clone(least), maps.Clone(leastOf)
		for range 5 { // gosec goes through comments in a random order
			r, s := theirsWith(p.Package, conf, aFew...)
			narrow(least, most, r)
			narrow(leastOf, mostOf, s)
		}
		within(t, "reported", reported, least, most)
		within(t, "suppressed", suppressed, leastOf, mostOf)
	}
	if len(suppressed) > 0 && len(r.Nosecs) == 0 {
		t.Errorf("something suppresses, and nothing is listed")
	}
	if t.Failed() {
		t.Fatalf("options %+v\n%s", e.options, src)
	}
	return len(suppressed)
}

func withoutCode(lines map[line]int) map[line]int {
	without := map[line]int{}
	for l, n := range lines {
		l.code = ""
		without[l] += n
	}
	return without
}

func TestNosecs(t *testing.T) {
	p := inMemory(t, map[string]string{"dir/a.go": "package a\n\n/*\n#nosec G404, G401 -- for a\n  checksum\n*/\nfunc (t *T[X]) F() {}\n\ntype T[X any] int // see\n\nvar (\n" +
		"\tx = 1\n\ty = 2 //gosec:disable\n)\n", "b.go": "// why\n// #nosec\npackage a\n"})
	want := []wire.Nosec{
		{Path: "b.go", Line: 2, Text: "// why // #nosec"},
		{
			Path: "dir/a.go", Line: 4, Rules: []string{"G404", "G401"}, Justification: "for a\n  checksum", Decl: "func (*T).F",
			Text: "/* #nosec G404, G401 -- for a checksum */",
		},
		{Path: "dir/a.go", Line: 13, Decl: "var y", Text: "//gosec:disable"},
	}
	if r := newEngine(t, Options{IgnoreNosec: true}).Begin(p).Rules(t.Context()); !reflect.DeepEqual(r.Nosecs, want) {
		t.Errorf("listed\n%+v, not\n%+v", r.Nosecs, want)
	}
}

// TestNosecOfOverlappingLines shows that of two comments whose lines overlap each counts, in each run. gosec's program reports one finding or
// two, as it happens.
func TestNosecOfOverlappingLines(t *testing.T) {
	src := "package a\n\nimport (\n\t\"crypto/md5\" // #nosec\n\t\"crypto/des\" // #nosec\n)\n\n// #nosec G401\nfunc f() {\n\tmd5.New()\n\tdes.NewCipher(nil) // #nosec G405\n}\n"
	e := newEngine(t, Options{Exclude: []string{"G104"}})
	for range 20 {
		for _, i := range all(t, e, inMemory(t, map[string]string{"a.go": src})).Issues {
			if !i.Suppressed {
				t.Fatalf("not suppressed: %+v", i)
			}
		}
	}
}

// FuzzNosec holds what a comment suppresses against gosec.
func FuzzNosec(f *testing.F) {
	for i, c := range suppressing {
		f.Add(c, i%len(places))
	}
	e := newEngine(f, Options{Include: aFew})
	f.Fuzz(func(t *testing.T, comment string, place int) {
		if place < 0 || place >= len(places) {
			return
		}
		src := strings.ReplaceAll(places[place], "COMMENT", comment)
		if f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.ParseComments); err != nil || strings.Contains(src, "line ") || f == nil {
			return
		}
		if p := typed(map[string]string{"a.go": src}, nil); p == nil || len(p.Errors) > 0 {
			return
		}
		holdNosec(t, e, gosec.NewConfig(), src)
	})
}
