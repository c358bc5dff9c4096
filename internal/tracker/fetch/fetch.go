package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/internal/tracker"
)

// Options say what to ask of whom.
type Options struct {
	Kind         string   // one of Kinds
	URL          string   // of the tracker, as a browser has it, or of its REST interface; without credentials
	Projects     []string // Jira: keys such as ABC, one or more; Gitea and GitHub: one OWNER/NAME
	Token        string   // "" = ask as nobody; for Jira Cloud "mail:token"
	InsecureHTTP bool     // an address may begin with http://

	CriteriaField string // Jira: id of the field that has the acceptance criteria, such as customfield_10010
	Criteria      string // a regular expression (RE2) that finds acceptance criteria in an issue's text; "" = see criteria
	StateLabel    string // Gitea and GitHub: a label that begins so says the state of an open issue, such as "status: "

	Former *tracker.Snapshot // what is known already; nil = ask for everything. What it cannot be added to is not used

	Agent    string       // of the header User-Agent
	Patience Patience     //
	Progress func(string) // is told how far it is, in lines; nil = nobody is
	Warn     func(string) // is told, in lines, why something is done once more; nil = nobody is
}

// Kinds lists the trackers that can be asked.
func Kinds() []string { return []string{"gitea", "github", "jira"} }

const (
	// overlap is how much of the time before the former snapshot is asked for again: clocks differ, and trackers find some issues late.
	overlap = 15 * time.Minute

	maxIssues = 1_000_000
	perPage   = 100
)

// run is one run of Fetch.
type run struct {
	Options
	client *client
	found  criteria
	issues map[string]tracker.Issue
	since  time.Time // what changed before it is known; zero = nothing is
	asked  time.Time // when the first question was asked
}

// Fetch asks a tracker for its issues. It adds to the former snapshot what has changed since then, where that was made the same way. What
// somebody deleted or moved to another project stays in it until everything is asked for anew.
func Fetch(ctx context.Context, o Options) (*tracker.Snapshot, error) {
	for _, say := range []*func(string){&o.Progress, &o.Warn} {
		if *say == nil {
			*say = func(string) {}
		}
	}
	r := &run{Options: o, issues: map[string]tracker.Issue{}, asked: time.Now()}
	base, err := r.check()
	if err != nil {
		return nil, err
	}
	s := &tracker.Snapshot{Head: tracker.Head{
		Kind: o.Kind, Source: base.String(), Projects: slices.Sorted(slices.Values(o.Projects)), Settings: r.settings(), TakenAt: r.asked, Complete: true,
	}}
	if f := o.Former; f != nil {
		if f.Kind == s.Kind && f.Source == s.Source && slices.Equal(f.Projects, s.Projects) && f.Settings == s.Settings && f.Complete && f.TakenAt.Before(r.asked) {
			r.since = f.TakenAt.Add(-overlap)
			r.issues = maps.Clone(f.Issues)
		} else {
			o.Warn("the former snapshot was made in another way: everything is asked for anew")
		}
	}
	auth, accept := "", "application/json"
	switch {
	case o.Token == "":
	case o.Kind == "gitea":
		auth = "token " + o.Token
	case o.Kind == "jira" && strings.Contains(o.Token, ":"):
		auth = "Basic " + base64.StdEncoding.EncodeToString([]byte(o.Token))
	default:
		auth = "Bearer " + o.Token
	}
	if o.Kind == "github" {
		accept = "application/vnd.github+json"
	}
	r.client = newClient(rest(o.Kind, base), auth, o.Agent, accept, o.Patience, o.Warn)
	switch o.Kind {
	case "jira":
		err = r.jira(ctx)
	case "gitea":
		err = r.gitea(ctx)
	default:
		err = r.github(ctx)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	s.Issues = r.issues
	return s, nil
}

// rest returns where a tracker's REST interface is.
func rest(kind string, base *url.URL) *url.URL {
	u := *base
	switch {
	case kind == "gitea" && !strings.HasSuffix(u.Path, "/api/v1"):
		u.Path += "/api/v1"
	case kind == "github" && strings.EqualFold(u.Host, "github.com"):
		u.Host, u.Path = "api.github.com", ""
	case kind == "github" && !strings.EqualFold(u.Host, "api.github.com") && u.Path == "":
		u.Path = "/api/v3" // GitHub Enterprise Server
	}
	return &u
}

// add keeps an issue.
func (r *run) add(key string, issue tracker.Issue) error {
	issue.State, issue.Type = clean(issue.State, tracker.MaxText), clean(issue.Type, tracker.MaxText)
	if !tracker.ValidKey(key) || issue.State == "" {
		return &oddError{r.client.base.Host, fmt.Sprintf("an issue %.70q in state %.70q", key, issue.State)}
	}
	r.issues[key] = issue
	if len(r.issues) > maxIssues {
		return fmt.Errorf("more than %d issues", maxIssues)
	}
	return nil
}

var (
	jiraRE  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	repoRE  = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)
	fieldRE = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
)

// An OptionError is what is wrong with an option.
type OptionError struct{ Option, Msg string }

func (e *OptionError) Error() string { return "--" + e.Option + ": " + e.Msg }

func (r *run) check() (*url.URL, error) {
	bad := func(option, format string, args ...any) error {
		return &OptionError{option, fmt.Sprintf(format, args...)}
	}
	if !slices.Contains(Kinds(), r.Kind) {
		return nil, bad("kind", "%q is none of %s", r.Kind, strings.Join(Kinds(), ", "))
	}
	u, err := url.Parse(r.URL)
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, bad("url", "want the tracker's address, such as https://jira.example.com")
	case u.User != nil:
		return nil, bad("url", "it holds a password, which would be kept: see --token-file")
	case u.Scheme == "http" && !r.InsecureHTTP:
		return nil, bad("url", "with http:// anybody on the way reads the token and writes the answer: use https://, or say --insecure-http")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, bad("url", "want https://, not %s://", u.Scheme)
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	if strings.ContainsAny(r.Token, "\r\n\x00") {
		return nil, bad("token-file", "the token has several lines")
	}
	name, example := repoRE, "OWNER/NAME"
	if r.Kind == "jira" {
		name, example = jiraRE, "ABC"
	}
	if len(r.Projects) == 0 || len(r.Projects) > 100 || r.Kind != "jira" && len(r.Projects) != 1 {
		return nil, bad("project", "want one, such as %s; several only of Jira, where keys tell them apart", example)
	}
	for _, p := range r.Projects {
		if !name.MatchString(p) || strings.Contains(p, "..") {
			return nil, bad("project", "%q is none, want such as %s", p, example)
		}
	}
	if r.CriteriaField != "" && (r.Kind != "jira" || !fieldRE.MatchString(r.CriteriaField)) {
		return nil, bad("criteria-field", "want the id of a field of Jira, such as customfield_10010")
	}
	if r.StateLabel != "" && r.Kind == "jira" {
		return nil, bad("state-label", "Jira has states of its own")
	}
	if r.found, err = newCriteria(r.Criteria); err != nil {
		return nil, bad("criteria", "%s", err)
	}
	return u, nil
}

// settings identifies what makes states and acceptance of a tracker's answers.
func (r *run) settings() string {
	text, _ := json.Marshal([]string{"1", r.CriteriaField, r.Criteria, r.StateLabel}) // of strings: no error
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:8])
}

// errMoved says that the list changed while it was read.
var errMoved = errors.New("issues moved while the list was read")
