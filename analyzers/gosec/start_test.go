package gosec

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkStart measures what it costs to start each program, in CPU time: those that everybody waits for, and the helper that links gosec.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	if out, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", dir+string(os.PathSeparator), "../../cmd/...").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	for _, command := range [][]string{{"refward", "version"}, {"refward-receive", "--version"}, {HelperName}} {
		b.Run(command[0], func(b *testing.B) {
			used := 0.0
			for b.Loop() {
				cmd := exec.Command(filepath.Join(dir, command[0]), command[1:]...)
				_ = cmd.Run() // without an argument the helper only says what it is for
				used += (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
			}
			b.ReportMetric(1000*used/float64(b.N), "CPU-ms/op")
		})
	}
}
