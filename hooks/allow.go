package hooks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/refward/refward/internal/allow"
	"github.com/refward/refward/internal/gitio"
)

// allowances gathers what may stay although it is found. What an author can write is read where .refward.yaml is, at the stored tip
// of HEAD's branch, and never from what is being pushed. A baseline that cannot be used does not count: that is the stricter way, and
// locks nobody out.
func (r *run) allowances(ctx context.Context) error {
	trust := r.stack.Allow()
	if r.client && r.unchosen && len(r.stack) > 1 {
		// Nobody has chosen the preset that judges beneath the repository's own policy, and a developer answers for himself here.
		trust = r.stack[1:].Allow()
		trust.File = ""
	}
	r.allow = allow.Set{Inline: trust.Inline, Client: r.client, Now: r.started}
	var err error
	if r.allow.Entries, err = r.allowed(ctx, trust.File); err != nil {
		return err
	}
	if trust.Baseline.Counts(r.client) && !r.bare {
		data, err := r.stored(ctx, allow.BaselineName, allow.MaxBaseline)
		if err != nil {
			return err
		}
		if data != nil {
			if r.allow.Baseline, err = allow.ParseBaseline(data); err != nil {
				r.note(allow.BaselineName + " does not count: " + err.Error())
			}
		}
	}
	if trust.GitleaksIgnore.Counts(r.client) {
		data, err := r.stored(ctx, allow.GitleaksIgnoreName, allow.MaxGitleaksIgnore)
		if err != nil {
			return err
		}
		if data != nil {
			r.allow.Ignore = allow.ParseGitleaksIgnore(data)
			if n := r.allow.Ignore.Wrong(); n > 0 {
				r.note(fmt.Sprintf("%s: lines that are no fingerprints of gitleaks and do not count: %d", allow.GitleaksIgnoreName, n))
			}
		}
	}
	return nil
}

// allowed returns the entries of the administrator's allow file for this repository. On the server a file that cannot be used refuses
// every push, as a policy does that cannot be used: some of what it was to allow would be refused without a word. A developer need
// not have the server's file.
func (r *run) allowed(ctx context.Context, path string) ([]allow.Entry, error) {
	if path == "" {
		return nil, nil
	}
	file, err := allow.Load(path)
	if r.client && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)) {
		r.Log.Debug().Err(err).Msg("judge without the allow file")
		return nil, nil
	}
	if err != nil {
		return nil, &usageError{err}
	}
	names, err := r.called(ctx)
	return file.For(names), err
}

// called returns what the repository is called on the server: by its host, and by its path. A clone knows it from the URL of the
// remote that it comes from.
func (r *run) called(ctx context.Context) ([]string, error) {
	if r.client {
		return r.repo.RemoteNames(ctx, r.remote)
	}
	return []string{r.hostedAs(), filepath.ToSlash(r.repo.Dir())}, nil
}

// stored reads a file at the revision whose .refward.yaml judges too; nil when there is none, or none that can be read as a file.
func (r *run) stored(ctx context.Context, name string, limit int64) ([]byte, error) {
	data, err := r.repo.ReadFile(ctx, r.tip, name, limit)
	switch {
	case errors.Is(err, gitio.ErrNotExist):
		return nil, nil
	case errors.Is(err, gitio.ErrNotFile):
		r.note(name + " does not count: " + err.Error())
		return nil, nil
	case err == nil && data == nil:
		data = []byte{}
	}
	return data, err
}

// note has the report say something about the judgement itself.
func (r *run) note(text string) {
	r.Log.Warn().Str("note", text).Msg("allowances")
	r.notes = append(r.notes, text)
}
