package detach

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Whoever reads the output of a hook to its end, as git does, does not wait for what the hook has started.
func TestNobodyWaits(t *testing.T) {
	dir := os.Getenv("REFWARD_TEST_DETACH")
	begun, goOn, done := filepath.Join(dir, "begun"), filepath.Join(dir, "go-on"), filepath.Join(dir, "done")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	switch os.Getenv("REFWARD_TEST_DETACH_AS") {
	case "hook":
		if err := Start(self, []string{"-test.run=TestNobodyWaits"}, append(os.Environ(), "REFWARD_TEST_DETACH_AS=process"), dir); err != nil {
			t.Fatal(err)
		}
		return
	case "process":
		if err := os.WriteFile(begun, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		await(t, goOn)
		if err := os.WriteFile(done, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	dir = t.TempDir()
	begun, goOn, done = filepath.Join(dir, "begun"), filepath.Join(dir, "go-on"), filepath.Join(dir, "done")
	hook := exec.Command(self, "-test.run=TestNobodyWaits")
	hook.Env = append(os.Environ(), "REFWARD_TEST_DETACH="+dir, "REFWARD_TEST_DETACH_AS=hook")
	out, err := hook.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hook.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(out); err != nil {
		t.Fatal(err)
	}
	if err := hook.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(done); err == nil {
		t.Fatal("the process was waited for")
	}
	await(t, begun)
	if err := os.WriteFile(goOn, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	await(t, done)
}

// await waits for a file that another process makes.
func await(t *testing.T, path string) {
	for begin := time.Now(); time.Since(begin) < time.Minute; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
	}
	t.Fatalf("%s does not come", filepath.Base(path))
}

func TestStartFails(t *testing.T) {
	if err := Start(filepath.Join(t.TempDir(), "nothing"), nil, nil, ""); err == nil {
		t.Error("a program that is not there was started")
	}
}
