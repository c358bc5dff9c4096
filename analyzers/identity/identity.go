package identity

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/refward/refward/analyzers"
)

// A Status is what a signature is worth.
type Status string

// The statuses, in the words of the one who is asked for them.
const (
	Good           Status = "good"
	Bad            Status = "bad"
	Unsigned       Status = "unsigned"
	UnknownKey     Status = "unknown-key"
	Expired        Status = "expired"
	Revoked        Status = "revoked"
	WrongNamespace Status = "wrong-namespace"
	Malformed      Status = "malformed"
	NotExamined    Status = "not-examined"
)

// A Signature is what a Directory knows of an object's signature.
type Signature struct {
	Status Status
	Key    string // fingerprint; "" = not known
	Signer string // whose the key is, for people; may be ""
	Detail string // one line more about what is wrong; may be ""

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
	// Asks says what is to be looked at: signatures, and who pushes.
	Asks() (signatures, pusher bool)

	// Open gets ready to answer; an error means that nothing can be answered.
	Open() error

	// Commit and Tag judge the signature of an object.
	Commit(c *analyzers.Commit) Signature
	Tag(t *analyzers.Tag) Signature

	// Pusher returns whom it knows by what the host says; why says what is missing when known is false.
	Pusher(who analyzers.Identity) (p Pusher, known bool, why string)
}

// New returns the analyzer; directory is nil when a policy names none.
func New(directory Directory) *analyzers.Analyzer {
	return &analyzers.Analyzer{
		Name: "identity",
		Doc: "finds signatures that do not count, and commits of others than who pushes\n\n" +
			"A commit's author and committer are text that anybody can type. A signature by a known key, and a server that knows who pushes, make " +
			"them a fact. Sign with git commit -S, and set user.email to an address that the server knows.",
		Essential: true,
		Groups:    []string{groupSignature, groupPusher},
		Rules:     rules,
		Run: func(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
			if directory == nil {
				return analyzers.Result{}, ctx.Err()
			}
			return run(ctx, c, directory)
		},
	}
}

func run(ctx context.Context, c *analyzers.Change, d Directory) (analyzers.Result, error) {
	r := analyzers.Result{}
	signatures, pusher := d.Asks()
	// A commit in the making has no signature yet, and a tree is not about its commits.
	signatures = signatures && (c.Kind == analyzers.KindPush || c.Kind == analyzers.KindRange || c.Kind == analyzers.KindHistory)
	pusher = pusher && c.Kind == analyzers.KindPush
	if !signatures && !pusher || len(c.Commits)+len(c.Tags)+len(c.Refs) == 0 {
		return r, ctx.Err()
	}
	if err := d.Open(); err != nil {
		return r, fmt.Errorf("ask for keys and people: %w", err)
	}
	var commits, tags []Signature
	if signatures {
		commits = each(ctx, c.Commits, d.Commit)
		tags = each(ctx, c.Tags, d.Tag)
		if err := ctx.Err(); err != nil {
			return r, err // not all were looked at
		}
		r.Examined = map[string]int64{"commits": int64(len(c.Commits)), "tags": int64(len(c.Tags))}
		for i, commit := range c.Commits {
			at := analyzers.Finding{Commit: commit.ID, Key: commit.Author.Email + "\x00" + commit.Subject()}
			r.Findings = append(r.Findings, judge(commits[i], "commit", commit.Committer.Email, at)...)
		}
		for i, tag := range c.Tags {
			for _, ref := range c.RefsOfTag(i) {
				at := analyzers.Finding{Ref: ref, Key: tag.Tagger.Email + "\x00" + tag.Name}
				r.Findings = append(r.Findings, judge(tags[i], "tag", tag.Tagger.Email, at)...)
			}
		}
	}
	if pusher {
		r.Findings = append(r.Findings, judgePusher(c, d, commits)...)
	}
	return r, ctx.Err()
}

// each asks about every object, on all processors: a signature takes longer than anything else that is asked of a commit.
func each[T any](ctx context.Context, list []T, ask func(T) Signature) []Signature {
	answers := make([]Signature, len(list))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(list)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				answers[i] = ask(list[i])
			}
		})
	}
	wg.Wait()
	return answers
}

// judge returns what is wrong with a signature; at says where it is, and what.
func judge(s Signature, what, mail string, at analyzers.Finding) []analyzers.Finding {
	found := func(rule string, severity analyzers.Severity, hint, format string, args ...any) []analyzers.Finding {
		f := at
		f.Rule, f.Group, f.Severity, f.Hint = rule, groupSignature, severity, hint
		f.Message = fmt.Sprintf(format, args...)
		f.Key = rule + "\x00" + f.Key
		return []analyzers.Finding{f}
	}
	detail := ""
	if s.Detail != "" {
		detail = ": " + visible(s.Detail)
	}
	switch s.Status {
	case Good:
		if s.Owns == nil || !s.Owns(mail) {
			return found(signerNotCommitter, analyzers.Medium, "commit as who you sign: git config user.email, then "+again(what),
				"the %s says it is of %s, and is signed by %s", what, printable(mail), signer(s))
		}
		return nil
	case Unsigned:
		return found(unsigned, analyzers.Medium, "sign it: "+again(what), "the %s has no signature", what)
	case UnknownKey, NotExamined:
		return found(unknown, analyzers.Medium, "sign with a key that the administrators know, or ask them to add yours",
			"the %s is signed by %s, which may not sign%s", what, signer(s), detail)
	case Expired:
		return found(expired, analyzers.Medium, "sign with a key that is valid: "+again(what), "the signature of the %s is by %s%s", what, signer(s), detail)
	case Revoked:
		return found(revoked, analyzers.High, "sign with another key: "+again(what), "the signature of the %s is by %s%s", what, signer(s), detail)
	}
	return found(bad, analyzers.High, "sign it anew: "+again(what), "the signature of the %s does not count%s", what, detail)
}

// judgePusher returns what is wrong with who pushes. signatures are those of the commits, if they were looked at.
func judgePusher(c *analyzers.Change, d Directory, signatures []Signature) []analyzers.Finding {
	var list []analyzers.Finding
	who, known, why := d.Pusher(c.Pusher)
	if !known {
		for _, ref := range c.Refs {
			list = append(list, analyzers.Finding{
				Rule: pusherUnknown, Group: groupPusher, Severity: analyzers.Medium, Ref: ref.Ref, Key: pusherUnknown + "\x00" + c.Pusher.Name,
				Message: "it is not known who pushes: " + visible(why), Hint: "push with your own account, or ask the administrators to add it",
			})
		}
		return list
	}
	for i, commit := range c.Commits {
		mail := commit.Committer.Email
		if who.Owns(mail) {
			continue
		}
		// What its committer has signed is the committer's, whoever brings it: one merges what another has made.
		if signatures != nil && signatures[i].Status == Good && signatures[i].Owns != nil && signatures[i].Owns(mail) {
			continue
		}
		list = append(list, analyzers.Finding{
			Rule: committerNotPusher, Group: groupPusher, Severity: analyzers.Medium, Commit: commit.ID,
			Key:     committerNotPusher + "\x00" + mail + "\x00" + commit.Subject(),
			Message: fmt.Sprintf("the committer is %s, which is no mail of %s, who pushes", printable(mail), printable(who.Login)),
			Hint:    "git config user.email YOUR-MAIL, then git rebase --exec 'git commit --amend --no-edit --reset-author' BASE for what is yours; others push their own",
		})
	}
	return list
}

// again says what to type to make an object anew, signed.
func again(what string) string {
	if what == "tag" {
		return "git tag -f -s NAME"
	}
	return "git commit --amend -S for the newest commit, git rebase --exec 'git commit --amend --no-edit -S' BASE for several"
}

func signer(s Signature) string {
	switch {
	case s.Signer != "" && s.Key != "":
		return printable(s.Signer) + " (" + printable(s.Key) + ")"
	case s.Key != "":
		return "the key " + printable(s.Key)
	}
	return "a key of its own kind"
}

// maxShown bounds what is shown of a text that a pusher has written, in bytes.
const maxShown = 100

// printable shows a text that a pusher has written.
func printable(text string) string {
	if text == "" {
		return "nobody"
	}
	return visible(text)
}

func visible(text string) string {
	if len(text) > 3*maxShown {
		text = text[:3*maxShown] + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}
