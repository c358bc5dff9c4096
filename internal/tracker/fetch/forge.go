package fetch

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/refward/refward/internal/tracker"
)

// forgeIssue is an issue as GitHub and Gitea write it (GitHub REST API, "List repository issues"; Gitea's api/swagger, "Issue").
type forgeIssue struct {
	Number int64     `json:"number"`
	State  string    `json:"state"`
	Body   string    `json:"body"`
	At     time.Time `json:"updated_at"`
	Labels []struct {
		Name string `json:"name"`
	} `json:"labels"`
	Type *struct {
		Name string `json:"name"`
	} `json:"type"`
	Pull *struct{} `json:"pull_request"` // then it is none
}

// github reads the issues of a repository, oldest first, so that a new one does not push another to a page that was read.
func (r *run) github(ctx context.Context) error {
	query := url.Values{"state": {"all"}, "per_page": {strconv.Itoa(perPage)}, "sort": {"created"}, "direction": {"asc"}}
	return r.forge(ctx, r.client.base.JoinPath("repos", r.Projects[0], "issues"), query)
}

// gitea reads the issues of a repository.
func (r *run) gitea(ctx context.Context) error {
	query := url.Values{"state": {"all"}, "type": {"issues"}, "limit": {"50"}, "page": {"1"}} // 50 is the most that Gitea gives unless told otherwise
	return r.forge(ctx, r.client.base.JoinPath("repos", r.Projects[0], "issues"), query)
}

func (r *run) forge(ctx context.Context, address *url.URL, query url.Values) error {
	if !r.since.IsZero() {
		query.Set("since", r.since.UTC().Format(time.RFC3339))
	}
	address.RawQuery = query.Encode()
	seen := map[string]bool{}
	for read := 0; ; {
		if seen[address.String()] || len(seen) > maxIssues/10 {
			return &oddError{where(address), "a list that never ends"}
		}
		seen[address.String()] = true
		a, err := r.client.get(ctx, address)
		if err != nil {
			return err
		}
		var list []forgeIssue
		if err := a.decode(&list); err != nil {
			return err
		}
		for _, i := range list {
			if i.Pull != nil {
				continue
			}
			issue := tracker.Issue{State: r.stateOf(i), Acceptance: r.found.in(i.Body), Updated: i.At}
			if i.Type != nil {
				issue.Type = i.Type.Name
			}
			if i.Number < 1 {
				return &oddError{where(address), "an issue without a number"}
			}
			if err := r.add(fmt.Sprintf("#%d", i.Number), issue); err != nil {
				return err
			}
		}
		read += len(list)
		r.Progress(fmt.Sprintf("%d issues read", read))
		next, err := nextPage(a, read, len(list))
		if err != nil {
			return err
		}
		if next == nil {
			return nil
		}
		address = next
	}
}

// stateOf returns what an open issue's label says of its state, else whether it is open.
func (r *run) stateOf(i forgeIssue) string {
	if r.StateLabel != "" && i.State == "open" {
		for _, l := range i.Labels {
			if len(l.Name) > len(r.StateLabel) && strings.EqualFold(l.Name[:len(r.StateLabel)], r.StateLabel) {
				return strings.TrimSpace(l.Name[len(r.StateLabel):])
			}
		}
	}
	return i.State
}

// linkRE is one target of the header Link with its relation (RFC 8288).
var linkRE = regexp.MustCompile(`<([^<>]*)>\s*(?:;[^,<]*)?;\s*rel="?next"?`)

// nextPage returns the address of the page behind an answer, or nil.
func nextPage(a *answer, read, here int) (*url.URL, error) {
	if m := linkRE.FindStringSubmatch(strings.Join(a.header.Values("Link"), ", ")); m != nil {
		next, err := a.url.Parse(m[1])
		if err != nil {
			return nil, &oddError{where(a.url), "one that leads on to no address"}
		}
		return next, nil
	}
	// Behind some proxies Gitea's links have an address that only it knows, and are taken out; the number of all issues stays.
	if total, err := strconv.Atoi(a.header.Get("X-Total-Count")); err == nil && read < total {
		query := a.url.Query()
		page, err := strconv.Atoi(query.Get("page"))
		if err != nil || here == 0 {
			return nil, &oddError{where(a.url), fmt.Sprintf("%d issues where it says that there are %d", read, total)}
		}
		next := *a.url
		query.Set("page", strconv.Itoa(page+1))
		next.RawQuery = query.Encode()
		return &next, nil
	}
	return nil, nil
}
