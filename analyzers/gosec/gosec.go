package gosec

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
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

// ruleCredentials is gosec's rule about credentials in code, whose lines do not leave the process as they are.
const ruleCredentials = "G101"

// A checker is the check with its options. It is immutable.
type checker struct {
	opts Options
	host Host
}

// New returns the analyzer, or what is wrong with the options.
func New(opts Options, host Host) (*analyzers.Analyzer, error) {
	opts.normal()
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
	for _, f := range t.without {
		const why = "no commit leads to it, so that there is no package to look at"
		r.skip(f.Path, why)
		r.add(analyzers.Finding{Rule: ruleIncomplete, Group: groupUnexamined, Severity: analyzers.Low, Path: f.Path, Ref: f.Ref,
			Message: "a Go file was not examined: " + why, Hint: "push it on a branch", Key: ruleIncomplete})
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
	s, err := k.scopeOf(ctx, c, ref, t)
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
	var failed error // what was found until then is stated
	if len(open) > 0 {
		var found map[string]*pkg
		found, failed = h.do(ctx, k.job(open, c.Kind), s.trees.After)
		maps.Copy(known, found)
	}
	// For a command that looks at everything, gosec's comments count as for the gosec command.
	nosec := k.opts.Nosec
	if c.Kind == analyzers.KindTree && nosec != NosecNever {
		nosec = NosecAlways
	}
	lines := s.changed()
	var issues []wire.Issue
	for _, dir := range s.dirs {
		if p := known[dir]; p != nil {
			issues = append(issues, k.weighed(p, nosec, r)...)
		}
	}
	bring, old, unsure, err := k.worse(ctx, s, lines, issues, c.Kind, h)
	failed = errors.Join(failed, err)
	if old > 0 {
		r.result.Examined["old findings"] += int64(old)
	}
	credentials := map[string][]lineRange{}
	for _, dir := range s.dirs {
		if p := known[dir]; p != nil {
			for _, i := range p.issues {
				if i.Rule == ruleCredentials {
					credentials[i.Path] = append(credentials[i.Path], lineRange{i.Line, i.EndLine})
				}
			}
		}
	}
	for i := range bring {
		if ctx.Err() != nil {
			return errors.Join(failed, context.Cause(ctx))
		}
		failed = errors.Join(failed, r.issue(s, &bring[i], credentials[bring[i].Path]))
	}
	for _, dir := range s.dirs {
		if p := known[dir]; p != nil && p.took[wire.Reading] {
			failed = errors.Join(failed, r.aboutPackage(s, dir, p, nosec, lines, unsure[dir]))
		} else if failed == nil { // else the failure says it of all
			r.incomplete(s, dir, ruleIncomplete, reasonsOf(p))
		}
	}
	return failed
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

// weighed returns the issues of a package that count, in themselves.
func (k *checker) weighed(p *pkg, nosec string, r *collector) []wire.Issue {
	var issues []wire.Issue
	for _, i := range p.issues {
		switch {
		case i.Suppressed && (nosec == NosecAlways || nosec == NosecJustified && i.Named && strings.TrimSpace(i.Justification) != ""):
			r.result.Examined["suppressed"]++
		case k.counts(&i):
			issues = append(issues, i)
		}
	}
	return issues
}

// aboutPackage states what there is to say of a package besides issues: new comments that suppress, and what was not looked at.
func (r *collector) aboutPackage(s *scope, dir string, p *pkg, nosec string, lines *changed, unsure string) error {
	for name := range s.newest {
		if path.Dir(name) != dir || !r.wanted(name) || slices.Contains(p.files, name) {
			continue
		}
		there, err := exists(s.trees.After, name)
		if err != nil {
			return err
		}
		if there && !mentioned(p.unexamined, name) {
			r.skip(name, fmt.Sprintf("no part of a build for %s/%s", r.opts.GOOS, r.opts.GOARCH))
		}
	}
	unexamined := slices.Clone(p.unexamined)
	if len(s.odd[dir]) > 0 {
		unexamined = append(unexamined, "a file has a name that is no path")
	}
	if unsure != "" {
		unexamined = append(unexamined, unsure)
	}
	r.incomplete(s, dir, ruleIncomplete, unexamined)
	r.incomplete(s, dir, ruleMissingTypes, p.reduced)
	if p.empty {
		return nil
	}
	r.result.Examined["packages"]++
	if nosec == NosecAlways {
		return nil
	}
	for i := range p.nosecs {
		if err := r.nosec(s, lines, &p.nosecs[i], nosec); err != nil {
			return err
		}
	}
	return nil
}

func mentioned(reasons []string, name string) bool {
	return slices.ContainsFunc(reasons, func(why string) bool { return strings.HasPrefix(why, name+":") })
}

// reasonsOf returns why a package was not read.
func reasonsOf(p *pkg) []string {
	if p == nil || len(p.unexamined) == 0 {
		return []string{"it was not read"}
	}
	return p.unexamined
}

// job returns a job for packages of one tree.
func (k *checker) job(dirs []string, kind analyzers.Kind) *wire.Job {
	o := &k.opts
	return &wire.Job{
		Dirs: dirs,
		Load: wire.Load{GOOS: o.GOOS, GOARCH: o.GOARCH, Tags: o.Tags, Cgo: o.Cgo, Tests: o.Tests, Types: k.host.Types, ModuleCache: k.host.ModuleCache,
			Save: kind == analyzers.KindCommit}, // on a developer's machine: no push writes there
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
