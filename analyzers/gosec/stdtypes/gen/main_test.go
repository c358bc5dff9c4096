package main

import (
	"bytes"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers/gosec/stdtypes"
)

// TestUpToDate holds what is embedded against the standard library of the Go that runs the test. Another release of it may have more,
// and may have changed what it does not promise to keep, but not lost what both have.
func TestUpToDate(t *testing.T) {
	root, err := goroot()
	if err != nil {
		t.Fatal(err)
	}
	now, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	if stdtypes.Release() == runtime.Version() {
		was, err := os.ReadFile("../std.types")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(was, now) {
			t.Error("std.types is not what this Go makes\nhint: go generate ./analyzers/gosec/stdtypes")
		}
		license, err := os.ReadFile("../LICENSE")
		if theirs, err2 := os.ReadFile(filepath.Join(root, "LICENSE")); err != nil || err2 != nil || !bytes.Equal(license, theirs) {
			t.Errorf("the licence is not that of the source: %v, %v\nhint: copy LICENSE from GOROOT", err, err2)
		}
		return
	}
	s := newStd(root)
	fset, imports := token.NewFileSet(), map[string]*types.Package{}
	for _, path := range stdtypes.Paths() {
		was, err := stdtypes.Import(fset, imports, path)
		if err != nil {
			t.Fatal(err)
		}
		pkg, err := s.typed(path, "")
		if err != nil {
			t.Logf("%s is embedded and not in %s: %v", path, runtime.Version(), err)
			continue
		}
		for _, name := range was.Scope().Names() {
			o := pkg.Scope().Lookup(name)
			if token.IsExported(name) && o != nil && describe(o) != describe(was.Scope().Lookup(name)) {
				t.Logf("%s is embedded as %s", o, was.Scope().Lookup(name))
			}
		}
	}
}

func describe(o types.Object) string { return types.ObjectString(o, nil) }

// TestPublic holds the list of packages against what the go command calls the standard library.
func TestPublic(t *testing.T) {
	cmd := exec.Command("go", "list", "std")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOOS=linux", "GOARCH=amd64")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for path := range strings.FieldsSeq(string(out)) {
		if path != "unsafe" && path != "builtin" && !strings.Contains("/"+path+"/", "/internal/") && !strings.HasPrefix(path, "vendor/") {
			want = append(want, path)
		}
	}
	slices.Sort(want)
	root, err := goroot()
	if err != nil {
		t.Fatal(err)
	}
	got, err := newStd(root).public()
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("public packages are %q, %v\nwant %q", got, err, want)
	}
}

// TestCgoChangesNothing: the packages that have other files with cgo export the same, so that one set of types will do.
func TestCgoChangesNothing(t *testing.T) {
	root, err := goroot()
	if err != nil {
		t.Fatal(err)
	}
	with := newStd(root)
	with.build.NoCgo = false
	fset, imports := token.NewFileSet(), map[string]*types.Package{}
	for _, path := range []string{"net", "os/user", "plugin", "runtime/cgo"} {
		pkg, err := with.typed(path, "")
		if err != nil {
			t.Fatal(err)
		}
		was, err := stdtypes.Import(fset, imports, path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.Scope().Names() {
			o, e := pkg.Scope().Lookup(name), was.Scope().Lookup(name)
			if token.IsExported(name) && (e == nil || !types.Identical(o.Type().Underlying(), e.Type().Underlying()) && describe(o) != describe(e)) {
				t.Errorf("%s is embedded as %v", o, e)
			}
		}
	}
}
