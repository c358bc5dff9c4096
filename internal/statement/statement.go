package statement

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/attest"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/message"
	"github.com/refward/refward/internal/objectsig"
)

// A Statement is one that a ref holds.
type Statement struct {
	Ref    string
	Kind   string
	Tag    *analyzers.Tag
	Commit *analyzers.Commit // that it is about

	Verdict identity.Verdict // of its signature
	Known   bool             // Verdict is one; else nothing here tells whose key it is, and Verdict.Detail says why

	// Against says why it does not count, such as "its signer wrote 1a2b3c4"; "" = nothing speaks against it, which is not enough: see Counts.
	Against string
}

// Counts reports whether the signature is good and nothing speaks against the statement.
func (s *Statement) Counts() bool { return s.Known && s.Against == "" }

// Unverified reports whether nothing here tells whose signature it is: anybody may have made it, in any name.
func (s *Statement) Unverified() bool { return !s.Known && s.Against == "" }

// A Branch is what a commit has that the protected branches do not, with the statements about it.
type Branch struct {
	*gitio.Ahead
	parts      map[string][]*Part // who has one in the commits, by mail as fold has it; parents first
	Statements []*Statement       // in the order of the commits; about one commit, approvals behind progress, lower marks first, then by ref
}

// Look finds the statements about the commits of a branch.
func Look(ctx context.Context, repo *gitio.Repo, ahead *gitio.Ahead, v *Verifier) (*Branch, error) {
	b := &Branch{Ahead: ahead, parts: parts(ahead.Commits)}
	tags, err := repo.Statements(ctx, ahead.Commits)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, k := range ahead.Commits {
		at[k.ID] = i
	}
	for ref, tag := range tags {
		kind, why := attest.Of(ref, tag)
		if why != "" {
			continue // it may say something, but is no statement of ours
		}
		s := &Statement{Ref: ref, Kind: kind, Tag: tag, Commit: ahead.Commits[at[tag.Target]]}
		s.Verdict, s.Known = v.verify(tag)
		s.Against = b.against(s)
		b.Statements = append(b.Statements, s)
	}
	slices.SortFunc(b.Statements, func(x, y *Statement) int {
		rank := func(s *Statement) int { return cmp.Or(attest.Progress(s.Kind), 100) }
		return cmp.Or(cmp.Compare(at[x.Commit.ID], at[y.Commit.ID]), cmp.Compare(rank(x), rank(y)), strings.Compare(x.Ref, y.Ref))
	})
	return b, nil
}

// against says why a statement does not count.
func (b *Branch) against(s *Statement) string {
	switch {
	case s.Verdict.Status == identity.Unsigned:
		return "it is not signed"
	case s.Verdict.Status == identity.Malformed:
		return "its signature cannot be read"
	case s.Known && s.Verdict.Status != identity.Good:
		return cmp.Or(s.Verdict.Detail, "its signature is "+string(s.Verdict.Status))
	case s.Known && !s.Verdict.Owns(s.Tag.Tagger.Email):
		return "the key is not that of " + s.Tag.Tagger.Email
	}
	if wrote := b.Wrote(s.Commit.ID, s.Tag.Tagger.Email); wrote != nil {
		return "its signer " + wrote.How + " " + Short(wrote.Commit.ID)
	}
	return ""
}

// UpTo returns the commits of the branch that lead to one of them, itself included.
func (b *Branch) UpTo(id string) []*analyzers.Commit {
	var list []*analyzers.Commit
	reached := b.Reachable(id)
	for _, k := range b.Commits {
		if reached[k.ID] {
			list = append(list, k)
		}
	}
	return list
}

// Last returns the last statement of progress that counts and is about the commit or one that leads to it; nil where there is none.
func (b *Branch) Last(id string) *Statement {
	reached := b.Reachable(id)
	for _, s := range slices.Backward(b.Statements) {
		if s.Counts() && attest.Progress(s.Kind) > 0 && reached[s.Commit.ID] {
			return s
		}
	}
	return nil
}

// Contradicts returns a statement of progress that would not be in order with a mark at a commit: a higher one before it, or a lower one behind it;
// nil where all are in order. It is one that counts if there is any, else an unverified one.
func (b *Branch) Contradicts(mark int, id string) (found *Statement) {
	before := b.Reachable(id)
	for _, s := range b.Statements {
		other := attest.Progress(s.Kind)
		if s.Against != "" || other == 0 || found != nil && !s.Counts() {
			continue
		}
		if before[s.Commit.ID] && other > mark || s.Commit.ID != id && b.Reachable(s.Commit.ID)[id] && other < mark {
			if found = s; s.Counts() {
				return s
			}
		}
	}
	return found
}

// In returns the statement that a ref holds; nil where that is not there or holds none.
func (b *Branch) In(ref string) *Statement {
	for _, s := range b.Statements {
		if s.Ref == ref {
			return s
		}
	}
	return nil
}

// Has reports whether somebody is named as the signer of a statement of a kind about a commit, be it true or not.
func (b *Branch) Has(kind, commit, mail string) bool {
	return slices.ContainsFunc(b.Statements, func(s *Statement) bool {
		return s.Kind == kind && s.Commit.ID == commit && strings.EqualFold(s.Tag.Tagger.Email, mail)
	})
}

// Signer returns the fingerprint of the key that a signed tag says it was signed with, which tells its ref from those of others: whoever has a new key
// can state anew what the old one did.
func Signer(raw []byte, sha256 bool) string {
	return (&identity.Verifier{}).Verify(objectsig.Tag, raw, sha256, time.Now()).Key
}

// A Part is what somebody has to do with a commit.
type Part struct {
	Commit *analyzers.Commit
	How    string // "wrote", "committed", "is named as a co-author of"
}

// Wrote returns the first part that somebody has in a commit or those of the branch that lead to it, whom a mail address names in any case; nil = none.
func (b *Branch) Wrote(id, mail string) *Part {
	mine := b.parts[fold(mail)]
	if len(mine) == 0 {
		return nil
	}
	reached := b.Reachable(id)
	for _, part := range mine {
		if reached[part.Commit.ID] {
			return part
		}
	}
	return nil
}

// parts lists who has a part in commits. Somebody who has committed what another wrote could have changed it.
func parts(commits []*analyzers.Commit) map[string][]*Part {
	list := map[string][]*Part{}
	for _, k := range commits {
		add := func(mail, how string) {
			key := fold(mail)
			if has := list[key]; len(has) == 0 || has[len(has)-1].Commit != k {
				list[key] = append(has, &Part{k, how})
			}
		}
		add(k.Author.Email, "wrote")
		add(k.Committer.Email, "committed")
		m := message.Parse(k.Message)
		for _, mail := range m.CoAuthors() {
			add(mail, "is named as a co-author of")
		}
	}
	return list
}

// fold makes one of what is equal but for case as [strings.EqualFold] has it; lower case alone keeps apart the two small letters s.
func fold(mail string) string { return strings.ToLower(strings.ToUpper(mail)) }

// Short cuts an id to the seven digits that git shows by default (git-config(1), core.abbrev).
func Short(id string) string { return id[:min(len(id), 7)] }

// A Verifier judges the signatures of statements by what git itself is told here: gpg.ssh.allowedSignersFile and gpg.ssh.revocationFile (git-config(1)).
type Verifier struct {
	verifier *identity.Verifier // nil = nothing tells whose a key is
	why      string             // that is so
	now      time.Time
}

// NewVerifier reads git's configuration and the files that it names. Only where there is no file of signers, nobody is known. A file that cannot be
// read is an error: without that of revoked keys, these would count.
func NewVerifier(ctx context.Context, repo *gitio.Repo, now time.Time) (*Verifier, error) {
	signers, err := repo.Setting(ctx, "gpg.ssh.allowedSignersFile", true)
	if err != nil {
		return nil, err
	}
	if signers == "" {
		return &Verifier{why: "gpg.ssh.allowedSignersFile is not set", now: now}, nil
	}
	if _, err := os.Stat(signers); errors.Is(err, fs.ErrNotExist) {
		return &Verifier{why: "gpg.ssh.allowedSignersFile names " + signers + ", which is not there", now: now}, nil
	}
	revoked, err := repo.Setting(ctx, "gpg.ssh.revocationFile", true)
	if err != nil {
		return nil, err
	}
	verifier, err := identity.Config{Signers: signers, Revoked: revoked}.Load()
	if err != nil {
		return nil, fmt.Errorf("gpg.ssh.allowedSignersFile and gpg.ssh.revocationFile: %w", err)
	}
	return &Verifier{verifier: verifier, now: now}, nil
}

// verify judges the signature of a tag. GPG's keyring is not asked: whose keys are in it says nothing of who may sign.
func (v *Verifier) verify(tag *analyzers.Tag) (verdict identity.Verdict, known bool) {
	verifier := v.verifier
	if verifier == nil {
		verifier = &identity.Verifier{}
	}
	verdict = verifier.Verify(objectsig.Tag, tag.Raw, len(tag.Target) == 64, v.now)
	switch {
	case verdict.Status == identity.Unsigned, verdict.Status == identity.Malformed:
		return verdict, true
	case v.verifier == nil:
		verdict.Detail = v.why
		return verdict, false
	case !strings.HasPrefix(verdict.Key, "SHA256:"):
		verdict.Detail = cmp.Or(verdict.Detail, "only SSH keys are looked up")
		return verdict, false
	}
	return verdict, true
}
