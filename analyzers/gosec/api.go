package gosec

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/refward/refward/analyzers/gosec/wire"
)

// APIOptions say how packages are read whose exported API is compared, and what it may cost.
type APIOptions struct {
	GOOS, GOARCH string
	Tags         []string
	Cgo          bool
	CPU          time.Duration // of all comparisons together; 0 = no limit
	Memory       int64         // bytes
}

// An APIAnswer is what the comparison of one package came to.
type APIAnswer struct {
	wire.API
	Unexamined []string // why that is not all, one line each
}

// APIs compares what packages export, in the helper program, since the check that asks has no types. It is not for concurrent use.
type APIs struct {
	h    helper
	opts APIOptions
}

// NewAPIs returns one that has not yet started the helper.
func NewAPIs(host Host, opts APIOptions) *APIs {
	return &APIs{h: helper{host: host, capped: opts.CPU > 0, left: opts.CPU}, opts: opts}
}

// Close ends the helper.
func (a *APIs) Close() { a.h.close() }

// Compare compares what the packages of directories export in two trees. The error says what kept it from looking at some of them: that the helper
// died, too, which a package can bring about. What was found of the others is there.
func (a *APIs) Compare(ctx context.Context, dirs []string, before, after fs.FS) (map[string]APIAnswer, error) {
	o := &a.opts
	job := &wire.Job{API: true, Dirs: dirs, Memory: o.Memory,
		Load: wire.Load{GOOS: o.GOOS, GOARCH: o.GOARCH, Tags: o.Tags, Cgo: o.Cgo, Types: a.h.host.Types, ModuleCache: a.h.host.ModuleCache}}
	found, err := a.h.do(ctx, job, after, before)
	errs := []error{err}
	answers := map[string]APIAnswer{}
	for _, dir := range dirs {
		p := found[dir]
		switch {
		case p == nil:
		case p.died != "":
			errs = append(errs, fmt.Errorf("%s ended at package %s: %s", HelperName, shown(dir), p.died))
		case p.took[wire.Reading]:
			answer := APIAnswer{Unexamined: p.unexamined}
			if p.api != nil {
				answer.API = *p.api
			}
			answers[dir] = answer
		case len(p.unexamined) > 0:
			answers[dir] = APIAnswer{Unexamined: p.unexamined}
		}
	}
	return answers, errors.Join(errs...)
}
