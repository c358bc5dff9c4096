package gitio

import (
	"context"
	"slices"
	"strings"
)

// RemoteHead returns the full name that HEAD's branch has at a remote, as it was when the remote was cloned or last asked
// (git-remote(1), "set-head"), and the ref by which it is tracked here. Both are "" when that is not known.
func (r *Repo) RemoteHead(ctx context.Context, remote string) (branch, tracked string, err error) {
	if isURL(remote) {
		return "", "", nil
	}
	prefix := "refs/remotes/" + remote + "/"
	target, err := r.SymbolicRef(ctx, prefix+"HEAD")
	if err != nil {
		return "", "", err
	}
	name, ours := strings.CutPrefix(target, prefix)
	if !ours || name == "" {
		return "", "", nil
	}
	return "refs/heads/" + name, target, nil
}

// RemoteNames returns what a remote, given by its name or its URL, may call its repository: the path in the URL, without ".git" too, and
// the last two parts of that, which are owner and name on most hosts. It returns none when the remote has no URL.
func (r *Repo) RemoteNames(ctx context.Context, remote string) ([]string, error) {
	url := remote
	if !isURL(remote) {
		out, err := r.git.Output(ctx, nil, "config", "--default", "", "--get", "remote."+remote+".url")
		if err != nil {
			return nil, err
		}
		url = strings.TrimSuffix(string(out), "\n")
	}
	return namesOf(url), nil
}

func namesOf(url string) []string {
	path := strings.ReplaceAll(url, `\`, "/")
	if _, rest, ok := strings.Cut(path, "://"); ok {
		at := strings.IndexByte(rest, '/')
		if at < 0 {
			return nil
		}
		path = rest[at:]
	} else if host, rest, ok := strings.Cut(path, ":"); ok && len(host) > 1 && !strings.Contains(host, "/") {
		path = rest // [user@]host:path (git-clone(1), "GIT URLS"); one letter is a drive
	}
	path = strings.TrimRight(path, "/")
	bare := strings.TrimSuffix(path, ".git")
	if bare == "" {
		return nil
	}
	names := []string{path, bare}
	if parts := strings.Split(strings.TrimPrefix(bare, "/"), "/"); len(parts) > 1 {
		names = append(names, strings.Join(parts[len(parts)-2:], "/"))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// isURL reports whether the name of a remote that pre-push gets is a URL or a path, for which there are no tracking refs.
func isURL(remote string) bool {
	return remote == "" || strings.ContainsAny(remote, ":*?[\\") || strings.HasPrefix(remote, "/") || strings.Contains(remote, "..")
}
