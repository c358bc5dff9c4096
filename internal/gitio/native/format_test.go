package native

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/internal/gitio/source"
)

// TestFormats opens repositories of every format that git knows, and some that it does not. What is not read is never opened: a
// repository whose refs or objects are elsewhere would look empty.
func TestFormats(t *testing.T) {
	for name, test := range map[string]struct {
		config string
		open   bool
	}{
		"none":                     {"", true},
		"version 0":                {"[core]\nrepositoryformatversion = 0\nbare = true\n", true},
		"version 1":                {"[core]\nrepositoryformatversion = 1\n[extensions]\nobjectFormat = sha1\nrefStorage = files\n", true},
		"worktrees with a config":  {"[core]\nrepositoryformatversion = 1\n[extensions]\nworktreeConfig = true\npreciousObjects\n", true},
		"version 2":                {"[core]\nrepositoryformatversion = 2\n", false},
		"SHA-256":                  {"[core]\nrepositoryformatversion = 1\n[extensions]\nobjectFormat = sha256\n", false},
		"reftable":                 {"[core]\nrepositoryformatversion = 1\n[extensions]\nrefStorage = reftable\n", false},
		"reftable, written oddly":  {"[core]\nrepositoryformatversion = 1\n[EXTENSIONS] REFSTORAGE=\"reftable\" ; why not\n", false},
		"an extension of tomorrow": {"[core]\nrepositoryformatversion = 1\n[extensions]\nwonder = true\n", false},
		"a partial clone":          {"[core]\nrepositoryformatversion = 1\n[extensions]\npartialClone = origin\n", false},
		"a promising remote":       {"[remote \"origin\"]\nurl = x\npromisor = true\n", false},
		"any other remote":         {"[remote \"origin\"]\nurl = x\n", true},
		"two object formats":       {"[extensions]\nobjectFormat = sha256\nobjectFormat = sha1\n", false},
		"not a configuration":      {"[core\n", false},
		"binary":                   {"\x00\x01[x]", false},
		"too much":                 {strings.Repeat("# nothing\n", maxConfig/10+1), false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepo(t)
			if err := os.WriteFile(filepath.Join(r.dir, "config"), []byte(test.config), 0o644); err != nil {
				t.Fatal(err)
			}
			n, err := Open(Options{Dir: r.dir, GitDir: r.dir})
			if (err == nil) != test.open {
				t.Fatalf("opened: %t, %v", err == nil, err)
			}
			if err == nil {
				_ = n.Close()
			} else if name != "too much" && !errors.Is(err, source.ErrUnsupported) {
				t.Errorf("git is not asked: %v", err)
			}
		})
	}
}

// TestDiscover finds the git directory that git finds.
func TestDiscover(t *testing.T) {
	r := newRepo(t)
	work := t.TempDir()
	r.git("", "init", "-q", "-b", "main", "--template=", work)
	deep := filepath.Join(work, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	r.git("", "-C", work, "commit", "-q", "--allow-empty", "-m", "m")
	linked := filepath.Join(t.TempDir(), "linked")
	r.git("", "-C", work, "worktree", "add", "-q", linked)
	for _, dir := range []string{r.dir, filepath.Join(r.dir, "objects"), work, deep, linked} {
		want := r.git("", "-C", dir, "rev-parse", "--absolute-git-dir")
		if got, err := Discover("", dir); got != want || err != nil {
			t.Errorf("in %s found %q, %v, want %q", dir, got, err, want)
		}
	}
	if got, err := Discover(filepath.Join(linked, ".git"), ""); err != nil || got != r.git("", "-C", linked, "rev-parse", "--absolute-git-dir") {
		t.Errorf("by its file %q, %v", got, err)
	}
	for name, text := range map[string]string{"nowhere": "gitdir: nowhere\n", "no name": "x\n", "empty": ""} {
		file := filepath.Join(t.TempDir(), ".git")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := Discover(file, ""); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got, err := Discover("", t.TempDir()); err == nil {
		t.Errorf("outside of any repository: %q", got)
	}
}

// TestShallowFile: an edge that cannot be read is not one that is not there.
func TestShallowFile(t *testing.T) {
	r := newRepo(t)
	good := filepath.Join(t.TempDir(), "shallow")
	for text, ok := range map[string]bool{
		"": true, strings.Repeat("1", 40) + "\n": true, strings.Repeat("1", 40): true,
		"x\n": false, strings.Repeat("1", 64) + "\n": false, "\n": false,
	} {
		if err := os.WriteFile(good, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		n, err := Open(Options{Dir: r.dir, GitDir: r.dir, Getenv: func(name string) string {
			return map[string]string{"GIT_SHALLOW_FILE": good}[name]
		}})
		if (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
		if err == nil {
			_ = n.Close()
		}
	}
}

func FuzzCheckFormat(f *testing.F) {
	f.Add([]byte("[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha256\n"))
	f.Add([]byte("[remote \"a\\\"b\"]\nurl = \"x\\n\" \\\n y ; z\n"))
	f.Add([]byte("[a.b]\nc\n[extensions \"x\"]"))
	path := filepath.Join(f.TempDir(), "config")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		err := checkFormat(path, false)
		if err != nil && !errors.Is(err, source.ErrUnsupported) {
			t.Fatal(err)
		}
	})
}
