package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/balance"
	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/owners"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

// An answered is what "refward reviewers" says, as JSON or as text.
type answered struct {
	Version   int             `json:"version"`
	Range     string          `json:"range"` // "" = the question was about paths
	Fork      string          `json:"fork"`  // full id of the commit at which the change begins; "" likewise
	Base      string          `json:"base"`  // full name of the ref that what is known comes from
	Tip       string          `json:"tip"`   // full id of the commit that it names
	Commits   int             `json:"commits"`
	Files     int             `json:"files"`
	Authors   []string        `json:"authors"`
	Cold      bool            `json:"cold"` // the history hardly says who reviewed
	Reviewers []suggestedOne  `json:"reviewers"`
	Others    int             `json:"others"` // how many more could have been shown
	Owners    *answeredOwners `json:"code_owners"`
	Assigned  *assigned       `json:"assigned"`
}

// A suggestedOne is a reviewer of a report, and what is said of it here only.
type suggestedOne struct {
	report.Reviewer
	Owns int `json:"owns"` // paths of the change, by CODEOWNERS
}

type answeredOwners struct {
	Shown   int      `json:"shown"`   // of the suggested people
	Teams   []string `json:"teams"`   // owners who are nobody in person
	Unknown []string `json:"unknown"` // owners whom the history does not know, and those who are not to be named, as the file has them
	Others  []string `json:"others"`  // owners whom it knows, and who are not suggested
	Gaps    []string `json:"gaps"`    // paths that nobody owns
}

type assigned struct {
	Name  string     `json:"name"`
	Email string     `json:"email"`
	Rank  int        `json:"rank"` // from 1
	Since string     `json:"since"`
	Then  []escalate `json:"then"` // what to do, in this order, each time that nothing has happened
}

type escalate struct {
	Step  string `json:"step"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// answer makes the answer and writes it.
func (q *question) answer() error {
	a := q.advice
	x := answered{
		Version: 1, Fork: a.Fork, Base: report.Visible(q.tip.Ref), Tip: q.tip.Commit, Commits: a.Commits, Files: len(a.Paths), Cold: a.Cold, Authors: []string{},
		Reviewers: []suggestedOne{},
	}
	if q.new != "" {
		x.Range = report.Visible(q.rev)
		for _, id := range a.Authors {
			name := cmp.Or(id.Name, id.Mail)
			if unnamed, err := q.optedOut(id); err != nil {
				return err
			} else if unnamed {
				name = census.Somebody
			}
			x.Authors = append(x.Authors, q.shown(name, "the author"))
		}
	}
	owns := q.ownedPaths()
	for i, s := range a.Ranking[:min(len(a.Ranking), q.most())] {
		who := q.person(s.Person)
		one := suggestedOne{Reviewer: report.Reviewer{
			Name: q.shown(who.Name, fmt.Sprint("reviewer ", i+1)), Email: q.shown(who.Reach(), ""), Score: rounded(s.Score), Reasons: []string{},
		}, Owns: owns[who.ID]}
		for _, r := range q.reasonsOf(s) {
			one.Reasons = append(one.Reasons, r.Text)
		}
		x.Reviewers = append(x.Reviewers, one)
	}
	x.Others = len(a.Ranking) - len(x.Reviewers)
	if q.owners != nil {
		x.Owners = q.answerOwners(owns, x.Reviewers)
	}
	if q.c.Bool("assign") {
		var err error
		if x.Assigned, err = q.assign(); err != nil {
			return err
		}
	}
	if q.c.String("format") == "json" {
		enc := json.NewEncoder(q.p.stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(x)
	}
	_, err := fmt.Fprint(q.p.stdout, x.text(q))
	return err
}

// rounded returns a score as it is written: with the digits that mean something. It changes from second to second.
func rounded(score float64) float64 { return math.Round(score*1000) / 1000 }

// optedOut reports whether somebody is not to be named.
func (q *question) optedOut(id people.Ident) (bool, error) {
	who, err := q.source.Activity.Of(id)
	return slices.ContainsFunc(who, func(p people.ID) bool { return slices.Contains(q.unnamed.Absent, p) }), err
}

func (q *question) person(p activity.PersonID) people.Person {
	return q.source.Activity.People.Person(people.ID(p)) // #nosec G115 -- at most activity.MaxPerson
}

// shown returns what is printed of somebody: nothing that says who it is, if nobody is to be named.
func (q *question) shown(text, instead string) string {
	if q.c.Bool("anonymous") {
		return instead
	}
	return report.Visible(text)
}

// ownedPaths returns how many of the paths somebody owns.
func (q *question) ownedPaths() map[people.ID]int {
	count := map[people.ID]int{}
	for _, list := range q.owned.Owners {
		known, _, _ := owners.Split(list, q.source.Activity.People)
		for _, id := range known {
			count[id]++
		}
	}
	return count
}

// quiet is the directory without those who are not to be named: as a code owner such a one is what the file says, as a stranger is, with nothing that we
// know beside it.
type quiet struct {
	*people.Directory
	unnamed []people.ID
}

func (d quiet) of(id people.ID) people.ID {
	if slices.Contains(d.unnamed, id) {
		return people.None
	}
	return id
}

func (d quiet) Login(login string) people.ID { return d.of(d.Directory.Login(login)) }
func (d quiet) Mail(mail string) people.ID   { return d.of(d.Directory.Mail(mail)) }

func (q *question) answerOwners(owns map[people.ID]int, shown []suggestedOne) *answeredOwners {
	known, teams, unknown := owners.Split(q.owned.All, quiet{q.source.Activity.People, q.unnamed.Absent})
	x := &answeredOwners{Teams: []string{}, Unknown: []string{}, Others: []string{}, Gaps: []string{}}
	for _, s := range shown {
		if s.Owns > 0 {
			x.Shown++
		}
	}
	for _, t := range teams {
		x.Teams = append(x.Teams, q.shown(t.String(), "a team"))
	}
	for _, u := range unknown {
		x.Unknown = append(x.Unknown, q.shown(u.String(), "an owner"))
	}
	for _, id := range known {
		i := slices.IndexFunc(q.advice.Ranking[:len(shown)], func(s suggestion) bool { return people.ID(s.Person) == id }) // #nosec G115 -- likewise
		if who := q.source.Activity.People.Person(id); i < 0 {
			x.Others = append(x.Others, q.shown(fmt.Sprintf("%s <%s>", who.Name, who.Reach()), "an owner"))
		}
	}
	for _, p := range q.owned.Gaps {
		x.Gaps = append(x.Gaps, report.Visible(p))
	}
	return x
}

// assign names one person for the change and keeps that. Who was named for it before stays so while it can be.
func (q *question) assign() (*assigned, error) {
	key, err := q.key()
	if err != nil {
		return nil, err
	}
	a := q.advice
	now := time.Now()
	o := balance.Defaults()
	var named balance.Assigned
	path := filepath.Join(q.repo.CommonDir(), "refward", "assignments.json")
	err = balance.Update(q.c.Context, path, now, func(l *balance.Ledger) error {
		l.Renumber(q.renumbered)
		var ok bool
		named, ok = l.Assign(balance.Request{
			Change: key, At: now.Unix(), Ranking: a.Ranking, Reviewers: balance.Reviewers(q.source.Activity.State, a.Query),
			Mail: func(p activity.PersonID) string { return q.person(p).Reach() },
		}, o)
		if !ok {
			return cli.Exit("there is nobody to assign\nhint: refward reviewers says who could review at all", policy.ExitRefused)
		}
		return nil
	})
	switch {
	case errors.Is(err, balance.ErrBusy) && q.c.Context.Err() == nil:
		return nil, cli.Exit(report.Visible(err.Error())+"\nhint: try again; if it stays so, lsof or fuser says which process holds that file, and the lock ends with it", policy.ExitUnchecked)
	case errors.Is(err, balance.ErrDamaged):
		return nil, cli.Exit(fmt.Sprintf("%s\nhint: rm %s forgets who was named in the last two weeks, and nothing else", report.Visible(err.Error()), report.QuotePath(path)), policy.ExitUnchecked)
	case err != nil:
		return nil, err
	}
	who := q.person(named.Person)
	x := &assigned{
		Name: report.Visible(who.Name), Email: report.Visible(who.Reach()), Rank: named.Rank + 1, Since: time.Unix(named.Since, 0).UTC().Format(time.DateOnly), Then: []escalate{},
	}
	for _, e := range balance.Escalate(named.Choice, q.ranked(), q.owningPeople(), named.Load, o) {
		then := q.person(e.Person)
		x.Then = append(x.Then, escalate{string(e.Step), report.Visible(then.Name), report.Visible(then.Reach())})
	}
	return x, nil
}

// renumbered returns the number of whoever has a mail now. Of several it is the one who had the number before, if that one is among them, so that what was
// assigned stays.
func (q *question) renumbered(mail string, stored activity.PersonID) (activity.PersonID, bool) {
	all := q.source.Activity.People.Mails(mail)
	if slices.Contains(all, people.ID(stored)) { // #nosec G115 -- no number of the directory is negative
		return stored, true
	}
	if len(all) != 1 {
		return 0, false
	}
	return activity.PersonID(all[0]), true // #nosec G115 -- not negative
}

func (q *question) ranked() []activity.PersonID {
	out := make([]activity.PersonID, len(q.advice.Ranking))
	for i, s := range q.advice.Ranking {
		out[i] = s.Person
	}
	return out
}

// owningPeople returns the code owners who may be asked.
func (q *question) owningPeople() (out []activity.PersonID) {
	known, _, _ := owners.Split(q.owned.All, q.source.Activity.People)
	for _, id := range known {
		if p := activity.PersonID(id); !q.advice.Query.Excludes(p) { // #nosec G115 -- not negative
			out = append(out, p)
		}
	}
	return out
}

// key identifies the change for as long as it is worked on: by the branch, where one is named, else by its newest commit.
func (q *question) key() (string, error) {
	_, name, _ := strings.Cut(q.rev, "..")
	if name == "HEAD" || name == "" {
		ref, err := q.repo.HeadBranch(q.c.Context)
		if err != nil || ref != "" && ref != q.tip.Ref {
			return ref, err
		}
	} else if id, err := q.repo.Resolve(q.c.Context, "refs/heads/"+name); err == nil && id == q.new {
		return "refs/heads/" + name, nil
	}
	return q.new, nil
}

// text is what people see.
func (x *answered) text(q *question) string {
	var out strings.Builder
	what := things(x.Files, "file")
	if q.advice.Meant > x.Files {
		what = fmt.Sprintf("%d of %s", x.Files, things(q.advice.Meant, "file"))
	}
	if x.Range != "" {
		what = fmt.Sprintf("%s: %s by %s, %s", x.Range, things(x.Commits, "commit"), few(x.Authors, 3), what)
	}
	fmt.Fprintf(&out, "%s\n", what)
	if len(x.Reviewers) == 0 {
		out.WriteString("nobody to suggest: of all who know this, nobody else has committed or reviewed anything in the last year\n")
	}
	for i, r := range x.Reviewers {
		fmt.Fprintf(&out, "%2d. %s", i+1, r.Name)
		if r.Email != "" {
			fmt.Fprintf(&out, " <%s>", r.Email)
		}
		if r.Owns > 0 {
			fmt.Fprintf(&out, ", code owner of %d of %s", r.Owns, things(x.Files, "file"))
		}
		fmt.Fprintf(&out, "\n    %s\n", strings.Join(r.Reasons, "; "))
	}
	if o := x.Owners; o != nil {
		if rest := slices.Concat(o.Others, o.Teams, o.Unknown); len(rest) > 0 {
			fmt.Fprintf(&out, "other code owners: %s\n", few(rest, 5))
		}
		if len(o.Gaps) > 0 {
			fmt.Fprintf(&out, "without a code owner: %s\n", few(o.Gaps, 5))
		}
	}
	if a := x.Assigned; a != nil {
		fmt.Fprintf(&out, "assigned: %s <%s>, since %s\n", a.Name, a.Email, a.Since)
		for _, e := range a.Then {
			switch balance.Step(e.Step) {
			case balance.Remind:
				fmt.Fprintf(&out, "  if nothing happens: remind %s\n", e.Name)
			case balance.Next:
				fmt.Fprintf(&out, "  then ask %s <%s>\n", e.Name, e.Email)
			case balance.Owner:
				fmt.Fprintf(&out, "  then the code owner %s <%s>\n", e.Name, e.Email)
			}
		}
	}
	if x.Cold && len(x.Reviewers) > 0 {
		fmt.Fprintf(&out, "hint: %s hardly says who reviewed, so this goes by who wrote; trailers Reviewed-by make it better\n", report.Visible(q.tip.Name()))
	}
	return out.String()
}

// few names the first n of a list and says how many more there are.
func few(list []string, n int) string {
	if len(list) <= n+1 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}
