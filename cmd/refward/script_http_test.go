//go:build unix

package main

import (
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
)

// serveHTTP serves the repositories of a directory as an administrator would: git http-backend behind basic authentication,
// whose user becomes REMOTE_USER (git-http-backend(1)). Anybody's password is "pass". It returns the URL for the user ada.
func serveHTTP(dir string, environ []string) (url string, stop func(), err error) {
	out, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		return "", nil, err
	}
	backend := filepath.Join(strings.TrimSpace(string(out)), "git-http-backend")
	var env []string
	for _, kv := range environ {
		if name, _, _ := strings.Cut(kv, "="); name != "" && name != "$" { // testscript's own "$=$"
			env = append(env, kv)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, ok := r.BasicAuth()
		if !ok || password != "pass" {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		h := cgi.Handler{
			Path: backend, Dir: dir,
			Env: append(env[:len(env):len(env)], "GIT_PROJECT_ROOT="+dir, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER="+user),
		}
		h.ServeHTTP(w, r)
	}))
	return strings.Replace(server.URL, "http://", "http://ada:pass@", 1), server.Close, nil
}
