package secrets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/refward/refward/internal/bench/gitleaks"
)

// modules are dependencies of ours, so that their sources are in the module cache: more than 20 MB of real code, gitleaks' own with its
// many made-up secrets among it. The first few are enough under the race detector, which is ten times slower.
var modules = []string{
	gitleaks.Module, "github.com/sourcegraph/conc", gitleaks.Module,
	"github.com/go-git/go-git/v5", "golang.org/x/crypto", "github.com/ProtonMail/go-crypto", "github.com/klauspost/compress",
	"github.com/cloudflare/circl", "golang.org/x/net", "github.com/andybalholm/brotli", "github.com/urfave/cli/v2",
	"github.com/goccy/go-yaml", "github.com/owenrumney/go-sarif/v3", "github.com/rs/zerolog", "github.com/pelletier/go-toml/v2",
	"github.com/spf13/viper", "github.com/rogpeppe/go-internal", gitleaks.Module,
}

const fewModules = 3

// history makes a repository out of the sources of modules. One after the other takes the same place, so that files come, go,
// change in several places and are renamed.
func history(t *testing.T, modules []string) string {
	t.Helper()
	repo := t.TempDir()
	git := func(args ...string) { execute(t, repo, "git", args...) }
	git("init", "-q", "-b", "main")
	git("config", "gc.auto", "0")
	lib := filepath.Join(repo, "lib")
	commit := func(message string) {
		git("add", "-A")
		git("commit", "-q", "--allow-empty", "-m", message)
	}
	for n, dir := range directories(t, modules) {
		if err := os.RemoveAll(lib); err != nil {
			t.Fatal(err)
		}
		copySources(t, dir, lib, n)
		commit(fmt.Sprintf("lib: %s", modules[n]))
	}
	plant(t, repo)
	commit("plant")
	git("mv", "planted", "moved")
	commit("move")
	git("checkout", "-q", "-b", "side", "HEAD~2")
	write(t, filepath.Join(repo, "side.env"), "SIDE="+token("side")+"\n")
	commit("side")
	git("checkout", "-q", "main")
	git("merge", "-q", "--no-ff", "-m", "Merge branch 'side'", "side")
	return repo
}

// directories returns where the sources of modules are.
func directories(t *testing.T, modules []string) []string {
	t.Helper()
	out := execute(t, "", "go", append([]string{"list", "-m", "-f", "{{.Dir}}"}, modules...)...)
	list := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(list) != len(modules) {
		t.Fatalf("%d directories of %d modules", len(list), len(modules))
	}
	return list
}

// copySources copies a module's text files. Each time other lines are missing, so that a module that comes again differs
// in many places.
func copySources(t *testing.T, from, to string, turn int) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".go", ".md", ".toml", ".yml", ".yaml", ".json", ".mod", ".sum":
		default:
			return nil
		}
		info, err := entry.Info()
		if err != nil || info.Size() > 200_000 {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var kept strings.Builder
		n := 0
		for line := range strings.Lines(string(data)) {
			if n++; n%17 != turn {
				kept.WriteString(line)
			}
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		write(t, filepath.Join(to, rel), kept.String())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// plant writes files in which places are easy to get wrong.
func plant(t *testing.T, repo string) {
	t.Helper()
	for name, text := range map[string]string{
		"with space.txt":   "x\n" + token("space") + "\n",
		"é\t\".txt":        token("quoted") + "\n",
		"no-newline":       "x\ny " + token("end"),
		"dos.ini":          "a=1\r\nb=" + token("dos") + "\r\n\r\n",
		"latin.txt":        "\xe9\xe8 " + token("latin") + " \xff\n",
		"newline.txt":      "x\nabc8Q~" + strings.Repeat("aB3.", 8) + "\n",
		"empty-line.txt":   "\n\n\n  " + token("empty") + "\n",
		"encoded.txt":      "a\nkey: " + "Z2hwX3dXUHc1azRhWGNhVDRm" + "TlAwVWNuWndKVVZGazZMTzBwSU5VeA==\n",
		"twice.txt":        token("twice") + " " + token("twice") + "\n" + token("twice") + "\n",
		"allow.go":         "x := \"" + token("allow") + "\" // gitleaks:allow\n",
		"yarn.lock":        token("lock") + "\n",
		"keys/store.p12":   "text\n",
		"sub/.env.example": "DB_PASSWORD=" + token("x")[4:30] + "\n",
	} {
		if runtime.GOOS == "windows" && strings.ContainsAny(name, "\t\"") {
			continue // no such names there
		}
		write(t, filepath.Join(repo, "planted", name), text)
	}
	draw := seeded(1)
	for n, r := range stockReference(t).rules() {
		if r.Regex != nil {
			text := "\n" + draw.text(t, r.Regex) + "\n\n" + draw.text(t, r.Regex) + "\n"
			name := ".txt"
			if r.Path != nil {
				name = filepath.Base(draw.text(t, r.Path))
			}
			write(t, filepath.Join(repo, "planted", fmt.Sprint(n)+name), text)
		}
	}
}

// execute runs a program that sees no git configuration of the host.
func execute(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, plainEnv()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr(err))
	}
	return out
}

func plainEnv() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GIT_") && !strings.HasPrefix(v, "GITLEAKS_") {
			env = append(env, v)
		}
	}
	return append(env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=A U Thor", "GIT_AUTHOR_EMAIL=author@example.com", "GIT_AUTHOR_DATE=1112911993 +0000",
		"GIT_COMMITTER_NAME=C O Mitter", "GIT_COMMITTER_EMAIL=committer@example.com", "GIT_COMMITTER_DATE=1112911993 +0000")
}

func stderr(err error) []byte {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.Stderr
	}
	return nil
}
