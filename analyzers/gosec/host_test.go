package gosec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTypesDir(t *testing.T) {
	if got := TypesDir(func(name string) string { return map[string]string{"REFWARD_TYPES": "/x"}[name] }); got != "/x" {
		t.Errorf("with REFWARD_TYPES: %q", got)
	}
	if _, err := os.Stat(systemTypes); err == nil {
		t.Skip("this machine has " + systemTypes)
	}
	if got := TypesDir(func(string) string { return "" }); got != "" && !strings.HasSuffix(got, filepath.Join("refward", "types")) {
		t.Errorf("default is %q", got)
	}
}
