package review

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/attest"
)

// A Signature is what a Directory knows of a statement's signature.
type Signature struct {
	Good   bool     // right, and by a key that counts: known, not revoked, not expired
	Status string   // one word of why it is not, such as "revoked"
	Detail string   // one line more; may be ""
	Key    string   // fingerprint; "" = not known
	Signer string   // whose the key is, for people; may be ""
	Logins []string // of those whom the key may belong to, where people are known

	// Owns reports whether a mail is the signer's; nil = none is.
	Owns func(mail string) bool
}

// A Pusher is what a Directory knows of who pushes.
type Pusher struct {
	Login string
	Owns  func(mail string) bool // whether a mail is the pusher's
}

// A Directory knows keys and people. It must be safe for concurrent use, and say the same to the same question.
type Directory interface {
	// Open gets ready to answer; an error means that nothing can be answered. It comes before all other questions.
	Open() error

	// Knows says what can be asked: whether signatures count, and who pushes.
	Knows() (signatures, pushers bool)

	// Statement judges the signature of a tag.
	Statement(t *analyzers.Tag) Signature

	// Person returns the login of whose a mail is, or "" where that is not known.
	Person(mail string) string

	// Pusher returns whom it knows by what the host says; why says what is missing when known is false.
	Pusher(who analyzers.Identity) (p Pusher, known bool, why string)
}

// New returns the analyzer; directory is nil when a policy names neither keys nor people.
func New(opts Options, directory Directory) (*analyzers.Analyzer, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	return &analyzers.Analyzer{
		Name: "review",
		Doc: "finds what nobody else has approved, and work that went on without a review\n\n" +
			"Who makes a change does not see what is wrong with it, and one account that was taken over must not suffice to bring something in. " +
			"Have somebody else read it and approve of the very commit: refward approve.",
		Essential: true,
		Groups:    []string{groupApproval, groupMerger, groupStatement, groupProgress},
		Rules:     rules,
		Run: func(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
			return run(ctx, c, opts, directory)
		},
	}, nil
}

func run(ctx context.Context, c *analyzers.Change, opts Options, d Directory) (analyzers.Result, error) {
	r := analyzers.Result{}
	if c.Kind != analyzers.KindPush && c.Kind != analyzers.KindRange {
		return r, ctx.Err()
	}
	v := &reviewer{opts: opts, change: c, directory: d, judged: map[string]Signature{}}
	gains := slices.ContainsFunc(c.Refs, func(ref analyzers.RefChange) bool { return len(ref.Commits) > 0 || isStatement(&ref) })
	if d != nil && gains {
		if err := d.Open(); err != nil {
			return r, fmt.Errorf("ask for keys and people: %w", err)
		}
		v.signatures, v.pushers = d.Knows()
	}
	if gains {
		if err := v.prepare(ctx); err != nil {
			return r, err
		}
	}
	examined := int64(0)
	for i := range c.Refs {
		ref := &c.Refs[i]
		if err := ctx.Err(); err != nil {
			return r, err
		}
		if isStatement(ref) {
			r.Findings = append(r.Findings, v.statement(ref)...)
			continue
		}
		if len(ref.Commits) == 0 {
			continue
		}
		examined++
		list, err := v.ref(ctx, ref)
		r.Findings = append(r.Findings, list...)
		if err != nil {
			return r, err
		}
	}
	r.Skipped = v.skipped
	r.Examined = map[string]int64{"refs": examined, "statements": int64(len(v.judged))}
	return r, ctx.Err()
}

func isStatement(ref *analyzers.RefChange) bool {
	return strings.HasPrefix(ref.Ref, analyzers.ReviewPrefix)
}

// ref judges what one ref gains.
func (v *reviewer) ref(ctx context.Context, ref *analyzers.RefChange) ([]analyzers.Finding, error) {
	g, err := v.gain(ctx, ref)
	if err != nil {
		return nil, err
	}
	found := v.approval(g)
	found = append(found, v.merger(g)...)
	progress, err := v.progress(ctx, g)
	return append(found, progress...), err
}

// signature judges the signature of a statement, once.
func (v *reviewer) signature(t *analyzers.Tag) Signature {
	s, known := v.judged[t.ID]
	if !known {
		s = v.directory.Statement(t)
		v.judged[t.ID] = s
	}
	return s
}

// invalid returns what is wrong with a statement whose signature does not count; key says which one it is.
func invalid(ref string, t *analyzers.Tag, s Signature) analyzers.Finding {
	kind, _, _ := attest.Parse(t.Name)
	status := s.Status
	if s.Detail != "" {
		status += ", " + s.Detail
	}
	return analyzers.Finding{
		Rule: approvalInvalid, Group: groupApproval, Severity: analyzers.High, Ref: ref,
		Key:     strings.Join([]string{approvalInvalid, kind, t.Tagger.Email, s.Key}, "\x00"),
		Message: fmt.Sprintf("the statement %q of %s does not count: %s", kind, shown(t.Tagger.Email), analyzers.Shorten(status, maxShown)),
		Hint:    "state it anew with a key that the administrators know: refward approve, or refward progress",
	}
}

// maxShown bounds what is shown of a text that a stranger has written, in characters.
const maxShown = 100

func shown(text string) string {
	if text == "" {
		return "nobody"
	}
	return analyzers.Shorten(text, maxShown)
}
