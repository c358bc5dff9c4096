package identity_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/identity"
)

// TestForgedVariables: once a policy says what kind of host this is, what a client has set of another kind makes nobody known.
func TestForgedVariables(t *testing.T) {
	t.Parallel()
	forged := env{
		"GITHUB_USER_LOGIN": "ada", "GITHUB_PUBLIC_KEY_FINGERPRINT": "SHA256:abc", "GITEA_PUSHER_NAME": "ada", "GITEA_PUSHER_EMAIL": "ada@example.com",
		"GL_USERNAME": "ada", "GL_ID": "user-1", "GL_USER": "ada", "SSH_USER_AUTH": "/nowhere",
	}
	if who := identity.Pusher(identity.Auto, forged.get); who.Name != "ada" {
		t.Errorf("%+v: the guard below has nothing to hold", who)
	}
	for host, want := range map[string]analyzers.Identity{
		identity.HTTP:     {Name: "eve", Source: "http"},
		identity.Plain:    {Name: "git", Source: "os"},
		identity.SSH:      {},
		identity.GitHub:   {Name: "ada", Key: "SHA256:abc", Source: "github"},
		identity.Gitea:    {Name: "ada", Emails: []string{"ada@example.com"}, Source: "gitea"},
		identity.GitLab:   {Name: "ada", Source: "gitlab"},
		identity.Gitolite: {Name: "ada", Source: "gitolite"},
	} {
		get := func(name string) string {
			return map[string]string{"REMOTE_USER": "eve", "USER": "git", "HTTP_REMOTE_USER": "ada", "HTTP_GITHUB_USER_LOGIN": "ada"}[name] + forged[name]
		}
		if got := identity.Pusher(host, get); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", host, got, want)
		}
	}
	// A header of HTTP reaches CGI under another name (RFC 3875, 4.1.18).
	if who := identity.FromEnv(env{"HTTP_REMOTE_USER": "ada", "HTTP_GITHUB_USER_LOGIN": "ada"}.get); who.Source != "" {
		t.Errorf("%+v by headers", who)
	}
}

// TestSSH: the file that sshd writes (sshd_config(5), "ExposeAuthInfo").
func TestSSH(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sha1")
	ada, ca := w.key("ada"), w.key("ca")
	w.run("", "ssh-keygen", "-q", "-s", "ca", "-I", "ada", "-n", "git", "ada.pub")
	cert, err := os.ReadFile(filepath.Join(w.dir, "ada-cert.pub"))
	if err != nil {
		t.Fatal(err)
	}
	print := strings.Fields(w.run("", "ssh-keygen", "-l", "-f", "ada.pub"))[1]
	people, err := identity.ParsePeople("people", []byte("version: 1\npeople:\n  ada: {mails: [ada@example.com], keys: ["+ada+"]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text, login, key string
		known            bool
	}{
		"a key":            {"publickey " + ada + "\n", "", print, true},
		"a certificate":    {"publickey " + string(cert), "ada", print, true},
		"and a password":   {"password\npublickey " + ada + "\n", "", print, true},
		"another key":      {"publickey " + ca + "\n", "", strings.Fields(w.run("", "ssh-keygen", "-l", "-f", "ca.pub"))[1], false},
		"two keys":         {"publickey " + ada + "\npublickey " + ca + "\n", "", "", false},
		"a password":       {"password\n", "", "", false},
		"authorized_keys":  {ada + "\n", "", "", false},
		"damaged":          {"publickey ssh-ed25519 AAAA\n", "", "", false},
		"damaged and more": {"publickey ssh-ed25519 AAAA\npublickey " + ada + "\n", "", "", false},
		"empty":            {"", "", "", false},
	} {
		who := identity.Pusher(identity.SSH, env{"SSH_USER_AUTH": w.write("sshauth.a", c.text), "USER": "git", "GL_USER": "eve"}.get)
		if who.Name != c.login || who.Key != c.key {
			t.Errorf("%s: %+v", name, who)
		}
		if person, known := people.Of(who); known != c.known || known && person.Login != "ada" {
			t.Errorf("%s: %+v, known %v", name, person, known)
		}
	}
}

// TestNotOfSSHD: where sshd does not set SSH_USER_AUTH, a client may ("SendEnv" of ssh_config(5)), and name a file whose text it knows.
func TestNotOfSSHD(t *testing.T) {
	dir, text := t.TempDir(), "publickey "+someKey+"\n"
	file := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(text), mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	right := file("sshauth.abc", 0o600)
	if who := identity.Pusher(identity.SSH, env{"SSH_USER_AUTH": right}.get); who.Key == "" {
		t.Errorf("%+v: the guard below has nothing to hold", who)
	}
	link := filepath.Join(dir, "sshauth.link")
	if err := os.Symlink(right, link); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, path := range []string{file("environ", 0o600), file("sshauth", 0o600), file("sshauth.open", 0o644), link, "sshauth.abc", dir, ""} {
		if who := identity.Pusher(identity.SSH, env{"SSH_USER_AUTH": path}.get); who.Source != "" {
			t.Errorf("%q: %+v", path, who)
		}
	}
}

// FuzzPusher: nobody is named by what a kind of host does not set, and what sshd wrote names one key or nobody.
func FuzzPusher(f *testing.F) {
	f.Add("ada", "publickey "+someKey+"\n", 0)
	f.Add("key-1", "password\n", 5)
	path := filepath.Join(f.TempDir(), "sshauth.a")
	f.Fuzz(func(t *testing.T, value, auth string, kind int) {
		hosts := map[string][]string{
			identity.GitHub: {"GITHUB_USER_LOGIN", "GITHUB_PUBLIC_KEY_FINGERPRINT"}, identity.Gitea: {"GITEA_PUSHER_NAME", "GITEA_DEPLOY_KEY_ID", "GITEA_KEY_ID"},
			identity.GitLab: {"GL_USERNAME", "GL_ID"}, identity.Gitolite: {"GL_USER"}, identity.HTTP: {"REMOTE_USER"}, identity.Plain: {"USER", "LOGNAME"},
		}
		names := identity.HostKind("").Choices()
		host := names[max(kind, 0)%len(names)]
		others := env{}
		for other, vars := range hosts {
			for _, v := range vars {
				if other != host {
					others[v] = value
				}
			}
		}
		if who := identity.Pusher(host, others.get); host != identity.Auto && who.Source != "" {
			t.Fatalf("%s: %+v by the variables of others", host, who)
		}
		if err := os.WriteFile(path, []byte(auth), 0o600); err != nil {
			t.Fatal(err)
		}
		who := identity.Pusher(identity.SSH, env{"SSH_USER_AUTH": path}.get)
		if who.Source != "" && (!strings.HasPrefix(who.Key, "SHA256:") || !strings.Contains(auth, "publickey ")) {
			t.Fatalf("%+v by %q", who, auth)
		}
	})
}

// FuzzHost: a host that a policy names is that host whatever is set, and its repository's name is in its own variables.
func FuzzHost(f *testing.F) {
	f.Add("acme/shop", 3)
	f.Fuzz(func(t *testing.T, value string, kind int) {
		names := identity.HostKind("").Choices()
		host := names[max(kind, 0)%len(names)]
		own := map[string][]string{
			identity.GitHub: {"GITHUB_REPO_NAME"}, identity.GitLab: {"GL_PROJECT_PATH"}, identity.Gitolite: {"GL_REPO"}, identity.Gitea: {"GITEA_REPO_NAME", "GITEA_REPO_USER_NAME"},
		}
		all, others := env{"GITHUB_USER_LOGIN": value}, env{"GITHUB_USER_LOGIN": value}
		for other, vars := range own {
			for _, v := range vars {
				all[v] = value
				if other != host {
					others[v] = value
				}
			}
		}
		if host == identity.Auto {
			return
		}
		if got := identity.HostOf(host, all.get); got != identity.HostOf(host, env{}.get) || got != host && got != identity.Plain {
			t.Fatalf("%s is %s", host, got)
		}
		if name := identity.Repository(host, others.get); name != "" {
			t.Fatalf("%s: %q by the variables of others", host, name)
		}
		if name := identity.Repository(host, all.get); !strings.Contains(name, value) && own[host] != nil || own[host] == nil && name != "" {
			t.Fatalf("%s: %q of %q", host, name, value)
		}
	})
}
