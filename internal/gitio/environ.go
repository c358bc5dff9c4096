package gitio

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// locating are the variables that say where the repository, its objects and its configuration are (git(1),
// "Environment Variables"). Children inherit these and nothing else of Git's: GIT_DIFF_OPTS, GIT_EXTERNAL_DIFF,
// GIT_LITERAL_PATHSPECS, GIT_REPLACE_REF_BASE, GIT_TRACE and the like change what git says.
var locating = map[string]bool{
	"GIT_DIR": true, "GIT_COMMON_DIR": true, "GIT_WORK_TREE": true, "GIT_INDEX_FILE": true, "GIT_NAMESPACE": true,
	"GIT_OBJECT_DIRECTORY": true, "GIT_ALTERNATE_OBJECT_DIRECTORIES": true, "GIT_QUARANTINE_PATH": true,
	"GIT_SHALLOW_FILE": true, "GIT_CEILING_DIRECTORIES": true, "GIT_DISCOVERY_ACROSS_FILESYSTEM": true,
	"GIT_EXEC_PATH": true, "GIT_CONFIG_NOSYSTEM": true, "GIT_CONFIG_SYSTEM": true, "GIT_CONFIG_GLOBAL": true,
	"GIT_CONFIG_COUNT": true, "GIT_CONFIG_PARAMETERS": true,
	"PATH": true, "HOME": true, "XDG_CONFIG_HOME": true, "TMPDIR": true,
	"SYSTEMROOT": true, "USERPROFILE": true, "TEMP": true, "TMP": true, "PATHEXT": true, // Windows programs need them
}

// pathVariables name one path each, which git takes relative to the directory it starts in.
var pathVariables = map[string]bool{
	"GIT_DIR": true, "GIT_COMMON_DIR": true, "GIT_WORK_TREE": true, "GIT_INDEX_FILE": true,
	"GIT_OBJECT_DIRECTORY": true, "GIT_QUARANTINE_PATH": true, "GIT_SHALLOW_FILE": true,
}

// childEnviron returns the environment for git's plumbing: what locates the repository out of environ, its relative paths
// made absolute against dir, and settings that make git read every object as it is.
func childEnviron(environ []string, dir string) []string {
	env := make([]string, 0, len(locating))
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		known := locating[strings.ToUpper(name)] // Windows spells it Path
		if !known && !strings.HasPrefix(name, "GIT_CONFIG_KEY_") && !strings.HasPrefix(name, "GIT_CONFIG_VALUE_") {
			continue
		}
		if pathVariables[name] && value != "" && !filepath.IsAbs(value) {
			value = filepath.Join(dir, value)
		}
		env = append(env, name+"="+value)
	}
	return append(env,
		"GIT_NO_REPLACE_OBJECTS=1",   // a pushed refs/replace/* would show other content than the one that enters
		"GIT_GRAFT_FILE="+os.DevNull, // so would info/grafts
		"GIT_NO_LAZY_FETCH=1",        // a missing object of a partial clone is missing, not to be fetched
		"GIT_ALLOW_PROTOCOL=none",    // nor by a git that does not know that variable (before 2.45, and 2.39.4); nothing here speaks to a remote
		"GIT_OPTIONAL_LOCKS=0",       // never refresh the index
		"GIT_TERMINAL_PROMPT=0",      // nobody is there to answer
		"LC_ALL=C",                   // messages are parsed
	)
}

// pushOptions reads the push options that git hands to a hook (githooks(5), "pre-receive"): GIT_PUSH_OPTION_COUNT and
// GIT_PUSH_OPTION_0 and on. A count that does not fit is an error, since an option could be meant to tighten.
func pushOptions(getenv func(string) string) ([]string, error) {
	count := getenv("GIT_PUSH_OPTION_COUNT")
	if count == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > 1000 {
		return nil, fmt.Errorf("GIT_PUSH_OPTION_COUNT is %q, not a number up to 1000", count)
	}
	options := make([]string, n)
	for i := range options {
		options[i] = getenv("GIT_PUSH_OPTION_" + strconv.Itoa(i))
	}
	return options, nil
}
