package rules

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
)

// large returns a push of one commit with n files.
func large(n int) *analyzers.Change {
	var files []analyzerstest.File
	for i := range n {
		files = append(files, analyzerstest.Deleted(fmt.Sprintf("dir/%06d", i)))
	}
	return analyzerstest.Change(analyzerstest.Commit("feat: much\n\n"+strings.Repeat("a line of text\n", 1000), files...))
}

// An ending is a context that ends after it was asked so often whether it has.
type ending struct {
	context.Context
	asked, after int
}

func (e *ending) Err() error {
	if e.asked++; e.asked > e.after {
		return context.DeadlineExceeded
	}
	return nil
}

// TestHostile: an expression that would run or grow without end ends as an error, soon and in little memory.
func TestHostile(t *testing.T) {
	huge, some := large(20_000), large(3000)
	for i, need := range []string{
		`any(files, any(files, .path == "x"))`,
		`any(files, any(files, any(files, .path == "x")))`,
		`all(files, let f = #; all(files, .path != "x" or f.path == "x"))`,
		`len(map(files, map(files, map(files, #)))) < 0`,
		`len(map(files, filter(files, true))) < 0`,
		`len(map(files, map(filter(files, .path != ""), #) == files ? [files, files] : [files])) < 0`,
		`count(map(filter(files, any(files, .path == "y")), .path), # == "x") > 0`,
		`any(files, .path == "x") or any(files, any(files, .path == "y")) or any(files, .path == "z")`,
	} {
		c := some
		if i == 0 {
			c = huge
		}
		a := mustNew(t, of(EachChange, "hostile", "", need, "other", "", "false"))
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		r, err := a.Run(t.Context(), c)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), "rule hostile: need: ") {
			t.Errorf("%s: error %v", need, err)
		}
		if len(r.Findings) != 1 || r.Findings[0].Rule != "other" {
			t.Errorf("%s: %d findings", need, len(r.Findings))
		}
		if mb := (after.HeapSys - before.HeapSys) >> 20; after.HeapSys > before.HeapSys && mb > 200 {
			t.Errorf("%s: the heap grew by %d MB", need, mb)
		}

		// The deadline ends it too, in the midst of one evaluation.
		ctx := &ending{Context: t.Context(), after: 100_000}
		if _, err := a.Run(ctx, c); !errors.Is(err, context.DeadlineExceeded) && !strings.Contains(err.Error(), "memory budget") {
			t.Errorf("%s: at the deadline: %v", need, err)
		}
		if most := ctx.after + 10; ctx.asked > most {
			t.Errorf("%s: went on for %d steps after the deadline", need, ctx.asked-ctx.after)
		}
	}
}

// TestManyCommits: a rule that is cheap for one commit has the same bound over all.
func TestManyCommits(t *testing.T) {
	var parts []analyzerstest.Part
	for range 300 {
		parts = append(parts, analyzerstest.Commit("feat: x"))
	}
	c := analyzerstest.Change(parts...)
	many := analyzerstest.Change(parts[0])
	for i := range 40_000 {
		many.Options = append(many.Options, fmt.Sprint("option ", i))
	}
	c.Options = many.Options
	_, err := mustNew(t, of(EachCommit, "r", "", `all(options, # != "x")`)).Run(t.Context(), c)
	if !errors.Is(err, errSteps) || strings.Contains(err.Error(), "\n") { // once, not for each further commit
		t.Errorf("error %v", err)
	}
}

// TestManyRefs: many refs along the same commits do not make lists without bound.
func TestManyRefs(t *testing.T) {
	c := large(20_000)
	for i := range 3000 {
		ref := c.Refs[0]
		ref.Ref = fmt.Sprint("refs/heads/", i)
		c.Refs = append(c.Refs, ref)
	}
	if _, err := mustNew(t, of(EachChange, "r", "", `len(files) > 0`)).Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "push in parts") {
		t.Errorf("error %v", err)
	}
}

// TestLongHistory: a rule that is cheap for each commit has no bound on their number.
func TestLongHistory(t *testing.T) {
	c := analyzerstest.Change(analyzerstest.Commit("feat: x"))
	c.Kind = analyzers.KindHistory
	for range freeSteps {
		c.Commits = append(c.Commits, c.Commits[0])
	}
	if r, err := mustNew(t, of(EachCommit, "r", `any(commits, .merge)`, `false`)).Run(t.Context(), c); err != nil || len(r.Findings) > 0 {
		t.Errorf("%d findings, error %v", len(r.Findings), err)
	}
}

// FuzzExpression: New never panics, and what it accepts can be run and tried on a small change.
func FuzzExpression(f *testing.F) {
	for _, r := range standard() {
		f.Add(r.If, r.Need, r.Each == EachCommit)
	}
	f.Add(`let a = files; any(a, .path == "x") ? true : none(commits, .merge)`, `classes == ["a"] ?? false`, false)
	f.Add(`int("x") > 1`, `files[3].path == "" and commit?.author?.name == nil`, true)
	f.Add(`a[b:c]`, `{"a": 1}.a == 1`, true)
	c := analyzerstest.Change(analyzerstest.Commit("feat: x\n\nRefs: #1\n", analyzerstest.Added("a", "a\n"), analyzerstest.Deleted("b")), analyzerstest.Commit("y"))
	f.Fuzz(func(t *testing.T, when, need string, commit bool) {
		r := Rule{Description: "x", If: when, Need: need, Examples: []Example{{Pass: &Sample{}}, {Fail: &Sample{Files: []SampleFile{{Path: "a"}}}}}}
		if commit {
			r.Each = EachCommit
		}
		a, err := New(Options{"r": r})
		if err != nil {
			if strings.Contains(err.Error(), "cannot be compiled") {
				t.Logf("the library's panic: %v", err)
			}
			if len(optionKeys(err)) == 0 {
				t.Errorf("no option error: %v", err)
			}
			return
		}
		first, err := a.Run(t.Context(), c)
		second, again := a.Run(t.Context(), c)
		if fmt.Sprint(first, err) != fmt.Sprint(second, again) {
			t.Errorf("another run, another result: %v %v, %v %v", first, err, second, again)
		}
		_ = a.Try(t.Context())
		if err := analyzers.ValidateRules(a); err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkRun judges a push of 1,000 commits with three files each by ten rules of both kinds.
func BenchmarkRun(b *testing.B) {
	var parts []analyzerstest.Part
	for i := range 1000 {
		parts = append(parts, analyzerstest.Commit(fmt.Sprintf("feat: change %d\n\nA body.\n\nRefs: #%d\n", i, i),
			analyzerstest.Deleted(fmt.Sprintf("api/%d.go", i)), analyzerstest.Deleted(fmt.Sprintf("docs/%d.md", i)), analyzerstest.Deleted(fmt.Sprintf("db/migrations/%d.sql", i))))
	}
	opts := Options{}
	for i := range 5 {
		opts[fmt.Sprint("a", i)] = Rule{Description: "x", If: `class("feature") or any(files, .path startsWith "api/")`, Need: `any(files, .path startsWith "docs/") and trailer("Refs") != ""`}
		opts[fmt.Sprint("b", i)] = Rule{Description: "x", Each: EachCommit, If: `any(files, .path matches "(?i)/migrations?/")`, Need: `commit.author.email != "" and protected`}
	}
	a, c := mustNew(b, opts), analyzerstest.Change(parts...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Run(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*1000*10)/b.Elapsed().Seconds(), "rule-commits/s")
}
