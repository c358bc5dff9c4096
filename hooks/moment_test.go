package hooks

import (
	"testing"
	"time"

	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/policy"
)

// However much time the suggestions of a push may take, the hook ends before its host would end it, and refuse what is accepted.
func TestLastMoment(t *testing.T) {
	started := time.Unix(1_700_000_000, 0)
	for _, c := range []struct {
		host     string
		deadline time.Duration
		most     time.Duration // from the start
	}{
		{identity.GitHub, 0, 4600 * time.Millisecond}, // of 5 s (GitHub Enterprise Server, "About pre-receive hooks")
		{identity.GitHub, time.Minute, 4600 * time.Millisecond},
		{identity.Plain, 0, 62 * time.Second},
		{identity.Plain, 2 * time.Second, 4 * time.Second},
	} {
		p := &policy.Policy{Deadline: c.deadline, Identity: identity.Config{Host: identity.HostKind(c.host)}}
		r := &run{started: started, stack: policy.Stack{p}}
		if last := r.lastMoment(started.Add(time.Hour)).Sub(started); last > c.most {
			t.Errorf("%s with a deadline of %s: %s", c.host, c.deadline, last)
		}
		if soon := started.Add(50 * time.Millisecond); !r.lastMoment(soon).Equal(soon) {
			t.Errorf("%s: what is soon is not waited for", c.host)
		}
	}
}
