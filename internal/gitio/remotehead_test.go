package gitio

import (
	"slices"
	"testing"
)

func TestNamesOf(t *testing.T) {
	for url, want := range map[string][]string{
		"":                                       nil,
		"https://git.example.org":                nil,
		"https://git.example.org/":               nil,
		"https://a:b@git.example.org/acme/shop":  {"/acme/shop", "acme/shop"},
		"https://git.example.org/acme/shop.git/": {"/acme/shop", "/acme/shop.git", "acme/shop"},
		"ssh://git@example.org:22/srv/git/acme/shop.git": {"/srv/git/acme/shop", "/srv/git/acme/shop.git", "acme/shop"},
		"git@example.org:acme/shop.git":                  {"acme/shop", "acme/shop.git"},
		"git@example.org:group/sub/shop.git":             {"group/sub/shop", "group/sub/shop.git", "sub/shop"},
		"/srv/git/shop.git":                              {"/srv/git/shop", "/srv/git/shop.git", "git/shop"},
		"../shop.git":                                    {"../shop", "../shop.git"},
		"file:///srv/shop.git":                           {"/srv/shop", "/srv/shop.git", "srv/shop"},
		`C:\git\shop.git`:                                {"C:/git/shop", "C:/git/shop.git", "git/shop"},
	} {
		if got := namesOf(url); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
}
