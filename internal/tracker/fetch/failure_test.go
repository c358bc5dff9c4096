package fetch_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/refward/refward/internal/tracker/fetch"
)

func TestFailures(t *testing.T) {
	t.Parallel()
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
			_, _ = fmt.Fprint(w, `{"message":"in the tracker's \u001b words"}`)
		}
	}
	text := func(kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = fmt.Fprint(w, body)
		}
	}
	for name, c := range map[string]struct {
		handle   http.HandlerFunc
		requests int
		err      string
		hint     string
	}{
		"401":           {status(401), 1, "401 Unauthorized (in the tracker's words)", "token is wrong"},
		"403":           {status(403), 1, "403 Forbidden", "may not read"},
		"404":           {status(404), 1, "404 Not Found", "--project"},
		"407":           {status(407), 1, "407 Proxy", "HTTPS_PROXY"},
		"400":           {status(400), 1, "400 Bad Request", ""},
		"429":           {status(429), 3, "429 Too Many Requests", "too often"},
		"429, wait":     {status(429, "Retry-After", "3600"), 1, "it asks to wait 1h0m0s", "too often"},
		"403, limit":    {status(403, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "99999999999"), 1, "it asks to wait", "too often"},
		"500":           {status(500), 3, "500 Internal Server Error", "in trouble"},
		"501":           {status(501), 1, "501 Not Implemented", "in trouble"},
		"503, page":     {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusServiceUnavailable) }, 3, "503 Service Unavailable", "in trouble"},
		"a form":        {text("text/html", "<!DOCTYPE html>"), 1, "a web page, such as a form to log in with", ""},
		"a form, alone": {text("application/json", "  <html>"), 1, "a web page", ""},
		"no JSON":       {text("application/json", "hello"), 1, "not the JSON", ""},
		"other JSON":    {text("application/json", `{"number":1}`), 1, "not the JSON", ""},
		"no number":     {text("application/json", `[{"state":"open"}]`), 1, "an issue without a number", ""},
		"no state":      {text("application/json", `[{"number":1}]`), 1, `"#1" in state ""`, ""},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = fmt.Fprint(w, "[")
		}, 3, "unexpected EOF", ""},
		"too long": {func(w http.ResponseWriter, _ *http.Request) {
			for range 33 {
				_, _ = w.Write(make([]byte, 1<<20))
			}
		}, 1, "more than 32 MiB", ""},
		"another server": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, 1, "the token is for", ""},
		"next page elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", `<http://127.0.0.1:1/>; rel="next"`)
			reply(w, []any{})
		}, 1, "the token is for", ""},
		"never ends": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=1>; rel="next"`, r.Host, r.URL.Path))
			reply(w, []any{})
		}, 2, "never ends", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			requests := 0
			o := serve(t, "github", "ada/shop", func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				requests++
				mu.Unlock()
				c.handle(w, r)
			})
			o.Token = "t0ken"
			var said []string
			o.Warn = func(line string) { said = append(said, line) }
			s, err := fetch.Fetch(t.Context(), o)
			if s != nil || err == nil || !strings.Contains(err.Error(), c.err) || strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Fatalf("%+v, %v; want %s", s, err, c.err)
			}
			mu.Lock()
			defer mu.Unlock()
			if requests != c.requests {
				t.Errorf("%d requests, want %d: %v", requests, c.requests, err)
			}
			var known *fetch.StatusError
			if c.hint != "" && (!errors.As(err, &known) || !strings.Contains(known.Hint(), c.hint)) {
				t.Errorf("hint of %v", err)
			}
			if all := strings.Join(said, "\n") + err.Error(); strings.Contains(all, "t0ken") || strings.Contains(all, "per_page") {
				t.Errorf("said too much: %s", all)
			}
		})
	}
}

// TestAgain: a tracker that is in trouble for a moment is asked again, and waited for as long as it asks.
func TestAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bad  int
		fail func(http.ResponseWriter)
	}{
		"500":         {2, func(w http.ResponseWriter) { w.WriteHeader(500) }},
		"429":         {2, func(w http.ResponseWriter) { w.WriteHeader(429) }},
		"retry after": {1, func(w http.ResponseWriter) { w.Header().Set("Retry-After", "1"); w.WriteHeader(503) }},
		"cut off":     {2, func(w http.ResponseWriter) { w.Header().Set("Content-Length", "9"); _, _ = w.Write([]byte("[")) }},
		"hangs up": {2, func(w http.ResponseWriter) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = conn.Close()
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests := 0
			var at []time.Time
			o := serve(t, "gitea", "ada/shop", func(w http.ResponseWriter, r *http.Request) {
				at = append(at, time.Now())
				if requests++; requests <= c.bad {
					c.fail(w)
					return
				}
				forge(r.URL.Path, forgeIssues(2), 3, true)(w, r)
			})
			var said []string
			o.Warn = func(line string) { said = append(said, line) }
			if s := get(t, o); len(s.Issues) != 2 || requests != c.bad+1 || len(said) < c.bad {
				t.Errorf("%d requests, %q, %+v", requests, said, s.Issues)
			}
			if name == "retry after" && at[1].Sub(at[0]) < time.Second {
				t.Errorf("asked again after %s", at[1].Sub(at[0]))
			}
		})
	}
}

// TestTimeout: a tracker that does not answer is not waited for, nor one whose answer does not end.
func TestTimeout(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]string{"no answer": "", "no end": "[{"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			requests := 0
			o := serve(t, "gitea", "ada/shop", func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				requests++
				mu.Unlock()
				if begin != "" {
					_, _ = w.Write([]byte(begin))
					_ = http.NewResponseController(w).Flush()
				}
				<-r.Context().Done() // until the client has gone
			})
			o.Patience.Timeout = 50 * time.Millisecond
			_, err := fetch.Fetch(t.Context(), o)
			mu.Lock()
			defer mu.Unlock()
			if err == nil || !strings.Contains(err.Error(), "no answer within the time") || requests != 3 {
				t.Errorf("%d requests, %v", requests, err)
			}
		})
	}
}

// TestBreaker: a tracker of which every second answer fails is left alone after a while, although each request would succeed at last.
func TestBreaker(t *testing.T) {
	t.Parallel()
	run := func(failures uint) (requests int, err error) {
		o := serve(t, "gitea", "ada/shop", func(w http.ResponseWriter, r *http.Request) {
			if requests++; requests%2 == 1 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			forge(r.URL.Path, forgeIssues(40), 1, true)(w, r)
		})
		o.Patience.Failures, o.Patience.Of = failures, 10
		_, err = fetch.Fetch(t.Context(), o)
		return requests, err
	}
	if requests, err := run(5); err == nil || !strings.Contains(err.Error(), "left alone") || requests > 10 {
		t.Errorf("%d requests, %v", requests, err)
	}
	if requests, err := run(6); err != nil || requests != 80 {
		t.Errorf("one that fails less than it may: %d requests, %v", requests, err)
	}
}
