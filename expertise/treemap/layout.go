package treemap

import "math"

// A Rect is a place in a picture, from its upper left corner.
type Rect struct{ X, Y, W, H float64 }

// Squarify fills a box with one rectangle for each value, of an area proportional to it, as near to squares as a row by row layout comes (Bruls,
// Huizing, van Wijk, "Squarified Treemaps", 2000). Values are best given in descending order. Those that are not above zero get an empty one.
func Squarify(values []float64, box Rect) []Rect {
	out := make([]Rect, len(values))
	sum := 0.0
	for _, v := range values {
		if v > 0 {
			sum += v
		}
	}
	if sum == 0 || math.IsInf(sum, 0) || box.W <= 0 || box.H <= 0 {
		return out
	}
	scale := box.W * box.H / sum
	for i := 0; i < len(values); {
		if !(values[i] > 0) {
			i++
			continue
		}
		side := min(box.W, box.H)
		row, end := values[i]*scale, i+1
		smallest, largest := row, row
		for ; end < len(values) && values[end] > 0; end++ {
			a := values[end] * scale
			if worst(row+a, min(smallest, a), max(largest, a), side) > worst(row, smallest, largest, side) {
				break
			}
			row, smallest, largest = row+a, min(smallest, a), max(largest, a)
		}
		box = fill(out, values, i, end, scale, row, box)
		i = end
	}
	return out
}

// worst is the aspect of the worst rectangle in a row along a side.
func worst(row, smallest, largest, side float64) float64 {
	return max(side*side*largest/(row*row), row*row/(side*side*smallest))
}

// fill places the row from i to end along the shorter side, and returns what is left of the box.
func fill(out []Rect, values []float64, i, end int, scale, row float64, box Rect) Rect {
	wide := box.W >= box.H
	if !(min(box.W, box.H) > 0) || row <= 0 { // next to the largest values these are nothing
		for ; i < end; i++ {
			out[i] = Rect{box.X, box.Y, 0, 0}
		}
		return box
	}
	thick := row / min(box.W, box.H)
	at := 0.0
	for ; i < end; i++ {
		long := values[i] * scale / thick
		if wide {
			out[i] = Rect{box.X, box.Y + at, thick, long}
		} else {
			out[i] = Rect{box.X + at, box.Y, long, thick}
		}
		at += long
	}
	if wide {
		return Rect{box.X + thick, box.Y, max(box.W-thick, 0), box.H}
	}
	return Rect{box.X, box.Y + thick, box.W, max(box.H-thick, 0)}
}

// The picture, in units of its viewBox. The script has the same numbers.
const (
	width, height = 1200, 720
	header        = 17 // the strip with a directory's name
	pad           = 2
	least         = 5 // what is smaller is not shown
)

// inside returns where the children of a directory lie.
func inside(r Rect) Rect {
	top := float64(pad)
	if r.W >= 36 && r.H >= 34 {
		top = header
	}
	return Rect{r.X + pad, r.Y + top, max(r.W-2*pad, 0), max(r.H-top-pad, 0)}
}

// place gives a cell its place, and those below it theirs as parts of it.
func (c *cell) place(r Rect) {
	c.at = r
	in := inside(r)
	box := in
	if c.hidden = r.W < least || r.H < least; c.hidden || in.W < least || in.H < least {
		box = Rect{0, 0, width, height} // the layout that it has once somebody goes into it
	}
	values := make([]float64, len(c.cells))
	for i, k := range c.cells {
		values[i] = float64(k.lines)
	}
	for i, k := range Squarify(values, box) {
		part := Rect{(k.X - box.X) / box.W, (k.Y - box.Y) / box.H, k.W / box.W, k.H / box.H}
		c.cells[i].part = part
		c.cells[i].place(Rect{in.X + part.X*in.W, in.Y + part.Y*in.H, part.W * in.W, part.H * in.H})
	}
}
