package treemap

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPaper is the example of the paper: its figure 4 ends with these areas, in this order.
func TestPaper(t *testing.T) {
	t.Parallel()
	got := Squarify([]float64{6, 6, 4, 3, 2, 2, 1}, Rect{0, 0, 6, 4})
	want := []Rect{{0, 0, 3, 2}, {0, 2, 3, 2}, {3, 0, 12. / 7, 7. / 3}, {3 + 12./7, 0, 9. / 7, 7. / 3}, {3, 7. / 3, 1.2, 5. / 3}, {4.2, 7. / 3, 1.2, 5. / 3}, {5.4, 7. / 3, .6, 5. / 3}}
	for i := range want {
		for _, d := range []float64{got[i].X - want[i].X, got[i].Y - want[i].Y, got[i].W - want[i].W, got[i].H - want[i].H} {
			if math.Abs(d) > 1e-9 {
				t.Errorf("%d: %v, want %v", i, got[i], want[i])
				break
			}
		}
	}
}

// check holds what a layout promises.
func check(t *testing.T, values []float64, box Rect, got []Rect) {
	sum := 0.0
	for _, v := range values {
		sum += max(v, 0)
	}
	const tiny = 1e-6
	edge := tiny * (1 + box.W + box.H)
	for i, r := range got {
		if want := box.W * box.H * max(values[i], 0) / sum; math.Abs(r.W*r.H-want) > tiny*(1+box.W*box.H) {
			t.Fatalf("%d: area %g, want %g", i, r.W*r.H, want)
		}
		if values[i] > 0 && (r.X < box.X-edge || r.Y < box.Y-edge || r.X+r.W > box.X+box.W+edge || r.Y+r.H > box.Y+box.H+edge) {
			t.Fatalf("%d: %v is not inside of %v", i, r, box)
		}
		for j, o := range got[:i] {
			w, h := min(r.X+r.W, o.X+o.W)-max(r.X, o.X), min(r.Y+r.H, o.Y+o.H)-max(r.Y, o.Y)
			if w > edge && h > edge {
				t.Fatalf("%d %v and %d %v overlap", i, r, j, o)
			}
		}
	}
}

func TestSquarify(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	good := 0
	for range 300 {
		values := make([]float64, 1+rnd.IntN(60))
		for i := range values {
			values[i] = math.Floor(math.Exp(rnd.Float64() * 9))
			if rnd.IntN(12) == 0 {
				values[i] = 0
			}
		}
		values[0]++
		slices.SortFunc(values, func(a, b float64) int { return int(b - a) })
		box := Rect{rnd.Float64() * 100, rnd.Float64() * 100, 10 + rnd.Float64()*1000, 10 + rnd.Float64()*1000}
		got := Squarify(values, box)
		check(t, values, box, got)
		squares := 0
		for _, r := range got {
			if r.W > 0 && max(r.W/r.H, r.H/r.W) < 3 {
				squares++
			}
		}
		if squares*4 > len(got)*3 {
			good++
		}
	}
	if good < 200 { // slices would have nearly none
		t.Errorf("only %d of 300 layouts have squares", good)
	}
	for _, values := range [][]float64{nil, {0}, {-1, math.NaN()}, {math.Inf(1), 1}} {
		for _, r := range Squarify(values, Rect{0, 0, 10, 10}) {
			if r != (Rect{}) {
				t.Errorf("%v: %v", values, r)
			}
		}
	}
	if r := Squarify([]float64{1}, Rect{0, 0, 0, 5}); r[0] != (Rect{}) {
		t.Error(r)
	}
}

// TestPlace: in the picture, too, siblings are proportional, apart, and inside of what is left of their parent beside its name.
func TestPlace(t *testing.T) {
	t.Parallel()
	root := shown(sample())
	root.place(Rect{0, 0, width, height})
	cells := 0
	var walk func(c *cell)
	walk = func(c *cell) {
		cells++
		in := inside(c.at)
		if len(c.cells) == 0 || in.W < least || in.H < least {
			return
		}
		var values []float64
		var rects []Rect
		for _, k := range c.cells {
			values, rects = append(values, float64(k.lines)), append(rects, k.at)
			walk(k)
		}
		check(t, values, in, rects)
	}
	walk(root)
	if cells < 60 {
		t.Errorf("%d cells only", cells)
	}
}

func FuzzSquarify(f *testing.F) {
	f.Add([]byte{9, 4, 1}, 100.0, 50.0)
	f.Fuzz(func(t *testing.T, data []byte, w, h float64) {
		if len(data) > 200 || !(w > 1e-2 && w < 1e5) || !(h > 1e-2 && h < 1e5) {
			return
		}
		slices.SortFunc(data, func(a, b byte) int { return int(b) - int(a) })
		values, sum := make([]float64, len(data)), 0.0
		for i, b := range data {
			values[i] = float64(b)
			sum += values[i]
		}
		if sum > 0 {
			check(t, values, Rect{0, 0, w, h}, Squarify(values, Rect{0, 0, w, h}))
		}
	})
}
