package gitio

import (
	"context"
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

// IsBare reports whether the repository has no work tree, as one on a server.
func (r *Repo) IsBare(ctx context.Context) (bool, error) {
	out, err := r.git.Output(ctx, nil, "rev-parse", "--is-bare-repository")
	return strings.TrimSpace(string(out)) == "true", err
}

// isURL reports whether the name of a remote that pre-push gets is a URL or a path, for which there are no tracking refs.
func isURL(remote string) bool {
	return remote == "" || strings.ContainsAny(remote, ":*?[\\") || strings.HasPrefix(remote, "/") || strings.Contains(remote, "..")
}
