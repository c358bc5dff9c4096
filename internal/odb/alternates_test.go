package odb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseAlternateDirs(t *testing.T) {
	sep := string(os.PathListSeparator)
	for _, c := range []struct {
		env  string
		want []string
	}{
		{"", nil},
		{"/a", []string{"/a"}},
		{"/a" + sep + sep + "/b" + sep, []string{"/a", "/b"}},
		{`"/a` + sep + `b"` + sep + "/c", []string{"/a" + sep + "b", "/c"}},
		{`"/\"\\\t\303\244"`, []string{"/\"\\\tä"}},
		{`"/open` + sep + "/b", []string{`"/open`, "/b"}},
		{`"/bad\q"` + sep + "/b", []string{`"/bad\q"`, "/b"}},
		{"#/a" + sep + "/b", []string{"/b"}},
	} {
		if got, err := ParseAlternateDirs(c.env); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, %v; want %q", c.env, got, err, c.want)
		}
	}
	if _, err := ParseAlternateDirs(`"/a\000b"`); err == nil {
		t.Error("a zero byte is taken")
	}
	if _, err := ParseAlternateDirs(strings.Repeat("a"+sep, 5000)); err == nil {
		t.Error("5000 directories are taken")
	}
}

// TestAlternates gives each of several repositories an object and links them; the store must find what git finds.
func TestAlternates(t *testing.T) {
	for _, c := range []struct {
		name string
		link func(dirs []string) map[int]string // content of info/alternates
		repo int
	}{
		{"absolute", func(d []string) map[int]string { return map[int]string{0: d[1] + "\n"} }, 2},
		{"relative", func(d []string) map[int]string { return map[int]string{0: "../../r1/objects\n"} }, 2},
		{"chained and relative", func(d []string) map[int]string {
			return map[int]string{0: d[1], 1: "../../r2/objects/", 2: "../../r3/objects"}
		}, 4},
		{"comments, blank lines, quotes", func(d []string) map[int]string {
			return map[int]string{0: "# " + d[1] + "\n\n\n\"" + strings.ReplaceAll(d[2], "r2", `\1622`) + "\"\n\"broken\n" + d[3] + "\n"}
		}, 4},
		{"loop", func(d []string) map[int]string {
			return map[int]string{0: d[1] + "\n" + d[1], 1: d[0] + "\n" + d[2], 2: d[1]}
		}, 3},
		{"missing", func(d []string) map[int]string { return map[int]string{0: d[1] + "x\n" + d[1]} }, 2},
		{"deep", func(d []string) map[int]string {
			links := map[int]string{}
			for i := range 8 {
				links[i] = d[i+1]
			}
			return links
		}, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			var repos []*fixture
			var dirs, ids []string
			for i := range c.repo {
				f := &fixture{t: t, dir: filepath.Join(root, fmt.Sprintf("r%d", i))}
				if err := os.Mkdir(f.dir, 0o777); err != nil {
					t.Fatal(err)
				}
				f.git("", "init", "-q", "--bare", "--template=")
				ids = append(ids, strings.TrimSpace(f.git(fmt.Sprintf("content %d", i), "hash-object", "-w", "--stdin")))
				repos, dirs = append(repos, f), append(dirs, f.objects())
			}
			for i, content := range c.link(dirs) {
				writeFile(t, filepath.Join(dirs[i], "info", "alternates"), []byte(content))
			}
			check := func(f *fixture, s *Store) {
				t.Helper()
				found := 0
				for _, name := range ids {
					_, gitErr := f.try("", "cat-file", "-e", name)
					has, err := s.Has(id(t, name))
					if err != nil || has != (gitErr == nil) {
						t.Errorf("%s: %v, %v; git: %v", name, has, err, gitErr)
					}
					if has {
						found++
					}
				}
				if found < 2 {
					t.Errorf("only %d found", found)
				}
			}
			check(repos[0], open(t, Options{}, dirs[0]))
			// The same out of a quarantine: what was the repository is an alternate now.
			quarantine := filepath.Join(root, "quarantine")
			if err := os.Mkdir(quarantine, 0o777); err != nil {
				t.Fatal(err)
			}
			f := *repos[0]
			f.env = []string{"GIT_OBJECT_DIRECTORY=" + quarantine, "GIT_ALTERNATE_OBJECT_DIRECTORIES=" + dirs[0]}
			check(&f, open(t, Options{}, quarantine, dirs[0]))
		})
	}
}

func TestDirectories(t *testing.T) {
	if _, err := Open(nil, Options{}); err == nil {
		t.Error("no directory is taken")
	}
	root := t.TempDir()
	if _, err := Open([]string{filepath.Join(root, "none")}, Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a first directory that is not there: %v", err)
	}
	link := filepath.Join(root, "link")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	s := open(t, Options{}, root, link, filepath.Join(root, "none"), root+"/.")
	if len(s.Dirs()) != 1 {
		t.Errorf("%q", s.Dirs())
	}
	for _, err := range s.Objects(link) {
		t.Error(err)
	}
	for _, err := range s.Objects(t.TempDir()) {
		if err == nil {
			t.Error("objects of a directory that is not of the store")
		}
	}
	writeFile(t, filepath.Join(root, "info", "alternates"), make([]byte, maxAlternatesSize+1))
	if _, err := Open([]string{root}, Options{}); err == nil {
		t.Error("any number of alternates is taken")
	}
}
