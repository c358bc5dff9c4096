// Package browsertest finds the browser in which tests look at pages. Without one they are skipped, unless REFWARD_BROWSER is "required", as in CI.
package browsertest

import (
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of a Chromium.
func Program(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("REFWARD_BROWSER") == "required" {
		t.Fatal("REFWARD_BROWSER is required, and no browser is on PATH")
	}
	t.Skip("no browser on PATH")
	return ""
}

// Arguments are what a headless browser is started with, which keeps what it has of its own in profile and asks nobody for anything.
func Arguments(profile string) []string {
	return []string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--user-data-dir=" + profile,
	}
}
