package rulepack

import (
	"embed"
	"fmt"
	"regexp"
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
	return b.String() + allow("placeholders", ids(b.String()))
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
