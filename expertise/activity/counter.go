package activity

import (
	"iter"
	"math"
	"slices"
)

const (
	day = 86400.0

	// one is 1.0 in the fixed point of a counter. Sums of integers do not depend on their order, so neither does the state when several
	// commits have the same time.
	one = 1 << 16
	// least is the smallest value that counts, 1/1024: below it an entry is as good as absent, and is dropped. Deciding this by value and
	// time alone makes it unobservable when the dropping happens.
	least = one / 1024
)

// A HalfLife is the time, in days, after which what somebody did counts half.
type HalfLife float64

// The half-lives, which were chosen once on public histories (docs/expertise.md).
const (
	FileLife      HalfLife = 240
	DirLife       HalfLife = 180 // directories and extensions
	AffinityLife  HalfLife = 120 // who reviews whom
	SessionLife   HalfLife = 14  // the same, in the last weeks
	PresenceLife  HalfLife = 60  // who reviews and writes at all
	changesLife            = 730 * day
	RecentChanges          = 30 // changes kept of each author
)

// An entry is what one person has done at one key.
type entry struct {
	person PersonID
	value  uint32 // at the time at, in fixed point; saturates at 65,536
	at     uint32 // unix seconds: the last time something was added
}

// A Counter holds a decayed sum for each person, in order of persons.
type Counter []entry

// factor is by how much a value decays from one time to a later one.
func factor(from, to uint32, life HalfLife) float64 {
	if to <= from {
		return 1
	}
	return math.Exp2(-float64(to-from) / day / float64(life))
}

// now is the entry's value at a time, or 0 when it is too small to count.
func (e entry) now(at uint32, life HalfLife) float64 {
	v := float64(e.value) * factor(e.at, at, life)
	if v < least {
		return 0
	}
	return v / one
}

// add gives a person weight (in fixed point) at a time that is not before that of any entry.
func (c *Counter) add(person PersonID, at uint32, weight uint32, life HalfLife) {
	i, found := slices.BinarySearchFunc(*c, person, func(e entry, p PersonID) int { return int(e.person) - int(p) })
	if !found {
		if len(*c) == cap(*c) {
			c.sweep(at, life) // before it grows, and i may have moved
			i, _ = slices.BinarySearchFunc(*c, person, func(e entry, p PersonID) int { return int(e.person) - int(p) })
		}
		*c = slices.Insert(*c, i, entry{person, weight, at})
		return
	}
	e := &(*c)[i]
	v := math.Round(e.now(at, life) * one)
	e.value, e.at = uint32(min(v+float64(weight), math.MaxUint32)), at
}

// sweep drops what does not count any more.
func (c *Counter) sweep(at uint32, life HalfLife) {
	*c = slices.DeleteFunc(*c, func(e entry) bool { return e.now(at, life) == 0 })
}

// All gives each person's value at a time, in unix seconds, and when something was last added to it.
func (c Counter) All(at int64, life HalfLife) iter.Seq2[PersonID, Value] {
	t := second(at)
	return func(yield func(PersonID, Value) bool) {
		for _, e := range c {
			if v := e.now(t, life); v > 0 && !yield(e.person, Value{v, int64(e.at)}) {
				return
			}
		}
	}
}

// Of gives one person's value at a time; zero when there is none that counts.
func (c Counter) Of(person PersonID, at int64, life HalfLife) Value {
	i, found := slices.BinarySearchFunc(c, person, func(e entry, p PersonID) int { return int(e.person) - int(p) })
	if !found {
		return Value{}
	}
	if v := c[i].now(second(at), life); v > 0 {
		return Value{v, int64(c[i].at)}
	}
	return Value{}
}

// A Value is a decayed sum.
type Value struct {
	Weight float64
	Last   int64 // unix seconds: when something was last added
}

// second clamps a time into what a state keeps: 1970 to 2106.
func second(t int64) uint32 { return uint32(min(max(t, 0), math.MaxUint32)) }
