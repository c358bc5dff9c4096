package installer

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain takes out what a Git hook that runs these tests would leave in the environment.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && strings.HasSuffix(os.Args[1], "-as-nobody") {
		os.Exit(actAsNobody(os.Args[1], os.Args[2]))
	}
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "GIT_") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// A world is a directory with a stand-in for Refward's programs, a user's configuration and repositories. Its name
// has what shells stumble over.
type world struct {
	t       *testing.T
	root    string
	program string // records how it was run, and exits with what the file "exit" says
	config  string // the user's configuration directory
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, root: filepath.Join(t.TempDir(), `it's a "$HOME" \place`)}
	w.config = filepath.Join(w.root, "home", ".config")
	for name, value := range map[string]string{
		"HOME": filepath.Join(w.root, "home"), "XDG_CONFIG_HOME": w.config,
		"GIT_CONFIG_GLOBAL": filepath.Join(w.root, "home", "gitconfig"), "GIT_CONFIG_SYSTEM": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
		"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
	} {
		t.Setenv(name, value)
	}
	w.file("home/gitconfig", "[init]\n\tdefaultBranch = main\n[advice]\n\tignoredHook = false\n", 0o644)
	w.program = w.fake("bin/refward")
	return w
}

// file writes a file below the root and returns its path.
func (w *world) file(name, text string, mode os.FileMode) string {
	w.t.Helper()
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(w.root, name)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// fake writes a program that records how it is run.
func (w *world) fake(name string) string {
	record := quote(filepath.Join(w.root, "record"))
	return w.file(name, "#!/bin/sh\nmkdir -p "+record+"\nprintf '%s\\n' \"$*\" >>"+record+"/argv\ncat >"+record+
		"/stdin\necho judged >&2\nexit \"$(cat "+record+"/exit 2>/dev/null || echo 0)\"\n", 0o755)
}

// verdict makes the stand-in exit with a code from now on.
func (w *world) verdict(code string) { w.file("record/exit", code, 0o644) }

// recorded returns what the stand-in recorded under a name since the last time it was asked.
func (w *world) recorded(name string) string {
	w.t.Helper()
	path := filepath.Join(w.root, "record", name)
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	os.Remove(path)
	return string(data)
}

// repo makes a repository below the root and returns its path.
func (w *world) repo(name string, args ...string) string {
	w.t.Helper()
	path := filepath.Join(w.root, name)
	w.git(w.root, append(append([]string{"init", "-q"}, args...), path)...)
	return path
}

// git runs Git, which must succeed, and returns what it says.
func (w *world) git(dir string, args ...string) string {
	w.t.Helper()
	out, err := w.try(dir, args...)
	if err != nil {
		w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// refused runs Git, which must fail, and returns what it says.
func (w *world) refused(dir string, args ...string) string {
	w.t.Helper()
	out, err := w.try(dir, args...)
	if err == nil {
		w.t.Fatalf("git %s: succeeded\n%s", strings.Join(args, " "), out)
	}
	return out
}

func (w *world) try(dir string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// run runs a hook's file as Git would, and returns its exit code and what it says.
func (w *world) run(dir, hook, stdin string, args ...string) (int, string) {
	w.t.Helper()
	cmd := exec.Command(hook, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		w.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

func (w *world) client(dir string) Client { return Client{Dir: dir, Program: w.program} }

func (w *world) install(c Client) Result {
	w.t.Helper()
	done, err := c.Install(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return done
}

func (w *world) uninstall(c Client) Result {
	w.t.Helper()
	done, err := c.Uninstall(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return done
}

// states returns what doctor says, as "subject: state" lines.
func (w *world) states(all []Diagnosis, err error) string {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	var b strings.Builder
	for _, d := range all {
		b.WriteString(strings.ReplaceAll(d.Subject, w.root, "ROOT") + ": " + string(d.State) + "\n")
	}
	return b.String()
}

// tree returns what is in a directory: names, modes, link targets and contents, without Git's samples.
func (w *world) tree(dir string) string {
	w.t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		w.t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".sample") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		info, err := os.Lstat(path)
		if err != nil {
			w.t.Fatal(err)
		}
		to, _ := os.Readlink(path)
		data, _ := os.ReadFile(path)
		b.WriteString(info.Mode().String() + " " + e.Name() + " " + to + "\n" + string(data) + "\n")
	}
	return b.String()
}

func dids(done Result) string {
	var all []string
	for _, s := range done.Steps {
		all = append(all, s.Hook+" "+string(s.Did))
	}
	return strings.Join(all, "; ")
}

func contains(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s lacks %q:\n%s", what, p, text)
		}
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%v\nwant:\n%v", what, got, want)
	}
}

// refusal asserts that err tells the user what is wrong and what to type.
func refusal(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one about %q", parts)
	}
	contains(t, "the error", err.Error(), append(parts, "\nhint: ")...)
}
