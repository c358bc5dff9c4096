package report

import (
	"os"
	"path/filepath"
	"strings"
)

// A way is what somebody does about a file where the hints leave the choice.
type way string

const (
	editing  way = "by editing"
	deleting way = "by deleting"
	dropping way = "by dropping the commit"
)

// obey does what the hints of a report say, as somebody would who reads them.
func (r *repo) obey(report string, how way) {
	r.t.Helper()
	var script []string
	var commands, atStop, atConflict []string
	list := &commands
	write := func(old, new string) { script = append(script, old, new) }
	for line := range strings.Lines(report) {
		line, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "hint:   ")
		words := strings.Fields(line)
		switch {
		case !ok || strings.HasPrefix(line, "refward"):
		case len(words) == 2 && len(words[0]) == 32 || strings.Contains(line, "in the JSON report"): // what to ask for, in place of mending
		case strings.HasPrefix(line, "git "):
			*list, list = append(*list, line), &commands
		case strings.HasPrefix(line, "write "):
			before, after, _ := strings.Cut(line, ", or ")
			todo := strings.Trim(words[1], `"`)
			if todo == "edit" && how == dropping {
				if todo = "drop"; !strings.Contains(after, `"drop"`) {
					r.t.Fatalf("%q does not offer to drop it", line)
				}
			}
			for _, id := range strings.Fields(before)[5:] {
				write("pick "+id, todo+" "+id)
			}
		case strings.HasPrefix(line, "in the line "):
			write("merge -C "+words[5], "merge -c "+words[5])
		case strings.HasPrefix(line, "below the line "):
			write("merge -C "+words[5], "+break")
		case strings.HasPrefix(line, "where git stops at such a commit, "):
			list = &atStop
		case strings.HasPrefix(line, "at a CONFLICT, "):
			list = &atConflict
		case strings.HasPrefix(line, "delete the old tag"):
			for tag := range strings.Lines(r.git("tag", "--list", "*"+token+"*")) {
				commands = append(commands, "git tag -d "+tag)
			}
		case strings.HasPrefix(line, "edit the file"):
			r.mendFiles(how)
		default:
			r.t.Fatalf("nobody would understand %q", line)
		}
	}
	if len(commands) == 0 {
		r.t.Fatalf("the report has no command:\n%s", report)
	}
	if script == nil {
		write("\x01", "") // git asks for the list all the same, and without a script this program is no editor
	}
	env := r.env
	r.env = append(r.env, "GIT_SEQUENCE_EDITOR="+editorVariable+"='"+strings.Join(script, "\x1f")+"' '"+os.Args[0]+"'")
	out := r.sh(commands[0])
	for n := 0; r.exists(".git/rebase-merge"); n++ {
		var next []string
		switch {
		case n == 20:
			r.t.Fatalf("the rebase does not end:\n%s", report)
		case r.git("ls-files", "-u") != "":
			next = atConflict
			if !strings.Contains(out, "deleted") {
				r.mendFiles(editing)
				break
			}
			for _, file := range strings.Fields(r.git("diff", "--name-only", "--diff-filter=U")) {
				if err := os.Remove(filepath.Join(r.dir, file)); err != nil {
					r.t.Fatal(err)
				}
			}
		case r.exists(".git/CHERRY_PICK_HEAD"):
			r.t.Fatalf("git stops, and no hint says why:\n%s\n%s", out, report)
		default:
			next = atStop
			r.mendFiles(how)
		}
		if len(next) != 1 {
			r.t.Fatalf("git stops, and %d hints say what to do:\n%s\n%s", len(next), out, report)
		}
		out = r.sh(next[0])
	}
	for _, command := range commands[1:] {
		r.sh(command)
	}
	r.env = env
}

// sh runs a command, which may fail only where it leads to a conflict, and returns what it prints.
func (r *repo) sh(command string) string {
	r.t.Helper()
	out, err := r.run("", "sh", "-c", command+" 2>&1")
	if err != nil && !strings.Contains(out, "CONFLICT") {
		r.t.Fatal(err)
	}
	return out
}

func (r *repo) exists(file string) bool {
	_, err := os.Stat(filepath.Join(r.dir, file))
	return err == nil
}

// mendFiles takes the token out of the files of the work tree, or the files; those that must go are moved away.
func (r *repo) mendFiles(how way) {
	r.t.Helper()
	check := func(err error) {
		if err != nil {
			r.t.Fatal(err)
		}
	}
	envs, err := filepath.Glob(filepath.Join(r.dir, "*.env"))
	check(err)
	for _, f := range envs {
		text, err := os.ReadFile(f)
		check(err)
		switch {
		case !strings.Contains(string(text), token):
		case how == deleting:
			check(os.Remove(f))
		default:
			var out strings.Builder
			for line := range strings.Lines(strings.ReplaceAll(string(text), token, "none")) {
				if !strings.HasPrefix(line, "<<<<<<<") && !strings.HasPrefix(line, "=======") && !strings.HasPrefix(line, ">>>>>>>") {
					out.WriteString(line)
				}
			}
			check(os.WriteFile(f, []byte(out.String()), 0o644))
		}
	}
	if !r.exists(".git/rebase-merge") {
		return // here "git rm --cached" leaves the file where it is
	}
	bins, err := filepath.Glob(filepath.Join(r.dir, "*.bin"))
	check(err)
	for _, f := range bins {
		check(os.Rename(f, filepath.Join(r.t.TempDir(), filepath.Base(f))))
	}
}
