package gitio

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
	"github.com/refward/refward/internal/linediff"
)

// pickedID is the line that "git cherry-pick -x" appends to a message (git-cherry-pick(1)). It is only a hint where to look.
var pickedID = regexp.MustCompile(`^\(cherry picked from commit ([0-9a-f]{40}(?:[0-9a-f]{24})?)\)$`)

// Bounds on the proofs of all picks of one push, beside maxReverts attempts. What goes beyond is judged like any commit.
const (
	maxPickFiles = 10_000    // files whose versions must be compared line by line, since their blobs are others
	maxPickBytes = 256 << 20 // of these
)

// A pickProver proves picks and counts what that costs.
type pickProver struct {
	repo         *Repo
	graph        *source.Graph
	files, bytes int64
}

// A pick is a commit that says that it repeats an older one.
type pick struct {
	commit, original *analyzers.Commit
}

// provePicks sets Picks on each commit that repeats the change and the message of an older one that the protected branches have. A commit
// that just says so is not exempt from anything. branches returns the tips of these; it is called only where a commit says that it is a
// pick.
func (r *Repo) provePicks(ctx context.Context, commits []*analyzers.Commit, g *source.Graph, branches func(context.Context) ([]string, error)) error {
	picks, err := r.claimedPicks(ctx, commits, g)
	if err != nil || len(picks) == 0 {
		return err
	}
	tips, err := branches(ctx)
	if err != nil || len(tips) == 0 {
		return err
	}
	var originals []string
	for _, k := range picks {
		originals = append(originals, k.original.ID)
	}
	slices.Sort(originals)
	// What this graph has, no protected branch reaches. Where clocks went wrong it may have more, which is then judged again.
	unknown, err := r.New(ctx, slices.Compact(originals), source.Boundary{Near: tips})
	if err != nil {
		return err
	}
	p := &pickProver{repo: r, graph: g}
	for _, k := range picks {
		if _, is := unknown.Parents[k.original.ID]; is {
			continue
		}
		same, err := p.sameChange(ctx, k)
		if err != nil {
			return err
		}
		if same {
			k.commit.Picks = k.original.ID
		}
	}
	return nil
}

// claimedPicks returns the commits whose message is that of another one, which they name.
func (r *Repo) claimedPicks(ctx context.Context, commits []*analyzers.Commit, g *source.Graph) ([]pick, error) {
	var picks []pick
	tried := 0
	for _, k := range commits {
		if len(g.Parents[k.ID]) != 1 || tried >= maxReverts {
			continue
		}
		id, message := pickedMessage(k)
		if _, new := g.Parents[id]; id == "" || new {
			continue // one of the same push is judged now, not before
		}
		tried++
		o, raw, err := r.Read(ctx, id, r.maxHeader)
		if errors.Is(err, ErrNotExist) || err == nil && (o.Kind != "commit" || raw == nil) {
			continue
		}
		if err != nil {
			return nil, err
		}
		original := decodeCommit(o.ID, raw)
		if len(original.Parents) != 1 || cleaned(original.Message) != message ||
			original.Author.Name != k.Author.Name || original.Author.Email != k.Author.Email {
			continue // "git cherry-pick" keeps the author
		}
		if _, err := r.Info(ctx, original.Parents[0]); errors.Is(err, ErrNotExist) {
			continue // beyond the edge of a shallow repository
		} else if err != nil {
			return nil, err
		}
		picks = append(picks, pick{k, original})
	}
	return picks, nil
}

// pickedMessage returns the id of the commit that the message names last as its original, and the message that this one must have, or "".
// Behind the line may stand the sign-off that "git cherry-pick -x -s" adds, which is the committer's, and nothing else.
func pickedMessage(k *analyzers.Commit) (id, message string) {
	lines := strings.Split(k.Message, "\n")
	signOff := "Signed-off-by: " + k.Committer.Name + " <" + k.Committer.Email + ">"
	for i, line := range slices.Backward(lines) {
		line = strings.TrimRight(line, " \t\r")
		if m := pickedID.FindStringSubmatch(line); m != nil {
			return m[1], cleaned(strings.Join(lines[:i], "\n"))
		}
		if line != "" && line != signOff {
			return "", ""
		}
	}
	return "", ""
}

// cleaned takes the white space out of a message that git does not keep (git-stripspace(1)).
func cleaned(message string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.Trim(message, "\n"), "\n") {
		line = strings.TrimRight(line, " \t\r\v\f")
		if line != "" || len(lines) > 0 && lines[len(lines)-1] != "" {
			lines = append(lines, line)
		}
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// sameChange reports whether both commits change the same paths in the same way: the lines that go and the lines that come are the same, in
// the same order. What stands around them may differ, as it does for git-patch-id(1).
func (p *pickProver) sameChange(ctx context.Context, k pick) (bool, error) {
	a := &source.Comparison{Commit: k.commit.ID, Parents: p.graph.Parents[k.commit.ID]}
	b := &source.Comparison{Commit: k.original.ID, Parents: k.original.Parents}
	if err := p.repo.Compare(ctx, []*source.Comparison{a, b}, source.Renames{}); err != nil {
		return false, err
	}
	if len(a.Entries) == 0 || len(a.Entries) != len(b.Entries) {
		return false, nil
	}
	for i := range a.Entries {
		if !sameModes(&a.Entries[i], &b.Entries[i]) {
			return false, nil
		}
	}
	for i := range a.Entries {
		if same, err := p.sameLines(ctx, &a.Entries[i], &b.Entries[i]); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// sameModes reports whether two entries are of one path, which both change from the same mode to the same mode.
func sameModes(a, b *source.Entry) bool {
	return a.Path == b.Path && a.Status == b.Status && len(a.Sides) == 2 && len(b.Sides) == 2 &&
		a.Sides[0].Mode == b.Sides[0].Mode && a.Sides[1].Mode == b.Sides[1].Mode
}

// sameLines reports whether two entries remove the same lines and add the same, in order.
func (p *pickProver) sameLines(ctx context.Context, a, b *source.Entry) (bool, error) {
	if slices.Equal(a.Sides, b.Sides) {
		return true, nil
	}
	if a.Sides[0].ID == a.Sides[1].ID || b.Sides[0].ID == b.Sides[1].ID {
		// Only the mode changes. If that is so in both, what the file holds says nothing of the change.
		return a.Sides[0].ID == a.Sides[1].ID && b.Sides[0].ID == b.Sides[1].ID, nil
	}
	if p.files++; p.files > maxPickFiles {
		return false, nil
	}
	var text [4][]byte
	for i, s := range slices.Concat(a.Sides, b.Sides) {
		if s.Mode == 0 {
			continue
		}
		if !source.HasContent(s.Mode) || s.Mode&source.ModeType == modeSymlink {
			return false, nil // a submodule or the target of a link is no lines
		}
		o, data, err := p.repo.Read(ctx, s.ID, min(p.repo.maxBlob, maxPickBytes-p.bytes))
		if err != nil {
			return false, err
		}
		if o.Size > 0 && data == nil || isBinary(data) {
			return false, nil
		}
		p.bytes += o.Size
		text[i] = data
	}
	return bytes.Equal(addedText(text[0], text[1]), addedText(text[2], text[3])) &&
		bytes.Equal(addedText(text[1], text[0]), addedText(text[3], text[2])), nil
}

// modeSymlink is the file type of a symbolic link in the mode of a tree's entry.
const modeSymlink = 0o120000

// addedText returns the lines that the new version has and the old one has not.
func addedText(old, new []byte) []byte {
	var text []byte
	for _, run := range linediff.Added(old, new) {
		text = append(text, run.Text...)
		if !bytes.HasSuffix(run.Text, eol) {
			text = append(text, "\n\\ No newline at end of file\n"...) // as a diff says, lest two lines look like one
		}
	}
	return text
}

// branches returns the tips of the protected branches that are stored where the push goes to, as far as this side knows: on the server the
// branches, on a client the remote-tracking refs and the old ids that the server just named.
func (p *push) branches(ctx context.Context) ([]string, error) {
	prefix := "refs/heads/"
	if p.remote != "" {
		prefix = "refs/remotes/" + p.remote + "/"
	}
	var tips []string
	if p.remote == "" || !isURL(p.remote) {
		var err error
		if tips, err = p.repo.protectedBranches(ctx, prefix, p.floor); err != nil {
			return nil, err
		}
	}
	for _, ref := range p.change.Refs {
		if p.remote != "" && p.floor(ref.Ref) && !ref.Creates() && strings.HasPrefix(ref.Ref, "refs/heads/") {
			tips = append(tips, ref.Old)
		}
	}
	return p.repo.onlyCommits(ctx, tips)
}

// rangeBranches returns what branches does, for a range: of the remote "origin" or of the only one, else of the repository itself; and OLD.
func (r *Repo) rangeBranches(ctx context.Context, protected func(ref string) bool, ref *analyzers.RefChange) ([]string, error) {
	tracked, err := r.refs(ctx, []string{"refs/remotes/"})
	if err != nil {
		return nil, err
	}
	remotes := map[string]bool{}
	prefix := "refs/heads/"
	for name := range tracked {
		remote, _, _ := strings.Cut(strings.TrimPrefix(name, "refs/remotes/"), "/")
		remotes[remote] = true
		prefix = "refs/remotes/" + remote + "/"
	}
	var tips []string
	if remotes["origin"] {
		prefix = "refs/remotes/origin/"
	}
	if len(remotes) <= 1 || remotes["origin"] {
		if tips, err = r.protectedBranches(ctx, prefix, protected); err != nil {
			return nil, err
		}
	}
	if protected(ref.Ref) && !ref.Creates() && strings.HasPrefix(ref.Ref, "refs/heads/") {
		tips = append(tips, ref.Old)
	}
	return r.onlyCommits(ctx, tips)
}

// protectedBranches returns where the refs below a prefix are that stand for protected branches.
func (r *Repo) protectedBranches(ctx context.Context, prefix string, protected func(ref string) bool) ([]string, error) {
	all, err := r.refs(ctx, []string{prefix})
	if err != nil {
		return nil, err
	}
	var tips []string
	for name, stored := range all {
		if stored.ID != "" && protected("refs/heads/"+strings.TrimPrefix(name, prefix)) {
			tips = append(tips, stored.ID)
		}
	}
	return tips, nil
}

// onlyCommits sorts ids and leaves out what is no commit, or is not here: a client may not have fetched it.
func (r *Repo) onlyCommits(ctx context.Context, ids []string) ([]string, error) {
	slices.Sort(ids)
	var commits []string
	err := r.InfoAll(ctx, slices.Compact(ids), func(_ int, o source.Object, err error) error {
		if err == nil && o.Kind == "commit" {
			commits = append(commits, o.ID)
		}
		if errors.Is(err, ErrNotExist) {
			return nil
		}
		return err
	})
	return commits, err
}
