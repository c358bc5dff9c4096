package all

import (
	"context"
	"io/fs"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/goapi"
	"github.com/refward/refward/analyzers/gosec"
	"github.com/refward/refward/internal/policy"
)

// goapiOf returns the check of exported APIs. Checks do not know each other, so that it is here that it gets the helper program of the other one.
func goapiOf(p *policy.Policy, host gosec.Host) (*analyzers.Analyzer, error) {
	opts := goapi.Defaults()
	if err := p.Section("goapi", &opts); err != nil {
		return nil, err
	}
	a, err := goapi.New(opts, func(o goapi.Options) goapi.Comparer {
		return apis{gosec.NewAPIs(host, gosec.APIOptions{GOOS: o.GOOS, GOARCH: o.GOARCH, Tags: o.Tags, Cgo: o.Cgo, CPU: o.CPU, Memory: int64(o.Memory) << 20})}
	})
	if err != nil {
		return nil, p.Locate("goapi", err)
	}
	return a, nil
}

// apis says what the helper program says in the words of the check.
type apis struct{ *gosec.APIs }

// Compare implements goapi.Comparer.
func (a apis) Compare(ctx context.Context, dirs []string, before, after fs.FS) (map[string]goapi.Answer, error) {
	found, err := a.APIs.Compare(ctx, dirs, before, after)
	answers := map[string]goapi.Answer{}
	for dir, f := range found {
		answer := goapi.Answer{Unknown: f.Unknown, Files: f.Files, Before: f.Before, Unexamined: f.Unexamined}
		for _, c := range f.Changes {
			answer.Changes = append(answer.Changes, goapi.Change(c))
		}
		answers[dir] = answer
	}
	return answers, err
}
