package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/sourcegraph/conc/panics"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/allow"
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

	budgetApplied = 10 * time.Second // post-receive: there is nothing to judge any more, and a pusher waits
)

// A Gate judges. Its methods do not change it; each call of one is a judgement of its own.
type Gate struct {
	Version string    // of the program
	Environ []string  // as os.Environ gives it
	Dir     string    // working directory; "" = the process's
	Stdin   io.Reader //
	Stdout  io.Writer // reports that a machine reads
	Stderr  io.Writer // what the pusher or the developer reads
	Policy  string    // path of the policy file; "" = see loadPolicy
	Log     zerolog.Logger
	MaxShow int    // groups of findings in a text report; 0 = as policy says, negative = all
	Report  string // a file for the JSON report of a hook, beside what the pusher reads; "" = none

	// Indexer has the indexes brought up to date by a process that nobody waits for, as Index does it; nil = nobody does.
	Indexer func() error

	// List returns the analyzers with the options that a policy gives them.
	List func(*policy.Policy) ([]*analyzers.Analyzer, error)
}

// A run is one judgement in the making.
type run struct {
	Gate
	hook     string // the hook's name, or "check"
	started  time.Time
	pushID   string
	repo     *gitio.Repo
	head     string // full name of the branch that HEAD names on the server; "" = not known
	tip      string // revision whose .refward.yaml judges too: the stored tip of that branch
	stack    policy.Stack
	client   bool                    // judges for a developer, on a clone
	remote   string                  // which a clone comes from, or is pushing to: a name or a URL
	allow    allow.Set               // what may stay although it is found
	bare     bool                    // without the baseline, since one is being written
	notes    []string                // about the judgement itself, for the report
	broken   *brokenPolicy           // the repository's stored policy, if it cannot be used
	unchosen bool                    // the first policy is the preset that judges when nobody has chosen any
	layers   [][]*analyzers.Analyzer // of each policy of the stack
	change   *analyzers.Change
	staged   analyzers.Content // of a message: the files of its commit, which only say what kind of change it is
	outcomes []analyzers.Outcome
	verdict  policy.Verdict
	rules    map[string]analyzers.Rule // by full identifier, once asked for
	decided  []audit.Ref               // ref updates as pre-receive recorded them; nil there
	expired  func() bool               // the hook's time is over
	scrubs   *report.Scrubber          // made once the verdict is final

	suggested []report.Reviewer // of what was accepted
	closing   []func() bool     // end what reads the repository; false = it goes on
}

func (g *Gate) begin(hook string) *run {
	r := &run{Gate: *g, hook: hook, started: time.Now(), pushID: audit.NewPushID(), expired: func() bool { return false }}
	r.Log = g.Log.With().Str("hook", hook).Logger()
	return r
}

// guard runs a part of the judgement and makes an error of its panic: what we do wrong must end as "could not check", with a
// record, not as a stack trace on somebody's terminal.
func (r *run) guard(f func() error) (err error) {
	if p := panics.Try(func() { err = f() }); p != nil {
		r.Log.Error().Bytes("stack", p.Stack).Msg("panic")
		return &PanicError{Value: p.Value, Stack: p.Stack}
	}
	return err
}

// open opens the repository and reads the administrator's policy, which a clone may hold. The repository is opened also when the policy is
// wrong: that is where the refusal is recorded.
func (r *run) open(ctx context.Context) error {
	o := gitio.Options{Dir: r.Dir, Environ: r.Environ, Reader: gitio.Reader(r.getenv("REFWARD_READER"))}
	o.Warn = func(err error) { r.Log.Warn().Err(err).Msg("read repository") }
	repo, err := gitio.Open(ctx, o)
	if err != nil && o.Reader != gitio.ReaderAuto {
		err = fmt.Errorf("with REFWARD_READER=%s: %w", o.Reader, err)
	}
	if err == nil {
		r.repo = repo
	}
	if err == nil && (r.hook == "check" || r.hook == "explain") { // the other hooks know whose they are
		var bare bool
		bare, err = repo.IsBare(ctx)
		r.client = err == nil && !bare
	}
	base, policyErr := r.loadPolicy()
	if policyErr != nil {
		return errors.Join(&usageError{policyErr}, err)
	}
	if r.client {
		ours := *base
		ours.Tracker.Optional, ours.Identity.Optional = true, true // which the server has
		base = &ours
	}
	r.stack = policy.Stack{base}
	if r.repo != nil {
		r.repo.LimitBlobs(int64(base.Limits.Blob))
	}
	return err
}

// openInTime opens within the hook's own time, since the policy that may set another is not read yet.
func (r *run) openInTime(ctx context.Context, d time.Duration) error {
	ctx, cancel := r.budget(ctx, d)
	defer cancel()
	return r.open(ctx)
}

// atServer takes the repository for the server's: its HEAD says which branch is everybody's.
func (r *run) atServer(ctx context.Context) (err error) {
	if r.head, err = r.repo.HeadBranch(ctx); r.head != "" {
		r.tip = r.repo.StoredName(r.head)
	} else {
		r.tip = "HEAD" // detached
	}
	return err
}

// atClone takes the repository for a developer's, where HEAD is what happens to be checked out. What the server calls HEAD
// is known from the remote, or not at all.
func (r *run) atClone(ctx context.Context, remote string) (err error) {
	r.remote = remote
	if r.head, r.tip, err = r.repo.RemoteHead(ctx, remote); r.tip == "" {
		r.tip = "HEAD"
	}
	return err
}

// protected reports whether any policy protects a ref.
func (r *run) protected(ref, _ string) bool { return r.stack.IsProtected(ref, r.head) }

// floor reports whether the administrator's policy protects a ref. What such refs have was judged as that policy wants it; what refs have that only
// the repository's own protects may have been let through.
func (r *run) floor(ref, _ string) bool { return r.stack[:1].IsProtected(ref, r.head) }

// close ends what open began.
func (r *run) close() {
	if r.repo == nil {
		return
	}
	for _, end := range r.closing {
		if !end() {
			return // the process is about to end anyway
		}
	}
	if err := r.repo.Close(); err != nil {
		r.Log.Warn().Err(err).Msg("close repository")
	}
}

// budget returns ctx with the deadline of the hook, counted from its start.
func (r *run) budget(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if own := r.stack.Deadline(); own > 0 && (own < d || !r.onGitHub()) {
		d = own
	}
	ctx, cancel := context.WithDeadlineCause(ctx, r.started.Add(d), fmt.Errorf("ran out of time after %s", d))
	r.expired = func() bool { return errors.Is(ctx.Err(), context.DeadlineExceeded) }
	return ctx, cancel
}

// host returns what the administrator's policy says of the kind of host; "" = nothing, or that policy is not read yet. Where it says something, the
// variables of other hosts count for nothing: a client may have set them.
func (r *run) host() string {
	if len(r.stack) == 0 {
		return ""
	}
	return string(r.stack[0].Identity.Host)
}

// onGitHub reports whether GitHub Enterprise Server runs the hook, which gives it no more time than it has. A forged variable would cut the
// time of the checks, of which policy lets some run out of it.
func (r *run) onGitHub() bool { return identity.HostOf(r.host(), r.getenv) == identity.GitHub }

// serverBudget is the time that a server's hook has.
func (r *run) serverBudget() time.Duration {
	if r.onGitHub() {
		return budgetGitHub
	}
	return budgetServer
}

// oneLine makes one line of a reason, such as the errors of a policy file, which have one each.
func oneLine(s string) string { return strings.ReplaceAll(s, "\n", "; ") }

// input is what the report is made of.
func (r *run) input() report.Input {
	limit := r.MaxShow
	if limit == 0 {
		limit = r.stack.Limits().Findings
	}
	in := report.Input{
		ToolVersion: r.Version, PushID: r.pushID, Change: r.change, Outcomes: r.outcomes, Verdict: r.verdict,
		Hook: r.hook, MaxGroups: limit, Rule: r.rule, Scrubber: r.scrubber(),
		Notes: r.notes, Inline: r.allow.Inline.Counts(r.client), Reviewers: r.suggested,
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
		name += " and " + RepositoryPolicy
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

// fail makes the verdict of a change that could not be read. It goes through policy like a check of our own, "refward", which
// nothing softens but observing, and running out of time in a developer's hook. What is wrong before there is anything to
// judge, and what is forged, refuses in any mode.
func (r *run) fail(err error) {
	var usage *usageError
	var hard *hardError
	switch {
	case errors.As(err, &usage):
		r.verdict = failed(policy.ExitUsage, err)
	case errors.As(err, &hard) || errors.Is(err, gitio.ErrStale) || errors.Is(err, gitio.ErrSymbolic) || len(r.stack) == 0:
		r.verdict = failed(policy.ExitUnchecked, err)
	default:
		o := analyzers.Outcome{Analyzer: itself, Err: err, TimedOut: r.expired()}
		r.verdict = policy.Decide(r.stack, policy.Input{
			Change: r.change, Client: r.client, Essential: map[string]bool{itself: true}, Outcomes: []analyzers.Outcome{o},
		})
	}
}

// itself is the name under which the gate reports what it could not do.
const itself = "refward"

func failed(exit int, err error) policy.Verdict {
	return policy.Verdict{Result: policy.Unchecked, Mode: policy.Enforce, Exit: exit, Failures: []policy.Failure{failure(err)}}
}

func failure(err error) policy.Failure {
	return policy.Failure{Analyzer: itself, Reason: err.Error()}
}

// A hardError refuses in any mode: the input does not come from git, or what it says is not true.
type hardError struct{ err error }

func (e *hardError) Error() string { return e.err.Error() }
func (e *hardError) Unwrap() error { return e.err }

// A usageError is a wrong policy file or command line: nothing was judged, and the administrator has to act.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// finish reports the verdict to the person who waits and returns the exit code.
func (r *run) finish() int {
	// A pusher who has gone away changes nothing about the verdict.
	err := r.guard(func() error { return report.Write(r.Stderr, "text", r.input()) })
	if err != nil {
		r.Log.Warn().Err(err).Msg("write report")
	}
	if err := r.guard(r.writeReport); err != nil {
		r.Log.Error().Err(err).Msg("write the JSON report")
		_, _ = fmt.Fprintf(r.Stderr, "warning: the JSON report could not be written: %s\n", report.Visible(err.Error()))
	}
	reader := ""
	if r.repo != nil {
		reader = r.repo.Reader()
	}
	r.Log.Info().Str("push_id", r.pushID).Str("reader", reader).Str("result", string(r.verdict.Result)).Int("exit", r.verdict.Exit).
		Int("findings", len(r.verdict.Findings)).Dur("took_ms", time.Since(r.started)).Msg("judged")
	return r.verdict.Exit
}

// writeReport writes what a machine reads, for somebody's own tools: it changes nothing about the verdict. Nobody else may read what a push
// was refused for.
func (r *run) writeReport() error {
	if r.Report == "" {
		return nil
	}
	var b bytes.Buffer
	if err := report.Write(&b, "json", r.input()); err != nil {
		return err
	}
	return os.WriteFile(r.Report, b.Bytes(), 0o600)
}
