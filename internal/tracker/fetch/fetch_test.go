package fetch_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/internal/tracker"
	"github.com/refward/refward/internal/tracker/fetch"
)

// quick is a patience that tests have.
var quick = fetch.Patience{Timeout: 20 * time.Second, Attempts: 3, Backoff: time.Millisecond, MaxWait: time.Second, Failures: 6, Of: 12}

// serve starts a tracker and returns options to ask it.
func serve(t testing.TB, kind, project string, handle http.HandlerFunc) fetch.Options {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return fetch.Options{Kind: kind, URL: server.URL, Projects: []string{project}, InsecureHTTP: true, Agent: "refward/test", Patience: quick}
}

func get(t testing.TB, o fetch.Options) *tracker.Snapshot {
	t.Helper()
	s, err := fetch.Fetch(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_ = json.NewEncoder(w).Encode(v)
}

// forge answers as GitHub and Gitea do (GitHub REST API, "List repository issues", "Using pagination"; Gitea's api/swagger,
// "issueListIssues"): pages that the header Link joins.
func forge(path string, issues []map[string]any, size int, link bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			w.WriteHeader(http.StatusNotFound)
			reply(w, map[string]any{"message": "Not Found"})
			return
		}
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		page = max(page, 1)
		from, to := min(len(issues), (page-1)*size), min(len(issues), page*size)
		if link {
			q := r.URL.Query()
			var links []string
			for rel, n := range map[string]int{"next": page + 1, "last": (len(issues) + size - 1) / size, "first": 1, "prev": page - 1} {
				if rel == "next" && to == len(issues) || rel == "prev" && page == 1 {
					continue
				}
				q.Set("page", strconv.Itoa(n))
				links = append(links, fmt.Sprintf(`<http://%s%s?%s>; rel="%s"`, r.Host, r.URL.Path, q.Encode(), rel))
			}
			w.Header().Set("Link", strings.Join(links, ", "))
		} else {
			w.Header().Set("X-Total-Count", strconv.Itoa(len(issues)))
		}
		reply(w, issues[from:to])
	}
}

func forgeIssues(n int) []map[string]any {
	var list []map[string]any
	for i := range n {
		issue := map[string]any{
			"number": i + 1, "state": []string{"open", "closed"}[i%2], "title": "secret", "user": map[string]any{"login": "ada"}, "updated_at": "2024-05-06T07:08:09Z",
			"body": []any{nil, "text", "## Acceptance criteria\n- a tab counts", "- [ ] a tab counts"}[i%4], "labels": []any{map[string]any{"name": "Status: Ready"}},
		}
		if i%5 == 4 {
			issue["pull_request"] = map[string]any{"url": "x"}
		}
		list = append(list, issue)
	}
	return list
}

func TestForges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind, path string
		link       bool
	}{
		"github":              {"github", "/api/v3/repos/ada/shop/issues", true},
		"gitea":               {"gitea", "/api/v1/repos/ada/shop/issues", true},
		"gitea without links": {"gitea", "/api/v1/repos/ada/shop/issues", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			issues := forgeIssues(7)
			var asked []*http.Request
			o := serve(t, c.kind, "ada/shop", func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r)
				forge(c.path, issues, 3, c.link)(w, r)
			})
			o.Token = "t0ken"
			s := get(t, o)
			var keys []string
			for key := range s.Issues {
				keys = append(keys, key)
			}
			slices.Sort(keys)
			if strings.Join(keys, " ") != "#1 #2 #3 #4 #6 #7" || len(asked) != 3 {
				t.Errorf("issues %v after %d requests", keys, len(asked))
			}
			for key, want := range map[string]tracker.Issue{"#1": {State: "open"}, "#2": {State: "closed"}, "#3": {State: "open", Acceptance: true}, "#4": {State: "closed", Acceptance: true}} {
				got := s.Issues[key]
				if got.Updated.IsZero() {
					t.Errorf("%s: no time", key)
				}
				if got.Updated = (time.Time{}); got != want {
					t.Errorf("%s: %+v, want %+v", key, got, want)
				}
			}
			first := asked[0]
			if auth := first.Header.Get("Authorization"); auth != map[string]string{"github": "Bearer t0ken", "gitea": "token t0ken"}[c.kind] {
				t.Errorf("authorization %q", auth)
			}
			if q := first.URL.Query(); q.Get("state") != "all" || q.Has("since") || first.Header.Get("User-Agent") != "refward/test" {
				t.Errorf("asked for %s", first.URL)
			}
			if s.Source != o.URL || !s.Complete || s.Kind != c.kind {
				t.Errorf("%+v", s.Head)
			}
			text, err := s.Encode()
			if err != nil || strings.Contains(string(text), "secret") || strings.Contains(string(text), "ada\"") || strings.Contains(string(text), "t0ken") {
				t.Errorf("more than is needed, %v:\n%s", err, text)
			}
			// With labels that say the state of those that are open.
			o.StateLabel = "status: "
			s = get(t, o)
			if s.Issues["#1"].State != "Ready" || s.Issues["#2"].State != "closed" {
				t.Errorf("with labels: %+v", s.Issues)
			}
		})
	}
}

// jiraIssue is an issue as a search answers it.
func jiraIssue(n int, description any) map[string]any {
	return map[string]any{"id": "1", "key": fmt.Sprintf("ABC-%d", n), "fields": map[string]any{
		"status": map[string]any{"name": "In Progress", "id": "3"}, "issuetype": map[string]any{"name": "Bug"},
		"updated": "2024-05-06T09:08:09.123+0200", "description": description, "customfield_10010": []any{nil, "a tab counts"}[n%2],
	}}
}

// cloud answers as Jira Cloud does (REST API v2, "Search for issues using JQL enhanced search (GET)").
func cloud(n, size int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/rest/api/2/search/jql" {
			w.WriteHeader(http.StatusGone)
			reply(w, map[string]any{"errorMessages": []string{"The requested API has been removed."}})
			return
		}
		from, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Query().Get("nextPageToken"), "page"))
		var list []any
		for i := from; i < min(n, from+size); i++ {
			list = append(list, jiraIssue(i+1, nil))
		}
		answer := map[string]any{"issues": list, "isLast": from+size >= n}
		if from+size < n {
			answer["nextPageToken"] = fmt.Sprintf("page%d", from+size)
		}
		if list == nil {
			answer["issues"] = []any{}
		}
		reply(w, answer)
	}
}

// dataCenter answers as Jira Data Center does (REST API v2, "search").
func dataCenter(list func(request int) []any, size int) http.HandlerFunc {
	request := 0
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/jira/rest/api/2/search" {
			w.WriteHeader(http.StatusNotFound)
			reply(w, map[string]any{"errorMessages": []string{"no such resource"}})
			return
		}
		all := list(request)
		request++
		from, _ := strconv.Atoi(r.URL.Query().Get("startAt"))
		reply(w, map[string]any{"startAt": from, "maxResults": size, "total": len(all), "issues": all[min(from, len(all)):min(from+size, len(all))]})
	}
}

func TestJira(t *testing.T) {
	t.Parallel()
	var asked []*http.Request
	o := serve(t, "jira", "ABC", func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r)
		cloud(7, 3)(w, r)
	})
	o.Token, o.CriteriaField = "ada@example.com:t0ken", "customfield_10010"
	s := get(t, o)
	want := tracker.Issue{State: "In Progress", Acceptance: true, Type: "Bug", Updated: time.Date(2024, 5, 6, 7, 8, 9, 123e6, time.UTC)}
	got := s.Issues["ABC-7"]
	if got.Updated = got.Updated.UTC(); len(s.Issues) != 7 || got != want || s.Issues["ABC-2"].Acceptance || len(asked) != 3 {
		t.Errorf("%d requests, %+v", len(asked), s.Issues)
	}
	if user, token, ok := asked[0].BasicAuth(); !ok || user != "ada@example.com" || token != "t0ken" {
		t.Error("not asked with the mail address and the token")
	}
	if jql := asked[0].URL.Query().Get("jql"); jql != `project in ("ABC") ORDER BY created ASC, key ASC` {
		t.Errorf("JQL %s", jql)
	}

	criteria := []any{"h2. Acceptance criteria\r\n\r\n* a tab counts", nil, map[string]any{"type": "doc", "version": 1, "content": []any{
		map[string]any{"type": "heading", "attrs": map[string]any{"level": 3}, "content": []any{map[string]any{"type": "text", "text": "Acceptance Criteria"}}},
		map[string]any{"type": "paragraph", "content": []any{map[string]any{"type": "text", "text": "a tab counts"}}},
	}}}
	all := []any{jiraIssue(1, criteria[0]), jiraIssue(2, criteria[1]), jiraIssue(3, criteria[2]), jiraIssue(4, "text")}
	o = serve(t, "jira", "ABC", dataCenter(func(int) []any { return all }, 3))
	o.URL, o.Token = o.URL+"/jira/", "t0ken"
	s = get(t, o)
	if len(s.Issues) != 4 || !s.Issues["ABC-1"].Acceptance || s.Issues["ABC-2"].Acceptance || !s.Issues["ABC-3"].Acceptance || s.Issues["ABC-4"].Acceptance {
		t.Errorf("%+v", s.Issues)
	}
	for _, n := range []int{0, 1} {
		o = serve(t, "jira", "ABC", dataCenter(func(int) []any { return all[:n] }, 3))
		o.URL += "/jira"
		if s = get(t, o); len(s.Issues) != n {
			t.Errorf("%+v", s.Issues)
		}
	}
}

// TestJiraMoves: an issue that is deleted while the list is read moves another one to a page that was read before.
func TestJiraMoves(t *testing.T) {
	t.Parallel()
	all := []any{jiraIssue(1, nil), jiraIssue(2, nil), jiraIssue(3, nil), jiraIssue(4, nil), jiraIssue(5, nil)}
	o := serve(t, "jira", "ABC", dataCenter(func(request int) []any {
		if request == 0 {
			return all
		}
		return all[1:]
	}, 3))
	o.URL += "/jira"
	s := get(t, o)
	for n := 2; n <= 5; n++ {
		if _, ok := s.Issues[fmt.Sprintf("ABC-%d", n)]; !ok {
			t.Errorf("ABC-%d was passed over", n)
		}
	}
}

func TestSince(t *testing.T) {
	t.Parallel()
	for kind, project := range map[string]string{"jira": "ABC", "github": "ada/shop", "gitea": "ada/shop"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var query url.Values
			o := serve(t, kind, project, func(w http.ResponseWriter, r *http.Request) {
				query = r.URL.Query()
				if kind == "jira" {
					cloud(1, 3)(w, r)
				} else {
					forge(r.URL.Path, forgeIssues(1), 3, true)(w, r)
				}
			})
			former := get(t, o)
			if strings.Contains(query.Encode(), "since") || strings.Contains(query.Get("jql"), "updated") {
				t.Fatalf("without a former snapshot: %v", query)
			}
			former.TakenAt = time.Now().Add(-2 * time.Hour)
			former.Issues["OLD-1"] = tracker.Issue{State: "Done"}
			changed := former.Issues["ABC-1"]
			changed.State = "Ready"
			former.Issues["ABC-1"] = changed
			o.Former = former
			s := get(t, o)
			if kind == "jira" {
				// Two hours, a quarter for clocks that differ, and a minute for what is cut off.
				if jql := query.Get("jql"); !strings.Contains(jql, `project in ("ABC") AND updated >= -136m ORDER BY`) {
					t.Errorf("JQL %s", jql)
				}
				if s.Issues["ABC-1"].State != "In Progress" || former.Issues["ABC-1"].State != "Ready" {
					t.Error("the newer state does not count, or the former snapshot was changed")
				}
			} else if since, err := time.Parse(time.RFC3339, query.Get("since")); err != nil || !since.Before(former.TakenAt.Add(-10*time.Minute)) || since.Before(former.TakenAt.Add(-time.Hour)) {
				t.Errorf("since %v, taken at %s", query["since"], former.TakenAt)
			}
			if s.Issues["OLD-1"].State != "Done" || !s.TakenAt.After(former.TakenAt) {
				t.Errorf("%+v", s)
			}
			// What was made in another way is not added to.
			for name, change := range map[string]func(*fetch.Options, *tracker.Snapshot){
				"criteria": func(o *fetch.Options, _ *tracker.Snapshot) { o.Criteria = "Done when" },
				"source":   func(_ *fetch.Options, s *tracker.Snapshot) { s.Source = "https://other.example.com" },
				"project":  func(_ *fetch.Options, s *tracker.Snapshot) { s.Projects = []string{"OLD"} },
				"partial":  func(_ *fetch.Options, s *tracker.Snapshot) { s.Complete = false },
				"future":   func(_ *fetch.Options, s *tracker.Snapshot) { s.TakenAt = time.Now().Add(time.Hour) },
			} {
				other, o := *former, o
				o.Former = &other
				change(&o, &other)
				if s := get(t, o); len(s.Issues) != 1 || strings.Contains(query.Encode(), "since") || strings.Contains(query.Get("jql"), "updated") {
					t.Errorf("%s: %+v", name, s.Issues)
				}
			}
		})
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	good := fetch.Options{Kind: "jira", URL: "https://jira.example.com", Projects: []string{"ABC"}}
	for name, c := range map[string]struct {
		change func(*fetch.Options)
		err    string
	}{
		"kind":           {func(o *fetch.Options) { o.Kind = "trello" }, `--kind: "trello" is none of gitea, github, jira`},
		"http":           {func(o *fetch.Options) { o.URL = "http://jira.example.com" }, "--insecure-http"},
		"ftp":            {func(o *fetch.Options) { o.URL = "ftp://jira.example.com" }, "want https://"},
		"no address":     {func(o *fetch.Options) { o.URL = "jira.example.com" }, "want the tracker's address"},
		"password":       {func(o *fetch.Options) { o.URL = "https://ada:hunter2@jira.example.com" }, "--token-file"},
		"query":          {func(o *fetch.Options) { o.URL = "https://jira.example.com?token=hunter2" }, "want the tracker's address"},
		"no project":     {func(o *fetch.Options) { o.Projects = nil }, "--project: want one"},
		"JQL":            {func(o *fetch.Options) { o.Projects = []string{`ABC") OR project in ("XYZ`} }, "is none"},
		"a path":         {func(o *fetch.Options) { o.Kind, o.Projects = "gitea", []string{"../x"} }, "is none"},
		"two":            {func(o *fetch.Options) { o.Kind, o.Projects = "gitea", []string{"a/b", "a/c"} }, "several only of Jira"},
		"token":          {func(o *fetch.Options) { o.Token = "a\nb" }, "several lines"},
		"criteria":       {func(o *fetch.Options) { o.Criteria = "(" }, "--criteria: error parsing"},
		"every text":     {func(o *fetch.Options) { o.Criteria = "x*" }, "matches every text"},
		"field":          {func(o *fetch.Options) { o.CriteriaField = "a,b" }, "--criteria-field"},
		"field of gitea": {func(o *fetch.Options) { o.Kind, o.Projects, o.CriteriaField = "gitea", []string{"a/b"}, "x" }, "--criteria-field"},
		"label":          {func(o *fetch.Options) { o.StateLabel = "status: " }, "--state-label"},
	} {
		o := good
		c.change(&o)
		_, err := fetch.Fetch(t.Context(), o)
		var wrong *fetch.OptionError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %s", name, err, c.err)
		}
	}
}
