//go:build unix

package main

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/refward/refward/analyzers/analyzerstest"
)

// The scripts of testdata/script run real git against real repositories with both programs behind it. What a script can use
// beyond testscript's own commands is in scriptCommands and TestMain; each is documented where it is written.
//
// A script has
//
//	$URL       where the repositories of its work directory are reached: file://…, or http://… in TestScriptHTTP
//	$HTTP      the same over HTTP, as the user ada; $HOSTPORT for another user
//	$GHP …     made-up secrets (see fakeSecrets); no file holds one
//	$ZERO      the id that stands for no object
//	$SOURCE    our own module, whose dependencies are all that the go command has there
//
// A refusal is asserted with its exit code, rules, paths and lines, and beside it stands a twin that is accepted. To keep the
// work directory of a script: go test ./cmd/refward -run TestScript/NAME -testwork

// TestMain puts refward, and the programs that only scripts use, on PATH: git, and the hooks that it runs, find them there.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"refward": main,
		"rawpush": func() { os.Exit(status(rawPush(os.Args[1:]))) },
		"objects": func() { os.Exit(status(makeObjects(os.Args[1:]))) },
	})
}

func status(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func TestScript(t *testing.T) { runScripts(t, "file", "*.txtar") }

// TestScriptHTTP runs what is said of pushes once more, through git http-backend.
func TestScriptHTTP(t *testing.T) { runScripts(t, "http", "push-*.txtar") }

func runScripts(t *testing.T, transport, pattern string) {
	buildReceive(t)
	peer(t)
	files, err := filepath.Glob(filepath.Join("../../testdata/script", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts %s: %v", pattern, err)
	}
	testscript.Run(t, testscript.Params{
		Files:              files,
		Cmds:               scriptCommands,
		RequireUniqueNames: true,
		Setup:              func(env *testscript.Env) error { return setUpScript(env, transport) },
	})
}

// buildReceive builds refward-receive and refward-gosec beside refward, which looks for them there: another main package cannot be linked
// into this test.
func buildReceive(t *testing.T) {
	t.Helper()
	refward, err := exec.LookPath("refward")
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"refward-receive", "refward-gosec"} {
		build := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(filepath.Dir(refward), program), "../"+program)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", program, err, out)
		}
	}
}

// starter judges where a script names no policy: the preset, but for tests, since few scripts are about code.
const starter = "version: 1\ngates: {dod/tests-touched: skip}\n"

const gitconfig = `[user]
	name = Ada
	email = ada@example.com
[init]
	defaultBranch = main
[protocol "file"]
	allow = always
[commit]
	gpgSign = false
[gc]
	auto = 0
[maintenance]
	auto = false
[advice]
	detachedHead = false
[merge]
	ff = false
[http]
	postBuffer = 64m # net/http/cgi takes no chunked request
`

// setUpScript makes a world without the host's configuration: a home, pinned dates, the preset starter, an HTTP server.
func setUpScript(env *testscript.Env, transport string) error {
	home := filepath.Join(env.WorkDir, ".home")
	err := os.MkdirAll(home, 0o755)
	source, absErr := filepath.Abs("../..")
	err = errors.Join(err, absErr)
	for name, text := range map[string]string{".gitconfig": gitconfig, "starter.yaml": starter} {
		err = errors.Join(err, os.WriteFile(filepath.Join(home, name), []byte(text), 0o644))
	}
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"HOME": home, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C", "TZ": "UTC", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true",
		"GIT_CEILING_DIRECTORIES": env.WorkDir,
		"GIT_AUTHOR_DATE":         "2024-05-06T07:08:09Z", "GIT_COMMITTER_DATE": "2024-05-06T07:08:09Z",
		// A file of the machine's, /etc/refward/policy.yaml, would otherwise count.
		"REFWARD_POLICY": filepath.Join(home, "starter.yaml"),
		"ZERO":           "0000000000000000000000000000000000000000",
		"GOMODCACHE":     moduleCache(), "GOPROXY": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "SOURCE": source,
	} {
		env.Setenv(name, value)
	}
	w := &world{dir: env.WorkDir, read: map[string]int{}}
	for name, secret := range fakeSecrets() {
		env.Setenv(name, secret)
		w.secrets = append(w.secrets, secret)
	}
	url, stop, err := serveHTTP(env.WorkDir, env.Vars)
	if err != nil {
		return err
	}
	env.Defer(stop)
	env.Setenv("HTTP", url)
	env.Setenv("URL", url)
	env.Setenv("HOSTPORT", strings.TrimPrefix(url, "http://ada:pass@"))
	if transport == "file" {
		env.Setenv("URL", "file://"+env.WorkDir)
	}
	env.Values[worldKey{}] = w
	return nil
}

// moduleCache is the module cache that the tests were built from.
var moduleCache = sync.OnceValue(func() string {
	out, _ := exec.Command("go", "env", "GOMODCACHE").Output()
	return strings.TrimSpace(string(out))
})

// fakeSecrets returns made-up secrets by the names of the variables that scripts know them by.
func fakeSecrets() map[string]string {
	return map[string]string{
		"GHP":      analyzerstest.Fake("ghp_", "alnum", 36),          // secrets/github-pat
		"GHP2":     analyzerstest.Fake("ghp_", "alnum", 36, "other"), // another one
		"GHP3":     analyzerstest.Fake("ghp_", "alnum", 36, "third"), // and another one
		"PASSWORD": analyzerstest.Fake("", "alnum", 20),              // of no provider
		// A private key's text: lines of base64, in a PEM file secrets/private-key.
		"PEM1":    analyzerstest.Fake("MII", "alnum", 61),
		"PEM2":    analyzerstest.Fake("", "alnum", 64, "pem"),
		"PEM3":    analyzerstest.Fake("", "alnum", 40, "pem"),
		"AWS":     analyzerstest.Fake("AKIA", "base32", 16), // secrets/aws-access-token
		"DOP":     analyzerstest.Fake("dop_v1_", "hex", 64), // secrets/digitalocean-pat
		"GENERIC": analyzerstest.Fake("", "alnum", 40),      // secrets/generic-api-key beside a name such as api_key
	}
}

// A world is what the commands of one script share.
type world struct {
	dir     string         // $WORK
	secrets []string       // must be in no output and no record
	read    map[string]int // decisions of a repository that the script has spoken about
	pending int            // of the unread ones, how many it has named by their ref

	tls *httptest.Server // see cmdHTTPS
}

type worldKey struct{}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// git runs git for a command of the scripts, outside of what is tested.
func (w *world) git(ts *testscript.TestScript, dir string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + ts.Getenv("HOME"), "GIT_CONFIG_NOSYSTEM=1", "GIT_NO_REPLACE_OBJECTS=1", "LC_ALL=C"}
	out, err := cmd.Output()
	return string(out), err
}
