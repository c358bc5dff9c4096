package identity_test

import (
	"reflect"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/identity"
)

type env map[string]string

func (e env) get(name string) string { return e[name] }

func TestFromEnv(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  env
		want analyzers.Identity
		host string
	}{
		{"nothing", env{}, analyzers.Identity{}, identity.Plain},
		{
			"github by HTTP",
			env{"GITHUB_USER_LOGIN": "ada", "GITHUB_REPO_NAME": "org/repo", "USER": "git"},
			analyzers.Identity{Name: "ada", Source: "github"}, identity.GitHub,
		},
		{
			"github by SSH",
			env{"GITHUB_USER_LOGIN": "ada", "GITHUB_PUBLIC_KEY_FINGERPRINT": "SHA256:abc"},
			analyzers.Identity{Name: "ada", Key: "SHA256:abc", Source: "github"}, identity.GitHub,
		},
		{
			"github without a login does not fall back to the service's account",
			env{"GITHUB_REPO_NAME": "org/repo", "USER": "git", "REMOTE_USER": "proxy"},
			analyzers.Identity{}, identity.GitHub,
		},
		{
			"a CI runner is no host",
			env{"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ada", "GITHUB_REPOSITORY": "org/repo", "GITEA_ACTIONS": "true", "GL_TOKEN": "x", "USER": "runner"},
			analyzers.Identity{Name: "runner", Source: "os"}, identity.Plain,
		},
		{
			"gitea by SSH",
			env{"GITEA_PUSHER_NAME": "bob", "GITEA_PUSHER_EMAIL": "bob@example.org", "GITEA_KEY_ID": "12", "GITEA_DEPLOY_KEY_ID": "0"},
			analyzers.Identity{Name: "bob", Emails: []string{"bob@example.org"}, Key: "key-12", Source: "gitea"}, identity.Gitea,
		},
		{
			"gitea by HTTP, mail private",
			env{"GITEA_PUSHER_NAME": "bob", "GITEA_KEY_ID": "0"},
			analyzers.Identity{Name: "bob", Source: "gitea"}, identity.Gitea,
		},
		{
			"gitea deploy key is not its owner",
			env{"GITEA_PUSHER_NAME": "owner", "GITEA_PUSHER_EMAIL": "owner@example.org", "GITEA_KEY_ID": "12", "GITEA_DEPLOY_KEY_ID": "3"},
			analyzers.Identity{Key: "deploy-key-3", Source: "gitea"}, identity.Gitea,
		},
		{
			"gitea without a pusher",
			env{"GITEA_REPO_NAME": "repo", "GITEA_KEY_ID": "0", "USER": "git"},
			analyzers.Identity{}, identity.Gitea,
		},
		{
			"gitlab user",
			env{"GL_USERNAME": "eve", "GL_ID": "user-7", "GL_REPOSITORY": "project-1"},
			analyzers.Identity{Name: "eve", Source: "gitlab"}, identity.GitLab,
		},
		{
			"gitlab deploy key",
			env{"GL_ID": "key-9", "GL_REPOSITORY": "project-1", "USER": "git"},
			analyzers.Identity{Key: "key-9", Source: "gitlab"}, identity.GitLab,
		},
		{
			"gitlab user without a name",
			env{"GL_ID": "user-7", "USER": "git"},
			analyzers.Identity{}, identity.GitLab,
		},
		{
			"gitolite",
			env{"GL_USER": "dan", "GL_REPO": "repo", "USER": "git"},
			analyzers.Identity{Name: "dan", Source: "gitolite"}, identity.Gitolite,
		},
		{
			"gitolite behind a web server",
			env{"GL_USER": "dan", "REMOTE_USER": "other"},
			analyzers.Identity{Name: "dan", Source: "gitolite"}, identity.Gitolite,
		},
		{
			"web server",
			env{"REMOTE_USER": "fay", "USER": "www-data"},
			analyzers.Identity{Name: "fay", Source: "http"}, identity.Plain,
		},
		{"account", env{"USER": "gil", "LOGNAME": "other"}, analyzers.Identity{Name: "gil", Source: "os"}, identity.Plain},
		{"login name", env{"LOGNAME": "gil"}, analyzers.Identity{Name: "gil", Source: "os"}, identity.Plain},
		{
			"precedence: github, gitea, gitlab, gitolite",
			env{"GITHUB_USER_LOGIN": "a", "GITEA_PUSHER_NAME": "b", "GL_USERNAME": "c", "GL_USER": "d", "REMOTE_USER": "e"},
			analyzers.Identity{Name: "a", Source: "github"}, identity.GitHub,
		},
		{
			"precedence: gitea, gitlab, gitolite",
			env{"GITEA_PUSHER_NAME": "b", "GL_USERNAME": "c", "GL_USER": "d", "REMOTE_USER": "e"},
			analyzers.Identity{Name: "b", Source: "gitea"}, identity.Gitea,
		},
		{
			"precedence: gitlab, gitolite",
			env{"GL_USERNAME": "c", "GL_USER": "d", "REMOTE_USER": "e"},
			analyzers.Identity{Name: "c", Source: "gitlab"}, identity.GitLab,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := identity.FromEnv(tt.env.get); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("FromEnv = %+v, want %+v", got, tt.want)
			}
			if got := identity.Host(tt.env.get); got != tt.host {
				t.Errorf("Host = %q, want %q", got, tt.host)
			}
		})
	}
}
