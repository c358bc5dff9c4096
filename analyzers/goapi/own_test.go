package goapi_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/goapi"
	"github.com/refward/refward/analyzers/gosec"
)

// TestOfApidiff takes the samples that apidiff has for its own tests, each as a push, and what their authors expect of them. A line "// old", "// new" or
// "// both" says where the next ones belong; one that begins with "// i " is an incompatible change.
func TestOfApidiff(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/exp").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "apidiff", "testdata", "*.go"))
	if len(files) < 10 {
		t.Fatalf("only %d samples", len(files))
	}
	helper, err := realHelper()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var old, now strings.Builder
			var want []string
			both := []*strings.Builder{&old, &now}
			into := both
			for line := range strings.Lines(string(data)) {
				switch tl := strings.TrimSpace(line); {
				case tl == "// old":
					into = both[:1]
				case tl == "// new":
					into = both[1:]
				case tl == "// both":
					into = both
				case strings.HasPrefix(tl, "// i "):
					want = append(want, strings.TrimSpace(tl[len("// i "):]))
				default:
					for _, b := range into {
						b.WriteString(line)
					}
				}
			}
			answers := map[string]goapi.Answer{}
			a, err := goapi.New(goapi.Defaults(), func(o goapi.Options) goapi.Comparer {
				return recorder{counted{gosec.NewAPIs(gosec.Host{Helper: helper}, gosec.APIOptions{GOOS: o.GOOS, GOARCH: o.GOARCH, Memory: int64(o.Memory) << 20}), nil}, answers}
			})
			if err != nil {
				t.Fatal(err)
			}
			r, err := a.Run(t.Context(), analyzerstest.Change(analyzerstest.Before("p/p.go", old.String()), analyzerstest.Before("go.mod", "module example.com/m\n\ngo 1.22\n"),
				analyzerstest.Commit("feat: all of it (#1)\n", analyzerstest.Added("p/p.go", now.String()))))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range answers["p"].Changes {
				got = append(got, c.Text)
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s\nand %q, not known %q", strings.Join(got, "\n"), strings.Join(want, "\n"), answers["p"].Unexamined, answers["p"].Unknown)
			}
			if len(want) > 0 && len(r.Findings) == 0 {
				t.Error("no finding")
			}
		})
	}
}
