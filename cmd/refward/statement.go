package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/attest"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
	"github.com/refward/refward/internal/statement"
)

// maxStatement is the size of the longest text that is signed, in bytes. A check reads no tag above 1 MiB.
const maxStatement = 64 << 10

func (p program) approveCommand() *cli.Command {
	return &cli.Command{
		Name:      "approve",
		Usage:     "sign that you approve a commit, with all that leads to it",
		ArgsUsage: "[REV]",
		Description: `Makes a signed tag about REV (HEAD by default), with the key that git signs with, and keeps it in a ref below
` + analyzers.ReviewPrefix + `. It says that you have looked at everything that REV has and the protected branches do not, and that it may enter.
It is about this very commit: one more commit, or an amended one, needs another approval.

Nobody approves what they wrote, committed, or are named as a co-author of. On a server the policy says how many approvals a change needs, and whose
keys count.

   git config gpg.format ssh
   git config user.signingKey ~/.ssh/id_ed25519.pub
   refward approve --push                            what is checked out, and tell the server
   refward approve -m 'tried it with 10,000 users' origin/topic`,
		Flags: statementFlags(),
		Action: func(c *cli.Context) error {
			if err := atMost(c, 1); err != nil {
				return err
			}
			return p.state(c, attest.Approval, c.Args().First())
		},
	}
}

// statementFlags are the flags of the commands that sign.
func statementFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "m", Aliases: []string{"message"}, Usage: "sign this `TEXT` too, for whoever reads it later"},
		&cli.BoolFlag{Name: "push", Usage: "push it to the remote at once"},
		&cli.StringFlag{Name: "remote", Usage: "`NAME` of the remote that the branch goes to (default: origin, or the only one)"},
		policyFlag(),
	}
}

// A review is a clone in which somebody makes or reads statements.
type review struct {
	repo   *gitio.Repo
	remote string // "" = there is none
	branch *statement.Branch
	verify *statement.Verifier
}

// review opens the clone at hand and looks at a branch: at HEAD's where that has the commit, since it may say more about what comes behind it.
// The caller closes it unless there is an error.
func (p program) review(c *cli.Context, rev string, fetch bool) (_ *review, id string, err error) {
	ctx := c.Context
	if strings.HasPrefix(c.String("remote"), "-") { // git would take it for an option
		return nil, "", cli.Exit(fmt.Sprintf("--remote: no remote is called %q\nhint: git remote shows what there is", c.String("remote")), policy.ExitUsage)
	}
	r := &review{}
	if r.repo, err = gitio.Open(ctx, gitio.Options{Environ: p.environ}); err != nil {
		return nil, "", cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.repo.Close())
		}
	}()
	if id, err = r.repo.Resolve(ctx, rev); errors.Is(err, gitio.ErrNotExist) {
		return nil, "", cli.Exit(fmt.Sprintf("%s is no commit\nhint: git log --oneline --all shows what there is", report.Visible(rev)), policy.ExitUsage)
	} else if err != nil {
		return nil, "", cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	if r.remote = c.String("remote"); r.remote == "" {
		if r.remote, err = r.repo.Remote(ctx); err != nil {
			return nil, "", cli.Exit(err.Error(), policy.ExitUnchecked)
		}
	}
	if r.remote == "" && (fetch || c.Bool("push")) {
		return nil, "", cli.Exit("there is no remote, or more than one and none is called origin\nhint: name it with --remote", policy.ExitUsage)
	}
	if fetch {
		if err := r.repo.FetchReviews(ctx, r.remote, p.stderr); err != nil {
			return nil, "", cli.Exit(err.Error(), policy.ExitUnchecked)
		}
	}
	protected, err := p.protected(c, id)
	if err != nil {
		return nil, "", err
	}
	if err := r.look(ctx, id, protected); err != nil {
		hint := ""
		if errors.Is(err, gitio.ErrShallow) {
			hint = "\nhint: git fetch --unshallow"
		}
		return nil, "", cli.Exit(err.Error()+hint, policy.ExitUnchecked)
	}
	return r, id, nil
}

// protected returns which refs the policies at hand protect.
func (p program) protected(c *cli.Context, id string) (func(ref string) bool, error) {
	gate, closeLog, err := p.gate(c)
	if err != nil {
		return nil, err
	}
	defer closeLog()
	x, code := gate.Explain(c.Context, analyzers.ReviewPrefix+id, id+".."+id) // whose ref it is makes no difference; a detached HEAD has none
	if x == nil {
		return nil, exit(code)
	}
	return func(ref string) bool { return x.Stack.IsProtected(ref, x.Question.HeadBranch) }, nil
}

func (r *review) look(ctx context.Context, id string, protected func(ref string) bool) error {
	tip := id
	if head, err := r.repo.Resolve(ctx, "HEAD"); err == nil && head != id {
		behind, err := r.repo.IsAncestor(ctx, id, head)
		if err != nil {
			return err
		}
		if behind {
			tip = head
		}
	}
	ahead, err := r.repo.Ahead(ctx, tip, r.remote, protected)
	if err != nil {
		return err
	}
	if r.verify, err = statement.NewVerifier(ctx, r.repo, time.Now()); err != nil {
		return err
	}
	r.branch, err = statement.Look(ctx, r.repo, ahead, r.verify)
	return err
}

// state makes a statement about a commit.
func (p program) state(c *cli.Context, kind, rev string) error {
	text, err := statementText(c.String("m"))
	if err != nil {
		return err
	}
	if rev == "" {
		rev = "HEAD"
	}
	r, id, err := p.review(c, rev, c.Bool("fetch"))
	if err != nil {
		return err
	}
	err = p.stateIn(c, r, kind, id, text)
	return errors.Join(err, r.repo.Close())
}

func (p program) stateIn(c *cli.Context, r *review, kind, id, text string) error {
	ctx := c.Context
	who, err := r.repo.Committer(ctx)
	if err != nil {
		return cli.Exit(err.Error()+"\nhint: git config user.name NAME; git config user.email MAIL", policy.ExitUsage)
	}
	upTo := r.branch.UpTo(id)
	if len(upTo) == 0 {
		return cli.Exit(fmt.Sprintf("%s is in %s already: there is nothing to review", statement.Short(id), bases(r.branch.Bases)), policy.ExitRefused)
	}
	commit := upTo[len(upTo)-1] // parents first
	if wrote := r.branch.Wrote(id, who.Email); wrote != nil {
		return cli.Exit(fmt.Sprintf("%s %s %s: who has a part in a change cannot review it\nhint: ask somebody who has none",
			report.Visible(who.Email), wrote.How, titled(wrote.Commit)), policy.ExitRefused)
	}
	// Who may have stated it already is told so rather than that it comes too late. Whether they have, only their key says.
	again := r.branch.Has(kind, id, who.Email)
	if !again {
		if err := p.inOrder(r.branch, kind, id); err != nil {
			return err
		}
	}
	if format, err := r.repo.Setting(ctx, "gpg.format", false); err == nil && strings.EqualFold(format, "x509") {
		return cli.Exit("a signature of X.509 counts nowhere, since none is examined\nhint: git config gpg.format ssh; git config user.signingKey ~/.ssh/id_ed25519.pub", policy.ExitUsage)
	}
	raw, err := r.repo.SignTag(ctx, attest.Name(kind, id), id, attest.Subject(kind, report.Visible(commit.Subject()))+"\n\n"+text)
	if err != nil {
		return r.signExit(ctx, err)
	}
	key := statement.Signer(raw, len(id) == 64)
	ref := attest.Ref(kind, id, key)
	if there := r.branch.In(ref); there != nil {
		why := there.Against
		if why == "" && there.Verdict.Key != key {
			why = "it is signed with another key"
		}
		if why != "" { // what its key states does not count: another tag by it would not, either
			return cli.Exit(fmt.Sprintf("you have signed that already, and it does not count: %s\nhint: sign with another key (git config user.signingKey), or forget it: git update-ref -d %s",
				report.Visible(why), ref), policy.ExitRefused)
		}
		_, _ = fmt.Fprintf(p.stdout, "nothing to do: you have signed that on %s, in %s\n", there.Tag.Tagger.When.Format(time.DateOnly), ref)
		return p.pushStatement(c, r, ref)
	}
	if again {
		if err := p.inOrder(r.branch, kind, id); err != nil {
			return err
		}
	}
	since := r.since(ctx, commit) // before it is one itself
	if _, err := r.repo.StoreTag(ctx, raw, ref, "refward: "+kind); err != nil {
		return cli.Exit(report.Visible(err.Error())+"\nhint: git show-ref "+ref+" tells whether it is there already", policy.ExitUnchecked)
	}
	_, _ = fmt.Fprintf(p.stdout, "success: %s\n", verb(kind)+" "+titled(commit)+": "+since)
	_, _ = fmt.Fprintf(p.stdout, "signed as %s, in %s\n", report.Visible(who.Name+" <"+who.Email+">"), ref)
	p.weigh(ctx, r, ref)
	return p.pushStatement(c, r, ref)
}

// inOrder refuses a mark that would not be in order with those that count. Those that nobody has verified bar nobody, since anybody can make them:
// they are only named.
func (p program) inOrder(b *statement.Branch, kind, id string) error {
	mark := attest.Progress(kind)
	if mark == 0 {
		return nil
	}
	other := b.Contradicts(mark, id)
	if other == nil {
		return nil
	}
	has := fmt.Sprintf("%s has %d %% already, by %s", titled(other.Commit), attest.Progress(other.Kind), report.Visible(other.Tag.Tagger.Email))
	if !other.Counts() {
		_, _ = fmt.Fprintf(p.stdout, "warning: %s, unverified: %d %% would not be in order\n", has, mark)
		return nil
	}
	return cli.Exit(fmt.Sprintf("%s: %d %% would not be in order\nhint: refward progress shows what there is", has, mark), policy.ExitRefused)
}

// statementText checks what is to be signed besides.
func statementText(text string) (string, error) {
	usage := func(what string) error { return cli.Exit("-m: "+what, policy.ExitUsage) }
	switch {
	case len(text) > maxStatement:
		return "", usage(fmt.Sprintf("more than %d bytes", maxStatement))
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return "", usage("no text in UTF-8")
	case beginsSignature.MatchString(text):
		return "", usage("a line of it would be taken for the beginning of a signature")
	}
	return text, nil
}

var beginsSignature = regexp.MustCompile(`(?m)^-----BEGIN `)

func verb(kind string) string {
	if mark := attest.Progress(kind); mark > 0 {
		return fmt.Sprintf("reviewed at %d %%", mark)
	}
	return "approved"
}

// titled names a commit.
func titled(k *analyzers.Commit) string {
	subject := report.Visible(k.Subject())
	if cut := []rune(subject); len(cut) > 72 {
		subject = string(cut[:71]) + "…"
	}
	return fmt.Sprintf("%s %q", statement.Short(k.ID), subject)
}

// bases names the protected branches as git does for people.
func bases(refs []string) string {
	if len(refs) == 0 {
		return "no branch"
	}
	var names []string
	for _, ref := range refs {
		names = append(names, report.Visible(strings.TrimPrefix(strings.TrimPrefix(ref, "refs/remotes/"), "refs/heads/")))
	}
	if len(names) > 3 {
		names = append(names[:2], fmt.Sprintf("%d more", len(names)-2))
	}
	return strings.Join(names, ", ")
}

// since says how much there is to look at since the last statement of progress, else since the branch began.
func (r *review) since(ctx context.Context, k *analyzers.Commit) string {
	return r.between(ctx, r.branch.Last(k.ID), k.ID)
}

func (r *review) between(ctx context.Context, last *statement.Statement, to string) string {
	b, commits := r.branch, r.branch.UpTo(to)
	from, name := b.Fork, bases(b.Bases)
	if last != nil {
		seen := b.Reachable(last.Commit.ID)
		commits = slices.DeleteFunc(commits, func(k *analyzers.Commit) bool { return seen[k.ID] })
		from, name = last.Commit.ID, fmt.Sprintf("%s (%d %%)", statement.Short(last.Commit.ID), attest.Progress(last.Kind))
	} else if from == "" {
		name = "the beginning"
	}
	return fmt.Sprintf("%s, %s since %s", things(len(commits), "commit"), r.churn(ctx, from, to), name)
}

func (r *review) churn(ctx context.Context, from, to string) string {
	lines, err := r.repo.ChangedLines(ctx, from, to)
	if err != nil {
		return "lines not counted"
	}
	return churned(lines)
}

// weigh warns of a signature that this very clone would not take.
func (p program) weigh(ctx context.Context, r *review, ref string) {
	again, err := statement.Look(ctx, r.repo, r.branch.Ahead, r.verify)
	if err != nil {
		return // it is made; that it cannot be read here is no reason to say that it failed
	}
	for _, s := range again.Statements {
		if s.Ref == ref && s.Against != "" {
			_, _ = fmt.Fprintf(p.stdout, "warning: it does not count here: %s\n", report.Visible(s.Against))
		} else if s.Ref == ref && s.Counts() {
			_, _ = fmt.Fprintf(p.stdout, "with the key %s\n", s.Verdict.Key)
		}
	}
}

// pushStatement pushes the ref of a statement, or says how.
func (p program) pushStatement(c *cli.Context, r *review, ref string) error {
	if c.Bool("push") {
		if err := r.repo.PushRef(c.Context, r.remote, ref, p.stderr); err != nil {
			return cli.Exit(fmt.Sprintf("%s\nhint: it is signed and kept; try again: git push %s %s", report.Visible(err.Error()), typedRemote(r.remote), report.Visible(ref)), policy.ExitUnchecked)
		}
		_, err := fmt.Fprintf(p.stdout, "success: pushed to %s\n", report.Visible(r.remote))
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "hint: it counts once it is pushed: git push %s %s\n", typedRemote(r.remote), report.Visible(ref))
	return err
}

var plainRemote = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._/-]*$`)

// typedRemote names a remote in a command that people paste into a shell.
func typedRemote(name string) string {
	if plainRemote.MatchString(name) {
		return name
	}
	return "REMOTE"
}

// signExit says why nothing is signed, and what to type.
func (r *review) signExit(ctx context.Context, err error) error {
	text := report.Visible(err.Error())
	if ctx.Err() != nil {
		return cli.Exit(text, policy.ExitUnchecked)
	}
	format, _ := r.repo.Setting(ctx, "gpg.format", false)
	key, _ := r.repo.Setting(ctx, "user.signingKey", false)
	switch {
	case key == "" && format == "ssh":
		text += "\nhint: git config user.signingKey ~/.ssh/id_ed25519.pub"
	case key == "":
		text += "\nhint: with an SSH key: git config gpg.format ssh; git config user.signingKey ~/.ssh/id_ed25519.pub" +
			"\nhint: with a GPG key: git config user.signingKey KEYID"
	default:
		text += fmt.Sprintf("\nhint: git signs with %q: git config gpg.format (ssh, openpgp) and git config user.signingKey say with what", report.Visible(key))
	}
	return cli.Exit(text, policy.ExitUnchecked)
}
