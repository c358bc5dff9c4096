package engine

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/securego/gosec/v2"
	"github.com/securego/gosec/v2/issue"
	"golang.org/x/tools/go/packages"

	"github.com/refward/refward/analyzers/gosec/load"
	"github.com/refward/refward/analyzers/gosec/wire"
)

// An Analysis is the work on one package. Its methods are called one after the other.
type Analysis struct {
	engine  *Engine
	pkg     *load.Package
	sources map[string]*source  // by name in the file set
	ignores map[string][]ignore // likewise
	skipped map[string]bool     // names of generated files that are not looked at
	nosecs  []wire.Nosec
	refused []string // why nothing is looked at
}

// Begin prepares the work on a package. It may change the kind of quotes around import paths in the syntax.
func (e *Engine) Begin(p *load.Package) *Analysis {
	a := &Analysis{engine: e, pkg: p, sources: map[string]*source{}, ignores: map[string][]ignore{}, skipped: map[string]bool{}}
	if a.refused = refuse(p.Package); a.refused != nil {
		return a
	}
	if err := try(a.read); err != nil {
		a.refused = []string{fmt.Sprintf("nothing was looked at: %v", err)}
	}
	return a
}

// refuse says why a package cannot be looked at.
func refuse(p *packages.Package) []string {
	if p == nil || p.Fset == nil || p.Types == nil || p.TypesInfo == nil {
		return []string{"nothing was looked at: the package has no types"}
	}
	for _, f := range p.Syntax {
		file := p.Fset.File(f.Package)
		if file == nil {
			return []string{"nothing was looked at: a file without a name"}
		}
		if !strings.HasPrefix(file.Name(), load.NamePrefix) {
			return []string{"nothing was looked at: " + oneLine(file.Name()) + " could be the name of a file of this machine"}
		}
		if tooDeep(f) {
			return []string{fmt.Sprintf("nothing was looked at: %s has code nested more than %d deep", treePath(file.Name()), maxDepth)}
		}
	}
	return nil
}

func treePath(name string) string { return strings.TrimPrefix(name, load.NamePrefix) }

func (a *Analysis) read() {
	for _, f := range a.pkg.Syntax {
		for _, i := range f.Imports {
			// gosec's rules do not know a package that is imported with the other kind of quotes.
			if path, ok := strings.CutPrefix(i.Path.Value, "`"); ok && !strings.Contains(path, `"`) {
				i.Path.Value = `"` + strings.TrimSuffix(path, "`") + `"`
			}
		}
		file := a.pkg.Fset.File(f.Package)
		name := file.Name()
		s := newSource(treePath(name), a.pkg.Sources[name], file, f)
		a.sources[name] = s
		if !a.engine.options.Generated && ast.IsGenerated(f) {
			a.skipped[name] = true
			continue
		}
		nosecs, ignores := a.comments(a.pkg.Package, f, s)
		a.nosecs = append(a.nosecs, nosecs...)
		if ignores != nil {
			a.ignores[name] = ignores
		}
	}
	slices.SortFunc(a.nosecs, func(x, y wire.Nosec) int { return cmp.Or(cmp.Compare(x.Path, y.Path), x.Line-y.Line) })
}

// Rules runs the rules that need no more than the syntax and what is known of the types. When ctx is done it returns what has been found so
// far; a rule in the midst of its work goes on until it has done it.
func (a *Analysis) Rules(ctx context.Context) wire.Result {
	c := newCollector(ctx)
	defer c.close()
	if a.refused != nil {
		return wire.Result{Reduced: a.refused}
	}
	conf, err := a.engine.config()
	if err != nil {
		return wire.Result{Reduced: []string{err.Error()}} // New has seen that there is none
	}
	c.run(ctx, "the rules", func() {
		g := gosec.NewAnalyzer(conf, false, !a.engine.options.Generated, false, 1, a.engine.silent)
		g.LoadRules(a.guardedRules(c), nil)
		g.CheckRules(a.pkg.Package)
	})
	a.engine.forget(a.pkg.Sources)
	r := a.result(c)
	r.Nosecs = a.nosecs
	return r
}

// A found is an issue, and where it was when it was found.
type found struct {
	*issue.Issue
	file string // name of the file that a rule walked; "" = all
}

// maxIssues is how many findings of one rule in one package are kept: those of another one are not to be lost for it.
const maxIssues = 10_000

// A collector takes what rules and analyzers find, until it is closed. It is safe for concurrent use.
type collector struct {
	mu      sync.Mutex
	closed  bool
	issues  []found
	count   map[string]int    // of them, by rule
	reduced map[string]string // by rule
	running map[string]bool
	stop    func() bool // reports whether what is not begun is not to be
	cancel  context.CancelFunc
}

func newCollector(ctx context.Context) *collector {
	ctx, cancel := context.WithCancel(ctx)
	return &collector{count: map[string]int{}, reduced: map[string]string{}, running: map[string]bool{}, stop: func() bool { return ctx.Err() != nil }, cancel: cancel}
}

func (c *collector) close() { c.cancel() }

func (c *collector) add(i found) {
	if i.Issue == nil || i.File == "" {
		return // gosec's program shows the latter as a finding about nothing in no file
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
	case c.count[i.RuleID] == maxIssues:
		c.reduced["findings of "+i.RuleID] = fmt.Sprintf("more than %d findings of %s: the rest is not shown", maxIssues, i.RuleID)
	default:
		c.count[i.RuleID]++
		c.issues = append(c.issues, i)
	}
}

// reduce keeps the first reason for each rule.
func (c *collector) reduce(rule, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.reduced[rule]; !ok && !c.closed {
		c.reduced[rule] = why
	}
}

func (c *collector) begin(rule string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running[rule] = true
}

func (c *collector) end(rule string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.running, rule)
}

// run calls f, and returns when it does or ctx is done.
func (c *collector) run(ctx context.Context, what string, f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := try(f); err != nil {
			c.reduce(what, fmt.Sprintf("%s stopped: %v", what, err))
		}
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for rule := range c.running {
		c.reduced[rule] = fmt.Sprintf("%s did not come to an end: %v", rule, context.Cause(ctx))
	}
	select {
	case <-done:
	default:
		c.reduced[what] = fmt.Sprintf("%s did not come to an end: %v", what, context.Cause(ctx))
	}
	c.closed = true
}

// result turns what was found into what is told. It is called when the collector is closed.
func (a *Analysis) result(c *collector) wire.Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	var r wire.Result
	for _, f := range c.issues {
		if !a.skipped[f.File] {
			r.Issues = append(r.Issues, a.issue(f))
		}
	}
	slices.SortFunc(r.Issues, func(x, y wire.Issue) int {
		return cmp.Or(cmp.Compare(x.Path, y.Path), x.Line-y.Line, x.Column-y.Column, cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.What, y.What), x.EndLine-y.EndLine)
	})
	for _, why := range c.reduced {
		r.Reduced = append(r.Reduced, why)
	}
	slices.Sort(r.Reduced)
	return r
}

func (a *Analysis) issue(f found) wire.Issue {
	i := wire.Issue{
		Rule: f.RuleID, What: f.What, Severity: wire.Level(f.Severity), Confidence: wire.Level(f.Confidence), Path: treePath(f.File),
	}
	if f.Cwe != nil {
		i.CWE = f.Cwe.ID
	}
	line, end, isRange := strings.Cut(f.Line, "-")
	i.Line, _ = strconv.Atoi(line)
	i.EndLine = i.Line
	if isRange {
		n, _ := strconv.Atoi(end)
		i.EndLine = max(n, i.Line)
	}
	i.Column, _ = strconv.Atoi(f.Col)
	if s := a.sources[f.File]; s != nil {
		i.Code = s.code(i.Line, i.EndLine)
		i.Decl = s.declAt(i.Line, i.Column)
		i.Text = s.text(i.Line, i.EndLine, i.Decl)
	}
	if f.file != "" && f.file != f.File {
		return i // gosec knows the comments of the file that it walks only
	}
	for _, g := range a.ignores[f.File] {
		if !g.suppresses(i.Rule, i.Line, i.EndLine) {
			continue
		}
		i.Suppressed, i.Named, i.Justification = true, g.rules != nil, g.justification
		if i.Named && i.Justification != "" {
			break // the best that there can be
		}
	}
	return i
}
