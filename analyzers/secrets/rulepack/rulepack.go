package rulepack

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed rules/*.toml
var files embed.FS

// themes are the files of the rules that are on by default.
var themes = []string{
	"packages", "passwords", "databases", "clouds", "frameworks", "environment", "transfer", "networks", "messages", "keys",
}

// Config returns the rules that are on by default, as a configuration of gitleaks in TOML. Its allowlists name the rules
// for which they hold: who takes a rule away must take it out of their targetRules, too.
func Config() string {
	var b strings.Builder
	for _, theme := range themes {
		b.WriteString(text(theme))
	}
	all := rules(b.String())
	var every, elsewhere []string
	for _, r := range all {
		every = append(every, r.id)
		if r.path && !slices.Contains(readSource, r.id) {
			elsewhere = append(elsewhere, r.id)
		}
	}
	return b.String() + allow("placeholders", every) + allow("sources", elsewhere)
}

// readSource are the rules that go by a file's name and, for all that, look into source code. A rule that does not go by
// the name looks everywhere.
var readSource = []string{
	"airflow-fernet-key", "bot-token-setting", "chef-puppet-password", "command-database-password", "command-remote-password",
	"command-tool-password", "container-environment-secret", "django-secret-key", "django-settings-password", "gradle-signing-password", "magento-config-secret", "monitoring-password",
	"phoenix-secret-key-base", "php-config-password", "php-define-password", "rails-config-password", "symfony-parameter-secret",
	"url-password-setting", "windows-autologon-password", "wordpress-config-secret", "xmpp-server-secret",
}

// Personal returns the rules for payment cards and personal identifiers, in the same form. Their findings are digits that
// look right; Check says whether they are.
func Personal() string { return text("personal") }

func text(theme string) string {
	data, err := files.ReadFile("rules/" + theme + ".toml")
	if err != nil {
		return fmt.Sprintf("%q\n", err) // cannot be: the files are part of the program; and it is no TOML
	}
	return string(data) + "\n"
}

// A rule is what the pack needs to know of one.
type rule struct {
	id   string
	path bool // it goes by the file's name
}

var idRE = regexp.MustCompile(`(?m)^id = "([^"]*)"$`)

func rules(config string) []rule {
	var list []rule
	for _, block := range strings.Split(config, "[[rules]]\n")[1:] {
		if m := idRE.FindStringSubmatch(block); m != nil {
			list = append(list, rule{m[1], strings.Contains(block, "\npath = ")})
		}
	}
	return list
}

// allow returns a file that ends in an allowlist, with the rules for which it holds: one list for all of them is compiled
// once, and cannot be forgotten.
func allow(theme string, ids []string) string {
	var b strings.Builder
	b.WriteString(text(theme))
	b.WriteString("targetRules = [\n")
	for _, id := range ids {
		fmt.Fprintf(&b, "    %q,\n", id)
	}
	b.WriteString("]\n")
	return b.String()
}
