package installer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// A State is how a hook, or something that it needs, is.
type State string

// The states.
const (
	OK            State = "ok"
	Missing       State = "missing"
	Shadowed      State = "shadowed"       // Git looks for hooks in another directory
	Stale         State = "stale"          // of another version, or its program or policy is gone or another one
	NotExecutable State = "not executable" // Git ignores the hook
	NotOurs       State = "not ours"       // a hook of somebody else is in its place
	Edited        State = "edited"         // somebody changed it since
	Uncovered     State = "not covered"    // a repository without Refward
	Broken        State = "broken"         // a policy that cannot be used, a record that cannot be written, a delegate that does not delegate
	NotInstalled  State = "not installed"  // nobody asked for the hook: neither a problem nor a warning
	Idle          State = "off"            // the policy judges nothing: a warning
	Exposed       State = "exposed"        // others than the owner may write it: a warning
	Unseen        State = "not looked at"  // a warning
)

// A Diagnosis is what doctor says of a hook, or of something that hooks need.
type Diagnosis struct {
	Subject string // name of the hook, or a path
	State   State
	Detail  string // one line
	Hint    string // what to type; "" = nothing
}

// Problem reports whether the diagnosis says that something is not as it should be; a warning is none.
func (d Diagnosis) Problem() bool {
	return d.State != OK && d.State != NotInstalled && !d.Warning()
}

// Warning reports whether the diagnosis says that something deserves a look.
func (d Diagnosis) Warning() bool {
	return d.State == Exposed || d.State == Unseen || d.State == Idle
}

// Doctor says how the client hooks are. Without Hooks, those that were left out of an installation are no problem, as
// long as there is one.
func (c Client) Doctor(ctx context.Context) ([]Diagnosis, error) {
	hooks, err := c.hooks()
	if err != nil {
		return nil, err
	}
	managed, err := c.managed()
	if err != nil && c.Global {
		return nil, err
	}
	set, err := c.hooksPath(ctx, "--global")
	if err != nil {
		return nil, err
	}
	if c.Global {
		var all []Diagnosis
		for _, hook := range hooks {
			d, err := c.examine(managed, hook)
			if err != nil {
				return nil, err
			}
			if d.State == OK && !sameDir(set, managed) {
				d.State, d.Detail = Shadowed, fmt.Sprintf("core.hooksPath of the user's configuration is %q, not %s", set, managed)
				d.Hint = "git config --global core.hooksPath " + word(filepath.ToSlash(managed))
			}
			all = append(all, d)
		}
		_, about := readPolicy(c.ReadPolicy, "")
		return append(c.leaveOut(all, managed), about...), nil
	}
	p, err := c.locate(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.checkWorkTree("doctor"); err != nil {
		return nil, err
	}
	others := []string{p.own}
	if set != "" && sameDir(set, managed) {
		others = append(others, managed)
	}
	var all []Diagnosis
	for _, hook := range hooks {
		d, err := c.examine(p.effective, hook)
		if err != nil {
			return nil, err
		}
		for _, dir := range others {
			if (d.State != Missing && d.State != NotOurs) || sameDir(dir, p.effective) {
				continue
			}
			if f, err := look(filepath.Join(dir, hook)); err == nil && (f.condition == ours || f.condition == edited) {
				d.State = Shadowed
				d.Detail = fmt.Sprintf("Refward's hook is in %s, but Git looks in %s (core.hooksPath, %s)", dir, p.effective, c.origin(ctx))
				d.Hint = "refward install, or, if nobody needs that directory: git config --unset core.hooksPath"
			}
		}
		all = append(all, d)
	}
	all = c.leaveOut(all, p.effective)
	if sameDir(p.effective, managed) {
		for _, hook := range notPassedOn() {
			if path := filepath.Join(p.own, hook); unrunnable(path) == "" {
				all = append(all, Diagnosis{Subject: hook, State: Shadowed, Detail: path + " is not run while Refward is installed for all repositories",
					Hint: "git config core.hooksPath " + word(filepath.ToSlash(p.own)) + " && refward install"})
			}
		}
	}
	_, about := readPolicy(c.ReadPolicy, "")
	return append(all, about...), nil
}

// readPolicy reads a policy that hooks name, or the default for "", and says what is wrong with it.
func readPolicy(read func(string) (PolicyFacts, error), path string) (PolicyFacts, []Diagnosis) {
	if read == nil {
		return PolicyFacts{File: path}, nil
	}
	facts, err := read(path)
	subject := facts.File
	if subject == "" {
		subject = "policy"
	}
	switch {
	case err != nil:
		return facts, []Diagnosis{{subject, Broken, err.Error(), "refward policy check " + word(subject)}}
	case facts.Off:
		return facts, []Diagnosis{{subject, Idle, "nothing is judged, unless a repository's own .refward.yaml sets another mode",
			"set its mode to enforce, or to observe, which judges and refuses nothing"}}
	}
	return facts, nil
}

// leaveOut makes of each hook in dir that nobody asked for one that is not installed. A hook that Refward kept tells that
// it was there once.
func (c Client) leaveOut(all []Diagnosis, dir string) []Diagnosis {
	out := func(d Diagnosis) bool { return d.State == Missing || d.State == NotOurs }
	if len(c.Hooks) > 0 || !slices.ContainsFunc(all, func(d Diagnosis) bool { return !out(d) }) {
		return all
	}
	for i, d := range all {
		if _, err := os.Lstat(filepath.Join(dir, d.Subject+chainedSuffix)); out(d) && err != nil {
			all[i].State, all[i].Hint = NotInstalled, ""
		}
	}
	return all
}

// origin says where core.hooksPath is set.
func (c Client) origin(ctx context.Context) string {
	out, err := git(ctx, c.Dir, "config", "--show-origin", "--get", "core.hooksPath")
	if err != nil {
		return "not set"
	}
	file, _, _ := strings.Cut(out, "\t")
	return "set in " + strings.TrimPrefix(file, "file:")
}

// A command is what to type; flags go between its verb and its arguments.
type command struct{ verb, arguments string }

func (c command) plain() string  { return c.verb + c.arguments }
func (c command) forced() string { return c.verb + " --force" + c.arguments }

// examine says how one client hook in a directory is.
func (c Client) examine(dir, hook string) (Diagnosis, error) {
	again := command{"refward install", ""}
	want := shim{flavour: clientShim, hook: hook, program: filepath.ToSlash(c.Program)}
	if managed, err := c.managed(); err == nil && sameDir(dir, managed) {
		want.flavour = globalShim
		again.verb += " --global"
	}
	return examine(filepath.Join(dir, hook), want, again)
}

// examine says how the hook at path is, which should be want; an empty program or policy of want stands for any. Again
// installs it.
func examine(path string, want shim, again command) (Diagnosis, error) {
	d := Diagnosis{Subject: want.hook}
	f, err := look(path)
	if err != nil {
		return d, err
	}
	s, program := f.shim, filepath.FromSlash(f.shim.program)
	say := func(state State, hint, format string, args ...any) (Diagnosis, error) {
		d.State, d.Hint, d.Detail = state, hint, fmt.Sprintf(format, args...)
		return d, nil
	}
	switch f.condition {
	case absent:
		return say(Missing, again.plain(), "no %s", path)
	case foreign:
		if want.flavour == clientShim || want.flavour == serverShim {
			return say(NotOurs, again.plain(), "%s is another hook, which Refward would keep and run", path)
		}
		return say(NotOurs, again.plain(), "%s is another hook", path)
	case edited:
		return say(Edited, again.forced(), "somebody changed %s since Refward wrote it", path)
	}
	if f.inert {
		return say(NotExecutable, "chmod +x "+word(path), "Git ignores %s", path)
	}
	if s.flavour == passShim && want.flavour == globalShim {
		return say(Missing, again.plain(), "%s runs the repository's own hook only", path)
	}
	if s.text() != f.text || s.flavour != want.flavour || s.hook != want.hook {
		return say(Stale, again.plain(), "%s was written by another version of Refward", path)
	}
	if why := unrunnable(program); why != "" {
		return say(Stale, again.plain(), "its program %s %s", program, why)
	}
	if want.program != "" && s.program != want.program {
		return say(Stale, again.plain(), "it runs %s, not %s", program, filepath.FromSlash(want.program))
	}
	if want.policy != "" && s.policy != want.policy {
		return say(Stale, again.plain(), "its policy is %q, not %s", filepath.FromSlash(s.policy), filepath.FromSlash(want.policy))
	}
	detail := "runs " + program
	if _, err := os.Lstat(path + chainedSuffix); err == nil && (s.flavour == clientShim || s.flavour == serverShim) {
		detail = "runs " + filepath.Base(path) + chainedSuffix + ", then " + program
		if why := unrunnable(path + chainedSuffix); why != "" {
			detail = "runs " + program + "; the earlier hook " + filepath.Base(path) + chainedSuffix + " " + why
		}
	}
	return say(OK, "", "%s", detail)
}

// unrunnable says why the system cannot run the file at path; "" if it can.
func unrunnable(path string) string {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "cannot be read: " + cause(err).Error()
	case !info.Mode().IsRegular():
		return "is not a file"
	case runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
		return "is not executable"
	case info.Size() == 0:
		return "is empty"
	}
	return ""
}
