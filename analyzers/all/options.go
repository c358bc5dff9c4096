package all

import (
	"github.com/refward/refward/analyzers/dod"
	"github.com/refward/refward/analyzers/dor"
	"github.com/refward/refward/analyzers/goapi"
	"github.com/refward/refward/analyzers/gosec"
	"github.com/refward/refward/analyzers/review"
	"github.com/refward/refward/analyzers/rules"
	"github.com/refward/refward/analyzers/secrets"
)

// Options returns the options of each analyzer that has any, with their defaults, by its name: what a policy's section of that name is
// decoded into. The schema of the policy file is made of them.
func Options() map[string]any {
	return map[string]any{
		"secrets": secrets.Defaults(),
		"gosec":   gosec.Defaults(),
		"goapi":   goapi.Defaults(),
		"dor":     dor.Defaults(),
		"dod":     dod.Defaults(),
		"review":  review.Defaults(),
		"rules":   rules.Defaults(),
	}
}
