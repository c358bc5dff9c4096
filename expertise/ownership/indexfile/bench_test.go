package indexfile

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkOpen opens an index of 5,000 files and 250,000 runs and asks for one file: what a question costs, and what it would cost to check all.
func BenchmarkOpen(b *testing.B) {
	m := model{}
	for i := range 5000 {
		path := fmt.Sprintf("some/directory/%d/file%d.go", i/20, i)
		for k := range 50 {
			m[path] = append(m[path], 1+(i*31+k%15*17)%33000)
		}
	}
	path := filepath.Join(b.TempDir(), "index")
	if err := os.WriteFile(path, data(b, m.encode(b, testHead(), nil, m.paths(), map[int]int32{})), 0o600); err != nil {
		b.Fatal(err)
	}
	for name, all := range map[string]bool{"file": false, "all": true} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f, err := Open(path)
				if err != nil {
					b.Fatal(err)
				}
				if all {
					_, err = f.Bytes()
				}
				if err != nil {
					b.Fatal(err)
				}
				i, _ := f.Find("some/directory/100/file2000.go")
				runs, err := f.Runs(i)
				if err == nil {
					_, err = f.Commit(runs[0].Commit)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
