package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/analyzers/gosec"
)

// runInstaller runs one of the installer's commands in a directory and returns its exit code and everything it says.
func runInstaller(t *testing.T, dir string, args ...string) (int, string) {
	t.Helper()
	t.Chdir(dir)
	var out bytes.Buffer
	p := program{environ: os.Environ(), stdin: strings.NewReader(""), stdout: &out, stderr: &out}
	code := p.run(t.Context(), append([]string{"refward"}, args...))
	return code, out.String()
}

// installerWorld is a directory with a work tree "repo", a bare repository "srv/a.git", a program and a policy.
func installerWorld(t *testing.T) string {
	t.Helper()
	for _, kv := range os.Environ() {
		if name, value, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "GIT_") {
			t.Setenv(name, value) // so that it comes back
			os.Unsetenv(name)
		}
	}
	dir := filepath.Join(t.TempDir(), "a place")
	besideSelf(t, gosec.HelperName) // which doctor looks for
	for name, text := range map[string]string{"bin/refward-receive": "#!/bin/sh\n", "bin/refward-gosec": "#!/bin/sh\n", "bad.yaml": "nonsense: 1\n", "good.yaml": "version: 1\n", "off.yaml": "mode: off\n",
		"nowhere.yaml": "audit: {file: /dev/null/audit.jsonl}\n", "unknown.yaml": "gates: {nosuch: block}\n", "gitconfig": ""} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(dir, "gitconfig"))
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CEILING_DIRECTORIES", dir)
	t.Setenv("HOME", dir)
	t.Setenv("REFWARD_POLICY", filepath.Join(dir, "good.yaml")) // the machine's would count otherwise
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	for _, args := range [][]string{{"init", "-q", dir + "/repo"}, {"init", "-q", "--bare", dir + "/srv/a.git"}} {
		if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	return dir
}

// besideSelf puts an empty file beside the test's own program.
func besideSelf(t *testing.T, name string) {
	t.Helper()
	self, err := thisProgram()
	if err == nil {
		err = os.WriteFile(filepath.Join(filepath.Dir(self), name), nil, 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestDoctorMissesTheHelper: without the helper program Go code is not checked.
func TestDoctorMissesTheHelper(t *testing.T) {
	d := helperDiagnosis(func() (string, error) { return filepath.Join(t.TempDir(), "refward"), nil })
	if _, err := os.Stat("/usr/local/bin/refward-gosec"); err == nil {
		t.Skip("it is installed on this machine")
	}
	if !d.Problem() || !strings.Contains(d.Detail, "Go code is not checked") || d.Hint == "" {
		t.Errorf("%+v", d)
	}
}

func TestInstallerCommands(t *testing.T) {
	type step struct {
		args []string
		exit int
		says string
	}
	run := func(name, in string, steps ...step) {
		t.Run(name, func(t *testing.T) {
			dir := installerWorld(t)
			for _, s := range steps {
				if text := map[string]string{"edit": "# mine\n", "break": "nonsense: 1\n"}[s.args[0]]; text != "" {
					f, err := os.OpenFile(filepath.Join(dir, s.args[1]), os.O_APPEND|os.O_WRONLY, 0)
					if err != nil {
						t.Fatal(err)
					}
					_, err = f.WriteString(text)
					if err = errors.Join(err, f.Close()); err != nil {
						t.Fatal(err)
					}
					continue
				}
				exit, out := runInstaller(t, filepath.Join(dir, in), s.args...)
				if exit != s.exit || !strings.Contains(out, s.says) {
					t.Errorf("refward %q: exit %d, want %d and %q:\n%s", s.args, exit, s.exit, s.says, out)
				}
			}
		})
	}
	args := func(line string) []string { return strings.Fields(line) }

	run("client", "repo",
		step{args("doctor"), 1, "error: pre-commit: missing: "},
		step{args("install"), 0, "pre-push: installed ("},
		step{args("install"), 0, "pre-push: already installed ("},
		step{args("doctor"), 0, "success: all well\n"},
		step{args("edit repo/.git/hooks/pre-push"), 0, ""},
		step{args("doctor"), 1, "hint: refward install --force\nerror: 1 problem\n"},
		step{args("install"), 2, "somebody changed it\nhint: "},
		step{args("uninstall"), 1, "error: 1 of the hooks kept"},
		step{args("uninstall --force"), 0, "pre-push: removed ("},
		step{args("uninstall"), 0, "nothing to take out\n"})
	run("some hooks", "repo",
		step{args("install --hooks pre-push,commit-msg"), 0, "commit-msg: installed"},
		step{args("doctor"), 0, "pre-commit: not installed: "},
		step{args("doctor"), 0, "success: all well"},
		step{args("doctor --hooks pre-push,pre-commit"), 1, "error: 1 problem\n"},
		step{args("doctor --hooks pre-push,commit-msg"), 0, "success: all well"},
		step{args("install --hooks pre-rebase"), 2, "is not a hook that Refward installs"},
		step{args("install --hooks="), 2, "is not a hook that Refward installs"})
	run("global", "repo",
		step{args("doctor --global"), 1, "error: pre-commit: missing"},
		step{args("install --global"), 0, "pre-commit: installed"},
		step{args("doctor --global"), 0, "success: all well"},
		step{args("doctor"), 0, "success: all well"},
		step{args("uninstall --global"), 0, "pre-commit: removed"})
	run("no repository", "srv",
		step{args("install"), 2, "not a git repository"},
		step{args("uninstall"), 2, "not a git repository"},
		step{args("doctor"), 2, "not a git repository"})
	run("bare repository", "srv/a.git",
		step{args("install"), 2, "is a bare repository: client hooks belong where commits are made\nhint: for the pushes that it receives: refward server install plain "},
		step{args("doctor"), 2, "hint: for the pushes that it receives: refward server doctor plain "},
		step{args("uninstall"), 0, "nothing to take out"})
	run("arguments", "repo",
		step{args("install now"), 2, "wants no arguments"},
		step{args("install now --global"), 2, `flags come before arguments, and "--global" comes after one`},
		step{args("server install plain"), 2, "wants KIND and DIR"},
		step{args("server install plain ../srv/a.git --force"), 2, "flags come before arguments"},
		step{args("server doctor svn ../srv/a.git"), 2, "hint: KIND is one of plain, gitea"})
	run("server", "",
		step{args("server doctor plain srv"), 1, "srv/a.git: not covered: "},
		step{args("server install plain srv/a.git"), 2, "refward-receive cannot be read"},
		step{args("server install --receive bin/refward-receive --policy bad.yaml plain srv/a.git"), 2, "bad.yaml:1:1: "},
		step{args("server install --receive bin/refward-receive --policy unknown.yaml plain srv/a.git"), 2, `there is no analyzer "nosuch"`},
		step{args("server install --receive bin/refward-receive --policy none.yaml plain srv/a.git"), 2, "none.yaml"},
		step{args("server doctor plain srv"), 1, "not covered"},
		step{args("server install --receive bin/refward-receive --policy good.yaml plain srv"), 2, "is not a Git repository"},
		step{args("server install --receive bin/refward-receive --policy good.yaml plain srv/a.git"), 0, "pre-receive: installed ("},
		step{args("server doctor --receive bin/refward-receive --policy good.yaml plain srv/a.git"), 0, "success: all well"},
		step{args("server doctor --policy bad.yaml plain srv"), 1, "pre-receive: stale: its policy is "},
		step{args("edit good.yaml"), 0, ""},
		step{args("server doctor plain srv"), 0, "success: all well"},
		step{args("server install plain srv/a.git"), 0, "/good.yaml, kept from before; --policy names another\n"},
		step{args("server doctor --policy good.yaml plain srv"), 0, "success: all well"},
		step{[]string{"server", "install", "--policy", "", "plain", "srv/a.git"}, 2, "--policy: wants a path, has none"},
		step{args("server install --receive bin/refward-receive gitea srv/a.git"), 2, "gitea admin regenerate hooks"},
		step{args("edit srv/a.git/hooks/pre-receive"), 0, ""},
		step{args("server uninstall plain srv/a.git"), 1, "error: 1 of the hooks kept"},
		step{args("server uninstall --force plain srv/a.git"), 0, "pre-receive: removed ("})
	run("a policy that broke later", "",
		step{args("server install --receive bin/refward-receive --policy good.yaml plain srv/a.git"), 0, ""},
		step{args("break good.yaml"), 0, ""},
		step{args("server doctor plain srv/a.git"), 1, "good.yaml: broken: "},
		step{args("server install plain srv/a.git"), 2, "hint: refward policy check "})
	run("a policy that judges nothing", "",
		step{args("server install --receive bin/refward-receive --policy off.yaml plain srv/a.git"), 0, "their policy is "},
		step{args("server doctor plain srv/a.git"), 0, "off.yaml: off: nothing is judged, "},
		step{args("server doctor plain srv/a.git"), 0, "installed; see the warnings above\n"})
	run("a record that cannot be written", "",
		step{args("server install --receive bin/refward-receive --policy nowhere.yaml plain srv/a.git"), 0, ""},
		step{args("server doctor plain srv/a.git"), 1, "error: /dev/null/audit.jsonl: broken: "})
	run("the default policy", "",
		step{args("server install --receive bin/refward-receive plain srv/a.git"), 0, "they name no policy: "},
		step{args("server doctor plain srv/a.git"), 0, "success: all well"},
		step{args("break good.yaml"), 0, ""},
		step{args("server doctor plain srv/a.git"), 1, "good.yaml: broken: "})
}

func TestDoctorReadsTheDefaultPolicy(t *testing.T) {
	dir := installerWorld(t)
	repo := filepath.Join(dir, "repo")
	if exit, out := runInstaller(t, repo, "install"); exit != 0 {
		t.Fatal(out)
	}
	for file, want := range map[string]struct {
		exit int
		says string
	}{
		"good.yaml": {0, "success: all well"}, "off.yaml": {0, "off.yaml: off: nothing is judged, "}, "bad.yaml": {1, "bad.yaml:1:1: "}, "none.yaml": {1, "none.yaml: broken: "},
	} {
		t.Setenv("REFWARD_POLICY", filepath.Join(dir, file))
		exit, out := runInstaller(t, repo, "doctor")
		if exit != want.exit || !strings.Contains(out, want.says) || want.says[0] != 's' && strings.Contains(out, "all well") {
			t.Errorf("%s: exit %d, want %d and %q:\n%s", file, exit, want.exit, want.says, out)
		}
	}
}

func TestInstallerCommandsTeach(t *testing.T) {
	commands := []*cli.Command{installCommand(), uninstallCommand(), program{}.doctorCommand()}
	commands = append(commands, serverCommand().Subcommands...)
	for _, c := range commands {
		if c.Usage == "" || c.ArgsUsage == "" || !strings.Contains(c.Description, "\n   refward ") {
			t.Errorf("%s: no usage, arguments or example", c.Name)
		}
	}
}
