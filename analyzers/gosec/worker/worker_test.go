package worker

import (
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/refward/refward/analyzers/gosec/wire"
)

// run has a worker do jobs, as if it were the helper program. It returns the steps that it took, what they came to, and the exit code that it wanted to
// end with.
func run(t *testing.T, tree fs.FS, job *wire.Job) (steps []wire.Step, found map[wire.Step]wire.Found, exit int) {
	t.Helper()
	toHelper, fromCheck := io.Pipe()
	toCheck, fromHelper := io.Pipe()
	var wanted atomic.Int64
	served := make(chan error, 1)
	go func() {
		served <- Serve(toHelper, fromHelper, func(code int) {
			if wanted.CompareAndSwap(0, int64(code)) {
				_ = fromHelper.Close() // as the end of the process would
				_ = toHelper.Close()
			}
		})
	}()
	check, err := wire.Dial(toCheck, fromCheck)
	if err != nil {
		t.Fatal(err)
	}
	found = map[wire.Step]wire.Found{}
	job.Load.GOOS, job.Load.GOARCH = "linux", "amd64"
	_, err = check.Do(job, tree, func(s wire.Step) { steps = append(steps, s) }, func(f wire.Found) { found[f.Step] = f })
	_ = fromCheck.Close()
	_ = toCheck.Close()
	exit = int(wanted.Load())
	if err != nil && exit == 0 {
		t.Fatal(err)
	}
	<-served
	return steps, found, exit
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

var packages = fstest.MapFS{
	"go.mod":     file("module example.com/shop\n"),
	"good/a.go":  file("package good\n\nfunc Convert(n int) int8 { return int8(n) }\n"),
	"wrong/a.go": file("package wrong\n\nvar X int = \"x\"\n\nfunc Convert(n int) int8 { return int8(n) }\n"),
	"empty/x":    file("nothing\n"),
}

// TestStages: all packages go through one stage before the first goes through the next, and those that had to be repaired come last.
func TestStages(t *testing.T) {
	steps, found, _ := run(t, packages, &wire.Job{Dirs: []string{"wrong", "good", "empty", "nowhere"}})
	want := []wire.Step{
		{Dir: "wrong", Stage: wire.Reading}, {Dir: "good", Stage: wire.Reading}, {Dir: "empty", Stage: wire.Reading}, {Dir: "nowhere", Stage: wire.Reading},
		{Dir: "wrong", Stage: wire.Rules}, {Dir: "good", Stage: wire.Rules}, {Dir: "good", Stage: wire.SSA}, {Dir: "wrong", Stage: wire.Repaired},
	}
	if !slices.Equal(steps, want) {
		t.Errorf("steps %v, want %v", steps, want)
	}
	for _, s := range want[6:] {
		if issues := found[s].Result.Issues; len(issues) != 1 || issues[0].Rule != "G115" {
			t.Errorf("%v finds %+v", s, issues)
		}
	}
	for _, s := range want[2:4] {
		if !found[s].Empty {
			t.Errorf("%v: %+v", s, found[s])
		}
	}
	reading := found[want[0]]
	if len(reading.Unexamined) == 0 || !slices.Equal(reading.Due, []wire.Stage{wire.Rules, wire.Repaired}) || !slices.Equal(reading.Files, []string{"wrong/a.go"}) {
		t.Errorf("of a package that does not compile it says %+v", reading)
	}
}

// TestRulesOnly: where no rule needs SSA, none is made.
func TestRulesOnly(t *testing.T) {
	steps, _, _ := run(t, packages, &wire.Job{Dirs: []string{"good"}, Run: wire.Run{Include: []string{"G401"}}})
	if want := []wire.Step{{Dir: "good", Stage: wire.Reading}, {Dir: "good", Stage: wire.Rules}}; !slices.Equal(steps, want) {
		t.Errorf("steps %v, want %v", steps, want)
	}
}

// TestAgain: after a death the steps that are done, and the one that was fatal, are not taken again, and all others are.
func TestAgain(t *testing.T) {
	done := []wire.Step{{Dir: "good", Stage: wire.Reading}, {Dir: "wrong", Stage: wire.Reading}, {Dir: "wrong", Stage: wire.Rules}}
	fatal := []wire.Step{{Dir: "good", Stage: wire.Rules}}
	steps, found, _ := run(t, packages, &wire.Job{Dirs: []string{"wrong", "good"}, Done: done, Fatal: fatal})
	if want := []wire.Step{done[1], done[0], {Dir: "good", Stage: wire.SSA}, {Dir: "wrong", Stage: wire.Repaired}}; !slices.Equal(steps, want) {
		t.Errorf("steps %v, want %v", steps, want)
	}
	if len(found[done[1]].Unexamined) == 0 {
		t.Error("does not say what is wrong with a package that was read again")
	}
	steps, found, _ = run(t, packages, &wire.Job{Dirs: []string{"good"}, Fatal: []wire.Step{{Dir: "good", Stage: wire.Reading}}})
	if steps != nil || len(found) > 0 {
		t.Errorf("reads again what it died of: %v", steps)
	}
}

// TestGoneMeanwhile: a package that was read once and cannot be read any more is not silently left out.
func TestGoneMeanwhile(t *testing.T) {
	read := wire.Step{Dir: "good", Stage: wire.Reading}
	tree := broken{packages, "good/a.go"}
	_, found, _ := run(t, tree, &wire.Job{Dirs: []string{"good"}, Done: []wire.Step{read}})
	if f := found[read]; len(f.Unexamined) == 0 && !f.Empty {
		t.Errorf("says %+v", f)
	}
}

type broken struct {
	fs.FS
	path string
}

func (b broken) Open(name string) (fs.File, error) {
	if name == b.path {
		return nil, fs.ErrNotExist
	}
	return b.FS.Open(name)
}

// many returns a tree of as many packages.
func many(n int) (fstest.MapFS, []string) {
	tree, dirs := fstest.MapFS{}, []string(nil)
	for i := range n {
		dir := fmt.Sprintf("p%03d", i)
		tree[dir+"/a.go"] = file(fmt.Sprintf("package p\n\nfunc Convert(n int) int8 { return int8(n) }\n\nconst X = %d\n", i))
		dirs = append(dirs, dir)
	}
	return tree, dirs
}

// TestCheapFirst: where time is limited, the last of many packages gets what is cheap before the first gets what is not.
func TestCheapFirst(t *testing.T) {
	tree, dirs := many(maxBatch + 2)
	steps, found, _ := run(t, tree, &wire.Job{Dirs: dirs, CPU: time.Hour})
	last := slices.Index(steps, wire.Step{Dir: dirs[len(dirs)-1], Stage: wire.Rules})
	first := slices.Index(steps, wire.Step{Dir: dirs[0], Stage: wire.SSA})
	if last < 0 || first < last {
		t.Errorf("the last package's rules are step %d, the first one's analyzers step %d", last, first)
	}
	for _, dir := range dirs {
		if len(found[wire.Step{Dir: dir, Stage: wire.SSA}].Result.Issues) != 1 {
			t.Errorf("%s is not looked at", dir)
		}
	}
}

// TestTimeIsUp: every package of which something was not done is named.
func TestTimeIsUp(t *testing.T) {
	tree, dirs := many(20)
	for name, job := range map[string]*wire.Job{"CPU": {CPU: time.Nanosecond}, "wall": {Wall: time.Nanosecond}} {
		t.Run(name, func(t *testing.T) {
			job.Dirs = dirs
			slow := slowFS{tree}
			_, found, _ := run(t, slow, job)
			for _, dir := range dirs {
				named := false
				for _, stage := range []wire.Stage{wire.Reading, wire.Rules, wire.SSA} {
					named = named || len(found[wire.Step{Dir: dir, Stage: stage}].Unexamined) > 0
				}
				if !named && len(found[wire.Step{Dir: dir, Stage: wire.SSA}].Result.Issues) == 0 {
					t.Errorf("%s counts as clean", dir)
				}
			}
			if said := found[wire.Step{Dir: dirs[19], Stage: wire.Reading}].Unexamined; len(said) == 0 || !strings.Contains(said[0], "time left") {
				t.Errorf("the last one is said to be %q", said)
			}
		})
	}
}

// A slowFS leaves time for the limits to be looked at.
type slowFS struct{ fs.FS }

func (s slowFS) Open(name string) (fs.File, error) {
	time.Sleep(look)
	return s.FS.Open(name)
}

// TestLimits: a process that uses far more than it may ends itself, and says why.
func TestLimits(t *testing.T) {
	tree, dirs := many(4)
	for name, c := range map[string]struct {
		job  wire.Job
		code int
	}{
		"memory": {wire.Job{Memory: 1}, wire.ExitMemory},
	} {
		t.Run(name, func(t *testing.T) {
			c.job.Dirs = dirs
			if _, _, exit := run(t, slowFS{tree}, &c.job); exit != c.code {
				t.Errorf("exit code %d, want %d", exit, c.code)
			}
		})
	}
}

// TestComparedOnce: of a comparison, too, neither what is done nor what was fatal is done again.
func TestComparedOnce(t *testing.T) {
	for _, stage := range []wire.Stage{wire.Reading, wire.Compared} {
		fatal := []wire.Step{{Dir: "good", Stage: stage}}
		if steps, found, _ := run(t, packages, &wire.Job{API: true, Dirs: []string{"good"}, Fatal: fatal}); len(steps) > 0 || len(found) > 0 {
			t.Errorf("%s was fatal, and then come %v", stage, steps)
		}
	}
	if steps, _, _ := run(t, packages, &wire.Job{API: true, Dirs: []string{"good"}, Done: []wire.Step{{Dir: "good", Stage: wire.Compared}}}); len(steps) > 0 {
		t.Errorf("compares again: %v", steps)
	}
}
