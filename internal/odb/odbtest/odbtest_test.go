package odbtest

import (
	"bytes"
	"compress/zlib"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPack has git look at a pack with a delta.
func TestPack(t *testing.T) {
	dir := t.TempDir()
	git := func(args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	git("init", "-q", "--bare", ".")
	p := NewPack()
	one := p.Add("blob", "one\n")
	two := ID("blob", "one\ntwo\n")
	p.Append(two, one, 4, "two\n")
	tree := p.Add("tree", Entry("100644", "one", one)+Entry("100644", "two", two))
	tip := p.AddCommit("tip", tree)
	path, err := p.Write(filepath.Join(dir, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	git("verify-pack", path)
	if out := git("ls-tree", "--format=%(path) %(objectsize)", tip); out != "one 4\ntwo 8\n" {
		t.Errorf("git sees %q", out)
	}
	if out := git("cat-file", "blob", two); out != "one\ntwo\n" {
		t.Errorf("git sees %q", out)
	}
}

func TestZeros(t *testing.T) {
	for _, head := range []string{"", "blob 12582912\x00", "x"} {
		z, err := zlib.NewReader(bytes.NewReader(Zeros(head, 3)))
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(z) // which compares the checksum
		if err != nil || string(data) != head+strings.Repeat("\x00", 12<<20) {
			t.Errorf("%q: %d bytes, %v", head, len(data), err)
		}
	}
}
