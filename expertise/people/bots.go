package people

import (
	"regexp"
	"strings"
)

// botNames are whole names, in small letters, of programs that commit and do not say so in a word.
var botNames = map[string]bool{
	"github": true, "github actions": true, "github-actions": true, "github action": true, "gitlab": true, "gitlab ci": true, "dependabot": true,
	"dependabot preview": true, "dependabot-preview": true, "renovate": true, "renovate bot": true, "greenkeeper": true, "snyk-bot": true, "jenkins": true,
	"travis ci": true, "circleci": true, "circle ci": true, "weblate": true, "transifex": true, "hosted weblate": true, "imgbot": true,
	"mergify": true, "codecov": true, "pre-commit-ci": true, "pre-commit ci": true, "semantic-release": true, "release-please": true, "autoroll": true,
	"auto-roll": true, "buildbot": true, "build bot": true, "bors": true, "homu": true, "copybara": true, "copybara-service": true, "luci project": true,
	"skia-flutter": true, "treehugger": true, "commit-queue": true, "commit queue": true, "commit bot": true, "gerrit code review": true,
	"zuul": true, "openstack proposal bot": true, "ci": true, "allcontributors": true, "web-flow": true, "azure pipelines": true, "azure devops": true,
}

// botRE finds the word in a name or local part. A word of its own only: there are people called Abbot, Botha, Jenkins, Gerrit and Travis.
var botRE = regexp.MustCompile(`(?i)(\[bot\]|\b(ro|auto|build|merge|commit|snyk|ci)?bot\b|\b(auto-?roller?|dependabot|renovate)\b|^ci-|-ci$)`)

// botWord reports whether the word is in a text of small letters. The expression takes long, and is asked about everybody: what all that it finds has in it
// is looked for first.
func botWord(s string) bool {
	return (strings.Contains(s, "bot") || strings.Contains(s, "roll") || strings.Contains(s, "renovate") || strings.HasPrefix(s, "ci-") || strings.HasSuffix(s, "-ci")) &&
		botRE.MatchString(s)
}

// botLocals are local parts of programs. Few: people give "github@…" of their own domain to GitHub.
var botLocals = map[string]bool{"ci": true, "jenkins": true, "buildmaster": true, "autobuild": true, "commit-queue": true}

// botDomains are domains of accounts that no person has.
var botDomains = []string{"gserviceaccount.com", "bots.noreply.github.com", "robots.noreply.gitlab.com"}

// bot reports whether a program wrote the ident. The name of a person whose mail says "bot" is a program's too: mails are given by whoever runs it.
func (o *Options) bot(id Ident) bool {
	name := strings.ToLower(strings.TrimSpace(id.Name))
	if botNames[name] || botWord(name) {
		return true
	}
	mail := lower(strings.TrimSpace(id.Mail))
	local, domain, _ := strings.Cut(mail, "@")
	if mail == "noreply@github.com" { // what is done on GitHub's pages is committed by it (GitHub Docs, "About commit signature verification")
		return true
	}
	for _, d := range botDomains {
		if domain == d || strings.HasSuffix(domain, "."+d) {
			return true
		}
	}
	if botLocals[local] || botWord(strings.ReplaceAll(local, "_", "-")) {
		return true
	}
	for _, re := range o.bots {
		if re.MatchString(name) || re.MatchString(mail) {
			return true
		}
	}
	return false
}

// wildcard compiles a text in which * stands for any text.
func wildcard(s string) (*regexp.Regexp, error) {
	return regexp.Compile(`(?is)^` + strings.ReplaceAll(regexp.QuoteMeta(s), `\*`, `.*`) + `$`)
}
