package gosec

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/gosec/wire"
)

// The groups, by which a policy gates findings: how bad gosec takes them to be, and how sure it is.
const (
	groupHigh   = "high"   // severity high, confidence medium or high
	groupMedium = "medium" // severity and confidence medium or high
	groupLow    = "low"    // the others

	groupUnexamined = "unexamined" // no finding of gosec's: something was not looked at
)

// The rules that are not gosec's.
const (
	ruleNosec        = "nosec"
	ruleIncomplete   = "incomplete"
	ruleMissingTypes = "missing-types"
)

// A checker is the check with its options. It is immutable.
type checker struct {
	opts Options
	host Host
}

// New returns the analyzer, or what is wrong with the options.
func New(opts Options, host Host) (*analyzers.Analyzer, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	k := &checker{opts: opts, host: host}
	return &analyzers.Analyzer{
		Name: "gosec",
		Doc: "finds insecure Go code that a change brings\n\n" +
			"gosec looks for code that is known to be dangerous: weak cryptography, commands and queries made of what a user " +
			"sends, files that anybody may read, numbers that do not fit. What was there before counts for nothing here: a finding " +
			"is on a line of the change, or one more of its kind. Mend the code, or have its use allowed where it is right.",
		Groups: []string{groupHigh, groupMedium, groupLow, groupUnexamined},
		Rules:  documentation,
		Run:    k.run,
	}, nil
}

// run implements the analyzer.
func (k *checker) run(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
	r := &collector{checker: k, result: analyzers.Result{Examined: map[string]int64{"packages": 0}}, seen: map[string]bool{}}
	t, err := k.listGo(ctx, c)
	if err != nil {
		return r.result, err
	}
	for _, name := range t.without {
		r.skip(name, "no commit leads to it, so that there is no package to look at")
	}
	h := &helper{host: k.host}
	defer h.close()
	if c.Kind == analyzers.KindCommit || c.Kind == analyzers.KindPush {
		h.capped, h.left = true, k.opts.CPU
	}
	cache := map[string]map[string]*pkg{} // by commit, then directory: refs may share one
	for ref := range c.Refs {
		if err := k.ref(ctx, c, ref, t, h, cache, r); err != nil {
			return r.finish(), err
		}
	}
	return r.finish(), ctx.Err()
}

// ref looks at what one ref of the change brings.
func (k *checker) ref(ctx context.Context, c *analyzers.Change, ref int, t *touch, h *helper, cache map[string]map[string]*pkg, r *collector) error {
	s, err := t.scopeOf(ctx, c, ref)
	if err != nil || s.trees.After == nil {
		return err
	}
	version, err := goVersion(s.trees.After)
	if err != nil {
		return err
	}
	h.use(version)
	known := cache[s.trees.Commit]
	if known == nil {
		known = map[string]*pkg{}
		cache[s.trees.Commit] = known
	}
	var open []string
	for _, dir := range s.dirs {
		if known[dir] == nil {
			open = append(open, dir)
		}
	}
	if len(open) > 0 {
		found, err := h.do(ctx, k.job(open), s.trees.After)
		maps.Copy(known, found)
		if err != nil {
			return err
		}
	}
	// As a command that looks at everything, gosec's comments count as for the gosec command.
	nosec := k.opts.Nosec
	if c.Kind == analyzers.KindTree && nosec != NosecNever {
		nosec = NosecAlways
	}
	lines := s.changed()
	var issues []wire.Issue // of all packages, since what was there before is looked at once
	ends := make([]int, len(s.dirs))
	for i, dir := range s.dirs {
		issues = append(issues, k.considered(s, dir, known[dir], nosec, r)...)
		ends[i] = len(issues)
	}
	isNew, unsure, err := k.worse(ctx, s, lines, issues, h)
	if err != nil {
		return err
	}
	begin := 0
	for i, dir := range s.dirs {
		var bring []wire.Issue
		for n := begin; n < ends[i]; n++ {
			if isNew[n] {
				bring = append(bring, issues[n])
			}
		}
		if old := ends[i] - begin - len(bring); old > 0 {
			r.result.Examined["old findings"] += int64(old)
		}
		if err := k.state(s, dir, known[dir], bring, unsure[dir], nosec, lines, r); err != nil {
			return err
		}
		begin = ends[i]
	}
	return nil
}

var goLine = regexp.MustCompile(`(?m)^go[ \t]+(1\.[0-9]{1,3}(?:\.[0-9]{1,3})?)(?:[ \t\r]|$)`)

// goVersion returns the version of Go that the go.mod file at the root asks for, where the gosec command takes it from; "" = none.
func goVersion(tree analyzers.Tree) (string, error) {
	data, err := tree.ReadFile("go.mod")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) || errors.Is(err, analyzers.ErrTooLarge) {
		return "", nil
	}
	if m := goLine.FindSubmatch(data); m != nil {
		return string(m[1]), nil
	}
	return "", err
}

// considered returns the issues of a package that could be findings.
func (k *checker) considered(s *scope, dir string, p *pkg, nosec string, r *collector) []wire.Issue {
	if len(s.odd[dir]) > 0 {
		p.unexamined = append(slices.Clip(p.unexamined), "a file has a name that is no path")
	}
	if p.empty && len(p.unexamined) == 0 {
		return nil
	}
	r.result.Examined["packages"]++
	var issues []wire.Issue
	for _, i := range p.issues {
		switch {
		case i.Suppressed && (nosec == NosecAlways || nosec == NosecJustified && i.Named && strings.TrimSpace(i.Justification) != ""):
			r.result.Examined["suppressed"]++
		case !k.counts(&i):
		default:
			issues = append(issues, i)
		}
	}
	return issues
}

// state states what a ref brings to one package: the issues, and what of it was not examined.
func (k *checker) state(s *scope, dir string, p *pkg, bring []wire.Issue, unsure, nosec string, lines *changed, r *collector) error {
	for i := range bring {
		if err := r.issue(s, &bring[i]); err != nil {
			return err
		}
	}
	if p.empty && len(p.unexamined) == 0 {
		return nil
	}
	if nosec != NosecAlways {
		for i := range p.nosecs {
			if err := r.nosec(s, lines, &p.nosecs[i], nosec); err != nil {
				return err
			}
		}
	}
	unexamined := p.unexamined
	if unsure != "" {
		unexamined = append(slices.Clip(unexamined), unsure)
	}
	r.incomplete(s, dir, ruleIncomplete, unexamined)
	r.incomplete(s, dir, ruleMissingTypes, p.reduced)
	return nil
}

// job returns a job for packages of one tree.
func (k *checker) job(dirs []string) *wire.Job {
	o := &k.opts
	return &wire.Job{
		Dirs:   dirs,
		Load:   wire.Load{GOOS: o.GOOS, GOARCH: o.GOARCH, Tags: o.Tags, Cgo: o.Cgo, Tests: o.Tests, Types: k.host.Types, ModuleCache: k.host.ModuleCache},
		Run:    wire.Run{Include: o.Include, Exclude: o.Exclude, Generated: o.Generated, Settings: o.Settings},
		Memory: int64(o.Memory) << 20,
	}
}

// counts reports whether an issue is as bad, and as sure, as the policy wants a finding to be.
func (k *checker) counts(i *wire.Issue) bool {
	return int(i.Severity) >= slices.Index(levels, k.opts.Severity) && int(i.Confidence) >= slices.Index(levels, k.opts.Confidence)
}

// groupOf returns the group of an issue.
func groupOf(i *wire.Issue) string {
	switch {
	case i.Confidence >= wire.Medium && i.Severity >= wire.High:
		return groupHigh
	case i.Confidence >= wire.Medium && i.Severity >= wire.Medium:
		return groupMedium
	}
	return groupLow
}
