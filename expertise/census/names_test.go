package census

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/people"
)

// What histories have, and what joins or separates people in ways that are easily forgotten.
var (
	oddNames = []string{"", "Ada Byron", "ada  byron", "Ada B.", "Byron, Ada", "ada", "@ada", "ada@one.example", "Éva Čapek", "éva čapek", "dan", "Dan", "root", "unknown",
		"dependabot[bot]", "CI", "李 小龍", "\xff\xfe", "???", "Ben Gone", "Ben  Gone", "ben-gone", "Cyd", "Cyd 2"}
	oddMails = []string{"", "ada@one.example", "ADA@one.example", "ada@two.example", "12+ada@users.noreply.github.com", "13+ada@users.noreply.github.com",
		"12+byron@users.noreply.github.com", "ada@users.noreply.github.com", "root@localhost", "root@host.local", "@one.example", "@two.example", "???@one.example", "nobody",
		"ben@one.example", "ben+x@one.example", "éva@one.example", "dan@one.example", "dan@two.example", " cyd@one.example ", "ci@one.example"}
)

// TestSomeAreAsAll: who is joined for a few authors alone is who they are if all are joined, by the same name.
func TestSomeAreAsAll(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 14))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	partly := 0
	for round := range 700 {
		var idents []people.Ident
		for range 2 + r.IntN(40) {
			idents = append(idents, people.Ident{Name: pick(oddNames), Mail: pick(oddMails)})
		}
		for i := range 20 { // others, so that a few are not a quarter of all
			idents = append(idents, people.Ident{Name: fmt.Sprintf("Other Person%c", 'a'+i), Mail: fmt.Sprintf("other%c@three.example", 'a'+i)})
		}
		var mailmap strings.Builder
		for range r.IntN(4) {
			fmt.Fprintf(&mailmap, "%s <%s> %s <%s>\n", pick(oddNames), pick(oddMails), pick([]string{"", pick(oddNames)}), pick(oddMails))
		}
		named := func() *names {
			n := &names{}
			number := map[people.Ident]int32{}
			for _, id := range idents {
				if _, ok := number[id]; !ok {
					number[id] = n.add(id)
				}
				n.of = append(n.of, number[id])
				n.counts[number[id]]++
			}
			n.options, n.optOut = people.Options{Mailmap: people.ParseMailmap([]byte(mailmap.String()))}, map[string]bool{lower(oddMails[round%len(oddMails)]): true}
			if round%10 == 0 {
				n.options.Aliases = []people.Alias{{Mails: []string{"ada@two.example", "othera@three.example"}, Names: []string{"Cyd"}}}
				n.options.Domains = [][]string{{"one.example", "two.example"}}
			}
			if round%3 == 0 {
				n.key = []byte("key")
			}
			return n
		}
		whole, some := named(), named()
		if err := whole.all(); err != nil {
			t.Fatal(err)
		}
		for range 1 + r.IntN(3) {
			a := int32(r.IntN(len(some.authors)))
			if err := some.some([]int32{a}); err != nil {
				t.Fatal(err)
			}
		}
		for a, p := range some.known {
			if p == nil {
				partly++
				continue
			}
			if *p != *whole.known[a] {
				t.Fatalf("round %d: %v is %+v, and if all are joined %+v\n%s", round, some.authors[a], *p, *whole.known[a], mailmap.String())
			}
			for b := range some.known {
				if same := some.known[b] == p; same != (whole.known[b] == whole.known[a]) {
					t.Fatalf("round %d: %v and %v are the same: %v, and if all are joined: %v", round, some.authors[a], some.authors[b], same, !same)
				}
			}
			if some.known[some.first[a]] != p {
				t.Fatalf("round %d: the first of %v is somebody else", round, some.authors[a])
			}
		}
	}
	if partly < 5000 {
		t.Errorf("only %d authors were left out: nothing was tried", partly)
	}
}
