package reviewers

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// A Suggest says whether a push is answered with who could review it.
type Suggest string

// When that is.
const (
	Topics Suggest = "topics" // after an accepted push to branches that are not protected
	Never  Suggest = "never"
)

// Choices lists the answers.
func (Suggest) Choices() []string { return []string{string(Topics), string(Never)} }

// An Index says what post-receive does with the indexes.
type Index string

// What it does.
const (
	Extend Index = "extend" // bring those up to date that are there
	Build  Index = "build"  // and make the first ones
	Leave  Index = "never"  // nothing: somebody else does
)

// Choices lists what can be done.
func (Index) Choices() []string { return []string{string(Extend), string(Build), string(Leave)} }

// An Alias is one person, by whatever they are called. It has the fields of people.Alias.
type Alias struct {
	Name   string   `yaml:"name"`   // how the person is shown; "" = as the history has it
	Mails  []string `yaml:"mails"`  // in any case
	Names  []string `yaml:"names"`  // other full names, in any case
	Logins []string `yaml:"logins"` // of the host, without "@", in any case
}

// A Config is the section. The zero Config suggests, and keeps up to date what there is.
type Config struct {
	Suggest Suggest       `yaml:"suggest"` // "" = Topics
	Count   int           `yaml:"count"`   // people for each branch; 0 = DefaultCount
	Budget  time.Duration `yaml:"budget"`  // wall time of all suggestions of a push, after which there are none; 0 = DefaultBudget
	Index   Index         `yaml:"index"`   // "" = Extend
	Absent  []string      `yaml:"absent"`  // mails of people who are not suggested for the time being
	Aliases []Alias       `yaml:"aliases"` // people whom .mailmap does not join
	Bots    []string      `yaml:"bots"`    // names and mails of programs, in any case; * stands for any text
	Domains [][]string    `yaml:"domains"` // groups of mail domains in which the same local part is the same person
}

// The defaults and bounds of a Config.
const (
	DefaultCount  = 3
	DefaultBudget = 50 * time.Millisecond // nobody notices it
	maxCount      = 20
	maxBudget     = 10 * time.Second
	maxEntries    = 1000
	maxBots       = 100 // each is held against every name and mail of the history
	maxText       = 256 // bytes of a name, mail or domain
)

// Shows reports whether a push is answered with suggestions.
func (c Config) Shows() bool { return c.Suggest != Never }

// Most returns how many people are suggested for a branch.
func (c Config) Most() int {
	if c.Count == 0 {
		return DefaultCount
	}
	return c.Count
}

// Within returns how long the suggestions of a push may take.
func (c Config) Within() time.Duration {
	if c.Budget == 0 {
		return DefaultBudget
	}
	return c.Budget
}

// Updating returns what post-receive does.
func (c Config) Updating() Index {
	if c.Index == "" {
		return Extend
	}
	return c.Index
}

// With returns what two policies say together, c being the administrator's. Either can be against suggestions; who is absent for one is absent; what joins people
// adds up. How much is shown and how long that may take is for the administrator to say.
func (c Config) With(other Config) Config {
	if !other.Shows() {
		c.Suggest = Never
	}
	c.Absent = union(c.Absent, other.Absent)
	c.Bots = union(c.Bots, other.Bots)
	c.Aliases = union(c.Aliases, other.Aliases)
	if len(c.Domains) == 0 { // two lists of groups can contradict each other
		c.Domains = other.Domains
	}
	return c
}

// union returns a and what of b is not in it, without looking through the one for each of the other.
func union[T any](a, b []T) []T {
	out := slices.Clone(a)
	seen := make(map[string]bool, len(a))
	for _, v := range a {
		seen[fmt.Sprintf("%#v", v)] = true
	}
	for _, v := range b {
		if key := fmt.Sprintf("%#v", v); !seen[key] {
			seen[key] = true
			out = append(out, v)
		}
	}
	return out
}

// A Problem is what is wrong with one key of a Config.
type Problem struct {
	Key string // such as "count" or "aliases[1]"
	Msg string
}

// Problems returns what is wrong with c. What a file does not say is wrong with 0, too: whoever asks knows what it says.
func (c Config) Problems() []Problem {
	var list []Problem
	bad := func(key, format string, args ...any) { list = append(list, Problem{key, fmt.Sprintf(format, args...)}) }
	if c.Count < 1 || c.Count > maxCount {
		bad("count", "want 1 to %d", maxCount)
	}
	if c.Budget <= 0 || c.Budget > maxBudget {
		bad("budget", "want more than 0s and at most %s", maxBudget)
	}
	for key, n := range map[string]int{"absent": len(c.Absent), "aliases": len(c.Aliases), "domains": len(c.Domains)} {
		if n > maxEntries {
			bad(key, "more than %d entries", maxEntries)
			return list
		}
	}
	if len(c.Bots) > maxBots {
		bad("bots", "more than %d entries: * stands for any text", maxBots)
		return list
	}
	for i, mail := range c.Absent {
		if !isText(mail) || !strings.Contains(mail, "@") || strings.ContainsAny(mail, "<> ") {
			bad(fmt.Sprintf("absent[%d]", i), "%q is no mail address alone", mail)
		}
	}
	for i, a := range c.Aliases {
		key := fmt.Sprintf("aliases[%d]", i)
		all := slices.Concat(a.Mails, a.Names, a.Logins)
		if len(all) == 0 {
			bad(key, "say by which mails, names or logins the person is known")
		}
		if a.Name != "" {
			all = append(all, a.Name)
		}
		for _, text := range all {
			if !isText(text) {
				bad(key, "%q is no name, mail or login", text)
			}
		}
	}
	for i, b := range c.Bots {
		if !isText(b) || strings.Trim(b, "* ") == "" {
			bad(fmt.Sprintf("bots[%d]", i), "%q is everybody or nobody", b)
		}
	}
	c.domains(bad)
	return list
}

func (c Config) domains(bad func(key, format string, args ...any)) {
	group := map[string]int{}
	for i, domains := range c.Domains {
		key := fmt.Sprintf("domains[%d]", i)
		if len(domains) < 2 {
			bad(key, "one domain alone joins nobody: want two or more")
		}
		for _, d := range domains {
			d = strings.ToLower(d)
			if g, ok := group[d]; ok && g != i {
				bad(key, "%q is in domains[%d] too", d, g)
			}
			group[d] = i
			if !isText(d) || strings.ContainsAny(d, "@ *") {
				bad(key, "%q is no domain", d)
			}
		}
	}
}

func isText(s string) bool {
	return strings.TrimSpace(s) != "" && len(s) <= maxText && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// MarshalJSON writes what a policy file says, and no key that it does not say.
func (c Config) MarshalJSON() ([]byte, error) {
	m := map[string]any{}
	say := func(key string, said bool, value any) {
		if said {
			m[key] = value
		}
	}
	say("suggest", c.Suggest != "", c.Suggest)
	say("count", c.Count != 0, c.Count)
	say("budget", c.Budget != 0, c.Budget.String())
	say("index", c.Index != "", c.Index)
	say("absent", len(c.Absent) > 0, c.Absent)
	say("bots", len(c.Bots) > 0, c.Bots)
	say("domains", len(c.Domains) > 0, c.Domains)
	var aliases []map[string]any
	for _, a := range c.Aliases {
		one := map[string]any{}
		for key, list := range map[string][]string{"mails": a.Mails, "names": a.Names, "logins": a.Logins} {
			if len(list) > 0 {
				one[key] = list
			}
		}
		if a.Name != "" {
			one["name"] = a.Name
		}
		aliases = append(aliases, one)
	}
	say("aliases", len(aliases) > 0, aliases)
	return json.Marshal(m)
}
