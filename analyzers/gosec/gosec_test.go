package gosec

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
)

// realHelper builds the helper program, once.
var realHelper = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "refward-gosec-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, HelperName)
	out, err := exec.Command("go", "build", "-o", path, "../../cmd/refward-gosec").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

// analyzer returns the analyzer with the real helper, which knows no types but those of the standard library.
func analyzer(t *testing.T, opts Options) *analyzers.Analyzer {
	t.Helper()
	path, err := realHelper()
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(opts, Host{Helper: path})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, built := range []func() (string, error){realHelper, builtHelper} {
		if path, err := built(); err == nil {
			_ = os.RemoveAll(filepath.Dir(path))
		}
	}
	os.Exit(code)
}

func TestCases(t *testing.T) { analyzerstest.Run(t, analyzer(t, Defaults()), "testdata/*.txtar") }

func TestJustified(t *testing.T) {
	opts := Defaults()
	opts.Nosec = NosecJustified
	analyzerstest.Run(t, analyzer(t, opts), "testdata/justified/*.txtar")
}

func TestOptions(t *testing.T) {
	opts := Defaults()
	opts.Exclude, opts.Severity, opts.Tests, opts.Tags, opts.ExcludeDirs = []string{"G401"}, "medium", true, []string{"odd"}, []string{"third"}
	analyzerstest.Run(t, analyzer(t, opts), "testdata/options/*.txtar")
}

// TestContract holds the analyzer to what all of them promise.
func TestContract(t *testing.T) {
	if testing.Short() {
		t.Skip("each of its many runs starts a process")
	}
	insecure := analyzerstest.Change(analyzerstest.Commit("feat: sums (#1)\n", analyzerstest.Added("sum/sum.go",
		"package sum\n\nimport \"crypto/md5\"\n\nfunc Sum(b []byte) [16]byte { return md5.Sum(b) }\n")))
	analyzerstest.Suite(t, analyzer(t, Defaults()), insecure)
}

// TestCheckOptions refuses each option that means nothing.
func TestCheckOptions(t *testing.T) {
	for key, change := range map[string]func(*Options){
		"include[0]":      func(o *Options) { o.Include = []string{"G999"} },
		"exclude[0]":      func(o *Options) { o.Exclude = []string{"g4"} },
		"settings.G9":     func(o *Options) { o.Settings = map[string]map[string]string{"G9": nil} },
		"severity":        func(o *Options) { o.Severity = "critical" },
		"confidence":      func(o *Options) { o.Confidence = "" },
		"nosec":           func(o *Options) { o.Nosec = "yes" },
		"goos":            func(o *Options) { o.GOOS = "windos" },
		"goarch":          func(o *Options) { o.GOARCH = "" },
		"exclude_dirs[0]": func(o *Options) { o.ExcludeDirs = []string{"a/b"} },
		"cpu":             func(o *Options) { o.CPU = 0 },
		"memory":          func(o *Options) { o.Memory = 1 },
	} {
		opts := Defaults()
		change(&opts)
		_, err := New(opts, Host{})
		var wrong *analyzers.OptionError
		if !errors.As(err, &wrong) || wrong.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, err := New(Defaults(), Host{}); err != nil {
		t.Error(err)
	}
}

// TestRuleNames: what a policy gates is what is found.
func TestRuleNames(t *testing.T) {
	for _, r := range documentation() {
		if r.Why == "" || r.Fix == "" || strings.ToLower(r.ID) != r.ID {
			t.Errorf("rule %+v", r)
		}
	}
}
