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
	all := ids(b.String())
	elsewhere := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return slices.Contains(readSource, id) })
	return b.String() + allow("placeholders", all) + allow("sources", elsewhere)
}

// readSource are the rules that look into source code, or at a name alone.
var readSource = []string{
	"ansible-connection-password", "aspnet-machine-key", "aws-key-pair", "aws-secret-key", "azure-publish-profile", "azure-sas-signature",
	"azure-storage-key", "bot-token-setting", "browser-stored-login", "chef-puppet-password", "command-database-password",
	"command-remote-password", "command-tool-password", "connection-string-password", "container-environment-secret", "django-secret-key",
	"django-settings-password", "dotnet-strong-name-key", "dsn-password", "editor-ftp-password", "ethereum-private-key",
	"extended-private-key", "gcp-service-account-key", "git-remote-token", "google-oauth-credential", "gradle-signing-password",
	"group-policy-password", "hub-oauth-token", "installer-root-password", "jdbc-url-password", "jupyter-password-hash",
	"kubeconfig-client-key", "laravel-app-key", "magento-config-secret", "mail-client-password", "mongoid-password", "monitoring-password",
	"monero-or-substrate-key", "netrc-entry", "openvpn-static-key", "orchestration-token", "password-file-hash", "pgpass-entry",
	"phoenix-secret-key-base", "php-config-password", "php-define-password", "putty-private-key", "quoted-password", "rails-config-password",
	"rails-secret-key-base", "salesforce-login-password", "samba-password-hash", "session-secret", "sql-user-password",
	"ssh-legacy-private-key", "airflow-fernet-key", "symfony-parameter-secret", "url-password", "url-password-setting", "vault-unseal-key",
	"wallet-import-key", "wallet-mnemonic", "windows-autologon-password", "wireguard-key", "wlan-profile-key", "wordpress-config-secret",
	"xmpp-server-secret",
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

var idRE = regexp.MustCompile(`(?m)^id = "([^"]*)"$`)

// ids returns the ids of the rules in a configuration.
func ids(config string) []string {
	var list []string
	for _, m := range idRE.FindAllStringSubmatch(config, -1) {
		list = append(list, m[1])
	}
	return list
}

// allow returns a file that ends in an allowlist, with the rules for which it holds: one list for all of them is compiled
// once, and cannot be forgotten.
func allow(theme string, rules []string) string {
	var b strings.Builder
	b.WriteString(text(theme))
	b.WriteString("targetRules = [\n")
	for _, id := range rules {
		fmt.Fprintf(&b, "    %q,\n", id)
	}
	b.WriteString("]\n")
	return b.String()
}
