package hooks

import (
	"context"
	"path/filepath"
	"time"

	"github.com/refward/refward/internal/audit"
	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/report"
)

// The longest wait for the log, which other pushes write too. It is not part of the hook's budget: a judgement that used that up is
// recorded all the same. On GitHub Enterprise Server it has to fit between the budget and the 5 s.
const (
	recordBudget       = time.Second
	recordBudgetGitHub = 400 * time.Millisecond
)

// record appends what was decided, or applied, to the log. Nothing that the push brings gets there unscrubbed.
func (r *run) record(ctx context.Context, kind audit.Kind) error {
	if r.repo == nil && r.stack.AuditFile() == "" {
		// There is no place; the refusal goes to the operator's log.
		r.Log.Error().Str("reason", r.verdict.Failures[0].Reason).Msg("not recorded: the repository cannot be opened")
		r.pushID = ""
		return nil
	}
	path := r.auditFile()
	record, wait := r.auditRecord(kind), recordBudget
	if r.onGitHub() {
		wait = recordBudgetGitHub
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
	defer cancel()
	return audit.Append(ctx, path, record)
}

func (r *run) auditRecord(kind audit.Kind) audit.Record {
	full := report.New(r.input()) // scrubbed and escaped
	rec := audit.Record{
		Kind: kind, PushID: r.pushID, Time: time.Now(), Host: identity.HostOf(r.host(), r.getenv), Repository: r.repository(), Hook: r.hook,
		Options: len(r.change.Options), Refs: r.auditRefs(), PolicyDigest: full.PolicyDigest, ToolVersion: r.Version,
		Verdict:       audit.Verdict{Result: full.Verdict.Result, Mode: full.Verdict.Mode, Exit: full.Verdict.Exit},
		FindingsTotal: len(r.verdict.Findings), Truncated: full.Truncated,
	}
	if kind == audit.Applied {
		rec.PolicyDigest = "" // the decision has it, of all layers
	}
	p := r.change.Pusher
	rec.Pusher = audit.Pusher{Name: report.Visible(p.Name), Source: p.Source, Key: report.Visible(p.Key)}
	for _, f := range full.Findings {
		rec.Findings = append(rec.Findings, audit.Finding{
			Analyzer: f.Analyzer, Rule: f.Rule, Level: f.Level, Path: f.Path, Line: f.Line, Commit: f.Commit, Refs: f.Refs, Fingerprint: f.Fingerprint,
			Allowed: f.Allowed,
		})
	}
	for _, f := range r.verdict.Failures {
		rec.Failures = append(rec.Failures, audit.Failure{
			Analyzer: f.Analyzer, Reason: report.Visible(oneLine(r.scrubber().String(f.Reason))), TimedOut: f.TimedOut, Softened: f.Softened,
		})
	}
	for _, o := range full.Outcomes {
		out := audit.Outcome{Analyzer: o.Analyzer, Status: o.Status, TookMS: o.TookMS, Examined: o.Examined}
		for _, s := range o.Skipped {
			out.Skipped = append(out.Skipped, audit.Skip{What: s.What, Why: s.Why})
		}
		rec.Outcomes = append(rec.Outcomes, out)
	}
	return rec
}

// auditRefs returns the ref updates as they are recorded.
func (r *run) auditRefs() []audit.Ref {
	if r.decided != nil {
		return r.decided
	}
	refs := make([]audit.Ref, len(r.change.Refs))
	for i, ref := range r.change.Refs {
		refs[i] = audit.Ref{Ref: report.QuotePath(r.scrubber().String(ref.Ref)), Old: ref.Old, New: ref.New, Protected: ref.Protected}
	}
	return refs
}

// repository names the repository as its host does, or by its directory.
func (r *run) repository() string {
	if name := r.hostedAs(); name != "" {
		return report.Visible(name)
	}
	if r.repo == nil {
		return ""
	}
	return report.QuotePath(filepath.ToSlash(r.repo.Dir()))
}

// hostedAs returns what the host calls the repository, or "".
func (r *run) hostedAs() string { return identity.Repository(r.host(), r.getenv) }

func (r *run) getenv(name string) string {
	value := ""
	for _, kv := range r.Environ {
		if len(kv) > len(name) && kv[len(name)] == '=' && kv[:len(name)] == name {
			value = kv[len(name)+1:]
		}
	}
	return value
}
