package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"
)

const (
	maxAnswer    = 32 << 20 // bytes of one page; 100 issues with descriptions of 32 kB, the most that Jira stores, are a tenth
	maxRedirects = 5
)

// Patience is how long and how often a tracker is asked. A zero field has its default.
type Patience struct {
	Timeout  time.Duration // for one request, its answer read; 30 s
	Attempts int           // for one request; 5
	Backoff  time.Duration // before the second attempt, then twice as long each time; 1 s
	MaxWait  time.Duration // before one attempt; 1 min. A tracker that asks for more is not waited for
	Failures uint          // of the last Of requests, after which it is left alone; 8
	Of       uint          // 16
}

func (p Patience) defaults() Patience {
	set := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	set(&p.Timeout, 30*time.Second)
	set(&p.Backoff, time.Second)
	set(&p.MaxWait, time.Minute)
	if p.Attempts == 0 {
		p.Attempts = 5
	}
	if p.Of == 0 {
		p.Failures, p.Of = 8, 16
	}
	return p
}

// An answer is what a tracker says to one request.
type answer struct {
	body   []byte
	header http.Header
	url    *url.URL // that was asked
}

// A client asks one tracker.
type client struct {
	http     *http.Client
	base     *url.URL
	auth     string // of the header Authorization; "" = none
	agent    string
	accept   string
	executor failsafe.Executor[*answer]
}

func newClient(base *url.URL, auth, agent, accept string, p Patience, said func(string)) *client {
	p = p.defaults()
	again := func(_ *answer, err error) bool { return worthAgain(err) }
	retry := retrypolicy.NewBuilder[*answer]().
		HandleIf(again).
		AbortIf(func(_ *answer, err error) bool {
			var status *StatusError
			return errors.As(err, &status) && status.wait > p.MaxWait
		}).
		WithMaxAttempts(p.Attempts).
		WithBackoff(p.Backoff, max(p.MaxWait, 2*p.Backoff)).
		WithJitterFactor(0.2).
		WithDelayFunc(func(e failsafe.ExecutionAttempt[*answer]) time.Duration {
			var status *StatusError
			if errors.As(e.LastError(), &status) && status.wait > 0 {
				return status.wait * 5 / 4 // of which the jitter takes a fifth at most: never earlier than it asks
			}
			return -1 // the back-off
		}).
		OnRetryScheduled(func(e failsafe.ExecutionScheduledEvent[*answer]) {
			said(fmt.Sprintf("attempt %d: %s; again in %s", e.Attempts(), e.LastError(), e.Delay.Round(time.Millisecond)))
		}).
		ReturnLastFailure().Build()
	breaker := circuitbreaker.NewBuilder[*answer]().
		HandleIf(again).
		WithFailureThresholdRatio(p.Failures, p.Of).
		WithDelay(time.Hour). // longer than any run
		Build()
	limit := timeout.New[*answer](p.Timeout)
	c := &client{base: base, auth: auth, agent: agent, accept: accept, executor: failsafe.With[*answer](retry, breaker, limit)}
	c.http = &http.Client{CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if !sameServer(r.URL, base) || len(via) >= maxRedirects {
			return fmt.Errorf("it leads on to %s://%s, which is not asked: the token is for %s", r.URL.Scheme, r.URL.Host, base.Host)
		}
		return nil
	}}
	return c
}

func sameServer(a, b *url.URL) bool { return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host) }

// get asks for address, and again as often as is worth it.
func (c *client) get(ctx context.Context, address *url.URL) (*answer, error) {
	a, err := c.executor.WithContext(ctx).GetWithExecution(func(e failsafe.Execution[*answer]) (*answer, error) {
		return c.once(e.Context(), address)
	})
	switch {
	case errors.Is(err, circuitbreaker.ErrOpen):
		return nil, fmt.Errorf("%s: too many of the last requests failed; it is left alone until the next run", c.base.Host)
	case errors.Is(err, timeout.ErrExceeded):
		return nil, fmt.Errorf("%s: no answer within the time for one request", where(address))
	}
	return a, err
}

// where shows an address without what stands behind the question mark.
func where(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }

func (c *client) once(ctx context.Context, address *url.URL) (*answer, error) {
	if !sameServer(address, c.base) {
		return nil, fmt.Errorf("the next page is to be at %s, which is not asked: the token is for %s", address.Host, c.base.Host)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", c.agent)
	request.Header.Set("Accept", c.accept)
	if c.auth != "" {
		request.Header.Set("Authorization", c.auth)
	}
	response, err := c.http.Do(request)
	var failed *url.Error
	if errors.As(err, &failed) {
		return nil, fmt.Errorf("%s: %w", where(address), failed.Err) // its own words have the whole address
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if response.StatusCode != http.StatusOK {
		return nil, statusError(address, response, body)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where(address), err)
	}
	if len(body) > maxAnswer {
		return nil, &oddError{where(address), fmt.Sprintf("more than %d MiB", maxAnswer>>20)}
	}
	if page(response.Header, body) {
		return nil, &oddError{where(address), "a web page, such as a form to log in with or a proxy's, and not JSON"}
	}
	return &answer{body: body, header: response.Header, url: address}, nil
}

func page(header http.Header, body []byte) bool {
	return strings.Contains(header.Get("Content-Type"), "html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// decode reads the JSON of an answer.
func (a *answer) decode(into any) error {
	if err := json.Unmarshal(a.body, into); err != nil {
		return &oddError{where(a.url), "not the JSON that its documentation shows: " + err.Error()}
	}
	return nil
}

// An oddError is an answer that is no such answer. Asking again would not help.
type oddError struct{ where, what string }

func (e *oddError) Error() string { return e.where + ": the answer is " + e.what }

// A StatusError is an answer of a tracker that says why it has none.
type StatusError struct {
	Code  int
	where string
	what  string        // in the tracker's words, one line; may be ""
	wait  time.Duration // that the tracker asks for before the next attempt
	limit bool          // it has been asked too often
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s: %d %s", e.where, e.Code, http.StatusText(e.Code))
	if e.what != "" {
		text += " (" + e.what + ")"
	}
	if e.wait > 0 {
		text += fmt.Sprintf("; it asks to wait %s", e.wait)
	}
	return text
}

// Hint says what to do about it; "" when nobody knows.
func (e *StatusError) Hint() string {
	switch {
	case e.limit || e.Code == http.StatusTooManyRequests:
		return "it was asked too often: run it less often; a token raises the limit of GitHub"
	case e.Code == http.StatusUnauthorized:
		return "the token is wrong or has expired: see --token-file"
	case e.Code == http.StatusForbidden:
		return "the token may not read the issues of that project"
	case e.Code == http.StatusNotFound:
		return "see --url and --project; a project that the token may not see is not found either"
	case e.Code == http.StatusProxyAuthRequired:
		return "the proxy of HTTPS_PROXY asks who you are: put user and password into that address, or name the tracker in NO_PROXY"
	case e.Code >= 500:
		return "the tracker is in trouble: the next run will ask again"
	}
	return ""
}

func statusError(address *url.URL, r *http.Response, body []byte) error {
	e := &StatusError{Code: r.StatusCode, where: where(address)}
	var said struct {
		Message       string   `json:"message"`       // GitHub, Gitea
		ErrorMessages []string `json:"errorMessages"` // Jira
	}
	if !page(r.Header, body) && json.Unmarshal(body, &said) == nil {
		if len(said.ErrorMessages) > 0 {
			said.Message = said.ErrorMessages[0]
		}
		e.what = clean(said.Message, 200)
	}
	after := r.Header.Get("Retry-After") // RFC 9110, 10.2.3: seconds or a date
	if seconds, err := strconv.Atoi(after); err == nil && seconds >= 0 {
		e.wait = time.Duration(min(seconds, 7*24*3600)) * time.Second
	} else if date, err := http.ParseTime(after); err == nil {
		e.wait = max(0, time.Until(date).Round(time.Second))
	}
	// GitHub says 403 where others say 429 (REST, "Rate limits").
	e.limit = e.Code == http.StatusTooManyRequests || e.Code == http.StatusForbidden && (after != "" || r.Header.Get("X-RateLimit-Remaining") == "0")
	if e.limit && e.wait == 0 {
		if at, err := strconv.ParseInt(r.Header.Get("X-RateLimit-Reset"), 10, 64); err == nil && r.Header.Get("X-RateLimit-Remaining") == "0" {
			e.wait = max(0, time.Until(time.Unix(at, 0)).Round(time.Second))
		}
	}
	return e
}

// worthAgain reports whether a request that ended so may end better.
func worthAgain(err error) bool {
	var status *StatusError
	var odd *oddError
	var network net.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.As(err, &odd), errors.Is(err, circuitbreaker.ErrOpen):
		return false
	case errors.As(err, &status):
		return status.limit || status.Code >= 500 && status.Code != http.StatusNotImplemented
	}
	return errors.Is(err, timeout.ErrExceeded) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// clean makes one line of at most max characters of what somebody else wrote.
func clean(s string, max int) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)), " ")
	if runes := []rune(s); len(runes) > max {
		s = strings.TrimSpace(string(runes[:max]))
	}
	return s
}
