package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/internal/reviewers"
)

func TestReviewers(t *testing.T) {
	p := parse(t, `reviewers:
  suggest: topics
  count: 5
  budget: 80ms
  index: build
  absent: [ada@example.com]
  aliases: [{name: Grace H, mails: [grace@example.com], names: [Grace], logins: [gh]}]
  bots: ["*-sync@example.com"]
  domains: [[example.com, corp.example.com]]
`)
	c := p.Reviewers
	if !c.Shows() || c.Most() != 5 || c.Within() != 80*time.Millisecond || c.Updating() != reviewers.Build || c.Aliases[0].Logins[0] != "gh" {
		t.Errorf("%+v", c)
	}
	again, err := Parse("again", p.Canonical())
	if err != nil || again.Digest() != p.Digest() || len(again.Reviewers.Aliases) != 1 {
		t.Errorf("the canonical form is another policy: %v\n%s", err, p.Canonical())
	}
	if none := parse(t, "version: 1"); none.Digest() == p.Digest() || !none.Reviewers.Shows() || none.Reviewers.Most() != 3 || none.Reviewers.Updating() != reviewers.Extend {
		t.Errorf("the defaults: %+v", none.Reviewers)
	}
	for bad, want := range map[string]string{
		"reviewers: {suggest: always}":                      `reviewers.suggest: "always" is none of topics, never`,
		"reviewers: {index: now}":                           `reviewers.index: "now" is none of extend, build, never`,
		"reviewers: {count: 21}":                            "f:1:13: reviewers.count: want 1 to 20",
		"reviewers: {count: 0}":                             "f:1:13: reviewers.count: want 1 to 20",
		"reviewers: {budget: 0s}":                           "reviewers.budget: want more than 0s",
		"reviewers: {absent: [Ada <ada@example.com>]}":      `"Ada <ada@example.com>" is no mail address alone`,
		"reviewers: {budget: 1m}":                           "reviewers.budget: want more than 0s and at most 10s",
		"reviewers: {absent: [ada]}":                        `reviewers.absent[0]: "ada" is no mail address`,
		"reviewers: {absent: [\"a\\e@b\"]}":                 "reviewers.absent[0]",
		"reviewers: {aliases: [{name: Ada}]}":               "reviewers.aliases[0]: say by which mails",
		"reviewers: {aliases: [{mails: [\"  \"]}]}":         "reviewers.aliases[0]",
		"reviewers: {bots: [\"*\"]}":                        `reviewers.bots[0]: "*" is everybody`,
		"reviewers: {domains: [[a.example]]}":               "reviewers.domains[0]: one domain alone",
		"reviewers: {domains: [[a.x, b.x], [b.x, c.x]]}":    `reviewers.domains[1]: "b.x" is in domains[0] too`,
		"reviewers: {domains: [[a.x, \"@b.x\"]]}":           "is no domain",
		"reviewers: {only: [ada@example.com]}":              `unknown key "only"`,
		"reviewers: {aliases: [{mail: [ada@example.com]}]}": `unknown key "mail"`,
	} {
		if _, err := Parse("f", []byte(bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", bad, err, want)
		}
	}
}

// A repository's own policy can say who is absent and who is whom, and want no suggestions; it cannot have a push wait longer.
func TestReviewersOfLayers(t *testing.T) {
	base := parse(t, "reviewers: {absent: [ada@example.com], budget: 20ms, count: 2, domains: [[a.x, b.x]]}")
	own, err := Overlay(base, ".refward.yaml", []byte("reviewers: {absent: [bob@example.com], budget: 9s, count: 9, index: build, domains: [[c.x, d.x]], bots: [syncer]}"))
	if err != nil {
		t.Fatal(err)
	}
	c := Stack{base, own}.Reviewers()
	if want := []string{"ada@example.com", "bob@example.com"}; !slices.Equal(c.Absent, want) || c.Within() != 20*time.Millisecond || c.Most() != 2 ||
		c.Updating() != reviewers.Extend || len(c.Domains) != 1 || c.Domains[0][0] != "a.x" || !slices.Equal(c.Bots, []string{"syncer"}) || !c.Shows() {
		t.Errorf("%+v", c)
	}
	// A repository's policy is written by whoever may push to its main branch: it must not make every push wait.
	var many strings.Builder
	for i := range 100 {
		fmt.Fprintf(&many, ", \"*b%d*\"", i)
	}
	if _, err := Overlay(base, ".refward.yaml", []byte("reviewers: {bots: ["+many.String()[2:]+"]}")); err != nil {
		t.Error(err)
	}
	if _, err := Overlay(base, ".refward.yaml", []byte("reviewers: {bots: [one"+many.String()+"]}")); err == nil || !strings.Contains(err.Error(), "reviewers.bots: more than 100 entries") {
		t.Errorf("101 patterns: %v", err)
	}
	for _, s := range []Stack{{parse(t, "reviewers: {suggest: never}"), base}, {base, parse(t, "reviewers: {suggest: never}")}} {
		if s.Reviewers().Shows() {
			t.Error("one policy is against suggestions, and there are some")
		}
	}
	// What a layer inherits is not there twice.
	same, err := Overlay(base, ".refward.yaml", []byte("reviewers: {count: 1}"))
	if err != nil {
		t.Fatal(err)
	}
	if c := (Stack{base, same}).Reviewers(); len(c.Absent) != 1 {
		t.Errorf("%+v", c)
	}
}
