package goapi_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/goapi"
	"github.com/refward/refward/analyzers/gosec"
)

// realHelper builds the helper program, once.
var realHelper = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "refward-goapi-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, gosec.HelperName)
	out, err := exec.Command("go", "build", "-o", path, "../../cmd/refward-gosec").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := realHelper(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// counted compares with the helper program, and counts how often it is asked.
type counted struct {
	*gosec.APIs
	asked func(dirs []string)
}

func (c counted) Compare(ctx context.Context, dirs []string, before, after fs.FS) (map[string]goapi.Answer, error) {
	if c.asked != nil {
		c.asked(dirs)
	}
	found, err := c.APIs.Compare(ctx, dirs, before, after)
	answers := map[string]goapi.Answer{}
	for dir, f := range found {
		answer := goapi.Answer{Unknown: f.Unknown, Files: f.Files, Before: f.Before, Unexamined: f.Unexamined}
		for _, c := range f.Changes {
			answer.Changes = append(answer.Changes, goapi.Change(c))
		}
		answers[dir] = answer
	}
	return answers, err
}

// analyzer returns the analyzer with a helper program, which knows no types but those of the standard library. asked may be nil.
func analyzer(t *testing.T, helper string, asked func([]string)) *analyzers.Analyzer {
	t.Helper()
	if helper == "" {
		var err error
		if helper, err = realHelper(); err != nil {
			t.Fatal(err)
		}
	}
	opts := goapi.Defaults()
	opts.Exclude = []string{"lab", "x/*/draft"}
	a, err := goapi.New(opts, func(o goapi.Options) goapi.Comparer {
		return counted{gosec.NewAPIs(gosec.Host{Helper: helper}, gosec.APIOptions{GOOS: o.GOOS, GOARCH: o.GOARCH, Cgo: o.Cgo, CPU: o.CPU, Memory: int64(o.Memory) << 20}), asked}
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCases(t *testing.T) { analyzerstest.Run(t, analyzer(t, "", nil), "testdata/*.txtar") }
