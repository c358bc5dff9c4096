package all

import (
	"context"
	"io/fs"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/goapi"
	"github.com/refward/refward/analyzers/gosec"
)

// newGoapi returns the check of exported APIs. Checks do not know each other, so that it is here that it gets the helper program of the other one.
func newGoapi(o goapi.Options, host gosec.Host) (*analyzers.Analyzer, error) {
	return goapi.New(o, func(o goapi.Options) goapi.Comparer {
		return apis{gosec.NewAPIs(host, gosec.APIOptions{GOOS: o.GOOS, GOARCH: o.GOARCH, Tags: o.Tags, Cgo: o.Cgo, CPU: o.CPU, Memory: int64(o.Memory) << 20})}
	})
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
