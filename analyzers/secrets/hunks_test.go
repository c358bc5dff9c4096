package secrets

import (
	"bufio"
	"context"
	"io"
	"iter"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// hunkList is the content of a change that has nothing but these hunks: no names of files to search, and no blobs.
type hunkList []analyzers.Hunk

func (hunkList) Files(context.Context) iter.Seq2[analyzers.File, error] {
	return func(func(analyzers.File, error) bool) {}
}

func (hunkList) Blobs(context.Context, func(analyzers.File) bool) iter.Seq2[analyzers.Blob, error] {
	return func(func(analyzers.Blob, error) bool) {}
}

func (hunkList) Trees(context.Context, int) (analyzers.Trees, error) { return analyzers.Trees{}, nil }

func (l hunkList) Hunks(context.Context) iter.Seq2[analyzers.Hunk, error] {
	return func(yield func(analyzers.Hunk, error) bool) {
		for _, h := range l {
			if !yield(h, nil) {
				return
			}
		}
	}
}

func changeOf(hunks []analyzers.Hunk) *analyzers.Change {
	return &analyzers.Change{Kind: analyzers.KindHistory, Content: hunkList(hunks)}
}

// bytes returns how long the added lines are.
func (l hunkList) bytes() int {
	n := 0
	for _, h := range l {
		n += len(h.Text)
	}
	return n
}

// everyThirdFile returns all hunks of every third file.
func (l hunkList) everyThirdFile() hunkList {
	var some hunkList
	file := -1
	for i, h := range l {
		if i == 0 || h.Commit != l[i-1].Commit || h.Path != l[i-1].Path {
			file++
		}
		if file%3 == 0 {
			some = append(some, h)
		}
	}
	return some
}

// readLog reads the added lines that "git log -p" shows of a history, with the options that gitleaks uses.
func readLog(t *testing.T, repo string) hunkList {
	t.Helper()
	cmd := exec.Command("git", "log", "-p", "-U0", "--full-history", "--all", "--diff-filter=tuxdb", "--format=%x00%H")
	cmd.Dir, cmd.Env = repo, plainEnv()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	l := parseLog(t, bufio.NewReader(out))
	if err := cmd.Wait(); err != nil {
		t.Fatalf("git log: %v", err)
	}
	return l
}

func parseLog(t *testing.T, in *bufio.Reader) hunkList {
	t.Helper()
	var l hunkList
	var commit, path string
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			return l
		}
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasPrefix(line, "\x00"):
			commit = strings.TrimSpace(line[1:])
		case strings.HasPrefix(line, "+++ "):
			path = strings.TrimSuffix(strings.TrimSuffix(line[4:], "\n"), "\t")
			if name, err := strconv.Unquote(path); err == nil {
				path = name
			}
			path = strings.TrimPrefix(path, "b/")
		case strings.HasPrefix(line, "@@ "):
			h := analyzers.Hunk{Commit: commit, Path: path}
			fields := strings.Fields(line)
			_, old := hunkRange(t, fields[1])
			start, added := hunkRange(t, fields[2])
			h.Start = start
			for range old + added {
				text, err := in.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				if text[0] == '+' {
					h.Text = append(h.Text, text[1:]...)
				}
				if next, _ := in.Peek(1); string(next) == "\\" { // "\ No newline at end of file"
					if text[0] == '+' {
						h.Text = h.Text[:len(h.Text)-1]
					}
					if _, err := in.ReadString('\n'); err != nil {
						t.Fatal(err)
					}
				}
			}
			if added > 0 {
				l = append(l, h)
			}
		}
	}
}

// hunkRange reads "+START,COUNT", where COUNT may be missing and is then 1.
func hunkRange(t *testing.T, s string) (start, count int) {
	t.Helper()
	first, second, ok := strings.Cut(s[1:], ",")
	if !ok {
		second = "1"
	}
	start, err := strconv.Atoi(first)
	if err == nil {
		count, err = strconv.Atoi(second)
	}
	if err != nil {
		t.Fatalf("hunk %q: %v", s, err)
	}
	return start, count
}
