//go:build unix

package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands are what scripts can say beyond testscript's own commands. Paths of repositories are relative to $WORK,
// whatever the current directory.
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"accepted":   cmdAccepted,
	"allowed":    cmdAllowed,
	"begin":      cmdBegin,
	"client":     cmdClient,
	"commit":     cmdCommit,
	"corrupt":    cmdCorrupt,
	"encode":     cmdEncode,
	"exits":      cmdExits,
	"fill":       cmdFill,
	"gitleaks":   cmdGitleaks,
	"https":      cmdHTTPS,
	"let":        cmdLet,
	"nest":       cmdNest,
	"pack":       cmdPack,
	"prints":     cmdPrints,
	"put":        cmdPut,
	"recode":     cmdRecode,
	"refused":    cmdRefused,
	"reported":   cmdReported,
	"same":       cmdSame,
	"says":       cmdSays,
	"server":     cmdServer,
	"sshd":       cmdSSHD,
	"tear":       cmdTear,
	"unjudged":   cmdUnjudged,
	"wellformed": cmdWellFormed,
}

// need ends the script if it uses a command wrongly.
func need(ts *testscript.TestScript, neg bool, ok bool, usage string) {
	if neg || !ok {
		ts.Fatalf("usage: %s", usage)
	}
}

// cmdServer is "server REPO [POLICY]": a bare repository with refward-receive as its pre-receive and post-receive, judging by
// a policy file of $WORK, or by the preset starter.
func cmdServer(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1 || len(args) == 2, "server REPO [POLICY]")
	repo, policy := filepath.Join(worldOf(ts).dir, args[0]), ts.Getenv("REFWARD_POLICY")
	if len(args) == 2 {
		policy = filepath.Join(worldOf(ts).dir, args[1])
	}
	ts.Check(ts.Exec("git", "init", "-q", "--bare", repo))
	ts.Check(ts.Exec("refward", "server", "install", "--policy", policy, "plain", repo))
}

// cmdClient is "client DIR [REPO]": a repository in $WORK whose remote origin is REPO by way of $URL. It becomes the current
// directory.
func cmdClient(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1 || len(args) == 2, "client DIR [REPO]")
	dir := filepath.Join(worldOf(ts).dir, args[0])
	ts.Check(ts.Exec("git", "init", "-q", dir))
	if len(args) == 2 {
		ts.Check(ts.Exec("git", "-C", dir, "remote", "add", "origin", ts.Getenv("URL")+"/"+args[1]))
	}
	ts.Check(ts.Chdir(dir))
}

// cmdPut is "put [-a] FILE LINE…": it writes lines to a file, or adds them. In a line \e, \n, \t, \0 and \xNN are bytes.
func cmdPut(ts *testscript.TestScript, neg bool, args []string) {
	flag := os.O_TRUNC
	if len(args) > 0 && args[0] == "-a" {
		flag, args = os.O_APPEND, args[1:]
	}
	need(ts, neg, len(args) > 0, "put [-a] FILE LINE…")
	var b strings.Builder
	for _, line := range args[1:] {
		b.WriteString(unescape(line) + "\n")
	}
	path := ts.MkAbs(unescape(args[0]))
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|flag, 0o644)
	ts.Check(err)
	_, err = f.WriteString(b.String())
	ts.Check(errors.Join(err, f.Close()))
}

func unescape(s string) string {
	s = strings.NewReplacer(`\e`, "\x1b", `\n`, "\n", `\t`, "\t", `\0`, "\x00", `\r`, "\r").Replace(s)
	for {
		before, after, ok := strings.Cut(s, `\x`)
		if !ok || len(after) < 2 {
			return s
		}
		b, err := strconv.ParseUint(after[:2], 16, 8)
		if err != nil {
			return s
		}
		s = before + string([]byte{byte(b)}) + after[2:]
	}
}

// cmdCommit is "commit SUBJECT [PARAGRAPH]…": everything in the work tree, without the client's hooks. \e and so on are as in put.
func cmdCommit(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) > 0, "commit SUBJECT [PARAGRAPH]…")
	ts.Check(ts.Exec("git", "add", "-A"))
	ts.Check(ts.Exec("git", "commit", "-q", "--no-verify", "--allow-empty", "-m", unescape(strings.Join(args, "\n\n"))))
}

// cmdLet is "let NAME PROGRAM [ARG]…": NAME becomes what the program prints, without the line end.
func cmdLet(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) > 1, "let NAME PROGRAM [ARG]…")
	ts.Check(ts.Exec(args[1], args[2:]...))
	ts.Setenv(args[0], strings.TrimRight(ts.ReadFile("stdout"), "\n"))
}

// cmdNest is "nest FILE DEPTH": a Go file with a number in as many parentheses.
func cmdNest(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "nest FILE DEPTH")
	depth, err := strconv.Atoi(args[1])
	ts.Check(err)
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	ts.Check(os.WriteFile(path, []byte("package deep\n\nvar X = "+strings.Repeat("(", depth)+"1"+strings.Repeat(")", depth)+"\n"), 0o644))
}

// cmdExits is "exits CODE PROGRAM [ARG]…": the program ends with that very code, and what it prints holds neither a secret nor
// a control character.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) > 1, "exits CODE PROGRAM [ARG]…")
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
	checkClean(ts, "stdout", ts.ReadFile("stdout"))
	checkClean(ts, "stderr", ts.ReadFile("stderr"))
}

// cmdCorrupt is "corrupt REPO ID": bytes of a loose object are overwritten, as a failing disk would.
func cmdCorrupt(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2 && len(args[1]) > 2, "corrupt REPO ID")
	dir := filepath.Join(worldOf(ts).dir, args[0])
	if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
		dir = filepath.Join(dir, ".git")
	}
	path := filepath.Join(dir, "objects", args[1][:2], args[1][2:])
	data, err := os.ReadFile(path)
	ts.Check(err)
	for i := len(data) / 2; i < len(data); i++ {
		data[i] ^= 0x55
	}
	ts.Check(os.Chmod(path, 0o644))
	ts.Check(os.WriteFile(path, data, 0o644))
}

// cmdWellFormed is "wellformed json|xml FILE": the file can be read as that, to its end.
func cmdWellFormed(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "wellformed json|xml FILE")
	text := ts.ReadFile(args[1])
	if args[0] == "json" {
		if !json.Valid([]byte(text)) {
			ts.Fatalf("%s is no JSON", args[1])
		}
		return
	}
	in, elements := xml.NewDecoder(strings.NewReader(text)), 0
	for {
		token, err := in.Token()
		if err == io.EOF {
			break
		}
		ts.Check(err)
		if _, ok := token.(xml.StartElement); ok {
			elements++
		}
	}
	if elements == 0 {
		ts.Fatalf("%s has no element", args[1])
	}
}

// cmdTear is "tear FILE": its last line is cut in half, as by a kill in the middle of writing, and so the one before it is its last.
func cmdTear(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1, "tear FILE")
	data := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(data[:len(data)-20]), 0o600))
}
