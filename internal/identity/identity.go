package identity

import (
	"cmp"
	"strings"

	"github.com/refward/refward/analyzers"
)

// The kinds of host, as [Host] names them.
const (
	GitHub   = "github" // GitHub Enterprise Server
	Gitea    = "gitea"  // Gitea and Forgejo
	GitLab   = "gitlab"
	Gitolite = "gitolite"
	Plain    = "plain" // Git alone, over SSH, HTTP or the file system
)

// What a policy can say besides of who vouches for a pusher; see [Pusher].
const (
	Auto = "auto" // whoever has set variables
	HTTP = "http" // the web server in front of git-http-backend(1)
	SSH  = "ssh"  // sshd(8), by the key of the connection
)

// OS is the source of an Identity that is the account on the server, which may be one that everybody shares.
const OS = "os"

// Host names the kind of host that runs the hook. The first in the order of the constants whose variables are there
// wins. Only variables that hosts set for hooks count: CI runners set GITHUB_ACTOR, GITHUB_REPOSITORY, GITEA_ACTIONS or
// GL_TOKEN, and are no hosts.
func Host(getenv func(string) string) string {
	hosts := []struct {
		kind string
		vars []string
	}{
		// GitHub Docs, "Creating a pre-receive hook script", "Environment variables".
		{GitHub, []string{"GITHUB_USER_LOGIN", "GITHUB_REPO_NAME", "GITHUB_VIA"}},
		// go-gitea/gitea modules/repository/env.go.
		{Gitea, []string{"GITEA_PUSHER_NAME", "GITEA_PUSHER_ID", "GITEA_REPO_NAME"}},
		// GitLab Docs, "Git server hooks", "Environment variables available to server hooks".
		{GitLab, []string{"GL_ID", "GL_USERNAME", "GL_REPOSITORY"}},
		// gitolite, "hooks", and src/gitolite-shell.
		{Gitolite, []string{"GL_USER", "GL_REPO"}},
	}
	for _, h := range hosts {
		for _, v := range h.vars {
			if getenv(v) != "" {
				return h.kind
			}
		}
	}
	return Plain
}

// HostOf is [Host] where a policy says what kind of host this is, [Auto] being unknown. HTTP and SSH are the transports of a plain host.
func HostOf(host string, getenv func(string) string) string {
	switch host {
	case "", Auto:
		return Host(getenv)
	case GitHub, Gitea, GitLab, Gitolite:
		return host
	}
	return Plain
}

// Repository returns what the host calls the repository that is pushed to, such as "owner/name"; "" = it has no name for it, as a plain host. Of
// a host that a policy names only its own variables count, as for [Pusher].
func Repository(host string, getenv func(string) string) string {
	switch host {
	case "", Auto:
		for _, kind := range []string{GitHub, GitLab, Gitolite, Gitea} {
			if name := Repository(kind, getenv); name != "" {
				return name
			}
		}
	case GitHub:
		return getenv("GITHUB_REPO_NAME")
	case GitLab:
		return getenv("GL_PROJECT_PATH")
	case Gitolite:
		return getenv("GL_REPO")
	case Gitea:
		if name := getenv("GITEA_REPO_NAME"); name != "" {
			return getenv("GITEA_REPO_USER_NAME") + "/" + name
		}
	}
	return ""
}

// FromEnv returns who pushes. It asks the variables of the kind of host that [Host] names and no others: where a host
// names its pushers but did not name this one, the account that the hook runs under says nothing, so the pusher is not
// known. On a plain host, the web server's REMOTE_USER comes first (git-http-backend(1)), then USER and LOGNAME with the
// source "os": the account on the server, which may be one that everybody shares, such as "git".
//
// The zero Identity means that the pusher is not known. A pusher with a Source but no Name pushed with a key that
// belongs to no person.
func FromEnv(getenv func(string) string) analyzers.Identity {
	kind := Host(getenv)
	if kind == Plain && getenv("REMOTE_USER") != "" {
		kind = HTTP
	}
	return from(kind, getenv)
}

// Pusher is [FromEnv] where a policy says what kind of host this is, [Auto] being unknown: it believes the variables of that kind and no
// others, since what the host does not set a client may have set, by "SendEnv" of ssh_config(5) where the server's sshd_config(5) has a wide "AcceptEnv". HTTP is
// REMOTE_USER alone; SSH the key that sshd wrote into the file that SSH_USER_AUTH names (sshd_config(5), "ExposeAuthInfo"); Plain the account.
func Pusher(host string, getenv func(string) string) analyzers.Identity {
	if host == "" || host == Auto {
		return FromEnv(getenv)
	}
	return from(host, getenv)
}

func from(kind string, getenv func(string) string) analyzers.Identity {
	var who analyzers.Identity
	switch kind {
	case GitHub:
		who = analyzers.Identity{
			Name:   getenv("GITHUB_USER_LOGIN"),
			Key:    getenv("GITHUB_PUBLIC_KEY_FINGERPRINT"),
			Source: GitHub,
		}
	case Gitea:
		who = fromGitea(getenv)
	case GitLab:
		who = analyzers.Identity{Name: getenv("GL_USERNAME"), Source: GitLab}
		// GL_ID is "user-7", or "key-7" where a key stands for no user (GitLab Docs, "Git server hooks").
		if id := getenv("GL_ID"); strings.HasPrefix(id, "key-") {
			who.Key = id
		}
	case Gitolite:
		who = analyzers.Identity{Name: getenv("GL_USER"), Source: Gitolite}
	case HTTP:
		who = analyzers.Identity{Name: getenv("REMOTE_USER"), Source: HTTP}
	case SSH:
		who = fromSSH(getenv)
	default:
		who = analyzers.Identity{Name: cmp.Or(getenv("USER"), getenv("LOGNAME")), Source: OS}
	}
	if who.Name == "" && who.Key == "" {
		return analyzers.Identity{}
	}
	return who
}

// fromGitea leaves the name out for a deploy key: Gitea then names the repository's owner, who need not be the one who
// pushes (go-gitea/gitea routers/private/serv.go, "Deploy keys aren't really the owner").
func fromGitea(getenv func(string) string) analyzers.Identity {
	if id := getenv("GITEA_DEPLOY_KEY_ID"); id != "" && id != "0" {
		return analyzers.Identity{Key: "deploy-key-" + id, Source: Gitea}
	}
	who := analyzers.Identity{Name: getenv("GITEA_PUSHER_NAME"), Source: Gitea}
	if mail := getenv("GITEA_PUSHER_EMAIL"); mail != "" {
		who.Emails = []string{mail}
	}
	if id := getenv("GITEA_KEY_ID"); id != "" && id != "0" {
		who.Key = "key-" + id
	}
	return who
}
