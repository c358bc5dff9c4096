package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"github.com/refward/refward/hooks"
	"github.com/refward/refward/installer"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
	"github.com/refward/refward/internal/signed"
)

// heldDiagnoses says which policy judges on this clone, whether the copy that it holds of the server's is as it was fetched, and whether
// the server's is still that one.
func (p program) heldDiagnoses(ctx context.Context) []installer.Diagnosis {
	dir, err := p.commonDir(ctx)
	if err != nil {
		return nil // which the rest of doctor has said
	}
	path := hooks.HeldPolicy(dir)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return []installer.Diagnosis{{Subject: "policy", State: installer.OK, Detail: p.counts() + "; \"refward policy fetch\" brings the server's"}}
	}
	broken := func(detail, hint string) []installer.Diagnosis {
		return []installer.Diagnosis{{Subject: path, State: installer.Broken, Detail: detail, Hint: hint}}
	}
	pol, err := policy.Load(path)
	h, heldErr := readHeld(path)
	again := "refward policy fetch SOURCE"
	if heldErr == nil {
		again = h.command()
	}
	switch {
	case err != nil:
		return broken(err.Error(), again)
	case heldErr != nil:
		return broken(heldErr.Error(), again)
	case pol.Digest() != h.Digest:
		return []installer.Diagnosis{{Subject: path, State: installer.Edited, Detail: "it is not the policy that was fetched from " + h.Source, Hint: again}}
	}
	list := []installer.Diagnosis{{Subject: path, State: installer.OK, Detail: fmt.Sprintf("the policy of %s, fetched at %s", h.Source, h.FetchedAt.Format(time.RFC3339))}}
	if named := p.getenv("REFWARD_POLICY"); named != "" {
		list[0].State, list[0].Detail = installer.Unseen, "REFWARD_POLICY names "+named+", which counts instead"
	}
	return append(list, h.compare(ctx, again)...)
}

// counts says which policy judges on a clone that holds none.
func (p program) counts() string {
	if named := p.getenv("REFWARD_POLICY"); named != "" {
		return named + " counts, which REFWARD_POLICY names"
	}
	if _, err := os.Stat(systemPolicy); err == nil {
		return systemPolicy + " counts"
	}
	return "the preset " + policy.DefaultPreset + " counts"
}

const systemPolicy = "/etc/refward/policy.yaml"

// factsHere is policyFacts for this clone: the policy that it holds comes before the machine's.
func (p program) factsHere(ctx context.Context) func(string) (installer.PolicyFacts, error) {
	return func(path string) (installer.PolicyFacts, error) {
		if path == "" && p.getenv("REFWARD_POLICY") == "" {
			if dir, err := p.commonDir(ctx); err == nil {
				if _, err := os.Stat(hooks.HeldPolicy(dir)); err == nil {
					path = hooks.HeldPolicy(dir)
				}
			}
		}
		return policyFacts(path)
	}
}

// command is what fetches the policy again.
func (h held) command() string {
	key := ""
	if h.Key != "" {
		key = "--key " + quote(h.Key) + " "
	}
	return "refward policy fetch " + key + quote(h.Source)
}

func quote(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(report.Visible(word), "'", `'\''`) + "'"
}

// compare asks the source for what it has now. A source that cannot be asked is no problem: somebody is on a train.
func (h held) compare(ctx context.Context, again string) []installer.Diagnosis {
	var keys signed.Keys
	if h.Key != "" {
		var err error
		if keys, err = signed.Collect([]string{h.Key}); err != nil {
			return []installer.Diagnosis{{Subject: h.Source, State: installer.Broken, Detail: err.Error(), Hint: again}}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	data, _, err := fetchPolicy(ctx, h.Source, keys)
	var unreached net.Error
	var status statusError
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.As(err, &unreached) || errors.As(err, &status):
		return []installer.Diagnosis{{Subject: h.Source, State: installer.Unseen, Detail: "could not ask whether the policy is still that one: " + err.Error()}}
	case err != nil:
		return []installer.Diagnosis{{Subject: h.Source, State: installer.Broken, Detail: err.Error(), Hint: "ask your administrator; until then the policy that this clone holds counts"}}
	}
	now, err := policy.Parse(h.Source, data)
	switch {
	case err != nil:
		return []installer.Diagnosis{{Subject: h.Source, State: installer.Broken, Detail: err.Error(), Hint: "ask your administrator; until then the policy that this clone holds counts"}}
	case now.Digest() != h.Digest:
		return []installer.Diagnosis{{Subject: h.Source, State: installer.Stale, Detail: "the policy there is another one by now: " + now.Digest(), Hint: again}}
	}
	return []installer.Diagnosis{{Subject: h.Source, State: installer.OK, Detail: "it has the same policy"}}
}
