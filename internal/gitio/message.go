package gitio

import (
	"context"
	"iter"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/plumbing"
)

// Nothing is the content of a Change that has only a message, or only names.
type Nothing struct{}

// Files yields none.
func (Nothing) Files(context.Context) iter.Seq2[analyzers.File, error] {
	return func(func(analyzers.File, error) bool) {}
}

// Hunks yields none.
func (Nothing) Hunks(context.Context) iter.Seq2[analyzers.Hunk, error] {
	return func(func(analyzers.Hunk, error) bool) {}
}

// Blobs yields none.
func (Nothing) Blobs(context.Context, func(analyzers.File) bool) iter.Seq2[analyzers.Blob, error] {
	return func(func(analyzers.Blob, error) bool) {}
}

// Trees returns none.
func (Nothing) Trees(context.Context, int) (analyzers.Trees, error) { return analyzers.Trees{}, nil }

// scissors is the line that "git commit -v" and cleanup=scissors put above what is only shown (wt-status.c).
const scissors = " ------------------------ >8 ------------------------"

// CleanMessage returns the message that git will commit out of the file that commit-msg gets, following commit.cleanup and
// core.commentChar (git-commit(1), "--cleanup"). What "git commit -v" shows below the scissors never enters. Comment lines are dropped where
// an editor showed the message, and kept with -m and -F. Options on git's command line are not known. Bytes that are not UTF-8 stay, where
// git takes them for Latin-1.
func (r *Repo) CleanMessage(ctx context.Context, text string) (string, error) {
	cleanup, comment, err := r.messageSettings(ctx)
	if err != nil {
		return "", err
	}
	auto := comment == "auto"
	if auto {
		comment = autoComment(text)
	}
	// git cuts at the first such line, but only when it wrote one itself, with an explanation below (wt-status.c).
	line := "\n" + comment + scissors + "\n"
	at := strings.Index("\n"+text, line)
	cut := at >= 0 && strings.Contains("\n"+text, line+comment)
	if r.unedited(text, comment, cut) {
		// Without an editor scissors count where git was told so, whoever wrote them, and "auto" chooses what begins no line.
		if cut = at >= 0 && cleanup != "scissors" && r.verboseCommit(ctx); cleanup == "default" || cleanup == "strip" && auto {
			cleanup = "whitespace"
		}
	}
	if cut {
		text = text[:at]
	}
	args := []string{"stripspace"}
	switch cleanup {
	case "verbatim":
		return text, nil
	case "default", "strip":
		args = []string{"-c", "core.commentChar=" + comment, "stripspace", "--strip-comments"}
	}
	out, err := r.git.Output(ctx, strings.NewReader(text), args...)
	return string(out), err
}

// unedited reports whether no editor showed the message: git then gives its hooks the editor ":" (githooks(5), "pre-commit"). People name that
// editor themselves to take a message as it is; it then has git's own comments, which end with an empty one or stand below scissors.
func (r *Repo) unedited(text, comment string, cut bool) bool {
	return r.getenv("GIT_EDITOR") == ":" && !cut && !strings.HasSuffix(text, "\n"+comment+"\n")
}

// verboseCommit reports whether git commit is told to show what changed below scissors (git-config(1), "commit.verbose").
func (r *Repo) verboseCommit(ctx context.Context) bool {
	out, err := r.git.Output(ctx, nil, "config", "--type=bool-or-int", "commit.verbose")
	value := strings.TrimSpace(string(out))
	return err == nil && value != "false" && value != "0"
}

// messageSettings reads the parts of the configuration that change how git cleans a message.
func (r *Repo) messageSettings(ctx context.Context) (cleanup, comment string, err error) {
	cleanup, comment = "default", "#"
	out, err := r.git.Output(ctx, nil, "config", "-z", "--get-regexp", `^(commit\.cleanup|core\.comment(char|string))$`)
	if plumbing.ExitCode(err) == 1 { // nothing is set
		return cleanup, comment, nil
	}
	if err != nil {
		return "", "", err
	}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		key, value, _ := strings.Cut(entry, "\n")
		switch key {
		case "commit.cleanup":
			cleanup = value
		case "core.commentchar", "core.commentstring":
			comment = value
		}
	}
	return cleanup, comment, nil
}

// autoComment finds the comment character that git chose for core.commentChar=auto: that of the last comment line, which git
// wrote itself below the message.
func autoComment(text string) string {
	comment := "#"
	for line := range strings.Lines(text) {
		if len(line) > 1 && strings.IndexByte("#;@!$%^&|:", line[0]) >= 0 && (line[1] == ' ' || line[1] == '\n') {
			comment = line[:1]
		}
	}
	return comment
}
