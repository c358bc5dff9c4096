package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// records reads the log at path: the records, and the lines that are none.
func records(t *testing.T, path string) (list []Record, torn []string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		if r, err := Decode(line); err == nil && bytes.HasSuffix(line, []byte("\n")) {
			list = append(list, r)
		} else {
			torn = append(torn, string(line))
		}
	}
	return list, torn
}

func mustAppend(t *testing.T, path string, r Record) {
	t.Helper()
	if err := Append(t.Context(), path, r); err != nil {
		t.Fatal(err)
	}
}

func TestAppend(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "dir", "log.jsonl")
	mustAppend(t, path, decision("P1", "refs/heads/x", idA, idB))
	mustAppend(t, path, decision("P2", "refs/heads/x", idB, idA))
	list, torn := records(t, path)
	if len(list) != 2 || len(torn) != 0 || list[0].PushID != "P1" || list[1].PushID != "P2" {
		t.Errorf("records %+v, torn %q", list, torn)
	}
	if runtime.GOOS == "windows" {
		return // which has other permissions
	}
	for name, want := range map[string]os.FileMode{path: 0o600, path + ".lock": 0o600, filepath.Dir(path): 0o700, filepath.Dir(filepath.Dir(path)): 0o700} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: error %v, mode %v, want %v", name, err, info.Mode().Perm(), want)
		}
	}
}

func TestAppendKeepsTheModeOfALogThatIsThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, path, decision("P", "refs/heads/x", idA, idB))
	after, err := os.Stat(path)
	if err != nil || before.Mode() != after.Mode() {
		t.Errorf("error %v, mode %v, was %v", err, after.Mode(), before.Mode())
	}
}

// A killed writer's fragment stays, and costs no other record.
func TestTornLineIsSetApart(t *testing.T) {
	t.Parallel()
	whole, err := encode(decision("P1", "refs/heads/x", idA, idB))
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < len(whole); cut++ {
		path := filepath.Join(t.TempDir(), "log")
		fragment := string(whole[:len(whole)-cut])
		if err := os.WriteFile(path, []byte(string(whole)+fragment), 0o600); err != nil {
			t.Fatal(err)
		}
		mustAppend(t, path, decision("P2", "refs/heads/x", idB, idA))
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(data), "\n")
		if len(lines) != 4 || lines[0]+"\n" != string(whole) || lines[1] != fragment || !strings.Contains(lines[2], `"P2"`) || lines[3] != "" {
			t.Fatalf("cut %d: log is %q", cut, data)
		}
		if id, _, ok, err := FindDecision(path, []Ref{{Ref: "refs/heads/x", Old: idB, New: idA}}, ""); id != "P2" || !ok || err != nil {
			t.Fatalf("cut %d: found %q %v %v", cut, id, ok, err)
		}
		if cut > 40 {
			cut += 37
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(dir, "locked")
	if err := os.Mkdir(locked+".lock", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"a directory":            dir,
		"below a file":           filepath.Join(file, "log"),
		"a lock that is no file": locked,
		"no path":                "",
		"a device":               os.DevNull,
	} {
		err := Append(t.Context(), path, decision("P", "refs/heads/x", idA, idB))
		if err == nil || !strings.Contains(err.Error(), "audit log") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line about the audit log", name, err)
		}
	}
	entries, err := filepath.Glob(dir + "*.lock")
	if err != nil || len(entries) != 0 {
		t.Errorf("error %v, left %q beside the directory", err, entries)
	}
	if r := (Record{Kind: Decision, Time: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}); Append(t.Context(), filepath.Join(dir, "log"), r) == nil {
		t.Error("a time that RFC 3339 cannot write was accepted")
	}
}

func TestWaitForTheLockIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	mustAppend(t, path, decision("P1", "refs/heads/x", idA, idB))
	lock := flock.New(path + ".lock")
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := Append(ctx, path, decision("P2", "refs/heads/x", idA, idB)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want %v", err, context.DeadlineExceeded)
	}
	if list, _ := records(t, path); len(list) != 1 {
		t.Errorf("%d records, want the first alone", len(list))
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, path, decision("P3", "refs/heads/x", idA, idB))
}

func TestGoroutinesShareALog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := Append(t.Context(), path, decision(fmt.Sprint(i), "refs/heads/x", idA, idB)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if list, torn := records(t, path); len(list) != 20 || len(torn) != 0 {
		t.Errorf("%d records, torn %q", len(list), torn)
	}
}

// BenchmarkAppend measures one writer and, with -cpu, several.
func BenchmarkAppend(b *testing.B) {
	path := filepath.Join(b.TempDir(), "log")
	r := decision(NewPushID(), "refs/heads/main", idA, idB)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := Append(b.Context(), path, r); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
