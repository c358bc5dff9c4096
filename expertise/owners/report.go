package owners

import (
	"context"
	"slices"
	"strings"
)

// A Report says who owns paths.
type Report struct {
	Owners map[string][]Owner // by path
	Gaps   []string           // paths without an owner, in the order given
	All    []Owner            // each once: who owns most of the paths first, then by name
}

// Of returns who owns the paths. When ctx ends, the report holds what was looked up, and the error says why it is not all.
func (f *File) Of(ctx context.Context, paths []string) (Report, error) {
	r := Report{Owners: map[string][]Owner{}}
	count := map[Owner]int{}
	for _, p := range paths {
		if _, again := r.Owners[p]; again {
			continue
		}
		list, _, err := f.Owners(ctx, p)
		if err != nil {
			r.rank(count)
			return r, err
		}
		if r.Owners[p] = list; len(list) == 0 {
			r.Gaps = append(r.Gaps, p)
		}
		for _, o := range list {
			count[o]++
		}
	}
	r.rank(count)
	return r, nil
}

func (r *Report) rank(count map[Owner]int) {
	for o := range count {
		r.All = append(r.All, o)
	}
	slices.SortFunc(r.All, func(a, b Owner) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return strings.Compare(a.String(), b.String())
	})
}

// A Directory finds the person behind a login or mail, as people.Directory does; a number below 0 is nobody.
type Directory[ID ~int32] interface {
	Login(login string) ID
	Mail(mail string) ID
}

// Split parts the owners into people that the directory knows, each once, teams, and those whom it does not know, in the report's order.
func Split[ID ~int32](all []Owner, dir Directory[ID]) (known []ID, teams, unknown []Owner) {
	for _, o := range all {
		id := ID(-1)
		switch o.Kind {
		case Team:
			teams = append(teams, o)
			continue
		case User:
			id = dir.Login(o.Name)
		case Mail:
			id = dir.Mail(o.Name)
		}
		if id < 0 {
			unknown = append(unknown, o)
		} else if !slices.Contains(known, id) {
			known = append(known, id)
		}
	}
	return known, teams, unknown
}
