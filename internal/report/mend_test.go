package report

import (
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// What the report tells to type mends what it found, in real git.
func TestMendWithGit(t *testing.T) {
	bad := "token=" + token + "\n"
	all := []way{editing, deleting, dropping}
	tests := []struct {
		name  string
		build func(r *repo) (ref, old string)
		want  []string // in the hints
		keep  string   // a file that is still there
		ways  []way    // nil = by editing
	}{
		{"the newest commit", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("it's.env", bad, "configure")
			return "refs/heads/main", base
		}, []string{`git add -- 'it'\''s.env' && git commit --amend --no-edit`}, "it's.env", nil},
		{"the newest message", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("b", "b", "WIP go on")
			return "refs/heads/main", base
		}, []string{"  git commit --amend\n"}, "b", nil},
		{"older commits and messages", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("b", "b", "fine")
			r.commit("c.env", bad, "WIP configure")
			r.commit("d", "d", "WIP go on")
			r.commit("e.env", bad, "configure more")
			r.commit("f", "f", "end")
			return "refs/heads/main", base
		}, []string{`write "edit"`, `write "reword"`}, "e.env", nil},
		{"from the root", func(r *repo) (string, string) {
			r.commit("a.env", bad, "begin")
			r.commit("b", "b", "end")
			return "refs/heads/main", zero
		}, []string{"git rebase -i --empty=drop --root"}, "b", all},
		{"a side branch that forks before", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.git("checkout", "-q", "-b", "side")
			r.commit("b", "b", "on the side")
			r.commit("c.env", bad, "configure on the side")
			r.git("checkout", "-q", "main")
			r.commit("d", "d", "on main")
			r.commit("e.env", bad, "configure on main")
			r.git("merge", "-q", "--no-ff", "-m", "merge side", "side")
			r.commit("f", "f", "WIP end")
			return "refs/heads/main", base
		}, []string{"--rebase-merges"}, "f", all},
		{"a merge's own lines", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.git("checkout", "-q", "-b", "side")
			r.commit("b", "b", "on the side")
			r.git("checkout", "-q", "main")
			r.commit("d", "d", "on main")
			r.git("merge", "-q", "--no-ff", "--no-commit", "side")
			r.commit("evil.env", bad, "merge side")
			r.commit("f", "f", "end")
			return "refs/heads/main", base
		}, []string{`add the line "break"`}, "evil.env", nil},
		{"a merge's message", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.git("checkout", "-q", "-b", "side")
			r.commit("b", "b", "on the side")
			r.git("checkout", "-q", "main")
			r.commit("d", "d", "on main")
			r.git("merge", "-q", "--no-ff", "-m", "WIP merge side", "side")
			r.commit("f", "f", "end")
			return "refs/heads/main", base
		}, []string{"write -c for -C"}, "b", nil},
		{"a sign-off of the newest commit", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("b", "b", "unsigned end")
			return "refs/heads/main", base
		}, []string{"  git commit --amend --no-edit --signoff\n"}, "b", nil},
		{"a sign-off of the newest commit, and its file", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("b.env", bad, "unsigned end")
			return "refs/heads/main", base
		}, []string{"git add -- b.env && git commit --amend --no-edit --signoff\n"}, "b.env", nil},
		{"a sign-off of older commits", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("b", "b", "unsigned begin")
			r.commit("c", "c", "unsigned end")
			return "refs/heads/main", base
		}, []string{"git rebase --signoff "}, "b", nil},
		{"a sign-off and an older message", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("b", "b", "WIP go on")
			r.commit("c", "c", "unsigned end")
			return "refs/heads/main", base
		}, []string{"git rebase -i --signoff ", `write "reword"`}, "b", nil},
		{"a signature of the newest commit", func(r *repo) (string, string) {
			r.keys()
			base := r.commit("a", "a", "begin")
			r.commit("b", "b", "sealed end")
			return "refs/heads/main", base
		}, []string{"  git commit --amend --no-edit -S\n"}, "b", nil},
		{"signatures of older commits", func(r *repo) (string, string) {
			r.keys()
			base := r.commit("a", "a", "begin")
			r.commit("b", "b", "sealed begin")
			r.commit("c", "c", "sealed end")
			return "refs/heads/main", base
		}, []string{"git rebase --force-rebase -S "}, "b", nil},
		{"a signature and an older message", func(r *repo) (string, string) {
			r.keys()
			base := r.commit("a", "a", "begin")
			r.commit("b", "b", "WIP go on")
			r.commit("c", "c", "sealed end")
			return "refs/heads/main", base
		}, []string{"git rebase -i --force-rebase -S ", `write "reword"`}, "b", nil},
		{"a signature of a tag", func(r *repo) (string, string) {
			r.keys()
			base := r.commit("a", "a", "begin")
			r.git("tag", "-a", "-m", "sealed release", "v1")
			_ = base
			return "refs/tags/v1", zero
		}, []string{"git tag -f -s v1 "}, "a", nil},
		{"a note to git rebase", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("b", "b", "go on")
			r.commit("c", "c", "go on further")
			r.commit("d", "d", "fixup! go on")
			return "refs/heads/main", base
		}, []string{"git rebase -i --autosquash "}, "d", nil},
		{"notes about a note, and an older message", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("c", "c", "WIP go on further")
			r.commit("b", "b", "go on")
			r.commit("d", "d", "fixup! go on")
			r.commit("e", "e", "fixup! fixup! go on")
			return "refs/heads/main", base
		}, []string{"git rebase -i --autosquash ", `write "reword"`}, "e", nil},
		{"a note about what is in already", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("b", "b", "go on")
			r.commit("c", "c", "fixup! begin")
			return "refs/heads/main", base
		}, []string{"  git commit --amend\n"}, "b", nil},
		{"a tag's message", func(r *repo) (string, string) {
			r.commit("a", "a", "begin")
			r.git("tag", "-a", "-m", "with "+token, "v'1;x")
			r.commit("b", "b", "not tagged")
			return "refs/tags/v'1;x", zero
		}, []string{`git tag -f -a 'v'\''1;x' `}, "b", nil},
		{"a commit that only a tag has", func(r *repo) (string, string) {
			r.commit("a.env", bad, "begin")
			r.commit("b", "b", "end")
			r.git("tag", "v1")
			return "refs/tags/v1", zero
		}, []string{"git rebase -i --empty=drop --root", "git tag -f v1 HEAD"}, "b", all},
		{"a secret file that a later commit takes away", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("x.env", bad, "configure")
			r.commit("b", "b", "go on")
			r.commit("c", "c", "still go on")
			r.git("rm", "-q", "x.env")
			r.git("commit", "-q", "-m", "take the settings away")
			return "refs/heads/main", base
		}, []string{`or "drop" to lose the whole commit`, "--allow-empty", "CONFLICT"}, "c", all},
		{"the same, with another file in each commit", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.write("b", "b")
			r.git("add", "b")
			r.commit("x.env", bad, "configure")
			r.git("rm", "-q", "x.env")
			r.commit("c", "c", "take the settings away")
			return "refs/heads/main", base
		}, nil, "c", all},
		{"a secret around which later commits change lines", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("x.env", bad, "configure")
			r.commit("x.env", bad+"mode=test\n", "configure more")
			r.commit("x.env", "url=none\n"+bad+"mode=test\n", "configure still more")
			r.commit("b", "b", "end")
			return "refs/heads/main", base
		}, nil, "b", all},
		{"a file that must go, with a secret beside it", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("x.env", bad, "configure")
			r.commit("big.bin", "1", "bring the film")
			r.commit("big.bin", "2", "cut the film")
			r.commit("b", "b", "end")
			return "refs/heads/main", base
		}, []string{"edit, delete or move away"}, "b", all},
		{"a file that must go", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("big.bin", "1", "bring the film")
			r.commit("b", "b", "end")
			return "refs/heads/main", base
		}, []string{"move the file out of the repository"}, "b", []way{editing, dropping}},
		{"a file that must go, in the newest commit", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.commit("b", "b", "go on")
			r.commit("*.bin", "1", "bring the film")
			return "refs/heads/main", base
		}, []string{"git rm --cached -- ':(literal)*.bin' && git commit --amend --no-edit --allow-empty"}, "b", nil},
		{"both in the newest commit", func(r *repo) (string, string) {
			base := r.commit("a", "a", "begin")
			r.write("big.bin", "1")
			r.git("add", "big.bin")
			r.commit("x.env", bad, "bring all")
			return "refs/heads/main", base
		}, []string{"git add -- x.env && git rm --cached -- big.bin && git commit"}, "x.env", nil},
	}
	for _, tt := range tests {
		for _, how := range append(tt.ways, editing)[:max(1, len(tt.ways))] {
			t.Run(tt.name+", "+string(how), func(t *testing.T) {
				r := newRepo(t)
				ref, old := tt.build(r)
				c := r.change(ref, old)
				found := r.judge(c)
				if len(found) == 0 {
					t.Fatal("the test has nothing to mend")
				}
				text := render(t, "text", input("pre-receive", c, verdict(policy.Refused, found...)))
				for _, w := range tt.want {
					if !strings.Contains(text, w) {
						t.Errorf("no %q in:\n%s", w, text)
					}
				}
				r.obey(text, how)
				if left := r.judge(r.change(ref, old)); len(left) > 0 {
					t.Errorf("after\n%s\n%d findings are left, such as %s in %s", text, len(left), left[0].ID(), left[0].Commit)
				}
				if !analyzers.IsZero(old) {
					r.git("merge-base", "--is-ancestor", old, "HEAD") // fails when what was there before is rewritten
				}
				if r.git("ls-files", "--", tt.keep) != tt.keep {
					t.Errorf("after\n%s\n%s is lost", text, tt.keep)
				}
				if file := "x.env"; strings.Contains(tt.name, "takes away") && r.exists(file) {
					t.Errorf("after\n%s\n%s is back, which a later commit takes away", text, file)
				}
				if status := r.git("status", "--porcelain", "-uno"); status != "" {
					t.Errorf("after\n%s\nsomething is left over: %s", text, status)
				}
			})
		}
	}
}

func TestMendSaysNothingAboutWhatIsAccepted(t *testing.T) {
	c := push("refs/heads/main", id("f"), commits(id("f"), "1 one", "2 two"))
	for _, in := range []Input{
		input("pre-receive", c, verdict(policy.Accepted, on(c, wip(id("1"), policy.LevelWarn))...)),
		cases()["observe"],
	} {
		if text := render(t, "text", in); strings.Contains(text, "git ") {
			t.Errorf("a report of an accepted push says what to rewrite:\n%s", text)
		}
	}
	warned := on(c, leak("a", 1, id("2")), wip(id("1"), policy.LevelWarn))
	if text := render(t, "text", input("pre-receive", c, verdict(policy.Refused, warned...))); strings.Contains(text, "rebase") {
		t.Errorf("a warning is mended with a rebase:\n%s", text)
	}
}

// Each place says what is true there of a secret that was found.
func TestRotate(t *testing.T) {
	c := push("refs/heads/main", id("f"), commits(id("f"), "1 one"))
	index := &analyzers.Change{Kind: analyzers.KindCommit}
	tests := []struct {
		hook string
		c    *analyzers.Change
		want string
	}{
		{"pre-receive", c, "the server discards"},
		{"pre-push", c, "has not sent the secret"},
		{"pre-commit", index, "is in no commit yet"},
		{"commit-msg", &analyzers.Change{Kind: analyzers.KindMessage}, "COMMIT_EDITMSG"},
		{"check", c, "whoever can read what has it may"},
	}
	for _, tt := range tests {
		f := on(tt.c, leak("a", 1, ""))
		text := strings.ReplaceAll(render(t, "text", input(tt.hook, tt.c, verdict(policy.Refused, f...))), "\nhint: ", " ")
		if !strings.Contains(text, tt.want) {
			t.Errorf("%s: no %q in:\n%s", tt.hook, tt.want, text)
		}
	}
	if text := render(t, "text", cases()["message-tip"]); strings.Contains(text, "rotate") {
		t.Errorf("something that is no secret is to be rotated:\n%s", text)
	}
}

// The command that shows the rest covers what the ref gains, and no more.
func TestShowAll(t *testing.T) {
	tests := []struct {
		name, ref, old string
		parent         string
		want           string
	}{
		{"updated", "refs/heads/main", id("e"), id("f"), "refward check range --all --ref refs/heads/main eeeeeeeeeeee..222222222222"},
		{"created", "refs/heads/topic", zero, id("f"), "refward check range --all --ref refs/heads/topic ffffffffffff..222222222222"},
		{"from the root", "refs/heads/topic", zero, "", "refward check history --all --ref refs/heads/topic 222222222222"},
		{"named like a command", "refs/heads/$(x)", id("e"), id("f"), "--ref 'refs/heads/$(x)' e"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := push(tt.ref, tt.old, commits(tt.parent, "1 one", "2 two"))
			in := input("pre-receive", c, verdict(policy.Refused, on(c, leak("a", 1, id("1")), leak("b", 1, id("2")))...))
			in.MaxGroups = 1
			if text := render(t, "text", in); !strings.Contains(text, "hint: 1 finding more") || !strings.Contains(text, tt.want) {
				t.Errorf("no %q in:\n%s", tt.want, text)
			}
			in.MaxGroups = -1
			if text := render(t, "text", in); strings.Contains(text, "refward check") {
				t.Errorf("everything is shown, and yet:\n%s", text)
			}
		})
	}
}

// Outside of a push the rest is a flag away.
func TestShowAllOfOther(t *testing.T) {
	for kind, want := range map[analyzers.Kind]string{
		analyzers.KindCommit: "hint:   refward check staged --all\n", analyzers.KindRange: "the same command with --all\n",
	} {
		c := &analyzers.Change{Kind: kind}
		in := input("check", c, verdict(policy.Refused, on(c, leak("a", 1, ""), leak("b", 1, ""))...))
		in.MaxGroups = 1
		if text := render(t, "text", in); !strings.Contains(text, want) {
			t.Errorf("%s: no %q in:\n%s", kind, want, text)
		}
	}
}

// Refs that need the same commands get them once, and many refs do not make a long report.
func TestMendRefs(t *testing.T) {
	list := commits(id("f"), "1 one", "2 two", "3 three", "4 four", "5 five")
	c := push("refs/heads/a", id("f"), list)
	c.Refs[0].Commits, c.Refs[0].New = []int{0, 1}, id("2")
	twin := c.Refs[0]
	twin.Ref = "refs/heads/twin"
	c.Refs = append(c.Refs, twin)
	found := on(c, wip(id("1"), policy.LevelBlock))
	text := render(t, "text", input("pre-receive", c, verdict(policy.Refused, found...)))
	if strings.Count(text, "rebase -i") != 1 || strings.Contains(text, "for twin:") {
		t.Errorf("the same commands are not given once:\n%s", text)
	}

	c.Refs = c.Refs[:1]
	var all []policy.Finding
	for n := range 4 {
		r := c.Refs[0]
		r.Ref, r.Commits, r.New = "refs/heads/"+list[n+1].ID[:1], []int{n, n + 1}, list[n+1].ID
		c.Refs = append(c.Refs, r)
		all = append(all, wip(list[n].ID, policy.LevelBlock))
	}
	c.Refs = c.Refs[1:]
	text = render(t, "text", input("pre-receive", c, verdict(policy.Refused, on(c, all...)...)))
	if strings.Count(text, "rebase -i") != maxNamed || !strings.Contains(text, "and so on for the other refs") {
		t.Errorf("four refs are not cut to %d:\n%s", maxNamed, text)
	}
}
