package census

import "github.com/refward/refward/expertise/ownership"

// Size returns how many files and lines an index has.
func Size(x *ownership.Index) (files int, lines int64, err error) {
	paths := x.Paths()
	for _, path := range paths {
		runs, _, err := x.Lines(path)
		if err != nil {
			return 0, 0, err
		}
		for _, r := range runs {
			lines += int64(r.Lines)
		}
	}
	return len(paths), lines, nil
}
