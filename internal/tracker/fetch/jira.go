package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/refward/refward/internal/tracker"
)

// jiraPage is an answer to a search: of Jira Cloud (REST API, "Search for issues using JQL enhanced search") the issues with a token for
// the next page; of Jira Data Center (REST API, "search") with the place of the first and the number of all.
type jiraPage struct {
	Issues []struct {
		Key    string                     `json:"key"`
		Fields map[string]json.RawMessage `json:"fields"`
	} `json:"issues"`

	Next   string `json:"nextPageToken"`
	IsLast *bool  `json:"isLast"`

	StartAt *int `json:"startAt"`
	Total   *int `json:"total"`
}

// jira reads the issues of projects. Jira Cloud has taken the older search away, Jira Data Center has no newer one.
func (r *run) jira(ctx context.Context) error {
	err := r.jiraTokens(ctx)
	var status *StatusError
	if !errors.As(err, &status) || status.Code != http.StatusNotFound {
		return err
	}
	for attempt := 1; ; attempt++ {
		if err = r.jiraPages(ctx); !errors.Is(err, errMoved) || attempt == 3 {
			return err
		}
		r.Warn("issues were deleted or moved meanwhile: once more from the beginning")
	}
}

// search returns the address of a search.
func (r *run) search(path string, query url.Values) *url.URL {
	quoted := make([]string, len(r.Projects))
	for i, p := range r.Projects {
		quoted[i] = `"` + p + `"`
	}
	jql := "project in (" + strings.Join(quoted, ",") + ")"
	if !r.since.IsZero() {
		// In minutes before Jira's own now: dates in JQL are in the time zone of whoever asks.
		jql += fmt.Sprintf(" AND updated >= -%dm", int(time.Since(r.since).Minutes())+1)
	}
	fields := "status,issuetype,updated,"
	if r.CriteriaField != "" {
		fields += r.CriteriaField
	} else {
		fields += "description"
	}
	query.Set("jql", jql+" ORDER BY created ASC, key ASC")
	query.Set("fields", fields)
	query.Set("maxResults", strconv.Itoa(perPage))
	u := r.client.base.JoinPath(path)
	u.RawQuery = query.Encode()
	return u
}

func (r *run) page(ctx context.Context, path string, query url.Values) (p jiraPage, err error) {
	a, err := r.client.get(ctx, r.search(path, query))
	if err != nil {
		return p, err
	}
	return p, a.decode(&p)
}

func (r *run) jiraTokens(ctx context.Context) error {
	seen := map[string]bool{}
	read := 0
	for token := ""; ; {
		query := url.Values{}
		if token != "" {
			query.Set("nextPageToken", token)
		}
		p, err := r.page(ctx, "rest/api/2/search/jql", query)
		var status *StatusError
		if token != "" && errors.As(err, &status) && status.Code == http.StatusNotFound {
			return fmt.Errorf("a page in the middle of the list: %s", status) // not a Jira without that search
		}
		if err != nil {
			return err
		}
		if err := r.keep(p); err != nil {
			return err
		}
		read += len(p.Issues)
		r.Progress(fmt.Sprintf("%d issues read", read))
		switch {
		case p.IsLast != nil && *p.IsLast, p.Next == "" && p.IsLast == nil && p.Issues != nil:
			return nil
		case p.Next == "" || seen[p.Next] || len(seen) > maxIssues/10:
			return &oddError{r.client.base.Host, "a list without an end"}
		}
		token = p.Next
		seen[token] = true
	}
}

// jiraPages reads pages by the place of their first issue. Each begins with the last issue of the one before: when that is another one, an
// issue before it was taken away, and one was passed over.
func (r *run) jiraPages(ctx context.Context) error {
	last, read := "", 0
	for {
		at := max(0, read-1)
		p, err := r.page(ctx, "rest/api/2/search", url.Values{"startAt": {strconv.Itoa(at)}})
		if err != nil {
			return err
		}
		if p.Total == nil || p.StartAt == nil || *p.StartAt != at && len(p.Issues) > 0 {
			return &oddError{r.client.base.Host, "a list without its place and length"}
		}
		if last != "" && (len(p.Issues) == 0 || p.Issues[0].Key != last) {
			return errMoved
		}
		if err := r.keep(p); err != nil {
			return err
		}
		here := at + len(p.Issues)
		r.Progress(fmt.Sprintf("%d of %d issues read", here, *p.Total))
		if here >= *p.Total {
			return nil
		}
		if here <= read {
			return &oddError{r.client.base.Host, fmt.Sprintf("%d issues where it says that there are %d", here, *p.Total)}
		}
		last, read = p.Issues[len(p.Issues)-1].Key, here
	}
}

// jiraTime is how Jira writes a time.
const jiraTime = "2006-01-02T15:04:05.000-0700"

func (r *run) keep(p jiraPage) error {
	for _, i := range p.Issues {
		var status, kind struct {
			Name string `json:"name"`
		}
		var updated string
		for name, into := range map[string]any{"status": &status, "issuetype": &kind, "updated": &updated} {
			if raw := i.Fields[name]; raw != nil {
				if err := json.Unmarshal(raw, into); err != nil {
					return &oddError{r.client.base.Host, fmt.Sprintf("an issue %.70q whose %s cannot be read", i.Key, name)}
				}
			}
		}
		issue := tracker.Issue{State: status.Name, Type: kind.Name}
		if at, err := time.Parse(jiraTime, updated); err == nil {
			issue.Updated = at
		}
		if r.CriteriaField != "" {
			issue.Acceptance = strings.TrimSpace(text(i.Fields[r.CriteriaField])) != ""
		} else {
			issue.Acceptance = r.found.in(text(i.Fields["description"]))
		}
		if err := r.add(i.Key, issue); err != nil {
			return err
		}
	}
	return nil
}
