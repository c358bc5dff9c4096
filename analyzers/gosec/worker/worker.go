package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"

	"github.com/refward/refward/analyzers/gosec/engine"
	"github.com/refward/refward/analyzers/gosec/load"
	"github.com/refward/refward/analyzers/gosec/modtypes"
	"github.com/refward/refward/analyzers/gosec/repair"
	"github.com/refward/refward/analyzers/gosec/sourcetypes"
	"github.com/refward/refward/analyzers/gosec/typecache"
	"github.com/refward/refward/analyzers/gosec/wire"
)

// Serve does jobs until the input ends. exit ends the process: a job that does not keep to its limits leaves no other way.
func Serve(in io.Reader, out io.Writer, exit func(int)) error {
	// The process is short-lived, and its memory is bounded by other means: fewer collections take half of the time.
	debug.SetGCPercent(400)
	shared := load.NewShared()
	return wire.Serve(in, out, wire.Hello{Protocol: wire.Protocol}, func(h *wire.Helper, j *wire.Job) (time.Duration, error) {
		start := cpuTime()
		ctx, stop := limit(j, exit)
		defer stop()
		err := do(ctx, h, j, shared)
		return cpuTime() - start, err
	})
}

// A job is one job at work.
type job struct {
	*wire.Job
	h       *wire.Helper
	engines map[string]*engine.Engine // by the ids of the only rules that run
	loader  *load.Loader
	done    map[wire.Step]bool
	fatal   map[wire.Step]bool
}

// A unit is what is in one directory, on its way through the stages: one package, unless there are external tests or somebody has made a
// mistake.
type unit struct {
	dir   string
	parts []part
}

type part struct {
	pkg      *load.Package
	analysis *engine.Analysis
	whole    bool // all of its types are there
}

// has reports whether some of the packages have all of their types, or have not.
func (u *unit) has(whole bool) bool {
	return slices.ContainsFunc(u.parts, func(p part) bool { return p.whole == whole })
}

// maxBatch is how many packages are held at a time. Pushes touch fewer; a whole tree would not fit into the memory.
const maxBatch = 48

func do(ctx context.Context, h *wire.Helper, w *wire.Job, shared *load.Shared) error {
	j := &job{Job: w, h: h, engines: map[string]*engine.Engine{}, done: map[wire.Step]bool{}, fatal: map[wire.Step]bool{}}
	for _, s := range w.Done {
		j.done[s] = true
	}
	for _, s := range w.Fatal {
		j.fatal[s] = true
	}
	if w.API {
		return j.compareAll(ctx, shared)
	}
	if _, err := j.engine(""); err != nil { // before anything is read
		return err
	}
	if len(w.Dirs) > maxBatch {
		shared = nil // what all packages of a whole tree import would not fit into the memory either
	}
	passes := [][]wire.Stage{{wire.Rules, wire.SSA, wire.Repaired}}
	if w.CPU > 0 && len(w.Dirs) > maxBatch { // then the later ones get what is cheap before the first get what is not
		passes = [][]wire.Stage{{wire.Rules}, {wire.SSA, wire.Repaired}}
	}
	for _, stages := range passes {
		for dirs := range slices.Chunk(w.Dirs, maxBatch) {
			if err := j.batch(ctx, h.Tree(w.Tree), shared, dirs, stages); err != nil {
				return err
			}
		}
	}
	return nil
}

// engine returns what looks at the packages of a directory.
func (j *job) engine(dir string) (*engine.Engine, error) {
	r := j.RunOn(dir)
	key := strings.Join(r.Include, " ")
	if e := j.engines[key]; e != nil {
		return e, nil
	}
	e, err := engine.New(engineOptions(r))
	if err == nil {
		j.engines[key] = e
	}
	return e, err
}

func (j *job) batch(ctx context.Context, tree fs.FS, shared *load.Shared, dirs []string, stages []wire.Stage) error {
	config, done, err := j.config(tree)
	if err != nil {
		return err
	}
	defer done()
	config.Shared = shared
	if j.loader, err = load.New(config); err != nil {
		return err
	}
	return j.stages(ctx, dirs, stages)
}

func engineOptions(r wire.Run) engine.Options {
	o := engine.Options{GoVersion: r.GoVersion, Include: r.Include, Exclude: r.Exclude, Generated: r.Generated, Concurrency: runtime.GOMAXPROCS(0), Settings: map[string]any{}}
	for id, settings := range r.Settings {
		o.Settings[id] = settings
	}
	return o
}

// config says how packages are read, and where types come from.
func (j *job) config(tree fs.FS) (load.Config, func(), error) {
	l := j.Load
	c := load.Config{Tree: tree, GOOS: l.GOOS, GOARCH: l.GOARCH, Tags: l.Tags, Cgo: l.Cgo, Tests: l.Tests}
	o := modtypes.Options{
		ModuleCache: l.ModuleCache, Save: l.Save, MaxSource: maxSource,
		Build:    sourcetypes.Build{GOOS: l.GOOS, GOARCH: l.GOARCH, NoCgo: !l.Cgo, Tags: l.Tags},
		Versions: func(path string) (module.Version, bool) { return j.loader.Version(path) },
	}
	wanted := map[module.Version]bool{}
	if l.Types != "" {
		// A cache that cannot be opened is like an empty one: what is missing is said of each package.
		if cache, err := typecache.Open(l.Types); err == nil {
			o.Cache = cache
			c.Wanted = func(m module.Version) { wanted[m] = true }
		}
	}
	known, err := modtypes.New(o)
	if err != nil { // likewise
		o.ModuleCache = ""
		if known, err = modtypes.New(o); err != nil {
			return c, nil, err
		}
	}
	c.Modules = []load.Modules{known}
	return c, func() {
		if len(wanted) > 0 { // for the administrator's information: nobody waits for it, and it changes nothing
			_ = o.Cache.Want(slices.SortedFunc(maps.Keys(wanted), func(a, b module.Version) int {
				return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Version, b.Version))
			}), time.Now())
		}
		_ = known.Close()
		if o.Cache != nil {
			_ = o.Cache.Close()
		}
	}, nil
}

// maxSource bounds the source that is read of other modules, in bytes, where the module cache has them and the type cache does not.
const maxSource = 64 << 20

// stages takes packages through the stages.
func (j *job) stages(ctx context.Context, dirs []string, stages []wire.Stage) error {
	var units []*unit
	for _, dir := range dirs {
		u, err := j.read(ctx, dir)
		if err != nil {
			return err
		}
		if u != nil {
			units = append(units, u)
		}
	}
	for _, stage := range stages {
		for _, u := range units {
			if !slices.Contains(j.due(u), stage) {
				continue
			}
			if err := j.step(ctx, wire.Step{Dir: u.dir, Stage: stage}, func() wire.Found { return u.take(ctx, stage) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// due returns the stages that the packages of a directory go through.
func (j *job) due(u *unit) []wire.Stage {
	stages := []wire.Stage{wire.Rules}
	for _, stage := range []wire.Stage{wire.SSA, wire.Repaired} {
		if j.NeedsSSA(u.dir) && u.has(stage == wire.SSA) {
			stages = append(stages, stage)
		}
	}
	return stages
}

// take takes a step with the packages that it concerns.
func (u *unit) take(ctx context.Context, stage wire.Stage) wire.Found {
	var all wire.Found
	for _, p := range u.parts {
		var f wire.Found
		switch {
		case stage == wire.Rules:
			f.Result = p.analysis.Rules(ctx)
			f.Unexamined = f.Result.Reduced
		case p.whole != (stage == wire.SSA):
			continue
		case stage == wire.SSA:
			f.Result = p.analysis.SSA(ctx)
			f.Unexamined = f.Result.Reduced
		default:
			f = p.repaired(ctx)
		}
		all.Result.Issues = append(all.Result.Issues, f.Result.Issues...)
		all.Result.Nosecs = append(all.Result.Nosecs, f.Result.Nosecs...)
		all.Reduced = append(all.Reduced, f.Reduced...)
		all.Unexamined = append(all.Unexamined, f.Unexamined...)
	}
	return all
}

// step takes one step, unless it is not wanted, or no time is left.
func (j *job) step(ctx context.Context, s wire.Step, take func() wire.Found) error {
	if j.done[s] || j.fatal[s] {
		return nil
	}
	if ctx.Err() != nil {
		return j.h.Found(wire.Found{Step: s, Unexamined: []string{fmt.Sprintf("%s: %v", s.Stage, context.Cause(ctx))}})
	}
	if err := j.h.Begin(s); err != nil {
		return err
	}
	f := take()
	f.Step = s
	return j.h.Found(f)
}

// read reads a package; nil when there is none, or none that can be read.
func (j *job) read(ctx context.Context, dir string) (*unit, error) {
	s := wire.Step{Dir: dir, Stage: wire.Reading}
	if j.fatal[s] || j.through(dir) {
		return nil, nil
	}
	if ctx.Err() != nil {
		return nil, j.h.Found(wire.Found{Step: s, Unexamined: []string{context.Cause(ctx).Error()}})
	}
	if err := j.h.Begin(s); err != nil {
		return nil, err
	}
	f := wire.Found{Step: s}
	e, err := j.engine(dir)
	if err != nil {
		return nil, err
	}
	packages, err := j.loader.Packages(ctx, dir)
	u := &unit{dir: dir}
	switch {
	case errors.Is(err, load.ErrNoGo), errors.Is(err, fs.ErrNotExist):
		f.Empty = true
	case err != nil && ctx.Err() != nil:
		f.Unexamined = []string{context.Cause(ctx).Error()}
	case err != nil:
		f.Unexamined = []string{err.Error()}
	default:
		for _, pkg := range packages {
			reduced, unexamined := problems(pkg)
			for name := range pkg.Sources {
				f.Files = append(f.Files, strings.TrimPrefix(name, load.NamePrefix))
			}
			f.Reduced, f.Unexamined = append(f.Reduced, reduced...), append(f.Unexamined, unexamined...)
			u.parts = append(u.parts, part{pkg, e.Begin(pkg), repair.Sound(pkg)})
		}
	}
	slices.Sort(f.Files)
	f.Due = j.due(u)
	if err := j.h.Found(f); err != nil {
		return nil, err
	}
	j.done[s] = true
	if u.parts == nil {
		return nil, nil
	}
	return u, nil
}

// through reports whether an earlier run of the helper has come to an end with a package.
func (j *job) through(dir string) bool {
	over := func(stage wire.Stage) bool {
		s := wire.Step{Dir: dir, Stage: stage}
		return j.done[s] || j.fatal[s]
	}
	return over(wire.Rules) && (!j.NeedsSSA(dir) || over(wire.SSA) && over(wire.Repaired))
}

// problems sorts the problems of a package into those of missing types and others, one line each.
func problems(pkg *load.Package) (reduced, unexamined []string) {
	missing := map[string][]string{} // packages, by module
	for _, p := range pkg.Problems {
		if p.Kind == load.Missing {
			mod := ""
			if p.Module.Path != "" {
				mod = short(p.Module.String())
			}
			missing[mod] = append(missing[mod], short(p.Path))
			continue
		}
		place := short(p.Path)
		if p.Line > 0 {
			place += fmt.Sprintf(":%d", p.Line)
		}
		unexamined = append(unexamined, strings.TrimPrefix(place+": "+p.Detail, ": "))
	}
	for mod, paths := range missing {
		slices.Sort(paths)
		if mod == "" {
			reduced = append(reduced, "no types of "+some(paths))
		} else {
			reduced = append(reduced, fmt.Sprintf("no types of module %s (%s)", mod, some(bases(paths))))
		}
	}
	slices.Sort(reduced)
	return reduced, unexamined
}

// maxNames bounds the names that one reason spells out, and maxName the length of each in bytes: pushes choose them.
const (
	maxNames = 5
	maxName  = 200
)

func some(names []string) string {
	said := strings.Join(names[:min(len(names), maxNames)], ", ")
	if n := len(names) - maxNames; n > 0 {
		said += fmt.Sprintf(" and %d more", n)
	}
	return said
}

func short(name string) string {
	if len(name) > maxName {
		return strings.ToValidUTF8(name[:maxName], "") + "…"
	}
	return name
}

func bases(paths []string) []string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = path.Base(p)
	}
	return slices.Compact(names)
}

// repaired analyses a package whose types are not complete.
func (p part) repaired(ctx context.Context) wire.Found {
	only := !slices.ContainsFunc(p.pkg.Problems, func(q load.Problem) bool { return q.Kind != load.Missing })
	why := func(f *wire.Found, reasons ...string) {
		if only { // which types of others bring about, and the package does not
			f.Reduced = append(f.Reduced, reasons...)
		} else {
			f.Unexamined = append(f.Unexamined, reasons...)
		}
	}
	var f wire.Found
	whole, report, err := repair.Package(ctx, p.pkg, repair.Limits{})
	switch {
	case ctx.Err() != nil:
		f.Unexamined = []string{fmt.Sprintf("%s: %v", wire.Repaired, context.Cause(ctx))}
	case err != nil:
		why(&f, fmt.Sprintf("its types could not be completed: %v", err))
	default:
		f.Result = p.analysis.SSAOf(ctx, whole)
		f.Unexamined = f.Result.Reduced
		if n := len(report.Dropped); n > 0 {
			why(&f, fmt.Sprintf("%d functions were left out of the analysis: %s", n, strings.Join(report.Dropped[:min(n, 5)], ", ")))
		}
	}
	return f
}
