package review_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/review"
	"github.com/refward/refward/internal/attest"
)

// directory knows people by the first part of their mail. The message of a statement says who signed it, and how.
type directory struct {
	signatures, pushers bool
	err                 error
}

func (d directory) Open() error                       { return d.err }
func (d directory) Knows() (signatures, pushers bool) { return d.signatures, d.pushers }
func (d directory) Person(mail string) string {
	return map[string]string{"ada@home.example": "ada", "ada@example.com": "ada"}[mail]
}
func owns(login string) func(string) bool {
	return func(m string) bool { return strings.EqualFold(m, login+"@example.com") }
}
func (d directory) Statement(t *analyzers.Tag) review.Signature {
	who, how, _ := strings.Cut(strings.TrimSpace(strings.Split(t.Message, "\n")[0]), " ")
	return review.Signature{Good: how == "good", Status: how, Key: "SHA256:" + who, Signer: who, Logins: []string{who}, Owns: owns(who), Detail: "some\x1bthing"}
}

func (d directory) Pusher(who analyzers.Identity) (review.Pusher, bool, string) {
	return review.Pusher{Login: who.Name, Owns: owns(who.Name)}, who.Name != "", "the host names nobody"
}

var (
	nobody = review.Directory(nil)
	keys   = directory{signatures: true}
	all    = directory{signatures: true, pushers: true}
)

// A draft is a change in the making: "a", "b" and so on are commits.
type draft struct {
	change  *analyzers.Change
	reviews []analyzers.Review
	moved   bool  // what the change begins at is not in what was approved
	unread  int   // statements
	err     error // of reading them
}

// line makes commits one after the other, by "NAME AUTHOR [TRAILER: WHO]…".
func line(commits ...string) *draft {
	d := &draft{change: &analyzers.Change{Kind: analyzers.KindPush}}
	before := "base"
	for _, text := range commits {
		d.commit(text, before)
		before, _, _ = strings.Cut(text, " ")
	}
	return d
}

func (d *draft) commit(text string, parents ...string) *draft {
	words := strings.Fields(text)
	who := analyzers.Signature{Name: words[1], Email: words[1] + "@example.com"}
	k := &analyzers.Commit{ID: analyzerstest.ID(words[0]), Tree: analyzerstest.ID("tree " + words[0]), Author: who, Committer: who, Message: "feat: " + words[0] + "\n"}
	for i := 2; i+1 < len(words); i += 2 {
		switch words[i] {
		case "tree":
			k.Tree = analyzerstest.ID("tree " + words[i+1])
		case "committer":
			k.Committer.Email = words[i+1] + "@example.com"
		default:
			if i == 2 || !strings.Contains(k.Message, "\n\n") {
				k.Message += "\n"
			}
			k.Message += fmt.Sprintf("%s: X <%s>\n", words[i], mail(words[i+1]))
		}
	}
	for _, p := range parents {
		k.Parents = append(k.Parents, analyzerstest.ID(p))
	}
	d.change.Commits = append(d.change.Commits, k)
	return d
}

func mail(who string) string {
	if strings.Contains(who, "@") {
		return who
	}
	return who + "@example.com"
}

// states adds a statement: "KIND COMMIT SIGNER HOW [lines]".
func (d *draft) states(text string, lines ...int64) *draft {
	words := strings.Fields(text)
	target := analyzerstest.ID(words[1])
	v := analyzers.Review{
		Ref: attest.Ref(words[0], target, words[2]), Tree: analyzerstest.ID("tree " + words[1]),
		Tag: &analyzers.Tag{ID: analyzerstest.ID("tag " + text), Name: attest.Name(words[0], target), Type: "commit", Target: target,
			Tagger: analyzers.Signature{Email: words[2] + "@example.com"}, Message: words[2] + " " + words[3] + "\n"},
	}
	for _, n := range lines {
		v.Lines = n
	}
	d.reviews = append(d.reviews, v)
	return d
}

// done puts all on main. The files are lines of text, or changes that merges make by themselves.
func (d *draft) done(files ...analyzers.File) *analyzers.Change {
	ref := analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Old: analyzerstest.ID("base"), Ref: "refs/heads/main"}, Target: "commit", FastForward: true}
	for i, k := range d.change.Commits {
		ref.Commits = append(ref.Commits, i)
		ref.New = k.ID
	}
	for i := range d.reviews { // as gitio does, where the base has not moved
		v := &d.reviews[i]
		v.Squash = !d.moved && v.Tree == d.change.Commits[len(d.change.Commits)-1].Tree &&
			!slices.ContainsFunc(d.change.Commits, func(k *analyzers.Commit) bool { return k.ID == v.Tag.Target })
	}
	ref.Reviews = func(context.Context) (analyzers.Reviews, error) {
		return analyzers.Reviews{List: d.reviews, Unread: d.unread}, d.err
	}
	d.change.Refs = append(d.change.Refs, ref)
	d.change.Content = content{analyzerstest.Change().Content, files}
	return d.change
}

func (d *draft) by(login string) *draft {
	d.change.Pusher = analyzers.Identity{Name: login, Source: "http"}
	return d
}

func rules(t *testing.T, opts review.Options, dir review.Directory, c *analyzers.Change) string {
	t.Helper()
	a, err := review.New(opts, dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Findings {
		if strings.ContainsAny(f.Message, "\x1b\n") || f.Key == "" || f.Ref == "" || f.Commit != "" || f.Hint == "" {
			t.Errorf("%+v", f)
		}
		for _, k := range c.Commits {
			if strings.Contains(f.Key, k.ID) {
				t.Errorf("the key of %s has the id of a commit", f.Rule)
			}
		}
		got = append(got, f.Rule)
	}
	return strings.Join(got, " ")
}

// approvals leaves progress out.
func approvals(got string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(got), func(r string) bool {
		return strings.HasPrefix(r, "checkpoint-") || r == "review-again"
	}), " ")
}

func TestApproval(t *testing.T) {
	t.Parallel()
	one, two := review.Defaults(), review.Defaults()
	two.Approvals = 2
	for name, c := range map[string]struct {
		opts   review.Options
		dir    review.Directory
		change *analyzers.Change
		want   string
	}{
		"nobody":                           {one, nobody, line("a ada").done(), "unapproved"},
		"a trailer":                        {one, nobody, line("a ada Reviewed-by bob").done(), ""},
		"in other words":                   {one, nobody, line("a ada approved-BY bob").done(), ""},
		"without keys signatures are none": {one, directory{}, line("a ada").states("approval a bob good").done(), "unapproved"},
		"a trailer is no signature":        {one, keys, line("a ada Reviewed-by bob").done(), "unattested"},
		"signed":                           {one, keys, line("a ada", "b ada").states("approval b bob good").done(), ""},
		"signed by oneself":                {one, keys, line("a ada").states("approval a ada good").done(), "unapproved self-approval unattested"},
		"a trailer by oneself":             {one, nobody, line("a ada Reviewed-by ADA").done(), "unapproved self-approval"},
		"by another mail of oneself":       {one, keys, line("a ada Reviewed-by ada@home.example").done(), "unapproved self-approval unattested"},
		"by a co-author":                   {one, keys, line("a ada Co-authored-by bob").states("approval a bob good").done(), "unapproved self-approval unattested"},
		"by the committer":                 {one, keys, line("a ada committer bob").states("approval a bob good").done(), "unapproved self-approval unattested"},
		"each of the other's":              {one, keys, line("a ada", "b bob").states("approval a bob good").states("approval b ada good").done(), ""},
		"across":                           {one, keys, line("a ada", "b bob").states("approval b bob good").states("approval b ada good").done(), ""},
		"stale":                            {one, keys, line("a ada", "b ada").states("approval a bob good").done(), "unapproved unattested stale-approval"},
		"revoked":                          {one, keys, line("a ada").states("approval a bob revoked").done(), "unapproved unattested approval-invalid"},
		"unknown":                          {one, keys, line("a ada").states("approval a bob unknown-key").done(), "unapproved unattested approval-invalid"},
		"one of two":                       {two, keys, line("a ada").states("approval a bob good").done(), "unapproved unattested"},
		"the same twice":                   {two, keys, line("a ada").states("approval a bob good").states("approval a bob good ").done(), "unapproved unattested"},
		"two":                              {two, keys, line("a ada").states("approval a bob good").states("approval a eve good").done(), ""},
		"one of them by a trailer":         {two, keys, line("a ada Reviewed-by eve").states("approval a bob good").done(), "unattested"},
		"a review on the way is none":      {one, keys, line("a ada").states("progress-75 a bob good").done(), "unapproved unattested"},
		"squashed":                         {one, keys, line("a ada tree t").states("approval t bob good").done(), ""},
		"told in two commits":              {one, keys, line("a ada", "b ada tree t").states("approval t bob good").done(), ""},
		"nothing but a message came after": {one, keys, line("a ada", "b ada tree a").states("approval a bob good").done(), "unapproved unattested stale-approval"},
		"what came after was taken back":   {one, keys, line("a ada", "b ada", "c ada tree a").states("approval a bob good").done(), "unapproved unattested stale-approval"},
		"a merge of the base":              {one, keys, line("a ada").commit("m ada", "a", "main").states("approval a bob good").done(), "unapproved unattested stale-approval"},
		"a merge with changes of its own": {one, keys, line("a ada").commit("m ada", "a", "main").states("approval a bob good").
			done(analyzers.File{Commit: analyzerstest.ID("m"), Path: "evil"}), "unapproved unattested stale-approval"},
		"a merge that drops the other side":    {one, keys, line("a ada").commit("m ada tree a", "a", "main").states("approval a bob good").done(), "unapproved unattested stale-approval"},
		"a merge without fast-forward":         {one, keys, line("a ada").commit("m ada tree a", "base", "a").states("approval a bob good").done(), ""},
		"a merge of what nobody approved":      {one, keys, line("a ada").commit("x ada", "base").commit("m ada", "a", "x").states("approval a bob good").done(), "unapproved unattested stale-approval"},
		"of each side by another":              {one, keys, line("a ada").commit("x ada", "base").commit("m ada", "a", "x").states("approval a bob good").states("approval x eve good").done(), "unapproved unattested stale-approval"},
		"a trailer of the merge":               {one, nobody, line("a ada").commit("m eve Reviewed-by bob", "base", "a").done(), ""},
		"a trailer of a merge of another":      {one, nobody, line("a ada").commit("x ada", "base").commit("m eve Reviewed-by bob", "a", "x").done(), "unapproved"},
		"an approved merge":                    {one, keys, line("a ada").commit("m ada", "a", "main").states("approval m bob good").done(), ""},
		"an approved tree that undoes":         {one, keys, undoes(line("a ada tree t").states("approval t bob good")).done(), "unapproved unattested stale-approval"},
		"a merge of main with what it was":     {one, keys, line().commit("m ada tree old", "base", "old").done(), "unapproved unattested"},
		"a side that takes back what main has": {one, keys, line("a ada").commit("m ada", "base", "a").states("approval a bob good").done(), "unapproved unattested stale-approval"},
		"a stranger's statement beside":        {one, keys, line("a ada").states("approval a bob good").states("approval a eve unknown-key").done(), ""},
		"under another's mail":                 {one, keys, tagger(line("a ada").states("approval a bob good"), "eve@example.com").done(), "unapproved unattested approval-invalid"},
		"a co-author without brackets":         {one, keys, trailer(line("a ada").states("approval a bob good"), "Co-authored-by: bob@example.com").done(), "unapproved self-approval unattested"},
		"a co-author in two brackets":          {one, keys, trailer(line("a ada").states("approval a bob good"), "Co-authored-by: Bob <x> <<bob@example.com>>").done(), "unapproved self-approval unattested"},
		"another name":                         {one, keys, renamed(line("a ada").states("approval a bob good")).done(), "unapproved unattested"},
	} {
		if got := approvals(rules(t, c.opts, c.dir, c.change)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// renamed makes statements into releases.
func renamed(d *draft) *draft {
	for i := range d.reviews {
		d.reviews[i].Tag.Name = "v1.0"
	}
	return d
}

func undoes(d *draft) *draft { d.moved = true; return d }

func tagger(d *draft, mail string) *draft { d.reviews[0].Tag.Tagger.Email = mail; return d }

func trailer(d *draft, text string) *draft {
	d.change.Commits[0].Message += "\n" + text + "\n"
	return d
}

// What cannot be read is no approval, and what is left unread is said.
func TestUnreadStatements(t *testing.T) {
	t.Parallel()
	a, err := review.New(review.Defaults(), keys)
	if err != nil {
		t.Fatal(err)
	}
	d := line("a ada").states("approval a bob good")
	d.unread = 3
	r, err := a.Run(t.Context(), d.done())
	if err != nil || len(r.Skipped) != 1 || !strings.Contains(r.Skipped[0].Why, "3 more") {
		t.Errorf("%v, %v", r.Skipped, err)
	}
	d = line("a ada")
	d.err = errors.New("an object is missing")
	if _, err := a.Run(t.Context(), d.done()); !errors.Is(err, d.err) {
		t.Errorf("%v", err)
	}
}

func TestMerger(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dir    review.Directory
		change *analyzers.Change
		want   string
	}{
		"the author":             {all, line("a ada").states("approval a bob good").by("ada").done(), "author-merges"},
		"a co-author":            {all, line("a ada Co-authored-by eve").states("approval a bob good").by("eve").done(), "author-merges"},
		"the approver":           {all, line("a ada").states("approval a bob good").by("bob").done(), "approver-merges"},
		"one of two approvers":   {all, line("a ada").states("approval a bob good").states("approval a eve good").by("bob").done(), ""},
		"a third":                {all, line("a ada").states("approval a bob good").by("eve").done(), ""},
		"nobody":                 {all, line("a ada").states("approval a bob good").done(), "merger-unknown"},
		"people are not known":   {keys, line("a ada").states("approval a bob good").by("ada").done(), ""},
		"whose approval is none": {all, line("a ada").by("bob").done(), "unapproved unattested"},
	} {
		if got := approvals(rules(t, review.Defaults(), c.dir, c.change)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// statement returns a push of one statement, in good order.
func statement(edit func(c *analyzers.Change, ref *analyzers.RefChange, tag *analyzers.Tag)) *analyzers.Change {
	id := analyzerstest.ID("a")
	tag := &analyzers.Tag{ID: analyzerstest.ID("t"), Name: attest.Name(attest.Approval, id), Type: "commit", Target: id, Message: "bob good\n",
		Raw: []byte("object\n\nbob\n-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"), Tagger: analyzers.Signature{Email: "bob@example.com"}}
	ref := analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Old: strings.Repeat("0", 40), New: tag.ID, Ref: attest.Ref(attest.Approval, id, "bob")}, Target: "tag", Tags: []int{0}}
	c := &analyzers.Change{Kind: analyzers.KindPush, Tags: []*analyzers.Tag{tag}, Content: analyzerstest.Change().Content}
	if edit != nil {
		edit(c, &ref, tag)
	}
	c.Refs = []analyzers.RefChange{ref}
	return c
}

func TestStatement(t *testing.T) {
	t.Parallel()
	type edit = func(c *analyzers.Change, ref *analyzers.RefChange, tag *analyzers.Tag)
	for name, c := range map[string]struct {
		edit edit
		want string
	}{
		"sound": {nil, ""},
		"not signed": {func(_ *analyzers.Change, _ *analyzers.RefChange, tag *analyzers.Tag) {
			tag.Raw = []byte("object\n\nbob\n")
		}, "statement-malformed"},
		"a header that looks like one": {func(_ *analyzers.Change, _ *analyzers.RefChange, tag *analyzers.Tag) {
			tag.Raw = []byte("object\n-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n\nbob\n")
		}, "statement-malformed"},
		"a release": {func(_ *analyzers.Change, _ *analyzers.RefChange, tag *analyzers.Tag) { tag.Name = "v1" }, "statement-malformed"},
		"of another kind": {func(_ *analyzers.Change, _ *analyzers.RefChange, tag *analyzers.Tag) {
			tag.Name = attest.Name(attest.Progress25, tag.Target)
		}, "statement-malformed"},
		"of another commit": {func(_ *analyzers.Change, _ *analyzers.RefChange, tag *analyzers.Tag) {
			tag.Target = analyzerstest.ID("b")
		}, "statement-malformed"},
		"of a tree": {func(_ *analyzers.Change, _ *analyzers.RefChange, tag *analyzers.Tag) { tag.Type = "tree" }, "statement-malformed"},
		"of a tag":  {func(_ *analyzers.Change, ref *analyzers.RefChange, _ *analyzers.Tag) { ref.Tags = []int{0, 0} }, "statement-malformed"},
		"defective": {func(_ *analyzers.Change, _ *analyzers.RefChange, tag *analyzers.Tag) {
			tag.Defects = []string{"a NUL byte"}
		}, "statement-malformed"},
		"a commit": {func(_ *analyzers.Change, ref *analyzers.RefChange, _ *analyzers.Tag) {
			ref.Target, ref.Tags = "commit", nil
		}, "statement-malformed"},
		"a name of its own": {func(_ *analyzers.Change, ref *analyzers.RefChange, _ *analyzers.Tag) {
			ref.Ref = analyzers.ReviewPrefix + "x/y"
		}, "statement-malformed"},
		"deleted": {func(_ *analyzers.Change, ref *analyzers.RefChange, _ *analyzers.Tag) {
			ref.Old, ref.New, ref.Target, ref.Tags = ref.New, ref.Old, "", nil
		}, "statement-removed"},
		"moved": {func(_ *analyzers.Change, ref *analyzers.RefChange, _ *analyzers.Tag) { ref.Old = analyzerstest.ID("c") }, "statement-removed"},
		"by an unknown key": {func(_ *analyzers.Change, _ *analyzers.RefChange, tag *analyzers.Tag) {
			tag.Message = "bob unknown-key\n"
		}, "approval-invalid"},
		"of a range": {func(c *analyzers.Change, ref *analyzers.RefChange, _ *analyzers.Tag) {
			c.Kind, ref.Target = analyzers.KindRange, "blob"
		}, ""},
	} {
		if got := rules(t, review.Defaults(), keys, statement(c.edit)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestOtherKindsAreNotAsked(t *testing.T) {
	t.Parallel()
	c := line("a ada").by("ada").done()
	for kind, want := range map[analyzers.Kind]string{
		analyzers.KindPush: "unapproved unattested author-merges", analyzers.KindRange: "unapproved unattested",
		analyzers.KindCommit: "", analyzers.KindMessage: "", analyzers.KindTree: "", analyzers.KindHistory: "",
	} {
		c.Kind = kind
		if got := approvals(rules(t, review.Defaults(), all, c)); got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}

func TestCannotAnswer(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	a, err := review.New(review.Defaults(), directory{signatures: true, err: broken})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Run(t.Context(), line("a ada").done()); !errors.Is(err, broken) || !a.Essential {
		t.Errorf("%v, essential %v", err, a.Essential)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []review.Options{{}, {Approvals: 21}, {Approvals: 1, Large: -1}, {Approvals: 1, Again: -1}} {
		var bad *analyzers.OptionError
		if _, err := review.New(o, nil); !errors.As(err, &bad) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	a, err := review.New(review.Defaults(), keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := analyzers.ValidateRules(a); err != nil {
		t.Error(err)
	}
	analyzerstest.Suite(t, a, line("a ada").states("approval a ada good").done(), statement(nil))
}
