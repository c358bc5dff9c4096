package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/expertise/upkeep"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

// A writer calls back with what is written to it.
type writer func(text string)

func (w writer) Write(p []byte) (int, error) { w(string(p)); return len(p), nil }

// TestForgetWaits: what an update that is under way writes at its end is erased, too, and neither is torn by the other.
func TestForgetWaits(t *testing.T) {
	for name, args := range map[string][]string{"all": nil, "what is old": {"--older-than", "30"}} {
		b := gitiotest.New(t)
		path := history.Path(b.Dir)
		unlock, err := upkeep.Lock(t.Context(), b.Dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		var out bytes.Buffer
		p := program{environ: append(b.Environ(), "GIT_DIR="+b.Dir), stdout: &out, stderr: writer(func(text string) {
			said += text
			if strings.Contains(text, "waiting") { // now the update comes to its end
				old := time.Now().AddDate(0, 0, -31)
				if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, old, old), unlock()); err != nil {
					t.Error(err)
				}
			}
		})}
		code := p.run(t.Context(), append([]string{"refward", "expertise", "forget"}, args...))
		if _, err := os.Stat(path); code != 0 || err == nil || !strings.Contains(out.String(), "removed "+path) {
			t.Errorf("%s: exit code %d, %v\n%s%s", name, code, err, out.String(), said)
		}
	}
}

// Whoever does not want to wait any more is told that nothing was removed; and where nothing was ever kept, nothing is made.
func TestForgetGivesUp(t *testing.T) {
	b := gitiotest.New(t)
	var out bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	said := ""
	p := program{environ: append(b.Environ(), "GIT_DIR="+b.Dir), stdout: &out, stderr: writer(func(text string) {
		said += text
		if strings.Contains(text, "waiting") {
			cancel()
		}
	})}
	if code := p.run(ctx, []string{"refward", "expertise", "forget"}); code != 0 || !strings.Contains(out.String(), "nothing was kept") {
		t.Errorf("exit code %d\n%s%s", code, out.String(), said)
	}
	if _, err := os.Stat(filepath.Join(b.Dir, "refward")); err == nil {
		t.Error("a directory was made to forget what is in it")
	}
	unlock, err := upkeep.Lock(t.Context(), b.Dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := history.Path(b.Dir)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code := p.run(ctx, []string{"refward", "expertise", "forget"})
	if _, err := os.Stat(path); code != 3 || err != nil || !strings.Contains(said, "nothing was removed") {
		t.Errorf("exit code %d, %v\n%s%s", code, err, out.String(), said)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}
