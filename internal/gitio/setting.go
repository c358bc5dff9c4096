package gitio

import (
	"context"
	"path/filepath"
	"strings"
	"sync"

	"github.com/refward/refward/internal/gitio/plumbing"
)

// asked is what git has told once and does not tell otherwise while a process of ours lives.
type asked struct {
	lock     sync.Mutex
	settings map[string]string // by key, section and name in small letters; the last value
	bare     *bool
}

// Setting returns a value of git's configuration, "" where it has none; a path with its "~" expanded and, where it is relative, from the top of the
// work tree, where git itself begins. All settings are read at once, by the first question.
func (r *Repo) Setting(ctx context.Context, key string, path bool) (string, error) {
	all, err := r.settings(ctx)
	if err != nil {
		return "", err
	}
	value := all[normal(key)]
	if !path || value == "" {
		return value, nil
	}
	if value[0] == '~' || value[0] == '%' { // what these stand for is git's to say (git-config(1), "pathname")
		out, err := plumbing.New(r.user).Output(ctx, nil, "config", "--null", "--type=path", "--get", key)
		if err != nil {
			return "", err
		}
		value = strings.TrimSuffix(string(out), "\x00")
	}
	if !filepath.IsAbs(value) {
		value = filepath.Join(r.top(ctx), value)
	}
	return value, nil
}

// normal returns a key as git lists it: all but a subsection is in small letters (git-config(1), "Syntax").
func normal(key string) string {
	first, last := strings.IndexByte(key, '.'), strings.LastIndexByte(key, '.')
	if first < 0 {
		return strings.ToLower(key)
	}
	return strings.ToLower(key[:first]) + key[first:last] + strings.ToLower(key[last:])
}

func (r *Repo) settings(ctx context.Context) (map[string]string, error) {
	r.asked.lock.Lock()
	defer r.asked.lock.Unlock()
	if r.asked.settings != nil {
		return r.asked.settings, nil
	}
	out, err := plumbing.New(r.user).Output(ctx, nil, "config", "--null", "--list")
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		key, value, _ := strings.Cut(entry, "\n") // a key alone is true (git-config(1), "--null")
		all[key] = value
	}
	r.asked.settings = all
	return all, nil
}

// IsBare reports whether the repository has no work tree, as one on a server.
func (r *Repo) IsBare(ctx context.Context) (bool, error) {
	r.asked.lock.Lock()
	defer r.asked.lock.Unlock()
	if r.asked.bare != nil {
		return *r.asked.bare, nil
	}
	out, err := r.git.Output(ctx, nil, "rev-parse", "--is-bare-repository")
	if err != nil {
		return false, err
	}
	bare := strings.TrimSpace(string(out)) == "true"
	r.asked.bare = &bare
	return bare, nil
}
