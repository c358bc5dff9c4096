package hooks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/audit"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

// The time that each hook may take before it has to answer, unless policy says otherwise.
const (
	budgetGitHub = 4 * time.Second  // all hooks of a push share 5 s there (GitHub Enterprise Server, "About pre-receive hooks")
	budgetServer = 60 * time.Second // a pusher waits
	budgetCommit = 2 * time.Second  // a developer waits, many times a day; then it warns
)

// A Gate judges. Its fields are set once; every method may be called once.
type Gate struct {
	Version string    // of the program
	Environ []string  // as os.Environ gives it
	Dir     string    // working directory; "" = the process's
	Stdin   io.Reader //
	Stdout  io.Writer // reports that a machine reads
	Stderr  io.Writer // what the pusher or the developer reads
	Policy  string    // path of the policy file; "" = see loadPolicy
	Log     zerolog.Logger
	MaxShow int // groups of findings in a text report; 0 = as policy says, negative = all

	// List returns the analyzers with the options that a policy gives them.
	List func(*policy.Policy) ([]*analyzers.Analyzer, error)
}

// A run is one judgement in the making.
type run struct {
	*Gate
	hook     string // the hook's name, or "check"
	started  time.Time
	pushID   string
	repo     *gitio.Repo
	head     string // full name of the branch that HEAD names on the server; "" = not known
	tip      string // revision whose .refward.yaml judges too: the stored tip of that branch
	stack    policy.Stack
	unchosen bool                    // the first policy is the preset that judges when nobody has chosen any
	layers   [][]*analyzers.Analyzer // of each policy of the stack
	change   *analyzers.Change
	outcomes []analyzers.Outcome
	verdict  policy.Verdict
	rules    map[string]analyzers.Rule // by full identifier, once asked for
	decided  []audit.Ref               // ref updates as pre-receive recorded them; nil there
}

func (g *Gate) begin(hook string) *run {
	r := &run{Gate: g, hook: hook, started: time.Now(), pushID: audit.NewPushID()}
	r.Log = g.Log.With().Str("hook", hook).Str("push_id", r.pushID).Logger()
	return r
}

// open reads the administrator's policy and opens the repository.
func (r *run) open(ctx context.Context) error {
	base, err := r.loadPolicy()
	if err != nil {
		return &usageError{err}
	}
	r.stack = policy.Stack{base}
	r.repo, err = gitio.Open(ctx, gitio.Options{Dir: r.Dir, Environ: r.Environ, MaxBlob: int64(base.Limits.Blob)})
	return err
}

// atServer takes the repository for the server's: its HEAD says which branch is everybody's.
func (r *run) atServer(ctx context.Context) (err error) {
	r.tip = "HEAD"
	r.head, err = r.repo.HeadBranch(ctx)
	return err
}

// atClone takes the repository for a developer's, where HEAD is what happens to be checked out. What the server calls HEAD
// is known from the remote, or not at all.
func (r *run) atClone(ctx context.Context, remote string) (err error) {
	if r.head, r.tip, err = r.repo.RemoteHead(ctx, remote); r.tip == "" {
		r.tip = "HEAD"
	}
	return err
}

// protected reports whether any policy protects a ref.
func (r *run) protected(ref, _ string) bool { return r.stack.IsProtected(ref, r.head) }

// close ends what open began.
func (r *run) close() {
	if r.repo == nil {
		return
	}
	if err := r.repo.Close(); err != nil {
		r.Log.Warn().Err(err).Msg("close repository")
	}
}

// budget returns ctx with the deadline of the hook.
func (r *run) budget(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if own := r.stack.Deadline(); own > 0 {
		d = own
	}
	if d == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, r.started.Add(d), fmt.Errorf("ran out of time after %s", d))
}

// serverBudget is the time that a server's hook has.
func (r *run) serverBudget() time.Duration {
	if identity.Host(r.getenv) == "github" {
		return budgetGitHub
	}
	return budgetServer
}

// judge runs the analyzers of every layer and decides.
func (r *run) judge(ctx context.Context, client bool) error {
	if r.stack.Mode() == policy.Off {
		r.verdict = policy.Decide(r.stack, policy.Input{Change: r.change})
		return nil
	}
	in := policy.Input{Change: r.change, Client: client}
	var list []*analyzers.Analyzer
	for layer := range r.stack {
		alone, shared := r.listsOf(layer)
		list = slices.Concat(list, alone, shared)
		in.Layers = slices.Concat(in.Layers, slices.Repeat([]int{layer}, len(alone)), slices.Repeat([]int{policy.AllLayers}, len(shared)))
	}
	in.Essential = policy.EssentialOf(list)
	in.Outcomes = Run(ctx, list, r.change)
	r.verdict = policy.Decide(r.stack, in)
	r.outcomes = joined(r.layers[0], in.Outcomes)
	r.logOutcomes()
	return nil
}

// joined makes one outcome of those that layers gave of the same analyzer, in the order of list.
func joined(list []*analyzers.Analyzer, outcomes []analyzers.Outcome) []analyzers.Outcome {
	var all []analyzers.Outcome
	for _, a := range list {
		var one analyzers.Outcome
		for _, o := range outcomes {
			if o.Analyzer != a.Name {
				continue
			}
			if one.Analyzer == "" {
				one = o
				continue
			}
			one.Result.Findings = slices.Concat(one.Result.Findings, o.Result.Findings)
			for _, s := range o.Result.Skipped {
				if !slices.Contains(one.Result.Skipped, s) {
					one.Result.Skipped = append(slices.Clip(one.Result.Skipped), s)
				}
			}
			if one.Err == nil {
				one.Err, one.TimedOut = o.Err, o.TimedOut
			}
			one.Took += o.Took
		}
		if one.Analyzer != "" {
			all = append(all, one)
		}
	}
	return all
}

// logOutcomes tells the operator how each check ended. Errors can hold what the push brought, secrets too.
func (r *run) logOutcomes() {
	scrubber := report.NewScrubber(r.verdict, r.outcomes...)
	for _, o := range r.outcomes {
		e := r.Log.Debug()
		if o.Err != nil {
			e = r.Log.Error().Str("error", scrubber.String(o.Err.Error()))
		}
		var p *PanicError
		if errors.As(o.Err, &p) {
			e = e.Bytes("stack", p.Stack)
		}
		e.Str("analyzer", o.Analyzer).Int("findings", len(o.Result.Findings)).Bool("timed_out", o.TimedOut).
			Dur("took_ms", o.Took).Interface("examined", o.Result.Examined).Msg("analyzed")
	}
}

// input is what the report is made of.
func (r *run) input() report.Input {
	limit := r.MaxShow
	if limit == 0 {
		limit = r.stack.Limits().Findings
	}
	in := report.Input{
		ToolVersion: r.Version, PushID: r.pushID, Change: r.change, Outcomes: r.outcomes, Verdict: r.verdict,
		Hook: r.hook, MaxGroups: limit, Rule: r.rule,
	}
	if len(r.stack) > 0 {
		in.Policy, in.PolicyDigest, in.Contact = r.policyName(), r.stack.Digest(), r.stack.Contact()
	}
	return in
}

// policyName says in a few words which policy judges.
func (r *run) policyName() string {
	name, _, _ := strings.Cut(r.stack[0].Source(), " over ")
	if len(r.stack) > 1 {
		name += " and " + repositoryPolicy
	}
	return name
}

// rule finds the documentation of a rule, for the reports that print it.
func (r *run) rule(id string) (analyzers.Rule, bool) {
	if r.rules == nil {
		r.rules = map[string]analyzers.Rule{}
		for _, list := range r.layers {
			for _, a := range list {
				for _, rule := range a.Rules() {
					r.rules[a.Name+"/"+rule.ID] = rule
				}
			}
		}
	}
	rule, ok := r.rules[id]
	return rule, ok
}

// fail makes the verdict of a change that could not even be read.
func (r *run) fail(err error) {
	exit := policy.ExitUnchecked
	var usage *usageError
	if errors.As(err, &usage) {
		exit = policy.ExitUsage
	}
	r.verdict = policy.Verdict{Result: policy.Unchecked, Mode: policy.Enforce, Exit: exit,
		Failures: []policy.Failure{{Analyzer: "refward", Reason: err.Error()}}}
}

// A usageError is a wrong policy file or command line: nothing was judged, and the administrator has to act.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// finish reports the verdict to the person who waits and returns the exit code.
func (r *run) finish() int {
	// A pusher who has gone away changes nothing about the verdict.
	if err := report.Write(r.Stderr, "text", r.input()); err != nil {
		r.Log.Warn().Err(err).Msg("write report")
	}
	r.Log.Info().Str("result", string(r.verdict.Result)).Int("exit", r.verdict.Exit).
		Int("findings", len(r.verdict.Findings)).Dur("took_ms", time.Since(r.started)).Msg("judged")
	return r.verdict.Exit
}

func (r *run) getenv(name string) string {
	value := ""
	for _, kv := range r.Environ {
		if len(kv) > len(name) && kv[len(name)] == '=' && kv[:len(name)] == name {
			value = kv[len(name)+1:]
		}
	}
	return value
}
