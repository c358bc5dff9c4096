package census

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/smallfile"
)

// Where mails are listed whose owners are shown as Somebody.
const (
	OptOutFile    = ".refward-optout"          // at the trusted tip
	OptOutSetting = "refward.expertise.optout" // of git's configuration: the path of another list
)

// Somebody is what all are called who do not want to be named.
const Somebody = "somebody"

// ErrOptOut says that a list that is there cannot be read: nobody is named then. Beside it the error is gitio.ErrNotFile or gitio.ErrNotHere where it
// is the tip's list that is none, or whose content is not here.
var ErrOptOut = errors.New("the list of those who are not named cannot be read")

// OptOut returns the mails, in small letters, of those who are not to be named: those of the file at the tip and those of the file that git's
// configuration names, together. So whoever may commit and whoever runs the server can hide people, and neither can undo what the other did.
func OptOut(ctx context.Context, repo *gitio.Repo, tip Tip) (map[string]bool, error) {
	data, unread, err := smallfile.Read(ctx, repo, tip.Commit, OptOutFile, maxSmallFile)
	if err = errors.Join(unread, err); err != nil {
		return nil, notNamed(ctx, err)
	}
	mails := parseOptOut(data)
	path, err := repo.Setting(ctx, OptOutSetting, true)
	if err != nil {
		return nil, notNamed(ctx, err)
	}
	if path != "" {
		data, err := os.ReadFile(path) // #nosec G304 -- the configuration's own
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrOptOut, OptOutSetting, err)
		}
		for mail := range parseOptOut(data) {
			mails[mail] = true
		}
	}
	return mails, nil
}

// notNamed says that a list cannot be read, and why. Whoever gave up meanwhile is told that, and not to mend a list.
func notNamed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("%w: %w", ErrOptOut, err)
}

// parseOptOut reads a mail from each line, alone or as "Name <mail>"; "#" begins a comment at the start of a line, since a mail may have one.
func parseOptOut(data []byte) map[string]bool {
	mails := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if _, mail, ok := strings.Cut(strings.TrimSuffix(line, ">"), "<"); ok && strings.HasSuffix(line, ">") {
			line = mail
		}
		if line = lower(line); line != "" {
			mails[line] = true
		}
	}
	return mails
}

// lower returns a mail as lists have it.
func lower(mail string) string { return strings.ToLower(strings.Trim(strings.TrimSpace(mail), "<>")) }
