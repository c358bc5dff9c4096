package advice_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/expertise/advice"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/expertise/suggest"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

// Who is to be left out is everybody with the mail, and each once, by a directory that was made and by one that was stored.
func TestLeave(t *testing.T) {
	made, err := people.Join([]people.Ident{
		{Name: "Jane Doe", Mail: "mail@jane.dev"}, {Name: "Cy Cole", Mail: "cy@example.com"}, {Name: "jdoe", Mail: "mail@jane.dev"},
	}, people.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := made.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	stored, err := people.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*people.Directory{"made": made, "stored": stored} {
		var o advice.Options
		unknown := o.Leave(d, "MAIL@jane.dev", "nobody@example.com", "mail@jane.dev")
		if !slices.Equal(o.Absent, []people.ID{0, 2}) || !slices.Equal(unknown, []string{"nobody@example.com"}) {
			t.Errorf("%s: left out %v, unknown %q", name, o.Absent, unknown)
		}
	}
}

// A share is of all lines of a file, however many have some of them.
func TestManyOwners(t *testing.T) {
	const owners = 25
	b := gitiotest.New(t)
	var in, text strings.Builder
	for i := range owners {
		fmt.Fprintf(&text, "line of %d\n", i)
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter Person Number%02d <p%d@example.com> %d +0000\ndata 1\nx\n", i, i, start+i*3600)
		fmt.Fprintf(&in, "M 100644 inline f.go\ndata %d\n%s\n", text.Len(), text.String())
	}
	fmt.Fprintf(&in, "commit refs/heads/topic\ncommitter Newcomer <new@example.com> %d +0000\ndata 1\nx\nfrom refs/heads/main\nM 100644 inline f.go\ndata 4\nall\n\n", start+owners*3600)
	b.Git(in.String(), "fast-import", "--quiet")
	tip, topic := strings.TrimSpace(b.Git("", "rev-parse", "main")), strings.TrimSpace(b.Git("", "rev-parse", "topic"))
	repo := b.Open()
	index(t, repo, tip)
	s, err := advice.Open(t.Context(), repo)
	if err != nil {
		t.Fatal(err)
	}
	ask := map[string]func() (*advice.Advice, error){
		"a range": func() (*advice.Advice, error) { return s.Range(t.Context(), tip, topic, advice.Options{}) },
		"a path": func() (*advice.Advice, error) {
			return s.Paths(t.Context(), []string{"f.go"}, people.Ident{}, advice.Options{Now: time.Unix(start+owners*3600, 0)})
		},
	}
	for name, ask := range ask {
		a, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		if q := a.Query; len(q.Whole) != 15 || q.AllWhole != owners {
			t.Errorf("%s: %d owners count, of %d lines", name, len(q.Whole), q.AllWhole)
		}
		got := suggest.Text(suggest.Reasons(s.Activity.State, a.Query, a.Ranking[0].Person))
		if !strings.Contains(got, "wrote 4 % of the lines") { // 1 of 25, and not of the 15 who count
			t.Errorf("%s: %s", name, got)
		}
	}
}
