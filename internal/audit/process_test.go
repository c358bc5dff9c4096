//go:build unix

package audit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// The test binary runs itself as a writer: AUDIT_WRITER is the log, AUDIT_COUNT how many records it appends (0 = until
// it is killed), AUDIT_LIMIT how many bytes its files may have. It prints the push id of each record that Append
// returned for.
func TestMain(m *testing.M) {
	if path := os.Getenv("AUDIT_WRITER"); path != "" {
		if err := writer(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func writer(path string) error {
	count, err := strconv.Atoi(os.Getenv("AUDIT_COUNT"))
	if err != nil {
		return err
	}
	if limit := os.Getenv("AUDIT_LIMIT"); limit != "" {
		n, err := strconv.ParseUint(limit, 10, 64)
		if err != nil {
			return err
		}
		signal.Ignore(syscall.SIGXFSZ) // write(2) then returns EFBIG after a part, as it does ENOSPC on a full disk
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			return err
		}
	}
	for i := 0; count == 0 || i < count; i++ {
		r := decision(NewPushID(), "refs/heads/x", idA, idB)
		r.Repository = strings.Repeat("r", i%3000)
		if err := Append(context.Background(), path, r); err != nil {
			return err
		}
		fmt.Println(r.PushID)
	}
	return nil
}

func writerCommand(t *testing.T, path string, env ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), append([]string{"AUDIT_WRITER=" + path}, env...)...)
	return cmd
}

func TestProcessesShareALog(t *testing.T) {
	t.Parallel()
	const processes, each = 16, 50
	path := filepath.Join(t.TempDir(), "log")
	var wg sync.WaitGroup
	for range processes {
		cmd := writerCommand(t, path, fmt.Sprint("AUDIT_COUNT=", each))
		wg.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("writer: %v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	list, torn := records(t, path)
	seen := map[string]bool{}
	for _, r := range list {
		seen[r.PushID] = true
	}
	if len(list) != processes*each || len(seen) != len(list) || len(torn) != 0 {
		t.Errorf("%d records, %d distinct, torn %q; want %d", len(list), len(seen), torn, processes*each)
	}
}

// Killing writers loses no record that Append returned for, and leaves no lock behind.
func TestKilledWriters(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	for round := range 8 {
		var wg sync.WaitGroup
		for w := range 6 {
			cmd := writerCommand(t, path, "AUDIT_COUNT=0")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				lines := bufio.NewScanner(out)
				for n := 0; lines.Scan(); n++ {
					mu.Lock()
					if id := lines.Text(); len(id) == 26 { // the last may be cut by the kill
						acknowledged[id] = true
					}
					mu.Unlock()
					if n == round+w { // each writer is killed at another time
						if err := cmd.Process.Kill(); err != nil {
							t.Error(err)
						}
					}
				}
				var exit *exec.ExitError
				if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
					t.Errorf("writer ended by itself: %v", err)
				}
			})
		}
		wg.Wait()
	}
	last := decision(NewPushID(), "refs/heads/x", idA, idB)
	mustAppend(t, path, last)
	acknowledged[last.PushID] = true
	list, torn := records(t, path)
	seen := map[string]bool{}
	for _, r := range list {
		if seen[r.PushID] {
			t.Errorf("%s occurs twice", r.PushID)
		}
		seen[r.PushID] = true
	}
	for id := range acknowledged {
		if !seen[id] {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
	t.Logf("%d records, %d acknowledged, %d torn", len(list), len(acknowledged), len(torn))
}

// On a full disk Append fails, takes the part of the line back, and goes on once there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	mustAppend(t, path, decision("first", "refs/heads/x", idA, idB))
	one, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{len(one), len(one) + 1, 2*len(one) - 10} {
		out, err := writerCommand(t, path, "AUDIT_COUNT=1", fmt.Sprint("AUDIT_LIMIT=", limit)).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "append to audit log "+path) || !strings.Contains(string(out), "file too large") {
			t.Errorf("limit %d: error %v, output %s", limit, err, out)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != string(one) {
			t.Errorf("limit %d: error %v, the log holds a part of a line: %q", limit, err, now)
		}
	}
	mustAppend(t, path, decision("second", "refs/heads/x", idA, idB))
	if list, torn := records(t, path); len(list) != 2 || len(torn) != 0 {
		t.Errorf("%d records, torn %q", len(list), torn)
	}
}

// A pipe would block the writer before its deadline could help.
func TestPipeIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Append(t.Context(), path, decision("P", "refs/heads/x", idA, idB)); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("error %v", err)
	}
}
