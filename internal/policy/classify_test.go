package policy

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// brings is what a change brings: files, and lines for each.
type brings struct {
	files []analyzers.File
	lines map[string]int // by path
	err   error
}

func (b brings) Files(context.Context) iter.Seq2[analyzers.File, error] {
	return func(yield func(analyzers.File, error) bool) {
		for _, f := range b.files {
			if !yield(f, nil) {
				return
			}
		}
		if b.err != nil {
			yield(analyzers.File{}, b.err)
		}
	}
}

func (b brings) Hunks(context.Context) iter.Seq2[analyzers.Hunk, error] {
	return func(yield func(analyzers.Hunk, error) bool) {
		for _, f := range b.files {
			if n := b.lines[f.Path]; n > 0 && !yield(analyzers.Hunk{Commit: f.Commit, Ref: f.Ref, Path: f.Path, Text: []byte(strings.Repeat("x\n", n-1) + "x")}, nil) {
				return
			}
		}
	}
}

func (brings) Blobs(context.Context, func(analyzers.File) bool) iter.Seq2[analyzers.Blob, error] {
	return func(func(analyzers.Blob, error) bool) {}
}

func (brings) Trees(context.Context, int) (analyzers.Trees, error) { return analyzers.Trees{}, nil }

// pushed is a push of one ref with a commit for each message; files are "N path" or "N old > path" with the commit's number.
func pushed(ref string, messages []string, files ...string) *analyzers.Change {
	c := &analyzers.Change{Kind: analyzers.KindPush, Refs: []analyzers.RefChange{{RefUpdate: analyzers.RefUpdate{Ref: ref}}}}
	for i, m := range messages {
		c.Commits = append(c.Commits, &analyzers.Commit{ID: fmt.Sprintf("%040d", i), Message: m})
		c.Refs[0].Commits = append(c.Refs[0].Commits, i)
	}
	b := brings{lines: map[string]int{}}
	for _, f := range files {
		at, path, _ := strings.Cut(f, " ")
		old, path, renamed := strings.Cut(path, " > ")
		if !renamed {
			old, path = "", old
		}
		b.files = append(b.files, analyzers.File{Commit: fmt.Sprintf("%040s", at), Path: path, OldPath: old})
		b.lines[path] = 10
	}
	c.Content = b
	return c
}

func classWords(r analyzers.RefChange) string {
	var words []string
	for _, c := range r.Classes {
		words = append(words, string(c.Class)+" ("+c.Reason+")")
	}
	return strings.Join(words, "; ")
}

func TestClassify(t *testing.T) {
	p := parse(t, `
classify:
  - {class: bugfix, types: [fix]}
  - {class: feature, types: [feat]}
  - {class: security, paths: ["**/auth/**", "ci.yml"]}
  - {class: compliance, branches: ["gdpr/**"], min_lines: 15}
  - {class: performance, min_files: 3}
  - {class: emergency, branches: ["hotfix/**"]}
`)
	for _, tt := range []struct {
		name, ref string
		messages  []string
		files     []string
		want      string
	}{
		{"nothing", "topic", []string{"words"}, []string{"0 a"}, "feature (nothing says otherwise)"},
		{"no commit", "topic", nil, nil, "feature (nothing says otherwise)"},
		{"type", "topic", []string{"words", "FIX(a)!: words"}, nil, "bugfix (0000000 is of type fix)"},
		{"type in a word", "topic", []string{"fixes: words", "fix words", "feat : words"}, nil, "feature (nothing says otherwise)"},
		{"several", "topic", []string{"fix: a", "feat: b"}, []string{"1 x/auth/y"},
			"bugfix (0000000 is of type fix); feature (0000000 is of type feat); security (x/auth/y matches **/auth/**)"},
		{"path at the top", "topic", []string{"fix: a"}, []string{"0 auth/y"}, "bugfix (0000000 is of type fix); security (auth/y matches **/auth/**)"},
		{"path in part", "topic", []string{"fix: a"}, []string{"0 authority/y", "0 sub/ci.yml"}, "bugfix (0000000 is of type fix)"},
		{"renamed out of a path", "topic", []string{"fix: a"}, []string{"0 auth/y > y"}, "bugfix (0000000 is of type fix); security (auth/y, now y, matches **/auth/**)"},
		{"branch without the size", "gdpr/x", []string{"fix: a"}, []string{"0 a"}, "bugfix (0000000 is of type fix)"},
		{"branch and size", "gdpr/x", []string{"fix: a", "b"}, []string{"0 a", "1 b"}, "bugfix (0000000 is of type fix); compliance (gdpr/x matches gdpr/**, 20 added lines, 15 or more)"},
		{"size without the branch", "topic", []string{"fix: a", "b"}, []string{"0 a", "1 b"}, "bugfix (0000000 is of type fix)"},
		{"files", "topic", []string{"a", "b"}, []string{"0 a", "1 b", "1 c"}, "performance (3 changed files, 3 or more)"},
		{"an emergency by its branch is a feature too", "hotfix/x", []string{"a"}, nil, "feature (nothing says otherwise); emergency (hotfix/x matches hotfix/**)"},
		{"an emergency that fixes", "hotfix/x", []string{"fix: a"}, nil, "bugfix (0000000 is of type fix); emergency (hotfix/x matches hotfix/**)"},
		{"a tag is no branch", "refs/tags/hotfix/x", []string{"a"}, nil, "feature (nothing says otherwise)"},
	} {
		ref := tt.ref
		if !strings.HasPrefix(ref, "refs/") {
			ref = "refs/heads/" + ref
		}
		c := pushed(ref, tt.messages, tt.files...)
		if err := (Stack{p}).Classify(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if got := classWords(c.Refs[0]); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// A trailer adds a class and takes none away, however it is written.
func TestClassifyByTrailer(t *testing.T) {
	p := parse(t, "classify: [{class: security, paths: [\"auth/**\"]}]\n")
	for text, want := range map[string]string{
		"a\n\nChange-Class: compliance\n":                "feature compliance",
		"a\n\nchange-class: Compliance, performance\n":   "feature performance compliance",
		"a\n\nChange-Class: nonsense\n":                  "feature",
		"a\n\nChange-Class: compliance\n\nnot the end\n": "feature",
		"Change-Class: compliance":                       "feature",
	} {
		c := pushed("refs/heads/x", []string{text})
		if err := (Stack{p}).Classify(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range c.Refs[0].Classes {
			got = append(got, string(k.Class))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %v, want %s", text, got, want)
		}
	}
	c := pushed("refs/heads/x", []string{"a\n\nChange-Class: bugfix\n"}, "0 auth/a")
	if err := (Stack{p}).Classify(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got := classWords(c.Refs[0]); got != "bugfix (0000000 says Change-Class: bugfix); security (auth/a matches auth/**)" {
		t.Errorf("got %s", got)
	}
}

// Each ref has the classes of its own commits, and what one layer knows counts for all.
func TestClassifyRefsAndLayers(t *testing.T) {
	server, own := parse(t, "classify: [{class: bugfix, types: [fix]}]\n"), parse(t, "classify: [{class: security, paths: [\"auth/**\"]}]\n")
	c := pushed("refs/heads/x", []string{"fix: a", "b"}, "1 auth/b")
	c.Refs = append(c.Refs, analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Ref: "refs/heads/y"}, Commits: []int{0}})
	c.Refs = append(c.Refs, analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Ref: "refs/tags/t"}})
	b := c.Content.(brings)
	b.files = append(b.files, analyzers.File{Ref: "refs/tags/t", Path: "auth/in-a-tree"})
	c.Content = b
	if err := (Stack{server, own}).Classify(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"bugfix (0000000 is of type fix); security (auth/b matches auth/**)",
		"bugfix (0000000 is of type fix); feature (nothing says otherwise)", // to the second policy, which knows no bug fixes
		"feature (nothing says otherwise); security (auth/in-a-tree matches auth/**)",
	} {
		if got := classWords(c.Refs[i]); got != want {
			t.Errorf("%s: got %s, want %s", c.Refs[i].Ref, got, want)
		}
	}
	b.err = errors.New("gone")
	c.Content = b
	if err := (Stack{server, own}).Classify(t.Context(), c); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("what cannot be read has classes: %v", err)
	}
}

// When time has run out no ref is without its classes and taken for classified.
func TestClassifyEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := &analyzers.Change{Kind: analyzers.KindPush, Refs: []analyzers.RefChange{{RefUpdate: analyzers.RefUpdate{Ref: "refs/heads/x"}}}}
	if err := (Stack{parse(t, "")}).Classify(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// What is staged has paths and a branch, and no commit.
func TestClassifyIndex(t *testing.T) {
	p := parse(t, "classify: [{class: security, paths: [\"auth/**\"]}]\n")
	c := &analyzers.Change{Kind: analyzers.KindCommit, Refs: []analyzers.RefChange{{RefUpdate: analyzers.RefUpdate{Ref: "refs/heads/x"}}},
		Content: brings{files: []analyzers.File{{Path: "auth/a"}}}}
	if err := (Stack{p}).Classify(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got := classWords(c.Refs[0]); got != "security (auth/a matches auth/**)" {
		t.Errorf("got %s", got)
	}
}

func TestClassifyRefusesFiles(t *testing.T) {
	for file, want := range map[string]string{
		"classify: [{types: [fix]}]\n":                               `f:1:12: classify[0]: needs a class (name one: bugfix, feature,`,
		"classify: [{class: bugfix}]\n":                              `f:1:12: classify[0]: would hold for every change`,
		"classify: [{class: bug, types: [fix]}]\n":                   `f:1:20: classify[0].class: "bug" is none of bugfix,`,
		"classify: [{class: bugfix, types: []}]\n":                   `f:1:12: classify[0]: would hold for every change`,
		"classify: [{class: bugfix, types: [], paths: [a]}]\n":       `f:1:28: classify[0].types: is empty`,
		"classify: [{class: bugfix, types: [\"a b\"]}]\n":            `f:1:36: classify[0].types[0]: "a b" is not a word`,
		"classify: [{class: bugfix, branches: [HEAD]}]\n":            `f:1:39: classify[0].branches[0]: "HEAD" is no branch`,
		"classify: [{class: bugfix, paths: [\"{a,b}\"]}]\n":          `f:1:36: classify[0].paths[0]: "{a,b}" has braces`,
		"classify: [{class: bugfix, min_lines: -1, types: [fix]}]\n": `f:1:28: classify[0].min_lines: want at least 1`,
		"classes: {secure: {dor: block}}\n":                          `f:1:11: classes.secure: there is no class "secure" (known: bugfix,`,
		"classes: {security: {DOR: block}}\n":                        `f:1:22: classes.security.DOR: malformed key`,
		"classes: {security: {dor: maybe}}\n":                        `f:1:27: classes.security.dor: "maybe" is none of`,
		"sections: [{gates: {dor: warn}}]\n":                         `f:1:12: sections[0]: would count everywhere`,
		"sections: [{refs: [a]}]\n":                                  `f:1:12: sections[0]: changes nothing`,
		"sections: [{refs: [], gates: {dor: warn}}]\n":               `f:1:12: sections[0]: would count everywhere`,
		"sections: [{refs: [], paths: [a], gates: {dor: warn}}]\n":   `f:1:13: sections[0].refs: is empty`,
		"sections: [{paths: [\"[\"], mode: off}]\n":                  `f:1:21: sections[0].paths[0]: "[" is not a glob`,
		"sections: [{refs: [a], mode: loud}]\n":                      `f:1:30: sections[0].mode: "loud" is none of`,
		"sections: [{refs: [a], gates: {a//b: warn}}]\n":             `f:1:32: sections[0].gates.a//b: malformed key`,
		"sections: [{refs: [a], classes: {x: {dor: warn}}}]\n":       `f:1:34: sections[0].classes.x: there is no class "x"`,
		"sections: [{ref: [a], mode: off}]\n":                        `f:1:13: unknown key "ref" in sections[0] (did you mean "refs"?)`,
		"sections: [{refs: [a], mode: off}, {}, {refs: [a], mode: off}, {refs: [a], mode: off}, {refs: [a], mode: off}, {refs: [a], mode: off}, {refs: [a], mode: off}, {refs: [a], mode: off}, " +
			"{refs: [a], mode: off}, {refs: [a], mode: off}, {refs: [a], mode: loud}]\n": "f:1:36: sections[1]: would count everywhere",
		"enforce_from: yesterday\n": `f:1:15: enforce_from: "yesterday" is neither a commit's full id nor a date`,
		"enforce_from: abcdef0\n":   `f:1:15: enforce_from: "abcdef0" is neither`,
		"classify: [" + strings.Repeat("{class: bugfix, types: [a]}, ", 101) + "]\n": `f:1:1: classify: more than 100 entries`,
	} {
		if p, err := Parse("f", []byte(file)); err == nil {
			t.Errorf("accepted: %s%s", file, p.Canonical())
		} else if !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%sgot  %s\nwant %s", file, err, want)
		}
	}
	p := parse(t, "classes: {security: {door: block}}\nsections: [{refs: [a], gates: {dro: warn}}]\n")
	if err := p.Check(testList()); err == nil || !strings.Contains(err.Error(), `f:1:22: classes.security.door: there is no analyzer "door"`) ||
		!strings.Contains(err.Error(), `f:2:32: sections[0].gates.dro: there is no analyzer "dro"`) {
		t.Errorf("Check: %v", err)
	}
}

// TestClassifyInTime: globs beyond number cost no more time than there is.
func TestClassifyInTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := &Policy{Classify: []ClassRule{{Class: analyzers.Security, Paths: []string{"**/a/**"}}}}
	c := &analyzers.Change{Content: brings{files: []analyzers.File{{Path: "a/b"}}}}
	if err := (Stack{p}).Classify(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// What a change is to one layer it stays, whatever another layer calls it.
func TestClassesOfLayersAddUp(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	rules := func() *Policy {
		p := &Policy{}
		for range r.Intn(3) {
			p.Classify = append(p.Classify, ClassRule{
				Class: pick(r, analyzers.Classes()...), Types: pick(r, nil, []string{"fix"}), Paths: pick(r, []string{"**"}, []string{"auth/**"}, []string{"none/**"}),
			})
		}
		return p
	}
	hidden := 0
	for range 2000 {
		server, own := rules(), rules()
		names := func(s Stack) map[analyzers.Class]bool {
			c := pushed("refs/heads/x", []string{pick(r, "fix: a", "feat: a", "a")}, "0 "+pick(r, "a", "auth/a"))
			if err := s.Classify(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			all := map[analyzers.Class]bool{}
			for _, k := range c.Refs[0].Classes {
				all[k.Class] = true
			}
			return all
		}
		seed := r.Int63()
		r.Seed(seed)
		alone := names(Stack{server})
		r.Seed(seed)
		together := names(Stack{server, own})
		for class := range alone {
			if !together[class] {
				t.Fatalf("%v beside %v: no longer %s", own.Classify, server.Classify, class)
			}
		}
		if alone[analyzers.Feature] && len(together) > 1 {
			hidden++
		}
	}
	if hidden < 100 {
		t.Errorf("a second layer named something else %d times only: the loop proves little", hidden)
	}
}
