package people_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/people"
)

func ident(s string) people.Ident {
	name, mail, _ := strings.Cut(strings.TrimSuffix(s, ">"), "<")
	return people.Ident{Name: strings.TrimSpace(name), Mail: mail}
}

// TestJoin: each row has idents, by the number that they must get.
func TestJoin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		options people.Options
		want    string // "NUMBER IDENT" lines
	}{
		{"equal mail in any case", people.Options{}, "0 A <a@x.org>\n0 B <A@X.org>\n1 A <b@x.org>"},
		{"equal full name", people.Options{}, "0 Jane Doe <a@x.org>\n0 jane  DOE <b@x.org>\n1 Jane <c@x.org>\n2 Jane <d@x.org>"},
		{"a name of letters other than ASCII", people.Options{}, "0 山田 太郎 <a@x.org>\n0 山田 太郎 <b@x.org>\n1 Zoë Ünal <c@x.org>\n1 ZOË ÜNAL <d@x.org>"},
		{"short names and initials say nothing", people.Options{}, "0 A Lee <a@x.org>\n1 A Lee <b@x.org>\n2 J. R. <c@x.org>\n3 J. R. <d@x.org>"},
		{"names of nobody", people.Options{}, "0 Unknown User <a@x.org>\n1 Unknown User <b@x.org>\n2 root <c@x.org>\n3 root <d@x.org>\n4 Your Name <e@x.org>\n5 Your Name <f@x.org>"},
		{"mails of machines", people.Options{}, "0 Jane <root@localhost>\n1 Joe <root@localhost>\n0 Jane <root@localhost>\n2 Jo <jo@mac.local>\n3 Al <jo@mac.local>\n4 Al <al@pc.(none)>\n5 Bo <al@pc.(none)>"},
		{"old mails without a domain", people.Options{}, "0 jane <jane>\n0 Jane D <JANE>\n1 Joe <joe>\n2 x <none>\n3 y <none>"},
		{"a mail and a name, over two", people.Options{}, "0 Jane Doe <a@x.org>\n0 jdoe <a@x.org>\n0 Jane Doe <b@x.org>\n0 other <b@x.org>"},
		{"an account at GitHub", people.Options{}, "0 jane <12+jane@users.noreply.github.com>\n0 j <Jane@users.noreply.github.com>\n0 J <12+janed@users.noreply.github.com>\n0 jane <>\n0 @JANE <>\n1 joe <>"},
		{"a login that went from one account to another", people.Options{}, "0 a <1+jane@users.noreply.github.com>\n1 b <2+jane@users.noreply.github.com>\n2 c <jane@users.noreply.github.com>"},
		{"programs are nobody", people.Options{}, "0 Jane Doe <jane@x.org>\n1 Jane Doe <1+foo[bot]@users.noreply.github.com>\n2 Jane Doe[bot] <jane@x.org>\n0 Jane Doe <b@x.org>"},
		{"mailmap first", people.Options{Mailmap: people.ParseMailmap([]byte("Jane Doe <jane@x.org> <jd@y.org>\n"))},
			"0 Jane <jane@x.org>\n0 JD <jd@y.org>\n1 Joe <joe@x.org>"},
		{"a mail of two, told apart by the mailmap", people.Options{Mailmap: people.ParseMailmap([]byte(
			"Joe R. Developer <joe@example.com> Joe <bugs@example.com>\nJane Doe <jane@example.com> Jane <bugs@example.com>\n"))},
			"0 Joe <bugs@example.com>\n1 Jane <bugs@example.com>\n0 Joe <joe@example.com>\n1 Jane <jane@example.com>\n2 Al <bugs@example.com>"},
		{"aliases", people.Options{Aliases: []people.Alias{{Name: "Jane Roe", Mails: []string{"A@x.org", "jo@mac.local"}, Names: []string{"jr"}, Logins: []string{"@Janer"}}}},
			"0 a <a@x.org>\n0 b <jo@mac.local>\n0 JR <c@x.org>\n0 d <3+janer@users.noreply.github.com>\n1 e <e@x.org>"},
		{"domains", people.Options{Domains: [][]string{{"x.org", "X.com"}}}, "0 a <jane@x.org>\n0 b <jane@x.com>\n1 c <jane@x.net>"},
	} {
		var idents []people.Ident
		var want, got []string
		for line := range strings.SplitSeq(tt.want, "\n") {
			n, id, _ := strings.Cut(line, " ")
			idents, want = append(idents, ident(id)), append(want, n)
		}
		dir, err := people.Join(idents, tt.options)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		for _, id := range idents {
			got = append(got, fmt.Sprint(dir.Of(id)))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want\n%s", tt.name, got, tt.want)
		}
	}
}

func TestPerson(t *testing.T) {
	t.Parallel()
	dir, err := people.Join([]people.Ident{
		{Name: "jdoe", Mail: "Jane@x.org"}, {Name: "jdoe", Mail: "jane@x.org"}, {Name: "Jane Doe", Mail: "7+jdoe@users.noreply.github.com"}, {Name: "Jane Doe", Mail: "jane@x.org"},
		{Name: "renovate[bot]", Mail: "29139614+renovate[bot]@users.noreply.github.com"}, {Name: "al", Mail: "al@x.org"}, {Name: "bo", Mail: "bo@y.org"}, {Mail: "bo@y.org"},
	}, people.Options{Aliases: []people.Alias{{Name: "Al O", Mails: []string{"AL@x.org"}, Logins: []string{"al-o"}}, {Mails: []string{"nobody@x.org"}, Logins: []string{"ghost"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(dir.Person(0)), "{0 Jane Doe jane@x.org [7+jdoe@users.noreply.github.com jane@x.org] [jdoe] false}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if p := dir.Person(1); !p.Bot || p.Name != "renovate[bot]" {
		t.Errorf("got %+v", p)
	}
	if p := dir.Person(dir.Login("@AL-O")); p.Name != "Al O" || p.ID != 2 {
		t.Errorf("got %+v", p)
	}
	if dir.Login("ghost") != people.None || dir.Mail("nobody@x.org") != people.None || dir.Of(people.Ident{Name: "x"}) != people.None || dir.Person(dir.Login("ghost")).ID != people.None {
		t.Error("nobody is somebody")
	}
	if dir.Mail("BO@y.org") != 3 || dir.Len() != 4 {
		t.Errorf("%d, of %d people", dir.Mail("bo@y.org"), dir.Len())
	}
}

func TestBots(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>": true, "renovate <x@y.org>": true, "Build Bot <x@y.org>": true, "GitHub <noreply@github.com>": true,
		"x <my-bot@y.org>": true, "x <my_bot@y.org>": true, "k8s-ci-robot <x@y.org>": true, "x <1@p.iam.gserviceaccount.com>": true, "autoroller <x@y.org>": true, "jenkins <x@y.org>": true,
		"x <jenkins@y.org>": true, "The Release Thing <x@y.org>": true, "x <deploy7@y.org>": true, "pre-commit-ci <x@y.org>": true,
		"Russ Abbot <abbot@y.org>": false, "Jean Botha <botha@y.org>": false, "Gerrit Smit <gerrit@y.org>": false, "Travis <travis@y.org>": false, "Paul Jenkins <paul.jenkins@y.org>": false,
		"Jane <github@jane.org>": false, "Ci Wang <ci.wang@y.org>": false, "Talbot Fox <t@y.org>": false, "x <deploy@y.org>": false, " <>": false,
	} {
		dir, err := people.Join([]people.Ident{ident(id)}, people.Options{Bots: []string{"the release *", "deploy?*", "deploy7@*"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := dir.Person(0).Bot; got != want {
			t.Errorf("%s: %v", id, got)
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	_, err := people.Join(nil, people.Options{Bots: []string{"*", "x"}, Domains: [][]string{{"a.org", "b@c"}, {"A.org"}}, Aliases: []people.Alias{{Name: "x"}}})
	for _, want := range []string{"bots[0]", "domains[0][1]", "domains[1][0]", "aliases[0]"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %s", err, want)
		}
	}
}

// FuzzJoin: people are a partition that depends on nothing but the idents and their order; equal mails are together, programs and people apart.
func FuzzJoin(f *testing.F) {
	f.Add("Jane Doe <a@x>\njd <a@x>\nJane Doe <b@x>\nfoo[bot] <a@x>", "Jane Doe <a@x> <c@x>", uint64(1))
	f.Fuzz(func(t *testing.T, text, mailmap string, seed uint64) {
		var idents []people.Ident
		for line := range strings.SplitSeq(text, "\n") {
			idents = append(idents, ident(line))
		}
		options := people.Options{Mailmap: people.ParseMailmap([]byte(mailmap))}
		dir, err := people.Join(idents, options)
		if err != nil {
			t.Fatal(err)
		}
		shuffled := slices.Clone(idents)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		again, err := people.Join(shuffled, options)
		if err != nil {
			t.Fatal(err)
		}
		next := people.ID(0)
		for i, a := range idents {
			id := dir.Of(a)
			if id > next || id < 0 || int(id) >= dir.Len() {
				t.Fatalf("%q is %d, expected at most %d", a, id, next)
			}
			if id == next {
				next++
			}
			for _, b := range idents[:i] {
				if (dir.Of(a) == dir.Of(b)) != (again.Of(a) == again.Of(b)) {
					t.Errorf("%q and %q are one person or not by the order", a, b)
				}
				if dir.Of(a) == dir.Of(b) && dir.Person(dir.Of(a)).Bot != dir.Person(dir.Of(b)).Bot {
					t.Errorf("%q and %q", a, b)
				}
			}
		}
	})
}

func BenchmarkJoin(b *testing.B) {
	var idents []people.Ident
	for i := range 10000 {
		idents = append(idents, people.Ident{Name: fmt.Sprintf("Given%d Family%d", i%7000, i%7000), Mail: fmt.Sprintf("m%d@example.com", i)})
	}
	for b.Loop() {
		if _, err := people.Join(idents, people.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
