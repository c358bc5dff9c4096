package linediff

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// function returns the lines of a made-up function, which looks like others.
func function(r *rand.Rand) []string {
	f := []string{fmt.Sprintf("// f%d does what its name says.\n", r.IntN(10_000)), fmt.Sprintf("func f%d(ctx context.Context) error {\n", r.IntN(10_000))}
	depth := 1
	for n := 2 + r.IntN(20); n > 0; n-- {
		tabs := strings.Repeat("\t", depth)
		switch k := r.IntN(9); {
		case k == 0 && depth < 4:
			f = append(f, fmt.Sprintf("%sfor _, v := range values%d {\n", tabs, r.IntN(9)))
			depth++
		case k == 1:
			f = append(f, tabs+"if err != nil {\n", tabs+"\treturn err\n", tabs+"}\n")
		case k == 2:
			f = append(f, "\n")
		case k == 3 && depth > 1:
			depth--
			f = append(f, strings.Repeat("\t", depth)+"}\n")
		case k == 4:
			f = append(f, tabs+"n++\n")
		default:
			f = append(f, fmt.Sprintf("%sx%d, err := call%d(ctx, v%d)\n", tabs, r.IntN(50), r.IntN(100), r.IntN(30)))
		}
	}
	for depth--; depth >= 0; depth-- {
		f = append(f, strings.Repeat("\t", depth)+"}\n")
	}
	return append(f, "\n")
}

// sources calls use with so many pairs of files of made-up functions, as a commit changes them.
func sources(seed uint64, n int, use func(old, new []byte)) {
	r := rand.New(rand.NewPCG(seed, 2))
	for range n {
		var file [][]string
		for k := 5 + r.IntN(40); k > 0; k-- {
			file = append(file, function(r))
		}
		old := strings.Join(slices.Concat(file...), "")
		for k := 1 + r.IntN(6); k > 0; k-- {
			i := r.IntN(len(file))
			f := slices.Clone(file[i])
			at := r.IntN(max(1, len(f)-1))
			switch r.IntN(6) {
			case 0:
				file = slices.Insert(file, i, function(r))
			case 1:
				file = slices.Delete(file, i, i+1)
			case 2:
				f = append(f, function(r)...)
				file[i] = f
			case 3:
				file[i] = slices.Insert(f, at, function(r)[2:4]...)
			case 4:
				file[i] = slices.Delete(f, at, at+1)
			case 5:
				f[at] = function(r)[2]
				file[i] = f
			}
			if len(file) == 0 {
				break
			}
		}
		use([]byte(old), []byte(strings.Join(slices.Concat(file...), "")))
	}
}
