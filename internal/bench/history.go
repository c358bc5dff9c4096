package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// makeHistory writes a repository of n commits whose lines are real code: the sources of a dependency in the module
// cache, stored as text. Every commit replaces a block of lines in three files by lines of other files.
func (b *bench) makeHistory(n int) error {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/go-git/go-git/v5").Output()
	if err != nil {
		return fmt.Errorf("find the sources of a dependency: %w", err)
	}
	files, err := readSources(strings.TrimSpace(string(out)))
	if err != nil {
		return err
	}
	if err := b.git("", "init", "-q", "-b", "main", b.source); err != nil {
		return err
	}
	cmd := exec.Command("git", "fast-import", "--quiet")
	cmd.Dir, cmd.Env, cmd.Stderr = b.source, b.env, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	w := bufio.NewWriter(in)
	writeHistory(w, files, n)
	if err := w.Flush(); err != nil {
		return err
	}
	if err := in.Close(); err != nil {
		return err
	}
	return cmd.Wait()
}

func readSources(root string) ([][][]byte, error) {
	var files [][][]byte
	sources := os.DirFS(root)
	err := fs.WalkDir(sources, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || len(files) == 300 {
			return err
		}
		data, err := fs.ReadFile(sources, path)
		if err == nil && len(data) > 1000 {
			files = append(files, bytes.SplitAfter(data, []byte("\n")))
		}
		return err
	})
	return files, err
}

func writeHistory(w *bufio.Writer, files [][][]byte, n int) {
	// The same history in every run.
	r := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- nothing secret is drawn
	write := func(i int) {
		data := bytes.Join(files[i], nil)
		fmt.Fprintf(w, "M 100644 inline part%d/file%d.txt\ndata %d\n%s\n", i%10, i, len(data), data)
	}
	for k := range n {
		message := fmt.Sprintf("feat: change number %d (#%d)\n", k, k)
		fmt.Fprintf(w, "commit refs/heads/main\ncommitter A Developer <a@example.org> %d +0000\ndata %d\n%s\n", 1_700_000_000+60*k, len(message), message)
		if k == 0 {
			for i := range files {
				write(i)
			}
			continue
		}
		for range 3 {
			i, from := r.IntN(len(files)), files[r.IntN(len(files))]
			at, length := r.IntN(len(files[i])), 1+r.IntN(12)
			start := r.IntN(len(from))
			block := from[start:min(len(from), start+length)]
			lines := append([][]byte{}, files[i][:at]...)
			lines = append(lines, block...)
			files[i] = append(lines, files[i][min(len(files[i]), at+length):]...)
			write(i)
		}
	}
}
