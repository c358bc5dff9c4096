package ownership

import (
	"slices"

	"github.com/refward/refward/internal/gitio"
)

// Current reports whether an index is what Update would return for a tip, without reading all of it: damage in a part of it is found when that part is
// read.
func (x *Index) Current(repo *gitio.Repo, tip string, o Options) (bool, error) {
	if x.Tip() != tip || !x.Options().same(o.clean()) {
		return false, nil
	}
	edge, err := repo.ShallowEdge()
	return slices.Equal(edge, x.f.Head().Edge), err
}
