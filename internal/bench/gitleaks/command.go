package gitleaks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// Module is the path of the module whose command and library this is.
const Module = "github.com/zricethezav/gitleaks/v8"

// DecodeDepth is how often an encoded text is decoded again: the command's own default, and what we do.
const DecodeDepth = 5

// Build returns the path of the program in dir, which it builds from the module cache unless it is there. Its name has the version.
func Build(ctx context.Context, dir string) (string, error) {
	version, err := ask(ctx, "list", "-m", "-f", "{{.Version}}", Module)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "gitleaks-"+version)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	// Under another name first: what has the final one is complete.
	if _, err := ask(ctx, "build", "-o", path+".new", Module); err != nil {
		return "", err
	}
	return path, os.Rename(path+".new", path)
}

// ask returns what the go command prints.
func ask(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "go", args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	if err != nil {
		return "", fmt.Errorf("go %s: %w", args[0], err)
	}
	return string(bytes.TrimSpace(out)), nil
}

// Command returns a command that searches what "git log -p" with the given options shows of a repository, and writes its
// report to a file. The rules are the stock ones; comments, files and variables that tell gitleaks to pass over something do not count.
// The options "" mean all of the history.
func Command(ctx context.Context, program, repo, logOpts, report string) *exec.Cmd {
	args := []string{"git", "--report-format", "json", "--report-path", report, "--exit-code", "0", "--ignore-gitleaks-allow",
		"--max-decode-depth", strconv.Itoa(DecodeDepth), "--no-banner", "--log-level", "error"}
	if logOpts != "" {
		args = append(args, "--log-opts", logOpts)
	}
	cmd := exec.CommandContext(ctx, program, append(args, repo)...)
	// The working directory is where it looks for a list of findings to ignore, the repository where it looks for rules.
	cmd.Dir = filepath.Dir(report)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GIT_") && !strings.HasPrefix(v, "GITLEAKS_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C")
	return cmd
}

// A Finding is what the command reports, as far as we compare it.
type Finding struct {
	RuleID, File, Commit, Match, Secret string
	StartLine, StartColumn              int
}

// pathOnly reports whether a rule found the file by its name. The command says so in no other way.
func (f Finding) pathOnly() bool { return f.Secret == "" && f.Match == "file detected: "+f.File }

// Read reads a report.
func Read(path string) ([]Finding, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("report of gitleaks: %w", err)
	}
	var list []Finding
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("report of gitleaks %s: %w", path, err)
	}
	return list, nil
}
